"""The changing side of the state: one method, one transaction. Heavy work is done before the lock is taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, delete, func, insert, select

from meshwright.checks.spec import Evidence
from meshwright.model import Version
from meshwright.state import leases, tables
from meshwright.state.codec import (
    evidence_values,
    is_storable,
    pack,
    pack_text,
    signed,
    storable,
    to_json,
    to_micros,
    version_values,
)
from meshwright.state.dialect import upsert
from meshwright.state.publish import pack_revisions, publish
from meshwright.state.reader import read_versions
from meshwright.state.records import (
    Definition,
    FileObservation,
    Lease,
    LogLine,
    Publication,
    RunRecord,
    StepRecord,
    Trigger,
)
from meshwright.state.transactions import Transactions, batches

#: Columns of a run that its end decides; the others are fixed at its start.
_RUN_END = ("state", "finished_at", "generation", "bound", "report")
_STEP_CHANGES = ("dataset", "action", "state", "version", "rows", "seconds", "attempts", "error")
_EVIDENCE_CHANGES = ("outcome", "value", "failing_rows", "sample", "error", "run_id", "seconds")
_OBSERVATION_CHANGES = ("size_bytes", "mtime_ns", "inode", "hash", "hashed_at_ns")


class DatabaseWriter:
    """Implements `state.protocol.Writer`. Every method is whole or, where it raises, has changed nothing."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def take_lease(self, name: str, holder: str, now: dt.datetime, ttl_s: float) -> Lease | None:
        """Take a free or expired lease with a new, higher token; None where another live holder has it.

        The live holder itself gets its lease back, extended, under the same token.
        """
        with self._transactions.write() as connection:
            return leases.take(connection, name, holder, now, ttl_s)

    def renew_lease(self, lease: Lease, now: dt.datetime, ttl_s: float) -> Lease | None:
        """Extend a lease, even one that expired if nobody took it; None where it was taken over or released."""
        with self._transactions.write() as connection:
            return leases.renew(connection, lease, now, ttl_s)

    def release_lease(self, lease: Lease) -> None:
        """Give a lease up; nothing happens where it was taken over."""
        with self._transactions.write() as connection:
            leases.release(connection, lease)

    def start_run(self, run: RunRecord, steps: Sequence[StepRecord], blobs: Mapping[str, bytes]) -> None:
        """Record a run, its steps and the files it was made from; what is already recorded under its id is kept."""
        row = _run_values(run)
        missing = self._missing_blobs(blobs)
        stored = [{"digest": digest, "data": pack(blobs[digest])} for digest in missing]
        listed = [_step_values(run.id, step) | {"position": position} for position, step in enumerate(steps)]
        with self._transactions.write() as connection:
            upsert(connection, tables.blobs, stored)
            upsert(connection, tables.runs, [row])
            upsert(connection, tables.steps, listed)

    def _missing_blobs(self, blobs: Mapping[str, bytes]) -> list[str]:
        """Return the digests not stored yet, sorted: most files are the same from run to run."""
        known: set[str] = set()
        digest = tables.blobs.c.digest
        with self._transactions.read() as connection:
            for batch in batches(blobs):
                known.update(connection.execute(select(digest).where(digest.in_(batch))).scalars())
        return sorted(blobs.keys() - known)

    def record_steps(self, run_id: str, steps: Sequence[StepRecord], logs: Sequence[LogLine]) -> None:
        """Update steps and append log lines, in one batch. Steps that the plan did not list come after the others.

        Log lines have no key: recorded again, they stand twice.
        """
        if not steps and not logs:
            return
        changed = [_step_values(run_id, step) for step in steps]
        lines = [
            {
                "run_id": run_id,
                "at": to_micros(line.at),
                "level": line.level,
                "step": line.step,
                "text": storable(line.text),
            }
            for line in logs
        ]
        with self._transactions.write() as connection:
            if changed:
                position = tables.steps.c.position
                last = select(func.coalesce(func.max(position), -1)).where(tables.steps.c.run_id == run_id)
                first_free = connection.execute(last).scalar_one() + 1
                placed = [row | {"position": first_free + index} for index, row in enumerate(changed)]
                upsert(connection, tables.steps, placed, replaced=_STEP_CHANGES)
            if lines:
                connection.execute(insert(tables.logs), lines)

    def finish_run(self, run: RunRecord) -> None:
        """Record how a run ended (state, times, generation, bound plan, report)."""
        row = _run_values(run)
        with self._transactions.write() as connection:
            upsert(connection, tables.runs, [row], replaced=_RUN_END)

    def commit_versions(self, versions: Sequence[Version], triggers: Sequence[Trigger]) -> Mapping[str, Version]:
        """Insert versions that are absent, and triggers; return the row that stands for each id.

        Where another committed first, its row is returned and the caller drops its own files. A trigger
        recorded again becomes the newest of its dataset.
        """
        rows = [version_values(version) for version in versions]
        fired = {trigger.key: _trigger_values(trigger) for trigger in triggers}
        if not rows and not fired:
            return {}
        with self._transactions.write() as connection:
            upsert(connection, tables.versions, rows)
            if fired:
                again = delete(tables.triggers).where(tables.triggers.c.key == bindparam("fired"))
                connection.execute(again, [{"fired": key} for key in fired])
                connection.execute(insert(tables.triggers), list(fired.values()))
            return read_versions(connection, [version.id for version in versions])

    def record_evidence(self, evidence: Sequence[Evidence]) -> None:
        """Record verdicts; the newest verdict of a key stands."""
        rows = [evidence_values(entry) for entry in evidence]
        if rows:
            with self._transactions.write() as connection:
                upsert(connection, tables.evidence, rows, replaced=_EVIDENCE_CHANGES)

    def remember_definitions(self, definitions: Sequence[Definition]) -> None:
        """Remember texts of new fingerprints; known fingerprints keep the text first seen."""
        rows = [
            {"fingerprint": entry.fingerprint, "text": entry.text, "dialect": entry.dialect, "parser": entry.parser}
            for entry in definitions
        ]
        if rows:
            with self._transactions.write() as connection:
                upsert(connection, tables.definitions, rows)

    def remember_observations(self, observations: Sequence[FileObservation]) -> None:
        """Remember file observations, newest wins. Files whose name is no text are not remembered, only read again."""
        rows = [
            {
                "path": entry.path,
                "size_bytes": entry.size_bytes,
                "mtime_ns": entry.mtime_ns,
                "inode": signed(entry.inode),
                "hash": entry.hash,
                "hashed_at_ns": entry.hashed_at_ns,
            }
            for entry in observations
            if is_storable(entry.path)
        ]
        if rows:
            table = tables.observations
            with self._transactions.write() as connection:
                upsert(connection, table, rows, replaced=_OBSERVATION_CHANGES, newest_by="hashed_at_ns")

    def publish(self, publication: Publication, now: dt.datetime) -> int:
        """Move pointers in one transaction and return the new generation; see `state.publish.publish`."""
        packed = pack_revisions(publication.revisions)
        with self._transactions.write() as connection:
            return publish(connection, publication, now, packed)


