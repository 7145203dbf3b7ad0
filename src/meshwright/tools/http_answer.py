"""What an answer over HTTP means: refused or not, retryable or not, and the values that are picked from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from meshwright.tools.http_options import Call, is_expected
from meshwright.tools.jsonpath import parse_path
from meshwright.tools.protocol import Json, ToolFailed
from meshwright.tools.replies import hidden, words_of
from meshwright.tools.requests import Reply


def refuse_unexpected(answer: Reply, call: Call, expect: Json) -> None:
    """Raise ToolFailed, in the server's words, where the status is not one that is expected."""
    if is_expected(answer.status, expect):
        return
    said, waits = words_of(answer.body), _wait_s(answer, dt.datetime.now(dt.UTC))
    raise ToolFailed(
        hidden(
            f"{call.shown} answered {status_words(answer.status)}"
            + (f": {said}" if said else "")
            + (f" (it asks to wait {waits} s)" if waits is not None else ""),
            answer.secrets,
        ),
        is_retryable=is_retryable_status(answer.status),
    )


def is_retryable_status(status: int) -> bool:
    """Whether the same call may be answered otherwise later: too many calls, or the server's own failure."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500


def status_words(status: int) -> str:
    """Return a status with its name: ``404 Not Found``."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def document_of(answer: Reply, call: Call) -> Json:
    """Return the answer as JSON. Raises ToolFailed where it is none."""
    encoding = answer.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise ToolFailed(f"the answer of {call.shown} is packed as {encoding!r}, unasked", is_retryable=False)
    try:
        found: Json = answer.json()
    except ToolFailed as failure:
        raise ToolFailed(str(failure), is_retryable=False) from failure  # the call had its effect, and is not repeated
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


def _wait_s(answer: Reply, now: dt.datetime) -> int | None:
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
