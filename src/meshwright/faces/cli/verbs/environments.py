"""Commands on environments: `env create`, `env list`, `env show`, `env diff`, `env rebase`, `env delete`, `env extend`;
`promote`, `rollback`, `pin`, `unpin`.
"""

from __future__ import annotations

from typing import Annotated

import typer

from meshwright.faces.cli.comparison_words import ComparisonWords  # typer reads its fields
from meshwright.faces.cli.completion import complete_environments, complete_objects
from meshwright.faces.cli.invocation import answer, begin, tell
from meshwright.faces.cli.options import (
    DEFAULT_ENVIRONMENT,
    SELECT_HELP,
    DirectoryOption,
    EnvironmentOption,
    JsonOption,
    QuietOption,
    SelectArgument,
    parse_cause,
    parse_params,
)

NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the environment.", autocompletion=complete_environments)
]
PinnedArgument = Annotated[
    str, typer.Argument(metavar="OBJECT", help="A dataset or a product.", autocompletion=complete_objects)
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
    params: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            "-p",
            metavar="NAME=VALUE",
            help="A parameter of what sandboxes are provisioned with, or PROVISION.NAME=VALUE for one of several; repeatable. "
            "What is missing is asked for on a terminal.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Make a sandbox over all that an environment shows now.

    It copies nothing: a sandbox shows its base as it is at this moment, and what runs build in it lies over that. What
    sandboxes.provision of mesh.yaml names is done first; where that was broken off, the same command goes on. Status 1:
    the name is taken, or the sandbox is being made or given up; 2: the name, the base, the duration, the sample or a
    parameter is wrong; 3: what it is provisioned with failed.
    """
    from meshwright.app.sandboxes import SandboxWish, create_sandbox
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.asking import asker
    from meshwright.faces.documents.environments import environment_answer_document
    from meshwright.faces.text.environments import created_lines

    invocation = begin(context, directory, is_json=as_json)
    wish = SandboxWish(
        name=name,
        base=base,
        select=tuple(select or ()),
        expires=expires,
        sample=sample,
        rows=rows,
        params=parse_params(params),
    )
    made = create_sandbox(open_workspace(invocation.start), wish, asker(invocation), lambda line: tell([line]))
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
    from meshwright.faces.documents.environments import environments_document
    from meshwright.faces.text.environments import environments_lines

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
    from meshwright.faces.documents.environments import environment_card_document
    from meshwright.faces.text.environments import environment_lines

    invocation = begin(context, directory, is_json=as_json)
    card = show_environment(open_workspace(invocation.start), name, limit if history else 0)
    answer(
        invocation,
        status=0,
        document=lambda: environment_card_document(card),
        lines=lambda look: environment_lines(card, look),
    )


def env_diff(
    context: typer.Context,
    sandbox: Annotated[
        str, typer.Argument(metavar="SANDBOX", help="Name of the sandbox.", autocompletion=complete_environments)
    ],
    select: SelectArgument = None,
    *,
    comparison: ComparisonWords,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Show what a sandbox changes: code, schema and contracts, rows, verdicts of tests, violations of policies.

    It is compared with what its base showed when it was made or rebased, so that changes of others are not in it. Rows are
    read where content differs, exactly, by the key of the contract. Status 0 whatever differs; 2: the sandbox, the selection
    or an option is wrong; 3: the world failed.
    """
    from meshwright.app.environment_diff import DiffWish, diff_environment
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.diff import environment_diff_document
    from meshwright.faces.text.diff import diff_lines

    invocation = begin(context, directory, is_json=as_json)
    wish = DiffWish(
        sandbox=sandbox,
        select=tuple(select or ()),
        key=comparison.key_columns,
        tolerance=comparison.tolerance,
        has_data=comparison.data,
        sample_rows=comparison.sample,
    )
    found = diff_environment(open_workspace(invocation.start), wish)
    answer(
        invocation,
        status=0,
        document=lambda: environment_diff_document(found),
        lines=lambda look: diff_lines(found, look),
    )


def env_rebase(
    context: typer.Context, name: NameArgument, as_json: JsonOption = False, directory: DirectoryOption = None
) -> None:
    """Let a sandbox lie over the newest generation of its base, and say what must be built again.

    What the sandbox changed stays its own. It builds nothing: the next run into it does.
    """
    from meshwright.app.rebase import rebase
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.environments import rebase_document
    from meshwright.faces.text.environments import rebase_lines

    invocation = begin(context, directory, is_json=as_json)
    rebased = rebase(open_workspace(invocation.start), name)
    answer(
        invocation,
        status=0,
        document=lambda: rebase_document(rebased),
        lines=lambda look: rebase_lines(rebased, look),
    )


def env_delete(
    context: typer.Context,
    name: NameArgument,
    *,
    leave: Annotated[
        list[str] | None,
        typer.Option(
            "--leave",
            metavar="PROVISION.NODE",
            help="Do not undo this: it was undone by hand, or is to stay; repeatable.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Give a sandbox up. Nothing that it lies over is touched.

    What it was provisioned with is undone first, the last first. Where an undo fails (status 3) the sandbox stays, nothing
    runs in it any more, and the same command goes on with the undo.
    """
    from meshwright.app.sandboxes import delete_sandbox
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.environments import environment_answer_document
    from meshwright.faces.text.environments import deleted_lines

    invocation = begin(context, directory, is_json=as_json)
    workspace = open_workspace(invocation.start)
    gone = delete_sandbox(workspace, name, tuple(leave or ()), lambda line: tell([line]))
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
    from meshwright.faces.documents.environments import environment_answer_document
    from meshwright.faces.text.environments import extended_lines

    invocation = begin(context, directory, is_json=as_json)
    extended = extend_sandbox(open_workspace(invocation.start), name, expires)
    answer(
        invocation,
        status=0,
        document=lambda: environment_answer_document(extended),
        lines=lambda look: extended_lines(extended, look),
    )


def promote(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    sandbox: Annotated[
        str, typer.Argument(metavar="SANDBOX", help="Name of the sandbox.", autocompletion=complete_environments)
    ],
    *,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="ENV", help="Default: the environment that it lies over.", show_default=False),
    ] = None,
    unpin: Annotated[bool, typer.Option("--unpin", help="Lift the pins of what is promoted.")] = False,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; it is recorded.", show_default=False)
    ] = "",
    run_id: Annotated[str | None, typer.Option("--run-id", metavar="ID", hidden=True)] = None,
    cause: Annotated[str | None, typer.Option("--cause", metavar="JSON", hidden=True)] = None,
    generation: Annotated[int | None, typer.Option("--generation", metavar="N", hidden=True)] = None,
    domains: Annotated[list[str] | None, typer.Option("--domain", metavar="DOMAIN", hidden=True)] = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Let an environment show what a sandbox over it shows, in one generation over any number of products.

    What the sandbox built is taken as it is; evidence that is missing for the rules of the environment is gathered first.
    Status 1: a test or policy stops it, the environment moved on in what was read or written, or nothing is to promote; 2:
    the sandbox or a file is wrong; 3: the world failed. Nothing is changed then.
    """
    from meshwright.app.promotion import PromotionWish
    from meshwright.app.promotion import promote as move
    from meshwright.app.terms import Terms
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.listening import listener_for
    from meshwright.faces.documents.environments import promotion_document
    from meshwright.faces.status import run_status
    from meshwright.faces.text.environments import promotion_lines

    invocation = begin(context, directory, is_json=as_json)
    wish = PromotionWish(
        sandbox=sandbox,
        to=to,
        unpin=unpin,
        reason=reason,
        terms=Terms(generation=generation),
        domains=None if domains is None else tuple(domains),
        cause=parse_cause(cause),
        run_id=run_id,
    )
    workspace = open_workspace(invocation.start)
    with listener_for(invocation, is_quiet=quiet) as listener:
        done = move(workspace, wish, listener)
    answer(
        invocation,
        status=run_status(done.report),
        document=lambda: promotion_document(done),
        lines=lambda look: promotion_lines(done, look),
    )


def rollback(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    environment: Annotated[
        str, typer.Argument(metavar="ENV", help="Name of the environment.", autocompletion=complete_environments)
    ],
    select: SelectArgument = None,
    *,
    to: Annotated[
        int | None,
        typer.Option(
            "--to",
            metavar="GENERATION",
            min=1,
            help="The generation to show again. Default: one back.",
            show_default=False,
        ),
    ] = None,
    only: Annotated[
        bool, typer.Option("--only", help="Just the products that are selected, and nothing that is made from them.")
    ] = False,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; it is recorded.", show_default=False)
    ] = "",
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Let an environment show what it showed before: one move, nothing is built.

    Products go whole: datasets, contracts and manifests. A selection takes along what is made from it. What moved is
    pinned, so that no run undoes it: 'mw unpin' lets it go. Forward again is the same, to a later generation. Status 1: it
    shows that already, or others published meanwhile; 2: there is no such generation or selection; 3: files are lost.
    """
    from meshwright.app.rollback import RollbackWish
    from meshwright.app.rollback import rollback as move_back
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.environments import environment_answer_document
    from meshwright.faces.text.environments import moved_lines

    invocation = begin(context, directory, is_json=as_json)
    wish = RollbackWish(environment=environment, select=tuple(select or ()), to=to, only=only, reason=reason)
    moved = move_back(open_workspace(invocation.start), wish)
    answer(
        invocation,
        status=0,
        document=lambda: environment_answer_document(moved),
        lines=lambda look: moved_lines(moved, look),
    )


def pin(
    context: typer.Context,
    name: PinnedArgument,
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; every plan repeats it.", show_default=False)
    ],
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="VERSION|GENERATION",
            help="Hold it at a version that was published, or as a generation showed it. Default: as it stands.",
            show_default=False,
        ),
    ] = None,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Hold a dataset or product as it stands, or stood: runs leave it alone, and build what is made from it from that."""
    from meshwright.app.pins import PinWish
    from meshwright.app.pins import pin as hold
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.environments import environment_answer_document
    from meshwright.faces.text.environments import pinned_lines

    invocation = begin(context, directory, is_json=as_json)
    wish = PinWish(object=name, reason=reason, environment=environment or DEFAULT_ENVIRONMENT, to=to)
    held = hold(open_workspace(invocation.start), wish)
    answer(
        invocation,
        status=0,
        document=lambda: environment_answer_document(held),
        lines=lambda look: pinned_lines(name, held, look),
    )


def unpin(
    context: typer.Context,
    name: PinnedArgument,
    *,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Let a pinned dataset or product go; in a sandbox, for the sandbox alone. The next run brings it up to date."""
    from meshwright.app.pins import unpin as let_go
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.environments import environment_answer_document
    from meshwright.faces.text.environments import unpinned_lines

    invocation = begin(context, directory, is_json=as_json)
    freed = let_go(open_workspace(invocation.start), name, environment or DEFAULT_ENVIRONMENT)
    answer(
        invocation,
        status=0,
        document=lambda: environment_answer_document(freed),
        lines=lambda look: unpinned_lines(name, freed, look),
    )
