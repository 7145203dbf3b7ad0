"""CloudEvents 1.0.2 in JSON: one event in structured form, or a batch. All that is wrong is said, by event and attribute."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping

from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.frozen import dataclass
from meshwright.large_json import Rests, read_large_json
from meshwright.model import canonical_json

#: One event; the standard asks for at least 64 KiB.
MOST_BYTES = 1024 * 1024
MOST_EVENTS = 100_000
_REQUIRED = ("specversion", "id", "source", "type")
_TEXTS = ("id", "source", "type", "subject", "datacontenttype", "dataschema", "time")
_NAME = re.compile(r"[a-z0-9]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
#: What a URI reference cannot hold as it is.
_NOT_URI = re.compile(r"[\s<>\"{}|\\^`\x00-\x1f\x7f]|%(?![0-9A-Fa-f]{2})")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")
#: Control characters and what is no character (CloudEvents 1.0.2, section 3.1, String).
_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LEAST, _GREATEST = -(2**31), 2**31 - 1
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class CloudEvent:
    """A valid event."""

    source: str
    id: str
    type: str
    #: All of it as canonical JSON in structured form.
    document: str


def read_events(
    data: bytes, name: str, most: int = MOST_EVENTS
) -> tuple[tuple[CloudEvent, ...], tuple[Diagnostic, ...]]:
    """Return the events in a file, and what is wrong with it; where anything is, none is to be taken.

    More than `most` are refused before any of them is looked at (MW-B009).
    """
    try:
        found = read_large_json(data.decode("utf-8-sig"), parse_constant=_no_number)
    except json.JSONDecodeError as error:
        return (), (
            _finding(
                name,
                f"the file is no JSON: {error.msg}",
                "send a JSON object, or a list of them",
                error.lineno,
                error.colno,
            ),
        )
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        words = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        return (), (_finding(name, f"the file is no JSON: {words}", "send a JSON object, or a list of them, in UTF-8"),)
    items = found if isinstance(found, list) else [found]
    if len(items) > most:
        message = f"the batch brings {len(items):,} events; none was taken in"
        return (), (Diagnostic(code="MW-B009", message=message, fix=f"send {most:,} at a time at most"),)
    events: list[CloudEvent] = []
    findings: list[Diagnostic] = []
    rests = Rests()
    for place, item in enumerate(items):
        rests.now_and_then()
        where = f"event {place + 1}: " if isinstance(found, list) else ""
        problems = list(_problems(item))
        findings += [_finding(name, f"{where}{message}", fix) for message, fix in problems]
        if not problems:
            events.append(_event(item))
    return tuple(events), tuple(findings)


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is no JSON")


def _event(item: Mapping[str, object]) -> CloudEvent:
    # A null attribute is one that is absent; null data is data.
    kept = {key: value for key, value in item.items() if value is not None or key == "data"}
    return CloudEvent(
        source=str(item["source"]), id=str(item["id"]), type=str(item["type"]), document=canonical_json(kept)
    )


def _finding(name: str, message: str, fix: str, line: int = 1, column: int = 1) -> Diagnostic:
    return Diagnostic(code="MW-S031", message=message, span=SourceSpan(file=name, line=line, column=column), fix=fix)


def _problems(item: object) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an event, and how to mend it."""
    if not isinstance(item, dict):
        yield f"{_kind(item)} is no event", 'send an object with "specversion", "id", "source" and "type"'
        return
    if item.get("specversion") is not None and item["specversion"] != "1.0":
        yield f"specversion is {item['specversion']!r}", 'send events of "specversion": "1.0"'
    for name in _REQUIRED:
        if item.get(name) is None:
            yield f"'{name}' is missing", _fix_of(name)
    for name, value in item.items():
        if value is None or name in {"data", "data_base64", "specversion"}:
            continue
        yield from _attribute_problems(name, value)
    yield from _data_problems(item)
    try:
        json.dumps(item, ensure_ascii=False).encode()
        if len(json.dumps(item)) > MOST_BYTES:
            yield f"it is larger than {MOST_BYTES:,} bytes", "send a reference to the data in place of the data"
    except UnicodeEncodeError:
        yield "it holds half of a character (a lone surrogate)", "send whole characters"
    except ValueError:  # a number that is none, which the reader let through
        yield "it holds a number that JSON cannot", "send numbers alone"


def _fix_of(name: str) -> str:
    fixes = {
        "specversion": 'add "specversion": "1.0"',
        "id": 'add "id": what tells it from every other event of its source',
        "source": 'add "source": a URI or path of who sends it, such as "/shops/berlin"',
        "type": 'add "type": what happened, such as "org.example.bookings.closed"',
    }
    return fixes[name]


def _attribute_problems(name: str, value: object) -> Iterator[tuple[str, str]]:
    if not _NAME.fullmatch(name):
        yield (
            f"'{name[:60]}' is no name of an attribute",
            'names hold lower-case letters and digits; put the rest under "data"',
        )
        return
    if name in _TEXTS:
        if not isinstance(value, str) or not value:
            yield f"'{name}' is {_kind(value)}, not text that says something", f'write "{name}": "..."'
            return
    elif not isinstance(value, str | int):
        yield f"'{name}' is {_kind(value)}; an attribute is text, a whole number, true or false", 'put it under "data"'
        return
    elif not isinstance(value, bool | str) and not _LEAST <= value <= _GREATEST:
        yield f"'{name}' is {value}, beyond 32 bits", 'send it as text, or put it under "data"'
    if name in {"source", "dataschema"} and isinstance(value, str) and _NOT_URI.search(value):
        yield f"'{name}' {value[:80]!r} is no URI reference", "write other characters as %20 and the like"
    elif name == "dataschema" and isinstance(value, str) and not _SCHEME.match(value):
        yield f"'dataschema' {value[:80]!r} is no URI with a scheme", 'write "https://..."'
    if name == "time" and isinstance(value, str) and not _is_time(value):
        yield f"'time' {value[:60]!r} is no time", 'write it as RFC 3339 says: "2026-01-31T12:00:00Z"'
    if isinstance(value, str) and _NOT_TEXT.search(value):
        yield f"'{name}' holds a control character", "send text alone"


#: The minute of UTC in which there may be a second 60.
_LAST_MINUTE = 59


def _is_time(text: str) -> bool:
    if not _TIME.fullmatch(text):
        return False
    text = re.sub(r"(\.\d{1,6})\d*", r"\1", text.upper())
    # RFC 3339 knows second 60 (5.7), in which an hour of UTC may end, and Python does not.
    text, leaps = re.subn(r"(T\d\d:\d\d):60", r"\1:59", text)
    try:
        moment = dt.datetime.fromisoformat(text)
        return not leaps or moment.astimezone(dt.UTC).minute == _LAST_MINUTE
    except (ValueError, OverflowError):
        return False


def _data_problems(item: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    if item.get("data_base64") is None:
        return
    if "data" in item:
        yield "there are 'data' and 'data_base64'", "send one of them"
    encoded = item["data_base64"]
    if not isinstance(encoded, str) or not _BASE64.fullmatch(encoded):
        yield "'data_base64' is no Base64", 'send JSON under "data"'


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    if value == "":
        return "empty text"
    return names.get(type(value), "null")
