"""JSON documents of other tools: read whole, with the place of anything in them found when something must be said of it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import field
from json.decoder import scanstring  # type: ignore[attr-defined]  # what the standard library's own decoder is made of
from typing import Final

from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.frozen import dataclass

#: Path to a value: keys and positions.
JsonPath = tuple[str | int, ...]

_SPACE: Final = re.compile(r"[ \t\r\n]*")
#: Half of a character that takes two of these: no text can hold it.
_HALF: Final = re.compile(
    r"(?<!\\)(?:\\\\)*(\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
_DECODER: Final = json.JSONDecoder()


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonText:
    """A document, its text, and what messages call its file."""

    file: str
    text: str
    value: object
    #: Where a value begins -> where what lies in it does: a manifest is large, and asked for many of its places.
    known: dict[int, dict[str | int, int]] = field(default_factory=dict, compare=False, repr=False)

    def span(self, path: Sequence[str | int] = ()) -> SourceSpan:
        """Return the place of the value at `path`; of the nearest one around it where there is none."""
        at = _skip(self.text, 0)
        for step in path:
            if at not in self.known:
                self.known[at] = _children(self.text, at)
            if step not in self.known[at]:
                break
            at = self.known[at][step]
        return _span(self.text, self.file, at)


def read_json(data: bytes, file: str) -> JsonText | Diagnostic:
    """Read a document; the finding instead where it is none."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        span = _span(before + " ", file, len(before))
        return Diagnostic(code="MW-C232", message="the file is not text in UTF-8", span=span, fix="save it as UTF-8")
    half = _HALF.search(text)
    if half:
        message = f"{half[1]} is half of a character, which no text can hold"
        return Diagnostic(code="MW-C232", message=message, span=_span(text, file, half.start(1)), fix="take it out")
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:]
        is_cut = error.pos >= len(text.rstrip())
        message = f"the file is no JSON: {what}" + (" (it ends there)" if is_cut else "")
        fix = "get the file again: it is cut off" if is_cut else "correct the file, or name its format with --from"
        return Diagnostic(code="MW-C232", message=message, span=_span(text, file, error.pos), fix=fix)
    except _NoNumber as error:
        place = _span(text, file, max(text.find(str(error)), 0))
        message = f"{error} is no number of JSON"
        return Diagnostic(code="MW-C232", message=message, span=place, fix="write null, or a number")
    except (RecursionError, ValueError) as error:
        what = "it is nested too deeply" if isinstance(error, RecursionError) else str(error).partition(";")[0]
        message = f"the file cannot be read as JSON: {what}"
        return Diagnostic(code="MW-C232", message=message, span=SourceSpan(file=file), fix="write it more plainly")
    return JsonText(file=file, text=text, value=value)


class _NoNumber(ValueError):
    """NaN or an infinity, which Python reads and JSON does not know."""


def _refuse(word: str) -> None:
    raise _NoNumber(word)


def _span(text: str, file: str, offset: int) -> SourceSpan:
    before = text[:offset]
    line = before.count("\n") + 1
    return SourceSpan(file=file, line=line, column=offset - (before.rfind("\n") + 1) + 1)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _children(text: str, at: int) -> dict[str | int, int]:
    """Return where the members of the object, or the items of the array, that begins at `at` begin; nothing for others."""
    found: dict[str | int, int] = {}
    opening = text[at : at + 1]
    if opening not in {"{", "["}:
        return found
    at = _skip(text, at + 1)
    while text[at : at + 1] not in {"}", "]"}:
        key: str | int = len(found)
        if opening == "{":
            key, end = scanstring(text, at + 1, True)
            at = _skip(text, _skip(text, end) + 1)
        found[key] = at
        _, end = _DECODER.raw_decode(text, at)
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    return found
