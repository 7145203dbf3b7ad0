"""The verb `test`: measures rules on the versions that are there. Builds and publishes nothing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field, replace

from meshwright.app.changed import changed_datasets
from meshwright.app.clock import utc_now
from meshwright.app.desired import Wish, build_desired, chosen_scope
from meshwright.app.judged import judge_mesh
from meshwright.app.observing import Published, read_published
from meshwright.app.opened import OpenedMesh, open_mesh, require_sound
from meshwright.app.parties import surroundings_of, with_parties
from meshwright.app.reports import TestReport
from meshwright.app.terms import Permit, anybody
from meshwright.app.units import unit_outcomes
from meshwright.app.veils import veil_of
from meshwright.app.workspace import Workspace
from meshwright.app.worlds import unleased_world
from meshwright.checks.service_levels import compile_service_levels
from meshwright.checks.spec import CheckSpec, Evidence
from meshwright.engines.protocol import Limits
from meshwright.frozen import dataclass
from meshwright.model import Action, Veil, Version, domain_of
from meshwright.plan.values import Desired
from meshwright.run.binding import tested_sights
from meshwright.run.outcome import test_outcome, verdicts_of
from meshwright.run.relations import bound_versions
from meshwright.run.report import TestOutcome
from meshwright.run.steps import TestWork, measure


@dataclass(frozen=True, kw_only=True, slots=True)
class TestOptions:
    """What `test` is asked for."""

    #: Keeps pytest from taking the class for a test case.
    __test__ = False

    select: tuple[str, ...] = ()
    variation: str | None = None
    environment: str = "prod"
    params: Mapping[str, str] = field(default_factory=dict)
    #: Whether unit tests run, and whether rules are measured on versions.
    has_units: bool = True
    has_data: bool = True
    #: Of the domains of what is selected.
    permit: Permit = anybody


def test(workspace: Workspace, options: TestOptions) -> TestReport:
    """Run the unit tests of what is selected, measure every rule on its published version, and record the evidence.

    Service levels are measured as well, now: they warn, for there is nothing to stop, and are no evidence. A dataset without a
    version is named in the answer. Raises InputError where mesh or options are wrong, and what the permit raises.
    """
    with open_mesh(workspace, options.environment, create_state=options.has_data) as opened:
        published = read_published(opened.state.reader, options.environment)
        require_sound(opened.diagnostics)
        judged = judge_mesh(opened, published.versions, options.params)
        require_sound(judged.diagnostics)
        wish = Wish(
            select=options.select,
            variation=options.variation,
            only=True,
            params=options.params,
            changed=changed_datasets(opened, judged, published, options.select, options.params),
        )
        scope = chosen_scope(opened, wish)
        options.permit(frozenset(map(domain_of, scope)))
        units = unit_outcomes(opened, judged, scope) if options.has_units else ()
        if not options.has_data:
            return TestReport(tests=units)
        desired = build_desired(opened, judged, wish, published)
        measured = _measure_published(opened, desired, published)
        return replace(measured, tests=(*units, *measured.tests))


#: Keeps pytest from taking the verb for a test case.
test.__test__ = False  # type: ignore[attr-defined]


def _measure_published(opened: OpenedMesh, desired: Desired, published: Published) -> TestReport:
    works: list[TestWork] = []
    untested: list[str] = []
    bound = bound_versions(published.versions.values(), opened.state.reader.versions)
    levels = _service_levels(opened)
    for dataset in opened.graph.order:
        checks = (*desired.nodes[dataset].checks, *levels.get(dataset, ()))
        if dataset not in desired.scope or not checks:
            continue
        version = published.versions.get(dataset)
        others = {read: published.versions.get(read) for spec in checks for read in spec.reads}
        missing = [name for name, found in {dataset: version, **others}.items() if found is None]
        found = {name: each for name, each in {dataset: version, **others}.items() if each is not None}
        if version is None or missing:
            untested.append(f"{dataset}: {', '.join(missing)} was never published in {opened.environment}")
            continue
        works.append(
            TestWork(
                version=version,
                checks=checks,
                others={name: found for name, found in others.items() if found},
                bound=bound,
                sights=tested_sights(desired.veil, found),
            )
        )
    limits = Limits(temp_directory=str(opened.workspace.private / "spill"), readable=opened.store.folders)
    with opened.engine.open(limits) as session:
        world = unleased_world(opened, session, f"test-{secrets.token_hex(3)}")
        with ThreadPoolExecutor(world.parallelism, thread_name_prefix="test") as pool:
            measured = list(pool.map(lambda work: measure(work, world), works))
    now = utc_now()
    # What depends on the clock says nothing of the version tomorrow, and is another rule at every moment: it is told alone.
    timed = {spec.fingerprint for work in works for spec in work.checks if spec.is_timed}
    opened.state.writer.record_evidence(
        tuple(one for evidence in measured for one in evidence if one.check not in timed),
        tuple(
            verdict
            for work, evidence in zip(works, measured, strict=True)
            for verdict in verdicts_of(work.checks, evidence, opened.environment, now)
            if verdict.evidence.check not in timed
        ),
    )
    outcomes = tuple(
        outcome
        for work, evidence in zip(works, measured, strict=True)
        for outcome in _outcomes(work.checks, evidence, desired.veil)
    )
    return TestReport(tests=with_parties(outcomes, surroundings_of(desired)), untested=tuple(untested))


def _service_levels(opened: OpenedMesh) -> dict[str, tuple[CheckSpec, ...]]:
    """Return the rules of freshness and the like, by dataset."""
    now = utc_now()
    found: dict[str, tuple[CheckSpec, ...]] = {}
    for product in opened.mesh.products():
        found.update(compile_service_levels(product, now, action=Action.WARN).specs)
    return found


def _outcomes(checks: Sequence[CheckSpec], evidence: Sequence[Evidence], veil: Veil | None) -> list[TestOutcome]:
    found = {one.check: one for one in evidence}
    return [test_outcome(spec, found[spec.fingerprint], is_recorded=False, veil=veil) for spec in checks]


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
    veil = veil_of(opened)
    return tuple(
        test_outcome(spec, found[keys[spec.id]], is_recorded=True, veil=veil)
        for spec in checks
        if keys[spec.id] in found
    )
