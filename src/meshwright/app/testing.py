"""The verb `test`: measures rules on the versions that are there. Builds and publishes nothing."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from meshwright.app.desired import Wish, build_desired, judge_mesh
from meshwright.app.observing import Published, read_published
from meshwright.app.opened import OpenedMesh, open_mesh, require_sound
from meshwright.app.reports import TestReport
from meshwright.app.workspace import Workspace, who
from meshwright.checks.spec import CheckSpec, Evidence
from meshwright.engines.protocol import Limits, Session
from meshwright.model import Version
from meshwright.plan.values import Desired
from meshwright.run.outcome import test_outcome
from meshwright.run.report import TestOutcome
from meshwright.run.steps import TestWork, measure
from meshwright.run.world import RunWorld
from meshwright.state.records import Lease


@dataclass(frozen=True, kw_only=True, slots=True)
class TestOptions:
    """What `test` is asked for."""

    #: Keeps pytest from taking the class for a test case.
    __test__ = False

    select: tuple[str, ...] = ()
    environment: str = "prod"
    params: Mapping[str, str] = field(default_factory=dict)


def test(workspace: Workspace, options: TestOptions) -> TestReport:
    """Measure every rule of what is selected on its published version, and record the evidence.

    A dataset without a version is named in the answer. Raises InputError where mesh or options are wrong.
    """
    with open_mesh(workspace, options.environment, create_state=True) as opened:
        published = read_published(opened.state.reader, options.environment)
        require_sound(opened.diagnostics)
        judged = judge_mesh(opened, published.versions, options.params)
        require_sound(judged.diagnostics)
        wish = Wish(select=options.select, only=True, params=options.params)
        desired = build_desired(opened, judged, wish, published)
        return _measure_published(opened, desired, published)


#: Keeps pytest from taking the verb for a test case.
test.__test__ = False  # type: ignore[attr-defined]


def _measure_published(opened: OpenedMesh, desired: Desired, published: Published) -> TestReport:
    works: list[TestWork] = []
    untested: list[str] = []
    for dataset in opened.graph.order:
        checks = desired.nodes[dataset].checks
        if dataset not in desired.scope or not checks:
            continue
        version = published.versions.get(dataset)
        others = {read: published.versions.get(read) for spec in checks for read in spec.reads}
        missing = [name for name, found in {dataset: version, **others}.items() if found is None]
        if version is None or missing:
            untested.append(f"{dataset}: {', '.join(missing)} was never published in {opened.environment}")
            continue
        works.append(
            TestWork(version=version, checks=checks, others={name: found for name, found in others.items() if found})
        )
    with opened.engine.open(Limits()) as session:
        world = _world(opened, session)
        with ThreadPoolExecutor(world.parallelism, thread_name_prefix="test") as pool:
            measured = list(pool.map(lambda work: measure(work, world), works))
    opened.state.writer.record_evidence(tuple(one for evidence in measured for one in evidence))
    outcomes = tuple(
        outcome for work, evidence in zip(works, measured, strict=True) for outcome in _outcomes(work.checks, evidence)
    )
    return TestReport(tests=outcomes, untested=tuple(untested))


def _outcomes(checks: Sequence[CheckSpec], evidence: Sequence[Evidence]) -> list[TestOutcome]:
    found = {one.check: one for one in evidence}
    return [test_outcome(spec, found[spec.fingerprint], is_recorded=False) for spec in checks]


def _world(opened: OpenedMesh, session: Session) -> RunWorld:
    """Make the world of a measurement: it needs no lease, for it publishes nothing."""
    name = f"test-{secrets.token_hex(3)}"
    return RunWorld(
        root=opened.workspace.root,
        reader=opened.state.reader,
        writer=opened.state.writer,
        store=opened.store,
        session=session,
        now=lambda: dt.datetime.now(dt.UTC),
        clock=time.monotonic,
        run_id=name,
        by=who(),
        lease=Lease(name=name, holder="", token=0, expires_at=dt.datetime.min.replace(tzinfo=dt.UTC)),
        stop=threading.Event(),
        parallelism=max(2, os.cpu_count() or 2),
    )


def recorded_outcomes(
    opened: OpenedMesh, checks: Sequence[CheckSpec], version: Version, standing: Mapping[str, str]
) -> tuple[TestOutcome, ...]:
    """Return what is recorded of `checks` on a version, with the other datasets as they stand."""
    from meshwright.checks.spec import others_identity

    keys = {
        spec.id: (
            version.id,
            spec.fingerprint,
            others_identity({read: standing[read] for read in spec.reads if read in standing}),
        )
        for spec in checks
    }
    found = opened.state.reader.evidence(set(keys.values()))
    return tuple(
        test_outcome(spec, found[keys[spec.id]], is_recorded=True) for spec in checks if keys[spec.id] in found
    )
