"""Tables that jobs left as files, as the engine reads them."""

from __future__ import annotations

from pathlib import Path

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.engines.protocol import SourceRead
from meshwright.model import FileSource
from meshwright.model.outside import LeftTable
from meshwright.plan.values import DesiredNode


def source_read(desired: DesiredNode, table: LeftTable) -> SourceRead:
    """Return how the engine reads a table that a job left."""
    node = desired.node
    missing = [file for file in table.files if not Path(file).exists()]
    if missing or not table.files:
        raise InputError(
            Diagnostic(
                code="MW-J021",
                message=f"the files that a job left for {node.address} are gone"
                if missing
                else f"a job left no file for {node.address}",
                span=node.span,
                fix="let it run again: mw run --refresh, with the node's address",
                object=node.address,
            )
        )
    return SourceRead(
        dataset=node.address,
        source=FileSource(path=table.files[0], format="parquet"),
        files=table.files,
        columns=node.columns,
        span=node.span,
    )
