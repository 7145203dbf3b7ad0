"""What a server refuses, as exceptions: one class for each status, with the diagnostic's code and fix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any  # decoded JSON

import httpx

_MEDIA_TYPE = "application/problem+json"
#: On answers of verbs.
_EXIT_STATUS = "Meshwright-Exit-Status"


class ClientError(Exception):
    """Anything that a call of this package raises."""


class Unreachable(ClientError):
    """No answer came: the server is not there, or the connection broke. Trying again can help."""


class UnexpectedAnswer(ClientError):
    """An answer that is none of a meshwright server."""

    def __init__(self, message: str, answer: httpx.Response) -> None:
        super().__init__(message)
        #: The answer itself, read.
        self.answer = answer


class Problem(ClientError):
    """A server said no (RFC 9457), or answered with a document that says no, such as that of a promotion a test stopped.

    `str(problem)` is what is wrong and what to do.
    """

    def __init__(self, document: Mapping[str, Any], answer: httpx.Response) -> None:
        self.document = document
        self.status = answer.status_code
        #: The answer itself, read.
        self.answer = answer
        #: Whether the document is a problem, and not one that says no in a form of its own.
        self.is_problem_document = _kind(answer) == _MEDIA_TYPE
        #: Code of the diagnostic, such as ``MW-R013``.
        self.code = str(document.get("code") or "")
        self.detail = str(document.get("detail") or document.get("title") or f"status {answer.status_code}")
        self.fix = str(document.get("fix") or "")
        #: Whether the same request can succeed later.
        self.is_retryable = bool(document.get("retryable"))
        #: Seconds after which the server is to be asked again, where it says so (`Retry-After`).
        self.retry_after_s = _seconds(answer.headers.get("retry-after", ""))
        #: All findings, each as ``meshwright/error/1`` has them.
        found = document.get("diagnostics")
        self.diagnostics: tuple[Mapping[str, Any], ...] = tuple(found) if isinstance(found, list) else ()
        super().__init__(" ".join(part for part in (self.code, self.detail, self.fix and f"({self.fix})") if part))


class Malformed(Problem):
    """400: the request is malformed."""


class Unauthorized(Problem):
    """401: a token is needed, or this one is not good any more."""


class Forbidden(Problem):
    """403: the token may not do this."""


class NotFound(Problem):
    """404: there is no such object."""


class Refused(Problem):
    """409: the answer is no; nothing was changed."""


class Gone(Problem):
    """410: it was there, and is no more."""


class Changed(Problem):
    """412: what `if_match` named is not what stands; nothing was changed."""


class TooLarge(Problem):
    """413: more than the server takes."""


class WrongInput(Problem):
    """422: the input is wrong."""


class TooMany(Problem):
    """429: too many requests."""


class Unavailable(Problem):
    """503: the server cannot do it now."""


_CLASSES: Mapping[int, type[Problem]] = {
    400: Malformed,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Refused,
    410: Gone,
    412: Changed,
    413: TooLarge,
    422: WrongInput,
    429: TooMany,
    503: Unavailable,
}


def problem_of(answer: httpx.Response) -> ClientError:
    """Return the exception for an answer of status 400 or more, whose body was read."""
    try:
        document = {} if _EXIT_STATUS in answer.headers and _kind(answer) == "text/plain" else answer.json()
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not (_kind(answer) == _MEDIA_TYPE or _EXIT_STATUS in answer.headers):
        asked = f"{answer.request.method} {answer.request.url}"
        return UnexpectedAnswer(f"{asked}: status {answer.status_code}, and no problem", answer)
    return _CLASSES.get(answer.status_code, Problem)(document, answer)


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() else None


def _kind(answer: httpx.Response) -> str:
    return str(answer.headers.get("content-type", "")).partition(";")[0].strip()
