"""The state as two ports: Reader answers, Writer changes. Nothing is held open between calls.

Every Writer method is one transaction, idempotent by its key unless it says otherwise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from meshwright.checks.spec import Evidence, EvidenceKey
from meshwright.model import FileObservation, Footprint, Page, Part, StoredFile, Version
from meshwright.model.calls import Call, CallEdge, CallFilter
from meshwright.model.firings import Decided, Firing, Pause, ReceivedEvent, Watched
from meshwright.model.inventory import Inventory
from meshwright.model.keyed import KeyedRequest
from meshwright.model.requests import RequestedRun
from meshwright.model.subscriptions import Backlog, Delivery, DeliveryFilter, Subscription
from meshwright.model.told import (
    Direction,
    FacetOf,
    OutsideFacet,
    OutsideMap,
    OutsideNote,
    OutsideRun,
    OutsideStamp,
    Seen,
    Told,
    ToldUse,
)
from meshwright.state.records import (
    Definition,
    Deleted,
    Environment,
    FootprintKey,
    Generation,
    InnerStepRecord,
    JobRecord,
    Lease,
    LogLine,
    ObjectPublication,
    OldEvent,
    OldTold,
    Overlaid,
    Pin,
    Pointer,
    Provisioning,
    Publication,
    Revision,
    RuleVerdict,
    RunRecord,
    Standing,
    StateStamp,
    StepRecord,
    StopRequest,
    TokenRecord,
    Trigger,
)

if TYPE_CHECKING:
    from meshwright.state.requests import Queue
    from meshwright.state.run_pages import RunFilter, RunHead, StepChange


class Reader(Protocol):
    """Answers about what is recorded."""

    def generation(self, environment: str) -> int:
        """Return the environment's newest generation, 0 where nothing was published."""
        ...

    def note(self, key: str) -> str | None:
        """Return what is noted of the state as a whole under a key; None where nothing is."""
        ...

    def environment(self, name: str) -> Environment | None:
        """Return an environment that something was published into, or a sandbox; None where neither is recorded."""
        ...

    def environments(self) -> tuple[Environment, ...]:
        """Return all of them, by name."""
        ...

    def pointers(self, environment: str, generation: int | None = None) -> Mapping[str, Pointer]:
        """Return the pointers of an environment now, or as of a generation, by object.

        In a sandbox what its base pointed to shines through, but where it has a pointer, or a tombstone, of its own.
        """
        ...

    def product_pointers(self, environment: str, product: str, generation: int | None = None) -> Mapping[str, Pointer]:
        """Return those of `pointers` that are of one product's datasets and ports; costs what these are."""
        ...

    def standings(self, environment: str, object_: str) -> tuple[Standing, ...]:
        """Return what the environment's own pointer for an object was in the generations that are kept, newest first."""
        ...

    def provisioning(self, sandbox: str) -> Provisioning | None:
        """Return what a sandbox is provisioned with, from before it is made; None where it is not."""
        ...

    def provisionings(self) -> tuple[Provisioning, ...]:
        """Return all of them, by the sandbox's name."""
        ...

    def overlay(self, sandbox: str) -> Mapping[str, Overlaid]:
        """Return the pointers and tombstones of a sandbox's own, by object."""
        ...

    def pins(self, environment: str) -> Mapping[str, Pin]:
        """Return the pins that hold in an environment, by object: in a sandbox those of its base as well, unless lifted."""
        ...

    def generations(self, environment: str, limit: int = 50) -> tuple[Generation, ...]:
        """Return the newest generations, newest first."""
        ...

    def publishers(self, environment: str, numbers: Collection[int]) -> Mapping[int, str]:
        """Return the ids of the runs that made generations, by number; unknown numbers are left out."""
        ...

    def oldest_generation(self, environment: str) -> int:
        """Return the oldest generation that can still be read, 0 where nothing was published."""
        ...

    def revisions(self, ids: Collection[str]) -> Mapping[str, Revision]:
        """Return revisions of ports and products by id; unknown ids are left out."""
        ...

    def versions(self, ids: Collection[str]) -> Mapping[str, Version]:
        """Return versions by id; unknown ids are left out."""
        ...

    def all_versions(self) -> Iterable[Version]:
        """Yield every version, for `verify`. Memory stays bounded."""
        ...

    def pages(self, ids: Collection[str]) -> Mapping[str, Page]:
        """Return pages of manifests by id; unknown ids are left out."""
        ...

    def parts(self, ids: Collection[str]) -> Mapping[str, Part]:
        """Return parts by id; unknown ids are left out."""
        ...

    def all_parts(self) -> Iterable[Part]:
        """Yield every part, for `verify`. Memory stays bounded."""
        ...

    def footprints(self, keys: Collection[FootprintKey]) -> Mapping[FootprintKey, Footprint]:
        """Return remembered footprints by key; missing keys are left out."""
        ...

    def versions_of(self, dataset: str, limit: int = 20) -> tuple[Version, ...]:
        """Return the newest versions of a dataset, newest first."""
        ...

    def versions_like(self, prefix: str) -> tuple[Version, ...]:
        """Return versions whose id starts with `prefix` (at least 6 characters), at most 10."""
        ...

    def triggers(self, keys: Collection[str]) -> Mapping[str, Trigger]:
        """Return triggers by key; unknown keys are left out."""
        ...

    def jobs(self, triggers: Collection[str]) -> tuple[JobRecord, ...]:
        """Return the jobs that were started for triggers, the first started first."""
        ...

    def jobs_of(self, run_id: str) -> tuple[JobRecord, ...]:
        """Return the jobs that a run started, the first started first."""
        ...

    def open_jobs(self) -> tuple[JobRecord, ...]:
        """Return the jobs that are not known to have ended, the first started first."""
        ...

    def newest_of(self, datasets: Collection[str]) -> Mapping[str, Version]:
        """Return the newest version of each of some nodes, by address; of what has none, nothing."""
        ...

    def last_triggers(self, datasets: Collection[str]) -> Mapping[str, Trigger]:
        """Return the newest trigger of each dataset."""
        ...

    def evidence(self, keys: Collection[EvidenceKey]) -> Mapping[EvidenceKey, Evidence]:
        """Return recorded evidence by key; missing keys are left out."""
        ...

    def rule_checks(self, dataset: str) -> Mapping[str, frozenset[str]]:
        """Return the ids that rules of a dataset ever had, each with the fingerprints that it stood for."""
        ...

    def rule_history(self, dataset: str, rules: Collection[str], limit: int = 50) -> tuple[RuleVerdict, ...]:
        """Return the newest verdicts on a dataset of rules by their ids, newest first."""
        ...

    def latest_verdicts(self, dataset: str, environments: Sequence[str]) -> Mapping[str, RuleVerdict]:
        """Return the newest verdict of each rule of a dataset in any of some environments, by the rule's id."""
        ...

    def definitions(self, fingerprints: Collection[str]) -> Mapping[str, Definition]:
        """Return the remembered texts by fingerprint."""
        ...

    def observations(self, paths: Collection[str]) -> Mapping[str, FileObservation]:
        """Return remembered file observations by path."""
        ...

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run by its id or a unique prefix of it (at least 6 characters)."""
        ...

    def runs(self, limit: int = 20, *, brief: bool = False) -> tuple[RunRecord, ...]:
        """Return the newest runs, newest first; `brief` leaves plans, report and files at their empty defaults."""
        ...

    def runs_since(self, since: dt.datetime) -> tuple[RunRecord, ...]:
        """Return the runs that began at a moment or later, newest first, in brief as `runs`."""
        ...

    def runs_started_by(self, run_ids: Collection[str]) -> tuple[RunRecord, ...]:
        """Return the runs whose parent is one of some runs, oldest first, in brief as `runs`."""
        ...

    def steps(self, run_id: str) -> tuple[StepRecord, ...]:
        """Return a run's steps in plan order."""
        ...

    def inner_steps(self, run_id: str) -> Mapping[str, tuple[InnerStepRecord, ...]]:
        """Return the inner steps of a run's steps in the tools' order, by the key of the step."""
        ...

    def newest_inside(self, step: str, environment: str | None = None) -> str | None:
        """Return the newest run, of an environment where one is named, that has inner steps of a step; None where none has."""
        ...

    def logs(self, run_id: str, after: int = 0) -> tuple[LogLine, ...]:
        """Return a run's log in order, the lines after the one numbered `after`."""
        ...

    def stop_request(self, run_id: str) -> StopRequest | None:
        """Return who asked last that a run stops; None where nobody did."""
        ...

    def blobs(self, digests: Collection[str]) -> Mapping[str, bytes]:
        """Return stored file contents by digest."""
        ...

    def lease(self, name: str) -> Lease | None:
        """Return the lease as it stands, expired or not; None where none was ever taken."""
        ...


