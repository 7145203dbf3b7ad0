"""What changes of a contract: status, service levels, promised datasets, terms; columns are in `properties`, rules on data in
`quality`.

Seen with the eyes of those who read the port. A promise that is taken back, or that cannot be shown to hold still, is major;
one that is added or made firmer is minor, as it gives more to rely on; words are a patch. Values that are equal in another
form are no change: key order, defaults that are written out, 1 h and 60 min, ODCS 3.0 and 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from meshwright.model import Action
from meshwright.plan.compatibility.common import COMMON
from meshwright.plan.compatibility.modern import modern_contract
from meshwright.plan.compatibility.properties import key_changes, order_changes, promised_columns, property_changes
from meshwright.plan.compatibility.quality import quality_changes
from meshwright.plan.compatibility.relationships import relationship_changes
from meshwright.plan.compatibility.rules import Pair, by_name, compare, matched, rule_of, text_of, weighed
from meshwright.plan.compatibility.servicelevels import service_level_changes
from meshwright.plan.compatibility.terms import TERMS
from meshwright.plan.compatibility.values import Change, Level

#: The version says what a change is, and is none itself; the standard's version is a matter of form.
_SILENT = frozenset({"version", "apiVersion", "kind"})
_NO_SEVERITIES: Mapping[str, Action] = MappingProxyType({})
#: How much a status promises; one that the standard does not name promises nothing.
_FIRMNESS: Mapping[str, int] = MappingProxyType(
    {"retired": -1, "proposed": 1, "draft": 2, "deprecated": 3, "active": 4}
)


def contract_changes(
    before: Mapping[str, object], after: Mapping[str, object], severities: Mapping[str, Action] = _NO_SEVERITIES
) -> tuple[Change, ...]:
    """Compare two contracts, ODCS documents as plain JSON values; `severities` maps foreign severity words."""
    folded = {word.casefold(): action for word, action in severities.items()}
    pair = Pair(
        path="", noun="the contract", before=modern_contract(before), after=modern_contract(after), severities=folded
    )
    return tuple(compare(pair, _CONTRACT_RULES, silent=_SILENT))


def _status(pair: Pair) -> Iterator[Change]:
    old, new = text_of(pair.before.get("status")), text_of(pair.after.get("status"))
    was, now = _FIRMNESS.get(old.casefold(), 0), _FIRMNESS.get(new.casefold(), 0)
    if old.casefold() == new.casefold():
        yield pair.change("status", "words_changed", Level.PATCH, f"status is written {new}, was {old}")
        return
    # Deprecating is an announcement: everything holds still (minor, as in semantic versioning). The rest of a way down is none.
    is_announced = (old.casefold(), new.casefold()) == ("active", "deprecated")
    level = Level.MINOR if now > was or is_announced else Level.PATCH if now == was else Level.MAJOR
    kind = f"status_{new.casefold()}" if new.casefold() in {"deprecated", "retired"} else "status_changed"
    yield pair.change("status", kind, level, f"status changed from {old or 'nothing'} to {new or 'nothing'}")


def _schema(pair: Pair) -> Iterator[Change]:
    """Compare the promised datasets: each schema object is the dataset of its name."""
    old, new = by_name(pair.before.get("schema")), by_name(pair.after.get("schema"))
    for name, other in matched(old, new):
        if other is None:
            yield pair.change(f"schema/{name}", "dataset_removed", Level.MAJOR, f"dataset {name} removed")
        elif name is None:
            yield pair.change(f"schema/{other}", "dataset_added", Level.MINOR, f"dataset {other} added")
        else:
            if name != other:
                message = f"dataset {name} renamed to {other}"
                yield pair.change(f"schema/{name}", "dataset_renamed", Level.MAJOR, message)
            inner = pair.below(f"schema/{name}", f"dataset {name}", old[name], new[other])
            yield from compare(inner, _OBJECT_RULES, silent=frozenset({"name"}))


def _columns(pair: Pair) -> Iterator[Change]:
    yield from key_changes(pair)
    old, new = (promised_columns(side.get("properties")) for side in (pair.before, pair.after))
    yield from property_changes(pair, old, new)
    yield from order_changes(pair, old, new)


def _storage(pair: Pair) -> Iterator[Change]:
    old, new = pair.before.get("physicalType"), pair.after.get("physicalType")
    message = f"{pair.noun} was promised as {old or 'nothing'}, is as {new or 'nothing'}"
    yield pair.change("physicalType", "storage_changed", Level.PATCH, message)


#: Whoever refers to a contract does so by its id; a name is for people.
_CONTRACT_RULES = (
    rule_of(_status, "status"),
    rule_of(_schema, "schema"),
    rule_of(service_level_changes, "slaProperties", "slaDefaultElement"),
    weighed("contract_id_changed", Level.MAJOR, "id"),
    weighed("contract_name_changed", Level.PATCH, "name"),
    *TERMS,
    *(rule for rule in COMMON if "id" not in rule.keys),
)
_OBJECT_RULES = (
    rule_of(_columns, "properties"),
    rule_of(relationship_changes, "relationships"),
    rule_of(lambda pair: quality_changes(pair, column=None), "quality"),
    rule_of(_storage, "physicalType"),
    weighed("physical_name_changed", Level.MAJOR, "physicalName"),
    *COMMON,
)
