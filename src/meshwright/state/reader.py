"""The reading side of the state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from sys import intern
from types import MappingProxyType

from meshwright.checks.spec import Evidence, EvidenceKey
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.model import FileObservation, Footprint, Page, Part, Version
from meshwright.state import provisionings, verdicts
from meshwright.state.codec import (
    evidence_of,
    footprint_of,
    from_micros,
    is_storable,
    page_of,
    part_of,
    to_micros,
    unpack,
    unpack_text,
    unsigned,
    version_of,
)
from meshwright.state.connection import Connection, Row
from meshwright.state.jobs import JOBS, job_of
from meshwright.state.layout import OPEN
from meshwright.state.leases import find_lease, find_leases
from meshwright.state.records import (
    Definition,
    Environment,
    FootprintKey,
    Generation,
    GenerationAction,
    InnerStepRecord,
    JobRecord,
    Lease,
    LogLine,
    ObjectKind,
    Overlaid,
    Pin,
    Pointer,
    Provisioning,
    Revision,
    RuleVerdict,
    RunRecord,
    Standing,
    StepRecord,
    StopRequest,
    Trigger,
)
from meshwright.state.run_rows import (
    INNER_STEPS,
    RUNS,
    RUNS_IN_BRIEF,
    STEPS,
    TRIGGERS,
    inner_step_of,
    run_of,
    step_of,
    trigger_of,
)
from meshwright.state.statements import batches, marks
from meshwright.state.transactions import Transactions

#: Shortest beginning of an id that names it.
_PREFIX_LENGTH = 6
_LISTED = 10
_PAGE = 1000
_KINDS = {kind.value: kind for kind in ObjectKind}

#: Columns in the order in which `codec.version_of` takes them.
VERSIONS = (
    "SELECT id, dataset, columns, files, rows, content_digest, fingerprint, node_kind, is_opaque, inputs, params, engine,"
    " definition, run_id, created_at, seconds, restricted, manifest, before_id, outcome FROM versions"
)
#: Columns in the order in which `codec.part_of` takes them.
_PARTS = (
    "SELECT id, dataset, start_at, end_at, columns, files, rows, sum_a, sum_b, fingerprint, inputs, params, engine,"
    " run_id, created_at, seconds, restricted FROM parts"
)
_ENVIRONMENTS = (
    "SELECT name, generation, base, base_generation, created_at, created_by, touched_at, expire_after_s, options"
    " FROM environments"
)
#: Stands for a tombstone among the changes of a generation, where None is no pointer at all.
_TOMBSTONE = ""
_PINS = 'SELECT environment, object, revision, previous, is_lifted, at, "by", reason FROM pins'
#: Columns in the order in which `codec.evidence_of` takes them.
_EVIDENCE = (
    "SELECT version, check_id, others, outcome, value, failing_rows, sample, error, run_id, seconds FROM evidence"
)
#: Matches ids by their beginning, letter case and all; the range lets the index do it.
_STARTS_WITH = "WHERE id >= ? AND id < ? AND substr(id, 1, ?) = ?"


class DatabaseReader:
    """Implements `state.protocol.Reader`. Every answer is one transaction, so its parts belong together."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def generation(self, environment: str) -> int:
        """Return the environment's newest generation, 0 where nothing was published."""
        with self._transactions.read() as connection:
            return connection.value("SELECT generation FROM environments WHERE name = ?", (environment,)) or 0

    def note(self, key: str) -> str | None:
        """Return what is noted under a key; None where nothing is."""
        with self._transactions.read() as connection:
            found = connection.value('SELECT "value" FROM meta WHERE "key" = ?', (key,))
        return None if found is None else str(found)

    def environment(self, name: str) -> Environment | None:
        """Return an environment that something was published into, or a sandbox; None where neither is recorded."""
        with self._transactions.read() as connection:
            row = connection.first(f"{_ENVIRONMENTS} WHERE name = ?", (name,))
        return None if row is None else _environment_of(row)

    def environments(self) -> tuple[Environment, ...]:
        """Return all of them, by name."""
        with self._transactions.read() as connection:
            return tuple(map(_environment_of, connection.rows(f"{_ENVIRONMENTS} ORDER BY name")))

    def pointers(self, environment: str, generation: int | None = None) -> Mapping[str, Pointer]:
        """Return the pointers of an environment now, or as of a generation, by object.

        In a sandbox what its base pointed to shines through, but where it has a pointer, or a tombstone, of its own.
        """
        return self._pointers(environment, generation, None)

    def product_pointers(self, environment: str, product: str, generation: int | None = None) -> Mapping[str, Pointer]:
        """Return those of `pointers` that are of one product's datasets and ports; costs what these are."""
        return self._pointers(environment, generation, product)

    def standings(self, environment: str, object_: str) -> tuple[Standing, ...]:
        """Return what the environment's own pointer for an object was in the generations that are kept, newest first."""
        query = (
            "SELECT revision, from_generation, to_generation FROM pointers WHERE environment = ? AND object = ?"
            " AND revision IS NOT NULL AND to_generation >"
            " coalesce((SELECT oldest_generation FROM environments WHERE name = ?), 0) ORDER BY to_generation DESC"
        )
        with self._transactions.read() as connection:
            found = connection.rows(query, (environment, object_, environment))
        return tuple(
            Standing(revision=revision, first=first, last=None if end == OPEN else end - 1)
            for revision, first, end in found
        )

    def _pointers(self, environment: str, generation: int | None, product: str | None) -> Mapping[str, Pointer]:
        with self._transactions.read() as connection:
            own = _rows_as_of(connection, environment, generation, product)
            base, shown = _beneath(connection, environment, generation)
            beneath = _rows_as_of(connection, base, shown, product) if base else []
        found = {row[0]: _pointer_of(row, str(base)) for row in beneath}
        for row in own:
            if row[2] is None:
                found.pop(row[0], None)
            else:
                found[intern(row[0])] = _pointer_of(row, environment)
        return MappingProxyType(dict(sorted(found.items())) if beneath else found)

    def overlay(self, sandbox: str) -> Mapping[str, Overlaid]:
        """Return the pointers and tombstones of a sandbox's own, by object."""
        with self._transactions.read() as connection:
            rows = _rows_as_of(connection, sandbox, None)
        return {
            object_: Overlaid(object=object_, kind=_KINDS[kind], revision=revision, generation=since)
            for object_, kind, revision, since in rows
        }

    def pins(self, environment: str) -> Mapping[str, Pin]:
        """Return the pins that hold in an environment, by object: in a sandbox those of its base as well, unless lifted."""
        query = f"{_PINS} WHERE environment = ? ORDER BY object"
        with self._transactions.read() as connection:
            base = connection.value("SELECT base FROM environments WHERE name = ?", (environment,))
            found = [*(connection.rows(query, (base,)) if base else ()), *connection.rows(query, (environment,))]
        pins = {pin.object: pin for pin in map(_pin_of, found)}
        return {object_: pin for object_, pin in sorted(pins.items()) if not pin.is_lifted}

    def generations(self, environment: str, limit: int = 50) -> tuple[Generation, ...]:
        """Return the newest generations, newest first."""
        query = (
            'SELECT number, at, "by", run_id, reason, action, base_generation FROM generations'
            " WHERE environment = ? AND number >="
            " coalesce((SELECT oldest_generation FROM environments WHERE name = ?), 0) ORDER BY number DESC LIMIT ?"
        )
        with self._transactions.read() as connection:
            found = connection.rows(query, (environment, environment, max(limit, 0)))
            changes = _changes(connection, environment, found[-1][0], found[0][0]) if found else {}
            base, _ = _beneath(connection, environment, None)
            shown = {row[0]: row[6] for row in found}
            beneath = {each: dict(_revisions(connection, base, each)) for each in set(shown.values())} if base else {}
        if base:
            changes = {number: _shining(changed, beneath[shown[number]]) for number, changed in changes.items()}
        return tuple(
            Generation(
                environment=environment,
                number=number,
                at=from_micros(at),
                by=by,
                run_id=run_id,
                reason=reason,
                action=GenerationAction(action or GenerationAction.RUN),
                base_generation=base_generation,
                changed=MappingProxyType(
                    {name: (before or None, after or None) for name, (before, after) in changes.get(number, {}).items()}
                ),
            )
            for number, at, by, run_id, reason, action, base_generation in found
        )

    def publishers(self, environment: str, numbers: Collection[int]) -> Mapping[int, str]:
        """Return the ids of the runs that made generations, by number; unknown numbers are left out."""
        query = "SELECT number, run_id FROM generations WHERE environment = ? AND number IN "
        found: dict[int, str] = {}
        with self._transactions.read() as connection:
            for batch in batches(sorted(numbers)):
                found.update(connection.rows(query + marks(batch), (environment, *batch)))
        return found

    def oldest_generation(self, environment: str) -> int:
        """Return the oldest generation that can still be read, 0 where nothing was published."""
        query = "SELECT coalesce(oldest_generation, 1), generation FROM environments WHERE name = ?"
        with self._transactions.read() as connection:
            row = connection.first(query, (environment,))
        return min(row) if row is not None else 0

    def revisions(self, ids: Collection[str]) -> Mapping[str, Revision]:
        """Return revisions of ports and products by id; unknown ids are left out."""
        found = self._by_key("SELECT id, kind, object, document FROM revisions WHERE id", ids)
        return {
            id_: Revision(id=id_, kind=_KINDS[kind], object=object_, document=unpack_text(document))
            for id_, kind, object_, document in found
        }

    def versions(self, ids: Collection[str]) -> Mapping[str, Version]:
        """Return versions by id; unknown ids are left out."""
        with self._transactions.read() as connection:
            return read_versions(connection, ids)

    def all_versions(self) -> Iterable[Version]:
        """Yield every version by id, a page at a time; between pages nothing is held open."""
        after = ""
        while page := self._version_rows(f"{VERSIONS} WHERE id > ? ORDER BY id LIMIT ?", (after, _PAGE)):
            yield from page
            after = page[-1].id

    def _version_rows(self, query: str, values: Sequence[object]) -> tuple[Version, ...]:
        with self._transactions.read() as connection:
            return tuple(map(version_of, connection.rows(query, values)))

    def pages(self, ids: Collection[str]) -> Mapping[str, Page]:
        """Return pages of manifests by id; unknown ids are left out."""
        found = map(page_of, self._by_key("SELECT id, entries FROM pages WHERE id", ids))
        return {page.id: page for page in found}

    def parts(self, ids: Collection[str]) -> Mapping[str, Part]:
        """Return parts by id; unknown ids are left out."""
        with self._transactions.read() as connection:
            return read_parts(connection, ids)

    def all_parts(self) -> Iterable[Part]:
        """Yield every part by id, some at a time; in between nothing is held open."""
        after = ""
        while found := self._part_rows(after):
            yield from found
            after = found[-1].id

    def _part_rows(self, after: str) -> tuple[Part, ...]:
        with self._transactions.read() as connection:
            return tuple(map(part_of, connection.rows(f"{_PARTS} WHERE id > ? ORDER BY id LIMIT ?", (after, _PAGE))))

    def footprints(self, keys: Collection[FootprintKey]) -> Mapping[FootprintKey, Footprint]:
        """Return remembered footprints by key; missing keys are left out."""
        asked = {(key.of, key.column, key.calendar.rule): key for key in keys}
        query = 'SELECT "of", "column", calendar, ranges, outside FROM footprints WHERE "of"'
        rows = self._by_key(query, sorted({key.of for key in keys}))
        return {
            asked[of, column, rule]: footprint_of(ranges, outside)
            for of, column, rule, ranges, outside in rows
            if (of, column, rule) in asked
        }

    def versions_of(self, dataset: str, limit: int = 20) -> tuple[Version, ...]:
        """Return the newest versions of a dataset, newest first."""
        newest = "WHERE dataset = ? ORDER BY coalesce(created_at, 0) DESC, id LIMIT ?"
        return self._version_rows(f"{VERSIONS} {newest}", (dataset, max(limit, 0)))

    def versions_like(self, prefix: str) -> tuple[Version, ...]:
        """Return versions whose id starts with `prefix` (at least 6 characters, else none), at most 10."""
        if len(prefix) < _PREFIX_LENGTH or not is_storable(prefix):
            return ()
        return self._version_rows(f"{VERSIONS} {_STARTS_WITH} ORDER BY id LIMIT ?", (*_beginning(prefix), _LISTED))

    def triggers(self, keys: Collection[str]) -> Mapping[str, Trigger]:
        """Return triggers by key; unknown keys are left out."""
        return {row[0]: trigger_of(row) for row in self._by_key(f"{TRIGGERS} WHERE key", keys)}

    def jobs(self, triggers: Collection[str]) -> tuple[JobRecord, ...]:
        """Return the jobs that were started for triggers, the first started first."""
        found: list[JobRecord] = []
        with self._transactions.read() as connection:
            for batch in batches(triggers):
                query = f'{JOBS} WHERE "trigger" IN {marks(batch)}'
                found.extend(job_of(row) for row in connection.rows(query, batch))
        return tuple(sorted(found, key=lambda job: (job.started_at, job.id)))

    def jobs_of(self, run_id: str) -> tuple[JobRecord, ...]:
        """Return the jobs that a run started, the first started first."""
        with self._transactions.read() as connection:
            rows = connection.rows(f"{JOBS} WHERE run_id = ? ORDER BY started_at, id", (run_id,))
        return tuple(job_of(row) for row in rows)

    def open_jobs(self) -> tuple[JobRecord, ...]:
        """Return the jobs that are not known to have ended, the first started first."""
        with self._transactions.read() as connection:
            rows = connection.rows(f"{JOBS} WHERE state IN ('starting', 'running') ORDER BY started_at, id")
        return tuple(job_of(row) for row in rows)

    def newest_of(self, datasets: Collection[str]) -> Mapping[str, Version]:
        """Return the newest version of each of some nodes, by address; of what has none, nothing."""
        found: dict[str, Version] = {}
        with self._transactions.read() as connection:
            for batch in batches(datasets):
                newest = (
                    "SELECT dataset, max(created_at) AS created_at FROM versions"
                    f" WHERE dataset IN {marks(batch)} GROUP BY dataset"
                )
                query = (
                    f"{VERSIONS} AS found WHERE EXISTS (SELECT 1 FROM ({newest}) AS newest"
                    " WHERE newest.dataset = found.dataset AND newest.created_at = found.created_at) ORDER BY id"
                )
                found.update((version.dataset, version) for version in map(version_of, connection.rows(query, batch)))
        return found

    def last_triggers(self, datasets: Collection[str]) -> Mapping[str, Trigger]:
        """Return the newest trigger of each dataset, in the order of recording."""
        answer: dict[str, Trigger] = {}
        with self._transactions.read() as connection:
            for batch in batches(datasets):
                newest = f"SELECT max(number) FROM triggers WHERE dataset IN {marks(batch)} GROUP BY dataset"
                found = map(trigger_of, connection.rows(f"{TRIGGERS} WHERE number IN ({newest})", batch))
                answer.update((trigger.dataset, trigger) for trigger in found)
        return answer

    def evidence(self, keys: Collection[EvidenceKey]) -> Mapping[EvidenceKey, Evidence]:
        """Return recorded evidence by key; missing keys are left out."""
        asked = frozenset(keys)
        versions = sorted({version for version, _, _ in asked})
        found = map(evidence_of, self._by_key(f"{_EVIDENCE} WHERE version", versions))
        keyed = {(entry.version, entry.check, entry.others): entry for entry in found}
        return {key: keyed[key] for key in asked if key in keyed}

    def rule_checks(self, dataset: str) -> Mapping[str, frozenset[str]]:
        """Return the ids that rules of a dataset ever had, each with the fingerprints that it stood for."""
        with self._transactions.read() as connection:
            return verdicts.rule_checks(connection, dataset)

    def rule_history(self, dataset: str, rules: Collection[str], limit: int = 50) -> tuple[RuleVerdict, ...]:
        """Return the newest verdicts on a dataset of rules by their ids, newest first."""
        with self._transactions.read() as connection:
            return verdicts.history(connection, dataset, rules, limit)

    def latest_verdicts(self, dataset: str, environments: Sequence[str]) -> Mapping[str, RuleVerdict]:
        """Return the newest verdict of each rule of a dataset in any of some environments, by the rule's id."""
        with self._transactions.read() as connection:
            return verdicts.latest(connection, dataset, environments)

    def definitions(self, fingerprints: Collection[str]) -> Mapping[str, Definition]:
        """Return the remembered texts by fingerprint."""
        query = "SELECT fingerprint, text, dialect, parser FROM definitions WHERE fingerprint"
        return {
            fingerprint: Definition(fingerprint=fingerprint, text=text, dialect=dialect, parser=parser)
            for fingerprint, text, dialect, parser in self._by_key(query, fingerprints)
        }

    def observations(self, paths: Collection[str]) -> Mapping[str, FileObservation]:
        """Return remembered file observations by path."""
        query = "SELECT path, size_bytes, mtime_ns, inode, hash, hashed_at_ns FROM observations WHERE path"
        return {
            path: FileObservation(
                path=path,
                size_bytes=size_bytes,
                mtime_ns=mtime_ns,
                inode=unsigned(inode),
                hash=hash_,
                hashed_at_ns=hashed_at_ns,
            )
            for path, size_bytes, mtime_ns, inode, hash_, hashed_at_ns in self._by_key(
                query, [path for path in paths if is_storable(path)]
            )
        }

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run by its id or a unique prefix of it (at least 6 characters).

        Raises InputError where the prefix fits several runs, naming them.
        """
        if not is_storable(run_id):
            return None
        with self._transactions.read() as connection:
            exact = connection.first(f"{RUNS} WHERE id = ?", (run_id,))
            if exact is not None or len(run_id) < _PREFIX_LENGTH:
                return None if exact is None else run_of(exact)
            like = f"{RUNS} {_STARTS_WITH} ORDER BY id LIMIT ?"
            found = connection.rows(like, (*_beginning(run_id), _LISTED + 1))
        if len(found) > 1:
            raise _ambiguous(run_id, [row[0] for row in found])
        return run_of(found[0]) if found else None

    def runs(self, limit: int = 20, *, brief: bool = False) -> tuple[RunRecord, ...]:
        """Return the newest runs, newest first; `brief` leaves plans, report and files at their empty defaults."""
        query = f"{RUNS_IN_BRIEF if brief else RUNS} ORDER BY started_at DESC, id DESC LIMIT ?"
        with self._transactions.read() as connection:
            return tuple(map(run_of, connection.rows(query, (max(limit, 0),))))

    def runs_since(self, since: dt.datetime) -> tuple[RunRecord, ...]:
        """Return the runs that began at a moment or later, newest first, in brief."""
        query = f"{RUNS_IN_BRIEF} WHERE started_at >= ? ORDER BY started_at DESC, id DESC"
        with self._transactions.read() as connection:
            return tuple(map(run_of, connection.rows(query, (to_micros(since),))))

    def runs_started_by(self, run_ids: Collection[str]) -> tuple[RunRecord, ...]:
        """Return the runs whose parent is one of some runs, oldest first, in brief."""
        found = map(run_of, self._by_key(f"{RUNS_IN_BRIEF} WHERE parent", run_ids))
        return tuple(sorted(found, key=lambda run: (run.started_at, run.id)))

    def steps(self, run_id: str) -> tuple[StepRecord, ...]:
        """Return a run's steps in plan order."""
        with self._transactions.read() as connection:
            return tuple(map(step_of, connection.rows(f"{STEPS} WHERE run_id = ? ORDER BY position", (run_id,))))

    def inner_steps(self, run_id: str) -> Mapping[str, tuple[InnerStepRecord, ...]]:
        """Return the inner steps of a run's steps in the tools' order, by the key of the step."""
        found: dict[str, list[InnerStepRecord]] = {}
        with self._transactions.read() as connection:
            for step, *row in connection.rows(f"{INNER_STEPS} WHERE run_id = ? ORDER BY step, position", (run_id,)):
                found.setdefault(step, []).append(inner_step_of(row))
        return {step: tuple(inner) for step, inner in found.items()}

    def newest_inside(self, step: str, environment: str | None = None) -> str | None:
        """Return the newest run, of an environment where one is named, that has inner steps of a step; None where none has."""
        where, values = ("", ()) if environment is None else ("environment = ? AND ", (environment,))
        query = (
            f"SELECT id FROM runs WHERE {where}EXISTS (SELECT 1 FROM inner_steps "
            "WHERE inner_steps.run_id = runs.id AND inner_steps.step = ?) ORDER BY started_at DESC, id DESC LIMIT 1"
        )
        with self._transactions.read() as connection:
            found = next(iter(connection.rows(query, (*values, step))), None)
        return None if found is None else str(found[0])

    def logs(self, run_id: str, after: int = 0) -> tuple[LogLine, ...]:
        """Return a run's log in the order it was recorded, the lines after the one numbered `after`."""
        query = "SELECT at, level, step, text, number FROM logs WHERE run_id = ? AND number > ? ORDER BY number"
        with self._transactions.read() as connection:
            found = connection.rows(query, (run_id, after))
        return tuple(
            LogLine(at=from_micros(at), level=level, step=step, text=text, number=number)
            for at, level, step, text, number in found
        )

    def stop_request(self, run_id: str) -> StopRequest | None:
        """Return who asked last that a run stops; None where nobody did."""
        with self._transactions.read() as connection:
            row = connection.first('SELECT token, at, "by" FROM stops WHERE run_id = ?', (run_id,))
        if row is None:
            return None
        token, at, by = row
        return StopRequest(run_id=run_id, token=token, at=from_micros(at), by=by)

    def blobs(self, digests: Collection[str]) -> Mapping[str, bytes]:
        """Return stored file contents by digest."""
        found = self._by_key("SELECT digest, data FROM blobs WHERE digest", digests)
        return {digest: unpack(data) for digest, data in found}

    def lease(self, name: str) -> Lease | None:
        """Return the lease as it stands, expired or not; a released one has no holder and expired in 1970."""
        with self._transactions.read() as connection:
            return find_lease(connection, name)

    def leases(self, prefix: str) -> tuple[Lease, ...]:
        """Return the leases whose names begin so, expired and released ones as well, by name."""
        with self._transactions.read() as connection:
            return find_leases(connection, prefix)

    def provisioning(self, sandbox: str) -> Provisioning | None:
        """Return what a sandbox is provisioned with, from before it is made; None where it is not."""
        with self._transactions.read() as connection:
            return provisionings.find_provisioning(connection, sandbox)

    def provisionings(self) -> tuple[Provisioning, ...]:
        """Return all of them, by the sandbox's name."""
        with self._transactions.read() as connection:
            return provisionings.all_provisionings(connection)

    def _by_key(self, query: str, keys: Collection[str]) -> list[Row]:
        """Return the rows of `query`, which ends with a column, where that is one of `keys`, all in one transaction."""
        found: list[Row] = []
        if keys:
            with self._transactions.read() as connection:
                for batch in batches(keys):
                    found.extend(connection.rows(f"{query} IN {marks(batch)}", batch))
        return found


