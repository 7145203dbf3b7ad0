"""What is late, told once as an event: runs that have not ended in time, and datasets whose newest data is too old.

How old data may be is said by the service levels of contracts (freshness, latency). A version is measured once, when it is
published: its newest moment does not change, so that from then on the clock alone says when it is late.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field

from meshwright.app.clock import utc_now
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.workspace import Workspace
from meshwright.checks.service_levels import compile_service_levels
from meshwright.checks.spec import CheckSpec, Metric
from meshwright.frozen import dataclass
from meshwright.model import Operator, Version
from meshwright.model.firings import DATASET_LATE, RUN_LATE, Firing, ReceivedEvent
from meshwright.model.happenings import OwnEvent, own_event
from meshwright.model.triggers import product_of_trigger

_AT_MOST = frozenset({Operator.MUST_BE_LESS_OR_EQUAL_TO, Operator.MUST_BE_LESS_THAN})
#: Versions are measured no oftener than this, those of a while together.
_MEASURE_S = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """When a dataset is late, as long as this version stands."""

    dataset: str
    #: Id of the rule, for example ``contract:freshness(at)``.
    rule: str
    version: str
    #: The newest moment in the data.
    newest: dt.datetime
    late_at: dt.datetime

    @property
    def id(self) -> str:
        """What makes the occasion one: it is told once for a version, however long that stands."""
        return f"{self.dataset} {self.rule} {self.version}"


def late_firing_event(firing: Firing, now: dt.datetime) -> ReceivedEvent:
    """Tell that the run of a firing has not ended when its trigger says that it should have (`late_after`)."""
    return own_event(
        OwnEvent(
            source=f"/meshwright/{firing.environment}",
            id=f"{firing.key} late",
            type=RUN_LATE,
            subject=product_of_trigger(firing.trigger),
            data={
                "trigger": firing.trigger,
                "run_id": firing.run_id,
                "at": firing.at.isoformat(),
                "late_at": firing.late_at.isoformat() if firing.late_at else None,
                "state": firing.state.value,
            },
        ),
        now,
    )


def late_dataset_event(deadline: Deadline, environment: str, now: dt.datetime) -> ReceivedEvent:
    """Tell that the newest data of a dataset is older than its contract allows."""
    return own_event(
        OwnEvent(
            source=f"/meshwright/{environment}",
            id=deadline.id,
            type=DATASET_LATE,
            subject=deadline.dataset,
            data={
                "dataset": deadline.dataset,
                "rule": deadline.rule,
                "version": deadline.version,
                "newest": deadline.newest.isoformat(),
                "late_at": deadline.late_at.isoformat(),
            },
        ),
        now,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Lateness:
    """What was measured."""

    #: Datasets that have a rule, whether anything of them was ever published or not.
    ruled: frozenset[str]
    #: Dataset -> the version that was measured now.
    measured: Mapping[str, str]
    #: Of these.
    deadlines: Mapping[str, tuple[Deadline, ...]]


@mutable_dataclass(kw_only=True, slots=True)
class LateWatch:
    """Knows when the datasets of an environment are late."""

    #: Given dataset -> version that was measured before, measures the others. Raises MeshwrightError.
    measure: Callable[[Mapping[str, str]], Lateness]
    #: Of the mesh whose rules were looked at.
    _identity: str = ""
    _generation: int | None = None
    _deadlines: dict[str, tuple[Deadline, ...]] = field(default_factory=dict)
    _measured: dict[str, str] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)
    _not_before_s: float = 0.0

    def look(self, generation: int, identity: str, clock_s: float, now: dt.datetime) -> list[Deadline]:
        """Return what is late now and was not told by this worker. Measures what was published since the last look."""
        is_news = generation != self._generation or identity != self._identity
        if is_news and clock_s >= self._not_before_s:
            if identity != self._identity:
                self._measured.clear()
            self._not_before_s = clock_s + _MEASURE_S  # as well where it cannot be measured now
            self._measure()
            self._generation, self._identity = generation, identity
        # Of what stands no more there is nothing to remember.
        self._told &= {each.id for own in self._deadlines.values() for each in own}
        late = [
            each
            for own in self._deadlines.values()
            for each in own
            if each.late_at <= now and each.id not in self._told
        ]
        self._told.update(each.id for each in late)
        return late

    def ask_again(self) -> None:
        """Take nothing for told: a record may not have been made. Told twice it is told once."""
        self._told.clear()

    def _measure(self) -> None:
        """Measure the versions that are new; what stands no more is forgotten."""
        found = self.measure(self._measured)
        self._deadlines = {name: each for name, each in self._deadlines.items() if name in found.ruled}
        self._measured = {name: each for name, each in self._measured.items() if name in found.ruled}
        self._deadlines.update(found.deadlines)
        self._measured.update(found.measured)


def measure_lateness(workspace: Workspace, environment: str, measured: Mapping[str, str]) -> Lateness:
    """Measure the versions that stand in an environment, but for those that were `measured`. Raises MeshwrightError."""
    with open_mesh(workspace, environment) as opened:
        now = utc_now()
        rules = _rules(opened, now)
        standing = _standing(opened, rules) if rules else {}
        new = {name: each for name, each in standing.items() if measured.get(name) != each.id}
        return Lateness(
            ruled=frozenset(rules),
            measured={name: each.id for name, each in new.items()},
            deadlines=_measured(opened, rules, new, now) if new else {},
        )


def _rules(opened: OpenedMesh, now: dt.datetime) -> dict[str, tuple[CheckSpec, ...]]:
    """Return what says how old the newest data may be, by dataset."""
    found: dict[str, tuple[CheckSpec, ...]] = {}
    for product in opened.mesh.products():
        if not product.ports and not product.tests:
            continue
        for dataset, specs in compile_service_levels(product, now).specs.items():
            ages = tuple(spec for spec in specs if spec.metric is Metric.LATEST_AGE and spec.operator in _AT_MOST)
            if ages:
                found[dataset] = ages
    return found


def _standing(opened: OpenedMesh, datasets: Iterable[str]) -> dict[str, Version]:
    """Return the versions that stand; what was never published is not there."""
    reader = opened.state.reader
    pointers = reader.pointers(opened.environment)
    ids = {name: pointers[name].revision for name in datasets if name in pointers}
    versions = reader.versions(set(ids.values()))
    return {name: versions[id_] for name, id_ in ids.items() if id_ in versions}


def _measured(
    opened: OpenedMesh, rules: Mapping[str, tuple[CheckSpec, ...]], versions: Mapping[str, Version], now: dt.datetime
) -> dict[str, tuple[Deadline, ...]]:
    """Measure versions, and return by when each is late; one without any moment has no such time."""
    from meshwright.app.worlds import unleased_world  # lazy: an engine, which only service levels need here
    from meshwright.engines.protocol import Limits
    from meshwright.run.relations import bound_versions
    from meshwright.run.steps import TestWork, measure

    bound = bound_versions(versions.values(), opened.state.reader.versions)
    limits = Limits(temp_directory=str(opened.workspace.private / "spill"), readable=opened.store.folders)
    found: dict[str, tuple[Deadline, ...]] = {}
    with opened.engine.open(limits) as session:
        world = unleased_world(opened, session, "late")
        for dataset, version in versions.items():
            evidence = measure(TestWork(version=version, checks=rules[dataset], others={}, bound=bound), world)
            ages = {one.check: one.value for one in evidence}
            found[dataset] = tuple(_deadlines(dataset, version, rules[dataset], ages.get, now))
    return found


def _deadlines(
    dataset: str, version: Version, specs: Iterable[CheckSpec], age_of: Callable[[str], object], now: dt.datetime
) -> Iterable[Deadline]:
    for spec in specs:
        age_s, bound_s = age_of(spec.fingerprint), spec.bound
        if not isinstance(age_s, int | float) or not isinstance(bound_s, int | float):
            continue
        newest = now - dt.timedelta(seconds=age_s)
        yield Deadline(
            dataset=dataset,
            rule=spec.id,
            version=version.id,
            newest=newest,
            late_at=newest + dt.timedelta(seconds=bound_s),
        )
