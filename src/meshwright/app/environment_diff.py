"""The verb `env diff`: what a sandbox changes, against the generation of its base that it lies over.

What the base did since is not in it (`env show` calls that drift), so that the answer is one's own change and nobody else's.
Neighbours: `moved` reads both sides from the state, `row_differences` asks the engine, `policy_differences` the files.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterator, Mapping

from meshwright.app.differences import (
    CodeState,
    DatasetDifference,
    EnvironmentDiff,
    PortDifference,
    Presence,
    ProductDifference,
    RuleAnswer,
    RuleDifference,
)
from meshwright.app.moved import Moved, read_moved
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.policy_differences import policy_differences
from meshwright.app.row_differences import RowsWish, compare_rows
from meshwright.app.sandboxes import require_sandbox
from meshwright.app.scope import selected_datasets
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.frozen import dataclass
from meshwright.model import Version, plain_address, product_of, product_of_object
from meshwright.plan.compatibility import Change
from meshwright.plan.compatibility.datasets import added_dataset, column_changes, removed_dataset
from meshwright.plan.compatibility.ports import added_port, port_changes, removed_port
from meshwright.plan.version_changes import MakingChanges, making_changes
from meshwright.state.records import ObjectKind


@dataclass(frozen=True, kw_only=True, slots=True)
class DiffWish:
    """What `env diff` is asked for."""

    sandbox: str
    select: tuple[str, ...] = ()
    #: Columns that name a row, for datasets whose contract names none.
    key: tuple[str, ...] = ()
    #: Distance at which floats are equal, see `engines.protocol.CompareRequest`.
    tolerance: float = 0.0
    #: Whether rows are compared.
    has_data: bool = True
    #: Differing rows of each kind that are shown.
    sample_rows: int = 5


def diff_environment(workspace: Workspace, wish: DiffWish) -> EnvironmentDiff:
    """Say what a sandbox changes: code, schema, rows, verdicts of rules, violations of policies.

    Reads rows only where content digests differ, one dataset after the other. Changes nothing, not even when the sandbox
    expires. Raises InputError for what is no sandbox (MW-R013, MW-S105), a selection that matches nothing, a key that no
    dataset has (MW-S115), a wrong tolerance (MW-S116); WorldError where files of a version are lost.
    """
    started = time.monotonic()
    if not math.isfinite(wish.tolerance) or wish.tolerance < 0:
        raise InputError(
            Diagnostic(
                code="MW-S116",
                message=f"{wish.tolerance} is no tolerance",
                fix="give a finite number, 0 or greater, for example 1e-6",
            )
        )
    require_sandbox(workspace, wish.sandbox)
    with open_mesh(workspace, wish.sandbox) as opened:
        assert opened.sandbox is not None  # `require_sandbox` found it
        moved = read_moved(opened.state.reader, opened.sandbox)
        ports = {name: _port(opened, moved, name) for name in moved.of(ObjectKind.PORT)}
        tests = {product: dict(_tests(moved, product)) for product in moved.of(ObjectKind.PRODUCT)}
        names = _datasets(moved, ports, tests)
        chosen = _chosen(opened, wish, moved, names)
        names = [name for name in names if chosen is None or name in chosen]
        datasets = [_dataset(opened, moved, name, ports, tests) for name in names]
        notes: list[str] = []
        if wish.has_data:
            asked = RowsWish(key=wish.key, tolerance=wish.tolerance, sample_rows=wish.sample_rows)
            datasets = compare_rows(opened, moved, datasets, asked, notes)
        shown = {product_of(name) for name in chosen} | chosen if chosen is not None else moved.products
        products = tuple(_product(moved, name, ports, names) for name in sorted(moved.products & shown))
        policies = policy_differences(opened, moved, frozenset(product.product for product in products), notes)
        return EnvironmentDiff(
            sandbox=opened.sandbox,
            datasets=tuple(datasets),
            products=products,
            policies=policies,
            notes=tuple(notes),
            seconds=time.monotonic() - started,
        )


def _chosen(opened: OpenedMesh, wish: DiffWish, moved: Moved, names: list[str]) -> frozenset[str] | None:
    """Return what is selected, None for everything; what the sandbox dropped can be named although no file has it."""
    if not wish.select:
        return None
    known = opened.graph.parents.keys()
    beside = frozenset({*moved.of(ObjectKind.DATASET), *moved.products} - known)
    return selected_datasets(opened, wish.select, changed=frozenset(names) & known, beside=beside)


def _datasets(
    moved: Moved, ports: Mapping[str, PortDifference], tests: Mapping[str, Mapping[str, tuple[RuleDifference, ...]]]
) -> list[str]:
    """Return the datasets whose version, contract or verdicts differ, by name."""
    promised = (
        name
        for port, found in ports.items()
        for name in moved.held(port)
        if any(_is_about(change, moved.objects_of(port, name)) for change in found.changes)
    )
    judged = (name for found in tests.values() for name, rules in found.items() if rules)
    return sorted({*moved.of(ObjectKind.DATASET), *promised, *judged})


def _is_about(change: Change, objects: Collection[str]) -> bool:
    kind, _, rest = change.path.partition("/")
    return kind == "schema" and rest.partition("/")[0] in objects


def _dataset(
    opened: OpenedMesh,
    moved: Moved,
    name: str,
    ports: Mapping[str, PortDifference],
    tests: Mapping[str, Mapping[str, tuple[RuleDifference, ...]]],
) -> DatasetDifference:
    before, after = moved.version_before(name), moved.version_after(name)
    return DatasetDifference(
        dataset=name,
        before=moved.before_of(name),
        after=moved.after_of(name),
        making=_making(opened, before, after),
        columns=_columns(before, after),
        contract=tuple(
            change
            for port, found in ports.items()
            if name in moved.held(port)
            for change in found.changes
            if _is_about(change, moved.objects_of(port, name))
        ),
        tests=tests.get(product_of(name), {}).get(name, ()),
    )


def _making(opened: OpenedMesh, before: Version | None, after: Version | None) -> MakingChanges:
    if before is None or after is None:
        words = ("dataset is new",) if before is None else ("dataset is gone",)
        return MakingChanges(reasons=words, parameters={}, inputs={})
    node = opened.mesh.node(plain_address(after.dataset))
    dialect = node.sql.dialect if node is not None and node.sql is not None else opened.mesh.dialect
    return making_changes(before, after, after.view.dialect if after.view is not None else dialect)


def _columns(before: Version | None, after: Version | None) -> tuple[Change, ...]:
    if before is None or after is None:
        return () if before is after else (added_dataset() if before is None else removed_dataset(),)
    return tuple(column_changes(before.columns, after.columns))


def _port(opened: OpenedMesh, moved: Moved, name: str) -> PortDifference:
    before, after = moved.document_before(name), moved.document_after(name)
    if before is None or after is None:
        changes: tuple[Change, ...] = (added_port() if before is None else removed_port(),)
    else:
        changes = port_changes(before, after, opened.mesh.severity)
    return PortDifference(port=name, change=Presence.of(before, after), changes=changes)


def _tests(moved: Moved, product: str) -> Iterator[tuple[str, tuple[RuleDifference, ...]]]:
    """Yield the datasets of a product with the rules that differ, as its manifests record them."""
    before, after = moved.rules_before(product), moved.rules_after(product)
    for name in sorted({*before, *after}):
        old, new = before.get(name, {}), after.get(name, {})
        found = (
            RuleDifference(id=rule, before=old.get(rule), after=new.get(rule))
            for rule in (*old, *(rule for rule in new if rule not in old))
        )
        yield name, tuple(one for one in found if one.before is None or one.after is None or _differs(one))


def _differs(one: RuleDifference) -> bool:
    assert one.before is not None
    assert one.after is not None
    return one.change != "verdict" or _answer(one.before) != _answer(one.after)


def _answer(answer: RuleAnswer) -> tuple[str | None, int | None]:
    return answer.verdict, answer.failing_rows


def _product(moved: Moved, name: str, ports: Mapping[str, PortDifference], datasets: list[str]) -> ProductDifference:
    return ProductDifference(
        product=name,
        before=_code(moved.manifest_before(name)),
        after=_code(moved.manifest_after(name)),
        datasets=tuple(dataset for dataset in datasets if product_of(dataset) == name),
        ports=tuple(found for port, found in ports.items() if product_of_object(port) == name),
    )


def _code(manifest: Mapping[str, object] | None) -> CodeState | None:
    if manifest is None:
        return None
    code, commit = manifest.get("code"), manifest.get("commit")
    return CodeState(code=str(code) if code else None, commit=str(commit) if commit else None)
