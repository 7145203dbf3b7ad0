"""Commands that take a value for their options: each field of it is an option on the command line.

typer wants one parameter for each option. A command that has many says which they are in a frozen dataclass, field by field as
typer has parameters, and is given one value.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command as typer reads it: in place of a parameter whose type is a dataclass stand the fields of that."""
    signature = inspect.signature(command, eval_str=True)
    kinds = {name: each.annotation for name, each in signature.parameters.items() if _is_value(each.annotation)}
    if not kinds:
        return command

    def called(**given: object) -> None:
        for name, kind in kinds.items():
            given[name] = kind(**{field.name: given.pop(field.name) for field in dataclasses.fields(kind)})
        command(**given)

    parameters = [
        inner
        for name, each in signature.parameters.items()
        for inner in (_parameters(kinds[name]) if name in kinds else [each])
    ]
    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    setattr(called, "__signature__", signature.replace(parameters=parameters))  # noqa: B010 - what `inspect` looks at
    return called


def _is_value(annotation: object) -> bool:
    return isinstance(annotation, type) and dataclasses.is_dataclass(annotation)


def _parameters(kind: Any) -> list[inspect.Parameter]:
    """Return one parameter for each field of a dataclass; all have defaults, as options have."""
    hints = get_type_hints(kind, include_extras=True)
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in dataclasses.fields(kind)
    ]
