"""Whether the column that cuts a dataset into intervals is there, and says a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshwright.diagnostics import Diagnostic, known_names_hint
from meshwright.model import ByInterval, Columns, Mesh, Node
from meshwright.model.merging import column_named

_WITH_ZONE = "TIMESTAMP WITH TIME ZONE"
_TIMES = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", _WITH_ZONE})


def interval_findings(mesh: Mesh, columns: Mapping[str, Columns]) -> Iterator[Diagnostic]:
    """Yield what is wrong with `by` of datasets whose columns are known (MW-T006)."""
    for node in mesh.nodes():
        spec, found = node.intervals, columns.get(node.address)
        if spec is not None and found is not None and (finding := _finding(node, spec, found)) is not None:
            yield finding


def _finding(node: Node, spec: ByInterval, columns: Columns) -> Diagnostic | None:
    by = column_named(columns, spec.by)
    if by is None:
        message = f"{node.address} is cut by '{spec.by}', and has no such column"
        fix = known_names_hint(spec.by, (column.name for column in columns), what="columns")
    elif by.type not in _TIMES:
        message = f"{node.address} is cut by '{by.name}', which is {by.type} and no time"
        fix = "cast it to DATE, TIMESTAMP or TIMESTAMP WITH TIME ZONE, or cut by another column"
    elif spec.calendar.timezone != "UTC" and by.type != _WITH_ZONE:
        message = f"days of {node.address} are cut in {spec.calendar.timezone}, and '{by.name}' is {by.type}, without a time zone"
        fix = f"cast it to {_WITH_ZONE}, or leave `timezone` out: a time without a zone is taken as it is"
    else:
        return None
    return Diagnostic(code="MW-T006", message=message, span=spec.span or node.span, fix=fix, object=node.address)
