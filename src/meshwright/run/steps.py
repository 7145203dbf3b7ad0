"""One function per kind of step that works on data. They run on worker threads, know no plan and record nothing.

Each is idempotent: a build writes new files under its own attempt's name, and only the commit of its version
(by the coordinator, insert-if-absent) makes them count; a measurement changes nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from meshwright.checks.conform import schema_measurement
from meshwright.checks.spec import CheckSpec, Evidence, Measurement, Metric, others_identity
from meshwright.checks.verdict import evidence_of, unique_measurements
from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.engines.protocol import BuiltTable, ModelBuild, Relation, SourceRead
from meshwright.model import Version
from meshwright.plan.identities import content_version_id, trigger_key
from meshwright.plan.values import DesiredNode, SourceObservation
from meshwright.run.observe import observe_sources
from meshwright.run.world import RunWorld
from meshwright.state.records import Trigger

_SOURCE_ATTEMPTS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildWork:
    """A node to build, bound: everything it needs is known."""

    desired: DesiredNode
    #: Known for pure nodes, None for opaque ones.
    version: str | None
    inputs: Mapping[str, Version]
    #: Source nodes: what was seen when the run was planned.
    observation: SourceObservation | None = None
    attempt: str = "0"


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """A version whose files are durable and whose row is not there yet."""

    version: Version
    trigger: Trigger | None
    attempts: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class TestWork:
    """Rules to measure on one version."""

    #: Keeps pytest from taking the class for a test case.
    __test__ = False

    version: Version
    checks: tuple[CheckSpec, ...]
    #: Versions of the further datasets that the rules read.
    others: Mapping[str, Version]


def build(work: BuildWork, world: RunWorld) -> Built:
    """Build a node into durable files. Raises MeshwrightError; nothing is left behind then."""
    if work.desired.node.source is not None:
        return _build_source(work, world)
    started = world.clock()
    version = _seal(work, _build_model(work, world), world, started)
    return Built(version=version, trigger=_trigger(work, version.id) if version.is_opaque else None)


def measure(work: TestWork, world: RunWorld) -> tuple[Evidence, ...]:
    """Measure all rules and turn the measurements into evidence; equal rules are measured once and give one."""
    checks = unique_measurements(work.checks)
    data_checks = tuple(spec for spec in checks if spec.metric is not Metric.SCHEMA)
    others = {dataset: relation_of(version, world) for dataset, version in work.others.items()}
    measured: dict[str, Measurement] = {}
    if data_checks:
        answers = world.session.measure(relation_of(work.version, world), data_checks, others)
        measured = {spec.fingerprint: answer for spec, answer in zip(data_checks, answers, strict=True)}
    return tuple(
        evidence_of(
            spec,
            measured.get(spec.fingerprint) or schema_measurement(work.version.columns, spec),
            version=work.version.id,
            others=others_identity({dataset: work.others[dataset].id for dataset in spec.reads}),
            run_id=world.run_id,
        )
        for spec in checks
    )


def relation_of(version: Version, world: RunWorld) -> Relation:
    """Return a version as an engine sees it."""
    return Relation(columns=version.columns, files=tuple(world.store.absolute(file) for file in version.files))


def _build_model(work: BuildWork, world: RunWorld) -> BuiltTable:
    node, sql = work.desired.node, work.desired.node.sql
    assert sql is not None
    target = world.store.new_target(node.address, work.version or f"pending-{work.attempt}", work.attempt)
    return world.session.build_model(
        ModelBuild(
            dataset=node.address,
            text=sql.text,
            dialect=sql.dialect,
            inputs={dataset: relation_of(version, world) for dataset, version in work.inputs.items()},
            params=work.desired.params,
            param_types=work.desired.param_types,
            span=node.span,
        ),
        target,
    )


def _build_source(work: BuildWork, world: RunWorld) -> Built:
    """Read a source, then look at it again: what changed under the reading is not taken."""
    observation = work.observation
    assert observation is not None
    for attempt in itertools.count(1):
        started = world.clock()
        table = _read_source(work, observation, world)
        again = _observe_again(work.desired, world)
        if again.key == observation.key:
            break
        world.store.discard(table.files)
        if again.problem is not None:
            raise WorldError(again.problem)
        if attempt == _SOURCE_ATTEMPTS:
            raise WorldError(_kept_changing(work.desired, observation))
        observation = again
    version = _seal(work, table, world, started)
    return Built(version=version, trigger=_trigger(work, version.id, observation), attempts=attempt)


def _read_source(work: BuildWork, observation: SourceObservation, world: RunWorld) -> BuiltTable:
    node = work.desired.node
    assert node.source is not None
    target = world.store.new_target(node.address, f"pending-{work.attempt}", work.attempt)
    read = SourceRead(
        dataset=node.address, source=node.source, files=observation.files, columns=node.columns, span=node.span
    )
    return world.session.build_source(read, target)


def _observe_again(desired: DesiredNode, world: RunWorld) -> SourceObservation:
    """Observe a source anew; files that stand as they stood at planning are not hashed twice."""
    now_ns = int(world.now().timestamp() * 1e9)
    return observe_sources([desired.node], world.root, world.files, now_ns).sources[desired.node.address]


def _seal(work: BuildWork, table: BuiltTable, world: RunWorld, started: float) -> Version:
    """Make the table's files durable and describe them as a version."""
    node = work.desired.node
    try:
        files = world.store.seal(table.files)
    except WorldError:
        world.store.discard(table.files)
        raise
    return Version(
        id=work.version or content_version_id(node.address, table.content_digest, table.columns),
        dataset=node.address,
        columns=table.columns,
        files=files,
        rows=table.rows,
        content_digest=table.content_digest,
        fingerprint=work.desired.fingerprint,
        node_kind=node.kind,
        is_opaque=node.is_opaque,
        inputs={dataset: version.id for dataset, version in work.inputs.items()},
        params=work.desired.params,
        engine=work.desired.engine,
        definition=work.desired.definition,
        run_id=world.run_id,
        created_at=world.now(),
        seconds=world.clock() - started,
    )


def _trigger(work: BuildWork, version: str, observation: SourceObservation | None = None) -> Trigger:
    """Say what an opaque build came of, so that the same need not run again."""
    key = observation.key if observation else ""
    inputs = {dataset: found.id for dataset, found in work.inputs.items()}
    return Trigger(
        key=trigger_key(work.desired, inputs, key),
        dataset=work.desired.node.address,
        version=version,
        fingerprint=work.desired.fingerprint,
        observation=key,
        observed=source_words(observation) if observation else "",
    )


def source_words(observation: SourceObservation) -> str:
    """Say what was seen of a source, for example ``1 file, 8.0 MB``."""
    count = len(observation.files)
    return f"{count} file{'' if count == 1 else 's'}, {observation.size_bytes / 1e6:.1f} MB"


def _kept_changing(desired: DesiredNode, observation: SourceObservation) -> Diagnostic:
    return Diagnostic(
        code="MW-R003",
        message=f"{Path(observation.files[0]).name} changed while it was read for {desired.node.address}",
        span=desired.node.span,
        fix="run again when whatever writes it has finished",
        object=desired.node.address,
    )
