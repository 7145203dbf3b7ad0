"""Facets of events that others send: all are kept as they came, and of some we know what they say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from meshwright.files.standards.dataset_names import normal_name
from meshwright.files.standards.openlineage.bounds import (
    MOST_COLUMNS,
    MOST_FACET_BYTES,
    MOST_FACETS,
    MOST_NAMES,
    Problems,
    json_text,
    kind_of,
)
from meshwright.model.identity import identity
from meshwright.model.told import (
    Direction,
    FacetOf,
    NoteKind,
    Told,
    ToldDataset,
    ToldEdge,
    ToldFacet,
    ToldJob,
    ToldLink,
    ToldName,
    ToldNote,
    ToldRun,
    ToldUse,
    dataset_id,
    run_id_of,
)

Body = Mapping[str, Any]

_LINEAGE = "columnLineage"
_ASSERTIONS = "dataQualityAssertions"


class FacetReader:
    """Reads the facets of one event, and collects what they tell."""

    def __init__(self, *, at: dt.datetime, problems: Problems, job: str = "") -> None:
        self._at = at
        self._problems = problems
        self._job = job
        #: Id of the run, where the event is about one.
        self.run = ""
        self.left_out: list[str] = []
        self._facets: list[ToldFacet] = []
        self._datasets: list[ToldDataset] = []
        self._edges: list[ToldEdge] = []
        self._links: set[ToldLink] = set()
        self._notes: list[ToldNote] = []

    def told(
        self,
        *,
        jobs: tuple[ToldJob, ...] = (),
        datasets: tuple[ToldDataset, ...] = (),
        edges: tuple[ToldEdge, ...] = (),
        runs: tuple[ToldRun, ...] = (),
        uses: tuple[ToldUse, ...] = (),
    ) -> Told:
        """Return what was collected, with what the event tells beside its facets."""
        return Told(
            jobs=jobs,
            datasets=(*datasets, *self._datasets),
            facets=tuple(self._facets),
            edges=(*edges, *self._edges),
            links=tuple(sorted(self._links)),
            runs=runs,
            uses=uses,
            notes=tuple(self._notes),
        )

    def read_plain(self, of: FacetOf, object_: str, holder: Body, place: str) -> None:
        """Keep the facets of a job or of a run."""
        for name, facet in self._each(holder, "facets", place):
            self._check_shape(name, facet, f"{place}.{name}")
            self._keep(of, object_, name, facet, place)

    def read_dataset(self, holder: Body, dataset: ToldName, place: str, *, is_written: bool = True) -> None:
        """Keep the facets of a dataset; its other names and what its columns come of are taken from them."""
        id_ = dataset_id(dataset)
        for name, facet in self._each(holder, "facets", f"{place}.facets"):
            where = f"{place}.facets.{name}"
            self._check_shape(name, facet, where)
            if name == "symlinks":
                self._read_links(facet, dataset, where)
            if name == _ASSERTIONS:
                self._read_assertions(facet, id_, where)
            if name == _LINEAGE and is_written:
                # How its columns come of others is what this job says of its own writing; another job may say otherwise.
                # What is told without a job stands under the dataset's own id: there is no job of that id.
                job = self._job or id_
                if facet.get("_deleted") is not True:
                    self._edges.append(ToldEdge(job=job, dataset=id_, direction=Direction.WRITES, at=self._at))
                    self._read_lineage(facet, job, where)
                self._keep(FacetOf.WRITING, id_, name, facet, place, beside=job)
            else:
                self._keep(FacetOf.DATASET, id_, name, facet, place)

    def read_use(self, holder: Body, dataset: ToldName, key: str, place: str) -> None:
        """Keep what is said of a dataset as the run, or else the job, reads or writes it."""
        id_ = dataset_id(dataset)
        for name, facet in self._each(holder, key, f"{place}.{key}"):
            where = f"{place}.{key}.{name}"
            if name == _ASSERTIONS:
                self._read_assertions(facet, id_, where)
            self._keep(FacetOf.USE, self.run or self._job, name, facet, f"{place}.{key}", beside=id_)

    def _each(self, holder: Body, key: str, place: str) -> Iterator[tuple[str, Body]]:
        facets = self._problems.mapping(holder, key, place)
        if len(facets) > MOST_FACETS:
            self._problems.add(place, f"has {len(facets)} facets, more than {MOST_FACETS}")
            return
        for name, facet in facets.items():
            if facet is None:
                continue
            where = f"{place}.{name[:60]}"
            if not isinstance(facet, dict):
                self._problems.add(where, f"is {kind_of(facet)}, not an object")
                continue
            if not name.isprintable() or not 0 < len(name) <= 200:
                self._problems.add(where, "is no name of a facet")
                continue
            self._problems.text(facet, "_producer", f"{where}._producer")
            self._problems.text(facet, "_schemaURL", f"{where}._schemaURL")
            yield name, facet

    def _keep(self, of: FacetOf, object_: str, name: str, facet: Body, place: str, *, beside: str = "") -> None:
        document = None if facet.get("_deleted") is True else json_text(facet)
        if document is not None and len(document) > MOST_FACET_BYTES and name not in _READ:
            self.left_out.append(f"{place}.{name}")
            return
        self._facets.append(ToldFacet(of=of, object=object_, beside=beside, name=name, at=self._at, document=document))

    def _check_shape(self, name: str, facet: Body, place: str) -> None:
        """Check what will be read of a facet when it is shown."""
        problems = self._problems
        if facet.get("_deleted") is True:
            return
        if name in {"documentation", "sql", "errorMessage"}:
            problems.text(facet, _TEXTS[name], f"{place}.{_TEXTS[name]}")
        elif name == "schema":
            for index, field in enumerate(problems.items(facet, "fields", f"{place}.fields", MOST_COLUMNS)):
                problems.text(field, "name", f"{place}.fields[{index}].name")
                problems.text(field, "type", f"{place}.fields[{index}].type", is_required=False)
                problems.text(field, "description", f"{place}.fields[{index}].description", is_required=False)
        elif name == "ownership":
            for index, owner in enumerate(problems.items(facet, "owners", f"{place}.owners", MOST_NAMES)):
                problems.text(owner, "name", f"{place}.owners[{index}].name")

    def _read_links(self, facet: Body, dataset: ToldName, place: str) -> None:
        identifiers = self._problems.items(facet, "identifiers", f"{place}.identifiers", MOST_NAMES)
        for index, each in enumerate(identifiers):
            name = self._problems.name(each, f"{place}.identifiers[{index}]")
            if name is None:
                continue
            other = normal_name(name)
            if other != dataset:
                first, second = sorted((dataset_id(dataset), dataset_id(other)))
                self._links.add(ToldLink(dataset=first, other=second))
                self._datasets.append(ToldDataset(name=other, at=self._at))

    def _read_lineage(self, facet: Body, job: str, place: str) -> None:
        problems = self._problems
        fields = problems.mapping(facet, "fields", f"{place}.fields")
        if len(fields) > MOST_COLUMNS:
            problems.add(f"{place}.fields", f"has {len(fields):,} columns, more than {MOST_COLUMNS:,}")
            return
        listed = [(f"{place}.dataset", problems.items(facet, "dataset", f"{place}.dataset", MOST_COLUMNS))]
        for column in fields:
            where = f"{place}.fields.{column[:60]}"
            body = problems.mapping(fields, column, where)
            listed.append(
                (f"{where}.inputFields", problems.items(body, "inputFields", f"{where}.inputFields", MOST_COLUMNS))
            )
        read: set[ToldName] = set()
        for where, inputs in listed:
            for index, each in enumerate(inputs):
                name = problems.name(each, f"{where}[{index}]")
                problems.text(each, "field", f"{where}[{index}].field")
                problems.items(each, "transformations", f"{where}[{index}].transformations", MOST_NAMES)
                if name is not None:
                    read.add(normal_name(name))
        for name in sorted(read):
            self._datasets.append(ToldDataset(name=name, at=self._at))
            self._edges.append(ToldEdge(job=job, dataset=dataset_id(name), direction=Direction.READS, at=self._at))

    def _read_assertions(self, facet: Body, dataset: str, place: str) -> None:
        problems = self._problems
        for index, each in enumerate(problems.items(facet, "assertions", f"{place}.assertions", MOST_COLUMNS)):
            where = f"{place}.assertions[{index}]"
            metric = problems.text(each, "assertion", f"{where}.assertion")
            name = problems.text(each, "name", f"{where}.name", is_required=False) or metric
            column = problems.text(each, "column", f"{where}.column", is_required=False)
            success = each.get("success")
            if not isinstance(success, bool):
                problems.add(f"{where}.success", f"is {kind_of(success)}, not true or false")
                continue
            severity = problems.text(each, "severity", f"{where}.severity", is_required=False)
            word = "passed" if success else "warned" if severity in {"warn", "warning"} else "failed"
            self._notes.append(
                ToldNote(
                    key=identity("mwtoldtest1", self._job, self.run, dataset, name, metric, column),
                    kind=NoteKind.TEST,
                    at=self._at,
                    job=self._job,
                    run=self.run,
                    dataset=dataset,
                    name=f"{name}({column})" if column else name,
                    word=word,
                    text=_described(each),
                    digest=identity("mwtoldbody1", json_text(each)),
                )
            )


#: The text that a facet consists in.
_TEXTS = {"documentation": "description", "sql": "query", "errorMessage": "message"}
#: Facets that are read when something is shown; they are as large as their bounds allow.
_READ = frozenset({_LINEAGE, "schema", "symlinks", "ownership", *_TEXTS})


def read_parent(facets: Body, problems: Problems) -> tuple[str, ToldName | None]:
    """Return the run and the job that a run is part of; an empty id and None where it is of none."""
    facet = facets.get("parent") or facets.get("parentRun")  # as the first versions of the spec called it
    if not isinstance(facet, dict):
        return "", None
    run = problems.mapping(facet, "run", "run.facets.parent.run", is_required=True)
    job = problems.named(facet, "job", "run.facets.parent.job")
    key = problems.uuid(run, "runId", "run.facets.parent.run.runId") if facet.get("run") is not None else ""
    return run_id_of(job, key) if key and job is not None else "", job


def _described(assertion: Body) -> str:
    words = [str(assertion[key])[:1_000] for key in ("description", "message") if isinstance(assertion.get(key), str)]
    figures = [key for key in ("expected", "actual") if isinstance(assertion.get(key), str | int | float)]
    words += [f"{key} {str(assertion[key])[:200]}" for key in figures]
    return "; ".join(words)
