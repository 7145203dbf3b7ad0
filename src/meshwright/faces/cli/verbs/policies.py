"""Commands on policies and exemptions: `policy list|test|add`, `exemption add|list`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshwright.faces.cli.invocation import Invocation, answer, begin
from meshwright.faces.cli.options import (
    DEFAULT_ENVIRONMENT,
    DirectoryOption,
    EnvironmentOption,
    JsonOption,
    exclusive,
    needed,
    require_one_policy,
)


def policy_list(
    context: typer.Context,
    *,
    available: Annotated[
        bool,
        typer.Option("--available", help="List the starter set instead: policies to switch on with 'mw policy add'."),
    ] = False,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """List the policies with what each finds now.

    Status 0, whatever they find: 'mw check' says yes or no.
    """
    if available:
        _list_available(begin(context, directory, is_json=as_json))
        return
    from meshwright.app.governance import list_policies
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.policies import policies_document
    from meshwright.faces.text.policies import policies_lines

    invocation = begin(context, directory, is_json=as_json)
    report = list_policies(open_workspace(invocation.start), environment or DEFAULT_ENVIRONMENT)
    answer(
        invocation,
        status=0,
        document=lambda: policies_document(report),
        lines=lambda look: policies_lines(report, look),
    )


def policy_test(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME|FILE]",
            help="A policy as 'mw policy list' shows it, or a file NAME.sql: a draft may lie anywhere.",
            show_default=False,
        ),
    ] = None,
    *,
    is_all: Annotated[
        bool, typer.Option("--all", help="Run the examples of every policy instead, and judge nothing of the mesh.")
    ] = False,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Judge one policy, and show everything that it finds; run the examples beside it.

    Examples are NAME.test.yaml: made-up rows, and what the policy is to find in them. A file in a domain's folder is judged
    as a policy of that domain.

    Status 0: it is kept, but for what is exempted, and finds in its examples what it is to find; 1: it is not, or does
    not; 2: it cannot be judged, or its examples cannot be read.
    """
    require_one_policy(name, is_all=is_all)
    if name is None:
        _test_examples(begin(context, directory, is_json=as_json))
        return
    from meshwright.app.governance import try_policy
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.policies import policy_test_document
    from meshwright.faces.status import answer_status
    from meshwright.faces.text.policies import policy_test_lines

    invocation = begin(context, directory, is_json=as_json)
    workspace = open_workspace(invocation.start)
    report = try_policy(workspace, name, environment or DEFAULT_ENVIRONMENT, base=invocation.start)
    answer(
        invocation,
        status=answer_status(report),
        document=lambda: policy_test_document(report),
        lines=lambda look: policy_test_lines(report, look),
    )


def policy_add(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Starter policies, as 'mw policy list --available' shows them.",
            show_default=False,
        ),
    ] = None,
    *,
    is_all: Annotated[bool, typer.Option("--all", help="All of them that are not there yet.")] = False,
    domain: Annotated[
        str | None,
        typer.Option(
            "--domain", metavar="DOMAIN", help="Judge this domain alone. Default: the whole mesh.", show_default=False
        ),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option("--level", metavar="LEVEL", help="advise, warn or block. Default: warn.", show_default=False),
    ] = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Switch policies of the starter set on: write them into the mesh, with their examples.

    They are the mesh's own from then on: edit them like any other. Nothing that is there is overwritten.
    """
    if is_all and names:
        raise exclusive("NAME", "--all")
    if not is_all and not names:
        raise needed("NAME", "--all", "mw policy list --available shows the names")
    from meshwright.app.starter import PolicyWish, add_policies
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.policies import added_policies_document
    from meshwright.faces.text.policies import added_policies_lines

    invocation = begin(context, directory, is_json=as_json)
    wish = PolicyWish(names=tuple(names or ()), is_all=is_all, domain=domain, level=level)
    report = add_policies(open_workspace(invocation.start), wish)
    answer(
        invocation,
        status=0,
        document=lambda: added_policies_document(report),
        lines=lambda look: added_policies_lines(report, look),
    )


def _list_available(invocation: Invocation) -> None:
    from meshwright.app.starter import list_starter_policies
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.policies import starter_document
    from meshwright.faces.text.policies import starter_lines

    report = list_starter_policies(open_workspace(invocation.start))
    answer(
        invocation, status=0, document=lambda: starter_document(report), lines=lambda look: starter_lines(report, look)
    )


def _test_examples(invocation: Invocation) -> None:
    from meshwright.app.policy_examples import test_examples
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.policies import examples_document
    from meshwright.faces.status import answer_status
    from meshwright.faces.text.policies import examples_lines

    report = test_examples(open_workspace(invocation.start))
    answer(
        invocation,
        status=answer_status(report),
        document=lambda: examples_document(report),
        lines=lambda look: examples_lines(report, look),
    )


def exemption_add(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="A policy as 'mw policy list' shows it.")],
    thing: Annotated[
        str,
        typer.Argument(
            metavar="OBJECT",
            help="A domain, product, port, dataset or column, by its address; everything in it is exempted as well.",
        ),
    ],
    *,
    owner: Annotated[str, typer.Option("--owner", metavar="OWNER", help="Who answers for it: team:NAME or user:NAME.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it is granted.")],
    expires: Annotated[
        str, typer.Option("--expires", metavar="DAY", help="Last day on which it holds, for example 2027-03-31 (UTC).")
    ],
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Exempt an object from a policy until a day.

    Adds an entry to exemptions.yaml in the policy's folder and leaves the rest of the file as it is.
    """
    from meshwright.app.exempting import ExemptionWish, add_exemption
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.policies import added_exemption_document
    from meshwright.faces.text.policies import added_exemption_lines

    invocation = begin(context, directory, is_json=as_json)
    wish = ExemptionWish(policy=policy, object=thing, owner=owner, reason=reason, expires=expires)
    report = add_exemption(open_workspace(invocation.start), wish)
    answer(
        invocation,
        status=0,
        document=lambda: added_exemption_document(report),
        lines=lambda look: added_exemption_lines(report, look),
    )


def exemption_list(context: typer.Context, as_json: JsonOption = False, directory: DirectoryOption = None) -> None:
    """List the exemptions with what each covers now."""
    from meshwright.app.governance import list_exemptions
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.policies import exemptions_document
    from meshwright.faces.text.policies import exemptions_lines

    invocation = begin(context, directory, is_json=as_json)
    report = list_exemptions(open_workspace(invocation.start))
    answer(
        invocation,
        status=0,
        document=lambda: exemptions_document(report),
        lines=lambda look: exemptions_lines(report, look),
    )
