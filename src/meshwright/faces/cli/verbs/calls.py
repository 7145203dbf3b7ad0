"""Commands on the record of calls between domains: `calls list` and `calls summary`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import DirectoryOption, JsonOption

CallerOption = Annotated[
    str | None,
    typer.Option("--from", metavar="DOMAIN", help="Calls by tokens of this domain.", show_default=False),
]
CalledOption = Annotated[
    str | None, typer.Option("--to", metavar="DOMAIN", help="Calls of this domain.", show_default=False)
]
KindOption = Annotated[
    str | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="One of the five kinds: domain, data, process, event, development.",
        show_default=False,
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", metavar="DURATION", help="No longer ago, for example 30d.", show_default=False),
]


def calls_list(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    *,
    caller: CallerOption = None,
    domain: CalledOption = None,
    kind: KindOption = None,
    action: Annotated[
        str | None,
        typer.Option("--action", metavar="WORD", help="What was done, for example read or run.", show_default=False),
    ] = None,
    thing: Annotated[
        str | None,
        typer.Option("--object", metavar="OBJECT", help="What it was done to, as listed.", show_default=False),
    ] = None,
    token: Annotated[
        str | None, typer.Option("--token", metavar="ID", help="Calls by this token.", show_default=False)
    ] = None,
    since: SinceOption = None,
    limit: Annotated[
        int, typer.Option("--limit", "-l", metavar="N", min=1, max=10_000, help="How many, newest first.")
    ] = 20,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """List calls between domains, newest first: who asked what of whom, through a server.

    Recorded is what a token asks of another domain than its own. What is looked up in the catalog by tokens of no domain is not.
    """
    from meshwright.app.calls import CallsWish
    from meshwright.app.calls import list_calls as look_up
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.calls import calls_document
    from meshwright.faces.text.calls import calls_lines

    invocation = begin(context, directory, is_json=as_json)
    wish = CallsWish(caller=caller, domain=domain, kind=kind, action=action, object=thing, token=token, since=since)
    page = look_up(open_workspace(invocation.start), wish, limit)
    answer(invocation, status=0, document=lambda: calls_document(page), lines=lambda look: calls_lines(page, look))


def calls_summary(
    context: typer.Context,
    *,
    caller: CallerOption = None,
    domain: CalledOption = None,
    kind: KindOption = None,
    since: SinceOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Sum calls between domains: who asked how much of whom, by kind."""
    from meshwright.app.calls import CallsWish, summarize_calls
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.calls import calls_summary_document
    from meshwright.faces.text.calls import calls_summary_lines

    invocation = begin(context, directory, is_json=as_json)
    wish = CallsWish(caller=caller, domain=domain, kind=kind, since=since)
    summary = summarize_calls(open_workspace(invocation.start), wish)
    answer(
        invocation,
        status=0,
        document=lambda: calls_summary_document(summary),
        lines=lambda look: calls_summary_lines(summary, look),
    )
