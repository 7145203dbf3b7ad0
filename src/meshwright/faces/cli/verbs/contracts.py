"""Commands on contracts, none of which needs a mesh: `contract lint|diff`."""

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
    from meshwright.faces.documents.verbs import contract_lint_document
    from meshwright.faces.status import check_status
    from meshwright.faces.text.verbs import check_lines

    invocation = begin(context, directory, is_json=as_json)
    base = invocation.directory
    report = lint([base / file for file in files] if base else files)
    answer(
        invocation,
        status=check_status(report),
        document=lambda: contract_lint_document(report),
        lines=lambda look: check_lines(report, look),
    )


def contract_diff(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The contract (ODCS) that stands.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The contract that is to follow it.")],
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Say what changes between two contracts, how much each change asks of readers, and whether the version says so.

    Needs no mesh. Status 0: the version rose as the changes demand, or nothing changes; 1: it did not; 2: one of the two
    cannot be read, or has errors.
    """
    from meshwright.app.contract_diff import diff_contracts
    from meshwright.faces.documents.contracts import contract_diff_document
    from meshwright.faces.status import answer_status
    from meshwright.faces.text.contracts import contract_diff_lines

    invocation = begin(context, directory, is_json=as_json)
    base = invocation.directory or Path()
    diff = diff_contracts(base / old, base / new)
    answer(
        invocation,
        status=answer_status(diff),
        document=lambda: contract_diff_document(diff),
        lines=lambda look: contract_diff_lines(diff, look),
    )
