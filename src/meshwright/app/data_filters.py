"""Filters read: a text and the columns it may speak of become a condition, every value checked against its column.

Pure, and bounded: neither the depth nor the number of conditions follows the text beyond what is stated here. The grammar is
in docs/reference/data-filters.md.
"""

from __future__ import annotations

from meshwright.app.data_columns import Named, kind_of
from meshwright.app.data_literals import checked_value, text_value
from meshwright.app.data_words import Kind, Words
from meshwright.model import Columns
from meshwright.model.conditions import (
    Among,
    Between,
    Comparator,
    Comparison,
    Condition,
    Every,
    Like,
    Missing,
    Not,
    Reach,
    Some,
)

#: How deep parentheses and `not` may lie in each other.
DEEPEST = 32
#: How many conditions, and how many values in all, a filter may have.
MOST_CONDITIONS = 200
MOST_VALUES = 1_000
_SIGNS = {each.value: each for each in Comparator} | {"!=": Comparator.UNEQUAL}
#: Kinds of types of which a filter can only say whether there is a value.
_CLOSED = frozenset({"LIST", "ARRAY", "STRUCT", "TUPLE", "MAP", "UNION", "JSON", "VARIANT"})


def read_filter(text: str | None, columns: Columns, dataset: str) -> Condition | None:
    """Return the condition that a filter states; None where there is none. Raises InputError (MW-H101 to MW-H104)."""
    if text is None:
        return None
    return _Reading(text, columns, dataset).whole()


class _Reading:
    """One filter on its way to a condition; each method reads what its name says."""

    def __init__(self, text: str, columns: Columns, dataset: str) -> None:
        self._words = Words(text, "filter")
        self._named = Named(columns, dataset)
        self._conditions = 0
        self._values = 0

    def whole(self) -> Condition:
        found = self._some(0)
        if self._words.next.kind is not Kind.END:
            raise self._words.wrong(f"{self._words.shown} cannot follow here", "join conditions by and or or")
        return found

    def _some(self, depth: int) -> Condition:
        found = [self._every(depth)]
        while self._words.took("or"):
            found.append(self._every(depth))
        return found[0] if len(found) == 1 else Some(conditions=tuple(found))

    def _every(self, depth: int) -> Condition:
        found = [self._one(depth)]
        while self._words.took("and"):
            found.append(self._one(depth))
        return found[0] if len(found) == 1 else Every(conditions=tuple(found))

    def _one(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise self._words.wrong(f"conditions lie in each other more than {DEEPEST} deep", "ask for less", "MW-H104")
        if self._words.took("not"):
            return Not(condition=self._one(depth + 1))
        if self._words.took("("):
            found = self._some(depth + 1)
            self._words.need(")", "at the end of what is in parentheses")
            return found
        return self._condition()

    def _condition(self) -> Condition:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise self._words.wrong(f"a filter has at most {MOST_CONDITIONS} conditions", "ask for less", "MW-H104")
        reach = self._named.reach(self._words)
        if self._words.took("is"):
            is_there = self._words.took("not")
            self._words.need("null", f"after is{' not' if is_there else ''}")
            return Not(condition=Missing(reach=reach)) if is_there else Missing(reach=reach)
        if kind_of(reach).kind in _CLOSED:
            message = (
                f"of {'.'.join(reach.path)}, which is {reach.type}, a filter says 'is null' or 'is not null' alone"
            )
            raise self._words.wrong(message, "filter by a column of plain values, or a field", "MW-H103")
        comparator = _SIGNS.get(self._words.next.keyword)
        if comparator is not None:
            self._words.take()
            return Comparison(reach=reach, comparator=comparator, value=self._value(reach))
        is_negated = self._words.took("not")
        found = self._named_test(reach)
        return Not(condition=found) if is_negated else found

    def _named_test(self, reach: Reach) -> Condition:
        if self._words.took("between"):
            low = self._value(reach)
            self._words.need("and", "between the two values of between")
            return Between(reach=reach, low=low, high=self._value(reach))
        if self._words.took("in"):
            return self._among(reach)
        for keyword in ("like", "ilike"):
            if self._words.took(keyword):
                return self._like(reach, is_blind_to_case=keyword == "ilike")
        fix = "write =, <>, <, <=, >, >=, in (...), between ... and ..., like, ilike or is null behind a column"
        raise self._words.wrong(f"{self._words.shown} says nothing of {'.'.join(reach.path)}", fix)

    def _among(self, reach: Reach) -> Condition:
        self._words.need("(", "after in")
        values = [self._value(reach)]
        while self._words.took(","):
            values.append(self._value(reach))
        self._words.need(")", "after the values of in")
        return Among(reach=reach, values=tuple(values))

    def _like(self, reach: Reach, *, is_blind_to_case: bool) -> Condition:
        if reach.type != "VARCHAR":
            message = f"{'.'.join(reach.path)} is {reach.type}, and only texts are like a pattern"
            raise self._words.wrong(message, "compare it with a value", "MW-H103")
        pattern_word = self._words.next
        pattern = text_value(self._words)
        escape = None
        if self._words.took("escape"):
            word = self._words.next
            escape = text_value(self._words)
            if len(escape) != 1 or not escape.isascii():
                raise self._words.wrong("what escapes is one character of ASCII", "write escape '!'", at=word)
        if escape is not None and not _is_escaped_well(pattern, escape):
            fix = f"write {escape}%, {escape}_ or {escape}{escape}"
            raise self._words.wrong(f"{escape!r} escapes nothing in {pattern!r}", fix, at=pattern_word)
        return Like(reach=reach, pattern=pattern, escape=escape, is_blind_to_case=is_blind_to_case)

    def _value(self, reach: Reach) -> str:
        self._values += 1
        if self._values > MOST_VALUES:
            raise self._words.wrong(f"a filter has at most {MOST_VALUES:,} values", "ask for less at a time", "MW-H104")
        return checked_value(self._words, reach)


def _is_escaped_well(pattern: str, escape: str) -> bool:
    """Whether the escape stands before what it can escape alone: engines differ in what else they make of it."""
    position = 0
    while (position := pattern.find(escape, position)) >= 0:
        if pattern[position + 1 : position + 2] not in {"%", "_", escape}:
            return False
        position += 2
    return True
