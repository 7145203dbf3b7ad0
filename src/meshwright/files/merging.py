"""``incremental: {key, merge, ...}``: how the rows of a node meet those of its version before."""

from __future__ import annotations

from collections.abc import Sequence

from meshwright.files.fields import Fields
from meshwright.files.intervals import require_key
from meshwright.files.yaml import YamlScalar
from meshwright.model import ByMerging, Merge

MERGE_KEYS = ("key", "merge", "deleted", "valid_from", "close_absent")
#: Columns that a slowly changing dimension gets beside those of its rows.
_SCD2_COLUMNS = ("valid_from", "valid_to", "is_current")


def read_merging(fields: Fields, *, is_forward_only: bool) -> ByMerging | None:
    """Return how rows meet those of the version before; None where it cannot be told."""
    require_key(fields, "key", "[<columns>]")
    require_key(fields, "merge", Merge.UPSERT.value)
    word = fields.choice("merge", tuple(merge.value for merge in Merge))
    merge = Merge(word) if word else None
    key = _key(fields, _SCD2_COLUMNS if merge is Merge.SCD2 else ())
    if merge is not None:
        _check_merge_keys(fields, merge)
    deleted, valid_from, is_closing = fields.text("deleted"), fields.text("valid_from"), fields.flag("close_absent")
    for name, column in (("deleted", deleted), ("valid_from", valid_from)):
        if column is not None and column.casefold() in {each.casefold() for each in key}:
            message = f"column '{column}' of {fields.what} is a part of the key and '{name}'"
            fields.find("MW-M507", message, fields.span_of(name), "name another column")
    if merge is None or not key:
        return None
    return ByMerging(
        key=key,
        merge=merge,
        deleted=deleted,
        valid_from=valid_from,
        is_closing_absent=is_closing is True,
        is_forward_only=is_forward_only,
        span=fields.mapping.span,
    )


def _key(fields: Fields, taken: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of the key, each once; findings for those that cannot be."""
    columns = fields.texts("key")
    sequence = fields.sequence("key") if columns is not None else None
    if columns is None or sequence is None:
        return ()
    if not len(sequence):
        message = f"'key' of {fields.what} names no column"
        fields.find("MW-M507", message, sequence.span, "name the columns that tell rows apart, for example [order_id]")
    found: dict[str, str] = {}
    for item in sequence:
        if not isinstance(item, YamlScalar) or item.value not in columns:
            continue
        folded = item.text.casefold()
        if folded in found:
            message = f"'key' of {fields.what} names column '{item.text}' twice"
            fields.find("MW-M507", message, item.span, "keep one of the two")
        elif folded in taken:
            message = f"'key' of {fields.what} names '{item.text}', a column that scd2 adds"
            fields.find("MW-M507", message, item.span, "rename the column")
        found.setdefault(folded, item.text)
    return tuple(found.values())


def _check_merge_keys(fields: Fields, merge: Merge) -> None:
    is_scd2 = merge is Merge.SCD2
    for key in ("deleted",) if is_scd2 else ("valid_from", "close_absent"):
        if key in fields:
            fields.find(
                "MW-M508",
                f"'{key}' of {fields.what} has no meaning with 'merge: {merge.value}'",
                fields.mapping.span_of(key),
                "remove it; rows of scd2 are closed by 'close_absent: true'"
                if is_scd2
                else f"remove '{key}', or write 'merge: scd2'",
            )
