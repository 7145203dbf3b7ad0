"""What changes of promised columns (ODCS properties): one small function for each kind of promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshwright.checks.types import belongs_to
from meshwright.model import canonical_json
from meshwright.plan.compatibility.options import option_changes
from meshwright.plan.compatibility.quality import quality_changes
from meshwright.plan.compatibility.rules import Pair, Rule, by_name, compare, part, shown, text_of
from meshwright.plan.compatibility.values import Change, Level
from meshwright.plan.compatibility.widening import TYPE_KINDS, type_level

#: Logical types, each with one that promises more: every value of the second is one of the first.
_FIRMER_TYPES = frozenset({("number", "integer"), ("array", "vector"), ("date", "timestamp"), ("date", "time")})
_KEY = frozenset({"primaryKey", "primaryKeyPosition"})


def promised_columns(properties: object) -> dict[str, Mapping[str, object]]:
    """Return the properties of an object by name, with what follows from the primary key written out: no nulls, and, where
    it is one column, no value twice."""
    found = by_name(properties)
    key = primary_key(found)
    return {
        name: {
            **{word: value for word, value in item.items() if word not in _KEY},
            "required": item.get("required") is True or name in key or None,
            "unique": item.get("unique") is True or key == (name,) or None,
        }
        for name, item in found.items()
    }


def primary_key(properties: Mapping[str, Mapping[str, object]]) -> tuple[str, ...]:
    """Return the names of the key's columns in key order."""
    key = [
        (name, item.get("primaryKeyPosition")) for name, item in properties.items() if item.get("primaryKey") is True
    ]
    placed = [
        (position if isinstance(position, int) and position > 0 else len(properties) + 1, name)
        for name, position in key
    ]
    return tuple(name for _, name in sorted(placed, key=lambda each: each[0]))


def key_changes(pair: Pair) -> Iterator[Change]:
    """Compare the primary keys of an object."""
    old, new = (primary_key(by_name(side.get("properties"))) for side in (pair.before, pair.after))
    if old == new:
        return
    was, now = ", ".join(old), ", ".join(new)
    if not old:
        yield pair.change("properties", "primary_key_added", Level.MINOR, f"primary key ({now}) of {pair.noun} added")
    elif not new:
        yield pair.change(
            "properties", "primary_key_removed", Level.MAJOR, f"primary key ({was}) of {pair.noun} removed"
        )
    else:
        # Rows that differ in fewer columns differ in all of the old ones; the order of a key's columns promises nothing.
        level = Level.PATCH if set(old) == set(new) else Level.MINOR if set(new) < set(old) else Level.MAJOR
        message = f"primary key of {pair.noun} changed from ({was}) to ({now})"
        yield pair.change("properties", "primary_key_changed", level, message)


def property_changes(
    pair: Pair, old: Mapping[str, Mapping[str, object]], new: Mapping[str, Mapping[str, object]]
) -> Iterator[Change]:
    """Compare columns by name, or the fields of one. Added is minor even where it is required: readers need not know of it."""
    for name in [*old, *(name for name in new if name not in old)]:
        path, noun = pair.at(f"properties/{name}"), f"column {name} of {pair.noun}"
        if name not in new:
            yield Change(path=path, kind="property_removed", level=Level.MAJOR, message=f"{noun} removed")
        elif name not in old:
            yield Change(path=path, kind="property_added", level=Level.MINOR, message=f"{noun} added")
        else:
            inner = Pair(path=path, noun=noun, before=old[name], after=new[name], severities=pair.severities)
            yield from compare(inner, _RULES)


def _types(pair: Pair) -> Iterator[Change]:
    """A stored type binds; where there is none, the logical type admits its family."""
    old, new = text_of(pair.before.get("physicalType")), text_of(pair.after.get("physicalType"))
    was, now = text_of(pair.before.get("logicalType")), text_of(pair.after.get("logicalType"))
    if old and new:
        level = type_level(old, new)
        if level is not Level.NONE:
            message = f"type of {pair.noun} changed from {old} to {new}"
            yield pair.change("physicalType", TYPE_KINDS[level], level, message)
        elif was != now:
            message = (
                f"logical type of {pair.noun} changed from {was or 'none'} to {now or 'none'}; it is stored as before"
            )
            yield pair.change("logicalType", "logical_type_changed", Level.PATCH, message)
    elif old:
        message = f"{pair.noun} is not promised to be {old} any more"
        yield pair.change("physicalType", "type_changed", Level.MAJOR, message)
    elif was and not (new or now):
        yield pair.change("logicalType", "type_changed", Level.MAJOR, f"{pair.noun} may be of any type")
    else:
        key, promise = ("physicalType", new) if new else ("logicalType", now)
        is_firmer = _is_firmer(was, now, new)
        kind, level = ("type_tightened", Level.MINOR) if is_firmer else ("type_changed", Level.MAJOR)
        yield pair.change(key, kind, level, f"type of {pair.noun} changed from {was or 'none'} to {promise}")


