"""Commands around a mesh: `init`, `contract lint`, `doctor`, `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import DEFAULT_ENVIRONMENT, DirectoryOption, EnvironmentOption, JsonOption


def init(
    context: typer.Context,
    target: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of the new mesh; made where it is missing.")
    ] = Path(),
    template: Annotated[
        str,
        typer.Option(
            "--template", "-t", metavar="NAME", help="What to start from: aviation (an example on real data) or blank."
        ),
    ] = "aviation",
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Write a new mesh from a template.

    'aviation' needs the example data: pip install 'meshwright[demo]'. A folder that holds anything but an empty git
    repository is refused (status 2).
    """
    from meshwright.app.init import init as make_mesh
    from meshwright.faces.cli.documents import init_document
    from meshwright.faces.cli.text import init_lines

    invocation = begin(context, directory, is_json=as_json)
    place = invocation.start / target
    report = make_mesh(place, template)
    answer(
        invocation,
        status=0,
        document=lambda: init_document(report),
        lines=lambda look: init_lines(report, look, shown=str(target), is_here=place.resolve() == Path.cwd()),
    )


def contract_lint(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Contracts (ODCS), for example contracts/orders.odcs.yaml.")
    ],
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Validate contracts against the standard (ODCS 3.0, 3.1, 3.2). Needs no mesh.

    Status 0: no errors (warnings are fine); 2: errors.
    """
    from meshwright.app.contracts import lint
    from meshwright.faces.cli.documents import check_document
    from meshwright.faces.cli.status import check_status
    from meshwright.faces.cli.text import check_lines

    invocation = begin(context, directory, is_json=as_json)
    base = invocation.directory
    report = lint([base / file for file in files] if base else files)
    answer(
        invocation,
        status=check_status(report),
        document=lambda: check_document(report, "meshwright/contract-lint/1"),
        lines=lambda look: check_lines(report, look),
    )


def doctor(context: typer.Context, as_json: JsonOption = False, directory: DirectoryOption = None) -> None:
    """Look at the installation and at the mesh around.

    Status 0: all fine; 1: something is not, with its fix.
    """
    from meshwright.app.doctor import doctor as examine
    from meshwright.faces.cli.documents import doctor_document
    from meshwright.faces.cli.status import answer_status
    from meshwright.faces.cli.text import doctor_lines

    invocation = begin(context, directory, is_json=as_json)
    report = examine(invocation.start)
    answer(
        invocation,
        status=answer_status(report),
        document=lambda: doctor_document(report),
        lines=lambda look: doctor_lines(report, look),
    )


def verify(
    context: typer.Context,
    quick: Annotated[
        bool, typer.Option("--quick", help="Compare presence and size only, without reading the files.")
    ] = False,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Compare the stored files with what was recorded.

    Status 0: everything is there and whole; 1: something is missing or damaged.
    """
    from meshwright.app.verify import verify as compare
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents import verify_document
    from meshwright.faces.cli.status import answer_status
    from meshwright.faces.cli.text import verify_lines

    invocation = begin(context, directory, is_json=as_json)
    report = compare(open_workspace(invocation.start), deep=not quick, environment=environment or DEFAULT_ENVIRONMENT)
    answer(
        invocation,
        status=answer_status(report),
        document=lambda: verify_document(report),
        lines=lambda look: verify_lines(report, look),
    )
