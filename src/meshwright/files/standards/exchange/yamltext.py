"""Plain values as YAML that reads well, and that YAML 1.1 and 1.2 readers read alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$./()+-]*(?: [A-Za-z0-9_$./()+<>=*-]+)*|\d+(?:\.\d+){2,3}")
#: The same where no brackets stand around it: those of types may stand inside.
_PLAIN_IN_BLOCK: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$./()+,\[\]-]*(?: [A-Za-z0-9_$./()+<>=*,\"'{}%!~|\[\]-]+)*")
#: Plain words that some reader takes for something else than text.
_TYPED: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
#: Characters that stand in no YAML text, or that end a line where nobody sees it.
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_BLOCK: Final = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]*")
#: Longest list or mapping that stands in one line.
_WIDTH: Final = 100


def yaml_document(value: Mapping[str, object]) -> str:
    """Return a mapping as a YAML document. Values are texts, numbers, booleans, None, lists and mappings."""
    return "".join(f"{line}\n" for line in _mapping(value, 0))


def scalar_text(value: object, *, is_in_block: bool = False) -> str:
    """Return a plain value as YAML in one line; `is_in_block` where it is the value of a key on a line of its own."""
    if isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) is not None or (is_in_block and _PLAIN_IN_BLOCK.fullmatch(value) is not None)
        is_plain = is_plain and value.lower() not in _TYPED
        return value if is_plain else _quoted(value)
    text = json.dumps(value)
    # YAML 1.1 takes 1e-09 for a text: it wants the point.
    return text.replace("e", ".0e") if isinstance(value, float) and "e" in text and "." not in text else text


def _quoted(text: str) -> str:
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _mapping(value: Mapping[str, object], depth: int) -> Iterator[str]:
    pad = "  " * depth
    for key, below in value.items():
        written = scalar_text(key)
        flow = _flow(below)
        if flow is not None and len(pad) + len(written) + len(flow) < _WIDTH and not _is_long_list(key, below):
            yield f"{pad}{written}: {flow}"
        elif isinstance(below, Mapping):
            yield f"{pad}{written}:"
            yield from _mapping(below, depth + 1)
        elif isinstance(below, (list, tuple)):
            yield f"{pad}{written}:"
            yield from _sequence(below, depth + 1)
        elif isinstance(below, str) and _is_block(below):
            yield f"{pad}{written}: |-"
            yield from (f"{pad}  {line}" if line else "" for line in below.split("\n"))
        else:
            yield f"{pad}{written}: {scalar_text(below, is_in_block=True)}"


def _sequence(value: list[object] | tuple[object, ...], depth: int) -> Iterator[str]:
    pad = "  " * depth
    for item in value:
        flow = _flow(item, is_item=True)
        if flow is not None and len(pad) + len(flow) < _WIDTH:
            yield f"{pad}- {flow}"
        elif isinstance(item, Mapping):
            first, *rest = _mapping(item, depth + 1)
            yield f"{pad}- {first[len(pad) + 2 :]}"
            yield from rest
        elif isinstance(item, (list, tuple)):
            yield f"{pad}-"
            yield from _sequence(item, depth + 1)
        else:
            yield f"{pad}- {scalar_text(item, is_in_block=True)}"


def _is_long_list(key: str, value: object) -> bool:
    """Whether a list is one of things that people look through line by line."""
    return key in {"schema", "properties", "quality", "columns", "models", "data_tests"} and bool(value)


def _flow(value: object, *, is_item: bool = False) -> str | None:
    """Return a short value in one line: plain values, lists of them, and mappings of them inside a list."""
    if isinstance(value, str):
        return None if _is_block(value) else scalar_text(value, is_in_block=True)
    if isinstance(value, (list, tuple)):
        parts = [_flow_item(each) for each in value]
        return f"[{', '.join(part for part in parts if part)}]" if None not in parts else None
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        if not is_item or any(key in value for key in ("name", "type", "query")):
            return None
        pairs = [(scalar_text(key), _flow_item(below)) for key, below in value.items()]
        return f"{{{', '.join(f'{key}: {below}' for key, below in pairs)}}}" if all(b for _, b in pairs) else None
    return scalar_text(value)


def _flow_item(value: object) -> str | None:
    if isinstance(value, str):
        # Inside brackets and braces commas and colons part things: what is not a plain word is quoted.
        return scalar_text(value) if "," not in value else _quoted(value)
    if isinstance(value, (list, tuple)):
        parts = [_flow_item(each) for each in value]
        return f"[{', '.join(part for part in parts if part)}]" if None not in parts else None
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        pairs = [(scalar_text(key), _flow_item(below)) for key, below in value.items()]
        return f"{{{', '.join(f'{key}: {below}' for key, below in pairs)}}}" if all(b for _, b in pairs) else None
    return scalar_text(value)


def _is_block(text: str) -> bool:
    """Whether a text of several lines can stand as it is, indented."""
    if "\n" not in text or _BLOCK.fullmatch(text) is None:
        return False
    lines = text.split("\n")
    return (
        bool(lines[0])
        and bool(lines[-1])
        and not lines[0].startswith(" ")
        and all(line == line.rstrip() for line in lines)
    )
