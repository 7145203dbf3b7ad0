"""Steps of a tool's own graph as runs of OpenLineage: each below the step of ours that it is inside of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from meshwright.app.lineage_left import column_sources, left_datasets
from meshwright.app.openlineage_values import LineageSteps, ToldStep
from meshwright.files.standards.openlineage import Assertion, LineageDataset, LineageJob, LineageStep, ParentRun
from meshwright.graph.lineage import column_edges
from meshwright.model import Mesh, Node, Version
from meshwright.model.outside import LeftSource, outcome_of
from meshwright.sql import ColumnSource
from meshwright.state.records import InnerStepRecord

#: A nested run is recorded, and told, by itself.
_TELLS_ITSELF = "pipeline"
#: What became of an inner step -> the word that steps have for it. What runs when its node has ended was broken off.
_STATES = {"succeeded": "succeeded", "failed": "failed", "skipped": "skipped", "blocked": "blocked"}


def inner_steps(steps: LineageSteps, told: ToldStep, versions: Mapping[str, Version]) -> Iterator[LineageStep]:
    """Yield the inner steps of a step that has ended, the first begun first; those without a time are not told.

    `versions` are those that the step came to and read, by id.
    """
    node = steps.mesh.node(told.dataset or "")
    if not told.inner or node is None or node.outside is None or node.outside.tool == _TELLS_ITSELF:
        return
    inside = _Inside(steps, told, node, versions)
    begun = [each for each in told.inner if each.started_at is not None]
    for each in sorted(begun, key=lambda each: (each.started_at, each.name)):
        yield inside.step(each)


def begun(step: LineageStep) -> LineageStep:
    """Return an inner step as it began: its datasets by name, and the versions that it reads."""
    return replace(
        step,
        ended_at=None,
        state="running",
        error=None,
        inputs=tuple(LineageDataset(name=each.name, version=each.version) for each in step.inputs),
        outputs=tuple(LineageDataset(name=each.name) for each in step.outputs),
    )


class _Inside:
    """A step's own graph, with the datasets of the mesh that its steps make."""

    def __init__(self, steps: LineageSteps, told: ToldStep, node: Node, versions: Mapping[str, Version]) -> None:
        self._steps, self._told, self._node = steps, told, node
        self._mesh: Mesh = steps.mesh
        version = versions.get(told.version or "")
        outcome = version.outcome if version is not None else None
        self._lineage: Mapping[str, tuple[LeftSource, ...]] = outcome_of(outcome).lineage if outcome is not None else {}
        datasets = left_datasets(steps.mesh, node)
        self._made = {each.name: made for each in told.inner if (made := datasets.get(each.dataset or "")) is not None}
        self._job = steps.job(told)

    def step(self, inner: InnerStepRecord) -> LineageStep:
        assert inner.started_at is not None
        state = _STATES.get(inner.state, "interrupted")
        made = self._made.get(inner.name) if inner.verdict is None else None
        return LineageStep(
            uuid=self._steps.step_uuid(f"{self._told.key}/{inner.name}"),
            job=LineageJob(
                namespace=self._job.namespace,
                name=f"{self._job.name}.{inner.name}",
                type=inner.kind.upper(),
                owners=self._job.owners,
            ),
            parent=ParentRun(
                uuid=self._steps.step_uuid(self._told.key), namespace=self._job.namespace, job=self._job.name
            ),
            started_at=inner.started_at,
            ended_at=inner.ended_at or self._told.ended_at,
            state=state,
            error=inner.error if state != "succeeded" else None,
            inputs=tuple(self._inputs(inner, made)),
            outputs=() if made is None else (self._output(made),),
        )

    def _inputs(self, inner: InnerStepRecord, made: str | None) -> Iterator[LineageDataset]:
        read = {self._made[name] for name in inner.after if name in self._made}
        if made is not None:
            read |= {source.table for source in self._sources(made)}
        for address in sorted(read - {made}):
            dataset = self._steps.plain_dataset(address, self._told.inputs.get(address))
            yield replace(dataset, assertions=_assertions(inner))

    def _output(self, made: str) -> LineageDataset:
        edges = column_edges(made, self._sources(made))
        return replace(self._steps.plain_dataset(made), lineage=self._steps.told_lineage(edges))

    def _sources(self, made: str) -> tuple[ColumnSource, ...]:
        node = self._mesh.node(made)
        return (column_sources(self._mesh, node, self._lineage) or ()) if node is not None else ()


def _assertions(inner: InnerStepRecord) -> tuple[Assertion, ...]:
    """Return what a tool's own test found, as said of what it read."""
    if inner.verdict is None:
        return ()
    is_kept = inner.verdict == "pass"
    return (
        Assertion(
            metric=inner.kind,
            name=inner.name,
            is_kept=is_kept,
            action=inner.verdict if inner.verdict in {"log", "warn"} else "stop",
            description=inner.error or inner.name,
        ),
    )
