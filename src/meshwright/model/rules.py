"""Rules on data as people write them: ODCS quality in contracts, the same grammar in `pipeline.yaml`, test files."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass


class Action(enum.StrEnum):
    """What a rule that fails does: note it, warn, or stop the publication."""

    LOG = "log"
    WARN = "warn"
    STOP = "stop"


class Operator(enum.StrEnum):
    """The comparison operators of ODCS quality rules; the value is the ODCS key."""

    MUST_BE = "mustBe"
    MUST_NOT_BE = "mustNotBe"
    MUST_BE_GREATER_THAN = "mustBeGreaterThan"
    MUST_BE_GREATER_OR_EQUAL_TO = "mustBeGreaterOrEqualTo"
    MUST_BE_LESS_THAN = "mustBeLessThan"
    MUST_BE_LESS_OR_EQUAL_TO = "mustBeLessOrEqualTo"
    MUST_BE_BETWEEN = "mustBeBetween"
    MUST_NOT_BE_BETWEEN = "mustNotBeBetween"


#: A plain value out of a document: what a bound, an enum entry or an argument can be.
Scalar = str | int | float | bool | None
Value = "Scalar | tuple[Value, ...] | Mapping[str, Value]"


@dataclass(frozen=True, kw_only=True, slots=True)
class QualityRule:
    """One rule of the ODCS quality grammar, on an object (`column` is None) or on one property."""

    #: ``library``, ``sql``, ``text`` or ``custom``.
    type: str
    #: Library metric (``nullValues``, ``missingValues``, ``invalidValues``, ``duplicateValues``, ``rowCount``).
    metric: str | None = None
    #: The property the rule stands under.
    column: str | None = None
    #: SQL with ``{object}`` and ``{property}`` (type ``sql``).
    query: str | None = None
    arguments: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    operator: Operator | None = None
    #: A number or other scalar; a pair of numbers for the two "between" operators.
    bound: Scalar | tuple[Scalar, ...] = None
    #: ``rows`` or ``percent``.
    unit: str = "rows"
    action: Action = Action.STOP
    #: The writer's id or name, where given.
    id: str | None = None
    name: str | None = None
    description: str | None = None
    #: Engine of a custom rule.
    engine: str | None = None
    #: What a custom rule means in the grammar of libraries, where it is known; all of them must hold.
    meant: tuple[QualityRule, ...] = ()
    #: Why the meaning of a custom rule is not known, and what to do about it.
    unknown: tuple[str, str] | None = None
    #: When to run it, as written: nothing runs rules on a schedule yet.
    schedule: str | None = None
    scheduler: str | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SqlTest:
    """A test file: a SELECT whose rows are violations."""

    #: File stem.
    name: str
    #: Address of the dataset that the test guards: one of the product that it reads.
    dataset: str
    text: str
    #: Addresses of every dataset that the test reads, the guarded one among them.
    reads: tuple[str, ...]
    #: Semantic fingerprint of the SQL.
    fingerprint: str
    action: Action = Action.STOP
    description: str | None = None
    #: Names of the parameters that the text uses.
    params: tuple[str, ...] = ()
    span: SourceSpan | None = None
