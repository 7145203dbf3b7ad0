"""Policies that are broken with a sandbox's files and were not with those of its base.

Both are judged from the files that runs recorded: of the newest run that published into the sandbox, and of the newest one
that published into the base up to the generation beneath; a product that stands from other files than those (it was rolled
back, or held) is judged by the files of the run that published it as it stands. The working tree has no part in it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Set

from meshwright.app.desired import code_digest
from meshwright.app.differences import PolicyDifference
from meshwright.app.frozen import frozen_workspace
from meshwright.app.judged import judge_mesh
from meshwright.app.moved import Moved
from meshwright.app.observing import published_from
from meshwright.app.opened import OpenedMesh, open_mesh, require_sound
from meshwright.diagnostics import MeshwrightError
from meshwright.frozen import dataclass
from meshwright.state.protocol import Reader
from meshwright.state.records import Pointer, RunRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class _Side:
    """What stands on one side."""

    environment: str
    generation: int
    pointers: Mapping[str, Pointer]
    #: Product -> its manifest, None where it does not stand.
    manifest: Callable[[str], Mapping[str, object] | None]


def policy_differences(
    opened: OpenedMesh, moved: Moved, products: frozenset[str], notes: list[str]
) -> tuple[PolicyDifference, ...]:
    """Return the violations about `products` that are new; only where the mesh is governed and something differs.

    What keeps them from being told (files that are gone, or are wrong by now) is added to `notes`.
    """
    sandbox = opened.sandbox
    if sandbox is None or not products or not opened.mesh.is_governed:
        return ()
    base = _Side(
        environment=str(sandbox.base),
        generation=sandbox.base_generation,
        pointers=moved.before,
        manifest=moved.manifest_before,
    )
    own = _Side(
        environment=sandbox.name,
        generation=sandbox.generation,
        pointers=moved.after,
        manifest=moved.manifest_after,
    )
    try:
        before = set(_violations(opened, base, products, notes))
        return tuple(found for found in _violations(opened, own, products, notes) if found not in before)
    except MeshwrightError as error:
        notes.append(f"policies are not compared: {error.first.message}")
        return ()


def _violations(
    opened: OpenedMesh, side: _Side, products: frozenset[str], notes: list[str]
) -> Iterator[PolicyDifference]:
    """Yield what breaks a policy on one side, each product judged by the files that it stands from."""
    reader = opened.state.reader
    newest = _newest_run(reader, side)
    if newest is None:
        return
    found, judged = _judge(opened, side, newest, products)
    yield from found
    older: dict[str, set[str]] = defaultdict(set)
    for product in sorted(products - judged):
        older[str((side.manifest(product) or {}).get("run"))].add(product)
    for run, names in older.items():
        record = reader.run(run)
        found, judged = _judge(opened, side, record, names) if record is not None else ((), frozenset[str]())
        yield from (one for one in found if one.object is not None)
        notes.extend(
            f"policies are not judged for {name} as it stands in {side.environment}: no run is recorded with its files"
            for name in sorted(names - judged)
        )


def _judge(
    opened: OpenedMesh, side: _Side, record: RunRecord, products: Set[str]
) -> tuple[tuple[PolicyDifference, ...], frozenset[str]]:
    """Judge a run's files; return the violations about those of `products` that stand from them, and these products."""
    from meshwright.app.policies import concerns, judge_policies, utc_day  # lazy: not every mesh has policies

    with frozen_workspace(opened.workspace, record) as frozen, open_mesh(frozen, side.environment) as then:
        require_sound(then.diagnostics)
        published = published_from(then.state.reader, side.generation, side.pointers)
        judged = judge_mesh(then, published.versions, json.loads(record.options).get("params", {}))
        require_sound(judged.diagnostics)
        code = {product.address: code_digest(product) for product in then.mesh.all_products()}
        standing = frozenset(
            product
            for product in products
            if (manifest := side.manifest(product)) is None or manifest.get("code") == code.get(product)
        )
        return tuple(
            PolicyDifference(
                policy=verdict.policy.address,
                level=verdict.policy.level.value,
                message=found.message,
                object=found.object,
            )
            for verdict in judge_policies(then, judged, published, utc_day()).verdicts
            for found in verdict.standing
            if concerns(found.object, standing)
        ), standing


def _newest_run(reader: Reader, side: _Side) -> RunRecord | None:
    """Return the newest run that published up to a generation; pins, rollbacks and rebases have no files."""
    numbers = reader.publishers(side.environment, range(1, side.generation + 1))
    newest = next((numbers[number] for number in sorted(numbers, reverse=True) if numbers[number]), None)
    return None if newest is None else reader.run(newest)
