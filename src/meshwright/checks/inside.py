"""Promised parts of columns against the types that are stored: fields, items, keys and values, at any depth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from meshwright.checks.nested_types import InnerTypes, inner_types
from meshwright.checks.spec import Into, PathStep, path_words
from meshwright.checks.types import type_kind
from meshwright.diagnostics import nearest_name
from meshwright.frozen import dataclass
from meshwright.model import Column

#: What a promise of a part stands under in the arguments of a `schema` rule -> the way to it.
_SINGLE = (("items", Into.ITEMS), ("key", Into.KEYS), ("value", Into.VALUES))
_NOUNS: Mapping[str, str] = {"items": "items", "key": "keys", "value": "values"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One way in which real columns, or parts of them, differ from promised ones."""

    #: ``missing``, ``extra`` or ``type``.
    kind: str
    #: Name of the column, or of the part: ``address.city``.
    column: str
    words: str
    #: Names beside it: those of the fields around it, for a part.
    beside: tuple[str, ...] = ()


#: How a type differs from a promise, in words; None where it does not.
Judge = Callable[[Column, Mapping[str, object]], str | None]


def inner_differences(column: Column, promised: Mapping[str, object], judge: Judge) -> Iterator[Difference]:
    """Compare what is inside a column with what is promised of it; a promise of nothing inside allows everything.

    Values of type JSON have no types inside: what is promised of them is measured, not compared.
    """
    yield from _inside(column.name, (), column.type, promised, judge)


def _inside(
    name: str, path: tuple[PathStep, ...], stored: str, promised: Mapping[str, object], judge: Judge
) -> Iterator[Difference]:
    if type_kind(stored) == "JSON":
        return
    inner, words = inner_types(stored), path_words(name, path)
    fields = promised.get("properties")
    if isinstance(fields, Sequence):
        if not inner.fields:
            yield _lacks(words, stored, "fields")
        else:
            yield from _fields(name, path, inner, fields, judge)
    yield from _wanted_fields(words, stored, inner, promised)
    for key, into in _SINGLE:
        below = promised.get(key)
        if not isinstance(below, Mapping):
            continue
        real = {"items": inner.items, "key": inner.key, "value": inner.value}[key]
        if real is None:
            if key != "value":  # of a map that is none, one word is enough
                yield _lacks(words, stored, _NOUNS[key])
            continue
        yield from _part(name, (*path, PathStep(into=into)), real, below, judge)


def _fields(
    name: str, path: tuple[PathStep, ...], inner: InnerTypes, promised: Sequence[object], judge: Judge
) -> Iterator[Difference]:
    """Compare a struct's fields with the promised ones, which are all of them, letter for letter."""
    real = dict(inner.fields)
    below = {str(each["name"]): each for each in promised if isinstance(each, Mapping)}
    steps = {field: (*path, PathStep(into=Into.FIELD, name=field)) for field in (*below, *real)}
    for field in below:
        if field not in real:
            nearest = nearest_name(field, real)
            words = f"'{path_words(name, steps[field])}' is missing" + (f" (there is '{nearest}')" if nearest else "")
            yield Difference(kind="missing", column=path_words(name, steps[field]), words=words, beside=tuple(real))
    for field, promise in below.items():
        if field in real:
            yield from _part(name, steps[field], real[field], promise, judge)
    for field in real:
        if field not in below:
            words = f"'{path_words(name, steps[field])}' is not promised"
            yield Difference(kind="extra", column=path_words(name, steps[field]), words=words, beside=tuple(below))


def _part(
    name: str, path: tuple[PathStep, ...], stored: str, promised: Mapping[str, object], judge: Judge
) -> Iterator[Difference]:
    part = Column(name=path_words(name, path), type=stored)
    words = judge(part, promised)
    if words is not None:
        yield Difference(kind="type", column=part.name, words=words)
    else:
        yield from _inside(name, path, stored, promised, judge)


def _wanted_fields(words: str, stored: str, inner: InnerTypes, promised: Mapping[str, object]) -> Iterator[Difference]:
    """Check what `logicalTypeOptions` of an object say of its fields: which must exist, and how many."""
    options = promised.get("fields")
    if not isinstance(options, Mapping) or not inner.fields:
        return
    real = [field for field, _ in inner.fields]
    for field in options.get("required", ()):
        if field not in real:
            said = f"'{words}.{field}' is missing"
            yield Difference(kind="missing", column=f"{words}.{field}", words=said, beside=tuple(real))
    least, most = options.get("minProperties"), options.get("maxProperties")
    if (isinstance(least, int) and len(real) < least) or (isinstance(most, int) and len(real) > most):
        bounds = " and ".join(
            f"{named} {bound}" for named, bound in (("at least", least), ("at most", most)) if bound is not None
        )
        said = f"column '{words}' is {stored} with {len(real)} fields, promised are {bounds}"
        yield Difference(kind="type", column=words, words=said)


def _lacks(words: str, stored: str, noun: str) -> Difference:
    return Difference(
        kind="type", column=words, words=f"column '{words}' is {stored}, promised are {noun} inside of it"
    )
