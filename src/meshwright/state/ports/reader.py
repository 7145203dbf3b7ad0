"""Answers about what is recorded: environments, versions, evidence, runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from meshwright.checks.spec import Evidence, EvidenceKey
from meshwright.model import FileObservation, Footprint, Page, Part, Version
from meshwright.state.records import (
    Definition,
    Environment,
    FootprintKey,
    Generation,
    InnerStepRecord,
    JobRecord,
    Lease,
    LogLine,
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

    def leases(self, prefix: str) -> tuple[Lease, ...]:
        """Return the leases whose names begin so, expired and released ones as well, by name."""
        ...
