"""The record of calls between domains. One method, one transaction; written in batches, read newest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from meshwright.model.calls import Call, CallEdge, CallFilter, CallKind
from meshwright.state.codec import from_micros, storable, to_micros
from meshwright.state.connection import Connection, Row
from meshwright.state.statements import insert_rows, marks, names
from meshwright.state.transactions import Transactions

_COLUMNS = (
    "id", "at", "token", "caller", "domain", "kind", "action", "object", "status", "rows", "bytes", "micros",
)  # fmt: skip
_QUERY = f"SELECT {names((*_COLUMNS, 'number'))} FROM calls"
#: Calls that are forgotten in one transaction.
_BATCH = 500
#: Stands for no domain, in a column that is compared.
_NOBODY = ""
_ERROR = 400
_MICROS = 1_000_000


class DatabaseCalls:
    """Implements `state.protocol.Calls`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def record(self, calls: Sequence[Call]) -> None:
        """Add calls, all or none of them."""
        rows = [_values(call) for call in calls]
        if rows:
            self._transactions.change(lambda connection: insert_rows(connection, "calls", rows))

    def calls(self, wanted: CallFilter, limit: int, before: int | None = None) -> tuple[Call, ...]:
        """Return the newest calls of those numbered below `before`, newest first."""
        condition, values = _condition(wanted)
        if before is not None:
            condition, values = f"{condition} AND number < ?", (*values, before)
        query = f"{_QUERY} WHERE {condition} ORDER BY number DESC LIMIT ?"
        with self._transactions.read() as connection:
            return tuple(map(_call_of, connection.rows(query, (*values, max(limit, 0)))))

    def edges(self, wanted: CallFilter) -> tuple[CallEdge, ...]:
        """Sum calls by caller, domain and kind, in that order."""
        condition, values = _condition(wanted)
        query = (
            "SELECT caller, domain, kind, count(*), sum(CASE WHEN status >= ? THEN 1 ELSE 0 END),"
            ' coalesce(sum("rows"), 0), coalesce(sum("bytes"), 0), max(at)'
            f" FROM calls WHERE {condition} GROUP BY caller, domain, kind ORDER BY caller, domain, kind"
        )
        with self._transactions.read() as connection:
            return tuple(map(_edge_of, connection.rows(query, (_ERROR, *values))))


def count_old_calls(connection: Connection, before: dt.datetime) -> int:
    """Count the calls from before a moment."""
    return int(connection.value("SELECT count(*) FROM calls WHERE at < ?", (to_micros(before),)) or 0)


def forget_calls(connection: Connection, before: dt.datetime) -> int:
    """Delete some of the calls that `count_old_calls` counts; return how many."""
    query = "SELECT number FROM calls WHERE at < ? ORDER BY at LIMIT ?"
    numbers = [number for (number,) in connection.rows(query, (to_micros(before), _BATCH))]
    if numbers:
        connection.change(f"DELETE FROM calls WHERE number IN {marks(numbers)}", numbers)
    return len(numbers)


def _condition(wanted: CallFilter) -> tuple[str, tuple[object, ...]]:
    """Return what the rows fulfil, and the values in it."""
    equal = {
        "caller": wanted.caller,
        "domain": wanted.domain,
        "kind": None if wanted.kind is None else wanted.kind.value,
        "action": wanted.action,
        "object": wanted.object,
        "token": wanted.token,
    }
    terms: list[tuple[str, object]] = [(f'"{name}" = ?', value) for name, value in equal.items() if value is not None]
    if wanted.since is not None:
        terms.append(("at >= ?", to_micros(wanted.since)))
    if wanted.until is not None:
        terms.append(("at < ?", to_micros(wanted.until)))
    return " AND ".join(term for term, _ in terms) or "1 = 1", tuple(value for _, value in terms)


def _values(call: Call) -> dict[str, object]:
    return {
        "id": call.id,
        "at": to_micros(call.at),
        "token": call.token,
        "caller": call.caller or _NOBODY,
        "domain": storable(call.domain),
        "kind": call.kind.value,
        "action": call.action,
        "object": storable(call.object),
        "status": call.status,
        "rows": call.rows,
        "bytes": call.bytes,
        "micros": round(call.seconds * _MICROS),
    }


def _call_of(row: Row) -> Call:
    id_, at, token, caller, domain, kind, action, object_, status, rows, size, micros, number = row
    return Call(
        id=id_,
        at=from_micros(at),
        token=token,
        caller=caller or None,
        domain=domain,
        kind=CallKind(kind),
        action=action,
        object=object_,
        status=status,
        rows=rows,
        bytes=size,
        seconds=micros / _MICROS,
        number=number,
    )


def _edge_of(row: Row) -> CallEdge:
    caller, domain, kind, calls, refused, rows, size, last_at = row
    return CallEdge(
        caller=caller or None,
        domain=domain,
        kind=CallKind(kind),
        calls=calls,
        refused=int(refused),
        rows=int(rows),
        bytes=int(size),
        last_at=from_micros(last_at),
    )
