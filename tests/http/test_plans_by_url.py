"""Plans, checks, tests, policies and variations by URL: what they answer, to whom, and what of the files they have seen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from meshwright.app.planning import PlanOptions, plan
from meshwright.app.workspace import open_workspace
from meshwright.faces.http.routes import testing
from tests.http.rich import MODEL
from tests.http.serving import Served, served, token
from tests.meshes import write_file

API = "/api/v1"
PIPELINE = "domains/sales/totals/pipeline.yaml"
PLAN, TEST = f"{API}/environments/prod/plan", f"{API}/environments/prod/test"
BIG = f"{API}/variations/sales.totals@big"


@pytest.fixture
def rich(rich_mold: Path, tmp_path: Path) -> Iterator[Served]:
    with served(Path(shutil.copytree(rich_mold, tmp_path / "rich"))) as found:
        yield found


def of_domain(rich: Served, domain: str) -> httpx.Client:
    """A client of the administrator of one domain."""
    return rich.client(token(rich.root, "administrator", domain))


def test_a_plan_is_of_the_files_as_they_are_and_changes_nothing(rich: Served) -> None:
    first = rich.viewer.get(PLAN).json()
    assert (first["schema"], first["counts"]["build"]) == ("meshwright/plan/1", 0)
    write_file(
        rich.root, MODEL, "select customer, 1 as total, 1 as orders from sales.orders.orders where amount >= $least"
    )
    second = rich.viewer.get(PLAN, params={"select": "sales.totals"}).json()
    assert (second["counts"]["build"], second["generation"]) == (1, first["generation"])
    here = plan(open_workspace(rich.root), PlanOptions(select=("sales.totals",)))
    assert {key: here.counts[key] for key in here.counts} == {key: second["counts"][key] for key in here.counts}


def test_parameters_of_a_plan(rich: Served) -> None:
    built = rich.viewer.get(PLAN, params={"select": "sales.totals", "param": "least=5"}).json()
    assert built["counts"]["build"] == 1
    for wrong in (["least"], ["=5"], ["least=5", "least=6"]):
        refused = rich.viewer.get(PLAN, params={"param": wrong})
        assert (refused.status_code, refused.json()["code"]) == (422, "MW-H010"), wrong
    assert rich.viewer.get(PLAN, params={"param": "most=5"}).json()["code"] == "MW-R014"
    assert rich.viewer.get(PLAN, params={"selct": "sales"}).json()["code"] == "MW-H011"
    assert rich.viewer.get(PLAN, params={"select": "nowhere"}).status_code == 404
    assert rich.viewer.get(f"{API}/environments/nowhere/plan").status_code == 404


def take_a_column(root: Path) -> None:
    """Take a column of a port that has a consumer, with that consumer: sound files, and a change that is refused."""
    orders, contract = "domains/sales/orders/models/orders.sql", "domains/sales/orders/contracts/orders.odcs.yaml"
    write_file(root, orders, "select order_id, customer, amount from raw_orders where amount > 0")
    text = (root / contract).read_text()
    (root / contract).write_text("".join(line for line in text.splitlines(True) if "placed" not in line))
    write_file(
        root, "domains/finance/report/models/revenue.sql", "select sum(amount) as revenue from sales.orders.orders"
    )


def test_a_plan_that_is_refused_is_told_with_what_refuses_it(rich: Served) -> None:
    take_a_column(rich.root)
    found = rich.viewer.get(PLAN)
    document = found.json()
    assert (found.status_code, found.headers["meshwright-exit-status"]) == (200, "1")
    assert (document["schema"], document["error"]["code"]) == ("meshwright/plan/1", "MW-V101")
    text = rich.viewer.get(PLAN, headers={"Accept": "text/plain"})
    told = int(text.headers["meshwright-told-lines"])
    assert text.text.splitlines()[-told].startswith("MW-")
    assert not text.text.splitlines()[-told - 1].startswith("MW-")


@pytest.mark.parametrize(
    "text", ["meshwright: many\n", "meshwright: [1\n", "3\n", "meshwright: 1\nname: x\nstore: [1]\n"]
)
def test_files_that_became_unusable_are_told_and_not_what_there_was(rich: Served, text: str) -> None:
    assert rich.viewer.get(f"{API}/check").json()["ok"]
    mesh = (rich.root / "mesh.yaml").read_text()
    (rich.root / "mesh.yaml").write_text(text)
    checked = rich.viewer.get(f"{API}/check")
    assert (checked.json()["ok"], checked.headers["meshwright-exit-status"]) == (False, "2")
    assert rich.viewer.get(PLAN).status_code == 422
    assert rich.administrator.post(TEST).status_code == 422
    assert rich.viewer.get(f"{API}/policies/every_product_described").status_code == 422
    (rich.root / "mesh.yaml").write_text(mesh)
    assert rich.viewer.get(f"{API}/check").json()["ok"]


def test_pipelines_are_shown_resolved(rich: Served) -> None:
    found = rich.viewer.get(f"{API}/environments/prod/pipelines", params={"select": "sales.totals", "variation": "big"})
    assert found.json()["schema"] == "meshwright/resolved/1"
    assert "least" in found.text
    assert rich.viewer.get(f"{API}/environments/prod/pipelines", params={"select": "nowhere"}).status_code == 404


def test_tests_are_measured_and_recorded_once_for_a_key(rich: Served) -> None:
    key = {"Idempotency-Key": "once"}
    first = rich.administrator.post(TEST, json={"select": "sales.totals"}, headers=key)
    assert (first.status_code, first.json()["schema"], first.json()["ok"]) == (200, "meshwright/test/1", True)
    again = rich.administrator.post(TEST, json={"select": "sales.totals"}, headers=key)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    tests = rich.administrator.post(TEST, json={"select": "sales.totals", "data": False}).json()["tests"]
    assert [each["id"] for each in tests] == ["unit:sums"]
    write_file(rich.root, "domains/sales/totals/tests/never.sql", "select * from per_customer")
    failed = rich.administrator.post(TEST, json={"select": ["sales.totals"], "units": False})
    assert (failed.status_code, failed.json()["ok"], failed.headers["meshwright-exit-status"]) == (200, False, "1")


def test_tests_let_others_work_and_are_for_administrators_of_what_is_tested(rich: Served) -> None:
    assert rich.viewer.post(TEST).status_code == 403
    finance = of_domain(rich, "finance")
    assert finance.post(TEST, json={"select": "finance"}).status_code == 200
    assert finance.post(TEST, json={"select": "sales.orders"}).json()["code"] == "MW-H014"
    assert finance.post(TEST).status_code == 403
    assert rich.nobody.post(TEST).status_code == 401


def test_so_many_tests_are_measured_at_the_same_time(rich: Served) -> None:
    with testing._turn(), testing._turn():
        refused = rich.administrator.post(TEST, json={"select": "finance"}, headers={"Idempotency-Key": "k"})
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (503, "MW-U104", "5")
    assert (
        rich.administrator.post(TEST, json={"select": "finance"}, headers={"Idempotency-Key": "k"}).status_code == 200
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"select": "nowhere"}, 404),
        ({"select": 3}, 422),
        ({"params": {"most": "1"}}, 422),
        ({"params": {"least": 1}}, 422),
        ({"unit": True}, 422),
        ({"variation": "none"}, 422),
    ],
)
def test_wrong_wishes_to_test(rich: Served, body: dict[str, object], status: int) -> None:
    assert rich.administrator.post(TEST, json=body).status_code == status


def test_a_policy_is_judged_by_its_name_and_no_file_is_read(rich: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(rich.root)
    found = rich.viewer.get(f"{API}/policies/every_product_described")
    assert (found.status_code, found.json()["schema"]) == (200, "meshwright/policy-test/1")
    draft = write_file(
        rich.root, "draft.sql", "-- level: warn\n-- why: x\n-- fix: x\nselect 'a.b' as product, 'made' as message"
    )
    for name in (draft.name, "%2E%2E%2Fdraft.sql", f"{draft}".replace("/", "%2F"), "none"):
        refused = rich.viewer.get(f"{API}/policies/{name}")
        assert (refused.status_code, "made" in refused.text) == (404, False), name
    examples = rich.viewer.get(f"{API}/policy-examples").json()
    assert (examples["schema"], examples["ok"]) == ("meshwright/policy-examples/1", True)


def test_a_variation_is_compared(rich: Served) -> None:
    found = rich.viewer.get(f"{BIG}/diff", params={"sample": 1}).json()
    assert (found["schema"], found["variation"]) == ("meshwright/variation-diff/1", "sales.totals@big")
    one = rich.viewer.get(f"{API}/variations/sales.totals.per_customer@big/diff", params={"data": False})
    assert [each["dataset"] for each in one.json()["datasets"]] == ["sales.totals.per_customer"]
    for name, status in (("sales.totals@huge", 404), ("sales.totals", 404), ("sales.totals@nightly", 404)):
        assert rich.viewer.get(f"{API}/variations/{name}/diff").status_code == status
    assert rich.viewer.get(f"{BIG}/diff", params={"tolerance": "nan"}).status_code == 422


def test_a_variation_is_promoted_into_its_file_by_its_domain(rich: Served) -> None:
    before = (rich.root / PIPELINE).read_text()
    for stranger, status in ((rich.viewer, 403), (of_domain(rich, "finance"), 403), (rich.nobody, 401)):
        assert stranger.post(f"{BIG}/promote").status_code == status
    sales = of_domain(rich, "sales")
    dry = sales.post(f"{BIG}/promote", json={"dry_run": True}).json()
    assert (dry["written"], (rich.root / PIPELINE).read_text()) == (False, before)
    done = sales.post(f"{BIG}/promote", headers={"Idempotency-Key": "k"})
    assert (done.status_code, done.json()["written"]) == (200, True)
    assert "least: 8  # of an order" in (rich.root / PIPELINE).read_text()
    again = sales.post(f"{BIG}/promote", headers={"Idempotency-Key": "k"})
    assert (again.json(), again.headers["idempotency-replayed"]) == (done.json(), "true")
    other = sales.post(f"{BIG}/promote", json={"dry_run": True}, headers={"Idempotency-Key": "k"})
    assert other.json()["code"] == "MW-U002"
    assert rich.viewer.get(f"{API}/explain/least").text.count("8")


def test_a_variation_is_dropped_by_its_domain(rich: Served) -> None:
    for stranger, status in ((rich.viewer, 403), (of_domain(rich, "finance"), 403)):
        assert stranger.post(f"{BIG}/drop").status_code == status
    done = of_domain(rich, "sales").post(f"{BIG}/drop", json={"reason": "over"})
    assert (done.status_code, done.json()["changed"]) == (200, ["sales.totals.per_customer@big", "sales.totals@big"])
    assert rich.administrator.post(f"{BIG}/drop").status_code == 404
    assert rich.administrator.post(f"{BIG}/drop", json={"environment": "nowhere"}).status_code == 404
    history = rich.viewer.get(f"{API}/environments/prod", params={"history": 1}).text
    assert "over" in history


def test_a_key_is_for_one_query_as_well(rich: Served) -> None:
    """What stands behind the question mark is part of what a request asks."""
    rich.administrator.post(f"{API}/environments", json={"name": "box"})
    gone = rich.administrator.delete(f"{API}/environments/box", headers={"Idempotency-Key": "k"})
    assert gone.status_code == 200
    other = rich.administrator.delete(f"{API}/environments/box?leave=a.b", headers={"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["code"]) == (422, "MW-U002")


def test_text_that_is_kept_is_drawn_for_who_asks(rich: Served) -> None:
    """An answer that is kept is kept for each way of drawing it."""
    url, text = f"{API}/datasets/sales.orders.orders", {"Accept": "text/plain"}
    drawn = [rich.viewer.get(url, headers={**text, **more}).text for more in ({}, {"Meshwright-Ascii": "1"}, {})]
    assert drawn[0] == drawn[2]
    assert not drawn[0].isascii()
    assert drawn[1].isascii()
