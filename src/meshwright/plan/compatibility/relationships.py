"""What changes of relationships (foreign keys), in the form that `modern` gives them: all of an object's, from and to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshwright.plan.compatibility.common import COMMON
from meshwright.plan.compatibility.rules import Pair, compare, parts, text_of
from meshwright.plan.compatibility.values import Change, Level

_Relationship = Mapping[str, object]
_COMPARED = frozenset({"from", "to", "type"})


def relationship_changes(pair: Pair) -> Iterator[Change]:
    """Compare an object's relationships: the same where they have one id, or go from and to the same columns.

    One whose target changed is known by where it is from.
    """
    left, right = parts(pair.before.get("relationships")), parts(pair.after.get("relationships"))
    pairs: list[tuple[_Relationship, _Relationship]] = []
    for key in (_id, _whole, _source):
        for before in tuple(left):
            after = next((each for each in right if key(before) and key(each) == key(before)), None)
            if after is not None:
                pairs.append((before, after))
                left.remove(before)
                right.remove(after)
    for before, after in pairs:
        noun = f"relationship {_words(after)}"
        if _whole(before) != _whole(after):
            message = f"relationship {_words(before)} is {_words(after)} now"
            yield pair.change(_place(before), "relationship_changed", Level.MAJOR, message)
        yield from compare(pair.below(_place(before), noun, before, after), COMMON, silent=_COMPARED)
    for before in left:
        message = f"relationship {_words(before)} removed"
        yield pair.change(_place(before), "relationship_removed", Level.MAJOR, message)
    for after in right:
        yield pair.change(_place(after), "relationship_added", Level.MINOR, f"relationship {_words(after)} added")


def _id(relationship: _Relationship) -> object:
    return text_of(relationship.get("id"))


def _whole(relationship: _Relationship) -> object:
    return [relationship.get("type"), relationship.get("from"), relationship.get("to")]


def _source(relationship: _Relationship) -> object:
    """Only of those without an id: another id is another relationship."""
    return None if _id(relationship) else [relationship.get("from")]


def _place(relationship: _Relationship) -> str:
    """The property that it is from, where that is one of the object's own."""
    sources = _names(relationship.get("from"))
    steps = sources[0].split(".")[1:] if len(sources) == 1 else []
    below = "/".join(f"properties/{step}" for step in steps)
    return f"{below}/relationships" if below else "relationships"


def _words(relationship: _Relationship) -> str:
    return f"{', '.join(_names(relationship.get('from')))} -> {', '.join(_names(relationship.get('to')))}"


def _names(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
