"""What a nested type holds, names as they are spelled. The spelling of types is DuckDB's, as stored types have it."""

from __future__ import annotations

from meshwright.checks.spec import Into, PathStep
from meshwright.frozen import dataclass

_OPENING = "([<"
_CLOSING = ")]>"


@dataclass(frozen=True, kw_only=True, slots=True)
class InnerTypes:
    """Types of what a value holds; a simple type holds nothing."""

    #: Field -> type, of a struct.
    fields: tuple[tuple[str, str], ...] = ()
    #: Of a list or an array.
    items: str | None = None
    key: str | None = None
    value: str | None = None


def inner_types(text: str) -> InnerTypes:
    """Return what the type `text` holds: ``STRUCT(a INTEGER, "B c" VARCHAR)[]`` holds items of one struct."""
    text = text.strip()
    if text.endswith("]"):
        return InnerTypes(items=text[: text.rindex("[")].strip())
    kind, opening, rest = text.partition("(")
    if not opening or not rest.endswith(")"):
        return InnerTypes()
    parts = _split(rest[:-1])
    if kind.strip().upper() == "STRUCT":
        return InnerTypes(fields=tuple(_field(part) for part in parts))
    if kind.strip().upper() == "MAP" and len(parts) == 2:
        return InnerTypes(key=parts[0], value=parts[1])
    return InnerTypes()


def type_at(text: str, step: PathStep) -> str | None:
    """Return the type one step into a value of type `text`; None where the step leads nowhere."""
    inner = inner_types(text)
    match step.into:
        case Into.FIELD:
            return dict(inner.fields).get(step.name)
        case Into.ITEMS:
            return inner.items
        case Into.KEYS:
            return inner.key
        case _:
            return inner.value


def _field(part: str) -> tuple[str, str]:
    if not part.startswith('"'):
        name, _, rest = part.partition(" ")
        return name, rest.strip()
    end = 1
    while part[end] != '"' or part[end + 1 : end + 2] == '"':
        end += 2 if part[end] == '"' else 1
    return part[1:end].replace('""', '"'), part[end + 1 :].strip()


def _split(text: str) -> list[str]:
    """Split at commas outside of quotes and brackets."""
    parts, start, level, quote = [], 0, 0, ""
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in _OPENING:
            level += 1
        elif letter in _CLOSING:
            level -= 1
        elif letter == "," and level == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]
