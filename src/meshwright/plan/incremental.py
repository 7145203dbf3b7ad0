"""What the next version of a dataset that is built in parts will be: by interval, or as what comes of the version before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshwright.diagnostics import Diagnostic
from meshwright.model import Columns, Depends, Manifest, Sight, Version, identity, plain_address
from meshwright.plan.books import Books
from meshwright.plan.compatibility import Level
from meshwright.plan.compatibility.widening import type_level
from meshwright.plan.identities import named_as_written, typed_params
from meshwright.plan.interval_plans import IntervalPlan
from meshwright.plan.intervals import IntervalWish, plan_intervals
from meshwright.plan.sights import SeenInputs
from meshwright.plan.timelines import Timeline, dependence, time_column
from meshwright.plan.values import Desired, DesiredNode

#: Stands in a trigger for the version that a source's new rows are taken into.
STANDING = "@standing"
_UNHIDDEN = SeenInputs(ids={})


@dataclass(kw_only=True, slots=True)
class PartsResolution:
    """Resolves the datasets of one plan that are built in parts, inputs first; remembers what it planned for those below."""

    desired: Desired
    published: Mapping[str, str]
    books: Books
    intervals: dict[str, IntervalPlan] = field(default_factory=dict)
    problems: dict[str, Diagnostic] = field(default_factory=dict)
    #: Version that is planned -> its manifest.
    _planned: dict[str, Manifest] = field(default_factory=dict)

    def resolve(self, node: DesiredNode, inputs: Mapping[str, str], seen: SeenInputs) -> tuple[str | None, bool]:
        """Return the id of a node's next version, None where it is not known yet or cannot be, and whether nothing is hidden.

        `inputs` are the versions that it reads, `seen` is what it sees of them.
        """
        if node.node.intervals is None:
            return self._stateful(node, inputs, seen)
        if seen.is_restricted and self.desired.veil is not None:
            plain = self._intervals(node, inputs, SeenInputs(ids=inputs))
            if plain is not None and plain.version in self.desired.veil.standing:
                self._remember(node, plain)
                return plain.version, True
        found = self._intervals(node, inputs, seen)
        if found is None:
            return None, False
        self._remember(node, found)
        return found.version, False

    def state_before(self, node: DesiredNode) -> dict[str, str]:
        """Return the version that a source's new rows are taken into, as a trigger names it."""
        before = self.before(node)
        return {STANDING: before.id} if before is not None else {}

    def before(self, node: DesiredNode, seen: SeenInputs = _UNHIDDEN) -> Version | None:
        """Return the version that the next one of a stateful node comes of; None where it begins anew."""
        dataset = node.node.address
        standing = self.books.versions.get(self.published.get(dataset, ""))
        if standing is None or not goes_on(self.desired, node, standing):
            return None
        return standing if self._is_as_hidden(node, standing, seen) else None

    def _is_as_hidden(self, node: DesiredNode, standing: Version, seen: SeenInputs) -> bool:
        """Whether a version hides what the next one has to hide, and nothing else: the next one has its rows in it.

        What is restricted is shown as it is, and rows that were masked or left out never come back.
        """
        if standing.is_restricted:
            return seen.is_restricted and dict(standing.seen) == named_as_written(seen.sights)
        veil = self.desired.veil
        return not seen.is_restricted or veil is None or veil.sight(node.node.address) is None

    def _remember(self, node: DesiredNode, plan: IntervalPlan) -> None:
        self.intervals[node.node.address] = plan
        self._planned[plan.version] = plan.manifest
        self.books = self.books.with_pages(plan.pages)

    def _stateful(self, node: DesiredNode, inputs: Mapping[str, str], seen: SeenInputs) -> tuple[str, bool]:
        standing = self.books.versions.get(self.published.get(node.node.address, ""))
        if standing is not None and self._stands(node, standing, inputs, seen):
            return standing.id, not standing.is_restricted
        before = self.before(node, seen)
        return stateful_id(node, seen.ids, before.id if before is not None else None), False

    def _stands(self, node: DesiredNode, standing: Version, inputs: Mapping[str, str], seen: SeenInputs) -> bool:
        """Whether a stateful node's version has taken in all that there is. Where it hides nothing it is shown veiled."""
        if self._is_asked_anew(node) or not goes_on(self.desired, node, standing):
            return False
        if standing.inputs != named_as_written(inputs):
            return False
        return not standing.is_restricted or self._is_as_hidden(node, standing, seen)

    def _is_asked_anew(self, node: DesiredNode) -> bool:
        return node.node.address in self.desired.refreshed

    def _intervals(self, node: DesiredNode, inputs: Mapping[str, str], seen: SeenInputs) -> IntervalPlan | None:
        """Return the plan of a node's intervals; None where it is not known yet, or there is a problem that is noted."""
        dataset = node.node.address
        timelines = self._timelines(node, inputs, seen)
        if isinstance(timelines, Diagnostic):
            self.problems[dataset] = timelines
            return None
        wish = IntervalWish(
            asked=self.desired.asked.get(dataset),
            is_refreshed=self._is_asked_anew(node),
            may_lack=self.desired.may_lack_intervals,
            is_restricted=seen.is_restricted,
        )
        standing = self.books.versions.get(self.published.get(dataset, ""))
        try:
            plan = plan_intervals(node, wish, standing, timelines, self.books)
        except KeyError:
            return None
        if isinstance(plan, Diagnostic):
            self.problems[dataset] = plan
            return None
        retyped = _retyped(node, plan.base, self.desired.columns.get(dataset, ()))
        if retyped is not None:
            self.problems[dataset] = retyped
            return None
        return plan

    def _timelines(
        self, node: DesiredNode, inputs: Mapping[str, str], seen: SeenInputs
    ) -> tuple[Timeline, ...] | Diagnostic:
        spec = node.node.intervals
        assert spec is not None
        found: list[Timeline] = []
        for read, version in inputs.items():
            manifest, columns = self._shape(read, version)
            depends = dependence(node.node, spec, read, manifest, columns)
            if isinstance(depends, Diagnostic):
                return depends
            if _is_counted(seen.sights.get(read)):
                depends = Depends.WHOLE
            timeline = Timeline(
                dataset=read,
                version=version,
                seen=seen.ids[read],
                manifest=manifest,
                depends=depends,
                column=time_column(spec, read, columns),
                calendar=spec.calendar,
                lookback=spec.lookback,
                books=self.books,
            )
            found.append(timeline)
        return tuple(found)

    def _shape(self, read: str, version: str) -> tuple[Manifest | None, Columns]:
        recorded = self.books.versions.get(version)
        if recorded is not None:
            return recorded.manifest, recorded.columns
        return self._planned.get(version), self.desired.columns.get(read, ())


