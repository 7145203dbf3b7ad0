"""One host at a time: SQLite's locks do not reach over a network file system, so a second host is refused.

The database remembers the host that used it last, and when. Another one may take over once that host has
been quiet for a while and holds no live lease; until then it is refused.
"""

from __future__ import annotations

import datetime as dt
import json

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.state.codec import from_micros, to_json, to_micros
from meshwright.state.connection import Connection
from meshwright.state.statements import upsert
from meshwright.state.transactions import Transactions

#: Row of `meta` that notes the host.
HOST_KEY = "host"
#: How long a host that did nothing keeps the database.
QUIET = dt.timedelta(minutes=10)
#: The note is renewed when it is older than this, so that commands which only read seldom write.
_RENEW_AFTER = dt.timedelta(minutes=1)


def claim_host(transactions: Transactions, host: str, now: dt.datetime) -> None:
    """Note that `host` uses the database at `now`. Raises InputError where another host is using it."""
    with transactions.read() as connection:
        if _is_fresh(_noted(connection), host, now):
            return
    with transactions.write() as connection:
        noted = _noted(connection)
        if noted is not None and noted[0] != host:
            _refuse_busy(connection, transactions.place, noted, now)
        row = {"key": HOST_KEY, "value": to_json({"host": host, "seen_at": to_micros(now)})}
        upsert(connection, "meta", ("key",), [row], replaced=("value",))


def _noted(connection: Connection) -> tuple[str, dt.datetime] | None:
    """Return the host that used the database last, and when."""
    value = connection.value('SELECT "value" FROM meta WHERE "key" = ?', (HOST_KEY,))
    if value is None:
        return None
    record = json.loads(value)
    return record["host"], from_micros(record["seen_at"])


def _is_fresh(noted: tuple[str, dt.datetime] | None, host: str, now: dt.datetime) -> bool:
    return noted is not None and noted[0] == host and abs(now - noted[1]) < _RENEW_AFTER


def _refuse_busy(connection: Connection, place: str, noted: tuple[str, dt.datetime], now: dt.datetime) -> None:
    other, seen_at = noted
    live_until = connection.value("SELECT max(expires_at) FROM leases") or 0
    free_at = max(seen_at + QUIET, from_micros(live_until))
    if free_at > now:
        raise InputError(
            Diagnostic(
                code="MW-D105",
                message=f"the state database '{place}' is in use on host '{other}' (last seen "
                f"{seen_at:%Y-%m-%d %H:%M:%S} UTC)",
                fix=f"run the command there, or wait until {free_at:%H:%M:%S} UTC if nothing runs there any more",
            )
        )