class Writer(Protocol):
    """Changes what is recorded."""

    def take_lease(self, name: str, holder: str, now: dt.datetime, ttl_s: float) -> Lease | None:
        """Take a free or expired lease with a new, higher token; None where another live holder has it."""
        ...

    def renew_lease(self, lease: Lease, now: dt.datetime, ttl_s: float) -> Lease | None:
        """Extend a lease; None where its token is no longer the newest (it was taken over)."""
        ...

    def release_lease(self, lease: Lease) -> None:
        """Give a lease up; nothing happens where it was taken over."""
        ...

    def start_run(
        self, run: RunRecord, steps: Sequence[StepRecord], blobs: Mapping[str, bytes], *, must_be_new: bool = False
    ) -> bool:
        """Record a run, its steps and the files it was made from; what is already recorded under its id is kept.

        With `must_be_new` False, with nothing recorded, where there is a run of its id.
        """
        ...

    def record_steps(self, run_id: str, steps: Sequence[StepRecord], logs: Sequence[LogLine]) -> None:
        """Update steps and append log lines, in one batch."""
        ...

    def record_inner_steps(self, run_id: str, step: str, inner: Sequence[InnerStepRecord]) -> None:
        """Record the inner steps of a step as they stand: those that are there are updated, others stay."""
        ...

    def record_infrastructure(self, run_id: str, infrastructure: str) -> None:
        """Record what the processes that carried a run out ran on, the one that takes it over among them."""
        ...

    def reopen_run(self, run_id: str, lease: Lease) -> None:
        """Record that a run which was interrupted goes on. Raises `Fenced` (RefusedError) where `lease` is held no more."""
        ...

    def request_stop(self, request: StopRequest) -> None:
        """Ask the coordinator of a run to stop; the newest request stands."""
        ...

    def finish_run(self, run: RunRecord, lease: Lease | None = None) -> None:
        """Record how a run ended (state, times, generation, bound plan, report), and give its lease up.

        With `lease` raises `Fenced` (RefusedError), nothing changed, where the run was taken over: its record is
        another's to write.
        """
        ...

    def commit_versions(
        self, versions: Sequence[Version], triggers: Sequence[Trigger], lease: Lease | None = None
    ) -> Mapping[str, Version]:
        """Insert versions that are absent, and triggers; return the row that stands for each id.

        Where another committed first, its row is returned and the caller drops its own files. With `lease`
        raises `Fenced` (RefusedError), nothing changed, where it was taken over or released meanwhile: who took
        a run over may have cleared its unlisted files away.
        """
        ...

    def start_job(self, job: JobRecord) -> JobRecord:
        """Record that a job is about to be started, unless one of its trigger is under way, or one of its id is there; return
        what stands."""
        ...

    def change_job(self, job: JobRecord) -> None:
        """Record the handle, state, end and error of a job. One that is over stays as it ended."""
        ...

    def hold_versions(self, lease: Lease, versions: Collection[str]) -> frozenset[str]:
        """Keep versions, or parts, from garbage collection for as long as the run of `lease` goes on; return those gone.

        Raises `Fenced` (RefusedError), nothing changed, where the lease was lost.
        """
        ...

    def commit_parts(self, parts: Sequence[Part], lease: Lease | None = None) -> Mapping[str, Part]:
        """Insert parts that are absent; return the row that stands for each id, as `commit_versions` does for versions.

        Raises Fenced where `lease` is held no more.
        """
        ...

    def commit_manifest(self, version: Version, pages: Sequence[Page], lease: Lease | None = None) -> Version | None:
        """Insert a version that is made of parts, with those of its pages that are absent; return the row that stands.

        None, and nothing is inserted, where a part that one of `pages` lists is gone: it is to be built again. Pages of the
        manifest that are not among `pages` must be those of a version that is there: where one is gone it is None as well.
        Raises Fenced as `commit_versions`.
        """
        ...

    def remember_footprints(self, footprints: Mapping[FootprintKey, Footprint]) -> None:
        """Remember in which intervals versions and parts have rows; it is the same whoever looks."""
        ...

    def replace_part_files(self, part: Part, files: tuple[StoredFile, ...]) -> bool:
        """As `replace_files`, for a part."""
        ...

    def share_file(self, lease: Lease, parts: Sequence[Part], file: StoredFile) -> bool:
        """Let the rows of all `parts` list `file`, which they share, in place of their own files.

        False, and nothing is changed, where one of them is gone or lists others by now. Raises Fenced where the lease is lost.
        """
        ...

    def replace_files(self, version: Version, files: tuple[StoredFile, ...]) -> bool:
        """Let a version's row list `files` in place of those of `version`; nothing else of it changes.

        False, with nothing changed, where the row lists other files by now.
        """
        ...

    def forget_triggers(self, version: str) -> int:
        """Forget what led to an opaque version, so that its node runs again; return how many triggers there were."""
        ...

    def record_evidence(self, evidence: Sequence[Evidence], verdicts: Sequence[RuleVerdict] = ()) -> None:
        """Record evidence, the newest of a key stands; and append `verdicts`, what it says of each rule, to their histories.

        Verdicts have no key: recorded again, they stand twice.
        """
        ...

    def remember_definitions(self, definitions: Sequence[Definition]) -> None:
        """Remember texts of new fingerprints; known fingerprints keep the text first seen."""
        ...

    def remember_observations(self, observations: Sequence[FileObservation]) -> None:
        """Remember file observations, newest wins."""
        ...

    def settle_note(self, key: str, value: str) -> str:
        """Note `value` under a key where nothing is noted yet, and return what is noted there."""
        ...

    def create_sandbox(self, sandbox: Environment) -> Environment | None:
        """Make a sandbox over its base as that stands now, and return it; None where the name is taken. One row."""
        ...

    def delete_sandbox(self, name: str) -> bool:
        """Forget a sandbox with its pointers, history and pins; False where there is none of this name."""
        ...

    def begin_provisioning(self, lease: Lease, provisioning: Provisioning) -> bool:
        """Record what a sandbox is to be provisioned with; False, with nothing changed, where that is recorded already.

        Raises `Fenced` (RefusedError) where `lease` is held no more.
        """
        ...

    def change_provisioning(self, lease: Lease, provisioning: Provisioning, ended: Sequence[JobRecord] = ()) -> None:
        """Record how far a provisioning is, and in the same moment the jobs that ended. Raises Fenced as `begin_provisioning`."""
        ...

    def forget_provisioning(self, lease: Lease, sandbox: str) -> None:
        """Forget that a sandbox was provisioned: all of it is undone. Raises Fenced as `begin_provisioning`."""
        ...

    def touch_sandbox(self, sandbox: Environment, now: dt.datetime) -> bool:
        """Note that a sandbox is in use, and when it expires if it is idle; False where it is gone."""
        ...

    def set_pins(self, environment: str, pins: Sequence[Pin], unpinned: Collection[str]) -> None:
        """Hold pointers and let others go, where they stand."""
        ...

    def publish(self, publication: Publication, now: dt.datetime) -> int:
        """Move pointers in one transaction and return the new generation.

        Refuses by raising, with nothing changed: `Conflict` (RefusedError, MW-D...) where an expected
        revision does not stand, naming the objects, or one to be shown was deleted; `Fenced` (RefusedError)
        where the lease's token is not the newest or the lease expired; RefusedError (MW-S301) where an
        environment that is no sandbox would point to a restricted version. Moves that change nothing are
        dropped; with none left
        it returns the generation that stands.
        """
        ...


