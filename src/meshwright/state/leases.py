"""Leases: who may act as a run's coordinator, and the fencing token that tells an old one from the new.

A lease's row is never deleted, so its token only grows. A released lease has no holder and ended in 1970.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, insert, select, update

from meshwright.diagnostics import Diagnostic
from meshwright.state import tables
from meshwright.state.codec import from_micros, to_micros
from meshwright.state.errors import Fenced
from meshwright.state.records import Lease

_RELEASED_HOLDER = ""
_RELEASED_AT = 0


def find_lease(connection: Connection, name: str, *, for_update: bool = False) -> Lease | None:
    """Return the lease as it stands; `for_update` keeps others from changing it until the transaction ends."""
    query = select(tables.leases).where(tables.leases.c.name == name)
    row = connection.execute(query.with_for_update() if for_update else query).first()
    if row is None:
        return None
    return Lease(name=row.name, holder=row.holder, token=row.token, expires_at=from_micros(row.expires_at))


def take(connection: Connection, name: str, holder: str, now: dt.datetime, ttl_s: float) -> Lease | None:
    """Take a lease that is free or expired, with a new token; None where another holder's is live.

    A holder whose own lease is live keeps its token and gets the time anew, so asking twice is asking
    once. Holders must therefore be named uniquely (a process, not a person).
    """
    if not holder:
        raise ValueError("a lease needs a holder")
    standing = find_lease(connection, name, for_update=True)
    expires_at = now + dt.timedelta(seconds=ttl_s)
    if standing is None:
        taken = Lease(name=name, holder=holder, token=1, expires_at=expires_at)
        connection.execute(insert(tables.leases).values(name=name, **_changing(taken)))
        return taken
    if standing.expires_at > now:
        if standing.holder != holder:
            return None
        token = standing.token
    else:
        token = standing.token + 1
    taken = Lease(name=name, holder=holder, token=token, expires_at=expires_at)
    _write(connection, taken)
    return taken


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
            name=lease.name, holder=_RELEASED_HOLDER, token=lease.token, expires_at=from_micros(_RELEASED_AT)
        )
        _write(connection, released)


def require(connection: Connection, lease: Lease, now: dt.datetime) -> None:
    """Raise Fenced unless `lease` is the newest of its name and has not expired."""
    standing = find_lease(connection, lease.name, for_update=True)
    if standing is None or not _is_same(standing, lease):
        holder = standing.holder if standing else ""
        whose = f"is held by '{holder}' now" if holder else "was given up"
        raise Fenced(
            Diagnostic(
                code="MW-D202",
                message=f"the lease '{lease.name}' {whose}; nothing was published",
                fix="see 'mw runs list'; run the command again if it is still needed",
            )
        )
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
    connection.execute(update(tables.leases).where(tables.leases.c.name == lease.name).values(**_changing(lease)))
