"""What the tables of custom rules share: the arguments of a rule, each used or complained of, and rules made of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from meshwright.diagnostics import known_names_hint
from meshwright.model import Operator, QualityRule, Scalar
from meshwright.sql import quote_identifier

Meaning = tuple[QualityRule, ...]

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


class Unknown(Exception):
    """A rule whose meaning is not known: why, and what to do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


class Arguments:
    """The arguments of one rule; each name is read in any of its spellings (`minValue` is `min_value`)."""

    def __init__(self, rule: str, given: Mapping[str, object], column: str | None) -> None:
        self.rule = rule
        self._given = {snake_case(name): value for name, value in given.items()}
        self._used: set[str] = set()
        self._column = column

    def __contains__(self, name: str) -> bool:
        self._used.add(name)
        return self._given.get(name) is not None

    def get(self, name: str) -> object:
        """Return an argument, None where it is not given."""
        self._used.add(name)
        return self._given.get(name)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return true or false."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def scalar(self, name: str) -> Scalar:
        """Return a number or a text, None where it is not given."""
        value = self.get(name)
        if value is None or isinstance(value, (int, float, str)):
            return value
        raise self.wrong(name, "a number or a text")

    def text(self, name: str) -> str:
        """Return a text that is needed."""
        value = self.get(name)
        if not isinstance(value, str) or not value:
            raise self.wrong(name, "a text")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts that is needed."""
        values = self.values(name)
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(name, "a list of texts")
        return tuple(str(value) for value in values)

    def values(self, name: str) -> tuple[Scalar, ...]:
        """Return a list of plain values that is needed, at least one."""
        value = self.get(name)
        if isinstance(value, str) or not isinstance(value, Sequence) or not value:
            raise self.wrong(name, "a list, with at least one value")
        if not all(each is None or isinstance(each, (int, float, str)) for each in value):
            raise self.wrong(name, "a list of plain values")
        return tuple(value)

    def whole(self, name: str) -> int | None:
        """Return a whole number, None where it is not given."""
        value = self.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise self.wrong(name, "a whole number")

    def column(self, name: str = "column") -> str:
        """Return the column that the rule is about: named in it, else the property that it stands under."""
        named = self.get(name)
        if named is None and self._column is not None:
            return self._column
        if not isinstance(named, str) or not named:
            raise Unknown(
                f"'{self.rule}' does not say which column it is about", f"give '{name}', or move the rule to a property"
            )
        if self._column is not None and named != self._column:
            raise Unknown(
                f"'{self.rule}' names column '{named}' and stands under property '{self._column}'",
                "move the rule to the property that it is about",
            )
        return named

    def wrong(self, name: str, wanted: str) -> Unknown:
        """Say that an argument is missing or no such thing."""
        return Unknown(f"'{name}' of '{self.rule}' is not {wanted}", f"give '{name}': {wanted}")

    def require_all_used(self, ignored: Collection[str] = ()) -> None:
        """Refuse what was not asked for: it would be passed over, and the rule be weaker than it reads."""
        for name in self._given:
            if name not in self._used and name not in ignored:
                known = sorted(self._used)
                fix = known_names_hint(name, known, what="arguments") if known else "leave it out"
                raise Unknown(f"argument '{name}' of '{self.rule}' is not known", fix)


def snake_case(name: str) -> str:
    """Return ``minValue``, ``min value`` and ``min-value`` as ``min_value``."""
    return _HUMP.sub(r"_\1", name).replace(" ", "_").replace("-", "_").casefold()


def library(
    metric: str,
    column: str | None,
    operator: Operator = Operator.MUST_BE,
    bound: Scalar | tuple[Scalar, ...] = 0,
    *,
    unit: str = "rows",
    given: Mapping[str, object] = MappingProxyType({}),
    **arguments: object,
) -> QualityRule:
    """Return a rule of the library; `given` are further arguments."""
    return QualityRule(
        type="library",
        metric=metric,
        column=column,
        operator=operator,
        bound=bound,
        unit=unit,
        arguments=MappingProxyType({**given, **arguments}),
    )


def query(
    text: str,
    operator: Operator = Operator.MUST_BE,
    bound: Scalar | tuple[Scalar, ...] = 0,
    *,
    column: str | None = None,
) -> QualityRule:
    """Return a rule of type sql; ``{object}`` is the dataset."""
    return QualityRule(type="sql", query=text, column=column, operator=operator, bound=bound)


def name_of(column: str) -> str:
    """Write a column in a query; braces would be taken for a placeholder."""
    if "{" in column or "}" in column:
        raise Unknown(f"column '{column}' holds a brace", "write the rule as 'type: sql'")
    return quote_identifier(column)


def value_of(value: Scalar) -> str:
    """Write a plain value in a query."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if "{" in value or "}" in value:
        raise Unknown(f"the value '{value}' holds a brace", "write the rule as 'type: sql'")
    return "'" + value.replace("'", "''") + "'"


def list_of(values: Sequence[Scalar]) -> str:
    """Write plain values, those that are nothing left out, between parentheses."""
    listed = [value_of(value) for value in values if value is not None]
    if not listed:
        raise Unknown("the list of values holds nothing", "list at least one value that is not null")
    return f"({', '.join(listed)})"


def between(
    low: Scalar, high: Scalar, *, strict_low: bool = False, strict_high: bool = False
) -> list[tuple[Operator, Scalar | tuple[Scalar, ...]]]:
    """Return the demands that a value lies between two bounds; a bound that is None is no demand."""
    if low is not None and high is not None and not strict_low and not strict_high:
        if low == high:
            return [(Operator.MUST_BE, low)]
        return [(Operator.MUST_BE_BETWEEN, (low, high))]
    found: list[tuple[Operator, Scalar | tuple[Scalar, ...]]] = []
    if low is not None:
        found.append((Operator.MUST_BE_GREATER_THAN if strict_low else Operator.MUST_BE_GREATER_OR_EQUAL_TO, low))
    if high is not None:
        found.append((Operator.MUST_BE_LESS_THAN if strict_high else Operator.MUST_BE_LESS_OR_EQUAL_TO, high))
    return found


def percent_left(share: object, rule: str) -> float | int | None:
    """Return what a share (0.95) leaves, in percent (5); None for all, which leaves nothing."""
    if share is None:
        return None
    try:
        exact = Decimal(str(share))
    except InvalidOperation:
        exact = Decimal(-1)
    if isinstance(share, bool) or not 0 <= exact <= 1:
        raise Unknown(f"the share {share!r} of '{rule}' is not between 0 and 1", "write 0.95 for 95 percent")
    left = 100 - 100 * exact
    if not left:
        return None
    return int(left) if left == left.to_integral_value() else float(left)


def share_broken(column: str, condition: str) -> str:
    """Return the query of how many percent of a column's values, which are not NULL, break a rule."""
    return (
        f"SELECT coalesce(100.0 * count(*) FILTER (WHERE {column} IS NOT NULL AND ({condition})) "
        f"/ nullif(count({column}), 0), 0) FROM {{object}}"
    )


def rows_broken(column: str, condition: str) -> str:
    """Return the query of how many rows hold a value, which is not NULL, that breaks a rule."""
    return f"SELECT count(*) FROM {{object}} WHERE {column} IS NOT NULL AND ({condition})"