class Collector(Protocol):
    """What garbage collection does. Every change raises `Fenced` where the collection's lease was lost."""

    def inventory(self, now: dt.datetime, is_gone: Callable[[str], bool]) -> Inventory:
        """Return what there is and what may keep it, all of one moment."""
        ...

    def fence(self, lease: Lease, now: dt.datetime, is_gone: Callable[[str], bool]) -> tuple[str, ...]:
        """Take the leases of runs away that expired or whose holder is gone, and return the runs' ids."""
        ...

    def expire_sandbox(self, lease: Lease, name: str, now: dt.datetime) -> bool:
        """Delete a sandbox that has expired; False where it was used again, is used by a run, or is gone, and where what it is
        provisioned with is to be undone first."""
        ...

    def retain(self, lease: Lease, oldest: Mapping[str, int]) -> None:
        """Note the oldest generation of each environment that can be read from now on."""
        ...

    def mark(self, lease: Lease, needless: Collection[str], needed: Collection[str], now: dt.datetime) -> None:
        """Mark versions and parts as needless since `now`, where they are not yet, and take the marks of others away."""
        ...

    def delete(self, lease: Lease, versions: Mapping[str, dt.datetime]) -> tuple[Deleted, ...]:
        """Delete versions with what is recorded of them, those that still have the mark of the time given."""
        ...

    def delete_parts(self, lease: Lease, parts: Mapping[str, dt.datetime]) -> tuple[Deleted, ...]:
        """As `delete`, for parts; after `delete` and `forget_pages`."""
        ...

    def forget_pages(self, lease: Lease) -> int:
        """Delete the pages that no version lists; return how many. Before parts that they list are deleted."""
        ...

    def forget_generations(self, lease: Lease) -> int:
        """Delete the generations before the oldest of each environment and the pointers that nothing shows any more."""
        ...

    def forget_records(self, lease: Lease, before: dt.datetime | None = None) -> int:
        """Delete revisions that nothing names, evidence on and footprints of what is gone, holds of runs that are over, and
        verdicts from `before` a time on versions that are gone; without it all of those."""
        ...

    def forget_jobs(self, lease: Lease, jobs: Collection[str]) -> tuple[str, ...]:
        """Delete jobs that are over, and whose node no run deals with that goes on; return those that are gone."""
        ...

    def old_firings(self, before: dt.datetime) -> int:
        """Count the firings that ended before a moment and are not the last of their trigger."""
        ...

    def forget_firings(self, lease: Lease, before: dt.datetime) -> int:
        """Delete the firings that `old_firings` counts; return how many."""
        ...

    def old_calls(self, before: dt.datetime) -> int:
        """Count the calls between domains from before a moment."""
        ...

    def forget_calls(self, lease: Lease, before: dt.datetime) -> int:
        """Delete the calls that `old_calls` counts; return how many."""
        ...

    def forget_keyed(self, lease: Lease, before: dt.datetime) -> None:
        """Delete the requests under keys of idempotency from before a moment."""
        ...

    def old_events(self, before: dt.datetime, after: int = 0) -> tuple[OldEvent, ...]:
        """Return a page of the events that triggers were asked about before a moment, those numbered above `after`."""
        ...

    def forget_events(self, lease: Lease, numbers: Collection[int]) -> int:
        """Delete events by number, those that triggers were asked about; return how many."""
        ...

    def old_told(self, before: dt.datetime) -> OldTold:
        """Count the runs of outside jobs, and the notes, of which nothing was heard since a moment."""
        ...

    def forget_told(self, lease: Lease, before: dt.datetime) -> OldTold:
        """Delete what `old_told` counts; return how many. Jobs, datasets and what is between them stay."""
        ...


