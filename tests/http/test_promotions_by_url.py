"""Promotions by URL are durable requests: answered when they end or before, done once under a key, whatever is killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.opened import open_mesh
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.workspace import open_workspace
from meshwright.crashpoints import EVENT, CrashPoint
from meshwright.faces.cli.main import main
from tests.http.serving import Served, served, serving, token, working
from tests.meshes import write_file

MODEL = "domains/sales/totals/models/per_customer.sql"
REPORT = "domains/finance/report/models/revenue.sql"
PROMOTE = "/api/v1/environments/box/promote"
RUNS = "/api/v1/runs"
ASYNC = {"Prefer": "respond-async"}
#: Kills its own process at a crash point, and carries out a command of `mw`.
VICTIM = f"""
import os, signal, sys
def hook(event, args):
    if event == {EVENT!r} and args[0] == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
from meshwright.faces.cli.main import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def boxed(root: Path) -> Path:
    """The shop, with a sandbox that changes a product of sales."""
    create_sandbox(open_workspace(root), SandboxWish(name="box"))
    changed(root)
    return root


@pytest.fixture
def shop_with_box(boxed: Path) -> Iterator[Served]:
    with served(boxed) as found:
        yield found


def changed(root: Path, model: str = MODEL, select: str = "sales.totals") -> None:
    text = (root / model).read_text()
    write_file(root, model, text.replace("select", f"select 1 as c{text.count(' as c')},", 1))
    options = RunOptions(environment="box", select=(select,), is_environment_explicit=True)
    assert apply(open_workspace(root), options).state == "succeeded"


def promote(client: httpx.Client, key: str | None = None, **headers: str) -> httpx.Response:
    return client.post(PROMOTE, headers={**headers, **({"Idempotency-Key": key} if key else {})})


def promotions(root: Path) -> list[str]:
    """The runs that moved pointers of prod by promotion, newest first."""
    with open_mesh(open_workspace(root), "prod") as opened:
        made = opened.state.reader.generations("prod", 50)
    return [each.run_id for each in made if each.action == "promote"]


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def test_a_promotion_can_be_asked_for_and_followed(shop_with_box: Served) -> None:
    client = shop_with_box.administrator
    asked = promote(client, **ASYNC)
    assert (asked.status_code, asked.headers["preference-applied"]) == (202, "respond-async")
    run = f"{RUNS}/{asked.json()['run_id']}"
    assert asked.headers["location"] == run
    assert (asked.json()["state"], asked.json()["request"]["kind"]) == ("waiting", "promote")
    assert code_of(client.get(f"{run}/report")) == (409, "MW-H309")
    assert promotions(shop_with_box.root) == []
    with working(shop_with_box.root):
        told = client.get(f"{run}/stream").text
    assert "event: end" in told
    report = client.get(f"{run}/report")
    assert (report.status_code, report.headers["meshwright-exit-status"]) == (200, "0")
    assert (report.json()["schema"], report.json()["state"]) == ("meshwright/promotion/1", "succeeded")
    assert promotions(shop_with_box.root) == [asked.json()["run_id"]]
    with open_mesh(open_workspace(shop_with_box.root), "prod") as opened:
        assert opened.state.reader.generations("prod", 1)[0].by.startswith("token:"), "who asked moved the pointers"
        assert opened.state.reader.run(asked.json()["run_id"]).by.startswith("token:")  # type: ignore[union-attr]


@pytest.mark.slow
def test_a_promotion_waits_as_long_as_is_asked_for(shop_with_box: Served) -> None:
    client = shop_with_box.administrator
    first = promote(client, "k", Prefer="wait=1")  # nobody carries it out
    assert (first.status_code, first.headers["preference-applied"]) == (202, "wait=1")
    with working(shop_with_box.root):
        again = promote(client, "k", Prefer="wait=300")
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    assert again.json()["run_id"] == first.json()["run_id"]
    for header in ("wait=soon", "wait=-1", "handling=lenient", "wait", "", "wait=9999999999999999"):
        after = promote(client, "k", Prefer=header)
        assert (after.status_code, after.json()) == (200, again.json()), header


@pytest.mark.slow
def test_a_key_is_one_promotion_while_it_waits_and_after(shop_with_box: Served) -> None:
    client = shop_with_box.administrator
    ids = {promote(client, "k", **ASYNC).json()["run_id"] for _ in range(5)}
    assert len(ids) == 1
    other = client.post(PROMOTE, json={"reason": "other"}, headers={"Idempotency-Key": "k"})
    assert code_of(other) == (409, "MW-H301")
    with working(shop_with_box.root):
        done = promote(client, "k", Prefer="wait=300")
    assert client.delete("/api/v1/environments/box").status_code == 200
    again = promote(client, "k")
    assert (again.status_code, again.json()) == (200, done.json()), "the sandbox is gone, and the answer is the same"
    assert promotions(shop_with_box.root) == [*ids]


def test_what_would_be_refused_is_refused_before_anything_is_recorded(shop_with_box: Served) -> None:
    client = shop_with_box.administrator
    assert code_of(client.post(PROMOTE, json={"to": "nowhere"})) == (422, "MW-S114")
    assert code_of(client.post("/api/v1/environments/none/promote"))[0] == 404
    assert code_of(promote(client, "a b")) == (400, "MW-H302")
    assert code_of(client.post(PROMOTE, json={"reason": "a\u0000b"})) == (422, "MW-H304")
    assert client.put("/api/v1/environments/prod/pins/sales.totals", json={"reason": "x"}).status_code == 200
    assert code_of(promote(client)) == (409, "MW-S112")
    assert client.delete("/api/v1/environments/prod/pins/sales.totals").status_code == 200
    write_file(shop_with_box.root, MODEL, (shop_with_box.root / MODEL).read_text() + "-- \nhaving true\n")
    assert code_of(promote(client)) == (409, "MW-S113")
    assert [run["state"] for run in client.get(RUNS).json()["runs"]] == ["succeeded", "succeeded"]