def read_versions(connection: Connection, ids: Collection[str]) -> dict[str, Version]:
    """Return versions by id, inside a transaction; unknown ids are left out."""
    found: dict[str, Version] = {}
    for batch in batches(ids):
        rows = connection.rows(f"{VERSIONS} WHERE id IN {marks(batch)}", batch)
        found.update((row[0], version_of(row)) for row in rows)
    return found


def read_parts(connection: Connection, ids: Collection[str]) -> dict[str, Part]:
    """Return parts by id, inside a transaction; unknown ids are left out."""
    found: dict[str, Part] = {}
    for batch in batches(ids):
        rows = connection.rows(f"{_PARTS} WHERE id IN {marks(batch)}", batch)
        found.update((row[0], part_of(row)) for row in rows)
    return found


def _rows_as_of(
    connection: Connection, environment: str, generation: int | None, product: str | None = None
) -> Sequence[Row]:
    """Return object, kind, revision and first generation of each of an environment's own pointers, by object.

    With a product, of its datasets and ports alone.
    """
    query = "SELECT object, kind, revision, from_generation FROM pointers WHERE environment = ? AND"
    # What follows the product's name is a dot or a slash, and a zero comes next after these.
    within, ends = ("", ()) if product is None else (" AND object >= ? AND object < ?", (f"{product}.", f"{product}0"))
    if generation is None:
        return connection.rows(f"{query} to_generation = ?{within} ORDER BY object", (environment, OPEN, *ends))
    as_of = f"to_generation > ? AND from_generation <= ?{within} ORDER BY object"
    return connection.rows(f"{query} {as_of}", (environment, generation, generation, *ends))


