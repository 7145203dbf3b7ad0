"""Rules whose count over a version is the sum over its parts: which of them can go on from the count of another version.

Pure: `choose` decides, `combined` adds up; `run.partmeasures` reads what they ask for. What comes out is what measuring the whole
gives, the sample included, or nothing comes out and the whole is measured.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

from meshwright.checks.spec import CheckSpec, Evidence, Measurement, Metric, Outcome, holds
from meshwright.frozen import dataclass
from meshwright.model import Scalar

#: They count rows one by one: what a row is counted for stands in the row.
_BY_ROW = frozenset({Metric.NULL_VALUES, Metric.MISSING_VALUES, Metric.INVALID_VALUES})


class Way(enum.StrEnum):
    """What is read to answer a rule."""

    #: Every row.
    WHOLE = "whole"
    #: The parts that changed; the count of the version before stands for all others.
    CHANGES = "changes"
    #: Nothing: how many rows there are is recorded.
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """How a version differs from the one whose evidence is gone on from."""

    #: Rows of the version, and of the parts that only one of the two lists.
    rows: int
    changed_rows: int
    columns: tuple[str, ...]
    #: The column by whose values the parts are apart; None where rows of two parts may have the same.
    by: str | None
    #: Whether both versions, and every part that changed, have the same columns.
    is_alike: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Which way a rule is answered, and why."""

    spec: CheckSpec
    way: Way
    why: str
    #: What is gone on from, where only changes are read.
    before: Evidence | None = None

    @property
    def needs_gone(self) -> bool:
        """Whether what the parts that went had broken must be known: where nothing was broken, they had broken nothing."""
        return self.way is Way.CHANGES and bool(self.before and self.before.failing_rows)


def choose(specs: Sequence[CheckSpec], change: Change | None, evidence: Mapping[str, Evidence]) -> tuple[Choice, ...]:
    """Say for each rule which way it is answered. `evidence` is that on the version before, by the rule's fingerprint."""
    return tuple(_choice(spec, change, evidence.get(spec.fingerprint)) for spec in specs)


def _choice(spec: CheckSpec, change: Change | None, before: Evidence | None) -> Choice:
    why = _why_whole(spec, change)
    if why is not None:
        return Choice(spec=spec, way=Way.WHOLE, why=why)
    if spec.metric is Metric.ROW_COUNT:
        return Choice(spec=spec, way=Way.NOTHING, why="the number of rows is recorded")
    if before is None or before.outcome is Outcome.ERROR or before.failing_rows is None:
        return Choice(spec=spec, way=Way.WHOLE, why="there is no good evidence on the version before")
    assert change is not None
    if change.changed_rows >= change.rows:
        return Choice(spec=spec, way=Way.WHOLE, why="as much changed as there is")
    return Choice(spec=spec, way=Way.CHANGES, why="it adds up over the parts", before=before)


def _why_whole(spec: CheckSpec, change: Change | None) -> str | None:
    """Say why a rule cannot be answered but by the whole, whatever the evidence; None where it can."""
    if change is None:
        return "there is no version before to go on from"
    if not set(spec.columns) <= set(change.columns):
        return "it is about a column that is not there"
    if spec.metric is Metric.ROW_COUNT:
        return None
    if not change.is_alike:
        return "parts that changed have other columns"
    if spec.metric is Metric.DUPLICATE_VALUES:
        return None if _is_apart(spec, change) else "rows of two parts may have the same key"
    return None if spec.metric in _BY_ROW else "it does not add up over the parts"


def _is_apart(spec: CheckSpec, change: Change) -> bool:
    """Whether no two parts can have rows of one key: it holds the column by which they are apart."""
    key = {name.casefold() for name in spec.columns or change.columns}
    return not spec.path and change.by is not None and change.by.casefold() in key


def nothing_measured(spec: CheckSpec) -> Measurement:
    """Return the measurement of no rows at all."""
    return Measurement(fingerprint=spec.fingerprint, value=0, failing_rows=0)


def counted_rows(spec: CheckSpec, change: Change) -> Measurement:
    """Return the measurement of a rule on the number of rows, from what is recorded."""
    return Measurement(fingerprint=spec.fingerprint, value=change.rows)


def combined(choice: Choice, change: Change, gone: Measurement, came: Measurement) -> Measurement | None:
    """Return what measuring the whole gives, from the measurements of the parts that went and of those that came.

    None where that cannot be told: what could not be measured is to fail on the whole, and of rows that are to be shown
    it must be known which ones the whole shows.
    """
    before, spec = choice.before, choice.spec
    assert before is not None
    assert before.failing_rows is not None
    if gone.error or came.error or gone.failing_rows is None or came.failing_rows is None:
        return None
    failing = before.failing_rows - gone.failing_rows + came.failing_rows
    value: Scalar = failing
    if spec.unit == "percent":
        value = 100 * failing / change.rows if change.rows else 0
    sample: tuple[Mapping[str, object], ...] | None = ()
    if failing and not holds(spec.operator, spec.bound, value):
        sample = _sample(before, gone, came)
    if sample is None:
        return None
    return Measurement(
        fingerprint=spec.fingerprint,
        value=value,
        failing_rows=failing,
        sample=sample,
        seconds=gone.seconds + came.seconds,
    )


def _sample(before: Evidence, gone: Measurement, came: Measurement) -> tuple[Mapping[str, object], ...] | None:
    """Return the rows that the whole shows: all of them are new, or none changed. None where it cannot be told."""
    if not before.failing_rows:
        return came.sample or None
    if not gone.failing_rows and not came.failing_rows:
        return before.sample or None
    return None
