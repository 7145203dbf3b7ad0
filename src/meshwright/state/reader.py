"""The reading side of the state."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, func, select

from meshwright.checks.spec import Evidence, EvidenceKey
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.model import FileObservation, Version
from meshwright.state import tables
from meshwright.state.codec import (
    evidence_of,
    from_micros,
    is_storable,
    unpack,
    unpack_text,
    unsigned,
    version_of,
)
from meshwright.state.leases import find_lease
from meshwright.state.records import (
    Definition,
    Generation,
    Lease,
    LogLine,
    ObjectKind,
    Pointer,
    Revision,
    RunRecord,
    RunState,
    StepRecord,
    Trigger,
)
from meshwright.state.transactions import Transactions, batches

#: Shortest beginning of an id that names it.
_PREFIX_LENGTH = 6
_LISTED = 10
_PAGE = 1000
_KINDS = {kind.value: kind for kind in ObjectKind}


class DatabaseReader:
    """Implements `state.protocol.Reader`. Every answer is one transaction, so its parts belong together."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def generation(self, environment: str) -> int:
        """Return the environment's newest generation, 0 where nothing was published."""
        query = select(tables.environments.c.generation).where(tables.environments.c.name == environment)
        with self._transactions.read() as connection:
            return connection.execute(query).scalar() or 0

    def pointers(self, environment: str, generation: int | None = None) -> Mapping[str, Pointer]:
        """Return the pointers of an environment now, or as of a generation, by object. One query."""
        at = tables.pointers.c
        query = select(at.object, at.kind, at.revision, at.from_generation).where(at.environment == environment)
        if generation is None:
            query = query.where(at.to_generation == tables.OPEN)
        else:
            query = query.where(at.to_generation > generation, at.from_generation <= generation)
        with self._transactions.read() as connection:
            found = connection.execute(query.order_by(at.object)).all()
        return MappingProxyType(
            {
                object_: Pointer(object=object_, kind=_KINDS[kind], revision=revision, generation=since)
                for object_, kind, revision, since in found
            }
        )

    def generations(self, environment: str, limit: int = 50) -> tuple[Generation, ...]:
        """Return the newest generations, newest first."""
        made = tables.generations.c
        query = select(tables.generations).where(made.environment == environment)
        with self._transactions.read() as connection:
            found = connection.execute(query.order_by(made.number.desc()).limit(max(limit, 0))).all()
            changes = _changes(connection, environment, found[-1].number, found[0].number) if found else {}
        return tuple(
            Generation(
                environment=row.environment,
                number=row.number,
                at=from_micros(row.at),
                by=row.by,
                run_id=row.run_id,
                reason=row.reason,
                changed=MappingProxyType(changes.get(row.number, {})),
            )
            for row in found
        )

    def publishers(self, environment: str, numbers: Collection[int]) -> Mapping[int, str]:
        """Return the ids of the runs that made generations, by number; unknown numbers are left out."""
        made = tables.generations.c
        query = select(made.number, made.run_id).where(made.environment == environment)
        found: dict[int, str] = {}
        with self._transactions.read() as connection:
            for batch in batches(sorted(numbers)):
                rows = connection.execute(query.where(made.number.in_(batch)))
                found.update((row.number, row.run_id) for row in rows)
        return found

    def revisions(self, ids: Collection[str]) -> Mapping[str, Revision]:
        """Return revisions of ports and products by id; unknown ids are left out."""
        found = self._by_key(tables.revisions, tables.revisions.c.id, ids)
        return {
            row.id: Revision(id=row.id, kind=_KINDS[row.kind], object=row.object, document=unpack_text(row.document))
            for row in found
        }

    def versions(self, ids: Collection[str]) -> Mapping[str, Version]:
        """Return versions by id; unknown ids are left out."""
        with self._transactions.read() as connection:
            return read_versions(connection, ids)

    def all_versions(self) -> Iterable[Version]:
        """Yield every version by id, a page at a time; between pages nothing is held open."""
        after = ""
        while page := self._version_rows(select(tables.versions).where(tables.versions.c.id > after).limit(_PAGE)):
            yield from page
            after = page[-1].id

    def _version_rows(self, query: Select[Any]) -> tuple[Version, ...]:
        with self._transactions.read() as connection:
            return tuple(version_of(row) for row in connection.execute(query.order_by(tables.versions.c.id)))

    def versions_of(self, dataset: str, limit: int = 20) -> tuple[Version, ...]:
        """Return the newest versions of a dataset, newest first."""
        made = tables.versions.c
        query = select(tables.versions).where(made.dataset == dataset)
        newest = query.order_by(func.coalesce(made.created_at, 0).desc(), made.id).limit(max(limit, 0))
        with self._transactions.read() as connection:
            return tuple(version_of(row) for row in connection.execute(newest))

    def versions_like(self, prefix: str) -> tuple[Version, ...]:
        """Return versions whose id starts with `prefix` (at least 6 characters, else none), at most 10."""
        if len(prefix) < _PREFIX_LENGTH or not is_storable(prefix):
            return ()
        return self._version_rows(
            select(tables.versions).where(_starts_with(tables.versions.c.id, prefix)).limit(_LISTED)
        )

    def triggers(self, keys: Collection[str]) -> Mapping[str, Trigger]:
        """Return triggers by key; unknown keys are left out."""
        return {row.key: _trigger_of(row) for row in self._by_key(tables.triggers, tables.triggers.c.key, keys)}

    def last_triggers(self, datasets: Collection[str]) -> Mapping[str, Trigger]:
        """Return the newest trigger of each dataset, in the order of recording."""
        table = tables.triggers
        answer: dict[str, Trigger] = {}
        with self._transactions.read() as connection:
            for batch in batches(datasets):
                newest = select(func.max(table.c.number)).where(table.c.dataset.in_(batch)).group_by(table.c.dataset)
                rows = connection.execute(select(table).where(table.c.number.in_(newest)))
                answer.update((row.dataset, _trigger_of(row)) for row in rows)
        return answer

    def evidence(self, keys: Collection[EvidenceKey]) -> Mapping[EvidenceKey, Evidence]:
        """Return recorded evidence by key; missing keys are left out."""
        asked = frozenset(keys)
        versions = sorted({version for version, _, _ in asked})
        found = map(evidence_of, self._by_key(tables.evidence, tables.evidence.c.version, versions))
        keyed = {(entry.version, entry.check, entry.others): entry for entry in found}
        return {key: keyed[key] for key in asked if key in keyed}

    def definitions(self, fingerprints: Collection[str]) -> Mapping[str, Definition]:
        """Return the remembered texts by fingerprint."""
        found = self._by_key(tables.definitions, tables.definitions.c.fingerprint, fingerprints)
        return {
            row.fingerprint: Definition(
                fingerprint=row.fingerprint, text=row.text, dialect=row.dialect, parser=row.parser
            )
            for row in found
        }

    def observations(self, paths: Collection[str]) -> Mapping[str, FileObservation]:
        """Return remembered file observations by path."""
        known = [path for path in paths if is_storable(path)]
        return {
            row.path: FileObservation(
                path=row.path,
                size_bytes=row.size_bytes,
                mtime_ns=row.mtime_ns,
                inode=unsigned(row.inode),
                hash=row.hash,
                hashed_at_ns=row.hashed_at_ns,
            )
            for row in self._by_key(tables.observations, tables.observations.c.path, known)
        }

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run by its id or a unique prefix of it (at least 6 characters).

        Raises InputError where the prefix fits several runs, naming them.
        """
        if not is_storable(run_id):
            return None
        table = tables.runs
        with self._transactions.read() as connection:
            exact = connection.execute(select(table).where(table.c.id == run_id)).first()
            if exact is not None or len(run_id) < _PREFIX_LENGTH:
                return None if exact is None else _run_of(exact)
            like = _starts_with(table.c.id, run_id)
            found = connection.execute(select(table).where(like).order_by(table.c.id).limit(_LISTED + 1)).all()
        if len(found) > 1:
            raise _ambiguous(run_id, [row.id for row in found])
        return _run_of(found[0]) if found else None

    def runs(self, limit: int = 20, *, brief: bool = False) -> tuple[RunRecord, ...]:
        """Return the newest runs, newest first; `brief` leaves plans, report and files at their empty defaults."""
        made = tables.runs.c
        heavy = {"planned", "bound", "report", "files"}
        columns = [column for column in tables.runs.c if not (brief and column.name in heavy)]
        query = select(*columns).order_by(made.started_at.desc(), made.id.desc()).limit(max(limit, 0))
        with self._transactions.read() as connection:
            return tuple(_run_of(row) for row in connection.execute(query))

    def steps(self, run_id: str) -> tuple[StepRecord, ...]:
        """Return a run's steps in plan order."""
        table = tables.steps
        with self._transactions.read() as connection:
            rows = connection.execute(select(table).where(table.c.run_id == run_id).order_by(table.c.position)).all()
        return tuple(
            StepRecord(
                key=row.key,
                dataset=row.dataset,
                action=row.action,
                state=row.state,
                version=row.version,
                rows=row.rows,
                seconds=row.seconds,
                attempts=row.attempts,
                error=row.error,
            )
            for row in rows
        )

    def logs(self, run_id: str) -> tuple[LogLine, ...]:
        """Return a run's log in the order it was recorded."""
        table = tables.logs
        with self._transactions.read() as connection:
            rows = connection.execute(select(table).where(table.c.run_id == run_id).order_by(table.c.number)).all()
        return tuple(LogLine(at=from_micros(row.at), level=row.level, step=row.step, text=row.text) for row in rows)

    def blobs(self, digests: Collection[str]) -> Mapping[str, bytes]:
        """Return stored file contents by digest."""
        return {row.digest: unpack(row.data) for row in self._by_key(tables.blobs, tables.blobs.c.digest, digests)}

    def lease(self, name: str) -> Lease | None:
        """Return the lease as it stands, expired or not; a released one has no holder and expired in 1970."""
        with self._transactions.read() as connection:
            return find_lease(connection, name)

    def _by_key(self, table: Table, column: ColumnElement[str], keys: Collection[str]) -> Iterator[Row[Any]]:
        """Yield the rows of `table` whose `column` is one of `keys`, all read in one transaction."""
        found: list[Row[Any]] = []
        if keys:
            with self._transactions.read() as connection:
                for batch in batches(keys):
                    found.extend(connection.execute(select(table).where(column.in_(batch))))
        return iter(found)


