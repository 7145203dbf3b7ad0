"""The changing side of the state: one method, one transaction. Heavy work is done before the lock is taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

from meshwright.checks.spec import Evidence
from meshwright.model import FileObservation, Footprint, Page, Part, StoredFile, Version
from meshwright.state import jobs, leases, provisionings
from meshwright.state.codec import (
    entries_text,
    evidence_values,
    files_text,
    footprint_values,
    is_storable,
    pack,
    part_values,
    signed,
    storable,
    to_micros,
    version_values,
)
from meshwright.state.connection import Connection
from meshwright.state.keeping import forget_environment, share, take_up, take_up_listed, take_up_parts
from meshwright.state.layout import REPAIRS_KEY
from meshwright.state.publish import pack_revisions, publish, write_pins
from meshwright.state.reader import read_parts, read_versions
from meshwright.state.records import (
    Definition,
    Environment,
    FootprintKey,
    InnerStepRecord,
    JobRecord,
    Lease,
    LogLine,
    Pin,
    Provisioning,
    Publication,
    RuleVerdict,
    RunRecord,
    RunState,
    StepRecord,
    StopRequest,
    Trigger,
)
from meshwright.state.run_rows import inner_step_values, run_values, step_values, trigger_values
from meshwright.state.statements import (
    batches,
    for_update,
    insert_if_absent,
    insert_newest,
    insert_rows,
    marks,
    upsert,
)
from meshwright.state.telling import news_of, run_ended, run_started, tell, tests_failed
from meshwright.state.transactions import Transactions
from meshwright.state.verdicts import record_verdicts

#: Columns of a run that its end decides; the others are fixed at its start.
_RUN_END = ("state", "finished_at", "generation", "bound", "report", "costs")
_STEP_KEY = ("run_id", "key")
_STEP_CHANGES = (
    "dataset", "action", "state", "version", "rows", "seconds", "attempts", "error",
    "started_at", "ended_at", "inputs", "costs", "revision",
)  # fmt: skip
_INNER_KEY = ("run_id", "step", "name")
_INNER_CHANGES = ("position", "kind", "state", "after", "started_at", "ended_at", "error", "dataset")
_STOP_CHANGES = ("token", "at", "by")
_EVIDENCE_KEY = ("version", "check_id", "others")
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
        return self._transactions.change(lambda connection: leases.take(connection, name, holder, now, ttl_s))

    def renew_lease(self, lease: Lease, now: dt.datetime, ttl_s: float) -> Lease | None:
        """Extend a lease, even one that expired if nobody took it; None where it was taken over or released."""
        return self._transactions.change(lambda connection: leases.renew(connection, lease, now, ttl_s))

    def release_lease(self, lease: Lease) -> None:
        """Give a lease up; nothing happens where it was taken over."""
        self._transactions.change(lambda connection: leases.release(connection, lease))

    def start_run(
        self, run: RunRecord, steps: Sequence[StepRecord], blobs: Mapping[str, bytes], *, must_be_new: bool = False
    ) -> bool:
        """Record a run, its steps and the files it was made from; what is already recorded under its id is kept.

        With `must_be_new` False, with nothing recorded, where there is a run of its id.
        """
        row = run_values(run)
        missing = self._missing_blobs(blobs)
        stored = [{"digest": digest, "data": pack(blobs[digest])} for digest in missing]
        listed = [step_values(run.id, step) | {"position": position} for position, step in enumerate(steps)]

        def work(connection: Connection) -> bool:
            # Who comes second waits here for the first one's commit, and then inserts nothing.
            is_new = insert_if_absent(connection, "runs", ("id",), row)
            if must_be_new and not is_new:
                return False
            upsert(connection, "blobs", ("digest",), stored)
            upsert(connection, "steps", _STEP_KEY, listed)
            if is_new:
                tell(connection, [run_started(connection, run, steps)])
            return True

        return self._transactions.change(work)

    def _missing_blobs(self, blobs: Mapping[str, bytes]) -> list[str]:
        """Return the digests not stored yet, sorted: most files are the same from run to run."""
        known: set[str] = set()
        with self._transactions.read() as connection:
            for batch in batches(blobs):
                rows = connection.rows(f"SELECT digest FROM blobs WHERE digest IN {marks(batch)}", batch)
                known.update(digest for (digest,) in rows)
        return sorted(blobs.keys() - known)

    def record_steps(self, run_id: str, steps: Sequence[StepRecord], logs: Sequence[LogLine]) -> None:
        """Update steps and append log lines, in one batch. Steps that the plan did not list come after the others.

        Log lines have no key: recorded again, they stand twice.
        """
        if not steps and not logs:
            return
        changed = [step_values(run_id, step) for step in steps]
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

        def work(connection: Connection) -> None:
            if changed:
                last = "SELECT coalesce(max(position), -1) FROM steps WHERE run_id = ?"
                first_free = connection.value(last, (run_id,)) + 1
                newest = "SELECT coalesce(max(revision), 0) FROM steps WHERE run_id = ?"
                # One coordinator at a time writes a run's steps: who follows them misses no number.
                revision = connection.value(newest, (run_id,)) + 1
                placed = [
                    row | {"position": first_free + index, "revision": revision} for index, row in enumerate(changed)
                ]
                upsert(connection, "steps", _STEP_KEY, placed, replaced=_STEP_CHANGES)
            insert_rows(connection, "logs", lines)

        self._transactions.change(work)

    def record_inner_steps(self, run_id: str, step: str, inner: Sequence[InnerStepRecord]) -> None:
        """Record the inner steps of a step as they stand: those that are there are updated, others stay.

        Of steps that are given twice under one name the last one stands.
        """
        rows = {each.name: inner_step_values(run_id, step, place, each) for place, each in enumerate(inner)}
        self._upsert("inner_steps", _INNER_KEY, list(rows.values()), replaced=_INNER_CHANGES)

    def record_infrastructure(self, run_id: str, infrastructure: str) -> None:
        """Record what the processes that carried a run out ran on, the one that takes it over among them."""
        change = "UPDATE runs SET infrastructure = ? WHERE id = ?"
        self._transactions.change(lambda connection: connection.change(change, (storable(infrastructure), run_id)))

    def reopen_run(self, run_id: str, lease: Lease) -> None:
        """Record that a run which was interrupted goes on. Raises Fenced where `lease` is held no more."""

        def work(connection: Connection) -> None:
            leases.require_held(connection, lease)
            change = "UPDATE runs SET state = ?, finished_at = NULL WHERE id = ?"
            connection.change(change, (RunState.RUNNING.value, run_id))

        self._transactions.change(work)

    def request_stop(self, request: StopRequest) -> None:
        """Ask the coordinator of a run to stop; the newest request stands."""
        row = {"run_id": request.run_id, "token": request.token, "at": to_micros(request.at), "by": request.by}
        self._upsert("stops", ("run_id",), [row], replaced=_STOP_CHANGES)

    def finish_run(self, run: RunRecord, lease: Lease | None = None) -> None:
        """Record how a run ended (state, times, generation, bound plan, report), and give its lease up.

        Raises Fenced where `lease` is held no more.
        """
        row = run_values(run)

        def work(connection: Connection) -> None:
            if lease is not None:
                leases.require_held(connection, lease)
            upsert(connection, "runs", ("id",), [row], replaced=_RUN_END)
            connection.change("DELETE FROM holds WHERE run_id = ?", (run.id,))
            if lease is not None:
                leases.release(connection, lease)
            if run.finished_at is not None:
                tell(connection, [run_ended(connection, run)])

        self._transactions.change(work)

    def commit_versions(
        self, versions: Sequence[Version], triggers: Sequence[Trigger], lease: Lease | None = None
    ) -> Mapping[str, Version]:
        """Insert versions that are absent, and triggers; return the row that stands for each id.

        Where another committed first, its row is returned and the caller drops its own files. A trigger
        recorded again becomes the newest of its dataset. Raises Fenced where `lease` is held no more.
        """
        rows = [version_values(version) for version in versions]
        fired = {trigger.key: trigger_values(trigger) for trigger in triggers}
        if not rows and not fired:
            return {}
        run_id = _run_of(lease)

        def work(connection: Connection) -> Mapping[str, Version]:
            share(connection)
            if lease is not None:
                leases.require_held(connection, lease)
            upsert(connection, "versions", ("id",), rows)
            insert_newest(connection, "triggers", "key", list(fired.values()), counter="number")
            standing = _standing(connection, versions, rows)
            if lease is not None:
                others = [each.id for each in standing.values() if each.run_id != run_id]
                _hold(connection, run_id, take_up(connection, others))
            return standing

        return self._transactions.change(work)

    def start_job(self, job: JobRecord) -> JobRecord:
        """Record that a job is about to be started, where nothing is recorded under its id, and none of its trigger is under
        way; return what stands."""
        return self._transactions.change(lambda connection: jobs.start(connection, job))

    def change_job(self, job: JobRecord) -> None:
        """Record the handle, state, end and error of a job. One that is over stays as it ended."""
        self._transactions.change(lambda connection: _change_job(connection, job))

    def hold_versions(self, lease: Lease, versions: Collection[str]) -> frozenset[str]:
        """Keep versions, or parts, from garbage collection for as long as the run of `lease` goes on; return those gone.

        What the run's steps name is held without a row of its own. Raises Fenced where `lease` is held no more.
        """
        run_id = _run_of(lease)

        def work(connection: Connection) -> frozenset[str]:
            share(connection)
            leases.require_held(connection, lease)
            found = take_up(connection, versions)
            if others := set(versions) - found:
                found |= take_up_parts(connection, others)
            named = connection.rows("SELECT version FROM steps WHERE run_id = ? AND version IS NOT NULL", (run_id,))
            _hold(connection, run_id, found.difference(version for (version,) in named))
            return frozenset(versions) - found

        return self._transactions.change(work) if versions else frozenset()

    def commit_parts(self, parts: Sequence[Part], lease: Lease | None = None) -> Mapping[str, Part]:
        """Insert parts that are absent; return the row that stands for each id. Raises Fenced where `lease` is held no more.

        What another run built is held for this one, as long as it goes on; what it builds itself is its own anyway.
        """
        rows = [part_values(part) for part in parts]
        run_id = _run_of(lease)

        def work(connection: Connection) -> Mapping[str, Part]:
            share(connection)
            if lease is not None:
                leases.require_held(connection, lease)
            upsert(connection, "parts", ("id",), rows)
            take_up_parts(connection, [part.id for part in parts])
            standing = _standing_parts(connection, parts, rows)
            if lease is not None:
                _hold(connection, run_id, [each.id for each in standing.values() if each.run_id != run_id])
            return standing

        return self._transactions.change(work) if rows else {}

    def commit_manifest(self, version: Version, pages: Sequence[Page], lease: Lease | None = None) -> Version | None:
        """Insert a version that is made of parts, with those of its pages that are absent; return the row that stands.

        None, and nothing is inserted, where a part that one of `pages` lists is gone, or a page of the manifest that is not
        among them. Raises Fenced where `lease` is held no more.
        """
        if version.manifest is None:
            raise ValueError(f"version {version.id} of {version.dataset} has no manifest")
        row = version_values(version)
        written = [{"id": page.id, "dataset": version.dataset, "entries": entries_text(page.entries)} for page in pages]
        parts = {part for page in pages for _, part in page.entries}
        listed = {page for _, page in version.manifest.pages}
        run_id = _run_of(lease)

        def work(connection: Connection) -> Version | None:
            share(connection)
            if lease is not None:
                leases.require_held(connection, lease)
            if _are_missing(connection, "parts", parts) or _are_missing(
                connection, "pages", listed - {p.id for p in pages}
            ):
                return None
            upsert(connection, "pages", ("id",), written)
            upsert(connection, "versions", ("id",), [row])
            standing = read_versions(connection, [version.id])[version.id]
            take_up(connection, [version.id])
            take_up_listed(connection, version.dataset, listed)
            if lease is not None and standing.run_id != run_id:
                _hold(connection, run_id, [version.id])
            return standing

        return self._transactions.change(work)

    def remember_footprints(self, footprints: Mapping[FootprintKey, Footprint]) -> None:
        """Remember in which intervals versions and parts have rows; it is the same whoever looks."""
        rows = [footprint_values(key.of, key.column, key.calendar, found) for key, found in footprints.items()]
        self._upsert("footprints", ("of", "column", "calendar"), rows)

    def replace_part_files(self, part: Part, files: tuple[StoredFile, ...]) -> bool:
        """Let a part's row list `files` in place of those of `part`; False where it lists others by now."""
        size = replace(part, files=files).size_bytes
        change = "UPDATE parts SET files = ?, size_bytes = ? WHERE id = ? AND files = ?"
        values = (files_text(files), size, part.id, files_text(part.files))
        return self._transactions.change(lambda connection: connection.change(change, values) == 1)

    def share_file(self, lease: Lease, parts: Sequence[Part], file: StoredFile) -> bool:
        """Let the rows of all `parts` list `file`, which they share, in place of their own files.

        False, and nothing is changed, where one of them is gone or lists others by now. Raises Fenced where the lease is lost.
        """
        was = {part.id: files_text(part.files) for part in parts}
        now = files_text((file,))
        rows = [(now, replace(part, files=(file,)).size_bytes, part.id) for part in parts]

        def work(connection: Connection) -> bool:
            leases.require_held(connection, lease)
            for batch in batches(was):
                query = f"SELECT id, files FROM parts WHERE id IN {marks(batch)}{for_update(connection)}"
                found: dict[str, str] = dict(connection.rows(query, batch))
                if any(found.get(id_) != was[id_] for id_ in batch):
                    return False
            connection.change_many("UPDATE parts SET files = ?, size_bytes = ? WHERE id = ?", rows)
            return True

        return self._transactions.change(work)

    def replace_files(self, version: Version, files: tuple[StoredFile, ...]) -> bool:
        """Let a version's row list `files` in place of those of `version`; False where it lists others by now."""
        change = "UPDATE versions SET files = ? WHERE id = ? AND files = ?"
        values = (files_text(files), version.id, files_text(version.files))

        def work(connection: Connection) -> bool:
            if connection.change(change, values) != 1:
                return False
            # Versions are kept by those who read them for as long as this stays: nothing else of one changes.
            upsert(connection, "meta", ("key",), [{"key": REPAIRS_KEY, "value": uuid4().hex}], replaced=("value",))
            return True

        return self._transactions.change(work)

    def forget_triggers(self, version: str) -> int:
        """Forget what led to an opaque version, so that its node runs again; return how many triggers there were."""
        return self._transactions.change(
            lambda connection: connection.change("DELETE FROM triggers WHERE version = ?", (version,))
        )

    def record_evidence(self, evidence: Sequence[Evidence], verdicts: Sequence[RuleVerdict] = ()) -> None:
        """Record evidence, the newest of a key stands; and append `verdicts`, what it says of each rule, to their histories."""
        rows = [evidence_values(entry) for entry in evidence]
        if not rows and not verdicts:
            return

        def work(connection: Connection) -> None:
            upsert(connection, "evidence", _EVIDENCE_KEY, rows, replaced=_EVIDENCE_CHANGES)
            record_verdicts(connection, verdicts)
            tell(connection, tests_failed(connection, verdicts))

        self._transactions.change(work)

    def remember_definitions(self, definitions: Sequence[Definition]) -> None:
        """Remember texts of new fingerprints; known fingerprints keep the text first seen."""
        rows = [
            {"fingerprint": entry.fingerprint, "text": entry.text, "dialect": entry.dialect, "parser": entry.parser}
            for entry in definitions
        ]
        self._upsert("definitions", ("fingerprint",), rows)

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
        self._upsert("observations", ("path",), rows, replaced=_OBSERVATION_CHANGES, newest_by="hashed_at_ns")

    def publish(self, publication: Publication, now: dt.datetime) -> int:
        """Move pointers in one transaction and return the new generation; see `state.publish.publish`."""
        packed = pack_revisions(publication.revisions)
        news = news_of(self._transactions.read, publication)
        return self._transactions.change(lambda connection: publish(connection, publication, now, packed, news))

    def settle_note(self, key: str, value: str) -> str:
        """Note `value` under a key where nothing is noted yet, and return what is noted there."""

        def work(connection: Connection) -> str:
            upsert(connection, "meta", ("key",), [{"key": key, "value": value}])
            return str(connection.value('SELECT "value" FROM meta WHERE "key" = ?', (key,)))

        return self._transactions.change(work)

    def create_sandbox(self, sandbox: Environment) -> Environment | None:
        """Make a sandbox over its base as that stands now, and return it; None where the name is taken. One row."""
        values = {
            "created_at": to_micros(sandbox.created_at) if sandbox.created_at else None,
            "created_by": storable(sandbox.created_by),
            "touched_at": to_micros(sandbox.touched_at) if sandbox.touched_at else None,
            "expire_after_s": sandbox.expire_after_s,
            "options": storable(sandbox.options),
        }

        def work(connection: Connection) -> Environment | None:
            share(connection)
            if connection.first("SELECT 1 FROM environments WHERE name = ?", (sandbox.name,)) is not None:
                return None
            frozen = connection.value("SELECT generation FROM environments WHERE name = ?", (sandbox.base,)) or 0
            row = {"name": sandbox.name, "generation": 0, "base": sandbox.base, "base_generation": frozen, **values}
            insert_rows(connection, "environments", [row])
            return replace(sandbox, generation=0, base_generation=frozen)

        return self._transactions.change(work)

    def delete_sandbox(self, name: str) -> bool:
        """Forget a sandbox with its pointers, history and pins; False where there is none of this name."""

        def work(connection: Connection) -> bool:
            query = f"SELECT base FROM environments WHERE name = ?{for_update(connection)}"
            if connection.value(query, (name,)) is None:
                return False
            forget_environment(connection, name)
            return True

        return self._transactions.change(work)

    def begin_provisioning(self, lease: Lease, provisioning: Provisioning) -> bool:
        """Record what a sandbox is to be provisioned with; False, with nothing changed, where that is recorded already.

        Raises Fenced where `lease` is held no more.
        """

        def work(connection: Connection) -> bool:
            leases.require_held(connection, lease)
            return provisionings.begin(connection, provisioning)

        return self._transactions.change(work)

    def change_provisioning(self, lease: Lease, provisioning: Provisioning, ended: Sequence[JobRecord] = ()) -> None:
        """Record how far a provisioning is, and the jobs that ended with that. Raises Fenced as `begin_provisioning`."""

        def work(connection: Connection) -> None:
            leases.require_held(connection, lease)
            provisionings.change(connection, provisioning)
            for job in ended:
                _change_job(connection, job)

        self._transactions.change(work)

    def forget_provisioning(self, lease: Lease, sandbox: str) -> None:
        """Forget that a sandbox was provisioned: all of it is undone. Raises Fenced as `begin_provisioning`."""

        def work(connection: Connection) -> None:
            leases.require_held(connection, lease)
            provisionings.forget(connection, sandbox)

        self._transactions.change(work)

    def touch_sandbox(self, sandbox: Environment, now: dt.datetime) -> bool:
        """Note that a sandbox is in use, and when it expires if it is idle; False where it is gone."""
        change = "UPDATE environments SET touched_at = ?, expire_after_s = ? WHERE name = ? AND base = ?"
        values = (to_micros(now), sandbox.expire_after_s, sandbox.name, sandbox.base)
        return self._transactions.change(lambda connection: connection.change(change, values) == 1)

    def set_pins(self, environment: str, pins: Sequence[Pin], unpinned: Collection[str]) -> None:
        """Hold pointers and let others go, where they stand."""

        def work(connection: Connection) -> None:
            share(connection)
            write_pins(connection, pins, unpinned, environment)

        self._transactions.change(work)

    def _upsert(
        self,
        table: str,
        key: Sequence[str],
        rows: Sequence[Mapping[str, object]],
        *,
        replaced: Sequence[str] = (),
        newest_by: str | None = None,
    ) -> None:
        """Write rows of one table, if there are any."""
        if rows:
            self._transactions.change(
                lambda connection: upsert(connection, table, key, rows, replaced=replaced, newest_by=newest_by)
            )


