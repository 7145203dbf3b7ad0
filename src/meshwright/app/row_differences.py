"""Rows of a sandbox against rows of its base: by the key of the contract, in the engine, and only where digests differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any  # decoded JSON of a contract that was checked when it was published

from meshwright.app.differences import DatasetDifference
from meshwright.app.moved import Moved
from meshwright.app.opened import OpenedMesh
from meshwright.app.readers import relations_of
from meshwright.app.veils import veil_of
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.engines.limits import Limits
from meshwright.engines.protocol import CompareRequest, Comparison
from meshwright.frozen import dataclass
from meshwright.model import Part, Version, dataset_name, product_of, product_of_object
from meshwright.model.portoffers import dataset_behind
from meshwright.state.manifests import parts_of
from meshwright.state.records import ObjectKind


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsWish:
    """How rows are compared."""

    key: tuple[str, ...] = ()
    tolerance: float = 0.0
    sample_rows: int = 5
    #: Whether it is told how the values of columns lie.
    has_distributions: bool = False


def compare_rows(
    opened: OpenedMesh, moved: Moved, datasets: Sequence[DatasetDifference], wish: RowsWish, notes: list[str]
) -> list[DatasetDifference]:
    """Return `datasets` with what differs in their rows, and add to `notes` where a key that was given is not used.

    One dataset is compared after the other, so that memory stays that of one. Raises InputError (MW-S115) where no dataset
    that is compared has the key.
    """
    told = {one.dataset: found for one in datasets if (found := _told(moved, one.dataset)) is not None}
    pairs = {
        one.dataset: (before, after)
        for one in datasets
        if one.dataset not in told
        and (before := moved.version_before(one.dataset)) is not None
        and (after := moved.version_after(one.dataset)) is not None
    }
    keys = _keys(moved, pairs, wish.key, notes)
    read = dict(_read(opened, pairs, keys, wish)) if pairs else {}
    return [
        replace(one, rows=read.get(one.dataset) or told.get(one.dataset), is_read=one.dataset in read)
        for one in datasets
    ]


def _told(moved: Moved, dataset: str) -> Comparison | None:
    """Return what records tell without a look at rows: of datasets of one side, and of equal content."""
    before, after = moved.version_before(dataset), moved.version_after(dataset)
    if before is None or after is None:
        if (moved.before_of(dataset) is None) == (before is None) and (moved.after_of(dataset) is None) == (
            after is None
        ):
            return _counted(before.rows if before else 0, after.rows if after else 0, unchanged=0)
        return None  # a version that stands is not recorded: nothing can be said of its rows
    # Names in their order: the digest is one of values, by place.
    is_equal = before.content_digest == after.content_digest and _names(before) == _names(after)
    return _counted(before.rows, after.rows, unchanged=after.rows) if is_equal else None


def _counted(before: int, after: int, *, unchanged: int) -> Comparison:
    return Comparison(
        rows_before=before,
        rows_after=after,
        added=after - unchanged,
        removed=before - unchanged,
        changed=0,
        unchanged=unchanged,
        key=(),
        columns=(),
    )


def _read(
    opened: OpenedMesh,
    pairs: Mapping[str, tuple[Version, Version]],
    keys: Mapping[str, tuple[str, ...]],
    wish: RowsWish,
) -> Iterator[tuple[str, Comparison]]:
    # What the sandbox hides is hidden on both sides: a sample of rows is a way to read them.
    veil = veil_of(opened)
    shared = {name: _shared(opened, *pair) for name, pair in pairs.items()}
    without = frozenset(part.id for parts in shared.values() for part in parts)
    if veil is not None and veil.sample is not None:  # how many of the rows are seen nobody knows without reading them
        shared, without = dict.fromkeys(pairs, ()), frozenset()
    before = relations_of(opened, {name: pair[0] for name, pair in pairs.items()}, veil, without)
    after = relations_of(opened, {name: pair[1] for name, pair in pairs.items()}, veil, without)
    with opened.engine.open(Limits(temp_directory=str(opened.workspace.private / "spill"))) as session:
        for name in pairs:
            request = CompareRequest(
                dataset=name,
                before=before[name],
                after=after[name],
                key=keys[name],
                tolerance=wish.tolerance,
                sample_rows=wish.sample_rows,
                has_distributions=wish.has_distributions,
            )
            compared = session.compare(request)
            yield name, _with_shared(compared, sum(part.rows for part in shared[name]))


def _shared(opened: OpenedMesh, before: Version, after: Version) -> tuple[Part, ...]:
    """Return the parts that two versions with the same columns have both: their rows need not be read to be the same."""
    if before.manifest is None or after.manifest is None or before.columns != after.columns:
        return ()
    found = parts_of(opened.state.reader, (before, after))
    theirs = {part.id for part in found[before.id]}
    return tuple(part for part in found[after.id] if part.id in theirs)


def _with_shared(compared: Comparison, rows: int) -> Comparison:
    return replace(
        compared,
        rows_before=compared.rows_before + rows,
        rows_after=compared.rows_after + rows,
        unchanged=compared.unchanged + rows,
    )


def _keys(
    moved: Moved, pairs: Mapping[str, tuple[Version, Version]], given: tuple[str, ...], notes: list[str]
) -> dict[str, tuple[str, ...]]:
    """Return the columns that name a row: those of the contract, else those `given` where the dataset has them."""
    keys: dict[str, tuple[str, ...]] = {}
    is_known = False
    for name, (before, after) in pairs.items():
        has_given = bool(given) and _folded(given) <= _folded(_names(before)) & _folded(_names(after))
        is_known = is_known or has_given
        promised = _contract_key(moved, name)
        keys[name] = promised or (given if has_given else ())
        if has_given and promised and _folded(promised) != _folded(given):
            notes.append(f"{name}: rows are matched by the key of its contract ({', '.join(promised)}), not by --key")
    if given and pairs and not is_known:
        raise InputError(_unknown_key(pairs, given))
    return keys


def _contract_key(moved: Moved, dataset: str) -> tuple[str, ...]:
    """Return the key that the published contract of the sandbox promises: the primary key, else a required unique column."""
    ports = (
        name
        for name, pointer in moved.after.items()
        if pointer.kind is ObjectKind.PORT and product_of_object(name) == product_of(dataset)
    )
    described = [found for port in ports for found in _objects(moved.document_after(port), dataset)]
    for found in described:
        primary = [column for column in found if column.get("primaryKey")]
        if primary:
            primary.sort(key=lambda column: int(column.get("primaryKeyPosition") or 0))
            return tuple(str(column["name"]) for column in primary)
    unique = (column for found in described for column in found if column.get("unique") and column.get("required"))
    return tuple(str(column["name"]) for column in unique)[:1]


def _objects(document: str | None, dataset: str) -> Iterator[list[dict[str, Any]]]:
    """Yield the columns of each schema object that describes a dataset."""
    read: Any = json.loads(document) if document is not None else {}
    if dataset not in read.get("datasets", ()):
        return
    for described in read.get("contract", {}).get("schema") or ():
        if dataset_behind(described, read["datasets"]) == dataset_name(dataset):
            yield [column for column in described.get("properties") or () if column.get("name")]


def _unknown_key(pairs: Mapping[str, tuple[Version, Version]], given: tuple[str, ...]) -> Diagnostic:
    columns = {name for _, after in pairs.values() for name in _names(after)}
    unknown = next((name for name in given if name.casefold() not in _folded(columns)), given[0])
    return Diagnostic(
        code="MW-S115",
        message=f"no dataset that differs has the key ({', '.join(given)}) in both versions",
        fix=known_names_hint(unknown, columns, what="columns"),
    )


def _names(version: Version) -> list[str]:
    return [column.name for column in version.columns]


def _folded(names: Sequence[str] | set[str]) -> set[str]:
    return {name.casefold() for name in names}
