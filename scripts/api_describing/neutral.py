"""Takes out of examples what is of one machine, one run and one moment: two generations give the same file.

What differs from run to run gets a stand-in by the order in which it is first met, the same one wherever it stands again; an id
stays an id of its length, so that an example still reads like an answer.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Where the mesh of the examples lies, who works there, on what, and when.
ROOT, PERSON, HOST = "/srv/meshes/aviation", "ana@laptop", "laptop"
MOMENT = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)

#: Fields whose values are measured, or of the machine, with what stands there instead.
_FIELDS: Mapping[str, Any] = {
    "seconds": 0.25,
    "cpu_s": 0.2,
    "rows_per_s": 100000.0,
    "bytes": 256,
    "bytes_read": 4096,
    "bytes_written": 2048,
    "size_bytes": 2048,
    "host": HOST,
    "pid": 4711,
    "cores": 2,
    "memory_bytes": 8589934592,
    "system": "Linux 6.8.0 x86_64",
    "python": "3.12.4",
}
#: The number of an event: how many came before it depends on how often something was looked at.
_EVENT_NUMBER = 42
_SIGNS = {
    "run": r"\d{8}T\d{6}-(?:[0-9a-f]{12}|[0-9a-f]{6})",
    "time": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?",
    "uuid": r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",
    "secret": r"mwt_[0-9a-f]{12}_[A-Za-z0-9_-]{43}",
    "signing": r"whsec_[A-Za-z0-9+/=]+",
    "id": r"(?<![A-Za-z0-9])[0-9a-f]{12,64}(?![A-Za-z0-9])",
    "cursor": r"\bWzEs[A-Za-z0-9_.-]+",
    "duration": r"\b\d+(?:\.\d+)? s\b",
}
_SIGN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _SIGNS.items()))


@dataclass(kw_only=True)
class Neutral:
    """Puts stand-ins into values."""

    #: Where the mesh lay, and who made it.
    root: str
    person: str
    #: When its making began, and when the last example was answered.
    began: dt.datetime
    ended: dt.datetime
    _known: dict[str, str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def __call__(self, value: Any, key: str = "") -> Any:
        """Return a value, which stands under a key, with its stand-ins."""
        if key in _FIELDS and value is not None and not isinstance(value, dict | list):
            return _FIELDS[key]
        if isinstance(value, dict):
            if {"source", "number"} <= value.keys():
                value = {**value, "number": _EVENT_NUMBER}
            unit = str(value.get("unit", ""))  # of the numbers beside it
            return {
                self(name): self(each, unit if unit and isinstance(each, int | float) else name)
                for name, each in value.items()
            }
        if isinstance(value, list):
            return [self(each, key) for each in value]
        if isinstance(value, str):
            text = value.replace(self.root, ROOT).replace(self.person, PERSON)
            if text in {f"{self.began:%Y-%m-%d}", f"{self.ended:%Y-%m-%d}"}:
                return f"{MOMENT:%Y-%m-%d}"
            return _SIGN.sub(self._instead, text)
        return value

    def _instead(self, found: re.Match[str]) -> str:
        text, kind = found[0], str(found.lastgroup)
        if kind == "time":
            return self._moment(text)
        if kind == "duration":
            return "0.3 s"
        if text not in self._known:
            self._counts[kind] = number = self._counts.get(kind, 0) + 1
            self._known[text] = _STAND_INS[kind](text, number, self)
        return self._known[text]

    def _moment(self, text: str) -> str:
        """Return the fixed moment, so many days later as it was; times of the data, and of what was asked, stay."""
        at = dt.datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
        if "." not in text and not self.began.replace(microsecond=0) <= at <= self.ended:
            return text
        days = round((at - self.began) / dt.timedelta(days=1))
        stands = (MOMENT + dt.timedelta(days=days)).strftime(f"%Y-%m-%d{text[10]}%H:%M:%S")
        return stands + (found[0] if (found := re.search(r"(Z|\+00:00)$", text)) else "")


def _digits(kind: str, number: int, length: int) -> str:
    return hashlib.sha256(f"{kind} {number}".encode()).hexdigest()[:length]


def _run(text: str, number: int, _: Neutral) -> str:
    return f"{MOMENT:%Y%m%dT%H%M%S}-{_digits('run', number, len(text.rpartition('-')[2]))}"


def _uuid(_text: str, number: int, _: Neutral) -> str:
    found = _digits("uuid", number, 30)
    return f"{found[:8]}-{found[8:12]}-5{found[12:15]}-8{found[15:18]}-{found[18:30]}"


def _secret(text: str, number: int, neutral: Neutral) -> str:
    return f"mwt_{neutral(text[4:16])}_{'example-' * 5}{number:03}"


def _signing(_text: str, number: int, _: Neutral) -> str:
    return f"whsec_{'example/' * 5}{number:03}="


def _id(text: str, number: int, _: Neutral) -> str:
    return _digits("id", number, len(text))


def _cursor(_text: str, number: int, _: Neutral) -> str:
    return f"WzEsIm5leHQi{number:03}"


_STAND_INS: Mapping[str, Callable[[str, int, Neutral], str]] = {
    "run": _run,
    "uuid": _uuid,
    "secret": _secret,
    "signing": _signing,
    "id": _id,
    "cursor": _cursor,
}
