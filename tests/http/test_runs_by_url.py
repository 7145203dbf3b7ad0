"""Runs by URL: asked for once by a key, refused at once where no run could begin, listed, stopped, gone on with."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.run_archive import export_run
from meshwright.app.scheduling_worker import WorkerOptions, work
from meshwright.app.workspace import open_workspace
from meshwright.diagnostics import MeshwrightError
from tests.http.serving import Served, served, token, working
from tests.meshes import write_file

RUNS = "/api/v1/runs"


def post(client: httpx.Client, body: object = None, key: str | None = None, path: str = RUNS) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return client.post(path, json={} if body is None else body, headers=headers)


def accepted(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{RUNS}/{found['run_id']}"
    assert found["url"].endswith(answer.headers["location"])
    return found


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    assert (found["status"], found["code"]) == (status, code)
    return found


def carry_out(shop: Served) -> None:
    """Let a worker do what was asked for."""
    work(open_workspace(shop.root), WorkerOptions(is_until_idle=True), lambda _: None)


def requests_of(shop: Served) -> int:
    with sqlite3.connect(shop.root / ".meshwright/state.db") as database:
        found: int = database.execute("SELECT count(*) FROM requested_runs").fetchone()[0]
    return found


def test_a_run_is_asked_for_and_carried_out(shop: Served) -> None:
    asked = accepted(post(shop.administrator, {"select": "sales.orders", "refresh": True}))
    assert (asked["state"], asked["environment"]) == ("waiting", "prod")
    waiting = shop.viewer.get(asked["url"]).json()
    assert (waiting["schema"], waiting["state"], waiting["steps"]) == ("meshwright/run-record/1", "waiting", [])
    assert waiting["request"]["asked"]["select"] == ["sales.orders"]
    carry_out(shop)
    run = shop.viewer.get(asked["url"]).json()
    assert (run["state"], run["run_id"], run["request"]["state"]) == ("succeeded", asked["run_id"], "ended")
    assert run["options"]["select"] == ["sales.orders"]
    assert run["options"]["cause"]["kind"] == "api"
    assert run["options"]["cause"]["name"] == run["request"]["by"]
    assert shop.viewer.get(f"{RUNS}/{asked['run_id'][:20]}").json()["run_id"] == asked["run_id"]


def test_the_same_key_and_body_are_the_same_run_forever(shop: Served) -> None:
    body = {"select": ["sales.totals"], "only": True}
    first = accepted(post(shop.administrator, body, "k1"))
    # As another client would write the same.
    assert accepted(post(shop.administrator, {"select": "sales.totals", "only": True, "params": {}}, "k1")) == first
    carry_out(shop)
    again = accepted(post(shop.administrator, body, "k1"))
    assert (again["run_id"], again["state"]) == (first["run_id"], "succeeded")
    with served(shop.root) as restarted:
        assert accepted(post(restarted.administrator, body, "k1"))["run_id"] == first["run_id"]
    # However the mesh is by then.
    write_file(shop.root, "domains/sales/totals/models/broken.sql", "select from")
    assert accepted(post(shop.administrator, body, "k1"))["run_id"] == first["run_id"]
    assert requests_of(shop) == 1


def test_the_same_key_with_another_body_is_refused(shop: Served) -> None:
    first = accepted(post(shop.administrator, {"select": "sales.orders"}, "k1"))
    told = problem(post(shop.administrator, {"select": "sales.totals"}, "k1"), 409, "MW-H301")
    assert first["run_id"] in told["detail"]
    problem(post(shop.administrator, {}, "k1", f"{RUNS}/{first['run_id']}/resume"), 409, "MW-H301")
    assert requests_of(shop) == 1


def test_many_that_send_one_key_at_once_start_one_run(shop: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(shop.administrator, {"select": "sales.orders"}, "k1"), range(16)))
    assert len({accepted(answer)["run_id"] for answer in answers}) == 1
    assert requests_of(shop) == 1


def test_without_a_key_each_request_is_a_run(shop: Served) -> None:
    ids = {accepted(post(shop.administrator, {"select": "sales.orders"}))["run_id"] for _ in range(3)}
    assert len(ids) == 3


def test_keys_are_a_domains_own(shop: Served) -> None:
    sales = shop.client(token(shop.root, "administrator", "sales"))
    also_sales = shop.client(token(shop.root, "administrator", "sales"))
    body = {"select": "sales.orders"}
    first = accepted(post(sales, body, "1"))
    assert accepted(post(also_sales, body, "1"))["run_id"] == first["run_id"]
    assert accepted(post(shop.administrator, body, "1"))["run_id"] != first["run_id"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"select": "sales.ordres"}, 404, "MW-G201"),
        ({"select": "sales.orders", "params": {"currencyy": "EUR"}}, 404, "MW-R014"),
        ({"select": "sales.orders", "params": {"currency": None}}, 422, "MW-H010"),
        ({"select": "sales.orders", "params": {"currency": ["a"]}}, 422, "MW-H010"),
        ({"select": "sales.orders", "environment": "prdo"}, 404, "MW-R013"),
        ({"select": "sales.orders", "environment": "../x"}, 404, "MW-R013"),
        ({"select": "sales.orders", "variation": "nightly"}, 422, None),
        ({"select": "sales.orders", "interval": "yesterday"}, 422, None),
        ({"select": "--env=qa"}, 422, "MW-G202"),
        ({"select": ""}, 422, "MW-G202"),
        ({"select": "  "}, 422, "MW-G202"),
        ({"select": []}, 422, "MW-G202"),
        ({"select": "a\u0000b"}, 422, "MW-H304"),
        ({"select": "sales.orders", "params": {"currency": "\u0000"}}, 422, "MW-H304"),
        ({"select": ["x" * 300] * 300}, 422, "MW-H304"),
        ({"select": 7}, 422, "MW-H010"),
        ({"select": "sales.orders", "selection": "x"}, 422, "MW-H010"),
        ({"only": "perhaps"}, 422, "MW-H010"),
        ([], 422, "MW-H010"),
        ("x", 422, "MW-H010"),
    ],
)
def test_what_no_run_could_begin_with_is_refused_at_once(
    shop: Served, body: object, status: int, code: str | None
) -> None:
    answer = post(shop.administrator, body, "k1")
    assert answer.status_code == status, answer.text
    found = answer.json()
    assert found["code"] == code if code is not None else found["code"].startswith("MW-")
    assert found["fix"]
    assert requests_of(shop) == 0
    # The key is not spent by it.
    accepted(post(shop.administrator, {"select": "sales.orders"}, "k1"))


@pytest.mark.parametrize(
    "body",
    [
        b'{"params": {"currency": "\\ud800"}}',
        b'{"select": "\\ud800"}',
        b'{"params": {"currency": NaN}}',
        b'{"params": {"currency": ' + b"9" * 5000 + b"}}",
        b"[" * 100_000,
        b"\xff",
        b"",
    ],
)
def test_a_body_that_no_text_could_be_is_refused(shop: Served, body: bytes) -> None:
    answer = shop.administrator.post(RUNS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}, answer.text
    assert requests_of(shop) == 0


def test_a_mesh_with_errors_starts_nothing_and_says_which(shop: Served) -> None:
    write_file(shop.root, "domains/sales/totals/models/broken.sql", "select from\n")
    with served(shop.root) as now:
        answer = post(now.administrator, {"select": "sales.orders"})
    assert answer.status_code == 422
    assert any(found["file"] == "domains/sales/totals/models/broken.sql" for found in answer.json()["diagnostics"])


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "ü"])
def test_a_malformed_key_is_refused(shop: Served, key: str) -> None:
    answer = shop.administrator.post(RUNS, json={}, headers={"Idempotency-Key": key.encode()})
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json()["code"] in {"MW-H302", "MW-H010"}
    assert requests_of(shop) == 0


def test_who_may_not_starts_and_stops_nothing(shop: Served) -> None:
    problem(post(shop.nobody, {"select": "sales.orders"}), 401, "MW-H013")
    problem(post(shop.viewer, {"select": "sales.orders"}), 403, "MW-H014")
    finance = shop.client(token(shop.root, "administrator", "finance"))
    problem(post(finance, {"select": "sales.orders"}), 403, "MW-H014")
    problem(post(finance, {}), 403, "MW-H014")
    run = accepted(post(shop.administrator, {"select": "sales.orders"}))
    problem(finance.post(f"{run['url']}/stop"), 403, "MW-H014")
    problem(finance.post(f"{run['url']}/resume"), 403, "MW-H014")
    accepted(post(finance, {"select": "finance.report", "only": True}))
    assert requests_of(shop) == 2


def test_a_run_that_waits_and_is_stopped_never_begins_and_can_be_resumed(shop: Served) -> None:
    run = accepted(post(shop.administrator, {"select": "sales.orders"}))
    for _ in range(2):
        stopped = shop.administrator.post(f"{run['url']}/stop")
        assert (stopped.status_code, stopped.json()["state"]) == (200, "interrupted")
    carry_out(shop)
    assert shop.viewer.get(run["url"]).json()["state"] == "interrupted"
    resumed = accepted(shop.administrator.post(f"{run['url']}/resume"))
    assert (resumed["run_id"], resumed["state"]) == (run["run_id"], "waiting")
    carry_out(shop)
    assert shop.viewer.get(run["url"]).json()["state"] == "succeeded"


def test_a_run_that_has_not_begun_is_not_gone_on_with_from_a_node(shop: Served) -> None:
    run = accepted(post(shop.administrator, {"select": "sales.orders"}))
    problem(shop.administrator.post(f"{run['url']}/resume", json={"from": "orders"}), 422, "MW-R081")
    for bad in ("", "\u0000", "a b"):
        problem(shop.administrator.post(f"{run['url']}/resume", json={"from": bad}), 422, "MW-H010")


def test_stop_and_resume_of_a_run_that_has_ended(shop: Served) -> None:
    run = accepted(post(shop.administrator, {"select": "sales.orders"}))
    carry_out(shop)
    stopped = shop.administrator.post(f"{run['url']}/stop").json()
    assert (stopped["state"], stopped["asked"]) == ("succeeded", [])
    problem(shop.administrator.post(f"{run['url']}/resume"), 409, "MW-R010")
    answer = post(shop.administrator, {"from": "orders"}, "again", f"{RUNS}/{run['run_id']}/resume")
    rerun = accepted(answer)
    assert rerun["run_id"] != run["run_id"]
    assert accepted(post(shop.administrator, {"from": "orders"}, "again", f"{RUNS}/{run['run_id']}/resume")) == rerun
    carry_out(shop)
    found = shop.viewer.get(rerun["url"]).json()
    assert (found["state"], found["parent"]) == ("succeeded", run["run_id"])
    problem(post(shop.administrator, {"from": "nothing"}, None, f"{RUNS}/{run['run_id']}/resume"), 422, "MW-R081")
    repeated = accepted(shop.administrator.post(f"{run['url']}/repeat"))
    carry_out(shop)
    found = shop.viewer.get(repeated["url"]).json()
    assert (found["state"], found["parent"]) == ("succeeded", run["run_id"])
    problem(shop.administrator.post(f"{repeated['url']}/resume", json={"from": "orders"}), 409, "MW-R010")


@pytest.mark.parametrize("path", ["", "/log", "/stream", "/openlineage"])
def test_a_run_that_is_not_there_is_not_found(shop: Served, path: str) -> None:
    problem(shop.viewer.get(f"{RUNS}/20200101T000000-000000{path}"), 404, "MW-R005")


@pytest.mark.parametrize("path", ["stop", "resume", "repeat"])
def test_nothing_is_done_to_a_run_that_is_not_there(shop: Served, path: str) -> None:
    problem(shop.administrator.post(f"{RUNS}/20200101T000000-000000/{path}"), 404, "MW-R005")


def listed(client: httpx.Client, **query: str) -> list[str]:
    answer = client.get(RUNS, params=query)
    assert answer.status_code == 200, answer.text
    return [run["run_id"] for run in answer.json()["runs"]]


def test_runs_are_listed_with_those_that_wait_page_by_page(shop: Served) -> None:
    asked = [
        accepted(post(shop.administrator, {"select": "sales.orders", "refresh": True}))["run_id"] for _ in range(2)
    ]
    carry_out(shop)
    waiting = [accepted(post(shop.administrator, {"select": "finance.report"}))["run_id"] for _ in range(3)]
    everything = listed(shop.viewer)
    assert everything[:3] == waiting[::-1]
    assert set(asked) < set(everything)
    paged: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = shop.viewer.get(RUNS, params={"limit": "2", **cursor}).json()
        paged += [run["run_id"] for run in page["runs"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert paged == everything
    assert listed(shop.viewer, state="waiting") == waiting[::-1]
    assert set(asked) <= set(listed(shop.viewer, state="succeeded", product="sales.orders"))
    assert listed(shop.viewer, product="finance.report", state="waiting") == waiting[::-1]
    assert listed(shop.viewer, environment="nowhere") == []
    assert listed(shop.viewer, since="2999-01-01T00:00:00Z") == []
    problem(shop.viewer.get(RUNS, params={"state": "runing"}), 422, "MW-H305")
    problem(shop.viewer.get(RUNS, params={"sate": "running"}), 422, "MW-H011")
    problem(shop.viewer.get(RUNS, params={"since": "2026-01-01T00:00:00"}), 422, "MW-H010")
    problem(shop.viewer.get(RUNS, params={"cursor": "x"}), 400, "MW-H020")


def test_a_log_is_read_a_stretch_at_a_time(shop: Served) -> None:
    write_file(
        shop.root,
        "domains/sales/totals/noisy.py",
        'def build() -> None:\n    for n in range(5):\n        print(f"line {n}")\n',
    )
    write_file(
        shop.root, "domains/sales/totals/pipeline.yaml", "nodes: {noisy: {python: 'noisy.py:build', as: none}}\n"
    )
    with served(shop.root) as now:
        run = accepted(post(now.administrator, {"select": "sales.totals"}))
        carry_out(shop)
        texts: list[str] = []
        after = 0
        while after is not None:
            page = now.viewer.get(f"{run['url']}/log", params={"after": after, "limit": 2, "search": "LINE"}).json()
            texts += [line["text"] for line in page["log"]]
            after = page["next_after"]
        assert texts == [f"line {n}" for n in range(5)]
        text = now.viewer.get(f"{run['url']}/log", headers={"Accept": "text/plain"}).text
        assert "line 4" in text
        problem(now.viewer.get(f"{run['url']}/log", params={"dataset": "nothing"}), 404, "MW-R011")


def test_records_can_be_compared_and_told_to_others(shop: Served) -> None:
    first, second = (accepted(post(shop.administrator, {"select": "sales.orders", "refresh": True})) for _ in range(2))
    carry_out(shop)
    difference = shop.viewer.get(f"{RUNS}/{first['run_id']}/diff/{second['run_id']}")
    assert difference.status_code == 200, difference.text
    events = shop.viewer.get(f"{first['url']}/openlineage").json()
    assert events["schema"].startswith("meshwright/")
    costs = shop.viewer.get("/api/v1/costs", params={"by": "domain"})
    assert costs.status_code == 200, costs.text
    for since in ("soon", "99999999999w"):
        problem(shop.viewer.get("/api/v1/costs", params={"since": since}), 422, "MW-R083")


def test_a_change_that_breaks_a_consumer_is_refused_before_anything_is_recorded(shop: Served) -> None:
    """As `mw run` refuses it; a run of what is not concerned goes on."""
    path = "domains/sales/orders/contracts/orders.odcs.yaml"
    text = (shop.root / path).read_text().replace("      - {name: amount, logicalType: number}\n", "")
    assert text != (shop.root / path).read_text()
    write_file(shop.root, path, text)
    model = "domains/sales/orders/models/orders.sql"
    write_file(
        shop.root, model, (shop.root / model).read_text().replace("customer, amount, placed", "customer, placed")
    )
    shop.look()
    local = _refusal(shop, "sales.orders")
    told = problem(post(shop.administrator, {"select": "sales.orders"}, "k1"), 409, local)
    assert told["exit_status"] == 1
    assert requests_of(shop) == 0


def _refusal(shop: Served, select: str) -> str:
    with pytest.raises(MeshwrightError) as refused:
        apply(open_workspace(shop.root), RunOptions(select=(select,)))
    return refused.value.first.code


def test_code_that_may_not_run_in_a_protected_environment_is_refused_at_once(shop: Served) -> None:
    mesh = (shop.root / "mesh.yaml").read_text()
    write_file(shop.root, "mesh.yaml", mesh + "environments: {prod: {protected: true}}\n")
    shop.look()
    accepted(post(shop.administrator, {"select": "sales.orders", "refresh": True}))  # data runs always may
    model = "domains/sales/totals/models/per_customer.sql"
    write_file(shop.root, model, (shop.root / model).read_text().replace("count(*)", "count(*) + 0"))
    shop.look()
    assert _refusal(shop, "sales.totals") == "MW-S120"
    problem(post(shop.administrator, {"select": "sales.totals"}), 409, "MW-S120")
    assert requests_of(shop) == 1


def test_files_that_are_not_committed_are_refused_at_once(shop: Served) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *identity, *words], cwd=shop.root, check=True, capture_output=True)

    write_file(shop.root, ".gitignore", ".meshwright/\nenvironments/\n")
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "x")
    model = "domains/sales/totals/models/per_customer.sql"
    write_file(shop.root, model, (shop.root / model).read_text().replace("count(*)", "count(*) + 0"))
    git("commit", "-q", "-a", "-m", "y")
    assert apply(open_workspace(shop.root), RunOptions()).state == "succeeded"
    write_file(shop.root, model, (shop.root / model).read_text().replace("+ 0", "+ 0 + 0"))
    shop.look()
    assert _refusal(shop, "sales.totals") == "MW-R019"
    problem(post(shop.administrator, {"select": "sales.totals"}), 409, "MW-R019")
    accepted(post(shop.administrator, {"select": "sales.totals", "environment": "prod"}))


def test_what_came_of_a_run_is_the_document_of_its_command(shop: Served) -> None:
    asked = accepted(post(shop.administrator, {"select": "sales.totals", "retest": True}))
    report = f"{asked['url']}/report"
    problem(shop.viewer.get(report), 409, "MW-H309")
    carry_out(shop)
    told = shop.viewer.get(report)
    assert (told.json()["schema"], told.json()["state"]) == ("meshwright/run/1", "succeeded")
    assert told.json() == shop.viewer.get(asked["url"]).json()["report"]
    assert "succeeded in" in shop.viewer.get(report, headers={"Accept": "text/plain"}).text
    problem(shop.viewer.get(f"{RUNS}/nothing/report"), 404, "MW-R005")
    stopped = accepted(post(shop.administrator, {"select": "sales.totals"}))
    assert shop.administrator.post(f"{stopped['url']}/stop").json()["state"] == "interrupted"
    told = problem(shop.viewer.get(f"{stopped['url']}/report"), 409, "MW-H311")
    assert told["exit_status"] == 130


def test_a_request_waits_for_its_run_as_long_as_it_says(shop: Served) -> None:
    body = {"select": "sales.totals", "retest": True}
    first = shop.administrator.post(RUNS, json=body, headers={"Prefer": "wait=1", "Idempotency-Key": "k"})
    assert (first.status_code, first.headers["preference-applied"]) == (202, "wait=1")
    with working(shop.root):
        told = shop.administrator.post(RUNS, json=body, headers={"Prefer": "wait=300", "Idempotency-Key": "k"})
    assert (told.status_code, told.json()["schema"]) == (200, "meshwright/run/1")
    assert told.json()["run_id"] == first.json()["run_id"]
    assert (told.headers["meshwright-exit-status"], told.headers["idempotency-replayed"]) == ("0", "true")


def test_runs_are_listed_as_trees(shop: Served) -> None:
    run = shop.viewer.get(RUNS).json()["runs"][-1]["run_id"]
    accepted(post(shop.administrator, None, None, f"{RUNS}/{run}/repeat"))
    carry_out(shop)
    told = shop.viewer.get(RUNS, params={"tree": True}).json()
    assert [(each["run_id"] == run, each["depth"]) for each in told["runs"]] == [(True, 0), (False, 1)]
    problem(shop.viewer.get(RUNS, params={"tree": True, "state": "running"}), 422, "MW-H312")


def test_an_archive_is_the_one_of_the_command_line(shop: Served, tmp_path: Path) -> None:
    run = shop.viewer.get(RUNS).json()["runs"][-1]["run_id"]
    told = shop.viewer.get(f"{RUNS}/{run}/archive")
    assert (told.status_code, told.headers["content-type"]) == (200, "application/zip")
    here = export_run(open_workspace(shop.root), run, tmp_path / "x.zip")
    assert (hashlib.sha256(told.content).hexdigest(), here.members) == (here.sha256, 19)
    problem(shop.viewer.get(f"{RUNS}/nothing/archive"), 404, "MW-R005")
