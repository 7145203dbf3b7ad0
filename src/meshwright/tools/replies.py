"""What a server says, made fit for a message: the words out of its JSON or its page, without secrets, and short."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from itertools import islice

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
