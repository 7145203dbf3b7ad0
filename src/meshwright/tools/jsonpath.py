"""Paths into JSON documents: JSONPath of RFC 9535 without filters and functions.

``$.run.id`` and ``$["run"]["id"]`` name one value; ``$.runs[*].id``, ``$.runs[1:3]``, ``$..id`` and ``$.runs[0, 2]`` name a
list of values, in document order. Indexes count from 0, negative ones from the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from meshwright.frozen import dataclass
from meshwright.tools.protocol import Json

_BLANK = re.compile(r"[ \t\n\r]*")
_NAME = re.compile(r"[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_\u0080-\U0010ffff]*")
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"' + r"|'(?:[^'\\\x00-\x1f]|\\.)*'")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)")
#: Whole numbers that every JSON reader keeps exactly (RFC 7493).
_LARGEST = 2**53 - 1
#: Names that a message lists of what is there.
_LISTED = 12


class PathError(ValueError):
    """A text that is no path. `str` says what is wrong and where."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Every:
    """The selector ``*``."""


#: A name, an index, a slice or everything.
Selector = str | int | slice | Every


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """One step of a path: selectors that are applied to each value, or to it and all that is below."""

    selectors: tuple[Selector, ...]
    is_descendant: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """A path that was read."""

    text: str
    segments: tuple[Segment, ...]

    @property
    def is_single(self) -> bool:
        """Whether it names one value at most."""
        return all(
            not segment.is_descendant and len(segment.selectors) == 1 and isinstance(segment.selectors[0], str | int)
            for segment in self.segments
        )

    def values(self, document: Json) -> list[Json]:
        """Return every value that it names, in document order."""
        found = [document]
        for segment in self.segments:
            within = [below for value in found for below in _descendants(value)] if segment.is_descendant else found
            found = [
                chosen for value in within for selector in segment.selectors for chosen in _selected(value, selector)
            ]
        return found

    def pick(self, document: Json) -> Json:
        """Return the value that it names, or all in a list where it may name several. Raises LookupError, with what is there."""
        if not self.is_single:
            return self.values(document)
        value = document
        for segment in self.segments:
            found = list(_selected(value, segment.selectors[0]))
            if not found:
                raise LookupError(f"there is no {self.text}: {_missing(value, segment.selectors[0])}")
            value = found[0]
        return value


def parse_path(text: str) -> Path:
    """Read a path. Raises PathError."""
    if not text.startswith("$"):
        raise PathError("a path begins with $, as $.id does")
    segments = []
    at = 1
    while at < len(text):
        at = _after_blank(text, at)
        segment, at = _segment(text, at)
        segments.append(segment)
    return Path(text=text, segments=tuple(segments))


def _segment(text: str, at: int) -> tuple[Segment, int]:
    is_descendant = text.startswith("..", at)
    if is_descendant and text.startswith("[", at + 2):
        selectors, at = _bracketed(text, at + 2)
        return Segment(selectors=selectors, is_descendant=True), at
    if text.startswith("[", at):
        selectors, at = _bracketed(text, at)
        return Segment(selectors=selectors), at
    if not text.startswith(".", at):
        raise _wrong(text, at, "a step begins with . or [")
    at += 2 if is_descendant else 1
    if text.startswith("*", at):
        return Segment(selectors=(Every(),), is_descendant=is_descendant), at + 1
    name = _NAME.match(text, at)
    if name is None:
        raise _wrong(text, at, 'a name stands here; one of other characters is written ["so"]')
    return Segment(selectors=(name[0],), is_descendant=is_descendant), name.end()


def _bracketed(text: str, at: int) -> tuple[tuple[Selector, ...], int]:
    selectors = []
    while True:
        at = _after_blank(text, at + 1)
        selector, at = _selector(text, at)
        selectors.append(selector)
        at = _after_blank(text, at)
        if text.startswith("]", at):
            return tuple(selectors), at + 1
        if not text.startswith(",", at):
            raise _wrong(text, at, "] is missing")


def _selector(text: str, at: int) -> tuple[Selector, int]:
    if text.startswith("?", at):
        raise _wrong(text, at, "filters are not read")
    if text.startswith("*", at):
        return Every(), at + 1
    quoted = _QUOTED.match(text, at)
    if quoted is not None:
        return _unquoted(text, at, quoted[0]), quoted.end()
    start, at = _whole_number(text, at)
    after = _after_blank(text, at)
    if not text.startswith(":", after):
        if start is None:
            raise _wrong(text, at, "a name in quotes, a number, a slice (1:3) or * stands here")
        return start, at
    stop, at = _whole_number(text, _after_blank(text, after + 1))
    step, after = None, _after_blank(text, at)
    if text.startswith(":", after):
        step, at = _whole_number(text, _after_blank(text, after + 1))
    return slice(start, stop, step), at


def _whole_number(text: str, at: int) -> tuple[int | None, int]:
    found = _INTEGER.match(text, at)
    if found is None:
        return None, at
    number = int(found[0]) if len(found[0]) < 20 else _LARGEST + 1
    if abs(number) > _LARGEST:
        raise _wrong(text, at, "the number is too large")
    return number, found.end()


def _unquoted(text: str, at: int, quoted: str) -> str:
    mark = quoted[0]

    def plain(match: re.Match[str]) -> str:
        escaped = match[1]
        if escaped == mark:
            return json.dumps(mark)[1:-1]
        if escaped[0] in "u/\\bfnrt" and (escaped[0] != "u" or len(escaped) == 5):
            return match[0]
        raise _wrong(text, at, f"\\{escaped} means nothing in a name")

    inner = _ESCAPE.sub(plain, quoted[1:-1])
    if mark == "'":  # for JSON's reader the other quote is the one that ends a text
        inner = re.sub(r'(\\.)|"', lambda match: match[1] or '\\"', inner)
    name: str = json.loads(f'"{inner}"')
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise _wrong(text, at, "half of a surrogate pair is no character")
    return name


def _after_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    assert found is not None
    return found.end()


def _wrong(text: str, at: int, what: str) -> PathError:
    return PathError(f"{text!r} is no path at character {at + 1}: {what}")


def _selected(value: Json, selector: Selector) -> Iterable[Json]:
    found: Iterable[Json] = ()
    if isinstance(value, Mapping):
        if isinstance(selector, Every):
            found = value.values()
        elif isinstance(selector, str) and selector in value:
            found = (value[selector],)
    elif isinstance(value, list | tuple):
        if isinstance(selector, Every):
            found = value
        elif isinstance(selector, slice):
            found = value[selector] if selector.step != 0 else ()
        elif isinstance(selector, int) and -len(value) <= selector < len(value):
            found = (value[selector],)
    return found


def _descendants(value: Json) -> Iterator[Json]:
    """Give a value and all that is below it, parents first. Keeps its own stack: documents may be deep."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        yield found
        if isinstance(found, Mapping):
            waiting.extend(reversed(list(found.values())))
        elif isinstance(found, list | tuple):
            waiting.extend(reversed(found))


def _missing(value: Json, selector: Selector) -> str:
    """Say why a step found nothing."""
    if isinstance(value, Mapping):
        names = ", ".join(list(value)[:_LISTED]) + (", ..." if len(value) > _LISTED else "")
        return f"no {selector!r} among {names}" if names else f"no {selector!r} in an empty object"
    if isinstance(value, list | tuple):
        return f"no {selector!r} in a list of {len(value)}"
    return f"no {selector!r} in {json.dumps(value)[:40]}"