def _beneath(connection: Connection, environment: str, generation: int | None) -> tuple[str | None, int | None]:
    """Return what a sandbox lies over, and the generation of it that shone through; None, None for other environments."""
    row = connection.first("SELECT base, base_generation FROM environments WHERE name = ?", (environment,))
    if row is None or row[0] is None:
        return None, None
    then = "SELECT base_generation FROM generations WHERE environment = ? AND number = ?"
    shown = None if generation is None else connection.value(then, (environment, generation))
    return row[0], row[1] if shown is None else shown


def _pointer_of(row: Row, environment: str) -> Pointer:
    object_, kind, revision, since = row
    return Pointer(
        object=intern(object_), kind=_KINDS[kind], revision=intern(revision), environment=environment, generation=since
    )


def _environment_of(row: Row) -> Environment:
    name, generation, base, base_generation, created_at, created_by, touched_at, expire_after_s, options = row
    return Environment(
        name=name,
        generation=generation,
        base=base,
        base_generation=base_generation or 0,
        created_at=None if created_at is None else from_micros(created_at),
        created_by=created_by or "",
        touched_at=None if touched_at is None else from_micros(touched_at),
        expire_after_s=expire_after_s,
        options=options or "{}",
    )


def _pin_of(row: Row) -> Pin:
    environment, object_, revision, previous, is_lifted, at, by, reason = row
    return Pin(
        environment=environment,
        object=object_,
        revision=revision,
        previous=previous,
        is_lifted=bool(is_lifted),
        at=from_micros(at),
        by=by,
        reason=reason,
    )


