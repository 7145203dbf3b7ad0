"""What is recorded of the provisioning of sandboxes: one row for each, from before anything is done until all is undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any  # values of a row

from meshwright.model.provisions import ProvisioningState
from meshwright.state.codec import from_micros, storable, to_micros
from meshwright.state.connection import Connection, Row
from meshwright.state.records import Provisioning
from meshwright.state.statements import insert_if_absent

_COLUMNS = (
    "sandbox", "id", "state", "base", "expire_after_s", "options", "document", "progress", "begun_at", "begun_by", "run_id",
)  # fmt: skip
_QUERY = f"SELECT {', '.join(_COLUMNS)} FROM provisionings"
#: What changes after it was recorded.
_CHANGING = ("state", "progress", "run_id")


def find_provisioning(connection: Connection, sandbox: str) -> Provisioning | None:
    """Return what is recorded of a sandbox; None where it is not provisioned."""
    row = connection.first(f"{_QUERY} WHERE sandbox = ?", (sandbox,))
    return None if row is None else _of(row)


def all_provisionings(connection: Connection) -> tuple[Provisioning, ...]:
    """Return all of them, by the sandbox's name."""
    return tuple(map(_of, connection.rows(f"{_QUERY} ORDER BY sandbox")))


def begin(connection: Connection, provisioning: Provisioning) -> bool:
    """Record one; False, and nothing is changed, where the sandbox has one."""
    return insert_if_absent(connection, "provisionings", ("sandbox",), _values(provisioning))


def change(connection: Connection, provisioning: Provisioning) -> None:
    """Record how far it is."""
    values = _values(provisioning)
    assigned = ", ".join(f"{name} = ?" for name in _CHANGING)
    connection.change(
        f"UPDATE provisionings SET {assigned} WHERE sandbox = ? AND id = ?",
        (*(values[name] for name in _CHANGING), provisioning.sandbox, provisioning.id),
    )


def forget(connection: Connection, sandbox: str) -> None:
    """Forget that a sandbox was provisioned."""
    connection.change("DELETE FROM provisionings WHERE sandbox = ?", (sandbox,))


def _values(provisioning: Provisioning) -> Mapping[str, Any]:
    return {
        "sandbox": provisioning.sandbox,
        "id": provisioning.id,
        "state": provisioning.state.value,
        "base": provisioning.base,
        "expire_after_s": provisioning.expire_after_s,
        "options": storable(provisioning.options),
        "document": storable(provisioning.document),
        "progress": storable(provisioning.progress),
        "begun_at": to_micros(provisioning.begun_at),
        "begun_by": storable(provisioning.begun_by),
        "run_id": provisioning.run_id,
    }


def _of(row: Row) -> Provisioning:
    sandbox, id_, state, base, expire_after_s, options, document, progress, begun_at, begun_by, run_id = row
    return Provisioning(
        sandbox=sandbox,
        id=id_,
        state=ProvisioningState(state),
        base=base,
        expire_after_s=expire_after_s,
        options=options,
        document=document,
        progress=progress,
        begun_at=from_micros(begun_at),
        begun_by=begun_by,
        run_id=run_id,
    )
