"""Commands around a mesh: `init`, `domain new`, `product new`, `doctor`, `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import DirectoryOption, EnvironmentOption, JsonOption, exclusive, parse_source_keys


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
    from meshwright.faces.documents.verbs import init_document
    from meshwright.faces.text.verbs import init_lines

    invocation = begin(context, directory, is_json=as_json)
    place = invocation.start / target
    report = make_mesh(place, template)
    answer(
        invocation,
        status=0,
        document=lambda: init_document(report),
        lines=lambda look: init_lines(report, look, shown=str(target), is_here=place.resolve() == Path.cwd()),
    )


def domain_new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new domain.")],
    owner: Annotated[list[str], typer.Option("--owner", metavar="OWNER", help="team:NAME or user:NAME; repeatable.")],
    purpose: Annotated[
        str | None, typer.Option("--purpose", metavar="TEXT", help="What the domain is for, in a sentence.")
    ] = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Write the folder of a new domain.

    Nothing is left behind where it cannot be made (status 2).
    """
    from meshwright.app.create import DomainOptions, new_domain
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.verbs import create_document
    from meshwright.faces.text.verbs import create_lines

    invocation = begin(context, directory, is_json=as_json)
    options = DomainOptions(name=name, owners=tuple(owner), purpose=purpose)
    report = new_domain(open_workspace(invocation.start), options)
    answer(
        invocation,
        status=0,
        document=lambda: create_document(report),
        lines=lambda look: create_lines(report, look),
    )


def product_new(
    context: typer.Context,
    product: Annotated[str, typer.Argument(metavar="DOMAIN.NAME", help="Address of the new product.")],
    origin: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE|TABLE",
            help="A file or URL to read, or a dataset of the mesh as domain.product.dataset. Default: an example row.",
            show_default=False,
        ),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source",
            metavar="KEY=VALUE",
            help="A key of the source as in pipeline.yaml: header=true, encoding=latin-1, sheet=NAME; repeatable. "
            "With database=ADDRESS and table=NAME, --from is not needed.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Write the folder of a new product: a model, a port and its contract, ready to be published.

    The columns of the contract are those that the file's head, or the dataset, has. Nothing is left behind where
    it cannot be made (status 2).
    """
    from meshwright.app.create import new_product
    from meshwright.app.origins import Origin
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.verbs import create_document
    from meshwright.faces.text.verbs import create_lines

    invocation = begin(context, directory, is_json=as_json)
    asked = Origin(name=origin, keys=parse_source_keys(source))
    report = new_product(open_workspace(invocation.start), product, asked)
    answer(
        invocation,
        status=0,
        document=lambda: create_document(report),
        lines=lambda look: create_lines(report, look),
    )


def doctor(context: typer.Context, as_json: JsonOption = False, directory: DirectoryOption = None) -> None:
    """Look at the installation and at the mesh around.

    Status 0: all fine; 1: something is not, with its fix.
    """
    from meshwright.app.doctor import doctor as examine
    from meshwright.faces.documents.verbs import doctor_document
    from meshwright.faces.status import answer_status
    from meshwright.faces.text.verbs import doctor_lines

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
    is_repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Build damaged versions again, move waste into quarantine, write outdated reader files anew.",
        ),
    ] = False,
    older_than: Annotated[
        str,
        typer.Option(
            "--older-than", metavar="DURATION", help="With --repair: how old a file that no version lists must be."
        ),
    ] = "1h",
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Compare the stored files, the pointers and the reader files with what was recorded.

    Without --env those of every environment. --repair never changes a file: it builds a damaged version again from what
    was recorded with it, and takes the result only where the rows are the same. Status 0: everything is there and whole
    (with --repair: now); 1: something is not; 3: a repair failed that a retry can bring through.
    """
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.verify import verify_document
    from meshwright.faces.status import verify_status
    from meshwright.faces.text.verify import verify_lines

    invocation = begin(context, directory, is_json=as_json)
    if is_repair and quick:
        raise exclusive("--quick", "--repair")
    workspace = open_workspace(invocation.start)
    if is_repair:
        from meshwright.app.repair import age_s, repair

        report = repair(workspace, environment=environment, orphan_age_s=age_s(older_than))
    else:
        from meshwright.app.verify import verify as compare

        report = compare(workspace, deep=not quick, environment=environment)
    answer(
        invocation,
        status=verify_status(report),
        document=lambda: verify_document(report),
        lines=lambda look: verify_lines(report, look),
    )