class Schedules(Protocol):
    """What the scheduler reads and writes. What it decides is fenced by its lease."""

    def watched(self, environment: str) -> Mapping[str, Watched]:
        """Return the triggers that were seen in an environment, by address."""
        ...

    def open_firings(self, environment: str) -> tuple[Firing, ...]:
        """Return the firings of which something is still to come, in the order of recording."""
        ...

    def firings(self, environment: str, triggers: Collection[str] = (), limit: int = 20) -> tuple[Firing, ...]:
        """Return the newest firings, of some triggers or of all, newest first."""
        ...

    def events(self, limit: int = 20, type_: str | None = None) -> tuple[ReceivedEvent, ...]:
        """Return the newest events, of one type or of all, newest first."""
        ...

    def unhandled_events(self, limit: int = 500) -> tuple[ReceivedEvent, ...]:
        """Return events that triggers were not asked about yet, oldest first."""
        ...

    def known_events(self, source: str, ids: Collection[str]) -> frozenset[str]:
        """Return those among ids that events of a source have."""
        ...

    def pauses(self, environment: str) -> Mapping[str, Pause]:
        """Return what is paused in an environment, by object."""
        ...

    def record(self, lease: Lease, decided: Decided, now: dt.datetime) -> None:
        """Record what was decided. Raises `Fenced` (RefusedError), nothing changed, where the lease is held no more."""
        ...

    def change_firing(self, lease: Lease, firing: Firing) -> None:
        """Record how a firing stands now; one that has ended stays. Raises `Fenced` (RefusedError) as `record`."""
        ...

    def receive(self, events: Sequence[ReceivedEvent]) -> tuple[bool, ...]:
        """Take events in, and say of each whether it is new: one of the same source and id is there already."""
        ...

    def pause(self, pauses: Sequence[Pause]) -> None:
        """Note what is paused; what is paused already keeps its reason."""
        ...

    def resume(self, environment: str, objects: Collection[str], decided: Decided, now: dt.datetime) -> None:
        """Let go on what is paused, and record how its triggers go on."""
        ...


