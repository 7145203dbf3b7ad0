"""What an answer over HTTP means: refused or not, retryable or not, and the values that are picked from it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from meshwright.tools.http_call import ANSWER_BYTES, Answer, shown_url
from meshwright.tools.http_options import is_expected
from meshwright.tools.jsonpath import parse_path
from meshwright.tools.protocol import Json, ToolFailed

_TOO_MANY = 429
#: Characters of an answer that a failure repeats.
_QUOTED = 500


def refuse_unexpected(answer: Answer, expect: Json, *, now: dt.datetime | None = None) -> None:
    """Raise ToolFailed, in the server's words, where the status is not one that is expected."""
    if is_expected(answer.status, expect):
        return
    said = _said(answer)
    waits = _wait_s(answer, now or dt.datetime.now(dt.UTC))
    raise ToolFailed(
        f"{shown_url(answer.url)} answered {answer.status} {answer.reason}".rstrip()
        + (f": {said}" if said else "")
        + (f" (it asks to wait {waits} s)" if waits is not None else ""),
        is_retryable=is_retryable_status(answer.status),
    )


def is_retryable_status(status: int) -> bool:
    """Whether the same call may be answered otherwise later: too many calls, or the server's own failure."""
    return status == _TOO_MANY or status >= 500


def document_of(answer: Answer) -> Json:
    """Return the answer as JSON. Raises ToolFailed where it is none, or larger than what is read."""
    where = shown_url(answer.url)
    if not answer.is_whole:
        raise ToolFailed(f"the answer of {where} is larger than {ANSWER_BYTES // 1024} KB", is_retryable=False)
    encoding = answer.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise ToolFailed(f"the answer of {where} is packed as {encoding!r}, unasked", is_retryable=False)
    try:
        found: Json = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        said = _said(answer) or "nothing"
        raise ToolFailed(f"the answer of {where} is not JSON: {said}", is_retryable=False) from error
    return found


def picked(document: Json, values: Json, *, where: str) -> dict[str, Json]:
    """Return the values that are named by paths. Raises ToolFailed, naming the path that leads nowhere."""
    if not isinstance(values, Mapping):
        return {}
    found = {}
    for name, path in values.items():
        try:
            found[name] = parse_path(str(path)).pick(document)
        except LookupError as error:
            raise ToolFailed(
                f"value '{name}' is not in the answer of {where}: {error.args[0]}", is_retryable=False
            ) from error
    return found


def _said(answer: Answer) -> str:
    """Return the beginning of an answer on one line, of what can be shown."""
    text = " ".join(answer.body[: _QUOTED * 4].decode("utf-8", "replace").split())
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return text if len(text) <= _QUOTED else text[:_QUOTED] + " ..."


def _wait_s(answer: Answer, now: dt.datetime) -> int | None:
    """Return the seconds of Retry-After, a number or a date (RFC 9110, 10.2.3); None where there is none that can be read."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal() and len(text) < 9:
        return int(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo is not None else until.replace(tzinfo=dt.UTC)
    return max(0, round((until - now).total_seconds()))
