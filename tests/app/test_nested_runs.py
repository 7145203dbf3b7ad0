"""A pipeline as a node of another: both runs know each other, in the record, in trees and in OpenLineage events."""

from __future__ import annotations

import json
from pathlib import Path

from meshwright.app.apply import RunOptions, apply, resume
from meshwright.app.run_openlineage import run_events
from meshwright.app.runs import run_trees, show_run
from meshwright.faces.text.show import run_detail_lines
from meshwright.faces.text.terminal import Look
from meshwright.files.standards.openlineage import run_uuid, step_uuid
from meshwright.state.records import RunState
from tests.app.test_outside_nodes import mesh_of
from tests.app.test_run_record import end_as, state_of
from tests.meshes import write_file
from tests.openlineage_spec import problems

NODE = "build:ops.flights.inner"


def nested(root: Path) -> tuple[str, str]:
    """Run a pipeline with another one as its node; return the ids of both runs."""
    workspace = mesh_of(root, "nodes: {inner: {pipeline: {select: other.things}}}\n")
    write_file(root, "domains/other/domain.yaml", "name: other\npurpose: Trying.\nowners: [team:other]\n")
    write_file(root, "domains/other/things/models/one.sql", "select 1 as n")
    write_file(root, "domains/other/things/models/two.sql", "select n + 1 as n from one")
    report = apply(workspace, RunOptions(select=("ops",)))
    assert report.state is RunState.SUCCEEDED, report
    (child,) = show_run(workspace, report.run_id).children
    return report.run_id, child.id


def test_a_run_knows_the_run_that_its_node_started_and_is_known_by_it(tmp_path: Path) -> None:
    above, below = nested(tmp_path)
    workspace = mesh_of(tmp_path, "nodes: {inner: {pipeline: {select: other.things}}}\n")
    child = show_run(workspace, below)
    assert (child.run.parent, child.run.parent_step) == (above, NODE)
    assert [(listed.run.id, listed.depth) for listed in run_trees(workspace)] == [(above, 0), (below, 1)]
    detail = show_run(workspace, above)
    inner = {each.name: each.state for each in detail.inner[NODE]}
    assert inner.items() >= {"build:other.things.one": "succeeded", "build:other.things.two": "succeeded"}.items()
    (step,) = [step for step in detail.steps if step.key == NODE]
    assert step.started_at is not None


def test_events_of_the_inner_run_name_the_step_above_and_the_root(tmp_path: Path) -> None:
    above, below = nested(tmp_path)
    workspace = mesh_of(tmp_path, "nodes: {inner: {pipeline: {select: other.things}}}\n")
    events = [dict(event) for event in run_events(workspace, below).events]
    assert [found for event in events for found in problems(event)] == []
    for event in json.loads(json.dumps(events)):
        parent = event["run"]["facets"]["parent"]
        assert parent["root"]["run"]["runId"] == run_uuid("try", above)
        if event["job"]["name"] == "run":
            assert parent["run"]["runId"] == step_uuid("try", above, NODE)
            assert parent["job"]["name"] == "ops.flights.inner"
        else:
            assert parent["run"]["runId"] == run_uuid("try", below)
    ids = {
        event["run"]["runId"]
        for event in json.loads(json.dumps([dict(e) for e in run_events(workspace, above).events]))
    }
    assert step_uuid("try", above, NODE) in ids


def test_an_inner_run_can_be_resumed_by_itself(tmp_path: Path) -> None:
    """It is no repetition, which cannot."""
    _, below = nested(tmp_path)
    workspace = mesh_of(tmp_path, "nodes: {inner: {pipeline: {select: other.things}}}\n")
    with state_of(workspace) as state:
        end_as(state, below, RunState.INTERRUPTED)
    assert resume(workspace, below).state is RunState.SUCCEEDED


def test_the_tree_of_a_tool_is_shown_below_its_step(tmp_path: Path) -> None:
    above, below = nested(tmp_path)
    workspace = mesh_of(tmp_path, "nodes: {inner: {pipeline: {select: other.things}}}\n")
    lines = run_detail_lines(show_run(workspace, above), Look())
    text = "\n".join(lines)
    assert f"inside {NODE}:" in text
    assert "succeeded build build:other.things.one -> other.things.one" in text
    assert f"{below} succeeded by step {NODE}" in text
