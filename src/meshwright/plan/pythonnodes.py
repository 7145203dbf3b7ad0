"""Definitions of Python nodes: what a version's id takes from them, and what differs between two of them, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from meshwright.model import Columns, PythonModel, canonical_json, identity, plain_address

#: How many changed files are named before the rest is counted.
_LISTED = 5


def python_definition(model: PythonModel, columns: Columns) -> tuple[str, str]:
    """Return the fingerprint of a Python node and the text it stands for.

    The fingerprint covers the meaning of the modules and the requirements, the function, which dataset each argument
    takes in which frame, and the declared columns; not where the files lie, nor the limits of a build.
    """
    inputs = [[given.argument, plain_address(given.dataset), given.frame.value] for given in model.inputs]
    declared = [[column.name, column.type] for column in columns]
    fingerprint = identity("mwpythonnode1", model.fingerprint, model.function, sorted(inputs), declared)
    made_of = {**json.loads(model.definition), "function": model.function, "inputs": inputs, "columns": declared}
    return fingerprint, canonical_json(made_of)


def python_changes(before: str, now: str) -> tuple[str, ...]:
    """Name what differs between two definitions: ``the code of delays.py changed``."""
    old, new = _read(before), _read(now)
    changes = tuple(_changes(old, new))
    return changes or ("definition changed",)


def _changes(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    yield from _module_changes(_modules(old), _modules(new))
    if old.get("function") != new.get("function"):
        yield f"the function is {new.get('function')} now, it was {old.get('function')}"
    if old.get("inputs") != new.get("inputs"):
        yield "its inputs or their frames changed"
    if old.get("columns") != new.get("columns"):
        yield "its declared columns changed"
    if old.get("requires") != new.get("requires"):
        yield "the requirements of the domain's Python environment changed"


def _module_changes(old: Mapping[str, tuple[str, str]], new: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    changed = []
    for name in sorted(old.keys() | new.keys()):
        before, now = old.get(name), new.get(name)
        if before is None and now is not None:
            changed.append(f"{now[0]} is imported now")
        elif now is None and before is not None:
            changed.append(f"{before[0]} is not imported any more")
        elif before is not None and now is not None and before[1] != now[1]:
            changed.append(f"the code of {now[0]} changed")
    yield from changed[:_LISTED]
    if len(changed) > _LISTED:
        yield f"{len(changed) - _LISTED} more files changed"


def _modules(definition: Mapping[str, object]) -> dict[str, tuple[str, str]]:
    """Return file name and fingerprint of each module by its name."""
    found = definition.get("modules")
    modules: Sequence[object] = found if isinstance(found, list) else ()
    return {
        str(module.get("name")): (str(module.get("path")).rpartition("/")[2], str(module.get("fingerprint")))
        for module in modules
        if isinstance(module, dict)
    }


def _read(text: str) -> Mapping[str, object]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