def _beginning(prefix: str) -> tuple[object, ...]:
    """Return the values of `_STARTS_WITH`."""
    return prefix, prefix + "\uffff", len(prefix), prefix


_Changes = dict[int, dict[str, tuple[str | None, str | None]]]


def _changes(connection: Connection, environment: str, first: int, last: int) -> _Changes:
    """Read what the generations `first` to `last` closed and opened: generation -> object -> (before, after)."""
    query = (
        "SELECT object, revision, from_generation, to_generation FROM pointers"
        " WHERE environment = ? AND to_generation >= ? AND from_generation <= ? ORDER BY object"
    )
    changes: _Changes = {}
    for object_, revision, opened, closed in connection.rows(query, (environment, first, last)):
        if opened >= first:
            before, _ = changes.setdefault(opened, {}).get(object_, (None, None))
            changes[opened][object_] = (before, revision or _TOMBSTONE)
        if closed <= last:
            _, after = changes.setdefault(closed, {}).get(object_, (None, None))
            changes[closed][object_] = (revision or _TOMBSTONE, after)
    return changes


def _revisions(connection: Connection, environment: str, generation: int) -> Iterator[tuple[str, str]]:
    return ((row[0], row[2]) for row in _rows_as_of(connection, environment, generation))


def _shining(
    changed: Mapping[str, tuple[str | None, str | None]], beneath: Mapping[str, str]
) -> dict[str, tuple[str | None, str | None]]:
    """Let what shone through before, or does so after, be what stood: where a sandbox has no pointer, its base has."""

    def stood(name: str, revision: str | None) -> str | None:
        return beneath.get(name) if revision is None else revision

    return {name: (stood(name, before), stood(name, after)) for name, (before, after) in changed.items()}


def _ambiguous(prefix: str, ids: list[str]) -> InputError:
    more = " and more" if len(ids) > _LISTED else ""
    return InputError(
        Diagnostic(
            code="MW-D301",
            message=f"'{prefix}' is the beginning of several runs: {', '.join(ids[:_LISTED])}{more}",
            fix="give more characters of the id",
        )
    )
