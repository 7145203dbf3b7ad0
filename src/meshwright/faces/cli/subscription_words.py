"""The options of `subscription create`, and what they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshwright.faces.cli.options import ParamOption, parse_filters, parse_params, parse_params_from
from meshwright.frozen import dataclass

if TYPE_CHECKING:
    from meshwright.app.subscriptions import SubscriptionOptions


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscriptionWords:
    """What is written behind `subscription create`: each field is an option."""

    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            help="A type; 'org.example.*': all that begin so. Repeatable.",
            show_default=False,
        ),
    ] = None
    sources: Annotated[
        list[str] | None, typer.Option("--source", metavar="URI", help="Who sends. Repeatable.", show_default=False)
    ] = None
    subjects: Annotated[
        list[str] | None,
        typer.Option("--subject", metavar="TEXT", help="What events are about. Repeatable.", show_default=False),
    ] = None
    products: Annotated[
        list[str] | None,
        typer.Option(
            "--product",
            metavar="PRODUCT",
            help="Products that events are about. Repeatable.",
            show_default=False,
        ),
    ] = None
    domains: Annotated[
        list[str] | None,
        typer.Option("--domain", metavar="DOMAIN", help="Domains of those products. Repeatable.", show_default=False),
    ] = None
    environments: Annotated[
        list[str] | None,
        typer.Option(
            "--in",
            metavar="ENV",
            help="Environments that events are of; '*': all. Default: prod.",
            show_default=False,
        ),
    ] = None
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="JSON",
            help="""A condition of CloudEvents: '{"prefix": {"subject": "a."}}'. Repeatable.""",
            show_default=False,
        ),
    ] = None
    sink: Annotated[
        str | None, typer.Option("--sink", metavar="URL", help="Where events are sent to.", show_default=False)
    ] = None
    start: Annotated[
        str | None,
        typer.Option("--run", metavar="PRODUCT", help="The product that is run for each event.", show_default=False),
    ] = None
    variation: Annotated[
        str | None, typer.Option("--variation", metavar="NAME", help="The variation of it.", show_default=False)
    ] = None
    params: ParamOption = None
    params_from: Annotated[
        list[str] | None,
        typer.Option(
            "--param-from",
            metavar="NAME=PATH",
            help="A parameter whose value each event holds: day=data.day. Repeatable.",
            show_default=False,
        ),
    ] = None
    environment: Annotated[str, typer.Option("--env", "-e", metavar="ENV", help="Where it is run.")] = "prod"
    mode: Annotated[str, typer.Option("--mode", metavar="MODE", help="binary or structured, as CloudEvents says.")] = (
        "binary"
    )
    secret: Annotated[
        str | None,
        typer.Option(
            "--secret",
            metavar="REF",
            help="${env:MESHWRIGHT_WEBHOOK_...}; else one is made.",
            show_default=False,
        ),
    ] = None
    timeout: Annotated[str, typer.Option("--timeout", metavar="TIME", help="How long an answer may take.")] = "10s"
    attempts: Annotated[int, typer.Option("--attempts", metavar="N", help="Tries before a delivery is given up.")] = 24
    backoff: Annotated[
        str, typer.Option("--backoff", metavar="TIME", help="The pause after the first try; it doubles.")
    ] = "1s"
    most_runs: Annotated[
        int,
        typer.Option(
            "--most-runs",
            metavar="N",
            help="Runs of a product that events and requests may begin in an hour; with more it is paused. 0: no limit.",
        ),
    ] = 300
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="DOMAIN", help="The domain that it belongs to.", show_default=False)
    ] = None
    description: Annotated[str, typer.Option("--description", metavar="TEXT", help="What it is for.")] = ""

    def read(self) -> SubscriptionOptions:
        """Return what is asked for. Raises InputError (MW-L004, MW-B002, MW-B016)."""
        from meshwright.app.subscriptions import SubscriptionOptions  # lazy, both: no other command subscribes
        from meshwright.app.subscriptions_conditions import read_conditions
        from meshwright.model.subscriptions import EventFilter

        return SubscriptionOptions(
            description=self.description,
            owner=self.owner,
            filter=EventFilter(
                types=tuple(self.types or ()),
                sources=tuple(self.sources or ()),
                subjects=tuple(self.subjects or ()),
                products=tuple(self.products or ()),
                domains=tuple(self.domains or ()),
                environments=tuple(self.environments or ("prod",)),
                conditions=read_conditions(parse_filters(self.filters)),
            ),
            sink=self.sink,
            start=self.start,
            variation=self.variation,
            environment=self.environment,
            params=parse_params(self.params),
            params_from=parse_params_from(self.params_from),
            mode=self.mode,
            secret=self.secret,
            timeout=self.timeout,
            attempts=self.attempts,
            backoff=self.backoff,
            most_runs=self.most_runs,
        )
