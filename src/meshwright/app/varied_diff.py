"""The verb `variation diff`: a variation beside its product, or beside another variation of it, as both stand.

Neighbours: `row_differences` asks the engine, as for `env diff`; here both sides are of one environment and one moment.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping

from meshwright.app.differences import DatasetDifference, RuleAnswer, RuleDifference
from meshwright.app.moved import Moved, Rules
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.row_differences import RowsWish, compare_rows
from meshwright.app.varied_named import NamedVariation, datasets_of, known_variations, named_variation, not_published
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.frozen import dataclass
from meshwright.model import plain_address, product_of_object, varied_address
from meshwright.plan.compatibility.datasets import column_changes
from meshwright.plan.version_changes import making_changes
from meshwright.state.records import ObjectKind, Pointer


@dataclass(frozen=True, kw_only=True, slots=True)
class VariationDiffWish:
    """What `variation diff` is asked for."""

    #: ``domain.product@variation`` or ``domain.product.dataset@variation``.
    variation: str
    #: Another variation of the product, None for the product itself.
    other: str | None = None
    environment: str = "prod"
    #: Columns that name a row, for datasets whose contract names none.
    key: tuple[str, ...] = ()
    #: Distance at which floats are equal, see `engines.protocol.CompareRequest`.
    tolerance: float = 0.0
    #: Whether rows are compared and distributions told.
    has_data: bool = True
    sample_rows: int = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class VariationDiff:
    """Answer of `variation diff`."""

    variation: NamedVariation
    #: What it is compared with: the product, or another variation.
    other: str
    environment: str
    generation: int
    #: The variation's datasets under their plain addresses; `before` is the other side. All rules are listed.
    datasets: tuple[DatasetDifference, ...]
    notes: tuple[str, ...]
    seconds: float

    @property
    def is_empty(self) -> bool:
        """Whether both sides point to the same versions."""
        return all(one.before == one.after for one in self.datasets)


def diff_variation(workspace: Workspace, wish: VariationDiffWish) -> VariationDiff:
    """Compare what stands of a variation with what stands of its product: parameters, schema, rows, distributions, verdicts.

    Reads rows only where content digests differ. Changes nothing. Raises InputError for what is no variation (MW-V001) or is
    not published (MW-V002), a key that no dataset has (MW-S115), a wrong tolerance (MW-S116).
    """
    started = time.monotonic()
    if not math.isfinite(wish.tolerance) or wish.tolerance < 0:
        fix = "give a finite number, 0 or greater, for example 1e-6"
        raise InputError(Diagnostic(code="MW-S116", message=f"{wish.tolerance} is no tolerance", fix=fix))
    with open_mesh(workspace, wish.environment) as opened:
        reader = opened.state.reader
        pointers = reader.pointers(wish.environment)
        known = known_variations(opened.mesh, pointers)
        variation = named_variation(wish.variation, known)
        other = variation.product
        if wish.other is not None:
            other = named_variation(varied_address(variation.product, wish.other), known).address
        moved = _moved(opened, variation.address, other, pointers)
        names = _chosen(variation, moved)
        notes: list[str] = []
        rules = (_rules(moved.rules_before(variation.product)), _rules(moved.rules_after(variation.product)))
        datasets = [_dataset(opened, moved, name, rules) for name in names]
        if wish.has_data:
            rows = RowsWish(
                key=wish.key, tolerance=wish.tolerance, sample_rows=wish.sample_rows, has_distributions=True
            )
            datasets = compare_rows(opened, moved, datasets, rows, notes)
        return VariationDiff(
            variation=variation,
            other=other,
            environment=wish.environment,
            generation=reader.generation(wish.environment),
            datasets=tuple(datasets),
            notes=tuple(notes),
            seconds=time.monotonic() - started,
        )


def _moved(opened: OpenedMesh, variation: str, other: str, pointers: Mapping[str, Pointer]) -> Moved:
    """Return both sides under plain names: the other one as what stood, the variation as what stands."""
    sides = []
    for address in (other, variation):
        side = datasets_of(address, pointers)
        if address not in pointers or not side:
            raise not_published(address, opened.environment)
        sides.append({**side, plain_address(variation): pointers[address]})
    before, after = sides
    # Contracts are the product's: they tell which columns name a row.
    ports = {
        name: pointer
        for name, pointer in pointers.items()
        if pointer.kind is ObjectKind.PORT and product_of_object(name) == plain_address(variation)
    }
    versions = {pointer.revision for side in sides for pointer in side.values() if pointer.kind is ObjectKind.DATASET}
    others = {pointer.revision for side in (*sides, ports) for pointer in side.values()} - versions
    return Moved(
        before={**before, **ports},
        after={**after, **ports},
        objects=tuple(sorted(after)),
        products=frozenset({plain_address(variation)}),
        revisions=opened.state.reader.revisions(others),
        versions=opened.state.reader.versions(versions),
    )


def _chosen(variation: NamedVariation, moved: Moved) -> list[str]:
    names = [name for name in moved.objects if moved.after[name].kind is ObjectKind.DATASET]
    if variation.dataset is None:
        return names
    wanted = f"{variation.product}.{variation.dataset}"
    if wanted not in names:
        fix = known_names_hint(wanted, names, what="datasets of the variation")
        raise InputError(
            Diagnostic(code="MW-V001", message=f"{variation.address} has no dataset '{variation.dataset}'", fix=fix)
        )
    return [wanted]


def _rules(found: Rules) -> Rules:
    return {plain_address(name): rules for name, rules in found.items()}


def _dataset(opened: OpenedMesh, moved: Moved, name: str, rules: tuple[Rules, Rules]) -> DatasetDifference:
    before, after = moved.version_before(name), moved.version_after(name)
    node = opened.mesh.node(name)
    dialect = node.sql.dialect if node is not None and node.sql is not None else opened.mesh.dialect
    assert after is not None  # it stands
    return DatasetDifference(
        dataset=name,
        before=moved.before_of(name),
        after=moved.after_of(name),
        making=making_changes(before or after, after, dialect),
        columns=tuple(column_changes(before.columns, after.columns)) if before is not None else (),
        tests=tuple(_side_by_side(rules[0].get(name, {}), rules[1].get(name, {}))),
    )


def _side_by_side(before: Mapping[str, RuleAnswer], after: Mapping[str, RuleAnswer]) -> Iterator[RuleDifference]:
    for rule in dict.fromkeys((*before, *after)):
        yield RuleDifference(id=rule, before=before.get(rule), after=after.get(rule))