def _retyped(node: DesiredNode, base: Version | None, columns: Columns) -> Diagnostic | None:
    """Say which column of the parts that stay cannot be read with its new type; None where all can."""
    if base is None or base.fingerprint == node.fingerprint:
        return None
    now = {column.name.casefold(): column for column in columns}
    for before in base.columns:
        after = now.get(before.name.casefold())
        if after is not None and type_level(before.type, after.type) is Level.MAJOR:
            spec = node.node.incremental
            return Diagnostic(
                code="MW-P206",
                message=(
                    f"{node.node.address} goes forward only, and column '{after.name}' was {before.type} and is "
                    f"{after.type} now: parts that stay cannot be read as that"
                ),
                span=spec.span if spec is not None else node.node.span,
                fix="give the new column another name, keep or widen its type, or take forward_only away to build all",
                object=node.node.address,
            )
    return None


def _is_counted(sight: Sight | None) -> bool:
    """Whether so many rows of an input are seen: which ones they are follows from all of it, so no window of it tells."""
    return sight is not None and sight.sample is not None and sight.sample.rows is not None


def goes_on(desired: Desired, node: DesiredNode, standing: Version) -> bool:
    """Whether a stateful node's next version comes of the one that stands, and does not begin anew."""
    incremental = node.node.incremental
    if node.node.address in desired.refreshed or incremental is None or standing.engine != node.engine:
        return False
    if (standing.manifest is not None and standing.manifest.is_appended) != node.node.is_appending:
        return False
    return incremental.is_forward_only or (standing.fingerprint == node.fingerprint and standing.params == node.params)


def stateful_id(node: DesiredNode, inputs: Mapping[str, str], before: str | None) -> str:
    """Return the id of the version that comes of version `before` by new versions of the inputs (as they are seen)."""
    return identity(
        "mwstateful1",
        plain_address(node.node.address),
        node.fingerprint,
        typed_params(node),
        node.engine,
        named_as_written(inputs),
        before or "",
    )
