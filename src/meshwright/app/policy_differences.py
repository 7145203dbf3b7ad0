"""Policies that are broken with a sandbox's files and were not with those of its base.

Both are judged from the files that runs recorded: of the newest run that published into the sandbox, and of the newest one
that published into the base up to the generation beneath. The working tree has no part in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

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
    """Where files of one side are from."""

    environment: str
    is_sandbox: bool
    generation: int
    pointers: Mapping[str, Pointer]


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
        is_sandbox=False,
        generation=sandbox.base_generation,
        pointers=moved.before,
    )
    own = _Side(environment=sandbox.name, is_sandbox=True, generation=sandbox.generation, pointers=moved.after)
    try:
        before = set(_violations(opened, base, moved, products, notes))
        return tuple(found for found in _violations(opened, own, moved, products, notes) if found not in before)
    except MeshwrightError as error:
        notes.append(f"policies are not compared: {error.first.message}")
        return ()


def _violations(
    opened: OpenedMesh, side: _Side, moved: Moved, products: frozenset[str], notes: list[str]
) -> Iterator[PolicyDifference]:
    from meshwright.app.policies import concerns, judge_policies, utc_day  # lazy: not every mesh has policies

    record = _newest_run(opened.state.reader, side)
    if record is None:
        return
    with (
        frozen_workspace(opened.workspace, record) as frozen,
        open_mesh(frozen, side.environment) as then,
    ):
        require_sound(then.diagnostics)
        published = published_from(then.state.reader, side.generation, side.pointers)
        judged = judge_mesh(then, published.versions, json.loads(record.options).get("params", {}))
        require_sound(judged.diagnostics)
        notes.extend(_other_files(then, side, moved, products))
        for verdict in judge_policies(then, judged, published, utc_day()).verdicts:
            for found in verdict.standing:
                if concerns(found.object, products):
                    yield PolicyDifference(
                        policy=verdict.policy.address,
                        level=verdict.policy.level.value,
                        message=found.message,
                        object=found.object,
                    )


def _newest_run(reader: Reader, side: _Side) -> RunRecord | None:
    """Return the newest run that published up to a generation; pins, rollbacks and rebases have no files."""
    numbers = reader.publishers(side.environment, range(1, side.generation + 1))
    for number in sorted(numbers, reverse=True):
        if numbers[number]:
            return reader.run(numbers[number])
    return None


def _other_files(then: OpenedMesh, side: _Side, moved: Moved, products: frozenset[str]) -> Iterator[str]:
    """Name products that stand from an older run: the files that are judged are not those that made them."""
    manifest_of = moved.manifest_after if side.is_sandbox else moved.manifest_before
    for product in then.mesh.all_products():
        manifest = manifest_of(product.address) if product.address in products else None
        if manifest is not None and manifest.get("code") != code_digest(product):
            yield (
                f"policies judge the files of the newest run into {side.environment}; those that {product.address} stands from "
                "there are others"
            )
