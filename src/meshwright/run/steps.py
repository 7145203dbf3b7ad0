"""One function per kind of step that works on data. They run on worker threads, know no plan and record nothing.

Each is idempotent: a build writes new files under its own attempt's name, and only the commit of its version
(by the coordinator, insert-if-absent, after it sealed the files) makes them count; a measurement changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from types import MappingProxyType
from typing import Protocol

from meshwright.checks.conform import schema_measurement
from meshwright.checks.spec import CheckSpec, Evidence, Measurement, Metric, others_identity, spec_as_written
from meshwright.checks.verdict import evidence_of, unique_measurements
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import WorldError
from meshwright.engines.protocol import BuiltTable, MergeBuild, ModelBuild, Relation
from meshwright.frozen import dataclass
from meshwright.model import (
    Part,
    Restricted,
    Sight,
    SourceObservation,
    Version,
    ViewRecipe,
    identity,
    plain_address,
)
from meshwright.model.outside import JobOutcome, LeftTable, outcome_of, outcome_text
from meshwright.plan.identities import content_version_id, named_as_written, trigger_key
from meshwright.plan.incremental import STANDING
from meshwright.plan.refresh import run_observation, standing_observation
from meshwright.plan.sights import seen_ids
from meshwright.plan.values import DesiredNode
from meshwright.run.jobtables import source_read
from meshwright.run.partmeasures import Before, measure_changes
from meshwright.run.partsteps import WrittenPart, sealed_part
from meshwright.run.pythonsteps import build_python, call_python
from meshwright.run.relations import Relations, view_key
from meshwright.run.secretparams import hiding, secret_values
from meshwright.run.sources import read_source, source_words
from meshwright.run.timelimits import time_limit
from meshwright.run.wholeness import require_whole
from meshwright.run.world import RunWorld
from meshwright.state.records import Trigger


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildWork:
    """A node to build, bound: everything it needs is known. Names are those that the node's code uses: plain."""

    desired: DesiredNode
    #: Known for pure nodes, None for opaque ones.
    version: str | None
    inputs: Mapping[str, Version]
    #: What views among the inputs stand on, by version id.
    bound: Mapping[str, Version] = field(default_factory=lambda: MappingProxyType({}))
    #: Source nodes: what was seen when the run was planned.
    observation: SourceObservation | None = None
    attempt: str = "0"
    #: Whether it runs whatever came of it before, and so must not run twice in this run.
    is_run_anyway: bool = False
    #: Why only sandboxes may point to what is built, with what it sees of its inputs; None where it sees everything.
    restricted: Restricted | None = None
    #: What new rows are merged into, where the node merges and has a version that goes on.
    before: Version | None = None
    #: Where the node merges: the time at which rows meet, which may be written into them; None for now.
    at: dt.datetime | None = None

    @property
    def seen(self) -> Mapping[str, Sight]:
        """What the build sees of its inputs, where that is not everything."""
        return self.restricted.seen if self.restricted is not None else {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What a build made: a version that has no files yet, and the files (path, rows) that are to be made durable for it."""

    version: Version
    files: tuple[tuple[str, int], ...] = ()
    triggers: tuple[Trigger, ...] = ()
    attempts: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """A version whose files are durable and whose row is not there yet."""

    version: Version
    #: Opaque nodes: what the build came of; the last one stands.
    triggers: tuple[Trigger, ...] = ()
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
    #: What views among all of these stand on, by version id.
    bound: Mapping[str, Version] = field(default_factory=lambda: MappingProxyType({}))
    #: Dataset -> what is seen of its version, the tested one or another, where that is not everything.
    sights: Mapping[str, Sight] = field(default_factory=lambda: MappingProxyType({}))
    #: What may be gone on from, where the version is made of parts; None where every rule is measured on the whole.
    before: Before | None = None


def build(work: BuildWork, world: RunWorld) -> Built:
    """Build a node into durable files. Raises MeshwrightError; nothing is left behind then."""
    (result,) = seal((write(work, world),), world)
    if isinstance(result, WorldError):
        raise result
    assert isinstance(result, Built)
    return result


def write(work: BuildWork, world: RunWorld) -> Written:
    """Build a node into files that are not durable yet. Raises MeshwrightError; nothing is left behind then."""
    with hiding(work.desired, world):
        return _write(work, world)


def _write(work: BuildWork, world: RunWorld) -> Written:
    before = (work.before,) if work.before is not None else ()
    require_whole((*work.inputs.values(), *work.bound.values(), *before), world)
    if work.desired.node.merging is not None and work.at is None:
        work = replace(work, at=world.now())
    if work.desired.node.source is not None:
        return _write_source(work, world)
    started = world.clock()
    if work.desired.node.is_none:
        return _call(work, world, started)
    with time_limit(work.desired.node, world):
        return _write_table(work, world, started)


def _write_table(work: BuildWork, world: RunWorld, started: float) -> Written:
    if work.desired.node.is_view:
        return Written(version=_build_view(work, world, started))
    table = _left_table(work, world) if work.desired.node.table_of is not None else _build_model(work, world)
    version = _described(work, table, world, started)
    return Written(
        version=version,
        files=table.files,
        triggers=_triggers(work, version.id, world) if version.is_opaque else (),
    )


def seal(written: Sequence[Written | WrittenPart], world: RunWorld) -> tuple[Built | Part | WorldError, ...]:
    """Make the files of several builds durable, together; for each the version or part with its files, or why it has none."""
    results: list[Built | Part | WorldError] = []
    for each, files in zip(written, world.store.seal_each([each.files for each in written]), strict=True):
        if isinstance(files, WorldError):
            with suppress(WorldError):  # the first failure is the one to tell; what stays is waste
                world.store.discard(each.files)
            results.append(files)
        elif isinstance(each, WrittenPart):
            results.append(sealed_part(each, files))
        else:
            version = replace(each.version, files=files) if files else each.version
            results.append(Built(version=version, triggers=each.triggers, attempts=each.attempts))
    return tuple(results)


def measure(work: TestWork, world: RunWorld) -> tuple[Evidence, ...]:
    """Measure all rules and turn the measurements into evidence; equal rules are measured once and give one.

    Of a version made of parts only files that are read must be whole: those of parts that changed, where no rule needs more.
    """
    checks = tuple(spec_as_written(spec) for spec in unique_measurements(work.checks))
    data_checks = tuple(spec for spec in checks if spec.metric is not Metric.SCHEMA)
    named, sights = named_as_written(work.others), named_as_written(work.sights)
    measured: dict[str, Measurement] = {}
    if data_checks and data_checks[0].dataset not in sights:
        measured = measure_changes(work.version, work.before, data_checks, world)
    rest = tuple(spec for spec in data_checks if spec.fingerprint not in measured)
    if rest or work.version.manifest is None:
        require_whole((work.version, *work.others.values(), *work.bound.values()), world)
    if rest:
        relations = Relations(store=world.store, bound=work.bound, parts=world.parts.of, see=world.see)
        others = relations.of_all(named, sights)
        tested = relations.of(work.version, sights.get(rest[0].dataset))
        answers = world.session.measure(tested, rest, others)
        measured.update((spec.fingerprint, answer) for spec, answer in zip(rest, answers, strict=True))
    return tuple(
        evidence_of(
            spec,
            measured.get(spec.fingerprint) or schema_measurement(work.version.columns, spec),
            version=work.version.id,
            others=others_identity({dataset: named[dataset].id for dataset in spec.reads}),
            run_id=world.run_id,
        )
        for spec in checks
    )


def _build_model(work: BuildWork, world: RunWorld) -> BuiltTable:
    node = work.desired.node
    target = world.store.new_target(node.address, work.version or f"pending-{work.attempt}", work.attempt)
    if node.merging is not None:
        return _merge(work, target, world)
    if node.python is not None:
        inputs = _input_relations(work, world)
        return build_python(work.desired, inputs, target, world)
    return world.session.build_model(_model_build(work, world), target)


def _left_table(work: BuildWork, world: RunWorld) -> BuiltTable:
    """Take over the table that a job of another node left."""

    node = work.desired.node
    assert node.table_of is not None
    job = work.inputs[plain_address(node.table_of.node)]
    outcome = outcome_of(job.outcome or "{}")
    left = outcome.tables.get(node.table_of.name, LeftTable(files=()))
    target = world.store.new_target(node.address, f"pending-{work.attempt}", work.attempt)
    return world.session.build_source(source_read(work.desired, left), target)


def _call(work: BuildWork, world: RunWorld, started: float) -> Written:
    """Call a Python node that yields no dataset: what it returns are values."""
    node = work.desired.node
    values = call_python(work.desired, _input_relations(work, world), world)
    number = identity("mwcall1", world.run_id, node.address, work.attempt)
    outcome = outcome_text(JobOutcome(job=number, values=values))
    shown = world.secrets.hidden(outcome) if world.secrets is not None else outcome
    version = job_version(work, number, shown, world.clock() - started, world)
    return Written(version=version, triggers=_triggers(work, version.id, world))


class BoundWork(Protocol):
    """What a version says of a node that was bound: of `BuildWork` and of a job's."""

    @property
    def desired(self) -> DesiredNode:
        """The node."""
        ...

    @property
    def inputs(self) -> Mapping[str, Version]:
        """The versions that it reads."""
        ...

    @property
    def restricted(self) -> Restricted | None:
        """Why only sandboxes may point to what comes of it."""
        ...


def job_version(work: BoundWork, job: str, outcome: str, seconds: float, world: RunWorld) -> Version:
    """Return the version of a node that yields no dataset: what its call or its `job` came to. `outcome` holds no secret."""
    desired = work.desired
    return Version(
        id=identity("mwjobversion1", desired.node.address, job),
        dataset=desired.node.address,
        columns=(),
        files=(),
        rows=0,
        content_digest="",
        fingerprint=desired.fingerprint,
        node_kind=desired.node.kind,
        is_opaque=True,
        inputs={dataset: found.id for dataset, found in work.inputs.items()},
        params=desired.params,
        engine=desired.engine,
        definition=desired.definition,
        run_id=world.run_id,
        created_at=world.now(),
        seconds=seconds,
        restricted=work.restricted,
        outcome=outcome,
    )


def _merge(work: BuildWork, target: str, world: RunWorld) -> BuiltTable:
    """Let the rows that a model gives meet those of the version before."""
    if work.desired.node.python is None:
        return world.session.build_merge(_merging(work, _model_build(work, world), world), target)
    apart = world.store.new_target(work.desired.node.address, f"rows-{work.attempt}", work.attempt)
    return merged(work, build_python(work.desired, _input_relations(work, world), apart, world), target, world)


def merged(work: BuildWork, rows: BuiltTable, target: str, world: RunWorld) -> BuiltTable:
    """Let rows that were written apart meet those of the version before; the files of the former go."""
    try:
        relation = Relation(columns=rows.columns, files=tuple(file for file, _ in rows.files), rows=rows.rows)
        return world.session.build_merge(_merging(work, relation, world), target)
    finally:
        with suppress(WorldError):  # what stays is waste, and the first failure is the one to tell
            world.store.discard(rows.files)


def _merging(work: BuildWork, rows: ModelBuild | Relation, world: RunWorld) -> MergeBuild:
    node = work.desired.node
    assert node.merging is not None
    before = work.before
    relations = Relations(store=world.store, bound=work.bound, parts=world.parts.of)
    return MergeBuild(
        dataset=node.address,
        rows=rows,
        before=relations.of(before) if before is not None else None,
        merging=node.merging,
        at=work.at or world.now(),
        span=node.span,
    )


def _model_build(work: BuildWork, world: RunWorld) -> ModelBuild:
    node, sql = work.desired.node, work.desired.node.sql
    assert sql is not None
    return ModelBuild(
        dataset=node.address,
        text=sql.text,
        dialect=sql.dialect,
        inputs=_input_relations(work, world),
        params={**work.desired.params, **secret_values(work.desired, world)},
        param_types=work.desired.param_types,
        span=node.span,
    )


def _input_relations(work: BuildWork, world: RunWorld) -> dict[str, Relation]:
    relations = Relations(store=world.store, bound=work.bound, parts=world.parts.of, see=world.see)
    read = set(map(plain_address, work.desired.node.read_datasets))
    inputs = {name: version for name, version in work.inputs.items() if name in read}
    return relations.of_all(inputs, work.seen)


def _build_view(work: BuildWork, world: RunWorld, started: float) -> Version:
    """Evaluate a view once and describe it as a version; nothing is written, its row is all there is of it."""
    node, sql = work.desired.node, work.desired.node.sql
    assert sql is not None
    assert work.version is not None  # a view is pure
    build = _model_build(work, world)
    view = world.session.build_view(build, view_key(work.version, build.inputs))
    recipe = ViewRecipe(dialect=sql.dialect, computed=view.computed, param_types=work.desired.param_types)
    return Version(
        id=work.version,
        dataset=node.address,
        columns=view.columns,
        files=(),
        rows=view.rows,
        content_digest=view.content_digest,
        fingerprint=work.desired.fingerprint,
        node_kind=node.version_kind,
        is_opaque=False,
        inputs={dataset: version.id for dataset, version in work.inputs.items()},
        params=work.desired.params,
        engine=work.desired.engine,
        definition=sql.text,  # what was evaluated, to the letter
        run_id=world.run_id,
        created_at=world.now(),
        seconds=world.clock() - started,
        view=recipe,
        restricted=work.restricted,
    )


def _write_source(work: BuildWork, world: RunWorld) -> Written:
    """Read a source; the trigger says what was seen of exactly the rows that were read."""
    assert work.observation is not None
    address = work.desired.node.address
    target = world.store.new_target(address, f"pending-{work.attempt}", work.attempt)
    if work.desired.node.merging is None:
        read = read_source(work.desired, work.observation, target, world)
        table = read.table
    else:
        apart = world.store.new_target(address, f"rows-{work.attempt}", work.attempt)
        read = read_source(work.desired, work.observation, apart, world)
        table = merged(work, read.table, target, world)
    version = _described(work, table, world, read.started)
    return Written(
        version=version,
        files=table.files,
        triggers=_triggers(work, version.id, world, read.seen),
        attempts=read.attempts,
    )


def _described(work: BuildWork, table: BuiltTable, world: RunWorld, started: float) -> Version:
    """Describe a table that was written as a version; its files come with their being sealed."""
    node = work.desired.node
    reached(CrashPoint.FILES_WRITTEN)
    return Version(
        id=work.version or _content_id(work, table),
        dataset=node.address,
        columns=table.columns,
        files=(),
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
        created_at=work.at or world.now(),  # whoever builds it again has to let the rows meet at that time
        seconds=world.clock() - started,
        before=work.before.id if work.before is not None else None,
        restricted=work.restricted,
    )


def _content_id(work: BuildWork, table: BuiltTable) -> str:
    is_restricted = work.restricted is not None
    return content_version_id(
        work.desired.node.address, table.content_digest, table.columns, is_restricted=is_restricted
    )


def _triggers(
    work: BuildWork, version: str, world: RunWorld, observation: SourceObservation | None = None
) -> tuple[Trigger, ...]:
    """Say what an opaque build came of, so that the same need not run again: in this run, and in later ones."""
    inputs = seen_ids({dataset: found.id for dataset, found in work.inputs.items()}, work.seen)
    came_of = (
        (inputs,)
        if not work.desired.node.is_stateful
        else came_of_state(work.before.id if work.before is not None else None, version)
    )
    return triggers_of(work.desired, came_of, version, world, observation, is_run_anyway=work.is_run_anyway)


def came_of_state(before: str | None, version: str) -> tuple[Mapping[str, str], ...]:
    """Return what triggers of a stateful source name: the version before; and the new one, which the same rows leave as it is."""
    return ({STANDING: before} if before is not None else {}, {STANDING: version})


def triggers_of(
    desired: DesiredNode,
    came_of: Sequence[Mapping[str, str]],
    version: str,
    world: RunWorld,
    observation: SourceObservation | None,
    *,
    is_run_anyway: bool,
    began: Sequence[str] = (),
) -> tuple[Trigger, ...]:
    """Return the triggers that lead to a version, one for each mapping of inputs that it came of.

    `began` are the ids of runs that began what this one took up: it came of their triggers as well.
    """
    key = observation.key if observation else ""
    seen = standing_observation(desired.node, key, world.environment)
    runs = (*began, world.run_id) if is_run_anyway else began
    return tuple(
        Trigger(
            key=trigger_key(desired, inputs, observed),
            dataset=desired.node.address,
            version=version,
            fingerprint=desired.fingerprint,
            observation=key,
            observed=source_words(observation) if observation else "",
        )
        for inputs in came_of
        for observed in dict.fromkeys((*map(run_observation, runs), seen))
    )