def _run_values(run: RunRecord) -> dict[str, object]:
    return {
        "id": run.id,
        "environment": run.environment,
        "state": run.state.value,
        "options": storable(run.options),
        "by": storable(run.by),
        "started_at": to_micros(run.started_at),
        "finished_at": None if run.finished_at is None else to_micros(run.finished_at),
        "base_generation": run.base_generation,
        "generation": run.generation,
        "meshwright": run.meshwright,
        "parent": run.parent,
        "planned": pack_text(run.planned),
        "bound": pack_text(run.bound),
        "report": pack_text(run.report),
        "files": pack_text(to_json(run.files)),
    }


def _step_values(run_id: str, step: StepRecord) -> dict[str, object]:
    return {
        "run_id": run_id,
        "key": step.key,
        "dataset": step.dataset,
        "action": step.action,
        "state": step.state,
        "version": step.version,
        "rows": step.rows,
        "seconds": step.seconds,
        "attempts": step.attempts,
        "error": None if step.error is None else storable(step.error),
    }


def _trigger_values(trigger: Trigger) -> dict[str, object]:
    return {
        "key": trigger.key,
        "dataset": trigger.dataset,
        "version": trigger.version,
        "fingerprint": trigger.fingerprint,
        "observation": trigger.observation,
        "observed": storable(trigger.observed),
    }
