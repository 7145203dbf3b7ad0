"""Nodes that call out, in a whole mesh: after publication, once for a version, where the mesh allows, with one key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.workspace import Workspace, open_workspace
from tests.meshes import write_file
from tests.tools.jobs_server import running_jobs
from tests.tools.web import Web, running_web

PIPELINE = "domains/ops/flights/pipeline.yaml"


@pytest.fixture
def web() -> Iterator[Web]:
    with running_web() as found:
        yield found


def mesh_of(root: Path, pipeline: str, *, allow: str = "127.0.0.0/8", model: str = "select 1 as a") -> Workspace:
    write_file(root, "mesh.yaml", f"meshwright: 1\nname: try\nhttp: {{allow: [{allow}]}}\n")
    write_file(root, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    write_file(root, PIPELINE, pipeline)
    write_file(root, "domains/ops/flights/models/rows1.sql", model)
    return open_workspace(root)


def test_a_call_is_made_once_for_a_published_version(tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", f"{web.url}/hook?token=c4nary-token")
    web.answers({"id": 7})
    pipeline = """
nodes:
  tell: {http: {url: "${env:HOOK}", json: {rows: "${node:rows1.rows}"}, values: {id: "$.id"}}, after: [rows1]}
  more: {shell: {command: 'test "$ID" = 7', variables: {ID: "${node:tell.value.id}"}}, after: [tell], effects: external}
"""
    for _ in range(2):
        report = apply(mesh_of(tmp_path, pipeline), RunOptions())
        assert report.state.value == "succeeded", report
    (asked,) = web.asked
    assert (asked.method, asked.json, asked.query) == ("POST", {"rows": 1}, "token=c4nary-token")
    assert apply(mesh_of(tmp_path, pipeline, model="select 2 as a"), RunOptions()).state.value == "succeeded"
    assert len(web.asked) == 2
    assert web.asked[1].headers["idempotency-key"] != asked.headers["idempotency-key"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"c4nary" in path.read_bytes()]


def test_another_attempt_has_the_same_key(tmp_path: Path, web: Web) -> None:
    answers = iter([(503, {}, b""), (429, {"Retry-After": "1"}, b""), (200, {}, b"")])
    web.answer = lambda asked: next(answers)
    pipeline = f"""
nodes:
  tell: {{http: {{url: '{web.url}', method: POST}}, after: [rows1], retry: {{attempts: 3, backoff: 10ms}}}}
"""
    report = apply(mesh_of(tmp_path, pipeline), RunOptions())
    assert report.state.value == "succeeded", report
    assert len(web.asked) == 3
    assert len({asked.headers["idempotency-key"] for asked in web.asked}) == 1


def test_a_final_refusal_is_not_tried_again_and_told(tmp_path: Path, web: Web) -> None:
    web.answers({"error": "no such hook"}, status=404)
    pipeline = f"nodes:\n  tell: {{http: '{web.url}/x', after: [rows1], retry: {{attempts: 3, backoff: 10ms}}}}\n"
    report = apply(mesh_of(tmp_path, pipeline), RunOptions())
    assert report.state.value == "partial"
    assert len(web.asked) == 1
    (error,) = [step.error for step in report.steps if step.error is not None]
    assert "/x answered 404 Not Found: no such hook" in str(error)


def test_a_call_goes_only_where_the_mesh_allows(tmp_path: Path, web: Web) -> None:
    report = apply(
        mesh_of(tmp_path, f"nodes:\n  tell: {{http: '{web.url}', after: [rows1]}}\n", allow="10.0.0.0/8"), RunOptions()
    )
    assert report.state.value == "partial"
    assert not web.asked


@pytest.mark.parametrize("tool", ["http: {url: 'http://127.0.0.1/', ", "rest: {start: {}, "])
def test_a_node_cannot_allow_itself_more(tmp_path: Path, tool: str) -> None:
    workspace = mesh_of(tmp_path, f"nodes:\n  tell: {{{tool}allow: [127.0.0.0/8]}}, after: [rows1]}}\n", allow="")
    (found,) = [each for each in check(workspace).diagnostics if each.severity.value == "error"]
    assert (found.code, found.span.line if found.span else None) == ("MW-J002", 2)
    assert "'allow' is not an option of a node" in found.message


def test_a_job_by_description_is_a_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cret-token")
    with running_jobs() as server:
        pipeline = f"""
nodes:
  job:
    after: [rows1]
    rest:
      url: {server.web.url}/api
      auth: {{bearer: "${{env:TOKEN}}"}}
      start: {{url: /runs, json: {{rows: "${{node:rows1.rows}}"}}, handle: "$.run.id"}}
      poll: {{url: "/runs/{{handle}}", state: "$.status", succeeded: done, failed: broken}}
      log: "/runs/{{handle}}/log"
      result: {{url: "/runs/{{handle}}/result", values: {{loaded: "$.rows"}}}}
  more: {{shell: {{command: 'test "$ROWS" = 42', variables: {{ROWS: "${{node:job.value.loaded}}"}}}}, after: [job]}}
"""
        report = apply(mesh_of(tmp_path, pipeline), RunOptions())
        assert report.state.value == "succeeded", report
        assert [run["given"] for run in server.runs.values()] == [{"rows": 1}]
