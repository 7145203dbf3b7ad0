"""What OpenLineage events are made from, out of a mesh and the record of a run: one way for runs that go on and for past ones."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import PurePath
from types import MappingProxyType

from meshwright.app.lineage_left import left_sources
from meshwright.app.run_finding import is_repetition
from meshwright.files.standards.openlineage import (
    Assertion,
    ColumnInput,
    DatasetName,
    Field,
    LineageDataset,
    LineageJob,
    LineageRun,
    LineageStep,
    ParentRun,
    Tag,
    job_namespace,
    named_dataset,
    named_source,
    run_uuid,
    step_uuid,
)
from meshwright.files.standards.openlineage.names import named_place
from meshwright.frozen import dataclass
from meshwright.graph.lineage import ColumnEdge, Influence, column_edges
from meshwright.model import Mesh, Node, Version, dataset_name, domain_of, plain_address, product_of
from meshwright.model.causes import CauseKind
from meshwright.run.meter import BYTES_READ
from meshwright.run.report import TestOutcome
from meshwright.state.protocol import Reader
from meshwright.state.records import InnerStepRecord, RunRecord

_PUBLISH, _TEST = "publish", "test"


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldStep:
    """A step of a run that has begun, or ended."""

    key: str
    dataset: str | None
    #: Of a publication.
    products: tuple[str, ...] = ()
    #: ``build``, ``reuse``, ``test``, ``publish`` ...
    action: str
    state: str
    version: str | None = None
    error: str | None = None
    started_at: dt.datetime
    ended_at: dt.datetime | None = None
    inputs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    costs: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    tests: tuple[TestOutcome, ...] = ()
    #: Steps of the tool's own graph, of a step that has ended.
    inner: tuple[InnerStepRecord, ...] = ()

    @property
    def kind(self) -> str:
        """What stands before the address in its key: ``build``, ``test``, ``publish``, or the kind of a job."""
        return self.key.partition(":")[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class LineageMesh:
    """A mesh as events describe it."""

    mesh: Mesh
    #: Absolute folders of the mesh and of its store.
    root: str
    store: str
    #: Commit of the mesh's files, where all of them are committed.
    commit: str | None
    #: Dataset -> the edges of columns that lead to it.
    edges: Mapping[str, tuple[ColumnEdge, ...]]


def lineage_mesh(
    mesh: Mesh, root: PurePath, edges: Mapping[str, tuple[ColumnEdge, ...]], commit: str | None
) -> LineageMesh:
    """Put together what events say of a mesh."""
    return LineageMesh(mesh=mesh, root=str(root), store=str(root / mesh.store), commit=commit, edges=edges)


def lineage_run(about: LineageMesh, record: RunRecord, reader: Reader) -> LineageRun:
    """Return a run as events tell it; the runs above it are looked up."""
    options = json.loads(record.options)
    infrastructure = json.loads(record.infrastructure)
    on = infrastructure[-1] if infrastructure else {}
    parent, root = _above(about, record, reader)
    nominal_start, nominal_end = _nominal_time(options)
    tags = [Tag(key="run_id", value=record.id), Tag(key="environment", value=record.environment)]
    if record.finished_at is not None:
        tags.append(state_tag(record.state.value))
    return LineageRun(
        uuid=run_uuid(about.mesh.name, record.id),
        job=LineageJob(
            namespace=_namespace(about, record.environment),
            name=_run_job(record, options),
            type="RUN",
            description=f"Builds, tests and publishes the data products of {about.mesh.name}.",
        ),
        started_at=record.started_at,
        ended_at=record.finished_at,
        state=record.state.value,
        error=_run_error(record),
        parent=parent,
        root=root,
        nominal_start=nominal_start,
        nominal_end=nominal_end,
        engine=on.get("engine", {}).get("kind", "duckdb"),
        engine_release=on.get("engine", {}).get("release", ""),
        release=on.get("meshwright", record.meshwright),
        tags=tuple(tags),
    )


def state_tag(state: str) -> Tag:
    """Return the tag of a run that has ended: OpenLineage has fewer words for that."""
    return Tag(key="state", value=state)


class LineageSteps:
    """Turns the steps of one run into what events tell. Remembers which versions its datasets came to."""

    def __init__(self, about: LineageMesh, record: RunRecord) -> None:
        self._about = about
        self._record = record
        self._namespace = _namespace(about, record.environment)
        self._bound: dict[str, str] = {}

    def begun(self, step: ToldStep) -> LineageStep:
        """Return a step that has begun: its datasets by name alone, and the versions that it reads."""
        return LineageStep(
            uuid=self.step_uuid(step.key),
            job=self.job(step),
            started_at=step.started_at,
            inputs=tuple(
                LineageDataset(name=self._name(dataset), version=version)
                for dataset, version in sorted(step.inputs.items())
            ),
            outputs=(LineageDataset(name=self._name(step.dataset)),) if self._has_output(step) and step.dataset else (),
        )

    def wanted(self, steps: Iterable[ToldStep]) -> set[str]:
        """Return the ids of the versions that are needed to tell how steps ended."""
        found: set[str] = set()
        for step in steps:
            if step.dataset and step.version and step.kind == "build":
                self._bound[step.dataset] = step.version
            found |= {step.version} if step.version else set()
            found.update(step.inputs.values())
            found.update(version for _, version in self._published(step))
        return found

    def ended(self, step: ToldStep, versions: Mapping[str, Version]) -> LineageStep:
        """Return a step that has ended, with all that is known of what it read and made."""
        return LineageStep(
            uuid=self.step_uuid(step.key),
            job=self.job(step),
            started_at=step.started_at,
            ended_at=step.ended_at,
            state=step.state,
            error=step.error,
            inputs=self._inputs(step, versions),
            outputs=(self._output(step, versions),) if self._has_output(step) else (),
        )

    def _has_output(self, step: ToldStep) -> bool:
        return step.dataset is not None and step.kind not in {_TEST, _PUBLISH}

    def _inputs(self, step: ToldStep, versions: Mapping[str, Version]) -> tuple[LineageDataset, ...]:
        node = self._about.mesh.node(step.dataset) if step.dataset else None
        read = [*sorted(step.inputs.items()), *self._published(step)]
        found = [
            self._dataset(dataset, version, versions, step.tests if dataset == step.dataset else ())
            for dataset, version in read
        ]
        if self._has_output(step) and node is not None and node.source is not None:
            size = step.costs.get(BYTES_READ)
            name = named_source(node.source, self._about.root, node.address)
            found.append(LineageDataset(name=name, size_bytes=None if size is None else int(size)))
        return tuple(found)

    def _published(self, step: ToldStep) -> list[tuple[str, str]]:
        """Return the datasets of the products that a step publishes, at the versions that this run came to."""
        if step.kind != _PUBLISH:
            return []
        return sorted((dataset, v) for dataset, v in self._bound.items() if product_of(dataset) in step.products)

    def _output(self, step: ToldStep, versions: Mapping[str, Version]) -> LineageDataset:
        assert step.dataset is not None
        is_written = step.action == "build" and step.state == "succeeded"
        is_made = step.state == "succeeded"
        found = self._dataset(
            step.dataset, step.version if is_made else None, versions, (), is_written=is_written, has_lineage=True
        )
        left = self._left_lineage(step, versions)
        return found if left is None else replace(found, lineage=left)

    def _left_lineage(
        self, step: ToldStep, versions: Mapping[str, Version]
    ) -> Mapping[str, tuple[ColumnInput, ...]] | None:
        """Return the lineage that the very job told which left a dataset; None where no job did, or it told none."""
        node = self._about.mesh.node(step.dataset or "")
        if node is None:
            return None
        job = step.inputs.get(node.table_of.node) if node.table_of is not None else step.version
        version = versions.get(job or "")
        if version is None or version.outcome is None:
            return None
        return self.told_lineage(column_edges(node.address, left_sources(self._about.mesh, node, version.outcome)))

    def _dataset(
        self,
        address: str,
        version_id: str | None,
        versions: Mapping[str, Version],
        tests: Sequence[TestOutcome],
        *,
        is_written: bool = True,
        has_lineage: bool = False,
    ) -> LineageDataset:
        about, node = self._about, self._about.mesh.node(address)
        version = versions.get(version_id or "")
        described, tags = _described(about.mesh, address)
        has_files = version is not None and version.view is None
        return LineageDataset(
            name=self._name(address),
            version=version_id,
            fields=tuple(
                Field(name=column.name, type=column.type, description=described.get(column.name))
                for column in (version.columns if version is not None else ())
            ),
            lineage=self._lineage(address) if has_lineage else {},
            rows=version.rows if version is not None else None,
            size_bytes=version.size_bytes if version is not None and has_files else None,
            files=_count_of_files(version) if version is not None and has_files else None,
            is_written=is_written,
            is_view=version is not None and version.view is not None,
            location=_location(about, address) if has_files else None,
            owners=_owners(about.mesh, address),
            description=node.description if node is not None else None,
            tags=tags,
            assertions=tuple(_assertion(test) for test in tests),
        )

    def _lineage(self, address: str) -> dict[str, tuple[ColumnInput, ...]]:
        return self.told_lineage(self._about.edges.get(address, ()))

    def told_lineage(self, edges: Iterable[ColumnEdge]) -> dict[str, tuple[ColumnInput, ...]]:
        """Return the edges that lead to a dataset as they are told of it."""
        found: dict[str, list[ColumnInput]] = {}
        for edge in edges:
            dataset, column = _split(edge.source)
            found.setdefault(_split(edge.target)[1], []).append(
                ColumnInput(dataset=self._name(dataset), column=column, is_direct=edge.kind is Influence.DIRECT)
            )
        return {column: tuple(inputs) for column, inputs in found.items()}

    def _name(self, address: str | None) -> DatasetName:
        return named_dataset(self._namespace, address or "")

    def step_uuid(self, key: str) -> str:
        """Return the UUID of a step of the run, or of one inside of a step."""
        return step_uuid(self._about.mesh.name, self._record.id, key)

    @property
    def mesh(self) -> Mesh:
        """The mesh as it was."""
        return self._about.mesh

    def plain_dataset(self, address: str, version: str | None = None) -> LineageDataset:
        """Return a dataset with what the files say of it."""
        return replace(self._dataset(address, None, {}, ()), version=version)

    def job(self, step: ToldStep) -> LineageJob:
        """Return what a step is an execution of; tests and publications are beside the node, under a name with a slash."""
        address = step.key.partition(":")[2]
        mesh, node = self._about.mesh, self._about.mesh.node(address)
        if step.kind in {_TEST, _PUBLISH} or node is None:
            suffix = f"/{step.kind}" if step.kind in {_TEST, _PUBLISH} else ""
            return LineageJob(
                namespace=self._namespace,
                name=f"{address}{suffix}",
                type=step.kind.upper(),
                owners=_owners(mesh, address),
            )
        return LineageJob(
            namespace=self._namespace,
            name=address,
            type=node.kind.upper(),
            owners=_owners(mesh, address),
            description=node.description,
            tags=tuple(Tag(key=tag) for tag in node.tags),
            sql=node.sql.text if node.sql is not None else None,
            dialect=node.sql.dialect if node.sql is not None else None,
            **_code_of(self._about, node),
        )


def _code_of(about: LineageMesh, node: Node) -> dict[str, str]:
    file = node.python.file if node.python is not None else node.span.file if node.span is not None else None
    if file is None or about.commit is None:
        return {}
    return {"code_url": (PurePath(about.root) / file).as_uri(), "code_path": file, "commit": about.commit}


def _namespace(about: LineageMesh, environment: str) -> str:
    return job_namespace(about.mesh.name, about.mesh.openlineage.namespace, environment)


def _run_job(record: RunRecord, options: Mapping[str, object]) -> str:
    if options.get("promote"):
        return "promote"
    if is_repetition(record):
        return "repeat"
    variation = options.get("variation")
    return f"run@{variation}" if variation else "run"


def _run_error(record: RunRecord) -> str | None:
    """Say why a run did not end well: what ended it from outside of its steps, else the first step that failed."""
    report = json.loads(record.report)
    error = report.get("error")
    if error is not None:
        return f"{error['code']} {error['message']}"
    for step in report.get("steps", ()):
        if step["state"] == "failed" and step["error"] is not None:
            return f"{step['key']}: {step['error']['code']} {step['error']['message']}"
    return None


def _above(about: LineageMesh, record: RunRecord, reader: Reader) -> tuple[ParentRun | None, ParentRun | None]:
    """Return the step that started a run, and the run at the top; neither of one that nobody's step started."""
    if record.parent is None or record.parent_step is None:
        return None, None
    address = record.parent_step.partition(":")[2]
    top, seen = record, {record.id}
    while top.parent is not None and top.parent not in seen:
        above = reader.run(top.parent)
        if above is None:
            break
        top = above
        seen.add(top.id)
    parent = ParentRun(
        uuid=step_uuid(about.mesh.name, record.parent, record.parent_step),
        namespace=_namespace(about, record.environment),
        job=address,
    )
    root = ParentRun(
        uuid=run_uuid(about.mesh.name, top.id),
        namespace=_namespace(about, top.environment),
        job=_run_job(top, json.loads(top.options)),
    )
    return parent, root