def _hold(connection: Connection, run_id: str, versions: Collection[str]) -> None:
    rows = [{"run_id": run_id, "version": version} for version in versions]
    upsert(connection, "holds", ("run_id", "version"), rows)


def _standing(
    connection: Connection, versions: Sequence[Version], rows: Sequence[Mapping[str, object]]
) -> Mapping[str, Version]:
    """Return the version that stands for each id: one of `versions` where the row is its own, else the one that was first."""
    listed: dict[object, tuple[object, object]] = {}
    for batch in batches(versions):
        query = f"SELECT id, files, run_id FROM versions WHERE id IN {marks(batch)}"
        found = connection.rows(query, [version.id for version in batch])
        listed.update((id_, (files, run)) for id_, files, run in found)
    # Two views of one id list no files alike: who was first is read from the row.
    own = {
        version.id: version
        for version, row in zip(versions, rows, strict=True)
        if version.files and listed[version.id] == (row["files"], row["run_id"])
    }
    return own | read_versions(connection, [version.id for version in versions if version.id not in own])


def _standing_parts(
    connection: Connection, parts: Sequence[Part], rows: Sequence[Mapping[str, object]]
) -> Mapping[str, Part]:
    """Return the part that stands for each id: one of `parts` where the row is its own, else the one that was first."""
    listed: dict[object, tuple[object, object]] = {}
    for batch in batches(parts):
        query = f"SELECT id, files, run_id FROM parts WHERE id IN {marks(batch)}"
        found = connection.rows(query, [part.id for part in batch])
        listed.update((id_, (files, run)) for id_, files, run in found)
    own = {
        part.id: part for part, row in zip(parts, rows, strict=True) if listed[part.id] == (row["files"], row["run_id"])
    }
    return own | read_parts(connection, [part.id for part in parts if part.id not in own])


def _are_missing(connection: Connection, table: str, ids: Collection[str]) -> bool:
    """Whether a table has no row for one of `ids`."""
    found = 0
    for batch in batches(ids):
        found += connection.value(f"SELECT count(*) FROM {table} WHERE id IN {marks(batch)}", batch)
    return found < len(ids)


def _run_of(lease: Lease | None) -> str:
    """Return the id of the run that a lease is of."""
    return lease.name.removeprefix(leases.RUN_PREFIX) if lease is not None else ""


def _change_job(connection: Connection, job: JobRecord) -> None:
    values = jobs.job_values(job)
    changed = ("handle", "state", "ended_at", "error")
    assigned = ", ".join(f"{name} = ?" for name in changed)
    statement = f"UPDATE jobs SET {assigned} WHERE id = ? AND state IN ('starting', 'running')"
    connection.change(statement, (*(values[name] for name in changed), job.id))
