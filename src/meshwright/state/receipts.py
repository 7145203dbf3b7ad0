"""What a request under a key is answered, recorded in the very transaction that does what it asks for.

`settling` names the receipt for the change of a block; `state.transactions` writes it with that, so that both are there or neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any  # what a transaction gives, of any type

from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass
from meshwright.model.keyed import KeyedRequest
from meshwright.state.codec import storable
from meshwright.state.connection import Connection
from meshwright.state.errors import Fenced

_SETTLE = (
    'UPDATE keyed SET answer = ? WHERE token = ? AND "key" = ? AND holder = ? AND status IS NULL AND answer IS NULL'
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What is written beside a change."""

    request: KeyedRequest
    #: Makes the answer, a JSON document, of what the transaction gives; None: nothing was done, and nothing is written.
    told: Callable[[Any], str | None]

    def write(self, connection: Connection, result: object) -> None:
        """Write the answer. Raises Fenced (MW-U003), which undoes the transaction, where another process has the request."""
        answer, request = self.told(result), self.request
        if answer is None:
            return
        values = (storable(answer), request.token, request.key, request.holder)
        if connection.change(_SETTLE, values) != 1:
            raise Fenced(
                Diagnostic(
                    code="MW-U003",
                    message=f"the request under the key '{request.key}' is answered elsewhere by now; nothing was changed here",
                    fix="send it again in a moment, with the same key: the answer is kept",
                )
            )


_RECEIPT: ContextVar[Receipt | None] = ContextVar("meshwright_receipt", default=None)


@contextmanager
def settling(receipt: Receipt) -> Iterator[None]:
    """Let the one change of this block write a receipt. A block holds no second change: it would find the receipt written."""
    token = _RECEIPT.set(receipt)
    try:
        yield
    finally:
        _RECEIPT.reset(token)


def current_receipt() -> Receipt | None:
    """Return what is to be written with a change that begins now; None: nothing."""
    return _RECEIPT.get()
