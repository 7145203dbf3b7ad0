"""Commands on contracts, none of which needs a mesh: `contract lint`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import DirectoryOption, JsonOption


def contract_lint(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Contracts (ODCS), for example contracts/orders.odcs.yaml.")
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