def _is_firmer(was: str, now: str, stored: str) -> bool:
    """Whether a type where there was none, or a narrower one than the logical type `was`, is within what was promised."""
    if not was:
        return True
    return belongs_to(stored, was) is not False if stored else (was, now) in _FIRMER_TYPES


def _required(pair: Pair) -> Iterator[Change]:
    if pair.after.get("required"):
        yield pair.change("required", "required_added", Level.MINOR, f"{pair.noun} holds no nulls any more")
    else:
        yield pair.change("required", "required_removed", Level.MAJOR, f"{pair.noun} may hold nulls")


def _unique(pair: Pair) -> Iterator[Change]:
    if pair.after.get("unique"):
        yield pair.change("unique", "unique_added", Level.MINOR, f"{pair.noun} holds no value twice any more")
    else:
        yield pair.change("unique", "unique_removed", Level.MAJOR, f"{pair.noun} may hold a value twice")


def _enum(pair: Pair) -> Iterator[Change]:
    """Values that readers do not know are major; fewer are a firmer promise."""
    old, new = (_enum_values(side.get("enum")) for side in (pair.before, pair.after))
    if not new:
        if old:
            yield pair.change("enum", "enum_removed", Level.MAJOR, f"{pair.noun} may hold any value")
        return
    if not old:
        yield pair.change("enum", "enum_added", Level.MINOR, f"{pair.noun} holds only {_listed(new.values())}")
        return
    more = [value for key, value in new.items() if key not in old]
    fewer = [value for key, value in old.items() if key not in new]
    if more:
        yield pair.change("enum", "enum_widened", Level.MAJOR, f"{pair.noun} may hold {_listed(more)}")
    if fewer:
        yield pair.change("enum", "enum_narrowed", Level.MINOR, f"{pair.noun} does not hold {_listed(fewer)} any more")
    if not more and not fewer and list(old) == list(new):
        yield pair.change("enum", "words_changed", Level.PATCH, f"words on the values of {pair.noun} changed")


def _enum_values(enum: object) -> dict[str, object]:
    values = (
        [item.get("value") if isinstance(item, Mapping) else item for item in enum] if isinstance(enum, list) else []
    )
    return {_value_key(value): value for value in values}


def _value_key(value: object) -> str:
    """Tells 1 and "1" and true apart, but not 1 and 1.0."""
    return canonical_json(int(value) if isinstance(value, float) and value.is_integer() else value)


def _listed(values: object) -> str:
    return shown([*values])  # type: ignore[misc]  # any iterable of plain values


def _classification(pair: Pair) -> Iterator[Change]:
    """What protects a column, and what its readers may do with it. A first one is minor: a duty that nothing contradicts."""
    old, new = pair.before.get("classification"), pair.after.get("classification")
    if not old:
        yield pair.change("classification", "classification_added", Level.MINOR, f"{pair.noun} is classified as {new}")
    elif not new:
        message = f"{pair.noun} is not classified as {old} any more"
        yield pair.change("classification", "classification_removed", Level.MAJOR, message)
    else:
        message = f"{pair.noun} was classified as {old}, is as {new}"
        yield pair.change("classification", "classification_changed", Level.MAJOR, message)


def _fields(pair: Pair) -> Iterator[Change]:
    yield from property_changes(
        pair, promised_columns(pair.before.get("properties")), promised_columns(pair.after.get("properties"))
    )


def _items(pair: Pair) -> Iterator[Change]:
    noun = f"elements of {pair.noun}"
    inner = Pair(
        path=pair.at("items"),
        noun=noun,
        before=part(pair.before.get("items")),
        after=part(pair.after.get("items")),
        severities=pair.severities,
    )
    yield from compare(inner, _RULES)


_RULES = (
    Rule(keys=frozenset({"logicalType", "physicalType"}), find=_types),
    Rule(keys=frozenset({"required"}), find=_required),
    Rule(keys=frozenset({"unique"}), find=_unique),
    Rule(keys=frozenset({"enum"}), find=_enum),
    Rule(keys=frozenset({"logicalTypeOptions"}), find=option_changes),
    Rule(keys=frozenset({"classification"}), find=_classification),
    Rule(keys=frozenset({"quality"}), find=lambda pair: quality_changes(pair, column=pair.path.rpartition("/")[2])),
    Rule(keys=frozenset({"properties"}), find=_fields),
    Rule(keys=frozenset({"items"}), find=_items),
)
