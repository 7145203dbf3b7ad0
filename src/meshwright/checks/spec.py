"""CheckSpec: one rule as an engine-neutral value, and its result as a value.

Contracts, `tests:` of a pipeline and test files all become CheckSpecs (`checks.compile`); engines answer
them; `checks.verdict` turns measurements into verdicts.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field, replace
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model import Action, Operator, Scalar, identity, plain_address
from meshwright.model.names import VARIATION_SIGN


class Metric(enum.StrEnum):
    """What is measured on a version."""

    #: Columns as promised: answered from the version's columns alone, without reading data.
    SCHEMA = "schema"
    ROW_COUNT = "rowCount"
    NULL_VALUES = "nullValues"
    #: Rows whose value counts as missing (`arguments.missingValues`, null among them only if listed or by default).
    MISSING_VALUES = "missingValues"
    #: Rows whose value is not null and breaks `arguments` (validValues, pattern, minimum, maximum, minLength, ...).
    INVALID_VALUES = "invalidValues"
    #: Rows that repeat a key already seen; nulls never repeat.
    DUPLICATE_VALUES = "duplicateValues"
    #: A query that gives one value.
    SQL = "sql"
    #: A query whose rows are violations; the value is their number.
    VIOLATIONS = "violations"
    #: Rows whose key has no null and is not in the dataset read (`reads`, else its own); ``key`` names the columns there.
    FOREIGN_KEY = "foreignKey"
    #: Seconds from the latest moment of a column to ``now``, from the earliest, and the most between two successive ones.
    LATEST_AGE = "latestAge"
    EARLIEST_AGE = "earliestAge"
    GREATEST_GAP = "greatestGap"


#: What is measured against the clock, which is an argument (``now``): no evidence, for that would hold for ever. The gate
#: has no such rules (`checks.service_levels` makes them).
TIMED = frozenset({Metric.LATEST_AGE, Metric.EARLIEST_AGE, Metric.GREATEST_GAP})


class Into(enum.StrEnum):
    """A way into a nested value."""

    FIELD = "field"
    ITEMS = "items"
    KEYS = "keys"
    VALUES = "values"


@dataclass(frozen=True, kw_only=True, slots=True)
class PathStep:
    """One step from a value to what is in it; `name` is that of a field."""

    into: Into
    name: str = ""


def path_words(column: str, path: tuple[PathStep, ...]) -> str:
    """Name a part of a column as people do: ``address.city``, ``tags[]``, ``labels{key}``. Two parts may be named alike."""
    words = {Into.ITEMS: "[]", Into.KEYS: "{key}", Into.VALUES: "{value}"}
    return column + "".join(words.get(step.into) or f".{step.name}" for step in path)


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckSpec:
    """One rule on one dataset."""

    #: Stable id, unique within the dataset: ``contract:required(carrier)``, ``test:rowCount``, ``file:late_flights``.
    id: str
    dataset: str
    metric: Metric
    #: The columns it is about, in key order for duplicates; empty for the whole dataset.
    columns: tuple[str, ...] = ()
    #: Way from the one column to the part of it that is measured, where it is not the whole.
    path: tuple[PathStep, ...] = ()
    #: Metric-specific, canonical JSON values only (see `checks.compile`). Of queries: ``meaning``, the semantic
    #: fingerprint, which stands for the text in this value's own.
    arguments: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    operator: Operator = Operator.MUST_BE
    bound: Scalar | tuple[Scalar, ...] = 0
    #: ``rows`` or ``percent`` (of all rows; 0 where there are none).
    unit: str = "rows"
    action: Action = Action.STOP
    #: SQL of `SQL` and `VIOLATIONS` as written: datasets by their three-part addresses or, those of the dataset's own
    #: product, by bare names; parameters as ``$name``.
    query: str | None = None
    #: Addresses of further datasets that the query reads (never the dataset itself).
    reads: tuple[str, ...] = ()
    #: Values of the parameters that the query uses.
    params: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))
    #: Their declared types (`Parameter.type`); a name left out is typed by its value alone.
    param_types: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: ``contract``, ``pipeline`` or ``file``: where it is written.
    origin: str = "pipeline"
    #: Port whose contract states it, for messages.
    port: str | None = None
    description: str | None = None
    span: SourceSpan | None = None
    #: The fingerprint once it was asked for: planning asks often, hashing is its largest cost.
    _fingerprint: str = field(default="", init=False, repr=False, compare=False)

    @property
    def is_timed(self) -> bool:
        """Whether the verdict depends on the clock, so that it is told and not recorded."""
        return self.metric in TIMED

    @property
    def fingerprint(self) -> str:
        """Identity of what is measured and demanded; id, action, words, place and variation do not count."""
        if not self._fingerprint:
            object.__setattr__(self, "_fingerprint", self._identity())
        return self._fingerprint

    def _identity(self) -> str:
        bound = list(self.bound) if isinstance(self.bound, tuple) else self.bound
        return identity(
            "mwcheck1",
            plain_address(self.dataset),
            self.metric,
            list(self.columns),
            dict(self.arguments),
            self.operator,
            bound,
            self.unit,
            None if "meaning" in self.arguments else self.query,
            [plain_address(read) for read in self.reads],
            dict(self.params),
            *([dict(self.param_types)] if self.param_types else ()),
            *([[[step.into, step.name] for step in self.path]] if self.path else ()),
        )


class Outcome(enum.StrEnum):
    """Whether the data keeps the rule; `error` means that it could not be measured."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """What an engine found for one CheckSpec."""

    fingerprint: str
    #: The measured value: a count, a percentage, or what a query gave.
    value: Scalar = None
    #: Number of rows that break the rule, None where the rule is not about rows.
    failing_rows: int | None = None
    #: Up to 10 rows that break the rule, as column -> plain JSON value.
    sample: tuple[Mapping[str, object], ...] = ()
    #: The engine's words where it could not measure.
    error: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """The recorded verdict of one rule on one version."""

    version: str
    #: Fingerprint of the CheckSpec.
    check: str
    #: Identity of the other versions that the rule read; empty string where it read none.
    others: str
    outcome: Outcome
    value: Scalar = None
    failing_rows: int | None = None
    sample: tuple[Mapping[str, object], ...] = ()
    error: str | None = None
    run_id: str = ""
    seconds: float = 0.0


def spec_as_written(spec: CheckSpec) -> CheckSpec:
    """Return the rule under the names that its text uses: what measures it knows no variations."""
    if VARIATION_SIGN not in spec.dataset:
        return spec
    reads = tuple(plain_address(read) for read in spec.reads)
    return replace(spec, dataset=plain_address(spec.dataset), reads=reads)


def varied_spec(spec: CheckSpec, names: Mapping[str, str]) -> CheckSpec:
    """Return a rule of a product as that of a variation; `names` is plain address -> the variation's address."""
    return replace(spec, dataset=names[spec.dataset], reads=tuple(names.get(read, read) for read in spec.reads))


