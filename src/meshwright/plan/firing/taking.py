"""Values of parameters that are taken from events: where they stand there, and whether they are of the right type."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.model.mesh import Parameter
from meshwright.model.parameters import typed_value
from meshwright.model.subscriptions import Taken

#: Characters of a value; it is handed to a process by its command line.
_LONGEST = 1000


class AbsentValue(LookupError):
    """An event has no value at a path, or one that no parameter can hold."""


class WrongValue(ValueError):
    """An event's value is not of its parameter's type."""


def value_at(document: Mapping[str, object], path: str) -> object:
    """Return what an event holds at a path. Raises AbsentValue."""
    found: object = document
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            raise AbsentValue(f"the event has no '{path}'")
        found = found[name]
    return found


def parameter_text(document: Mapping[str, object], path: str) -> str:
    """Return what an event holds at a path as the value of a parameter. Raises AbsentValue."""
    found = value_at(document, path)
    if isinstance(found, bool):
        return "true" if found else "false"
    if not isinstance(found, str | int | float):
        kind = "nothing" if found is None else "a list" if isinstance(found, list) else "an object"
        raise AbsentValue(f"the event holds {kind} at '{path}', which no parameter can hold")
    text = str(found)
    if len(text) > _LONGEST or not text.isprintable():
        raise AbsentValue(f"the event holds more than {_LONGEST} characters, or unprintable ones, at '{path}'")
    return text


def taken_values(takes: Mapping[str, Taken], document: Mapping[str, object]) -> dict[str, str]:
    """Return the values that an event gives to parameters. Raises AbsentValue, and WrongValue for one of a wrong type.

    Text is read as it is on the command line; a number or a truth of JSON is only that.
    """
    found = {}
    for name, taken in takes.items():
        text = parameter_text(document, taken.path)
        value = value_at(document, taken.path)
        parameter = Parameter(name=name, value="", type=taken.type)
        try:
            if not _is_of_kind(value, taken.type):
                raise WrongValue(f"parameter {name!r} takes a value of type {taken.type}, not {text}")
            typed_value(text, parameter)
        except ValueError as error:
            raise WrongValue(f"{error}, which the event holds at '{taken.path}'") from None
        found[name] = text
    return found


def _is_of_kind(value: object, type_: str) -> bool:
    """Whether a value of JSON is one that a type may be read from: no number for a text, no truth for a number."""
    if isinstance(value, str):
        return True
    if isinstance(value, bool):
        return type_ == "boolean"
    return type_ in {"integer", "number"}
