"""What must not be shown, in every form that a program may print it in, and texts without it.

A value comes back in error messages and logs as it is, and also quoted for a URL, in base64 (alone, and inside a
``user:password`` that was encoded as a whole), escaped in JSON or HTML, as Python shows it, and line by line.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from meshwright.model.references import Json

#: A shorter value hides nothing, and would tear holes into every message.
_SHORTEST = 3
#: An encoded piece of a value, or a line of it, is known again from this length on.
_SHORTEST_PIECE = 8
_HIDDEN = "***"
#: Settings say these openly, and messages are full of them.
_WORDS = frozenset({"true", "false", "null", "none", "yes", "off"})
#: Values of a URL's query may be tokens from this length on; shorter ones are words such as `require`.
_TOKEN = 12


class Hidden:
    """Remembers values and what is shown in their place. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: Form of a value -> what is shown instead.
        self._shown: dict[str, str] = {}
        #: The forms, longest first, and one pattern of all; None until asked for again.
        self._pattern: re.Pattern[str] | None = None

    def __repr__(self) -> str:
        return f"Hidden({len(self._shown)} forms)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("secrets do not leave the process")

    def add(self, value: Json, shown: str = _HIDDEN) -> None:
        """Hide a value, and every scalar inside a nested one; `shown` stands in its place."""
        for text in _texts(value):
            forms = [form for form in _forms(text) if len(form) >= _SHORTEST and form.lower() not in _WORDS]
            with self._lock:
                for form in forms:
                    self._shown.setdefault(form, shown)
                self._pattern = None
            self.add_parts(text)
            for part in _path_parts(text):
                self.add(part, shown)

    def add_parts(self, text: str) -> None:
        """Hide what is secret inside a URL: its password, and the long values of its query."""
        if "://" not in text:
            return
        try:
            parts = urlsplit(text)
            found = [parts.password or "", *(value for _, value in parse_qsl(parts.query) if len(value) >= _TOKEN)]
        except ValueError:
            return
        for secret in found:
            for form in {secret, unquote(secret)}:
                if form:
                    self.add(form)

    def hidden(self, text: str) -> str:
        """Return the text with every form of every hidden value replaced."""
        with self._lock:
            shown = self._shown
            if not shown:
                return text
            if self._pattern is None:
                longest_first = sorted(shown, key=lambda form: (-len(form), form))
                self._pattern = re.compile("|".join(map(re.escape, longest_first)))
            pattern = self._pattern
            # One search for each form is fast; the pattern of all of them is not, and is for texts that hold one.
            if not any(form in text for form in shown):
                return text
        return pattern.sub(lambda match: shown[match[0]], text)


def _path_parts(text: str) -> Iterator[str]:
    """Yield what follows the host of an address that is a secret as a whole: libraries name it alone, and quote it anew."""
    if "://" not in text:
        return
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return
    path = parts.path.lstrip("/")
    for part in (path, f"{path}?{parts.query}" if parts.query else ""):
        if len(part) >= _SHORTEST_PIECE:
            yield part
    yield from (segment for segment in path.split("/") if len(segment) >= _TOKEN)


def _texts(value: Json) -> Iterator[str]:
    """Yield the texts that a value would be printed as; true, false and null give nothing away."""
    if isinstance(value, str):
        yield value
        if value.startswith(("{", "[")):
            try:
                inner = json.loads(value)
            except (ValueError, RecursionError):
                return
            yield from _texts(inner)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        yield json.dumps(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    else:
        assert isinstance(value, list | tuple)
        for item in value:
            yield from _texts(item)


def _forms(value: str) -> Iterator[str]:
    stripped = value.strip()
    for text in dict.fromkeys((value, stripped)):
        yield text
        yield from _spelled(text)
        yield from _encoded(text.encode("utf-8", "surrogateescape"))
    collapsed = " ".join(value.split())
    yield collapsed
    lines = [line.strip() for line in value.splitlines()]
    if len(lines) > 1:
        for line in lines:
            if len(line) >= _SHORTEST_PIECE:
                yield line
                yield from _spelled(line)


def _spelled(text: str) -> Iterator[str]:
    """Yield the text as it stands in a URL, in JSON, in HTML and in Python."""
    data = text.encode("utf-8", "surrogateescape")
    yield quote(data, safe="")
    yield quote(data)
    yield quote_plus(data)
    yield unquote(text)
    for ascii_only in (True, False):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield once
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1]
    yield html.escape(text)
    yield html.escape(text, quote=False)
    yield repr(text)[1:-1]
    yield repr(data)[2:-1]
    yield text.replace("'", "''")
    yield "'\\''".join(text.split("'"))


def _encoded(data: bytes) -> Iterator[str]:
    """Yield the value in base64 and hexadecimal, and the part of it that stands in any longer text in base64."""
    if len(data) < _SHORTEST:
        return
    yield data.hex()
    yield data.hex().upper()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(data).decode("ascii")
        yield whole
        yield whole.rstrip("=")
        for before in range(3):
            # Four letters hold three bytes: what stands before the value shifts it, and the letters at both ends are shared.
            text = encode(b"\0" * before + data).decode("ascii").rstrip("=")
            first = (before * 4 + 2) // 3
            piece = text[first : len(text) - (1 if (before + len(data)) % 3 else 0)]
            if len(piece) >= _SHORTEST_PIECE:
                yield piece
