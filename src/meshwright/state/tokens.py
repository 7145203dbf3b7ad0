"""Tokens of the server's callers. One method, one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any  # values of a row

from meshwright.state.codec import from_micros, storable, to_micros
from meshwright.state.connection import Connection, Row
from meshwright.state.records import TokenKind, TokenRecord
from meshwright.state.statements import insert_if_absent
from meshwright.state.transactions import Transactions

_COLUMNS = (
    "id", "kind", "digest", "role", "domain", "purpose", "created_at", "created_by", "expires_at", "ended_at", "ended_by",
)  # fmt: skip
_QUERY = f"SELECT {', '.join(_COLUMNS)} FROM tokens"


class DatabaseTokens:
    """Implements `state.protocol.Tokens`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def add(self, token: TokenRecord) -> bool:
        """Record a token; False where its id is taken."""
        return self._transactions.change(lambda connection: _insert(connection, token))

    def find(self, token_id: str) -> TokenRecord | None:
        """Return a token, good or not; None where there is none."""
        with self._transactions.read() as connection:
            row = connection.first(f"{_QUERY} WHERE id = ?", (token_id,))
        return None if row is None else _of(row)

    def all(self) -> tuple[TokenRecord, ...]:
        """Return all of them, the newest first."""
        with self._transactions.read() as connection:
            return tuple(map(_of, connection.rows(f"{_QUERY} ORDER BY created_at DESC, id")))

    def end(self, token_id: str, now: dt.datetime, by: str) -> bool:
        """Let a token end; False where it has ended, or there is none."""
        return self._transactions.change(lambda connection: _end(connection, token_id, now, by))

    def exchange(self, token_id: str, given: TokenRecord, now: dt.datetime, by: str) -> bool:
        """Let a token end and record another in its place; False, with nothing changed, where it has ended already."""

        def work(connection: Connection) -> bool:
            return _end(connection, token_id, now, by) and _insert(connection, given)

        return self._transactions.change(work)


def _insert(connection: Connection, token: TokenRecord) -> bool:
    return insert_if_absent(connection, "tokens", ("id",), _values(token))


def _end(connection: Connection, token_id: str, now: dt.datetime, by: str) -> bool:
    statement = "UPDATE tokens SET ended_at = ?, ended_by = ? WHERE id = ? AND ended_at IS NULL"
    return connection.change(statement, (to_micros(now), storable(by), token_id)) == 1


def _values(token: TokenRecord) -> Mapping[str, Any]:
    return {
        "id": token.id,
        "kind": token.kind.value,
        "digest": token.digest,
        "role": token.role,
        "domain": token.domain,
        "purpose": storable(token.purpose),
        "created_at": to_micros(token.created_at),
        "created_by": storable(token.created_by),
        "expires_at": None if token.expires_at is None else to_micros(token.expires_at),
        "ended_at": None if token.ended_at is None else to_micros(token.ended_at),
        "ended_by": None if token.ended_by is None else storable(token.ended_by),
    }


def _of(row: Row) -> TokenRecord:
    token_id, kind, digest, role, domain, purpose, created_at, created_by, expires_at, ended_at, ended_by = row
    return TokenRecord(
        id=token_id,
        kind=TokenKind(kind),
        digest=digest,
        role=role,
        domain=domain,
        purpose=purpose,
        created_at=from_micros(created_at),
        created_by=created_by,
        expires_at=None if expires_at is None else from_micros(expires_at),
        ended_at=None if ended_at is None else from_micros(ended_at),
        ended_by=ended_by,
    )