def read_versions(connection: Connection, ids: Collection[str]) -> dict[str, Version]:
    """Return versions by id, inside a transaction; unknown ids are left out."""
    found: dict[str, Version] = {}
    for batch in batches(ids):
        rows = connection.execute(select(tables.versions).where(tables.versions.c.id.in_(batch)))
        found.update((row[0], version_of(row)) for row in rows)
    return found


def _starts_with(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """Match ids by their beginning, letter case and all; the range lets the index do it."""
    return and_(column >= prefix, column < prefix + "\uffff", func.substr(column, 1, len(prefix)) == prefix)


_Changes = dict[int, dict[str, tuple[str | None, str | None]]]


def _changes(connection: Connection, environment: str, first: int, last: int) -> _Changes:
    """Read what the generations `first` to `last` closed and opened: generation -> object -> (before, after)."""
    at = tables.pointers.c
    query = select(at.object, at.revision, at.from_generation, at.to_generation).where(
        at.environment == environment, at.to_generation >= first, at.from_generation <= last
    )
    changes: _Changes = {}
    for object_, revision, opened, closed in connection.execute(query.order_by(at.object)):
        if opened >= first:
            before, _ = changes.setdefault(opened, {}).get(object_, (None, None))
            changes[opened][object_] = (before, revision)
        if closed <= last:
            _, after = changes.setdefault(closed, {}).get(object_, (None, None))
            changes[closed][object_] = (revision, after)
    return changes


def _trigger_of(row: Row[Any]) -> Trigger:
    return Trigger(
        key=row.key,
        dataset=row.dataset,
        version=row.version,
        fingerprint=row.fingerprint,
        observation=row.observation,
        observed=row.observed,
    )


def _run_of(row: Row[Any]) -> RunRecord:
    values = row._mapping
    whole = {name: unpack_text(values[name]) for name in ("planned", "bound", "report") if name in values}
    files = json.loads(unpack_text(values["files"])) if "files" in values else {}
    return RunRecord(
        id=row.id,
        environment=row.environment,
        state=RunState(row.state),
        options=row.options,
        by=row.by,
        started_at=from_micros(row.started_at),
        finished_at=None if row.finished_at is None else from_micros(row.finished_at),
        base_generation=row.base_generation,
        generation=row.generation,
        files=MappingProxyType(files),
        meshwright=row.meshwright,
        parent=row.parent,
        **whole,
    )


def _ambiguous(prefix: str, ids: list[str]) -> InputError:
    more = " and more" if len(ids) > _LISTED else ""
    return InputError(
        Diagnostic(
            code="MW-D301",
            message=f"'{prefix}' is the beginning of several runs: {', '.join(ids[:_LISTED])}{more}",
            fix="give more characters of the id",
        )
    )
