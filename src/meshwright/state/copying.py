"""A whole state copied from one database into another, empty one: from SQLite to PostgreSQL and back.

The source is read in one snapshot and not changed. The target is marked from its first moment on and the mark falls
in the transaction that brings everything: a copy that was killed or failed leaves a database that no release takes
for a state, and another try starts anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from meshwright.diagnostics import Diagnostic, InputError, RefusedError, WorldError
from meshwright.frozen import dataclass
from meshwright.state import layout
from meshwright.state.codec import from_micros
from meshwright.state.connection import Connection
from meshwright.state.database import connect
from meshwright.state.hosts import claim_host
from meshwright.state.location import Location, locate, make_ready, sync_folder
from meshwright.state.migrate import (
    Schema,
    found_version,
    make_tables,
    prepare_file,
    refuse_unknown,
    settle_schema,
)
from meshwright.state.rows import Summary, all_tables, copy_table, row_counts, summary_of, whole_digest
from meshwright.state.transactions import Transactions


@dataclass(frozen=True, kw_only=True, slots=True)
class Copied:
    """What was copied: databases in words, rows by table, and one digest of everything, the same on both sides."""

    source: str
    target: str
    schema: str
    rows: Mapping[str, int]
    digest: str


def copy_state(
    source_url: str,
    target_url: str,
    *,
    root: Path,
    host: str | None,
    now: dt.datetime,
    is_gone: Callable[[str], bool],
) -> Copied:
    """Copy everything that the state at `source_url` holds into the empty database at `target_url`.

    Leases come as given up, with their tokens, so that none is used again. `is_gone` says whether a lease's holder
    surely lives no more. Raises InputError (MW-D119) where there is nothing to copy or no empty place for it,
    RefusedError (MW-D120) while a run is going on, WorldError (MW-D121) where the copy differs.
    """
    source, target = locate(source_url, root), locate(target_url, root)
    _require_two(source, target)
    schema = Schema()
    with closing(_open_source(source, schema, host, now)) as giving, closing(_open_target(target)) as taking:
        with giving.read() as reading:
            giving.dialect.let_idle(reading)
            _refuse_live(reading, now, is_gone)
            _mark(taking, target, schema)
            with taking.write() as writing:
                taking.dialect.let_idle(writing)
                taking.dialect.lock_schema(writing)
                _require_marked(writing, taking.place, schema)
                read = {table.name: copy_table(table, reading, writing, taking.dialect) for table in all_tables()}
                _require_same(read, {table.name: summary_of(table, writing) for table in all_tables()})
                with giving.read() as later:
                    _require_unchanged(row_counts(reading), row_counts(later))
                writing.change(f"UPDATE {layout.VERSION_TABLE} SET version_num = ?", (schema.head,))
        return Copied(
            source=giving.place,
            target=taking.place,
            schema=schema.head,
            rows={name: summary.rows for name, summary in read.items()},
            digest=whole_digest(read),
        )


def _require_two(source: Location, target: Location) -> None:
    if target.is_memory:
        raise _no_place("a database in memory cannot keep a state", "name a file or a PostgreSQL database after --to")
    if source.path is not None and target.path is not None:
        is_same = source.path.resolve() == target.path.resolve()
    else:
        is_same = source == target
    if is_same:
        raise _no_place(f"'{target.place}' is the database that `state` names", "name another one after --to")


def _no_place(message: str, fix: str) -> InputError:
    return InputError(Diagnostic(code="MW-D119", message=message, fix=fix))


def _open_source(location: Location, schema: Schema, host: str | None, now: dt.datetime) -> Transactions:
    if location.path is not None:
        if not location.path.exists():
            raise _nothing_at(location.place)
        make_ready(location.path)
    transactions = connect(location)
    try:
        may_upgrade = location.server is None
        is_there = settle_schema(transactions, location, schema, may_create=False, may_upgrade=may_upgrade)
        if is_there and host is not None and location.path is not None:
            claim_host(transactions, host, now)
    except BaseException:
        transactions.close()
        raise
    if not is_there:
        transactions.close()
        raise _nothing_at(location.place)
    return transactions


def _nothing_at(place: str) -> InputError:
    return _no_place(
        f"there is no state at '{place}' yet, so there is nothing to copy",
        "write the new address into `state` in mesh.yaml: the first run makes the tables",
    )


def _open_target(location: Location) -> Transactions:
    if location.path is not None:
        make_ready(location.path)
    return connect(location)


def _mark(transactions: Transactions, location: Location, schema: Schema) -> None:
    """Make the tables in an empty database and mark it as one that is being copied into."""
    with transactions.read() as connection:
        found = found_version(connection, transactions)
    if found is None:
        prepare_file(transactions, location)
        with transactions.write() as connection:
            transactions.dialect.lock_schema(connection)
            if found_version(connection, transactions) is None:
                make_tables(connection, layout.COPYING)
        if location.path is not None:
            sync_folder(location.path)
    elif found != layout.COPYING:
        refuse_unknown(found, transactions.place, schema)
        raise _taken(transactions.place)


def _require_marked(connection: Connection, place: str, schema: Schema) -> None:
    """Raise InputError where another copy came first; the schema's lock is held."""
    found = connection.value(f"SELECT version_num FROM {layout.VERSION_TABLE}")
    if found != layout.COPYING:
        refuse_unknown(found, place, schema)
        raise _taken(place)


def _taken(place: str) -> InputError:
    return _no_place(
        f"'{place}' holds a state already", "name an empty database: two histories cannot be mixed, nothing was changed"
    )


def _refuse_live(connection: Connection, now: dt.datetime, is_gone: Callable[[str], bool]) -> None:
    for name, holder, expires_at in connection.rows("SELECT name, holder, expires_at FROM leases ORDER BY name"):
        if holder and from_micros(expires_at) > now and not is_gone(holder):
            raise RefusedError(
                Diagnostic(
                    code="MW-D120",
                    message=f"{name.replace(':', ' ', 1)} is going on and would be cut off by the copy",
                    fix="wait until it has ended (mw runs list), then give the command again",
                )
            )


def _require_same(read: Mapping[str, Summary], written: Mapping[str, Summary]) -> None:
    differing = sorted(name for name, summary in read.items() if written[name] != summary)
    if differing:
        raise _differs(f"the copy differs from the state in {', '.join(repr(name) for name in differing)}")


def _require_unchanged(before: Mapping[str, int], after: Mapping[str, int]) -> None:
    grown = [f"{after[name] - count:+} in '{name}'" for name, count in before.items() if after[name] != count]
    if grown:
        raise _differs(f"the state changed while it was copied: {', '.join(grown)}")


def _differs(message: str) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-D121",
            message=message,
            fix="see that nothing else uses the state, then give the command again; the copy is marked as unusable",
        )
    )
