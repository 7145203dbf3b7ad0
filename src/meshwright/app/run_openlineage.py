"""The verb `runs openlineage`: the OpenLineage events of a recorded run."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.app.frozen import frozen_workspace, recorded_run
from meshwright.app.judged import judge_mesh
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.openlineage import past_events
from meshwright.app.workspace import Workspace
from meshwright.frozen import dataclass
from meshwright.graph.lineage import ColumnLineage
from meshwright.state.records import RunRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class RunEvents:
    """Answer of `runs openlineage`."""

    run_id: str
    #: Documents of OpenLineage, in the order of the plan.
    events: tuple[Mapping[str, object], ...]


def run_events(workspace: Workspace, run_id: str) -> RunEvents:
    """Return the events of a run, made from its record and its own frozen files.

    Raises InputError (MW-R005) for a run that is not there, WorldError (MW-R017) where its files are not.
    """
    record = recorded_run(workspace, run_id)
    with frozen_workspace(workspace, record) as frozen, open_mesh(frozen, record.environment) as opened:
        return RunEvents(run_id=record.id, events=tuple(past_events(opened, record, lineage_then(opened, record))))


def lineage_then(opened: OpenedMesh, record: RunRecord) -> ColumnLineage:
    """Return the lineage of columns as a run had it: what it read and made tells columns that no file does."""
    reader = opened.state.reader
    steps = reader.steps(record.id)
    ids = {step.dataset: step.version for step in steps if step.dataset and step.version}
    for step in steps:
        ids |= step.inputs
    rows = reader.versions(set(ids.values()))
    versions = {dataset: rows[version] for dataset, version in ids.items() if version in rows}
    return judge_mesh(opened, versions, {}).typed.lineage
