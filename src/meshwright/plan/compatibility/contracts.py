"""What changes of a contract: status, service levels, promised datasets; columns are in `properties`, rules on data in `quality`.

Seen with the eyes of those who read the port. A promise that is taken back, or that cannot be shown to hold still, is major;
one that is added or made firmer is minor, as it gives more to rely on; words are a patch. Values that are equal in another
form are no change: key order, defaults that are written out, 1 h and 60 min, ODCS 3.0 and 3.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from meshwright.checks.odcs_3_0 import modern_options
from meshwright.model import Action
from meshwright.plan.compatibility.properties import key_changes, promised_columns, property_changes
from meshwright.plan.compatibility.quality import quality_changes
from meshwright.plan.compatibility.rules import Pair, Rule, by_name, compare, part, parts, text_of
from meshwright.plan.compatibility.servicelevels import service_level_changes
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
    pair = Pair(path="", noun="the contract", before=_modern(before), after=_modern(after), severities=folded)
    return tuple(compare(pair, _CONTRACT_RULES, silent=_SILENT))


def _status(pair: Pair) -> Iterator[Change]:
    old, new = text_of(pair.before.get("status")), text_of(pair.after.get("status"))
    was, now = _FIRMNESS.get(old.casefold(), 0), _FIRMNESS.get(new.casefold(), 0)
    # Deprecating is an announcement: everything holds still (minor, as in semantic versioning). The rest of a way down is none.
    is_announced = (old.casefold(), new.casefold()) == ("active", "deprecated")
    level = Level.MINOR if now > was or is_announced else Level.PATCH if now == was else Level.MAJOR
    kind = f"status_{new.casefold()}" if new.casefold() in {"deprecated", "retired"} else "status_changed"
    yield pair.change("status", kind, level, f"status changed from {old or 'nothing'} to {new or 'nothing'}")


def _service_levels(pair: Pair) -> Iterator[Change]:
    yield from service_level_changes(pair)


def _schema(pair: Pair) -> Iterator[Change]:
    """Compare the promised datasets: each schema object is the dataset of its name."""
    old, new = by_name(pair.before.get("schema")), by_name(pair.after.get("schema"))
    for name in [*old, *(name for name in new if name not in old)]:
        path = f"schema/{name}"
        if name not in new:
            yield Change(path=path, kind="dataset_removed", level=Level.MAJOR, message=f"dataset {name} removed")
        elif name not in old:
            yield Change(path=path, kind="dataset_added", level=Level.MINOR, message=f"dataset {name} added")
        else:
            inner = Pair(
                path=path, noun=f"dataset {name}", before=old[name], after=new[name], severities=pair.severities
            )
            yield from compare(inner, _OBJECT_RULES)


def _columns(pair: Pair) -> Iterator[Change]:
    yield from key_changes(pair)
    yield from property_changes(
        pair, promised_columns(pair.before.get("properties")), promised_columns(pair.after.get("properties"))
    )


def _storage(pair: Pair) -> Iterator[Change]:
    old, new = pair.before.get("physicalType"), pair.after.get("physicalType")
    message = f"{pair.noun} was promised as {old or 'nothing'}, is as {new or 'nothing'}"
    yield pair.change("physicalType", "storage_changed", Level.PATCH, message)


_CONTRACT_RULES = (
    Rule(keys=frozenset({"status"}), find=_status),
    Rule(keys=frozenset({"schema"}), find=_schema),
    Rule(keys=frozenset({"slaProperties", "slaDefaultElement"}), find=_service_levels),
    Rule(
        keys=frozenset({"name"}),
        find=lambda pair: iter((pair.change("name", "words_changed", Level.PATCH, "name of the contract changed"),)),
    ),
)
_OBJECT_RULES = (
    Rule(keys=frozenset({"properties"}), find=_columns),
    Rule(keys=frozenset({"quality"}), find=lambda pair: quality_changes(pair, column=None)),
    Rule(keys=frozenset({"physicalType"}), find=_storage),
)


def _modern(contract: Mapping[str, object]) -> Mapping[str, object]:
    """Return a contract of 3.0 with bounds that exclude themselves as 3.1 writes them; its rules are read in `quality`."""
    if not text_of(contract.get("apiVersion")).removeprefix("v").startswith("3.0"):
        return contract
    schema = [
        {**item, "properties": [_modern_property(below) for below in parts(item.get("properties"))]}
        for item in parts(contract.get("schema"))
    ]
    return {**contract, "schema": schema}


def _modern_property(item: Mapping[str, object]) -> Mapping[str, object]:
    options = part(item.get("logicalTypeOptions"))
    return {**item, "logicalTypeOptions": modern_options(options)} if options else item
