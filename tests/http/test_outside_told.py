"""Events of outside tools over HTTP: who may tell, what is answered, what is refused; and what the catalog then shows."""

from __future__ import annotations

import itertools
import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from meshwright.app.serving import open_server
from meshwright.faces.http.application import new_application
from tests.http.rich import said
from tests.http.serving import Served, serving, token
from tests.told_events import Event, dataset, facet, run_event, whole_event

LATE = "2999-01-01T00:00:00Z"
PATHS = ["/openlineage/api/v1/lineage", "/api/v1/openlineage/api/v1/lineage", "/api/v1/lineage"]
JOB = {"namespace": "informatica://prod", "name": "load"}
OBSERVED: dict[str, dict[str, Any]] = {
    "run-status": {"job": JOB, "run": "r1", "status": "succeeded", "url": "https://x", "text": "fine", "tool": "inf"},
    "dataset-operation": {"job": JOB, "run": "r1", "dataset": "sales.orders.orders", "operation": "reads"},
    "metric-log": {"job": JOB, "run": "r1", "name": "rows", "value": 7},
    "message-log": {"job": JOB, "text": "took the long way", "level": "warning"},
    "test-outcomes": {
        "dataset": {"namespace": "s3a://lake", "name": "/x"},
        "outcomes": [{"name": "a", "status": "passed"}, {"name": "b", "status": "failed", "value": 3, "text": "no"}],
    },
}


