"""Commands on policies and exemptions: `policy list|test`, `exemption add|list`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import DEFAULT_ENVIRONMENT, DirectoryOption, EnvironmentOption, JsonOption


def policy_list(
    context: typer.Context,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """List the policies with what each finds now.

    Status 0, whatever they find: 'mw check' says yes or no.
    """
    from meshwright.app.governance import list_policies
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents_policies import policies_document
    from meshwright.faces.cli.text_policies import policies_lines

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
        str,
        typer.Argument(
            metavar="NAME|FILE",
            help="A policy as 'mw policy list' shows it, or a file NAME.sql: a draft may lie anywhere.",
        ),
    ],
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Judge one policy, and show everything that it finds.

    A file in a domain's folder is judged as a policy of that domain. Status 0: it is kept, but for what is exempted; 1:
    it is not; 2: it cannot be judged.
    """
    from meshwright.app.governance import try_policy
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents_policies import policy_test_document
    from meshwright.faces.cli.status import answer_status
    from meshwright.faces.cli.text_policies import policy_test_lines

    invocation = begin(context, directory, is_json=as_json)
    workspace = open_workspace(invocation.start)
    report = try_policy(workspace, name, environment or DEFAULT_ENVIRONMENT, base=invocation.start)
    answer(
        invocation,
        status=answer_status(report),
        document=lambda: policy_test_document(report),
        lines=lambda look: policy_test_lines(report, look),
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
    from meshwright.faces.cli.documents_policies import added_exemption_document
    from meshwright.faces.cli.text_policies import added_exemption_lines

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
    from meshwright.faces.cli.documents_policies import exemptions_document
    from meshwright.faces.cli.text_policies import exemptions_lines

    invocation = begin(context, directory, is_json=as_json)
    report = list_exemptions(open_workspace(invocation.start))
    answer(
        invocation,
        status=0,
        document=lambda: exemptions_document(report),
        lines=lambda look: exemptions_lines(report, look),
    )