def _nominal_time(options: Mapping[str, object]) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return when a run was due: by its schedule, else the interval that it was asked for."""
    cause = options.get("cause")
    is_scheduled = isinstance(cause, Mapping) and cause.get("kind") == CauseKind.SCHEDULE.value
    due = _moment(cause.get("at")) if is_scheduled and isinstance(cause, Mapping) else None
    if due is not None:
        return due, None
    start, _, end = str(options.get("interval") or "").partition("..")
    beginning = _moment(start)
    return (beginning, _moment(end)) if beginning is not None else (None, None)


def _moment(text: object) -> dt.datetime | None:
    if not isinstance(text, str) or not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


def _owners(mesh: Mesh, address: str) -> tuple[str, ...]:
    domain = mesh.domains.get(domain_of(address))
    return domain.owners if domain is not None else ()


def _described(mesh: Mesh, address: str) -> tuple[dict[str, str], tuple[Tag, ...]]:
    """Return what columns are, as contracts describe them, and the tags of a dataset and of its columns."""
    node, product = mesh.node(address), mesh.product(product_of(address))
    described: dict[str, str] = {}
    tags = {Tag(key=tag): None for tag in (node.tags if node is not None else ())}
    for port in product.ports.values() if product is not None else ():
        for promised in port.contract.objects:
            if promised.dataset != dataset_name(plain_address(address)):
                continue
            tags.update((Tag(key=tag), None) for tag in promised.tags)
            for column in promised.properties:
                if column.description:
                    described.setdefault(column.name, column.description)
                if column.classification:
                    tags[Tag(key="classification", value=column.classification, column=column.name)] = None
                tags.update((Tag(key=tag, column=column.name), None) for tag in column.tags)
    return described, tuple(tags)


def _location(about: LineageMesh, address: str) -> DatasetName:
    return named_place("/".join([about.store, *plain_address(address).split(".")]), about.root)


def _count_of_files(version: Version) -> int | None:
    return len(version.files) if version.manifest is None else None


def _assertion(test: TestOutcome) -> Assertion:
    return Assertion(
        metric=test.metric or "rule",
        name=test.id,
        is_kept=test.verdict == "pass",
        action=test.action,
        description=test.words,
        column=test.columns[0] if len(test.columns) == 1 else None,
        expected=f"{test.operator} {json.dumps(test.bound, default=str)}",
        actual=None if test.value is None else str(test.value),
    )


def _split(column: str) -> tuple[str, str]:
    """Part ``domain.product.dataset.column``: names of columns may hold points."""
    parts = column.split(".", 3)
    return ".".join(parts[:3]), parts[3]
