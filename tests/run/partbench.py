"""Parts with real rows in a real store and a real engine, put together into versions by hand; and a session that counts."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from meshwright.checks.spec import CheckSpec, Evidence, Measurement
from meshwright.engines.duckdb import DuckDBEngine
from meshwright.engines.duckdb.scans import files_of_relation
from meshwright.engines.protocol import Limits, ModelBuild, Relation, Session
from meshwright.model import Calendar, Grain, Manifest, Page, Part, Version, VersionClass
from meshwright.model.parts import added, make_page, page_number
from meshwright.run.partmeasures import Before
from meshwright.run.parts import PartsReader
from meshwright.run.steps import TestWork, measure
from meshwright.run.world import RunWorld
from meshwright.state.protocol import Reader
from meshwright.store.local import LocalStore

DATASET = "sales.flights.daily"
DAYS = Calendar(grain=Grain.DAY)


@dataclass(kw_only=True)
class Counting:
    """A session that notes which files its measurements read."""

    session: Session
    read: list[str] = field(default_factory=list)

    def measure(
        self, relation: Relation, specs: Sequence[CheckSpec], others: Mapping[str, Relation]
    ) -> tuple[Measurement, ...]:
        self.read.extend(files_of_relation(relation))
        return self.session.measure(relation, specs, others)


@dataclass(kw_only=True)
class Shelf:
    """Pages and parts by id, as the state gives them."""

    of_pages: dict[str, Page] = field(default_factory=dict)
    of_parts: dict[str, Part] = field(default_factory=dict)

    def pages(self, ids: Collection[str]) -> dict[str, Page]:
        return {id_: self.of_pages[id_] for id_ in ids if id_ in self.of_pages}

    def parts(self, ids: Collection[str]) -> dict[str, Part]:
        return {id_: self.of_parts[id_] for id_ in ids if id_ in self.of_parts}


@dataclass(kw_only=True)
class PartBench:
    """What parts and versions are made with."""

    store: LocalStore
    session: Session
    shelf: Shelf = field(default_factory=Shelf)

    def part(self, number: int, name: str, text: str, *, fingerprint: str = "f") -> Part:
        """Build a part of one day; `text` selects its rows."""
        id_ = f"p{number}-{name}"
        build = ModelBuild(dataset=DATASET, text=text, dialect="duckdb", inputs={})
        table = self.session.build_model(build, self.store.new_target(DATASET, id_, "run-1-0"))
        made = Part(
            id=id_,
            dataset=DATASET,
            start=DAYS.start(number),
            end=DAYS.start(number + 1),
            columns=table.columns,
            files=self.store.seal(table.files),
            rows=table.rows,
            sums=table.sums,
            fingerprint=fingerprint,
        )
        self.shelf.of_parts[id_] = made
        return made

    def version(self, name: str, parts: Mapping[int, Part], **said: object) -> Version:
        """Put parts together, by number; `said` goes into the manifest."""
        listed: dict[int, list[tuple[int, str]]] = {}
        for number, part in sorted(parts.items()):
            listed.setdefault(page_number(number), []).append((number, part.id))
        pages = {number: make_page(DATASET, tuple(entries)) for number, entries in listed.items()}
        self.shelf.of_pages.update((page.id, page) for page in pages.values())
        manifest = Manifest(
            version_class=VersionClass.PURE,
            pages=tuple((number, page.id) for number, page in sorted(pages.items())),
            first=min(parts, default=None),
            last=max(parts, default=None),
            count=len(parts),
            sums=added(*(part.sums for part in parts.values())),
            **({"by": "day", "calendar": DAYS} | said),  # type: ignore[arg-type]
        )
        columns = next(iter(parts.values())).columns if parts else next(iter(self.shelf.of_parts.values())).columns
        return Version(
            id=name,
            dataset=DATASET,
            columns=columns,
            files=(),
            rows=sum(part.rows for part in parts.values()),
            content_digest="",
            fingerprint="f",
            node_kind="sql",
            is_opaque=False,
            manifest=manifest,
        )

    def measured(
        self, version: Version, checks: Sequence[CheckSpec], before: Before | None = None
    ) -> tuple[tuple[Evidence, ...], list[str]]:
        """Measure rules; return the evidence and the files that were read for it."""
        session = Counting(session=self.session)
        world = SimpleNamespace(
            store=self.store,
            session=session,
            parts=PartsReader(cast(Reader, self.shelf)),
            run_id="run",
            see=None,
            stop=threading.Event(),
        )
        work = TestWork(version=version, checks=tuple(checks), others={}, before=before)
        return measure(work, cast(RunWorld, world)), session.read

    def before(self, version: Version, checks: Sequence[CheckSpec]) -> Before:
        """Measure rules on a version that others go on from."""
        evidence, _ = self.measured(version, checks)
        return Before(version=version, evidence={one.check: one for one in evidence})


@contextmanager
def part_bench(folder: Path) -> Iterator[PartBench]:
    """Yield a bench over a folder."""
    with DuckDBEngine(threads=2).open(Limits(threads=2, temp_directory=str(folder / "spill"))) as session:
        yield PartBench(store=LocalStore(folder / "store"), session=session)


def day_of(number: int) -> dt.date:
    """The day of a number."""
    return DAYS.start(number).date()
