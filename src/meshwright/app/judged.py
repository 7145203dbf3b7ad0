"""The mesh as judged: what `check` finds out, taken over from the last command where all that it rests on is the same.

It rests on the files, the environment, the overrides, the engine, and the columns that the world tells. These are looked
at each time; the rest (rules compiled, models bound, lineage) follows from them. Where they differ, what was found out
about single products is taken over as far as it holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import cast

from meshwright.app.clock import utc_now
from meshwright.app.judged_mesh import Judged
from meshwright.app.judged_products import JudgedBefore, JudgedProduct
from meshwright.app.opened import OpenedMesh
from meshwright.app.typed_lineage import LineageInputs, later_lineage
from meshwright.app.typed_told import ToldColumns, told_columns
from meshwright.checks.spec import CheckSpec
from meshwright.diagnostics import Severity, has_errors
from meshwright.files.records import UnreadableRecord, decode_once, encode_record
from meshwright.files.snapshots import keep_value, kept_value
from meshwright.frozen import dataclass
from meshwright.graph import ancestors, told_once
from meshwright.graph.lineage import ColumnLineage
from meshwright.model import Columns, Product, Version, identity, plain_address, product_of

_NAME = "judged.snapshot"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """A judged mesh on disk."""

    #: Identity of all that it rests on.
    key: str
    #: Without what is kept of single products.
    judged: Judged
    products: Mapping[str, bytes]


def judge_mesh(
    opened: OpenedMesh,
    versions: Mapping[str, Version],
    overrides: Mapping[str, str],
    *,
    traced: Collection[str] = (),
) -> Judged:
    """Bind types, compile rules and compare promises with columns, over the whole mesh.

    `versions` is dataset -> published version, `traced` are datasets whose lineage the caller will ask for. Raises InputError
    (MW-R014) for a wrong override.
    """
    told = told_columns(opened, versions)
    judged = _judged(opened, told, overrides, traced)
    doubted = _doubted(opened, told, judged)
    if doubted:
        seen = told_columns(opened, versions, doubted)
        is_same = seen.columns == told.columns and seen.diagnostics == told.diagnostics
        judged = judged if is_same else _judged(opened, seen, overrides, traced)
    # Now only: what is doubted is found by the objects of all findings.
    once = told_once(opened.mesh, judged.diagnostics)
    return _with_lifecycle(opened, replace(judged, diagnostics=once) if len(once) < len(judged.diagnostics) else judged)


def _with_lifecycle(opened: OpenedMesh, judged: Judged) -> Judged:
    """Add who reads what goes away: not kept with the rest, for what was agreed to holds until a day."""
    if not any(_goes_away(product) for product in opened.mesh.products()):
        return judged
    from meshwright.checks.lifecycle import lifecycle_findings  # lazy: in most meshes nothing goes away

    found = lifecycle_findings(opened.mesh, _left_behind(opened))
    return replace(judged, diagnostics=(*judged.diagnostics, *found)) if found else judged


def _goes_away(product: Product) -> bool:
    statuses = (product.status, *(port.contract.status for port in product.ports.values()))
    return any((status or "").casefold() in {"deprecated", "retired"} for status in statuses)


def _left_behind(opened: OpenedMesh) -> frozenset[str]:
    """Return the ports whose readers may be left behind: somebody agreed to it, or this is a sandbox, which tries it out."""
    from meshwright.checks.built_in import BREAKING_CHANGES, agreements  # lazy: as above

    holding = agreements(BREAKING_CHANGES, opened.mesh, utc_now().date()) if opened.mesh.exemptions else ()
    return frozenset(
        port.address
        for product in opened.mesh.products()
        for port in product.ports.values()
        if opened.sandbox is not None or any(item.covers(port.address) for item in holding)
    )


def _doubted(opened: OpenedMesh, told: ToldColumns, judged: Judged) -> frozenset[str]:
    """Return the sources that errors may come from: files may fit what a source holds now, and not its last build."""
    if not told.as_built or not has_errors(judged.diagnostics):
        return frozenset()
    errors = (found for found in judged.diagnostics if found.severity is Severity.ERROR)
    wrong = {found.object.partition("/")[0] for found in errors if found.object}
    concerned = {address for address in opened.graph.order if wrong & {address, product_of(address)}}
    return told.as_built & set(map(plain_address, concerned | ancestors(opened.graph, concerned)))


def _judged(opened: OpenedMesh, told: ToldColumns, overrides: Mapping[str, str], traced: Collection[str]) -> Judged:
    place = _place(opened)
    engine = identity("mwjudged2", opened.engine.identity, opened.engine.release)
    key = _key(opened, told, overrides)
    found = kept_value(place, engine) if place else None
    kept = found if isinstance(found, _Kept) else None
    before = _whole(kept) if kept is not None else None
    if before is not None and kept is not None and kept.key == key:
        return _with_lineage(before, _lineage(opened, told, before))
    from meshwright.app.judging import judge  # lazy: the compilers of rules, and what they parse with

    judged = judge(opened, told, overrides, _as_before(before) if before is not None else None, traced=traced)
    if place and not has_errors(judged.diagnostics):
        keep_value(place, engine, _parted(key, judged, before, kept.products if kept is not None else {}))
    return judged


def _as_before(judged: Judged) -> JudgedBefore:
    return JudgedBefore(products=judged.products, typed=judged.typed, names=judged.names)


def _parted(key: str, judged: Judged, before: Judged | None, encoded: Mapping[str, bytes]) -> _Kept:
    """Return what is kept; products that are those of `before` are not encoded again, but kept as they are `encoded`."""
    for specs in judged.checks.values():
        for spec in specs:
            _ = spec.fingerprint  # remembered in the record, and so kept with it: the next plan hashes nothing
    columns = dict(judged.typed.columns)
    checks = dict(judged.checks)
    products: dict[str, bytes] = {}
    for address, product in judged.products.items():
        own = {dataset: columns.pop(dataset) for dataset in product.checks if dataset in columns}
        for dataset in product.checks:
            del checks[dataset]
        if before is not None and before.products.get(address) is product:
            products[address] = encoded[address]
        else:
            products[address] = encode_record((product, own))
    rest = replace(
        judged,
        typed=replace(judged.typed, columns=columns, lineage=ColumnLineage()),
        checks=checks,
        products=MappingProxyType({}),
    )
    return _Kept(key=key, judged=rest, products=products)


def _whole(kept: _Kept) -> Judged | None:
    """Put what is kept together again; None where somebody else wrote it."""
    columns: dict[str, Columns] = {}
    checks: dict[str, tuple[CheckSpec, ...]] = {}
    products: dict[str, JudgedProduct] = {}
    for address, encoded in kept.products.items():
        try:
            product, own = cast("tuple[JudgedProduct, Mapping[str, Columns]]", decode_once(encoded))
        except UnreadableRecord:
            return None
        products[address] = product
        checks.update(product.checks)
        columns.update(own)
    typed = replace(kept.judged.typed, columns={**columns, **kept.judged.typed.columns})
    return replace(kept.judged, typed=typed, checks={**checks, **kept.judged.checks}, products=products)


def _place(opened: OpenedMesh) -> Path | None:
    """Return where the judged mesh is kept; the frozen files of a run have no place of their own."""
    workspace = opened.workspace
    return workspace.private / _NAME if workspace.tree == workspace.root else None


def _key(opened: OpenedMesh, told: ToldColumns, overrides: Mapping[str, str]) -> str:
    columns = {name: [[column.name, column.type] for column in found] for name, found in told.columns.items()}
    return identity(
        "mwjudged2",
        opened.files_identity,
        # Not all of them follow from the files that were read: some tell of files that are not.
        [repr(found) for found in opened.diagnostics],
        opened.mesh.environment,
        dict(overrides),
        columns,
        [repr(found) for found in told.diagnostics],
        sorted(told.guessed),
    )


def _with_lineage(judged: Judged, lineage: ColumnLineage) -> Judged:
    return replace(judged, typed=replace(judged.typed, lineage=lineage))


def _lineage(opened: OpenedMesh, told: ToldColumns, judged: Judged) -> ColumnLineage:
    """Return the lineage of a judged mesh that was kept without it: it is the larger part, and few commands look at it."""

    def find() -> LineageInputs:
        from meshwright.app.typed import TypingInputs, lineage_inputs  # lazy: as above

        inputs = TypingInputs(
            mesh=opened.mesh, graph=opened.graph, told=told, params=judged.params, broken=opened.broken
        )
        return lineage_inputs(inputs, judged.typed)

    return later_lineage(find, opened.cache)
