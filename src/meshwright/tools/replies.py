"""What a server says: its words made fit for a message, without secrets and short, and the members its JSON must have."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TypeVar

from meshwright.tools.protocol import ToolFailed

T = TypeVar("T")

#: Characters of a server's words in a message.
_LONGEST = 1000
_KEYS = (
    "detail", "message", "error_description", "error", "msg", "title", "reason", "errors", "exception_detail", "exception_message",
)  # fmt: skip
_NOT_TEXT = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def words_of(body: bytes) -> str:
    """Return what a reply says: the message in its JSON, else its text; empty where it says nothing."""
    text = body[: 64 * 1024].decode("utf-8", "replace")
    try:
        said = _message_of(json.loads(body))
    except (ValueError, RecursionError):
        said = html.unescape(_NOT_TEXT.sub(" ", text))
    return short(said)


def short(text: str, longest: int = _LONGEST) -> str:
    """Return a text in one line without control characters, cut where it is long."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= longest else line[: longest - 3].rstrip() + "..."


def hidden(text: str, secrets: Iterable[str]) -> str:
    """Return a text without secrets that stand in it."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _message_of(found: object, depth: int = 0) -> str:
    """Find the words in an error as servers write it: problem details, FastAPI's, GraphQL's and the like."""
    if depth > 4:
        return ""
    if isinstance(found, str):
        return found
    if isinstance(found, list):
        said = (_message_of(each, depth + 1) for each in found)
        return "; ".join(islice(filter(None, said), 5))
    if isinstance(found, Mapping):
        told = next(filter(None, (_message_of(found[key], depth + 1) for key in _KEYS if found.get(key))), "")
        where = found.get("loc")
        if told and isinstance(where, list):  # FastAPI: which part of the request is wrong
            return f"{'.'.join(str(part) for part in where)}: {told}"
        return told
    return ""


def member(found: object, name: str, kind: type[T], *, what: str) -> T:
    """Return a member of a JSON object that must be there. Raises ToolFailed where it is not, or is of another kind.

    `what` says whose reply it is: ``Airflow's reply about the DAG run``.
    """
    value = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ToolFailed(f"{what} is malformed: it has no {name!r}", is_retryable=True)
    return value


def moment(text: object) -> dt.datetime | None:
    """Return a time as servers write it, ``2026-11-30T11:24:52.73Z``; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
