"""What came of jobs as a version: of the node's own dataset, or of a node that yields none.

The values here are what the coordinator binds (`JobWork`), and what it is told (`JobDone`, `JobFailed`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType
from typing import Any  # values of others

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.frozen import dataclass
from meshwright.model import Restricted, Sight, Version, identity
from meshwright.model.outside import (
    MAX_VALUES_BYTES,
    JobOutcome,
    LeftSource,
    LeftTable,
    OutsideWork,
    outcome_text,
    plain_value,
)
from meshwright.plan.identities import content_version_id, trigger_key
from meshwright.plan.refresh import run_observation
from meshwright.plan.sights import seen_ids
from meshwright.plan.values import DesiredNode
from meshwright.run.innerlineage import inner_lineage, joined_lineage
from meshwright.run.innersteps import inner_records
from meshwright.run.jobtables import source_read
from meshwright.run.outside import Facts, Outside
from meshwright.run.steps import Written, job_version, triggers_of
from meshwright.run.world import RunWorld
from meshwright.state.records import EFFECT_PREFIX, InnerStepRecord, JobRecord
from meshwright.tools.protocol import InnerStep, Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class JobWork:
    """A node of a tool, bound: everything that it needs is known."""

    desired: DesiredNode
    #: Key under which what came of it will be found.
    trigger: str
    #: Address -> version, of datasets and of nodes that yield none.
    inputs: Mapping[str, Version]
    #: What views among the inputs stand on, by version id.
    bound: Mapping[str, Version] = field(default_factory=lambda: MappingProxyType({}))
    #: Values that options refer to.
    facts: Facts = field(default_factory=lambda: MappingProxyType({}))
    #: Of a node that fans out: the items, resolved.
    items: tuple[Any, ...] | None = None
    #: How many of its jobs may run at once.
    at_once: int = 1
    is_run_anyway: bool = False
    #: Whether a job that was begun is followed to its end, and none is started.
    is_only_followed: bool = False
    restricted: Restricted | None = None

    @property
    def work(self) -> OutsideWork:
        """What the tool is to do."""
        assert self.desired.node.outside is not None
        return self.desired.node.outside

    @property
    def seen(self) -> Mapping[str, Sight]:
        """What is seen of the inputs, where that is not everything."""
        return self.restricted.seen if self.restricted is not None else {}

    def triggers(self, observation: str | None = None) -> tuple[str, ...]:
        """Return the triggers of the node's jobs, of one that fans out that of each item; under another observation, if given."""
        trigger = self.trigger
        if observation is not None:
            ids = seen_ids({read: version.id for read, version in self.inputs.items()}, self.seen)
            trigger = trigger_key(self.desired, ids, observation)
        if self.items is None:
            return (trigger,)
        is_effect = self.desired.node.is_external
        return tuple(item_trigger(trigger, place, item, is_effect=is_effect) for place, item in enumerate(self.items))


def item_trigger(trigger: str, place: int, item: Any, *, is_effect: bool) -> str:
    """Return the trigger of the job for an item of a list; that of an effect outside can be told.

    Until its whole list is done, the record of an item is all that says that its effect was.
    """
    found = identity("mwjobitem1", trigger, place, json.dumps(item, sort_keys=True))
    return EFFECT_PREFIX + found if is_effect else found