class Calls(Protocol):
    """The record of calls between domains."""

    def record(self, calls: Sequence[Call]) -> None:
        """Add calls, all or none of them; recorded twice they are twice there."""
        ...

    def calls(self, wanted: CallFilter, limit: int, before: int | None = None) -> tuple[Call, ...]:
        """Return the newest calls of those numbered below `before`, newest first."""
        ...

    def edges(self, wanted: CallFilter) -> tuple[CallEdge, ...]:
        """Sum calls by caller, domain and kind, in that order."""
        ...


class Keyed(Protocol):
    """Requests that carry a key of idempotency."""

    def begin(self, request: KeyedRequest) -> KeyedRequest | None:
        """Note that a request is being answered; where its key is taken, nothing is changed and what stands is returned."""
        ...

    def end(self, request: KeyedRequest, status: int, answer: str) -> None:
        """Note the answer; nothing where the request is not its holder's any more, or has one."""
        ...

    def abandon(self, request: KeyedRequest) -> None:
        """Forget a request that changed nothing and is to be asked anew under its key."""
        ...


class Outside(Protocol):
    """What outside tools told: recorded in any order, any number of times, with the same result."""

    def record(self, told: Told, received_at: dt.datetime) -> None:
        """Record what was told: in one transaction, and as if it had not been where it was recorded before."""
        ...

    def is_empty(self) -> bool:
        """Whether no outside job and no dataset was ever told of."""
        ...

    def stamp(self) -> OutsideStamp:
        """Return how often what was told has changed."""
        ...

    def map(self) -> OutsideMap:
        """Return all jobs, datasets and what the ones do with the others, of one moment."""
        ...

    def seen(self, *, jobs: Collection[str] = (), datasets: Collection[str] = ()) -> Mapping[str, Seen]:
        """Return when some jobs and datasets were heard of, by id."""
        ...

    def edges_of(self, jobs: Collection[str]) -> Mapping[tuple[str, str, Direction], Seen]:
        """Return when some jobs were heard to do what they do, by job, dataset and what is done with it."""
        ...

    def facets(self, of: FacetOf, objects: Collection[str], names: Collection[str] = ()) -> tuple[OutsideFacet, ...]:
        """Return what stands said of some jobs, datasets or runs, by object, what is beside, and name; under some names, or all."""
        ...

    def runs(self, job: str, limit: int = 20) -> tuple[OutsideRun, ...]:
        """Return the newest runs of a job, newest first."""
        ...

    def newest_runs(self, jobs: Collection[str]) -> Mapping[str, OutsideRun]:
        """Return the newest run of each of some jobs that has any."""
        ...

    def run(self, id_: str) -> OutsideRun | None:
        """Return a run; None where none of this id is known, or any more."""
        ...

    def uses(self, run: str) -> tuple[ToldUse, ...]:
        """Return what a run read and wrote."""
        ...

    def notes(self, about: Mapping[str, Collection[str]], limit: int = 50) -> tuple[OutsideNote, ...]:
        """Return the newest notes about one of the objects, newest first; `about` is ``job``, ``run`` or ``dataset`` -> ids."""
        ...

    def note_digests(self, keys: Collection[str]) -> Mapping[str, str]:
        """Return, of those among keys that notes have, the identity of the body that each came in."""
        ...


