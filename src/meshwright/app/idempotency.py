"""Keys of idempotency: a request that is sent again under its key is answered again, and not done again.

The key is noted before anything is done. What a request is answered is noted in the transaction that does what it asks for
(`settles`, docs/adr/0055): of what was killed in between it is known whether it was done. What was not is done by whoever sends
it again; what was is answered from what was noted.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any  # answers of verbs, each of its own type

from meshwright.app.processes import is_gone, is_of_this_host, this_holder
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, InputError, RefusedError
from meshwright.frozen import dataclass
from meshwright.model.keyed import KeyedRequest
from meshwright.state.protocol import Keyed
from meshwright.state.receipts import Receipt, settling

#: How long a key is known; garbage collection forgets it after that.
KEYS_KEPT = dt.timedelta(days=7)
#: Of a process on another host nothing is known; after so long its request is taken over. Was it alive, it changes nothing more:
#: what it does finds its request another one's.
_ELSEWHERE = dt.timedelta(hours=1)
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyedAnswer:
    """What a request was answered."""

    status: int
    #: A JSON document.
    document: str
    #: Whether it is the answer to the same request of before.
    is_replayed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyedWish:
    """A request under a key."""

    token: str
    key: str
    #: Of all that makes the request: method, path and body.
    digest: str
    at: dt.datetime


class StillAnswering(RefusedError):
    """The same request is being answered by another thread or process."""


def require_key(key: str) -> str:
    """Return a key as given. Raises InputError (MW-U001) for one that is empty, long, or holds other signs than ASCII's."""
    if not _KEY.fullmatch(key):
        raise InputError(
            Diagnostic(
                code="MW-U001",
                message="the key of idempotency is empty, longer than 200 signs, or holds blanks or signs beyond ASCII",
                fix="send a new random one with each new request, for example a UUID",
            )
        )
    return key


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyedWork:
    """What a request under a key does."""

    #: Does it, and returns the answer of its verb.
    do: Callable[[], Any]
    #: Renders the answer of the verb.
    told: Callable[[Any], KeyedAnswer]
    #: Completes what was noted of a request that was done by who is gone: what comes after the change is made up for.
    finish: Callable[[KeyedAnswer], KeyedAnswer] = lambda noted: noted


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """The request that this thread answers."""

    requests: Keyed
    request: KeyedRequest
    told: Callable[[Any], KeyedAnswer]


_ASKED: ContextVar[_Asked | None] = ContextVar("meshwright_asked", default=None)


@contextmanager
def settles(answer: Callable[[Any], Any]) -> Iterator[None]:
    """Say that the one change of the state in this block does what is asked for; `answer` makes the verb's answer of its result.

    Where a request under a key is being answered, that is noted in the transaction of the change. `answer` gives None where the
    result says that nothing was done. It must read nothing from the state.
    """
    asked = _ASKED.get()
    if asked is None:
        yield
        return
    with settling(Receipt(request=asked.request, told=lambda result: _noted(asked, answer(result)))):
        yield


def settles_now(answer: object) -> None:
    """Note what is going to be answered, before what is asked for is done outside the state. Whoever finishes it looks there."""
    asked = _ASKED.get()
    if asked is not None:
        asked.requests.settle(asked.request, str(_noted(asked, answer)))


def _noted(asked: _Asked, answer: object) -> str | None:
    if answer is None:
        return None
    told = asked.told(answer)
    return f"{told.status} {told.document}"


def once(requests: Keyed, wish: KeyedWish, work: KeyedWork) -> KeyedAnswer:
    """Do `work`, once for a key, and return its answer; the same answer where it was done before.

    What `work` raises is forgotten with the key: nothing was done then, and the same key may be tried again. What was cut off
    before it was done is done now; what was cut off after is finished, and answered. Raises InputError (MW-U002) where the key
    stands for another request, RefusedError (MW-U003) while that one goes on.
    """
    request = KeyedRequest(
        token=wish.token, key=require_key(wish.key), digest=wish.digest, holder=this_holder(), at=wish.at
    )
    standing = requests.begin(request)
    if standing is not None:
        if standing.digest != wish.digest:
            raise _of_another(wish)
        if standing.status is not None and standing.answer is not None:
            return KeyedAnswer(status=standing.status, document=standing.answer, is_replayed=True)
        if not _is_left(standing, wish.at) or not requests.take_over(standing, request):
            raise _still_answering(wish)
    try:
        if standing is not None and standing.answer is not None:
            status, _, document = standing.answer.partition(" ")
            answer = work.finish(KeyedAnswer(status=int(status), document=document, is_replayed=True))
        else:
            reached(CrashPoint.REQUEST_NOTED)
            answer = _done(_Asked(requests=requests, request=request, told=work.told), work)
        reached(CrashPoint.REQUEST_DONE)
    except BaseException:
        requests.abandon(request)
        raise
    requests.end(request, answer.status, answer.document)
    reached(CrashPoint.REQUEST_KEPT)
    return answer


def _done(asked: _Asked, work: KeyedWork) -> KeyedAnswer:
    token = _ASKED.set(asked)
    try:
        return work.told(work.do())
    finally:
        _ASKED.reset(token)


def _is_left(standing: KeyedRequest, now: dt.datetime) -> bool:
    """Whether nobody answers a request any more: its process is gone, or let go of it."""
    holder = standing.holder
    return not holder or is_gone(holder) or (not is_of_this_host(holder) and now - standing.at > _ELSEWHERE)


def _of_another(wish: KeyedWish) -> InputError:
    return InputError(
        Diagnostic(
            code="MW-U002",
            message=f"the key of idempotency '{wish.key}' was sent with another request before; nothing was changed",
            fix="send a new key with each new request",
        )
    )


def _still_answering(wish: KeyedWish) -> StillAnswering:
    return StillAnswering(
        Diagnostic(
            code="MW-U003",
            message=f"the request under the key '{wish.key}' is being answered",
            fix="send it again in a moment, with the same key: the answer is kept",
        )
    )