#: (version id, CheckSpec fingerprint, identity of the other versions read)
EvidenceKey = tuple[str, str, str]


def others_identity(reads: Mapping[str, str]) -> str:
    """Return the `others` part of an evidence key for dataset -> version id; empty where `reads` is."""
    return (
        identity("mwothers1", {plain_address(dataset): version for dataset, version in reads.items()}) if reads else ""
    )


def holds(operator: Operator, bound: Scalar | tuple[Scalar, ...], value: object) -> bool:
    """Whether a measured `value` keeps the bound.

    Numbers, and texts that are numbers, compare as exact decimals; true is 1 and false is 0. Other texts compare as
    texts (dates in ISO form order rightly). No value (None) equals only no value and keeps no ordered bound; NaN
    equals nothing. "Between" includes both ends; for "must be" a tuple of bounds means any of them.
    """
    bounds = bound if isinstance(bound, tuple) else (bound,)
    match operator:
        case Operator.MUST_BE:
            return any(_are_equal(value, each) for each in bounds)
        case Operator.MUST_NOT_BE:
            return not any(_are_equal(value, each) for each in bounds)
        case Operator.MUST_BE_BETWEEN | Operator.MUST_NOT_BE_BETWEEN:
            low, high = (_order(value, each) for each in (bounds if len(bounds) == 2 else (None, None)))
            if low is None or high is None:
                return False
            return (low >= 0 and high <= 0) is (operator is Operator.MUST_BE_BETWEEN)
    order = _order(value, bounds[0]) if bounds else None
    allowed = {
        Operator.MUST_BE_GREATER_THAN: {1},
        Operator.MUST_BE_GREATER_OR_EQUAL_TO: {0, 1},
        Operator.MUST_BE_LESS_THAN: {-1},
        Operator.MUST_BE_LESS_OR_EQUAL_TO: {-1, 0},
    }
    return order in allowed[operator]


def _are_equal(value: object, bound: object) -> bool:
    """Whether two plain values are the same."""
    if value is None or bound is None:
        return value is bound
    return _order(value, bound) == 0


def _order(value: object, bound: object) -> int | None:
    """Return -1, 0 or 1 as `value` lies below, at or above `bound`; None where they cannot be compared."""
    if value is None or bound is None:
        return None
    number, limit = _number(value), _number(bound)
    if number is not None and limit is not None:
        return None if number.is_nan() or limit.is_nan() else (number > limit) - (number < limit)
    if (number is not None and not isinstance(value, str)) or (limit is not None and not isinstance(bound, str)):
        return None
    text, other = str(value), str(bound)
    return (text > other) - (text < other)


def _number(value: object) -> Decimal | None:
    """Return `value` as an exact number, None where it is none."""
    if isinstance(value, (bool, int, Decimal)):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, str):
        try:
            return Decimal(value.strip())
        except InvalidOperation:
            return None
    return None