@pytest.mark.slow
def test_what_its_run_is_refused_is_told_as_the_command_tells_it(shop_with_box: Served) -> None:
    client = shop_with_box.administrator
    tag = {"If-Match": client.get("/api/v1/environments/box").headers["etag"]}
    asked = promote(client, "k", **ASYNC, **tag)
    assert asked.status_code == 202
    changed(shop_with_box.root)  # the sandbox moves on
    with working(shop_with_box.root):
        answer = promote(client, "k", Prefer="wait=300")
    assert code_of(answer) == (412, "MW-U010")
    assert (answer.json()["exit_status"], answer.json()["fix"]) == (1, "look at it again, and decide again")
    assert code_of(client.get(f"{asked.headers['location']}/report")) == (412, "MW-U010")
    assert promotions(shop_with_box.root) == []


@pytest.mark.slow
def test_a_domain_promotes_no_more_than_was_in_the_sandbox_when_it_asked(shop_with_box: Served) -> None:
    sales = shop_with_box.client(token(shop_with_box.root, "administrator", "sales"))
    assert promote(sales, "k", **ASYNC).status_code == 202
    changed(shop_with_box.root, REPORT, "finance.report")
    with working(shop_with_box.root):
        answer = promote(sales, "k", Prefer="wait=300")
    assert code_of(answer) == (409, "MW-H313"), answer.text
    assert promotions(shop_with_box.root) == []


def _killed_at(root: Path, point: CrashPoint) -> None:
    words = ["-C", str(root), "promote", "box", "--run-id", "20260131T050000-boxed1", "--quiet", "--json"]
    ended = subprocess.run(
        [sys.executable, "-c", VICTIM, point.value, *words], capture_output=True, timeout=300, check=False
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def _again(root: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    status = main(["-C", str(root), "promote", "box", "--run-id", "20260131T050000-boxed1", "--quiet", "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status, found


@pytest.mark.slow
@pytest.mark.parametrize(
    "point", [CrashPoint.LEASE_TAKEN, CrashPoint.RUN_RECORDED, CrashPoint.PUBLICATION_READY, CrashPoint.POINTERS_OPENED]
)
def test_a_promotion_that_was_killed_before_it_moved_anything_is_gone_on_with(
    boxed: Path, capsys: pytest.CaptureFixture[str], point: CrashPoint
) -> None:
    _killed_at(boxed, point)
    assert promotions(boxed) == []
    status, document = _again(boxed, capsys)
    assert (status, document["state"], bool(document["changed"])) == (0, "succeeded", True)
    assert promotions(boxed) == ["20260131T050000-boxed1"]


@pytest.mark.slow
@pytest.mark.parametrize("point", [CrashPoint.PUBLISHED, CrashPoint.RUN_OVER])
def test_a_promotion_that_was_killed_behind_its_move_moves_nothing_again(
    boxed: Path, capsys: pytest.CaptureFixture[str], point: CrashPoint
) -> None:
    _killed_at(boxed, point)
    assert main(["-C", str(boxed), "rollback", "prod", "--reason", "no", "--json"]) == 0
    status, document = _again(boxed, capsys)
    assert (status, document["state"], document["published"]) == (0, "succeeded", ["sales.totals"])
    assert "sales.totals.per_customer" in document["changed"]
    assert {step["state"] for step in document["steps"]} == {"succeeded"}
    assert promotions(boxed) == ["20260131T050000-boxed1"]
    with open_mesh(open_workspace(boxed), "prod") as opened:
        assert opened.state.reader.generations("prod", 1)[0].action == "rollback", "what was rolled back stays so"
    status, document = _again(boxed, capsys)
    assert (status, document["error"]["code"]) == (1, "MW-S001"), "one that ended is not begun again"


@pytest.mark.slow
def test_a_server_and_all_its_processes_killed_in_between_promote_once(boxed: Path, tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {token(boxed, 'administrator')}", "Idempotency-Key": "k"}
    ids: set[str] = set()
    for pause_s in (0.0, 0.3):
        with serving(boxed, folder=tmp_path) as server, httpx.Client(base_url=server.url, headers=headers) as client:
            ids.add(client.post(PROMOTE, headers=ASYNC, timeout=60).json()["run_id"])
            time.sleep(pause_s)
            _kill_all(server.process.pid)
    with serving(boxed, folder=tmp_path) as server, httpx.Client(base_url=server.url, headers=headers) as client:
        answer = client.post(PROMOTE, headers={"Prefer": "wait=300"}, timeout=320)
        assert (answer.status_code, answer.json()["state"]) == (200, "succeeded"), answer.text
        ids.add(answer.json()["run_id"])
    assert len(ids) == 1
    assert promotions(boxed) == [*ids]


def _kill_all(pid: int) -> None:
    """Kill a process and all that it, and they, have started."""
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            children += map(int, task.read_text().split())
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    for child in children:
        with contextlib.suppress(OSError):
            _kill_all(child)
