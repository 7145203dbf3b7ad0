"""What changes of promised columns (ODCS properties): one small function for each kind of promise."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from meshwright.checks.types import belongs_to
from meshwright.model import canonical_json
from meshwright.plan.compatibility.common import COMMON
from meshwright.plan.compatibility.options import option_changes
from meshwright.plan.compatibility.quality import quality_changes
from meshwright.plan.compatibility.rules import (
    Pair,
    Presence,
    are_same,
    by_name,
    compare,
    matched,
    optional,
    part,
    rule_of,
    shown,
    text_of,
    weighed,
)
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
    for name, other in matched(old, new):
        key, noun = f"properties/{name or other}", f"column {name or other} of {pair.noun}"
        if other is None:
            yield pair.change(key, "property_removed", Level.MAJOR, f"{noun} removed")
        elif name is None:
            yield pair.change(key, "property_added", Level.MINOR, f"{noun} added")
        else:
            if name != other:
                yield pair.change(key, "property_renamed", Level.MAJOR, f"{noun} renamed to {other}")
            inner = pair.below(key, noun, old[name], new[other])
            yield from compare(inner, _RULES, silent=frozenset({"name"}))


def order_changes(pair: Pair, old: Collection[str], new: Collection[str]) -> Iterator[Change]:
    """Say that columns stand in another order. Whoever reads by name sees nothing of it."""
    if [name for name in old if name in new] != [name for name in new if name in old]:
        message = f"columns of {pair.noun} stand in another order"
        yield pair.change("properties", "properties_reordered", Level.PATCH, message)


def _types(pair: Pair) -> Iterator[Change]:
    """A stored type binds; where there is none, the logical type admits its family."""
    old, new = text_of(pair.before.get("physicalType")), text_of(pair.after.get("physicalType"))
    was, now = text_of(pair.before.get("logicalType")), text_of(pair.after.get("logicalType"))
    if old and new:
        level = type_level(old, new)
        if level is not Level.NONE:
            message = f"type of {pair.noun} changed from {old} to {new}"
            yield pair.change("physicalType", TYPE_KINDS[level], level, message)
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
    if (old or new) and was != now:  # beside a stored type it binds nobody
        message = f"logical type of {pair.noun} changed from {was or 'none'} to {now or 'none'}"
        yield pair.change("logicalType", "logical_type_changed", Level.PATCH, message)


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
    entries = [_enum_entries(side.get("enum")) for side in (pair.before, pair.after)]
    old, new = ({key: entry["value"] for key, entry in side.items()} for side in entries)
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
    told = [value for key, value in new.items() if key in old and not are_same(entries[0][key], entries[1][key])]
    if told:
        message = f"words on {_listed(told)} among the values of {pair.noun} changed"
        yield pair.change("enum", "enum_words_changed", Level.PATCH, message)


def _enum_entries(enum: object) -> dict[str, Mapping[str, object]]:
    """Return the entries of an enumeration by value; one that is a value alone is an entry without words."""
    entries = (
        [item if isinstance(item, Mapping) else {"value": item} for item in enum] if isinstance(enum, list) else []
    )
    return {_value_key(entry.get("value")): {"value": None, **entry} for entry in entries}


def _value_key(value: object) -> str:
    """Tells 1 and "1" and true apart, but not 1 and 1.0."""
    return canonical_json(int(value) if isinstance(value, float) and value.is_integer() else value)


def _listed(values: object) -> str:
    return shown([*values])  # type: ignore[misc]  # any iterable of plain values


def _fields(pair: Pair) -> Iterator[Change]:
    yield from property_changes(
        pair, promised_columns(pair.before.get("properties")), promised_columns(pair.after.get("properties"))
    )


def _items(pair: Pair) -> Iterator[Change]:
    old, new = part(pair.before.get("items")), part(pair.after.get("items"))
    yield from compare(pair.below("items", f"elements of {pair.noun}", old, new), _RULES)


def _map(pair: Pair) -> Iterator[Change]:
    old, new = part(pair.before.get("map")), part(pair.after.get("map"))
    for key in ("key", "value"):
        inner = pair.below(f"map/{key}", f"{key}s of {pair.noun}", part(old.get(key)), part(new.get(key)))
        yield from compare(inner, _RULES)


def _transform(pair: Pair) -> Iterator[Change]:
    """How a column is made is told for information; of a measure the logic is what it is."""
    is_measure = "measure" in (pair.before.get("semanticType"), pair.after.get("semanticType"))
    for key in sorted(_TRANSFORM):
        if not pair.is_changed(key):
            continue
        if is_measure and key == "transformLogic":
            yield pair.change(key, "measure_changed", Level.MAJOR, pair.told(key))
        else:
            yield pair.change(key, "transform_changed", Level.PATCH, pair.told(key))


def _critical(pair: Pair) -> Iterator[Change]:
    if pair.after.get("criticalDataElement") is True:
        kind, level, how = "critical_element_added", Level.MINOR, "is a critical data element"
    else:
        kind, level, how = "critical_element_removed", Level.MAJOR, "is no critical data element any more"
    yield pair.change("criticalDataElement", kind, level, f"{pair.noun} {how}", is_policy=True)


_TRANSFORM = frozenset({"transformLogic", "transformDescription", "transformSourceObjects"})
#: What protects a column, and what its readers may do with it. A first one is minor: a duty that nothing contradicts.
_CLASSIFICATION = Presence(
    added=("classification_added", Level.MINOR),
    removed=("classification_removed", Level.MAJOR),
    changed=("classification_changed", Level.MAJOR),
)
_ENCRYPTION = Presence(
    added=("encryption_added", Level.MINOR),
    removed=("encryption_removed", Level.MAJOR),
    changed=("encryption_changed", Level.MAJOR),
)
_RULES = (
    rule_of(_types, "logicalType", "physicalType"),
    rule_of(_required, "required"),
    rule_of(_unique, "unique"),
    rule_of(_enum, "enum"),
    rule_of(option_changes, "logicalTypeOptions"),
    optional("classification", _CLASSIFICATION, is_policy=True),
    optional("encryptedName", _ENCRYPTION, is_policy=True),
    rule_of(_critical, "criticalDataElement"),
    rule_of(lambda pair: quality_changes(pair, column=pair.path.rpartition("/")[2]), "quality"),
    rule_of(_fields, "properties"),
    rule_of(_items, "items"),
    rule_of(_map, "map"),
    rule_of(_transform, *_TRANSFORM),
    weighed("physical_name_changed", Level.MAJOR, "physicalName"),
    weighed("semantic_type_changed", Level.MAJOR, "semanticType"),
    weighed("partitioning_changed", Level.PATCH, "partitioned", "partitionKeyPosition"),
    weighed("examples_changed", Level.PATCH, "examples"),
    *COMMON,
)
