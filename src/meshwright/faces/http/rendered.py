"""Answers that are kept as they were sent, for as long as what they were made from is the same.

An answer's entity tag is the hash of what is sent: another process, or this one after a restart, gives the same answer the
same tag. The stamp is never seen by callers; it says without making the answer that it would be the same.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

from fastapi import Request, Response
from xxhash import xxh3_128_hexdigest

from meshwright.faces.http.answering import ASCII, COLOR, WIDTH, respond
from meshwright.faces.http.callers import caller_of
from meshwright.faces.http.etags import is_known, not_modified
from meshwright.faces.text.terminal import Look
from meshwright.frozen import dataclass

_T = TypeVar("_T")

#: All that is kept, and the largest answer that is, in bytes.
_MOST_BYTES = 16 * 1024 * 1024
_LARGEST_BYTES = 256 * 1024
#: What the rest of a kept answer takes, about.
_OVERHEAD_BYTES = 1500


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """An answer."""

    stamp: Hashable
    etag: str
    body: bytes
    headers: Mapping[str, str]


class RenderedAnswers:
    """Answers by who may see them, where they are, and how they are written; those asked for last. Safe for threads."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._answers: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, stamp: Hashable) -> _Kept | None:
        """Return the answer that is good for a stamp."""
        with self._lock:
            found = self._answers.get(key)
            if found is None or found.stamp != stamp:
                return None
            self._answers.move_to_end(key)
            return found

    def put(self, key: Hashable, answer: _Kept) -> None:
        """Keep an answer, unless it is too large."""
        if len(answer.body) > _LARGEST_BYTES:
            return
        with self._lock:
            before = self._answers.pop(key, None)
            self._answers[key] = answer
            self._bytes += _size(answer) - (_size(before) if before is not None else 0)
            while self._bytes > self._most_bytes:
                _, old = self._answers.popitem(last=False)
                self._bytes -= _size(old)


def rendered(request: Request, stamp: Hashable | None, make: Callable[[], Response]) -> Response:
    """Return the answer to a GET, which `make` renders unless it is kept for `stamp`; 304 where the caller has it.

    The stamp is taken before the answer is made. None: it cannot be told beforehand whether the answer would be the same.
    """
    answers: RenderedAnswers = request.app.state.rendered
    key = _key(request)
    kept = answers.get(key, stamp) if stamp is not None else None
    if kept is None:
        made = make()
        if made.status_code != 200:
            return made
        body = bytes(made.body)
        etag = f'"{xxh3_128_hexdigest(body + made.headers["content-type"].encode())}"'
        headers = {name: value for name, value in made.headers.items() if name != "content-length"}
        headers |= {"etag": etag, "cache-control": "private, no-cache", "vary": "Accept, Authorization, Cookie"}
        kept = _Kept(stamp=stamp, etag=etag, body=body, headers=headers)
        if stamp is not None:
            answers.put(key, kept)
    return not_modified(kept.etag) if is_known(request, kept.etag) else Response(kept.body, headers=dict(kept.headers))


def respond_kept(
    request: Request,
    stamp: Hashable | None,
    ask: Callable[[], _T],
    *,
    document: Callable[[_T], Mapping[str, object]],
    lines: Callable[[_T, Look], Iterable[str]],
    more: Callable[[_T], Mapping[str, object]] | None = None,
) -> Response:
    """Answer a GET with what `ask` returns, unless it is kept for `stamp`, as `rendered` does.

    `more` is what the answer by URL has besides the command line's document: links, the next page.
    """

    def make() -> Response:
        found = ask()
        return respond(
            request,
            document=lambda: {**document(found), **(more(found) if more is not None else {})},
            lines=lambda look: lines(found, look),
        )

    return rendered(request, stamp, make)


def _key(request: Request) -> Hashable:
    """Return who may see it, where it is, and how it is to be written."""
    principal = caller_of(request).principal
    rights = None if principal is None else (principal.role, principal.domain)
    headers = request.headers
    form = tuple(headers.get(name) for name in ("accept", WIDTH, COLOR, ASCII))
    return (rights, request.scope["raw_path"], request.scope["query_string"], form)


def _size(answer: _Kept) -> int:
    return len(answer.body) + _OVERHEAD_BYTES
