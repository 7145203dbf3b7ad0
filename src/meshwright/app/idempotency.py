"""Keys of idempotency: a request that is sent again under its key is answered again, and not done again.

The key is noted before anything is done, and the answer after: what is killed in between did something or nothing, and
nobody can tell which. Such a key is refused from then on; the refusal says what to look at.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from meshwright.app.processes import is_gone, this_holder
from meshwright.diagnostics import Diagnostic, InputError, RefusedError
from meshwright.frozen import dataclass
from meshwright.model.keyed import KeyedRequest
from meshwright.state.protocol import Keyed

#: How long a key is known; garbage collection forgets it after that.
KEYS_KEPT = dt.timedelta(days=7)
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


def once(requests: Keyed, wish: KeyedWish, work: Callable[[], KeyedAnswer]) -> KeyedAnswer:
    """Do `work`, once for a key, and return its answer; the same answer where it was done before.

    What `work` raises is forgotten with the key: nothing was done then, and the same key may be tried again. Raises
    InputError (MW-U002) where the key stands for another request, RefusedError (MW-U003) while that one goes on, and
    (MW-U004) where it was cut off.
    """
    request = KeyedRequest(
        token=wish.token, key=require_key(wish.key), digest=wish.digest, holder=this_holder(), at=wish.at
    )
    standing = requests.begin(request)
    if standing is not None:
        return _replayed(standing, wish)
    try:
        answer = work()
    except BaseException:
        requests.abandon(request)
        raise
    requests.end(request, answer.status, answer.document)
    return answer


def _replayed(standing: KeyedRequest, wish: KeyedWish) -> KeyedAnswer:
    if standing.digest != wish.digest:
        raise InputError(
            Diagnostic(
                code="MW-U002",
                message=f"the key of idempotency '{wish.key}' was sent with another request before; nothing was changed",
                fix="send a new key with each new request",
            )
        )
    if standing.status is not None and standing.answer is not None:
        return KeyedAnswer(status=standing.status, document=standing.answer, is_replayed=True)
    if is_gone(standing.holder):
        raise RefusedError(
            Diagnostic(
                code="MW-U004",
                message=f"the request under the key '{wish.key}' was cut off: how far it came is not known",
                fix="look at what it was about (mw env show, mw runs list), and send what is still wanted with a new key",
            )
        )
    raise StillAnswering(
        Diagnostic(
            code="MW-U003",
            message=f"the request under the key '{wish.key}' is being answered",
            fix="send it again in a moment, with the same key: the answer is kept",
        )
    )