@dataclass(frozen=True, kw_only=True, slots=True)
class JobDone:
    """What a job came to: a version to be committed, and what the run record tells of it."""

    written: Written
    #: The tool's own graph, its tests among it.
    inner: tuple[InnerStepRecord, ...] = ()
    #: Measured costs in units of the tool.
    costs: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    records: tuple[JobRecord, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How one job ended that succeeded."""

    outcome: Outcome
    record: JobRecord
    steps: tuple[InnerStep, ...] = ()
    #: From when it was asked for.
    seconds: float = 0.0


class JobFailed(WorldError):
    """A job did not succeed, and may when it is tried again."""

    def __init__(self, diagnostic: Diagnostic, steps: tuple[InnerStep, ...] = ()) -> None:
        super().__init__(diagnostic)
        self.steps = steps


class JobRefused(JobFailed):
    """A job did not succeed, and will not by being tried again."""

    retryable = False


class JobStopped(JobRefused):
    """A test of the tool said no."""


def failure(
    work: JobWork,
    message: str,
    world: RunWorld,
    *,
    is_retryable: bool,
    fix: str | None = None,
    is_refused: bool = False,
) -> JobFailed:
    """Return the failure of a node's job; `message` holds no secret."""
    kind = JobStopped if is_refused else JobFailed if is_retryable else JobRefused
    node = work.desired.node
    return kind(
        Diagnostic(
            code="MW-J020",
            message=f"{work.work.tool} of {node.address} failed: {message}",
            span=node.span,
            fix=fix or f"its log: mw runs logs {world.run_id} {node.address}",
            object=node.address,
        )
    )


def job_done(work: JobWork, ended: Sequence[Ended], world: RunWorld, outside: Outside) -> JobDone:
    """Put together what the jobs of a node came to, and describe it as a version. Raises MeshwrightError."""
    node = work.desired.node
    jobs = ended[0].record.id if work.items is None else identity("mwjobs1", *[each.record.id for each in ended])
    joined = _joined(work, ended)
    stops = [test for test in joined.tests if test.verdict == "stop"]
    if stops:
        first = stops[0]
        more = f" and {len(stops) - 1} more" if len(stops) > 1 else ""
        words = f"test '{first.name}'{more} stopped it" + (f": {first.message}" if first.message else "")
        raise failure(work, outside.hidden(words), world, is_retryable=False, is_refused=True)
    outcome = outside.hidden(_outcome_text(work, joined, jobs, world, _lineage(work, ended)))
    version = job_version(work, jobs, outcome, max((each.seconds for each in ended), default=0.0), world)
    files: tuple[tuple[str, int], ...] = ()
    if node.has_dataset:
        name = node.address.rpartition(".")[2]
        table = joined.tables.get(name)
        if table is None:
            raise failure(work, f"it left no table '{name}'", world, is_retryable=False)
        left = LeftTable(files=tuple(str(file) for file in table.files), columns=table.columns)
        target = world.store.new_target(node.address, f"job-{jobs}", world.attempt)
        built = world.session.build_source(source_read(work.desired, left), target)
        is_restricted = work.restricted is not None
        version = replace(
            version,
            id=content_version_id(node.address, built.content_digest, built.columns, is_restricted=is_restricted),
            columns=built.columns,
            rows=built.rows,
            content_digest=built.content_digest,
        )
        files = built.files
    ids = dict(seen_ids({read: found.id for read, found in work.inputs.items()}, work.seen))
    triggers = triggers_of(
        work.desired, (ids,), version.id, world, None, is_run_anyway=work.is_run_anyway, began=_began(work, ended)
    )
    return JobDone(
        written=Written(version=version, files=files, triggers=triggers),
        inner=tuple(
            record
            for place, each in enumerate(ended)
            for record in inner_records(each.steps, each.outcome.tests, None if work.items is None else place)
        ),
        costs=joined.costs,
        records=tuple(each.record for each in ended),
    )


def _began(work: JobWork, ended: Sequence[Ended]) -> tuple[str, ...]:
    """Return the runs by whose own triggers these jobs were started: what came of the jobs is theirs as well."""
    records = [each.record for each in ended]
    own = {run_id: work.triggers(run_observation(run_id)) for run_id in dict.fromkeys(each.run_id for each in records)}
    return tuple(run_id for run_id, triggers in own.items() if any(each.trigger in triggers for each in records))


def _joined(work: JobWork, ended: Sequence[Ended]) -> Outcome:
    """Join what jobs left: tables of one name are one table, values of one name a list to the order of the items."""
    if work.items is None:
        return ended[0].outcome
    outcomes = [each.outcome for each in ended]
    names = dict.fromkeys(name for outcome in outcomes for name in outcome.values)
    tables = dict.fromkeys(name for outcome in outcomes for name in outcome.tables)
    units = dict.fromkeys(unit for outcome in outcomes for unit in outcome.costs)
    return Outcome(
        values={name: [outcome.values.get(name) for outcome in outcomes] for name in names} | {"items": len(outcomes)},
        tables={
            name: replace(
                next(outcome.tables[name] for outcome in outcomes if name in outcome.tables),
                files=tuple(
                    file for outcome in outcomes if name in outcome.tables for file in outcome.tables[name].files
                ),
            )
            for name in tables
        },
        tests=tuple(test for outcome in outcomes for test in outcome.tests),
        costs={unit: sum(outcome.costs.get(unit, 0.0) for outcome in outcomes) for unit in units},
        unmanaged=tuple(dict.fromkeys(name for outcome in outcomes for name in outcome.unmanaged)),
    )


def _lineage(work: JobWork, ended: Sequence[Ended]) -> Mapping[str, tuple[LeftSource, ...]]:
    """Return what the columns of the node's datasets come of, by the names that the tool has for datasets and inputs."""
    inputs = [given.name for given in work.work.inputs]
    own = work.desired.node.address.rpartition(".")[2]
    datasets = [name or own for name in work.work.yields]
    return joined_lineage(inner_lineage(each.outcome, inputs=inputs, datasets=datasets) for each in ended)


def _outcome_text(
    work: JobWork, outcome: Outcome, jobs: str, world: RunWorld, lineage: Mapping[str, tuple[LeftSource, ...]]
) -> str:
    missing = [name for name in work.work.datasets if name not in outcome.tables]
    if missing:
        raise failure(work, f"it left no table {', '.join(map(repr, missing))}", world, is_retryable=False)
    kept = JobOutcome(
        job=jobs,
        values=outcome.values,
        tables={
            name: LeftTable(files=tuple(str(file) for file in table.files), columns=table.columns)
            for name, table in outcome.tables.items()
            if name in work.work.datasets
        },
        costs=outcome.costs,
        url=outcome.url,
        unmanaged=outcome.unmanaged,
        effects=work.work.effects,
        lineage=lineage,
    )
    try:
        size = len(json.dumps(outcome.values, allow_nan=False, default=plain_value))
        text = outcome_text(kept)
    except (TypeError, ValueError) as error:
        raise failure(work, f"the values it left are no JSON: {error}", world, is_retryable=False) from error
    if size > MAX_VALUES_BYTES:
        message = f"it left {size:,} bytes of values, more than the {MAX_VALUES_BYTES:,} that may be kept"
        raise failure(work, message, world, is_retryable=False, fix="leave large results as a table")
    return text