class Outbox(Protocol):
    """Events as they are passed on: read in the order of their numbers, spread into deliveries, and what became of those."""

    def last_number(self) -> int:
        """Return the number of the newest event, 0 where there is none."""
        ...

    def events_after(self, number: int, limit: int = 500) -> tuple[ReceivedEvent, ...]:
        """Return the events numbered above, in order. None appears later among those that were returned."""
        ...

    def events_before(self, number: int | None, limit: int = 500) -> tuple[ReceivedEvent, ...]:
        """Return the newest events numbered below, newest first."""
        ...

    def events(self, numbers: Collection[int]) -> Mapping[int, ReceivedEvent]:
        """Return events by number; those that are gone are left out."""
        ...

    def oldest_number(self) -> int:
        """Return the number of the oldest event that is there, 0 where there is none."""
        ...

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Return all of them, the first made first."""
        ...

    def subscription(self, id_: str) -> Subscription | None:
        """Return a subscription; None where there is none of this id."""
        ...

    def backlog(self) -> Mapping[str, Backlog]:
        """Return what is not delivered, by subscription; what has nothing is left out."""
        ...

    def subscribe(self, subscription: Subscription, most: int) -> Subscription | None:
        """Record a subscription, from the next event on, and return it; None, with nothing recorded, where there are `most`."""
        ...

    def change_subscription(self, subscription: Subscription) -> bool:
        """Record what a subscription is from now on, under its next revision; False where it changed meanwhile or is gone."""
        ...

    def unsubscribe(self, id_: str) -> bool:
        """Forget a subscription with its deliveries; False where there is none of this id. Runs that it ordered stay so."""
        ...

    def spread(
        self,
        lease: Lease,
        deliveries: Sequence[Delivery],
        firings: Sequence[Firing],
        cursors: Mapping[str, int],
        now: dt.datetime,
    ) -> None:
        """Record deliveries, the runs that are ordered, and up to where each subscription was asked, all at once.

        Raises `Fenced` (RefusedError), nothing changed, where the lease is held no more.
        """
        ...

    def due(self, subscription: str, now: dt.datetime, limit: int) -> tuple[Delivery, ...]:
        """Return deliveries of a subscription that are to be sent by now, those that waited longest first."""
        ...

    def settle(self, lease: Lease, deliveries: Sequence[Delivery], now: dt.datetime) -> None:
        """Record what became of tries; where a delivery has ended, the next one of its lane is to be sent.

        Raises `Fenced` (RefusedError), nothing changed, where the lease is held no more.
        """
        ...

    def deliveries(self, wanted: DeliveryFilter) -> tuple[Delivery, ...]:
        """Return the newest deliveries, newest first."""
        ...

    def delivery(self, id_: str) -> Delivery | None:
        """Return a delivery; None where there is none of this id."""
        ...

    def replay(self, id_: str, now: dt.datetime) -> bool:
        """Let a delivery that has ended be sent again, at once; False where it waits, was no webhook's, or is gone."""
        ...

    def forget_deliveries(self, lease: Lease, before: dt.datetime, limit: int = 500) -> int:
        """Delete some of the deliveries that ended before a moment; return how many.

        Raises `Fenced` (RefusedError), nothing changed, where the lease is held no more.
        """
        ...


