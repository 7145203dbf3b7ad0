"""What columns a merged dataset has, and what of them stands in the way of merging."""

from __future__ import annotations

from collections.abc import Iterator

from meshwright.diagnostics import known_names_hint
from meshwright.frozen import dataclass
from meshwright.model.columns import Column, Columns
from meshwright.model.incremental import ByMerging, Merge

#: The columns that `Merge.SCD2` adds at the end: since when a row holds, until when (NULL while it holds), whether it does.
VALID_FROM = Column(name="valid_from", type="TIMESTAMP")
VALID_TO = Column(name="valid_to", type="TIMESTAMP")
IS_CURRENT = Column(name="is_current", type="BOOLEAN")
VALIDITY: Columns = (VALID_FROM, VALID_TO, IS_CURRENT)

_TIMES = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS"})


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeProblem:
    """Why rows with certain columns cannot be merged."""

    message: str
    fix: str


def merged_columns(columns: Columns, merging: ByMerging) -> Columns:
    """Return the columns of the merged dataset, where new rows have `columns`; only as right as `merge_problem` is None."""
    kept = stored_of_new(columns, merging)
    return (*kept, *VALIDITY) if merging.merge is Merge.SCD2 else kept


def stored_of_new(columns: Columns, merging: ByMerging) -> Columns:
    """Return the columns of the new rows that are stored under their own names: what says of deletion and validity is not."""
    told = [merging.deleted, merging.valid_from if merging.merge is Merge.SCD2 else None]
    gone = {name.casefold() for name in told if name is not None}
    return tuple(column for column in columns if column.name.casefold() not in gone)


def column_named(columns: Columns, name: str) -> Column | None:
    """Return the column that is called `name`, letter case aside."""
    return next((column for column in columns if column.name.casefold() == name.casefold()), None)


def merge_problem(columns: Columns, merging: ByMerging) -> MergeProblem | None:
    """Return what is wrong with the columns of the new rows; None where they can be merged."""
    return next(_problems(columns, merging), None)


def _problems(columns: Columns, merging: ByMerging) -> Iterator[MergeProblem]:
    told = [*merging.key, merging.deleted, merging.valid_from if merging.merge is Merge.SCD2 else None]
    for name in filter(None, told):
        if column_named(columns, name) is None:
            hint = known_names_hint(name, (column.name for column in columns), what="columns")
            yield MergeProblem(message=f"there is no column '{name}' to merge by", fix=hint)
            return
    deleted = column_named(columns, merging.deleted) if merging.deleted else None
    if deleted is not None and deleted.type != "BOOLEAN":
        yield MergeProblem(
            message=f"column '{deleted.name}' says which rows are deleted, and is {deleted.type}, not BOOLEAN",
            fix="make it a BOOLEAN that is true where the row of that key goes",
        )
    if merging.merge is Merge.SCD2:
        yield from _of_validity(columns, merging)
    for name in merging.key:
        if column_named(stored_of_new(columns, merging), name) is None:
            yield MergeProblem(
                message=f"column '{name}' is part of the key, and is not stored",
                fix="take it out of the key, or of `deleted` and `valid_from`",
            )


def _of_validity(columns: Columns, merging: ByMerging) -> Iterator[MergeProblem]:
    since = column_named(columns, merging.valid_from) if merging.valid_from else None
    if since is not None and since.type not in _TIMES:
        yield MergeProblem(
            message=f"column '{since.name}' says since when a row holds, and is {since.type}, no DATE or TIMESTAMP",
            fix="cast it to a TIMESTAMP",
        )
    for added in VALIDITY:
        taken = column_named(stored_of_new(columns, merging), added.name)
        if taken is not None:
            yield MergeProblem(
                message=f"column '{taken.name}' has a name that `merge: scd2` gives to a column of its own",
                fix="give it another name"
                + (", or name it as `valid_from` of `incremental:`" if added == VALID_FROM else ""),
            )
