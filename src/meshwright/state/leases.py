"""Leases: who may act as a run's coordinator, and the fencing token that tells an old one from the new.

A lease's row is never deleted, so its token only grows. A released lease has no holder and ended in 1970.
"""

from __future__ import annotations

import datetime as dt

from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass
from meshwright.state.codec import from_micros, to_micros
from meshwright.state.connection import Connection
from meshwright.state.errors import Fenced
from meshwright.state.records import Lease
from meshwright.state.statements import for_update as locking
from meshwright.state.statements import upsert


@dataclass(frozen=True, kw_only=True, slots=True)
class Released:
    """What stands in the row of a lease that nobody holds."""

    holder: str = ""
    expires_at: int = 0


RELEASED = Released()

#: What the name of a run's lease begins with; its id follows.
RUN_PREFIX = "run:"


def find_lease(connection: Connection, name: str, *, for_update: bool = False) -> Lease | None:
    """Return the lease as it stands; `for_update` keeps others from changing it until the transaction ends."""
    query = "SELECT name, holder, token, expires_at FROM leases WHERE name = ?"
    row = connection.first(query + locking(connection) if for_update else query, (name,))
    if row is None:
        return None
    name, holder, token, expires_at = row
    return Lease(name=name, holder=holder, token=token, expires_at=from_micros(expires_at))


def find_leases(connection: Connection, prefix: str) -> tuple[Lease, ...]:
    """Return the leases whose names begin so, by name."""
    query = "SELECT name, holder, token, expires_at FROM leases WHERE substr(name, 1, ?) = ? ORDER BY name"
    return tuple(
        Lease(name=name, holder=holder, token=token, expires_at=from_micros(expires_at))
        for name, holder, token, expires_at in connection.rows(query, (len(prefix), prefix))
    )


def take(connection: Connection, name: str, holder: str, now: dt.datetime, ttl_s: float) -> Lease | None:
    """Take a lease that is free or expired, with a new token; None where another holder's is live.

    A holder whose own lease is live keeps its token and gets the time anew, so asking twice is asking
    once. Holders must therefore be named uniquely (a process, not a person).
    """
    if not holder:
        raise ValueError("a lease needs a holder")
    standing = _locked(connection, name)
    expires_at = now + dt.timedelta(seconds=ttl_s)
    if standing.expires_at > now:
        if standing.holder != holder:
            return None
        token = standing.token
    else:
        token = standing.token + 1
    taken = Lease(name=name, holder=holder, token=token, expires_at=expires_at)
    _write(connection, taken)
    return taken


def _locked(connection: Connection, name: str) -> Lease:
    """Return the lease as it stands, made first where it never was, and keep others from changing it."""
    standing = find_lease(connection, name, for_update=True)
    if standing is None:
        never = Lease(name=name, holder=RELEASED.holder, token=0, expires_at=from_micros(RELEASED.expires_at))
        upsert(connection, "leases", ("name",), [{"name": name, **_changing(never)}])
        standing = find_lease(connection, name, for_update=True)
    if standing is None:
        raise AssertionError(f"the lease {name!r} was made and is not there")
    return standing


def renew(connection: Connection, lease: Lease, now: dt.datetime, ttl_s: float) -> Lease | None:
    """Extend a lease, also one that expired unnoticed; None where it was taken over or released."""
    standing = find_lease(connection, lease.name, for_update=True)
    if standing is None or not _is_same(standing, lease):
        return None
    renewed = Lease(
        name=lease.name, holder=lease.holder, token=lease.token, expires_at=now + dt.timedelta(seconds=ttl_s)
    )
    _write(connection, renewed)
    return renewed


def release(connection: Connection, lease: Lease) -> None:
    """Give a lease up; nothing happens where it was taken over."""
    standing = find_lease(connection, lease.name, for_update=True)
    if standing is not None and _is_same(standing, lease):
        released = Lease(
            name=lease.name, holder=RELEASED.holder, token=lease.token, expires_at=from_micros(RELEASED.expires_at)
        )
        _write(connection, released)


def require_held(connection: Connection, lease: Lease) -> Lease:
    """Return `lease` as it stands. Raises Fenced unless it is the newest of its name; it may have expired unnoticed."""
    standing = find_lease(connection, lease.name, for_update=True)
    if standing is None or not _is_same(standing, lease):
        holder = standing.holder if standing else ""
        whose = f"is held by '{holder}' now" if holder else "was given up"
        raise Fenced(
            Diagnostic(
                code="MW-D202",
                message=f"the lease '{lease.name}' {whose}; nothing was changed",
                fix="see 'mw runs list'; run the command again if it is still needed",
            )
        )
    return standing


def require(connection: Connection, lease: Lease, now: dt.datetime) -> None:
    """Raise Fenced unless `lease` is the newest of its name and has not expired."""
    standing = require_held(connection, lease)
    if standing.expires_at <= now:
        raise Fenced(
            Diagnostic(
                code="MW-D203",
                message=f"the lease '{lease.name}' of this run has expired; nothing was published",
                fix="run the command again, or resume the run: what is built is kept",
            )
        )


def _is_same(standing: Lease, lease: Lease) -> bool:
    return standing.token == lease.token and standing.holder == lease.holder


def _changing(lease: Lease) -> dict[str, object]:
    return {"holder": lease.holder, "token": lease.token, "expires_at": to_micros(lease.expires_at)}


def _write(connection: Connection, lease: Lease) -> None:
    changing = _changing(lease)
    assigned = ", ".join(f"{column} = ?" for column in changing)
    connection.change(f"UPDATE leases SET {assigned} WHERE name = ?", (*changing.values(), lease.name))
