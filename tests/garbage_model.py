"""A naive model of what garbage collection may and must delete, played beside the real one on a real state and store.

It knows nothing of how the product stores or decides anything: every generation is a plain map of what readers saw, and
what is reachable is found by walking all of it. Time is simulated. Every operation does the same to both; `collect` and
`check` say in words where they differ.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from meshwright.app.collection import collect_at
from meshwright.app.environments import OpenedState
from meshwright.checks.spec import Evidence, Outcome
from meshwright.diagnostics import WorldError
from meshwright.model import (
    Calendar,
    Column,
    Footprint,
    Grain,
    Manifest,
    Part,
    StoredFile,
    Version,
    VersionClass,
    ViewRecipe,
)
from meshwright.model.environments import Retention
from meshwright.model.parts import PAGE_PARTS, make_page, page_number
from meshwright.plan.retention import keepers
from meshwright.state.errors import Conflict
from meshwright.state.manifests import parts_of
from meshwright.state.records import (
    Environment,
    FootprintKey,
    Lease,
    ObjectKind,
    Pin,
    Publication,
    Revision,
    RunRecord,
    RunState,
    Trigger,
)

PRODUCT = "d.p"
_BEGINNING = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
#: Numbers of the parts of a version made of parts: three pages, two of which are long enough to differ in one part alone.
NUMBERS = (0, 1, 2, PAGE_PARTS, PAGE_PARTS + 1, 2 * PAGE_PARTS)
_DAYS = Calendar(grain=Grain.DAY)
_COLUMNS = (Column(name="n", type="BIGINT"),)


@dataclass(kw_only=True)
class ModelVersion:
    """What the model knows of a version."""

    dataset: str
    created: dt.datetime
    bound: tuple[str, ...]
    #: Number -> part, of a version that is made of parts.
    parts: Mapping[int, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class ModelPart:
    """What the model knows of a part."""

    dataset: str
    created: dt.datetime
    run: str


@dataclass(kw_only=True)
class Seen:
    """A generation: what readers saw, and of a sandbox what its base showed beneath."""

    at: dt.datetime
    shown: Mapping[str, str]
    beneath: Mapping[str, str]


@dataclass(kw_only=True)
class ModelEnvironment:
    """An environment with its whole history; a sandbox has a base."""

    history: list[Seen] = field(default_factory=list)
    base: str | None = None
    beneath: Mapping[str, str] = field(default_factory=dict)
    own: dict[str, str | None] = field(default_factory=dict)
    #: A sandbox lives so long after its last use; None for ever.
    lasts_s: int | None = None
    used: dt.datetime = _BEGINNING
    #: Everything that it ever pointed to.
    pointed: set[str] = field(default_factory=set)

    @property
    def expires(self) -> dt.datetime | None:
        """When it goes unless it is used."""
        return None if self.lasts_s is None else self.used + dt.timedelta(seconds=self.lasts_s)

    @property
    def shown(self) -> dict[str, str]:
        """What readers see now."""
        seen = {**self.beneath, **self.own}
        return {name: version for name, version in seen.items() if version is not None}


@dataclass(kw_only=True)
class ModelRun:
    """A run that goes on until its lease ends."""

    environment: str
    lease: Lease
    held: set[str] = field(default_factory=set)


class GarbageModel:
    """The real state and store, and the model beside it."""

    def __init__(self, opened: OpenedState, retention: Retention) -> None:
        self.opened = opened
        self.retention = retention
        self.now = _BEGINNING
        self.versions: dict[str, ModelVersion] = {}
        self.deleted: dict[str, ModelVersion] = {}
        self.environments = {"prod": ModelEnvironment(), "qa": ModelEnvironment()}
        self.pins: dict[tuple[str, str], set[str]] = {}
        self.manifests: dict[str, set[str]] = {}
        self.runs: dict[str, ModelRun] = {}
        #: When a collection first found a version needless.
        self.marks: dict[str, dt.datetime] = {}
        #: What sandboxes that are gone had pointed to.
        self.once_pointed: set[str] = set()
        self.parts: dict[str, ModelPart] = {}
        self.deleted_parts: dict[str, ModelPart] = {}
        self.part_marks: dict[str, dt.datetime] = {}
        self._number = 0
        self.counts = {"deleted": 0, "kept": 0, "collections": 0, "parts deleted": 0, "parts kept": 0, "refused": 0}

    # What is done to both

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.now += dt.timedelta(seconds=seconds)

    def build(self, dataset: str, inputs: Collection[str], run_id: str | None) -> str | None:
        """Commit a version by a live run, or by one that is over at once; with inputs it is a view over them."""
        own = run_id is None
        if run_id is None:
            run_id = self.start_run("prod")
        run = self.runs[run_id]
        if inputs and (problem := self._hold(run, inputs)) is not None:
            return problem
        id_ = f"{self._next():032x}"
        version = self._version(id_, dataset, inputs, run_id)
        trigger = Trigger(key=f"t{id_}", dataset=dataset, version=id_, fingerprint="f", observation="o")
        self.opened.state.writer.commit_versions([version], [trigger], run.lease)
        evidence = Evidence(version=id_, check="c", others="", outcome=Outcome.PASS, value=0, run_id=run_id)
        self.opened.state.writer.record_evidence([evidence])
        self.versions[id_] = ModelVersion(dataset=dataset, created=self.now, bound=tuple(sorted(inputs)))
        run.held.add(id_)
        if own:
            self.end_run(run_id)
        return None

    def _version(self, id_: str, dataset: str, inputs: Collection[str], run_id: str) -> Version:
        files = () if inputs else self._file(dataset, id_)
        return Version(
            id=id_,
            dataset=dataset,
            columns=(Column(name="n", type="BIGINT"),),
            files=files,
            rows=1,
            content_digest="0" * 32,
            fingerprint="f" * 32,
            node_kind="view" if inputs else "sql",
            is_opaque=not inputs,
            inputs={f"d.p.in{number}": version for number, version in enumerate(sorted(inputs))},
            run_id=run_id,
            created_at=self.now,
            view=ViewRecipe(dialect="duckdb", computed=(Column(name="n", type="BIGINT"),)) if inputs else None,
        )

    def build_parts(self, dataset: str, parts: Collection[str], new: int, run_id: str | None) -> list[str]:
        """Commit new parts, and some that are known again, which may be gone; by a live run or by one that was killed."""
        own = run_id is None
        if run_id is None:
            run_id = self.start_run("prod")
        run = self.runs[run_id]
        made = {**dict.fromkeys(parts), **{f"{self._next():032x}": None for _ in range(new)}}
        committed = {id_: self._part(dataset, id_, run_id) for id_ in made}
        standing = self.opened.state.writer.commit_parts(list(committed.values()), run.lease)
        assert standing.keys() == committed.keys()
        for id_, part in standing.items():
            if part == committed[id_]:
                self.deleted_parts.pop(id_, None)
                self.parts[id_] = ModelPart(dataset=dataset, created=self.now, run=run_id)
            else:
                self._discard(committed[id_].files)
                run.held.add(id_)
            self.part_marks.pop(id_, None)
        if own:
            self.runs.pop(run_id)
            self.opened.state.writer.release_lease(run.lease)
        keys = [FootprintKey(of=id_, column="n", calendar=_DAYS) for id_ in committed]
        self.opened.state.writer.remember_footprints({key: Footprint(ranges=((1, 1),)) for key in keys})
        return list(made)

    def build_manifest(
        self, dataset: str, base: str | None, changes: Mapping[int, str | None], run_id: str | None
    ) -> str | None:
        """Commit a version that is made of parts, those of `base` but for `changes` (None: a new one); by a live run, or by
        one that is over at once. Only pages that differ are given, as long as the base is there."""
        own = run_id is None
        if run_id is None:
            run_id = self.start_run("prod")
        run = self.runs[run_id]
        standing = self.versions[base].parts if base in self.versions else {}
        wanted = {**standing, **{number: part for number, part in changes.items() if part is not None}}
        missing = [number for number in NUMBERS if number not in wanted or (number in changes and not changes[number])]
        wanted |= dict(zip(missing, self.build_parts(dataset, (), len(missing), run_id), strict=True))
        wanted = {number: wanted[number] for number in NUMBERS}
        version, entries = self._made_of(dataset, wanted, run_id)
        differing = {page_number(number) for number in NUMBERS if standing.get(number) != wanted[number]}
        pages = [make_page(dataset, listed) for page, listed in entries.items() if page in differing]
        gone = {part for page in pages for _, part in page.entries} - self.parts.keys()
        found = self.opened.state.writer.commit_manifest(version, pages, run.lease)
        if own:
            self.end_run(run_id)
        if (found is None) != bool(gone):
            return f"{sorted(gone)} are deleted, and the manifest over them was {found}"
        if found is None:
            self.counts["refused"] += 1
            return None
        key = FootprintKey(of=version.id, column="n", calendar=_DAYS)
        self.opened.state.writer.remember_footprints({key: Footprint(ranges=((1, 9),))})
        self.versions[version.id] = ModelVersion(dataset=dataset, created=self.now, bound=(), parts=wanted)
        run.held.add(version.id)
        self._touch([version.id])
        return None

    def _made_of(
        self, dataset: str, parts: Mapping[int, str], run_id: str
    ) -> tuple[Version, dict[int, tuple[tuple[int, str], ...]]]:
        entries: dict[int, tuple[tuple[int, str], ...]] = {}
        for number, part in parts.items():
            page = page_number(number)
            entries[page] = (*entries.get(page, ()), (number, part))
        manifest = Manifest(
            version_class=VersionClass.AS_OF,
            by="n",
            calendar=_DAYS,
            pages=tuple((page, make_page(dataset, listed).id) for page, listed in entries.items()),
            first=min(parts),
            last=max(parts),
            count=len(parts),
        )
        plain = self._version(f"{self._next():032x}", dataset, ("none",), run_id)
        version = replace(plain, node_kind="sql", view=None, inputs={}, is_opaque=False, manifest=manifest)
        return version, entries

    def _part(self, dataset: str, id_: str, run_id: str) -> Part:
        return Part(
            id=id_,
            dataset=dataset,
            columns=_COLUMNS,
            files=self._file(dataset, id_),
            rows=1,
            sums=(1, 2),
            fingerprint="f" * 32,
            run_id=run_id,
            created_at=self.now,
        )

    def _file(self, dataset: str, id_: str) -> tuple[StoredFile, ...]:
        target = self.opened.store.new_target(dataset, id_, f"20300101T000000-{self._next():06x}-0")
        Path(f"{target}-0.parquet").write_bytes(b"rows")
        return self.opened.store.seal([(f"{target}-0.parquet", 1)])

    def _discard(self, files: Collection[StoredFile]) -> None:
        self.opened.store.discard((self.opened.store.absolute(file), file.rows) for file in files)

    def start_run(self, environment: str, lasts_s: int = 60) -> str:
        """Start a run that only dies."""
        run_id = f"run-{self._next():06d}"
        lease = self.opened.state.writer.take_lease(f"run:{run_id}", f"sim:{run_id}", self.now, lasts_s)
        assert lease is not None
        record = RunRecord(
            id=run_id, environment=environment, state=RunState.RUNNING, options="{}", by="m", started_at=self.now
        )
        self.opened.state.writer.start_run(record, (), {})
        self.runs[run_id] = ModelRun(environment=environment, lease=lease)
        return run_id

    def hold(self, run_id: str, versions: Collection[str]) -> str | None:
        """Let a run take versions up; some may be gone."""
        return self._hold(self.runs[run_id], versions)

    def _hold(self, run: ModelRun, versions: Collection[str]) -> str | None:
        gone = self.opened.state.writer.hold_versions(run.lease, set(versions))
        run.held |= set(versions) - gone
        self._touch(versions)
        for part in versions:
            self.part_marks.pop(part, None)
        if gone != {id_ for id_ in versions if id_ not in self.versions and id_ not in self.parts}:
            return f"of {sorted(versions)} {sorted(gone)} were said to be gone"
        return None

    def end_run(self, run_id: str) -> None:
        """End a run in good order."""
        run = self.runs.pop(run_id)
        record = self.opened.state.reader.run(run_id)
        assert record is not None
        self.opened.state.writer.finish_run(replace(record, state=RunState.SUCCEEDED, finished_at=self.now), run.lease)

    def publish(
        self, name: str, moves: Mapping[str, str | None], pins: Mapping[str, str | None] | None = None
    ) -> str | None:
        """Move pointers of datasets, with the product's manifest; `pins` hold datasets at what they name, with the move."""
        environment = self.environments[name]
        shown = environment.shown
        moved = {dataset: version for dataset, version in moves.items() if shown.get(dataset) != version}
        after = {k: v for k, v in {**shown, **moved}.items() if v is not None and k != PRODUCT}
        if not moved:
            return None
        manifest = f"m{self._next():06d}"
        document = json.dumps({"datasets": {dataset: {"version": version} for dataset, version in after.items()}})
        publication = Publication(
            environment=name,
            base=environment.base,
            by="m",
            reason="",
            expected={dataset: shown.get(dataset) for dataset in moved},
            moves={dataset: (ObjectKind.DATASET, version) for dataset, version in moved.items()}
            | {PRODUCT: (ObjectKind.PRODUCT, manifest)},
            revisions=(Revision(id=manifest, kind=ObjectKind.PRODUCT, object=PRODUCT, document=document),),
            pins=tuple(
                self._pin(name, dataset, version, shown.get(dataset)) for dataset, version in (pins or {}).items()
            ),
        )
        gone = {version for version in moved.values() if version is not None and version not in self.versions}
        try:
            self.opened.state.writer.publish(publication, self.now)
        except Conflict as conflict:
            return None if gone else f"publishing {moved} was refused: {conflict}"
        if gone:
            return f"{sorted(gone)} are deleted and were published"
        self.manifests[manifest] = set(after.values())
        for dataset, version in (pins or {}).items():
            self.pins[name, dataset] = set(filter(None, (version, shown.get(dataset))))
        self._move(environment, {**moved, PRODUCT: manifest})
        return None

    def _move(self, environment: ModelEnvironment, moves: Mapping[str, str | None]) -> None:
        for dataset, version in moves.items():
            if version == environment.beneath.get(dataset) or (version is None and dataset not in environment.beneath):
                environment.own.pop(dataset, None)
            else:
                environment.own[dataset] = version
                environment.pointed |= {version} if version else set()
        environment.used = self.now
        environment.history.append(Seen(at=self.now, shown=environment.shown, beneath=dict(environment.beneath)))
        self._touch(version for version in moves.values() if version is not None)

    def roll_back(self, name: str, back: int) -> str | None:
        """Go back to one of the generations in retention."""
        environment = self.environments[name]
        kept = self._in_retention(environment)
        if not kept:
            return None
        seen = kept[-1 - back % len(kept)]
        shown = environment.shown
        moves = {n: seen.shown.get(n) for n in {*shown, *seen.shown} if shown.get(n) != seen.shown.get(n)}
        if not moves:
            return None
        publication = Publication(
            environment=name,
            base=environment.base,
            by="m",
            reason="back",
            expected={n: shown.get(n) for n in moves},
            moves={n: (ObjectKind.PRODUCT if n == PRODUCT else ObjectKind.DATASET, v) for n, v in moves.items()},
        )
        try:
            self.opened.state.writer.publish(publication, self.now)
        except Conflict as conflict:
            return f"going back to what is in retention was refused: {conflict}"
        self._move(environment, moves)
        return None

    def create_sandbox(self, base: str, lasts_s: int | None) -> None:
        """Make a sandbox over an environment's newest generation."""
        name = f"box{self._next()}"
        made = self.opened.state.writer.create_sandbox(
            Environment(name=name, base=base, created_at=self.now, touched_at=self.now, expire_after_s=lasts_s)
        )
        assert made is not None
        beneath = self.environments[base].shown
        self.environments[name] = ModelEnvironment(base=base, beneath=beneath, lasts_s=lasts_s, used=self.now)

    def rebase(self, name: str) -> str | None:
        """Let a sandbox lie over its base's newest generation."""
        environment, base = self.environments[name], str(self.environments[name].base)
        reader = self.opened.state.reader
        found = reader.environment(name)
        assert found is not None
        newest = reader.generation(base)
        if newest == found.base_generation:
            return None
        publication = Publication(
            environment=name,
            base=base,
            by="m",
            reason="rebase",
            base_generation=newest,
            expected_generation=found.generation,
            expected={},
            moves={n: (pointer.kind, pointer.revision) for n, pointer in reader.overlay(name).items()},
        )
        try:
            self.opened.state.writer.publish(publication, self.now)
        except Conflict as conflict:
            return f"a rebase was refused: {conflict}"
        environment.beneath = self.environments[base].shown
        environment.own = {n: v for n, v in environment.own.items() if v != environment.beneath.get(n)}
        environment.used = self.now
        environment.history.append(Seen(at=self.now, shown=environment.shown, beneath=dict(environment.beneath)))
        return None

    def delete_sandbox(self, name: str) -> None:
        """Give a sandbox up."""
        self.opened.state.writer.delete_sandbox(name)
        self._forget(name)

    def _forget(self, name: str) -> None:
        self.once_pointed |= self.environments.pop(name).pointed
        self.pins = {key: held for key, held in self.pins.items() if key[0] != name}

    def pin(self, name: str, object_: str) -> None:
        """Hold a dataset, or the product, where it stands."""
        revision = self.environments[name].shown.get(object_)
        if revision is not None:
            self.opened.state.writer.set_pins(name, [self._pin(name, object_, revision, None)], ())
            self.pins[name, object_] = set(self.manifests.get(revision, {revision}))

    def unpin(self, name: str, object_: str) -> None:
        """Let it go."""
        self.opened.state.writer.set_pins(name, (), (object_,))
        self.pins.pop((name, object_), None)

    def _pin(self, name: str, object_: str, revision: str | None, previous: str | None) -> Pin:
        return Pin(
            environment=name, object=object_, revision=revision, previous=previous, at=self.now, by="m", reason="r"
        )

    def collect(self, grace_s: float | None = None) -> str | None:
        """Collect garbage in both, and say where the real one deleted too much or too little."""
        rules = self.retention if grace_s is None else replace(self.retention, grace_s=grace_s)
        self.runs = {id_: run for id_, run in self.runs.items() if run.lease.expires_at > self.now}
        busy = {run.environment for run in self.runs.values()}
        for name, found in list(self.environments.items()):
            if found.expires is not None and found.expires <= self.now and name not in busy:
                self._forget(name)
        reachable = self._reachable()
        grace = dt.timedelta(seconds=rules.grace_s)
        reachable_parts = self._reachable_parts(reachable, grace)
        must_go = self._mark(reachable, grace)
        parts_must_go = self._mark_parts(reachable_parts, must_go, grace)
        report = collect_at(self.opened, rules, self.now)
        left = {version.id for version in self.opened.state.reader.all_versions()}
        gone = self.versions.keys() - left
        self.deleted |= {version: self.versions.pop(version) for version in gone}
        self.counts["deleted"] += len(gone)
        self.counts["kept"] += len(left)
        self.counts["collections"] += 1
        for version in gone:
            self.marks.pop(version, None)
        parts_left = {part.id for part in self.opened.state.reader.all_parts()}
        parts_gone = self.parts.keys() - parts_left
        self.deleted_parts |= {part: self.parts.pop(part) for part in parts_gone}
        self.part_marks = {part: since for part, since in self.part_marks.items() if part not in parts_gone}
        self.counts["parts deleted"] += len(parts_gone)
        self.counts["parts kept"] += len(parts_left)
        if report.failed:
            return f"failed: {report.failed}"
        if gone & reachable:
            return f"reachable and deleted: {sorted(gone & reachable)}"
        if parts_gone & reachable_parts:
            return f"reachable and deleted parts: {sorted(parts_gone & reachable_parts)}"
        if parts_must_go & parts_left:
            return f"unreachable and left parts: {sorted(parts_must_go & parts_left)}"
        if sum(each.parts for each in report.kept) + sum(each.is_part for each in report.condemned) != len(parts_left):
            return f"{len(parts_left)} parts are left, not what is kept or condemned: {report}"
        if must_go & left:
            inventory = self.opened.state.collector.inventory(self.now, lambda _: False)
            told = keepers(inventory, rules, self.now, must_go & left)
            return f"unreachable and left: { {id_: [kept.words for kept in found] for id_, found in told.items()} }"
        return self.check()

    def _mark(self, reachable: set[str], grace: dt.timedelta) -> set[str]:
        """Note what this collection finds needless, and return what it must delete."""
        pointed = {version for found in self.environments.values() for version in found.pointed}
        pointed |= self.once_pointed
        youth = dt.timedelta(seconds=self.retention.candidates_s)
        needless = {
            id_
            for id_, version in self.versions.items()
            if id_ not in reachable and (id_ in pointed or version.created + youth <= self.now)
        }
        self.marks = {id_: since for id_, since in self.marks.items() if id_ in needless} | {
            id_: self.now for id_ in needless if id_ not in self.marks
        }
        must_go = {id_ for id_, since in self.marks.items() if since + grace <= self.now}
        while True:  # what a version that may stay is bound to may stay
            bound = {b for id_, version in self.versions.items() if id_ not in must_go for b in version.bound}
            if not must_go & bound:
                return must_go
            must_go -= bound

    def _mark_parts(self, reachable: set[str], versions_must_go: set[str], grace: dt.timedelta) -> set[str]:
        """Note which parts this collection finds needless, and return those that it must delete."""
        needless = self.parts.keys() - reachable
        self.part_marks = {part: self.part_marks.get(part, self.now) for part in needless}
        staying = {
            part
            for id_, version in self.versions.items()
            if id_ not in versions_must_go
            for part in version.parts.values()
        }
        return {part for part, since in self.part_marks.items() if since + grace <= self.now} - staying

    # What the model says

    def _reachable_parts(self, versions: set[str], grace: dt.timedelta) -> set[str]:
        """Every part that must not be deleted: of reachable versions, of runs that go on, and the young."""
        found = {part for version in versions for part in self.versions[version].parts.values()}
        found |= {part for run in self.runs.values() for part in run.held if part in self.parts}
        return found | {
            id_ for id_, part in self.parts.items() if part.run in self.runs or part.created + grace > self.now
        }

    def _touch(self, versions: Collection[str] | Iterator[str]) -> None:
        """Whatever takes a version up makes a new beginning for it, and for what it is bound to."""
        waiting = list(versions)
        while waiting:
            version = waiting.pop()
            self.marks.pop(version, None)
            if version in self.versions:
                waiting.extend(self.versions[version].bound)
                for part in self.versions[version].parts.values():
                    self.part_marks.pop(part, None)

    def _in_retention(self, environment: ModelEnvironment) -> list[Seen]:
        keep = dt.timedelta(seconds=self.retention.generations_s)
        history = environment.history
        return [
            seen
            for index, seen in enumerate(history)
            if index == len(history) - 1 or history[index + 1].at + keep > self.now
        ]

    def _reachable(self) -> set[str]:
        """Everything that must not be deleted."""
        roots: set[str] = set()
        for environment in self.environments.values():
            roots |= {*environment.shown.values(), *environment.beneath.values()}
            for seen in self._in_retention(environment):
                roots |= {*seen.shown.values(), *seen.beneath.values()}
        for held in self.pins.values():
            roots |= held
        for run in self.runs.values():
            roots |= run.held
        pointed = {version for found in self.environments.values() for version in found.pointed}
        pointed |= self.once_pointed
        youth = dt.timedelta(seconds=self.retention.candidates_s)
        for id_, version in self.versions.items():
            if id_ not in pointed and version.created + youth > self.now:
                roots.add(id_)
        found: set[str] = set()
        waiting = [version for version in roots if version in self.versions]
        while waiting:
            version = waiting.pop()
            if version not in found:
                found.add(version)
                waiting.extend(self.versions[version].bound)
        return found

    def check(self) -> str | None:
        """Say what does not hold: everything shown, now and in retention, is there; rows and files belong together."""
        state, reader = self.opened.state, self.opened.state.reader
        there = {version.id: version for version in reader.all_versions()}
        if there.keys() != self.versions.keys():
            return f"versions differ: {sorted(there.keys() ^ self.versions.keys())}"
        for name, environment in self.environments.items():
            kept = self._in_retention(environment)
            first = len(environment.history) - len(kept) + 1
            shown = {number: seen.shown for number, seen in enumerate(kept, first)} | {None: environment.shown}
            for number, expected in shown.items():
                found = {n: pointer.revision for n, pointer in reader.pointers(name, number).items()}
                if found != expected:
                    return f"{name} shows {found} in generation {number}, not {expected}"
                lost = {v for n, v in found.items() if n != PRODUCT} - there.keys()
                if lost:
                    return f"{name} shows in generation {number} what is deleted: {sorted(lost)}"
                product = found.get(PRODUCT)
                if product is not None and product not in reader.revisions([product]):
                    return f"{name} shows in generation {number} a manifest that is deleted"
        for version in there.values():
            lost = set(version.inputs.values()) - there.keys() if version.view else set()
            if lost:
                return f"view {version.id} is bound to what is deleted: {sorted(lost)}"
        if (problem := self._check_parts(there)) is not None:
            return problem
        listed = {file.path for owner in (*there.values(), *reader.all_parts()) for file in owner.files}
        stored = {file.path for file in self.opened.store.listing()}
        if listed != stored:
            return f"files without a row or rows without a file: {sorted(listed ^ stored)}"
        keys = {f"t{version}" for version in self.deleted}
        if state.reader.triggers(keys):
            return "triggers of deleted versions are left"
        if state.reader.evidence({(version, "c", "") for version in self.deleted}):
            return "evidence on deleted versions is left"
        return None

    def _check_parts(self, there: Mapping[str, Version]) -> str | None:
        """Say what does not hold: every version has its parts, and no page and no footprint outlives what it is of."""
        reader = self.opened.state.reader
        parts = {part.id: part for part in reader.all_parts()}
        if parts.keys() != self.parts.keys():
            return f"parts differ: {sorted(parts.keys() ^ self.parts.keys())}"
        try:
            made_of = parts_of(reader, there.values())
        except WorldError as error:
            return f"a version has lost a part: {error}"
        for id_, found_parts in made_of.items():
            if [part.id for part in found_parts] != list(self.versions[id_].parts.values()):
                return f"version {id_} is made of {found_parts}"
        pages = {page for version in there.values() if version.manifest for _, page in version.manifest.pages}
        inventory = self.opened.state.collector.inventory(self.now, lambda _: False)
        if inventory.pages.keys() != pages:
            return f"pages differ from those listed: {sorted(inventory.pages.keys() ^ pages)}"
        gone = {*self.deleted, *self.deleted_parts}
        if reader.footprints([FootprintKey(of=id_, column="n", calendar=_DAYS) for id_ in gone]):
            return "footprints of what is deleted are left"
        return None

    def _next(self) -> int:
        self._number += 1
        return self._number