class Requests(Protocol):
    """Runs that are asked for by URL. No lease: who has a request is decided by the row as it stands."""

    def submit(self, request: RequestedRun) -> RequestedRun:
        """Record a request, durable when this returns; where one of its key is there, that one is returned and stays."""
        ...

    def submit_once(self, request: RequestedRun) -> RequestedRun:
        """Record a request unless one of its key is there, or one for its run is open: then that one is returned."""
        ...

    def of_key(self, key: str) -> RequestedRun | None:
        """Return the request of a key; None where there is none."""
        ...

    def of_runs(self, run_ids: Collection[str]) -> Mapping[str, RequestedRun]:
        """Return the newest request about each of some runs, by the run's id; of what nobody asked for, nothing."""
        ...

    def like(self, prefix: str) -> RequestedRun | None:
        """Return the newest request about the run of an id, or of the one run whose id begins so (at least 6 characters)."""
        ...

    def queues(self) -> tuple[Queue, ...]:
        """Return what is open, by caller. Cheap: it is asked many times a second."""
        ...

    def started(self) -> tuple[RequestedRun, ...]:
        """Return the requests that were started and have not ended, in the order of recording."""
        ...

    def claim(self, number: int, process: str, now: dt.datetime) -> RequestedRun | None:
        """Take a request that waits, for `process` to start; None where another one was quicker."""
        ...

    def change(self, before: RequestedRun, after: RequestedRun) -> bool:
        """Record how a request stands now, where it stands as `before`; False, with nothing changed, where it does not."""
        ...

    def ask_to_stop(self, number: int, now: dt.datetime) -> RequestedRun | None:
        """Withdraw a request that waits, and mark one that was started; return how it stands then. None: there is none."""
        ...


