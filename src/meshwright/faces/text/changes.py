"""The compatibility of a plan as lines for people: level, object, what changes, and whom a minor or major change reaches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meshwright.faces.text.terminal import Look, one_line, pad
from meshwright.faces.text.words import count_words, list_words
from meshwright.model import product_of
from meshwright.plan.compatibility import ChangedKind, Level, ObjectChange, Reach

_STYLES = {Level.NONE: "dim", Level.PATCH: "dim", Level.MINOR: "yellow", Level.MAJOR: "red"}
_WIDTH = max(len(level.value) for level in Level)
#: An object shows this many of its changes, and a list this many names, before the rest is counted.
_LISTED = 5
_NAMED = 4
_LINE = 100
_INDENT = " " * (_WIDTH + 4)


def change_lines(changes: Sequence[ObjectChange], level: Level, look: Look) -> Iterator[str]:
    """Yield the block of changes; the new datasets and ports of a product, which reach nobody yet, share a line."""
    if not changes:
        return
    yield f"{look.paint('changes:', 'bold')} {look.paint(level.value, _STYLES[level])}"
    told: dict[Reach, str] = {}
    known = [one for one in changes if not _is_new(one)]
    for one in known:
        if one.level is not Level.PATCH:
            yield from _object_lines(one, look)
            yield from _reach_lines(one, told)
    yield from _new_lines(changes, look)
    for one in known:
        if one.level is Level.PATCH:
            yield from _object_lines(one, look)


def named_products(changes: Sequence[ObjectChange]) -> frozenset[str]:
    """Return the products that the lines of changes name as reached, or as what changes: they need not be named again."""
    told = [one for one in changes if _is_reach_told(one)]
    return frozenset({*(_product(one) for one in told), *(name for one in told for name in one.reaches.products)})


def _object_lines(one: ObjectChange, look: Look) -> Iterator[str]:
    messages = [one_line(change.message) for change in sorted(one.changes, key=lambda change: -change.level.rank)]
    if len(messages) > _LISTED:
        messages[_LISTED - 1 :] = [f"{len(messages) - _LISTED + 1} more changes"]
    head = f"  {level_words(one.level, look)}  "
    if len(messages) == 1 or len(one.object) + len("; ".join(messages)) <= _LINE:
        yield f"{head}{one.object}: {'; '.join(messages)}"
    else:
        yield f"{head}{one.object}:"
        yield from (f"{_INDENT}  - {message}" for message in messages)


def _reach_lines(one: ObjectChange, told: dict[Reach, str]) -> Iterator[str]:
    """Say whom a change reaches; a port breaks together with its dataset, and mostly for the same people."""
    if not _is_reach_told(one):
        return
    same = told.setdefault(one.reaches, one.object)
    words = list(_reach_words(one)) if same == one.object else [f"reaches the same as {same}"]
    yield from (f"{_INDENT}  {one_line(each)}" for each in words)


def _new_lines(changes: Sequence[ObjectChange], look: Look) -> Iterator[str]:
    for product, new in _new_by_product(changes).items():
        datasets = sum(one.kind is ChangedKind.DATASET for one in new)
        counts = ((datasets, "new dataset"), (len(new) - datasets, "new port"))
        words = ", ".join(count_words(number, what) for number, what in counts if number)
        yield f"  {level_words(Level.MINOR, look)}  {product}: {words}"


def _is_reach_told(one: ObjectChange) -> bool:
    """A patch asks nothing of anybody: who sees its data is among `affected`."""
    return one.level in {Level.MINOR, Level.MAJOR} and any(_reach_words(one))


def _reach_words(one: ObjectChange) -> Iterator[str]:
    reaches = one.reaches
    own = [dataset for dataset in reaches.datasets if product_of(dataset) == _product(one)]
    reached = (*reaches.products, *own)
    if reached:
        yield f"reaches {list_words(reached, _NAMED)}"
    if reaches.columns:
        yield f"columns: {list_words(reaches.columns, _NAMED)}"
    if reaches.consumers:
        yield f"consumers: {list_words(reaches.consumers)}"
    if reaches.outside:
        yield f"outside jobs: {list_words(reaches.outside, _NAMED)}"


def _product(one: ObjectChange) -> str:
    return one.object.partition("/")[0] if one.kind is ChangedKind.PORT else product_of(one.object)


def _is_new(one: ObjectChange) -> bool:
    return one.changes[0].kind in {"dataset_added", "port_added"} and not one.changes[0].path


def _new_by_product(changes: Sequence[ObjectChange]) -> dict[str, list[ObjectChange]]:
    found: dict[str, list[ObjectChange]] = {}
    for one in changes:
        if _is_new(one):
            found.setdefault(_product(one), []).append(one)
    return found


def level_words(level: Level, look: Look) -> str:
    """Return a level in its colour, as wide as every other."""
    return look.paint(pad(level.value, _WIDTH), _STYLES[level])