def told(client: httpx.Client, event: object, path: str = PATHS[0]) -> dict[str, Any]:
    answer = client.post(path, content=json.dumps(event))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def code_of(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["fix"]
    code: str = answer.json()["code"]
    return code


@pytest.mark.parametrize("path", PATHS)
def test_openlineage_is_taken_in_on_its_paths(shop: Served, path: str) -> None:
    assert told(shop.administrator, whole_event(), path) == {
        "schema": "meshwright/taken/1",
        "received": 1,
        "own": 0,
        "left_out": [],
    }
    assert told(shop.administrator, [whole_event(), run_event("START")], f"{path}/batch")["received"] == 2
    [job] = shop.viewer.get("/api/v1/jobs").json()["jobs"]
    assert (job["namespace"], job["name"], job["tool"]) == ("airflow://prod", "nightly.load", "AIRFLOW")


@pytest.mark.parametrize("path", [*PATHS, *(f"/api/v1/observe/{kind}" for kind in OBSERVED), "/api/v1/observe"])
def test_only_who_may_tell_can(shop: Served, path: str) -> None:
    kind = path.rpartition("/")[2]
    event: object = OBSERVED.get(kind, whole_event())
    if kind == "observe":
        event = [{"event": "metric-log"} | OBSERVED["metric-log"]]
    assert code_of(shop.nobody.post(path, json=event), 401) == "MW-H013"
    assert code_of(shop.viewer.post(path, json=event), 403) == "MW-H014"
    assert shop.viewer.get("/api/v1/jobs").json()["jobs"] == []
    assert shop.administrator.post(path, json=event).status_code == 200


@pytest.mark.parametrize("kind", OBSERVED)
def test_each_kind_of_event_is_taken_in_once(shop: Served, kind: str) -> None:
    path, event = f"/api/v1/observe/{kind}", OBSERVED[kind] | {"time": "2026-05-04T03:02:01Z"}
    for _ in range(3):
        answer = shop.administrator.post(path, json=event, headers={"Idempotency-Key": "k"})
        assert answer.json()["received"] == 1, answer.text
    assert code_of(
        shop.administrator.post(path, json=event | {"tool": "other"}, headers={"Idempotency-Key": "k"}), 409
    ) == ("MW-O011")
    assert shop.administrator.post(path, json=event | {"tool": "other", "id": "k2"}).status_code == 200


def test_many_kinds_at_once(shop: Served) -> None:
    events = [{"event": kind} | event for kind, event in OBSERVED.items()]
    assert shop.administrator.post("/api/v1/observe", json=events).json()["received"] == len(events)
    [job] = shop.viewer.get("/api/v1/jobs").json()["jobs"]
    assert job["reads"] == ["sales.orders.orders"]
    run = shop.viewer.get(f"/api/v1/outside/runs/{job['newest_run']['id']}").json()
    assert {note["kind"] for note in run["notes"]} == {"run-status", "dataset-operation", "metric-log"}
    wrong = [
        *events,
        {"event": "metric-log", "job": {"namespace": "new", "name": "x"}, "name": "x", "value": 1, "y": 2},
    ]
    assert code_of(shop.administrator.post("/api/v1/observe", json=wrong), 422) == "MW-H010"
    assert len(shop.viewer.get("/api/v1/jobs").json()["jobs"]) == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (PATHS[0], b"", 422, "MW-O010"),
        (PATHS[0], b"{}", 422, "MW-O010"),
        (PATHS[0], b"[" * 50_000, 422, "MW-O010"),
        (PATHS[0], b"[]", 422, "MW-O010"),
        (PATHS[0], json.dumps(run_event() | {"job": {}}).encode(), 422, "MW-O010"),
        (PATHS[0], json.dumps(run_event() | {"run": {}}).encode(), 422, "MW-O010"),
        (f"{PATHS[0]}/batch", json.dumps([run_event(), run_event() | {"job": {}}]).encode(), 422, "MW-O010"),
        (f"{PATHS[0]}/batch", b"{}", 422, "MW-O010"),
        (f"{PATHS[0]}/batch", b"[{}]", 422, "MW-O010"),
        (PATHS[0], b"x" * (8 * 1024 * 1024 + 1), 413, "MW-H015"),
        (PATHS[0], b'"' + b"x" * (6 * 1024 * 1024) + b'"', 422, "MW-O010"),
        ("/api/v1/observe/run-status", b"{", 400, "MW-H012"),
        ("/api/v1/observe/run-status", b"{}", 422, "MW-H010"),
        ("/api/v1/observe/run-status", json.dumps(OBSERVED["run-status"] | {"x": 1}).encode(), 422, "MW-H010"),
        ("/api/v1/observe/run-status", json.dumps(OBSERVED["run-status"] | {"status": "done"}).encode(), 422, "MW-H010"),
        ("/api/v1/observe/run-status", json.dumps(OBSERVED["run-status"] | {"run": "x" * 201}).encode(), 422, "MW-H010"),
        ("/api/v1/observe/run-status", json.dumps(OBSERVED["run-status"] | {"time": "2026-01-01"}).encode(), 422, "MW-H010"),
        ("/api/v1/observe/run-status", json.dumps(OBSERVED["run-status"] | {"time": LATE}).encode(), 422, "MW-O012"),
        ("/api/v1/observe/metric-log", b'{"name": "x", "value": 1}', 422, "MW-O012"),
        ("/api/v1/observe/metric-log", b'{"dataset": "sales.orders.ordrs", "name": "x", "value": 1}', 422, "MW-O012"),
        ("/api/v1/observe/metric-log", b'{"dataset": "a.b.c", "name": "x", "value": 1e999}', 400, "MW-H012"),
        ("/api/v1/observe/metric-log", b'{"dataset": "a.b.c", "name": "x", "value": NaN}', 400, "MW-H012"),
        ("/api/v1/observe", b"[]", 422, "MW-H010"),
        ("/api/v1/observe", b'[{"event": "what"}]', 422, "MW-H010"),
    ],
)  # fmt: skip
def test_what_is_no_event_is_refused_and_changes_nothing(
    shop: Served, path: str, body: bytes, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/json"}
    assert code_of(shop.administrator.post(path, content=body, headers=headers), status) == code
    assert shop.viewer.get("/api/v1/jobs").json()["jobs"] == []
    assert shop.viewer.get("/api/v1/outside/datasets").json()["datasets"] == []


def test_surrogates_and_nul_are_kept_or_refused_and_break_nothing(shop: Served) -> None:
    text = json.dumps(OBSERVED["message-log"]).replace("took the long way", "a\\ud800\\u0000b")
    answer = shop.administrator.post(
        "/api/v1/observe/message-log", content=text, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in {200, 422}
    event = whole_event()
    event["outputs"][0]["facets"]["acme_extra"]["anything"] = ["\ud800\0"]
    told(shop.administrator, event)
    assert shop.viewer.get("/api/v1/jobs").status_code == 200
    for each in shop.viewer.get("/api/v1/outside/datasets").json()["datasets"]:
        assert shop.viewer.get(f"/api/v1/outside/datasets/{each['id']}").status_code == 200


def test_lists_page_and_are_in_the_order_of_names(shop: Served) -> None:
    for number in range(7):
        told(shop.administrator, run_event(job=("x", f"j{number}"), outputs=[dataset("d", f"t{number}")]))
    for path, key in (("/api/v1/jobs", "jobs"), ("/api/v1/outside/datasets", "datasets")):
        found, cursor = [], None
        for _ in range(10):
            page = shop.viewer.get(path, params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
            found += [each["name"] for each in page[key]]
            cursor = page["next"]
            if cursor is None:
                break
        assert found == sorted(found)
        assert len(found) == 7
        assert code_of(shop.viewer.get(path, params={"cursor": "x"}), 400) == "MW-H020"
    assert shop.viewer.get("/api/v1/jobs", params={"namespace": "y"}).json()["jobs"] == []
    text = shop.viewer.get("/api/v1/jobs", headers={"Accept": "text/plain"}).text
    assert "x/j6" in text


def test_cards_are_found_by_id_and_nothing_else_is(shop: Served) -> None:
    told(shop.administrator, whole_event())
    [job] = shop.viewer.get("/api/v1/jobs").json()["jobs"]
    card = shop.viewer.get(f"/api/v1/jobs/{job['id']}").json()
    assert card["facets"]["jobType"]["integration"] == "AIRFLOW"
    run = shop.viewer.get(f"/api/v1/outside/runs/{card['runs'][0]['id']}").json()
    assert run["state"] == "succeeded"
    for each in shop.viewer.get("/api/v1/outside/datasets").json()["datasets"]:
        assert shop.viewer.get(f"/api/v1/outside/datasets/{each['id']}").json()["node"] == each["node"]
    for path in ("jobs", "outside/runs", "outside/datasets"):
        assert code_of(shop.viewer.get(f"/api/v1/{path}/{'0' * 32}"), 404) == "MW-O020"
        assert shop.viewer.get(f"/api/v1/{path}/..%2f..").status_code in {404, 422}
        assert code_of(shop.nobody.get(f"/api/v1/{path}/{'0' * 32}"), 401) == "MW-H013"


@pytest.mark.slow
def test_a_real_server_takes_in_what_many_tell_at_once_and_keeps_it(root: Path, tmp_path: Path) -> None:
    """Recorded when the answer goes out: killed right after it, nothing is lost."""
    events: list[Event] = [
        run_event(run=f"00000000-0000-0000-0000-{number:012}", job=("t", f"j{number % 3}")) for number in range(30)
    ]
    with serving(root, folder=tmp_path) as server, server.client() as client:

        def send(part: list[Event]) -> None:
            for event in part:
                told(client, event)

        threads = [threading.Thread(target=send, args=(events[start::5],)) for start in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        os.killpg(server.process.pid, signal.SIGKILL)
    with open_server(root) as opened:
        outside = opened.kept.state().outside
        assert all(outside.runs_called(event["run"]["runId"]) for event in events)
        assert new_application(opened).openapi()["paths"].keys() >= {PATHS[0], f"{PATHS[0]}/batch", "/api/v1/observe"}


def test_what_is_told_is_in_the_lineage_of_the_next_answer(shop: Served) -> None:
    path = "/api/v1/lineage/sales.orders.orders"
    before = shop.viewer.get(path)
    same = {"If-None-Match": before.headers["etag"]}
    assert shop.viewer.get(path, headers=same).status_code == 304
    operation = OBSERVED["dataset-operation"]
    assert shop.administrator.post("/api/v1/observe/dataset-operation", json=operation).status_code in {200, 202}
    written = {**operation, "dataset": {"namespace": "s3a://lake", "name": "/x"}, "operation": "writes"}
    assert shop.administrator.post("/api/v1/observe/dataset-operation", json=written).status_code in {200, 202}
    after = shop.viewer.get(path, headers=same)
    assert after.status_code == 200
    beyond = set(after.json()["nodes"]) - set(before.json()["nodes"])
    assert beyond
    down = shop.viewer.get(path, params={"direction": "down", "depth": 1}).json()["nodes"]
    assert "sales.orders.raw_orders" not in down
    assert not beyond & set(shop.viewer.get(path, params={"direction": "up"}).json()["nodes"])


def test_what_outside_tools_call_so_is_shown_and_followed_through_a_server_as_where_the_mesh_lies(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [
        "s3://lake/a b/ü",
        "snowflake://acme/SHOP.REPORTS.DAILY",
        "file:/data/x.csv",
        "/data/x.csv",
        "cron/nightly.load",
        "cron/nothing",
        "s3://nowhere/x",
    ]
    event = run_event(
        job=("cron", "nightly.load"),
        inputs=[dataset("meshwright://shop", "sales.orders.orders"), dataset("file", "/data/x.csv")],
        outputs=[dataset("s3a://lake", "/a b/ü"), dataset("snowflake://ACME", "SHOP.REPORTS.DAILY")],
    )
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("MESHWRIGHT_TOKEN", token(root, "administrator"))
    with serving(root, folder=tmp_path) as server:
        with server.client() as to:
            told(to, event)
        found = []
        for verb in ("show", "lineage"):
            for name in names:
                here = said(capsys, "-C", str(root), verb, name, "--json")[:2]
                assert said(capsys, "--server", server.url, verb, name, "--json")[:2] == here, (verb, name)
                assert (
                    said(capsys, "--server", server.url, verb, name)[1] == said(capsys, "-C", str(root), verb, name)[1]
                )
                found.append(here[0])
        assert found == [0, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 2, 2, 2], "a job has no lineage"
        ours = "meshwright://shop/sales.orders.orders"
        here, there = (
            json.loads(said(capsys, *where, "lineage", ours, "--json")[1])
            for where in (("-C", str(root)), ("--server", server.url))
        )
        assert here == there
        assert here["object"] == "sales.orders.orders"
        assert (
            json.loads(said(capsys, "--server", server.url, "show", ours, "--json")[1])["address"]
            == "sales.orders.orders"
        )


def changed(**changes: Any) -> Event:
    return run_event(outputs=[dataset("s3://lake", "x")]) | changes


def many(count: int) -> list[Event]:
    return [{"namespace": "s3://lake", "name": f"t{number}"} for number in range(count)]


def faceted(name: str, value: object) -> Event:
    return changed(outputs=[{"namespace": "s3://lake", "name": "x", "facets": {name: value}}])


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (changed(eventType="PAUSED"), 422),
        (changed(eventType=None), 200),
        (changed(eventType=7), 422),
        (changed(eventTime="2026-05-04T03:02:01+14:00"), 200),
        (changed(eventTime="2026-05-04T03:02:01-23:59"), 200),
        (changed(eventTime="2026-05-04T03:02:01+99:00"), 422),
        (changed(eventTime="2026-05-04T03:02:01"), 422),
        (changed(eventTime="1969-12-31T23:59:59Z"), 422),
        (changed(job={"namespace": "n", "name": "two\nlines"}), 422),
        (changed(job={"namespace": "n", "name": "x" * 10_000}), 422),
        (changed(job={"namespace": None, "name": None}), 422),
        (changed(inputs=many(5_000)), 422),
        (changed(inputs=many(2_000)), 200),
        (changed(inputs=None, outputs=None), 200),
        (changed(inputs={"0": many(1)[0]}), 422),
        (changed(inputs=many(1), outputs=many(1)), 200),
        (faceted("schema", facet(fields="id")), 422),
        (faceted("schema", facet(fields=[{"name": None}])), 422),
        (faceted("ownership", facet(owners=[{"name": ["team:x"]}])), 422),
        (faceted("documentation", facet(description={"deep": 1})), 422),
        (faceted("columnLineage", facet(fields={"a": {"inputFields": [{"namespace": "n"}]}})), 422),
        (faceted("symlinks", facet(identifiers=[{"namespace": "s3://lake", "name": "x", "type": "TABLE"}])), 200),
        (faceted("acme", facet(text="x" * 1_000_000)), 200),
        (faceted("acme", None), 200),
        (faceted("acme", [1]), 422),
        (changed(run={"runId": "0190a1b2", "facets": {}}), 422),
    ],
)
def test_odd_events_are_taken_in_or_refused_with_a_reason_and_the_catalog_stays_sane(
    shop: Served, event: Event, status: int
) -> None:
    answer = shop.administrator.post(PATHS[0], json=event)
    assert answer.status_code == status, answer.text[:500]
    if status == 200:
        assert len(answer.json()["left_out"]) == ("x" * 1_000_000 in json.dumps(event))
    else:
        assert answer.json()["code"] == "MW-O010"
        assert answer.json()["fix"]
    jobs = shop.viewer.get("/api/v1/jobs").json()["jobs"]
    assert len(jobs) == (status == 200)
    for path in ("outside/datasets", "lineage/sales.orders.orders", "search?q=lake", "domains"):
        assert shop.viewer.get(f"/api/v1/{path}").status_code == 200
    for each in shop.viewer.get("/api/v1/outside/datasets?limit=3").json()["datasets"]:
        assert shop.viewer.get(f"/api/v1/outside/datasets/{each['id']}").status_code == 200
        assert shop.viewer.get(f"/api/v1/lineage/{each['node'].replace('/', '%2F')}").status_code == 200


def test_a_circle_of_jobs_outside_is_followed_once_around(shop: Served) -> None:
    around = ["sales.orders.orders", "b", "c", "sales.orders.orders"]
    for number, (read, written) in enumerate(itertools.pairwise(around)):
        sides = [
            dataset("meshwright://shop" if name.startswith("sales") else "s3://lake", name) for name in (read, written)
        ]
        told(shop.administrator, run_event(job=("cron", f"j{number}"), inputs=sides[:1], outputs=sides[1:]))
    told(
        shop.administrator,
        run_event(job=("cron", "self"), inputs=[dataset("s3://lake", "b")], outputs=[dataset("s3://lake", "b")]),
    )
    found = shop.viewer.get("/api/v1/lineage/sales.orders.orders").json()
    edges = {(edge["from"], edge["to"]) for edge in found["edges"]}
    assert {
        ("sales.orders.orders", "s3://lake/b"),
        ("s3://lake/b", "s3://lake/c"),
        ("s3://lake/c", "sales.orders.orders"),
    } <= edges
    assert shop.viewer.get("/api/v1/impact/sales.orders.orders").status_code == 200
    assert shop.viewer.get("/api/v1/lineage/s3:%2F%2Flake%2Fb").json()["object"] == "s3://lake/b"
