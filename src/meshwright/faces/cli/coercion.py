"""Words of the command line to values, without pydantic.

typer coerces every parameter, given or not, through pydantic adapters built at each start: 0.2 s for a command with
eight options. Commands here take texts, paths, whole numbers and choices only, which need a few lines. Where typer no
longer has the place that this fills, its own way works as before, only slower (a test watches it).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import typer

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainCoercion:
    """Coerces the values of one parameter; stands where typer keeps its own."""

    #: ``str``, ``Path``, ``int``, an enumeration, or a list of one of them.
    annotation: Any
    minimum: float | None = None

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value for `value` as typer parsed it. Raises BadParameter."""
        is_several = param.multiple or param.nargs == -1
        if value is None:
            return () if is_several else None
        if not is_several:
            return self._one(value, self.annotation, param, ctx)
        kind = get_args(self.annotation)[0] if get_origin(self.annotation) is list else self.annotation
        return tuple(self._one(item, kind, param, ctx) for item in value)

    def _one(self, value: Any, kind: Any, param: Any, ctx: Any) -> Any:
        if isinstance(value, kind):
            return value
        if kind is Path:
            return Path(value)
        try:
            converted = kind(value)
        except ValueError as problem:
            raise typer.BadParameter(f"'{value}' is not {_words(kind)}", ctx=ctx, param=param) from problem
        if self.minimum is not None and converted < self.minimum:
            raise typer.BadParameter(f"{value} is less than {self.minimum:g}", ctx=ctx, param=param)
        return converted


def use_plain_coercion(params: Sequence[Any]) -> None:
    """Put a PlainCoercion into each parameter that it can serve."""
    for param in params:
        descriptor = getattr(param, "type_descriptor", None)
        if descriptor is None or getattr(param, "_runtime_param", descriptor) is not None:
            continue
        if _can_serve(descriptor.annotation):
            param._runtime_param = PlainCoercion(
                annotation=descriptor.annotation, minimum=getattr(descriptor.parameter_info, "min", None)
            )


def _can_serve(annotation: Any) -> bool:
    kinds: Iterable[Any] = get_args(annotation) if get_origin(annotation) is list else (annotation,)
    return all(isinstance(kind, type) and issubclass(kind, str | int | Path | enum.StrEnum) for kind in kinds)


def _words(kind: Any) -> str:
    if issubclass(kind, enum.Enum):
        return f"one of {', '.join(str(member.value) for member in kind)}"
    return "a whole number" if kind is int else "valid"