class RunPages(Protocol):
    """Runs page by page, and what changed of them."""

    def runs(self, wanted: RunFilter, limit: int) -> tuple[RunRecord, ...]:
        """Return the newest runs of a filter, newest first, in brief."""
        ...

    def runless(self, wanted: RunFilter, limit: int) -> tuple[RequestedRun, ...]:
        """Return the newest requests of which no run is recorded yet, or ever will be; states and product are not looked at."""
        ...

    def heads(self, run_ids: Collection[str]) -> Mapping[str, RunHead]:
        """Return how far each of some runs is, by id; of those that are not recorded nothing. One query, however many."""
        ...

    def changed_steps(self, run_id: str, after: tuple[int, int], limit: int) -> tuple[StepChange, ...]:
        """Return the steps of a run that changed after a place among its changes (revision, position), in that order."""
        ...

    def log_page(self, run_id: str, after: int, limit: int) -> tuple[LogLine, ...]:
        """Return the lines of a run's log after the one of a number, in order."""
        ...


class Lookups(Protocol):
    """What the catalog looks up a request at a time: never all that there is."""

    def stamp(self, environment: str) -> StateStamp:
        """Return what changes with everything that an environment shows."""
        ...

    def newest_versions(self, dataset: str, limit: int = 20) -> tuple[str, ...]:
        """Return the ids of the newest versions of a dataset, those of `Reader.versions_of`."""
        ...

    def pointers_of(
        self, environment: str, objects: Collection[str], generation: int | None = None
    ) -> Mapping[str, Pointer]:
        """Return the pointers of some objects, now or as of a generation, as `Reader.pointers` returns those of all."""
        ...

    def moved_since(self, environment: str, generation: int) -> frozenset[str]:
        """Return the objects whose pointers were opened or closed after a generation, but for what shines through."""
        ...

    def publications(
        self, environment: str, object_: str, *, before: int | None = None, limit: int = 50
    ) -> tuple[ObjectPublication, ...]:
        """Return how the pointer of an object moved, newest first, in the generations that are still kept.

        Those of the environment's own: what a sandbox was laid over is in its base's. `before` leaves away its number and
        all that are newer.
        """
        ...

    def versions_of(
        self, dataset: str, *, before: tuple[dt.datetime | None, str] | None = None, limit: int = 50
    ) -> tuple[Version, ...]:
        """Return versions of a dataset, newest first; `before` is creation and id of the one that they come after."""
        ...


class Tokens(Protocol):
    """What lets callers in."""

    def add(self, token: TokenRecord) -> bool:
        """Record a token; False where its id is taken."""
        ...

    def find(self, token_id: str) -> TokenRecord | None:
        """Return a token, good or not; None where there is none."""
        ...

    def all(self) -> tuple[TokenRecord, ...]:
        """Return all of them, the newest first."""
        ...

    def end(self, token_id: str, now: dt.datetime, by: str) -> bool:
        """Let a token end; False where it has ended, or there is none."""
        ...

    def exchange(self, token_id: str, given: TokenRecord, now: dt.datetime, by: str) -> bool:
        """Let a token end and record another in its place; False, with nothing changed, where it has ended already."""
        ...


class State(Protocol):
    """An open state database."""

    @property
    def reader(self) -> Reader:
        """The reading side."""
        ...

    @property
    def writer(self) -> Writer:
        """The changing side."""
        ...

    @property
    def collector(self) -> Collector:
        """The deleting side."""
        ...

    @property
    def schedules(self) -> Schedules:
        """The scheduler's side."""
        ...

    @property
    def calls(self) -> Calls:
        """The record of calls between domains."""
        ...

    @property
    def keyed(self) -> Keyed:
        """Requests under keys of idempotency."""
        ...

    @property
    def outside(self) -> Outside:
        """What outside tools told."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The side of who passes events on."""
        ...

    @property
    def requests(self) -> Requests:
        """Runs that are asked for by URL."""
        ...

    @property
    def run_pages(self) -> RunPages:
        """Runs page by page, and what changed of them."""
        ...

    @property
    def lookups(self) -> Lookups:
        """The catalog's side."""
        ...

    @property
    def tokens(self) -> Tokens:
        """What lets callers in."""
        ...

    def lent(self) -> State:
        """Return the same open database for one who closes it when done, which ends nothing: it stays open for others."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...
