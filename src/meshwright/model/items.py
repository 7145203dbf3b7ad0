"""Items of nodes that fan out in the engine: what each is called, and of what type they are.

The node of an item is called after the node that a person wrote and after the item: ``sales__eu``. Names hold no ``__`` of
their own, so none of these can be taken; and an item keeps its name whatever else is in the list, so that it is built once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model.identity import canonical_json, identity
from meshwright.model.names import name_problem
from meshwright.model.rules import Scalar

#: What an item is called in the code of a node.
ITEM_PARAMETER = "item"
#: Most items of a list over which a model or a function fans out: each is a step of its own.
MAX_ITEM_NODES = 500
_LONGEST_WORD = 30
_SIGNS = 6
_ODD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemOf:
    """The item that a node is for."""

    #: Address of the node that a person wrote, which joins all items.
    node: str
    value: Scalar
    #: As that of a parameter; the same for all items of a list.
    type: str
    #: How many items of the list may be built at once.
    at_once: int
    span: SourceSpan | None = None


def item_type(values: Sequence[Scalar]) -> str | None:
    """Return the type of parameter that holds all of these values, none of which is None; None where they are mixed."""
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "integer"
    if kinds <= {int, float}:
        return "number"
    return "string" if kinds == {str} else None


def item_names(values: Sequence[Scalar]) -> tuple[str, ...]:
    """Return what each of several different values adds to the name of its node; all of these are names."""
    found: list[str] = []
    for value in values:
        name = _readable(value)
        signs = _SIGNS
        while name is None or name in found:
            name, signs = _signed(value, signs), signs + 1
        found.append(name)
    return tuple(found)


def _readable(value: Scalar) -> str | None:
    """Return a name that says all of the value; None where there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = value if isinstance(value, str) else f"n{value}"
    return text if len(text) <= _LONGEST_WORD and name_problem(text) is None else None


def _signed(value: Scalar, signs: int) -> str:
    """Return a name that reminds of the value, and tells it from others by so many signs of its hash."""
    sign = identity("mwitem1", canonical_json(value))[:signs]
    word = _ODD.sub("_", str(value).lower()).strip("_")[: _LONGEST_WORD - _SIGNS].strip("_")
    return f"{word}_{sign}" if word[:1].isalpha() else f"i{word}_{sign}"
