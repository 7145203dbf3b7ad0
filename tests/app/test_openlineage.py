"""OpenLineage: what runs tell, held against its own client, and receivers of every kind, on real sockets."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from meshwright.app import openlineage
from meshwright.app.apply import RunOptions, apply, resume
from meshwright.app.openlineage_sending import SendingLimits
from meshwright.app.run_openlineage import run_events
from meshwright.app.runs import show_run
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.state.records import RunState
from tests.app.test_run_record import add_python, end_as, state_of
from tests.meshes import write_file, write_mesh
from tests.openlineage_spec import facets_of, problems

Event = dict[str, Any]
#: Impatient, so that broken receivers do not hold tests up.
QUICK = SendingLimits(timeout_s=0.5, pauses_s=(0.01, 0.02), closing_s=3.0)


class Receiver:
    """A server that takes events, and answers as it is told."""

    def __init__(self, answers: Sequence[int] = (), delay_s: float = 0.0) -> None:
        self.requests: list[tuple[str, dict[str, str], Event]] = []
        self._answers = list(answers)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(delay_s)
                status = receiver._answers.pop(0) if len(receiver._answers) > 1 else (receiver._answers or [201])[0]
                if status < 300:
                    receiver.requests.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def events(self) -> list[Event]:
        return [event for _, _, event in self.requests]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiving(answers: Sequence[int] = (), delay_s: float = 0.0) -> Iterator[Receiver]:
    receiver = Receiver(answers, delay_s)
    try:
        yield receiver
    finally:
        receiver.close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openlineage, "_LIMITS", QUICK)


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return open_workspace(write_mesh(tmp_path / "shop"))


def send_to(workspace: Workspace, settings: str) -> None:
    with (workspace.root / "mesh.yaml").open("a") as file:
        file.write(f"openlineage: {settings}\n")


def in_file(workspace: Workspace, name: str = "lineage.ndjson") -> list[Event]:
    return [json.loads(line) for line in (workspace.root / name).read_text().splitlines()]


def ends(events: Sequence[Event]) -> dict[str, str]:
    return {
        event["job"]["name"]: event["eventType"] for event in events if event["eventType"] not in {"START", "RUNNING"}
    }


def of_job(events: Sequence[Event], name: str, kind: str) -> Event:
    (found,) = [event for event in events if (event["job"]["name"], event["eventType"]) == (name, kind)]
    return found


def sorted_events(events: Sequence[Event]) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


def test_every_event_is_as_the_client_has_it_and_every_facet_is_sent(shop: Workspace) -> None:
    send_to(shop, "{file: lineage.ndjson}")
    git = ("git", "-C", str(shop.root), "-c", "user.name=a", "-c", "user.email=a@example.org")
    write_file(shop.root, ".gitignore", ".meshwright/\nenvironments/\n*.ndjson\n")
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "shop")):
        subprocess.run([*git, *words], check=True)
    write_file(
        shop.root,
        "domains/finance/report/models/broken.sql",
        "-- tags: [money]\nselect cast(customer as integer) as number from sales.orders.orders",
    )
    report = apply(shop, RunOptions(is_environment_explicit=True, interval=None))
    assert report.state is RunState.PARTIAL
    events = in_file(shop)
    assert [found for event in events for found in problems(event)] == []
    facets = {name for event in events for name in facets_of(event)}
    assert facets >= {
        "run.parent",
        "run.processing_engine",
        "run.errorMessage",
        "run.tags",
        "job.jobType",
        "job.ownership",
        "job.sql",
        "dataset.schema",
        "dataset.version",
        "dataset.columnLineage",
        "dataset.ownership",
        "dataset.symlinks",
        "dataset.datasetType",
        "input.dataQualityAssertions",
        "input.dataQualityMetrics",
        "input.inputStatistics",
        "output.outputStatistics",
    }
    assert report.notes == ()


def test_a_wrong_event_is_found(shop: Workspace) -> None:
    """The check can fail: each of these is told."""
    send_to(shop, "{file: lineage.ndjson}")
    apply(shop, RunOptions())
    event = of_job(in_file(shop), "sales.totals.per_customer", "COMPLETE")
    assert problems(event) == []
    for path, value in (
        (("eventType",), "DONE"),
        (("run", "runId"), "20260101T000000-abcdef"),
        (("run", "facets", "parent", "run"), {}),
        (("outputs", 0, "facets", "schema", "fields", 0, "kind"), "BIGINT"),
        (("outputs", 0, "facets", "version", "_schemaURL"), "https://openlineage.io/spec/facets/9-9-9/X.json"),
        (("outputs", 0, "outputFacets", "outputStatistics", "rowCount"), "3"),
        (("job", "facets", "sqlText"), {}),
    ):
        wrong = json.loads(json.dumps(event))
        place = wrong
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert problems(wrong), path


def test_each_run_and_node_begins_once_and_ends_once_below_the_run(shop: Workspace) -> None:
    send_to(shop, "{file: lineage.ndjson, namespace: acme}")
    report = apply(shop, RunOptions())
    events = in_file(shop)
    kinds = Counter((event["run"]["runId"], event["eventType"]) for event in events)
    assert set(kinds.values()) == {1}
    assert len(kinds) == 2 * (len(report.steps) + 1)
    begins = {event["job"]["name"]: event["run"]["runId"] for event in events if event["eventType"] == "START"}
    for event in events:
        assert event["run"]["runId"] == begins[event["job"]["name"]]
        assert event["job"]["namespace"] == "acme"
        if event["job"]["name"] != "run":
            parent = event["run"]["facets"]["parent"]
            assert parent["run"]["runId"] == begins["run"] == parent["root"]["run"]["runId"]
            assert parent["job"] == {"namespace": "acme", "name": "run"} == parent["root"]["job"]
    assert set(ends(events).values()) == {"COMPLETE"}


def test_datasets_are_told_with_versions_columns_lineage_and_what_was_found(shop: Workspace) -> None:
    send_to(shop, "{file: lineage.ndjson}")
    report = apply(shop, RunOptions())
    events = in_file(shop)
    version = {step.key: step.version for step in report.steps}
    made = of_job(events, "sales.totals.per_customer", "COMPLETE")
    (output,), (read,) = made["outputs"], made["inputs"]
    assert (output["namespace"], output["name"]) == ("meshwright://shop", "sales.totals.per_customer")
    assert output["facets"]["version"]["datasetVersion"] == version["build:sales.totals.per_customer"]
    assert read["facets"]["version"]["datasetVersion"] == version["build:sales.orders.orders"]
    assert [field["name"] for field in output["facets"]["schema"]["fields"]] == ["customer", "total", "orders"]
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 3
    lineage = output["facets"]["columnLineage"]
    assert {
        (source["name"], source["field"], source["transformations"][0]["type"])
        for source in lineage["fields"]["total"]["inputFields"]
    } == {("sales.orders.orders", "amount", "DIRECT")}
    assert [(source["field"], source["transformations"][0]["type"]) for source in lineage["dataset"]] == [
        ("customer", "INDIRECT")
    ]
    source = of_job(events, "sales.orders.raw_orders", "COMPLETE")["inputs"][0]
    assert (source["namespace"], source["name"]) == ("file", str(shop.root / "data/orders.csv"))
    tested = of_job(events, "sales.orders.orders/test", "COMPLETE")["inputs"][0]
    asserted = {each["name"]: each for each in tested["inputFacets"]["dataQualityAssertions"]["assertions"]}
    enough = next(each for name, each in asserted.items() if "enough" in name)
    assert (enough["assertion"], enough["success"], enough["severity"], enough["actual"]) == (
        "rowCount",
        True,
        "error",
        "4",
    )
    assert made["job"]["facets"]["sql"]["query"].startswith("select customer, sum(amount)")
    assert made["job"]["facets"]["ownership"]["owners"] == [{"name": "team:sales", "type": "OWNER"}]


def test_what_failed_or_was_never_tried_is_told_as_that(shop: Workspace) -> None:
    send_to(shop, "{file: lineage.ndjson}")
    write_file(
        shop.root,
        "domains/sales/totals/models/per_customer.sql",
        "select customer, sum(cast(customer as integer)) as total, 1 as orders from sales.orders.orders group by customer",
    )
    apply(shop, RunOptions())
    events = in_file(shop)
    found = ends(events)
    assert found["sales.totals.per_customer"] == "FAIL"
    assert found["sales.totals.per_customer/test"] == "ABORT"
    assert found["sales.totals/publish"] == "ABORT"
    assert found["sales.orders/publish"] == "COMPLETE"
    assert found["run"] == "FAIL"
    assert [found for event in events for found in problems(event)] == []
    failed = of_job(events, "sales.totals.per_customer", "FAIL")
    assert failed["run"]["facets"]["errorMessage"]["message"].startswith("MW-E")
    assert "outputStatistics" not in failed["outputs"][0]["outputFacets"]
    assert of_job(events, "run", "FAIL")["run"]["facets"]["errorMessage"]["message"].startswith(
        "build:sales.totals.per_customer: MW-E"
    )


def test_the_record_tells_the_events_that_were_sent(shop: Workspace) -> None:
    send_to(shop, "{file: lineage.ndjson}")
    for change in (
        "",
        "select placed, sum(amount) * 2 as revenue, $currency as currency from sales.orders.orders group by placed",
    ):
        if change:
            write_file(shop.root, "domains/finance/report/models/revenue.sql", change)
        (shop.root / "lineage.ndjson").unlink(missing_ok=True)
        report = apply(shop, RunOptions())
        assert sorted_events(in_file(shop)) == sorted_events(
            [dict(event) for event in run_events(shop, report.run_id).events]
        )


def test_a_run_without_a_receiver_has_the_same_events(shop: Workspace) -> None:
    report = apply(shop, RunOptions())
    events = [dict(event) for event in run_events(shop, report.run_id[:12]).events]
    assert len(events) == 2 * (len(report.steps) + 1)
    assert [found for event in events for found in problems(event)] == []


def test_a_resumed_run_goes_on_under_its_own_id(shop: Workspace) -> None:
    send_to(shop, "{file: lineage.ndjson}")
    report = apply(shop, RunOptions())
    with state_of(shop) as state:
        end_as(state, report.run_id, RunState.INTERRUPTED)
    before = in_file(shop)
    resume(shop, report.run_id)
    after = in_file(shop)[len(before) :]
    assert [event["eventType"] for event in after if event["job"]["name"] == "run"] == ["RUNNING", "COMPLETE"]
    assert {event["run"]["runId"] for event in after if event["job"]["name"] == "run"} == {before[0]["run"]["runId"]}
    past = [event["eventType"] for event in run_events(shop, report.run_id).events if event["job"]["name"] == "run"]  # type: ignore[index]
    assert past == ["START", "RUNNING", "COMPLETE"]


def test_events_are_posted_with_the_key_and_headers_of_the_environment(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as receiver:
        monkeypatch.setenv("LINEAGE_URL", receiver.url)
        monkeypatch.setenv("LINEAGE_KEY", "canary-secret")
        send_to(
            shop,
            '{url: "${env:LINEAGE_URL}/", api_key: "${env:LINEAGE_KEY}", headers: {X-Team: "a ${env:LINEAGE_KEY}"}}',
        )
        report = apply(shop, RunOptions())
        assert report.notes == ()
        assert sorted_events(receiver.events) == sorted_events(
            [dict(e) for e in run_events(shop, report.run_id).events]
        )
        path, headers, _ = receiver.requests[0]
        assert (path, headers["Authorization"], headers["X-Team"]) == (
            "/api/v1/lineage",
            "Bearer canary-secret",
            "a canary-secret",
        )
    assert b"canary-secret" not in (shop.root / ".meshwright/state.db").read_bytes()


def test_a_step_at_work_is_told_before_it_ends(shop: Workspace, tmp_path: Path) -> None:
    """The node waits until the receiver has had its START: were that sent with the end, the run would not end well."""
    go = tmp_path / "go"
    wait = f"import os, time\nuntil = time.monotonic() + 20\nwhile not os.path.exists({str(go)!r}):\n"
    add_python(shop, wait + "    assert time.monotonic() < until\n    time.sleep(0.02)")

    def let_go(receiver: Receiver) -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if ("sales.totals.busy", "START") in {(e["job"]["name"], e["eventType"]) for e in receiver.events}:
                go.touch()
                return
            time.sleep(0.02)

    with receiving() as receiver:
        send_to(shop, f"{{url: '{receiver.url}'}}")
        watcher = threading.Thread(target=let_go, args=(receiver,))
        watcher.start()
        report = apply(shop, RunOptions())
        watcher.join()
    assert report.state is RunState.SUCCEEDED


@pytest.mark.parametrize(
    ("answers", "delay_s", "words"),
    [
        ((500,), 0.0, "HTTP 500"),
        ((429,), 0.0, "HTTP 429"),
        ((401,), 0.0, "HTTP 401"),
        ((301,), 0.0, "HTTP 301"),
        ((201,), 2.0, "it did not answer in time"),
    ],
)
def test_a_broken_receiver_harms_no_run_and_is_told(
    shop: Workspace, answers: tuple[int, ...], delay_s: float, words: str
) -> None:
    with receiving(answers, delay_s) as receiver:
        send_to(shop, f"{{url: '{receiver.url}'}}")
        began = time.monotonic()
        report = apply(shop, RunOptions())
        assert time.monotonic() - began < 15
    assert report.state is RunState.SUCCEEDED
    (note,) = report.notes
    count = 2 * (len(report.steps) + 1)
    assert note == f"openlineage: {count} events did not reach {receiver.url}/api/v1/lineage: {words}"
    assert json.loads(show_run(shop, report.run_id).run.report)["notes"] == [note]


def test_a_receiver_that_is_not_there_harms_no_run(shop: Workspace) -> None:
    with receiving() as receiver:
        url = receiver.url
    send_to(shop, f"{{url: '{url.replace('http://', 'http://user@')}', file: lineage.ndjson}}")
    report = apply(shop, RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert [note.rpartition(": ")[2] for note in report.notes] == ["Connection refused"]
    assert "user@" not in report.notes[0]
    assert len(in_file(shop)) == 2 * (len(report.steps) + 1)


def test_what_a_later_try_mends_arrives(shop: Workspace) -> None:
    with receiving((503, 429, 201)) as receiver:
        send_to(shop, f"{{url: '{receiver.url}'}}")
        report = apply(shop, RunOptions())
        assert report.notes == ()
        assert len(receiver.events) == 2 * (len(report.steps) + 1)


def test_a_file_that_cannot_be_written_and_a_key_that_is_not_set_are_told(shop: Workspace) -> None:
    (shop.root / "taken").write_text("")
    send_to(shop, '{file: taken/lineage.ndjson, url: "http://127.0.0.1:1", api_key: "${env:NOT_SET_ANYWHERE}"}')
    report = apply(shop, RunOptions())
    assert report.state is RunState.SUCCEEDED
    unwritten, unset = report.notes
    assert unwritten.endswith("lineage.ndjson: File exists")
    assert (
        "did not reach http://127.0.0.1:1/api/v1/lineage: environment variable 'NOT_SET_ANYWHERE' is not set" in unset
    )


def test_every_kind_of_secret_reaches_the_receiver_and_nothing_else(shop: Workspace) -> None:
    """Canary: a key in a file, and an address whose path is a token, as webhooks have."""
    key, token = "canary-key-5d1f", "canary-token-77aa"
    (shop.root / "key.txt").write_text(f"{key}\n")
    with receiving((201, 201, 500)) as receiver:
        (shop.root / "url.txt").write_text(f"{receiver.url}/{token}\n")
        send_to(shop, '{url: "${file:url.txt}", api_key: "${file:key.txt}", headers: {X-Team: "a ${file:key.txt}"}}')
        report = apply(shop, RunOptions())
        path, headers, _ = receiver.requests[0]
        assert (headers["Authorization"], headers["X-Team"]) == (f"Bearer {key}", f"a {key}")
        assert path == f"/{token}/api/v1/lineage"
    assert report.state is RunState.SUCCEEDED
    [note] = report.notes
    assert "openlineage.url" in note
    for path in shop.root.rglob("*"):
        if path.is_file() and path.name not in {"key.txt", "url.txt"}:
            data = path.read_bytes()
            assert key.encode() not in data, path
            assert token.encode() not in data, path


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("ftp://host", "no http or https address"),
        ("http://host:99999", "no http or https address"),
        ("nonsense", "no http or https address"),
        ("http://[::1", "no http or https address"),
    ],
)
def test_an_address_that_only_its_store_knows_is_judged_when_events_are_sent(
    shop: Workspace, value: str, words: str
) -> None:
    (shop.root / "url.txt").write_text(value)
    send_to(shop, '{url: "${file:url.txt}"}')
    report = apply(shop, RunOptions())
    assert report.state is RunState.SUCCEEDED
    [note] = report.notes
    assert words in note
    assert value not in note


def test_what_waits_is_bounded(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openlineage, "_LIMITS", SendingLimits(queued=2, timeout_s=0.5, pauses_s=(), closing_s=0.5))
    with receiving((201,), delay_s=0.3) as receiver:
        send_to(shop, f"{{url: '{receiver.url}'}}")
        report = apply(shop, RunOptions())
    assert report.state is RunState.SUCCEEDED
    assert any("were not sent in time and are dropped" in note for note in report.notes)
