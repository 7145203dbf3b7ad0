"""Requests under a key of idempotency, and what they were answered. One method, one transaction."""

from __future__ import annotations

import datetime as dt

from meshwright.model.keyed import KeyedRequest
from meshwright.state.codec import from_micros, storable, to_micros
from meshwright.state.connection import Connection, Row
from meshwright.state.receipts import Receipt
from meshwright.state.statements import for_update, insert_if_absent
from meshwright.state.transactions import Transactions

_QUERY = 'SELECT token, "key", digest, holder, at, status, answer FROM keyed WHERE token = ? AND "key" = ?'
_THIS = 'token = ? AND "key" = ? AND holder = ? AND status IS NULL'


class DatabaseKeyed:
    """Implements `state.protocol.Keyed`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def begin(self, request: KeyedRequest) -> KeyedRequest | None:
        """Note that a request is being answered; where its key is taken, nothing is changed and what stands is returned."""

        def work(connection: Connection) -> KeyedRequest | None:
            if insert_if_absent(connection, "keyed", ("token", "key"), _values(request)):
                return None
            row = connection.first(_QUERY + for_update(connection), (request.token, request.key))
            assert row is not None  # its key was taken, and this transaction is alone with it
            return _request_of(row)

        return self._transactions.change(work)

    def take_over(self, standing: KeyedRequest, request: KeyedRequest) -> bool:
        """Let `request`, of the same key, stand for one that nobody answers; False where somebody else came first."""
        change = f"UPDATE keyed SET holder = ?, at = ? WHERE {_THIS}"
        values = (request.holder, to_micros(request.at), standing.token, standing.key, standing.holder)
        return self._transactions.change(lambda connection: connection.change(change, values) == 1)

    def settle(self, request: KeyedRequest, answer: str) -> None:
        """Note what a request is going to be answered, before what it asks for is done outside the state.

        Raises Fenced (MW-U003) where another process has the request.
        """
        receipt = Receipt(request=request, told=lambda _result: answer)
        self._transactions.change(lambda connection: receipt.write(connection, None))

    def end(self, request: KeyedRequest, status: int, answer: str) -> None:
        """Note the answer; nothing where the request is not its holder's any more, or has one."""
        values = (status, storable(answer), request.token, request.key, request.holder)
        self._transactions.change(
            lambda connection: connection.change(f"UPDATE keyed SET status = ?, answer = ? WHERE {_THIS}", values)
        )

    def abandon(self, request: KeyedRequest) -> None:
        """Forget a request that changed nothing and is to be asked anew under its key; one that was settled is let go of."""
        values = (request.token, request.key, request.holder)

        def work(connection: Connection) -> None:
            connection.change(f"DELETE FROM keyed WHERE {_THIS} AND answer IS NULL", values)
            connection.change(f"UPDATE keyed SET holder = '' WHERE {_THIS}", values)

        self._transactions.change(work)


def forget_keyed(connection: Connection, before: dt.datetime) -> int:
    """Delete the requests from before a moment; return how many."""
    return connection.change("DELETE FROM keyed WHERE at < ?", (to_micros(before),))


def _values(request: KeyedRequest) -> dict[str, object]:
    return {
        "token": request.token,
        "key": request.key,
        "digest": request.digest,
        "holder": request.holder,
        "at": to_micros(request.at),
        "status": request.status,
        "answer": request.answer,
    }


def _request_of(row: Row) -> KeyedRequest:
    token, key, digest, holder, at, status, answer = row
    return KeyedRequest(
        token=token, key=key, digest=digest, holder=holder, at=from_micros(at), status=status, answer=answer
    )
