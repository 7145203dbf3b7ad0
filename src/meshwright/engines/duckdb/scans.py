"""What stands after FROM for a relation of files: its files as they are, or groups of files put together and cut."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

from meshwright.engines.duckdb.names import parquet_scan, quoted
from meshwright.engines.duckdb.windows import TIME_TYPES, Place, in_window, time_column
from meshwright.engines.protocol import FileGroup, Relation, Window
from meshwright.model import Columns
from meshwright.model.merging import column_named

_DAY = dt.timedelta(days=1)
_INSTANT = "TIMESTAMP WITH TIME ZONE"
_CLOCK = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_S", "TIMESTAMP_MS"})


def source_of(relation: Relation) -> str:
    """Return what stands after FROM for a relation that is no view. Raises InputError (MW-E107) for a bad window."""
    assert relation.view is None
    if relation.unsure:
        # Statistics say nothing of what is tried.
        tried = ", ".join(f"TRY({quoted(name)}) AS {quoted(name)}" for name in relation.unsure)
        return f"(SELECT * REPLACE ({tried}) FROM {source_of(replace(relation, unsure=()))})"
    if relation.is_plain and relation.files:
        return parquet_scan(relation.files)
    branches = [f"SELECT {_names(relation.columns)} FROM {parquet_scan(relation.files)}"] if relation.files else []
    branches += [_branch(relation, group) for group in _alike(relation.groups)]
    if not branches:
        return f"(SELECT {', '.join(_null(each.name, each.type) for each in relation.columns)} WHERE false)"
    rows = " UNION ALL ".join(branches)
    # Over all of them at once: DuckDB takes the condition down to every scan, and row groups are left out there.
    return f"(SELECT * FROM ({rows}){_where(_conditions(relation.columns, relation.window))})"


def _alike(groups: tuple[FileGroup, ...]) -> Iterator[FileGroup]:
    """Yield groups with those that are read alike put together: planning thousands of scans takes longer than the scans."""
    files: dict[tuple[Columns, Window | None], list[str]] = {}
    for group in groups:
        files.setdefault((group.columns, group.window), []).extend(group.files)
    for (columns, window), each in files.items():
        if each:
            yield FileGroup(files=tuple(each), columns=columns, window=window)


def files_of_relation(relation: Relation) -> Iterator[str]:
    """Yield the files of a relation itself, those of its groups among them."""
    yield from relation.files
    for group in relation.groups:
        yield from group.files


def conformed(source: str, found: Columns, wanted: Columns, cast: Callable[[str, str, str], str] | None = None) -> str:
    """Return the SELECT of `wanted` columns from what stands after FROM and has those `found`, by name, letter case aside.

    A column that is not there is NULL; one of another type is cast, as `cast_of` does unless `cast` does it.
    """
    cast = cast or cast_of
    by_name = {each.name.casefold(): each for each in found}
    items = []
    for column in wanted:
        own = by_name.get(column.name.casefold())
        if own is None:
            items.append(_null(column.name, column.type))
        elif own.type == column.type and own.name == column.name:
            items.append(quoted(own.name))
        else:
            items.append(f"{cast(quoted(own.name), own.type, column.type)} AS {quoted(column.name)}")
    return f"SELECT {', '.join(items)} FROM {source}"


def cast_of(value: str, source: str, target: str) -> str:
    """Return the expression that makes a value another type; times become instants in UTC, whatever time zone a reader has."""
    if source == target:
        return value
    if source in _CLOCK and target == _INSTANT:
        return f"timezone('UTC', CAST({value} AS TIMESTAMP))"
    if source == _INSTANT and target in _CLOCK:
        return f"CAST(timezone('UTC', {value}) AS {target})"
    return f"CAST({value} AS {target})"


def _branch(relation: Relation, group: FileGroup) -> str:
    conditions = [*_conditions(group.columns, group.window), *_nearby(relation, group)]
    return f"{conformed(parquet_scan(group.files), group.columns, relation.columns)}{_where(conditions)}"


def _nearby(relation: Relation, group: FileGroup) -> list[str]:
    """Return a condition on the group's own column that holds for every row which may be in the relation's window.

    The statistics of row groups are no use behind a cast from one type of time to another, which moves a moment by less than a day.
    """
    window = relation.window
    if window is None or any(start.year == dt.MINYEAR or end.year == dt.MAXYEAR for start, end in window.spans):
        return []
    own, shown = (column_named(columns, window.column) for columns in (group.columns, relation.columns))
    if own is None or shown is None or own.type == shown.type or not {own.type, shown.type} <= TIME_TYPES:
        return []
    return [in_window(own, replace(window, spans=tuple((start - _DAY, end + _DAY) for start, end in window.spans)))]


def _conditions(columns: Columns, window: Window | None) -> list[str]:
    if window is None:
        return []
    return [in_window(time_column(columns, window.column, Place(dataset="the relation")), window)]


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _names(columns: Columns) -> str:
    return ", ".join(quoted(each.name) for each in columns)


def _null(name: str, type_text: str) -> str:
    return f"CAST(NULL AS {type_text}) AS {quoted(name)}"
