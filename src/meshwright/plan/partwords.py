"""What a step makes of a dataset that is built in parts, as a value and in words."""

from __future__ import annotations

import datetime as dt

from meshwright.model import (
    ByInterval,
    ByMerging,
    Calendar,
    Incremental,
    Ranges,
    Version,
    VersionClass,
)
from meshwright.model.intervals import count_of
from meshwright.plan.incremental import goes_on
from meshwright.plan.inputs import PlanInputs
from meshwright.plan.interval_plans import IntervalPlan
from meshwright.plan.partdepends import expected_class
from meshwright.plan.values import DesiredNode, StepParts

#: Runs of intervals that words list before they only count the rest.
_LISTED = 4
_CLASS_WORDS = {
    VersionClass.PURE: "equal to building everything",
    VersionClass.AS_OF: "each interval as of when it was built",
    VersionClass.STATEFUL: "comes of the version before",
}


def step_parts(inputs: PlanInputs, node: DesiredNode, there: Version | None) -> StepParts | None:
    """Return what the step of a node makes in parts, as far as it is known; None for a node that has none.

    `there` is the version that is taken as it is, None where one is made.
    """
    if node.node.incremental is None:
        return None
    if there is not None and there.manifest is not None:
        return StepParts(version_class=there.manifest.version_class, kept=there.manifest.count)
    plan = inputs.resolution.intervals.get(node.node.address)
    if plan is not None and there is None:
        return parts_of_plan(plan)
    return StepParts(version_class=expected_class(inputs.desired, node))


def parts_of_plan(plan: IntervalPlan) -> StepParts:
    """Return what a plan of intervals makes, compactly."""
    calendar = plan.manifest.calendar
    assert calendar is not None
    replaced = sum(part.number in plan.gone for part in plan.changed)
    return StepParts(
        version_class=plan.manifest.version_class,
        build=moments_of(calendar, plan.ranges),
        built=len(plan.changed),
        kept=plan.manifest.count - len(plan.changed),
        dropped=len(plan.gone) - replaced,
    )


def moments_of(calendar: Calendar, ranges: Ranges) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    """Return runs of intervals by their moments: the first, and the one after the last."""
    return tuple((calendar.start(first), calendar.start(last + 1)) for first, last in ranges)


def part_reasons(inputs: PlanInputs, node: DesiredNode) -> tuple[str, ...]:
    """Say which parts are planned, and what the version will equal; nothing for a node that has none."""
    incremental = node.node.incremental
    if incremental is None:
        return ()
    plan = inputs.resolution.intervals.get(node.node.address)
    if plan is None:
        return (f"{_unknown_parts(inputs, node, incremental)} ({class_words(expected_class(inputs.desired, node))})",)
    calendar = plan.manifest.calendar
    assert calendar is not None
    parts = parts_of_plan(plan)
    words = [f"{counted(parts.built, calendar)} to build{ranges_words(calendar, plan.ranges)}"] if parts.built else []
    words += [f"{counted(parts.kept, calendar)} kept"] if parts.kept else []
    words += [f"{counted(parts.dropped, calendar)} dropped"] if parts.dropped else []
    return (f"{', '.join(words) or 'no interval'} ({class_words(parts.version_class)})",)


def class_words(version_class: VersionClass) -> str:
    """Return ``as_of: each interval as of when it was built``."""
    return f"{version_class.value}: {_CLASS_WORDS[version_class]}"


def _unknown_parts(inputs: PlanInputs, node: DesiredNode, incremental: Incremental) -> str:
    """Say how a node is built whose parts only its inputs, or its rows, will tell."""
    if isinstance(incremental, ByInterval):
        return f"then it is known which {incremental.calendar.grain.value}s"
    standing = inputs.observed.versions.get(inputs.observed.datasets.get(node.node.address, ""))
    if standing is None or not goes_on(inputs.desired, node, standing):
        return "begins anew"
    if isinstance(incremental, ByMerging):
        return f"merges into what stands by {', '.join(incremental.key)}, {incremental.merge.value}"
    count = standing.manifest.count if standing.manifest is not None else 0
    return "appends to the part that stands" if count == 1 else f"appends to the {count} parts that stand"


def counted(number: int, calendar: Calendar) -> str:
    """Return ``1 day``, ``365 days``."""
    return f"{number} {calendar.grain.value}{'' if number == 1 else 's'}"


def ranges_words(calendar: Calendar, ranges: Ranges) -> str:
    """Return runs of intervals in words, the first few: `` 2013-01-05, 2013-02-01 to 2013-02-03``."""
    shown = [
        calendar.words(first) if first == last else f"{calendar.words(first)} to {calendar.words(last)}"
        for first, last in ranges[:_LISTED]
    ]
    more = ranges[_LISTED:]
    rest = f" and {count_of(more)} more" if more else ""
    return f": {', '.join(shown)}{rest}" if shown else ""
