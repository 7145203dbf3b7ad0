"""`dataclass` for frozen, slotted records: the standard library's in every respect but the time it takes to make one.

The standard library writes out and compiles six methods for every class when the class is made, 0.9 ms for each; a command
imports two hundred classes of records and uses a few dozen of them. Here all but one method are shared by all classes, and
that one, `__init__`, is written out at the first call: making a class takes a tenth. What else dataclasses do (fields,
slots, `replace`, `asdict`) is theirs, and so are classes that are not frozen; to type checkers the decorator is theirs
altogether. See docs/adr/0014.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

_T = TypeVar("_T")
#: Stands for an argument that was not given, where the field has a factory.
_ABSENT = object()


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - what this module offers
else:

    def dataclass(
        *, frozen: bool = False, kw_only: bool = False, slots: bool = False, order: bool = False
    ) -> Callable[[type[_T]], type[_T]]:
        """Make a dataclass of a class, as `dataclasses.dataclass` does."""
        if not (frozen and slots):
            return dataclasses.dataclass(frozen=frozen, kw_only=kw_only, slots=slots, order=order)
        making = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only, slots=True)
        return lambda kind: _completed(making(kind), is_ordered=order)


def write_out(kinds: Iterable[type]) -> None:
    """Write out now what is otherwise written at the first call: for a process from which others are forked."""
    for kind in kinds:
        if getattr(vars(kind).get("__init__"), "is_unwritten", False):
            setattr(kind, "__init__", _written_init(kind))  # noqa: B010 - as in `make`


def _completed(kind: type[_T], *, is_ordered: bool) -> type[_T]:
    """Give a class of fields and slots what the standard library would have written out."""
    found = dataclasses.fields(kind)  # type: ignore[arg-type]
    values = _getter([each.name for each in found if each.compare])
    shown = [each.name for each in found if each.repr]

    def make(self: object, *given: object, **named: object) -> None:
        written = _written_init(kind)
        setattr(kind, "__init__", written)  # noqa: B010 - a method, which type checkers will not have replaced
        written(self, *given, **named)

    make.is_unwritten = True  # type: ignore[attr-defined]

    def equals(self: object, other: object) -> Any:  # bool, or NotImplemented
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: object) -> int:
        return hash(values(self))

    def told(self: object) -> str:
        return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    methods: dict[str, Callable[..., Any]] = {
        "__init__": make,
        "__eq__": equals,
        "__hash__": hashed,
        "__repr__": told,
        "__setattr__": _refuse_assignment,
        "__delattr__": _refuse_deletion,
        "__getstate__": _state,
        "__setstate__": _set_state,
    }
    if is_ordered:
        methods |= {f"__{name}__": _comparing(getattr(operator, name), values) for name in ("lt", "le", "gt", "ge")}
    own = vars(kind)
    for name, method in methods.items():
        if own.get(name) is None:  # a class that says itself what equals has None for its hash
            setattr(kind, name, method)
    return kind


def _comparing(
    compare: Callable[[object, object], bool], values: Callable[[object], tuple[object, ...]]
) -> Callable[[object, object], Any]:
    """Return a method that compares two records of one class by their values; NotImplemented for another class."""

    def compared(self: object, other: object) -> Any:  # bool, or NotImplemented
        return compare(values(self), values(other)) if other.__class__ is self.__class__ else NotImplemented

    return compared


def _getter(names: list[str]) -> Callable[[object], tuple[object, ...]]:
    """Return what gives the values of fields as a tuple."""
    if len(names) > 1:
        return operator.attrgetter(*names)
    return lambda record: tuple([getattr(record, name) for name in names])


def _refuse_assignment(_self: object, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(_self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    """Return what `copy` and `pickle` take along."""
    return [getattr(self, each.name) for each in dataclasses.fields(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for each, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


def _written_init(kind: type) -> Callable[..., None]:
    """Write `__init__` out: its parameters are the fields, its body sets the slots, which assignment would refuse."""
    space: dict[str, Any] = {"_absent": _ABSENT}
    parameters: dict[bool, list[str]] = {False: [], True: []}
    lines: list[str] = []
    for place, each in enumerate(dataclasses.fields(kind)):
        space[f"_set{place}"] = getattr(kind, each.name).__set__
        has_default = each.default is not dataclasses.MISSING
        has_factory = each.default_factory is not dataclasses.MISSING
        space[f"_default{place}"] = each.default_factory if has_factory else each.default
        value = each.name
        if has_factory:
            value = (
                f"_default{place}() if {each.name} is _absent else {each.name}" if each.init else f"_default{place}()"
            )
        elif not each.init:
            value = f"_default{place}"
        if each.init:
            default = f"=_default{place}" if has_default else "=_absent" if has_factory else ""
            parameters[bool(each.kw_only)].append(f"{each.name}{default}")
        if each.init or has_default or has_factory:
            lines.append(f" _set{place}(self, {value})")
    if hasattr(kind, "__post_init__"):
        lines.append(" self.__post_init__()")
    named = ["*", *parameters[True]] if parameters[True] else []
    head = f"def __init__({', '.join(['self', *parameters[False], *named])}):"
    exec("\n".join([head, *(lines or [" pass"])]), space)  # noqa: S102 - nothing in it but names of fields
    written: Callable[..., None] = space["__init__"]
    written.__qualname__ = f"{kind.__qualname__}.__init__"
    return written
