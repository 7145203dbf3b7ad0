"""Commands on environments: `env create`, `env list`, `env show`, `env delete`, `env extend`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshwright.faces.cli.completion import complete_environments
from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import SELECT_HELP, DirectoryOption, JsonOption

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the environment.", autocompletion=complete_environments)
]
ExpiresOption = Annotated[
    str | None,
    typer.Option(
        "--expires",
        metavar="DURATION",
        help="How long it lives after its last use, for example 7d; or 'never'. Default: sandboxes.expire_after of mesh.yaml, 7d.",
        show_default=False,
    ),
]


def env_create(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the sandbox.")],
    *,
    base: Annotated[
        str,
        typer.Option(
            "--from", metavar="NAME", help="The environment that it lies over.", autocompletion=complete_environments
        ),
    ] = "prod",
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="SELECT",
            help=f"What runs into it are about; repeatable. {SELECT_HELP}",
            show_default=False,
        ),
    ] = None,
    sample: Annotated[
        str | None,
        typer.Option(
            "--sample",
            metavar="PERCENT",
            help="See this share of the rows of every dataset, for example 1%. What is built from a sample never leaves sandboxes.",
            show_default=False,
        ),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(
            "--rows",
            metavar="N",
            help="See at most so many rows of every dataset, in place of --sample.",
            show_default=False,
        ),
    ] = None,
    expires: ExpiresOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Make a sandbox over all that an environment shows now.

    It copies nothing: a sandbox shows its base as it is at this moment, and what runs build in it lies over that. Status 1:
    the name is taken; 2: the name, the base, the duration or the sample is wrong.
    """
    from meshwright.app.sandboxes import SandboxWish, create_sandbox
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents_environments import environment_answer_document
    from meshwright.faces.cli.text_environments import created_lines

    invocation = begin(context, directory, is_json=as_json)
    wish = SandboxWish(name=name, base=base, select=tuple(select or ()), expires=expires, sample=sample, rows=rows)
    made = create_sandbox(open_workspace(invocation.start), wish)
    answer(
        invocation,
        status=0,
        document=lambda: environment_answer_document(made),
        lines=lambda look: created_lines(made, look),
    )


def env_list(context: typer.Context, as_json: JsonOption = False, directory: DirectoryOption = None) -> None:
    """List the environments that the mesh declares, and the sandboxes."""
    from meshwright.app.sandboxes import list_environments
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents_environments import environments_document
    from meshwright.faces.cli.text_environments import environments_lines

    invocation = begin(context, directory, is_json=as_json)
    found = list_environments(open_workspace(invocation.start))
    answer(
        invocation,
        status=0,
        document=lambda: environments_document(found),
        lines=lambda look: environments_lines(found, look),
    )


def env_show(
    context: typer.Context,
    name: NameArgument,
    *,
    history: Annotated[
        bool, typer.Option("--history", help="Show its generations as well: who, when, why, and what changed.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", "-l", metavar="N", min=1, help="How many generations, newest first.")
    ] = 20,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Show what an environment points to, its pins, and how the base of a sandbox moved on since."""
    from meshwright.app.standing import show_environment
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents_environments import environment_card_document
    from meshwright.faces.cli.text_environments import environment_lines

    invocation = begin(context, directory, is_json=as_json)
    card = show_environment(open_workspace(invocation.start), name, limit if history else 0)
    answer(
        invocation,
        status=0,
        document=lambda: environment_card_document(card),
        lines=lambda look: environment_lines(card, look),
    )


def env_delete(
    context: typer.Context, name: NameArgument, as_json: JsonOption = False, directory: DirectoryOption = None
) -> None:
    """Give a sandbox up. Nothing that it lies over is touched."""
    from meshwright.app.sandboxes import delete_sandbox
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents_environments import environment_answer_document
    from meshwright.faces.cli.text_environments import deleted_lines

    invocation = begin(context, directory, is_json=as_json)
    gone = delete_sandbox(open_workspace(invocation.start), name)
    answer(
        invocation,
        status=0,
        document=lambda: environment_answer_document(gone),
        lines=lambda look: deleted_lines(gone, look),
    )


def env_extend(
    context: typer.Context,
    name: NameArgument,
    *,
    expires: ExpiresOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Put off the end of a sandbox, one that has expired as well."""
    from meshwright.app.sandboxes import extend_sandbox
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents_environments import environment_answer_document
    from meshwright.faces.cli.text_environments import extended_lines

    invocation = begin(context, directory, is_json=as_json)
    extended = extend_sandbox(open_workspace(invocation.start), name, expires)
    answer(
        invocation,
        status=0,
        document=lambda: environment_answer_document(extended),
        lines=lambda look: extended_lines(extended, look),
    )
