"""DuckDB's spelling of types, read into a tree."""

from __future__ import annotations

import re
from dataclasses import field

from meshwright.frozen import dataclass

_TOKEN = re.compile(
    r"""\s*(?:(?P<name>"(?:[^"]|"")*")|(?P<text>'(?:[^']|'')*')|(?P<word>[\w:.]+)|(?P<mark>[()\[\],]))"""
)
#: Types whose arguments are not types.
_OPAQUE_ARGUMENTS = frozenset({"DECIMAL", "ENUM", "GEOMETRY", "VARCHAR", "BIT"})
_NAMED_FIELDS = frozenset({"STRUCT", "UNION"})


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeTree:
    """A type: ``BIGINT``, or a ``LIST``, ``ARRAY``, ``STRUCT``, ``TUPLE``, ``MAP`` or ``UNION`` of others."""

    kind: str
    #: The whole type as DuckDB spells it.
    text: str
    #: Field name as spelled (quoted where DuckDB quotes it), None where a field has none, and its type.
    fields: tuple[tuple[str | None, TypeTree], ...] = field(default=())


def parse_type(text: str) -> TypeTree:
    """Read one type. Raises ValueError where `text` is not a type as DuckDB writes it."""
    tokens = [(found.lastgroup or "", found[0].strip()) for found in _TOKEN.finditer(text)]
    tree, end = _parse(tokens, 0)
    if end != len(tokens):
        raise ValueError(f"{text!r} is not a type")
    return tree


def _parse(tokens: list[tuple[str, str]], start: int) -> tuple[TypeTree, int]:
    """Read a type and the brackets after it."""
    words = []
    position = start
    while position < len(tokens) and tokens[position][0] in {"word", "name"}:
        words.append(tokens[position][1])
        position += 1
    if not words:
        raise ValueError("a type begins with its name")
    kind = " ".join(words).upper() if tokens[start][0] == "word" else " ".join(words)
    tree = TypeTree(kind=kind, text=kind)
    if _at(tokens, position) == "(":
        tree, position = _arguments(kind, tokens, position + 1)
    while _at(tokens, position) == "[":
        size = "" if _at(tokens, position + 1) == "]" else _at(tokens, position + 1)
        tree = TypeTree(kind="ARRAY" if size else "LIST", text=f"{tree.text}[{size}]", fields=((None, tree),))
        position += 3 if size else 2
    return tree, position


def _arguments(kind: str, tokens: list[tuple[str, str]], start: int) -> tuple[TypeTree, int]:
    """Read what stands between the parentheses after `kind`."""
    position = start
    if kind in _OPAQUE_ARGUMENTS:
        words = []
        while _at(tokens, position) != ")":
            words.append(tokens[position][1])
            position += 1
        inner = ("," if kind == "DECIMAL" else ", ").join(word for word in words if word != ",")
        return TypeTree(kind=kind, text=f"{kind}({inner})"), position + 1
    fields: list[tuple[str | None, TypeTree]] = []
    while True:
        name = None
        if kind in _NAMED_FIELDS and position + 1 < len(tokens) and tokens[position + 1][0] in {"word", "name"}:
            name = tokens[position][1]
            position += 1
        child, position = _parse(tokens, position)
        fields.append((name, child))
        mark = _at(tokens, position)
        position += 1
        if mark == ")":
            break
        if mark != ",":
            raise ValueError(f"a comma or a parenthesis is missing in {kind}")
    inner = ", ".join(f"{name} {child.text}" if name else child.text for name, child in fields)
    return TypeTree(kind=kind, text=f"{kind}({inner})", fields=tuple(fields)), position


def _at(tokens: list[tuple[str, str]], position: int) -> str:
    """Return the token at `position`. Raises ValueError past the end."""
    if position >= len(tokens):
        return ""
    return tokens[position][1]
