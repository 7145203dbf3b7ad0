"""Development linkage by URL: the verbs' own documents, once under a key, on the terms of `If-Match`, by who may."""

from __future__ import annotations

import concurrent.futures
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from meshwright.faces.http.routes import environments
from tests.http.serving import Served, token, working
from tests.meshes import write_file

ENVIRONMENTS = "/api/v1/environments"
MODEL = "domains/sales/totals/models/per_customer.sql"


@pytest.fixture
def worked(shop: Served) -> Iterator[Served]:
    """The shop, with a worker beside it: promotions are carried out."""
    with working(shop.root):
        yield shop


def created(client: httpx.Client, name: str = "box", **body: object) -> httpx.Response:
    return client.post(ENVIRONMENTS, json={"name": name, **body})


def code_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def changed(shop: Served, name: str = "box") -> None:
    """Run a changed model into a sandbox."""
    path = shop.root / MODEL
    write_file(shop.root, MODEL, path.read_text().replace("select", "select 1 as one,", 1))
    report = apply(open_workspace(shop.root), RunOptions(environment=name, select=("sales.totals",)))
    assert report.state == "succeeded"
    shop.look()


def test_a_sandbox_from_its_making_to_its_end(worked: Served) -> None:
    client = worked.administrator
    made = created(client, select="sales.totals", expires="3d")
    assert (made.status_code, made.headers["location"]) == (201, f"{ENVIRONMENTS}/box")
    assert made.json()["schema"] == "meshwright/environment-answer/1"
    changed(worked)
    shown = client.get(f"{ENVIRONMENTS}/box", params={"history": 5}).json()
    assert shown["own"]
    assert [made["action"] for made in shown["history"]] == ["run"]
    diff = client.get(f"{ENVIRONMENTS}/box/diff", params={"select": ["sales.totals"], "sample": 1})
    assert [found["dataset"] for found in diff.json()["datasets"]] == ["sales.totals.per_customer"]
    assert client.post(f"{ENVIRONMENTS}/box/rebase").json()["schema"] == "meshwright/rebase/1"
    promoted = client.post(f"{ENVIRONMENTS}/box/promote", json={"reason": "better"})
    assert (promoted.status_code, promoted.json()["state"]) == (200, "succeeded")
    assert promoted.json()["changed"]
    assert client.post(f"{ENVIRONMENTS}/box/extend", json={"expires": "never"}).json()["expires_at"] is None
    assert client.delete(f"{ENVIRONMENTS}/box").status_code == 200
    assert code_of(client.get(f"{ENVIRONMENTS}/box")) == (404, "MW-R013")


def test_environments_are_listed_by_page(shop: Served) -> None:
    for name in ("b", "a", "c"):
        created(shop.administrator, name)
    names: list[str] = []
    cursor: str | None = None
    while True:
        page = shop.viewer.get(ENVIRONMENTS, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        names += [found["name"] for found in page["environments"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert names == ["prod", "a", "b", "c"]


def test_a_rollback_goes_back_and_forward(shop: Served) -> None:
    back = shop.administrator.post(f"{ENVIRONMENTS}/prod/rollback", json={"to": 1, "reason": "wrong"})
    assert back.status_code == 200
    assert "sales.totals" in back.json()["changed"]
    pins = shop.viewer.get(f"{ENVIRONMENTS}/prod").json()["pins"]
    assert {pin["reason"] for pin in pins} == {"wrong"}
    again = shop.administrator.post(f"{ENVIRONMENTS}/prod/rollback", json={"to": 1})
    assert code_of(again) == (409, "MW-S203")
    assert code_of(shop.administrator.post(f"{ENVIRONMENTS}/prod/rollback", json={"to": 99}))[0] == 404


def test_objects_are_pinned_and_let_go(shop: Served) -> None:
    pins = f"{ENVIRONMENTS}/prod/pins/sales.orders"
    assert shop.administrator.put(pins, json={"reason": "audit"}).status_code == 200
    assert [pin["by"][:6] for pin in shop.viewer.get(f"{ENVIRONMENTS}/prod").json()["pins"]] == ["token:"]
    assert shop.administrator.delete(pins).json()["changed"] == ["sales.orders"]
    assert code_of(shop.administrator.delete(pins))[1] == "MW-S205"
    assert code_of(shop.administrator.put(pins, json={})) == (422, "MW-H010")


def test_text_is_what_the_command_line_prints(shop: Served) -> None:
    answer = shop.viewer.get(f"{ENVIRONMENTS}/prod", headers={"Accept": "text/plain"})
    assert answer.text.startswith("environment prod\n")
    made = shop.administrator.post(
        ENVIRONMENTS,
        json={"name": "box"},
        headers={"Accept": "text/plain", "Idempotency-Key": "k", "Meshwright-Ascii": "1"},
    )
    assert made.text.startswith("+ sandbox box over prod")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"name": "Prod!"}, (422, "MW-S107")),
        ({"name": "prod"}, (409, "MW-S101")),
        ({"name": "box", "base": "nowhere"}, (404, "MW-R013")),
        ({"name": "box", "expires": "soon"}, (422, "MW-S106")),
        ({"name": "box", "sample": "2000%"}, (422, None)),
        ({"name": "box", "rows": -1}, (422, None)),
        ({"name": "box", "sample": "1%", "rows": 1}, (422, None)),
        ({"name": "box", "params": {"x": "1"}}, (422, None)),
        ({"name": "box", "nme": "x"}, (422, "MW-H010")),
        ({"name": 3}, (422, "MW-H010")),
        ({"name": "box", "select": 3}, (422, "MW-H010")),
        ({"name": "box", "select": ["x" * 2001]}, (422, "MW-H010")),
        ({}, (422, "MW-H010")),
        ([], (422, "MW-H010")),
        ("x", (422, "MW-H010")),
    ],
)
def test_a_wrong_wish_is_refused_and_makes_nothing(shop: Served, body: object, found: tuple[int, str | None]) -> None:
    answer = shop.administrator.post(ENVIRONMENTS, json=body)
    status, code = code_of(answer)
    assert (status, code if found[1] else None) == found, answer.text
    assert [each["name"] for each in shop.viewer.get(ENVIRONMENTS).json()["environments"]] == ["prod"]


def test_a_request_is_done_once_under_its_key(shop: Served) -> None:
    key = {"Idempotency-Key": "one"}
    first = shop.administrator.post(ENVIRONMENTS, json={"name": "box"}, headers=key)
    second = shop.administrator.post(ENVIRONMENTS, json={"name": "box"}, headers=key)
    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["location"] == first.headers["location"]
    assert "idempotency-replayed" not in first.headers
    other = shop.administrator.post(ENVIRONMENTS, json={"name": "other"}, headers=key)
    assert code_of(other) == (422, "MW-U002")
    assert code_of(shop.administrator.post(ENVIRONMENTS, json={"name": "x"}, headers={"Idempotency-Key": "a b"})) == (
        400,
        "MW-U001",
    )


def test_keys_of_other_tokens_are_others(shop: Served) -> None:
    key = {"Idempotency-Key": "one"}
    shop.administrator.post(ENVIRONMENTS, json={"name": "box"}, headers=key)
    other = shop.client(token(shop.root, "administrator"))
    assert code_of(other.post(ENVIRONMENTS, json={"name": "box"}, headers=key)) == (409, "MW-S101")


def test_many_at_once_under_one_key_make_one_sandbox(shop: Served) -> None:
    def ask(_: int) -> tuple[int, str]:
        answer = shop.administrator.post(ENVIRONMENTS, json={"name": "box"}, headers={"Idempotency-Key": "one"})
        return answer.status_code, answer.json().get("code", "")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(24)))
    assert found <= {(201, ""), (409, "MW-U003")}
    assert (201, "") in found
    assert ask(0) == (201, "")


def test_what_was_refused_under_a_key_may_be_asked_again(worked: Served) -> None:
    key = {"Idempotency-Key": "one"}
    path = f"{ENVIRONMENTS}/box/promote"
    created(worked.administrator)
    assert code_of(worked.administrator.post(path, headers=key)) == (409, "MW-S110")
    changed(worked)
    assert worked.administrator.post(path, headers=key).status_code == 200


def test_a_moved_environment_refuses_those_who_know_an_older_one(worked: Served) -> None:
    client = worked.administrator
    tag = {"If-Match": client.get(f"{ENVIRONMENTS}/prod").headers["etag"]}
    created(client)
    box = {"If-Match": client.get(f"{ENVIRONMENTS}/box").headers["etag"]}
    changed(worked)
    assert code_of(client.post(f"{ENVIRONMENTS}/box/promote", headers=box)) == (412, "MW-H021")
    assert code_of(client.post(f"{ENVIRONMENTS}/box/rebase", headers=box)) == (412, "MW-H021")
    assert code_of(client.delete(f"{ENVIRONMENTS}/box", headers=box)) == (412, "MW-H021")
    now = {"If-Match": client.get(f"{ENVIRONMENTS}/box").headers["etag"]}
    assert client.post(f"{ENVIRONMENTS}/box/promote", headers=now).status_code == 200
    assert code_of(client.post(f"{ENVIRONMENTS}/prod/rollback", headers=tag)) == (412, "MW-H021")
    pins = f"{ENVIRONMENTS}/prod/pins/sales.orders"
    assert code_of(client.put(pins, json={"reason": "x"}, headers=tag)) == (412, "MW-H021")
    assert client.post(f"{ENVIRONMENTS}/prod/rollback", headers={"If-Match": "*"}).status_code == 200


def test_a_new_sandbox_of_an_old_name_has_another_tag(shop: Served) -> None:
    created(shop.administrator)
    old = {"If-Match": shop.viewer.get(f"{ENVIRONMENTS}/box").headers["etag"]}
    shop.administrator.delete(f"{ENVIRONMENTS}/box")
    created(shop.administrator)
    assert code_of(shop.administrator.delete(f"{ENVIRONMENTS}/box", headers=old)) == (412, "MW-H021")


def test_a_move_between_the_look_and_the_move_is_refused(shop: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tag is right when it is looked at; the environment moves then, and the verb itself notices."""
    tag = {"If-Match": shop.viewer.get(f"{ENVIRONMENTS}/prod").headers["etag"]}
    rollback = environments.rollback

    def after_another(workspace: object, wish: object) -> object:
        monkeypatch.setattr(environments, "rollback", rollback)
        assert shop.administrator.post(f"{ENVIRONMENTS}/prod/rollback", json={"to": 2}).status_code == 200
        return rollback(workspace, wish)  # type: ignore[arg-type]

    monkeypatch.setattr(environments, "rollback", after_another)
    answer = shop.administrator.post(f"{ENVIRONMENTS}/prod/rollback", json={"to": 1}, headers=tag)
    assert code_of(answer) == (412, "MW-U010")


@pytest.mark.slow
def test_a_promotion_that_a_test_stops_says_no_with_its_document(worked: Served) -> None:
    created(worked.administrator)
    changed(worked)
    version = worked.viewer.get(f"{ENVIRONMENTS}/box").json()["pointers"]["sales.totals.per_customer"]
    _execute(worked.root, "UPDATE evidence SET outcome = 'fail', value = '0' WHERE version = ?", version)
    before = worked.viewer.get(f"{ENVIRONMENTS}/prod").json()
    answer = worked.administrator.post(f"{ENVIRONMENTS}/box/promote", headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.headers["meshwright-exit-status"]) == (409, "1")
    assert (answer.json()["schema"], answer.json()["state"]) == ("meshwright/promotion/1", "failed")
    assert worked.viewer.get(f"{ENVIRONMENTS}/prod").json()["pointers"] == before["pointers"]
    again = worked.administrator.post(f"{ENVIRONMENTS}/box/promote", headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.json()) == (409, answer.json())


CHANGES: dict[str, Callable[[httpx.Client], httpx.Response]] = {
    "create": lambda client: created(client, "mine"),
    "delete": lambda client: client.delete(f"{ENVIRONMENTS}/box"),
    "rebase": lambda client: client.post(f"{ENVIRONMENTS}/box/rebase"),
    "promote": lambda client: client.post(f"{ENVIRONMENTS}/box/promote"),
    "extend": lambda client: client.post(f"{ENVIRONMENTS}/box/extend"),
    "rollback": lambda client: client.post(f"{ENVIRONMENTS}/prod/rollback"),
    "rollback in a sandbox": lambda client: client.post(f"{ENVIRONMENTS}/box/rollback"),
    "pin": lambda client: client.put(f"{ENVIRONMENTS}/prod/pins/sales.orders", json={"reason": "x"}),
    "pin in a sandbox": lambda client: client.put(f"{ENVIRONMENTS}/box/pins/sales.orders", json={"reason": "x"}),
    "unpin": lambda client: client.delete(f"{ENVIRONMENTS}/prod/pins/sales.orders"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_viewer_changes_nothing(shop: Served, change: str) -> None:
    created(shop.administrator)
    assert code_of(CHANGES[change](shop.viewer)) == (403, "MW-H014")
    assert code_of(CHANGES[change](shop.nobody)) == (401, "MW-H013")


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "create"])
def test_a_domains_administrator_changes_nothing_of_others(shop: Served, change: str) -> None:
    created(shop.administrator)
    changed(shop)
    finance = shop.client(token(shop.root, "administrator", "finance"))
    assert code_of(CHANGES[change](finance)) == (403, "MW-H014")


@pytest.mark.slow
def test_a_domains_administrator_does_all_with_its_own_sandbox_and_products(worked: Served) -> None:
    sales = worked.client(token(worked.root, "administrator", "sales"))
    assert created(sales).status_code == 201
    changed(worked)
    assert sales.put(f"{ENVIRONMENTS}/box/pins/finance.report", json={"reason": "x"}).status_code == 200
    assert sales.delete(f"{ENVIRONMENTS}/box/pins/finance.report").status_code == 200
    assert sales.post(f"{ENVIRONMENTS}/box/rebase").status_code == 200
    assert sales.post(f"{ENVIRONMENTS}/box/promote").status_code == 200
    assert code_of(sales.post(f"{ENVIRONMENTS}/prod/rollback", json={"to": 1})) == (403, "MW-H014")
    only = {"select": ["sales.totals"], "only": True, "to": 3}
    assert sales.post(f"{ENVIRONMENTS}/prod/rollback", json=only).status_code == 200
    assert sales.put(f"{ENVIRONMENTS}/prod/pins/sales.orders", json={"reason": "x"}).status_code == 200
    assert sales.delete(f"{ENVIRONMENTS}/box").status_code == 200


def test_a_domains_administrator_is_told_that_its_sandbox_holds_nothing(shop: Served) -> None:
    sales = shop.client(token(shop.root, "administrator", "sales"))
    assert created(sales).status_code == 201
    assert code_of(sales.post(f"{ENVIRONMENTS}/box/promote")) == (409, "MW-S110")


def test_an_expired_sandbox_moves_nothing(shop: Served) -> None:
    created(shop.administrator, expires="1s")
    _execute(shop.root, "UPDATE environments SET touched_at = 1 WHERE name = 'box'")
    assert code_of(shop.administrator.post(f"{ENVIRONMENTS}/box/promote")) == (409, "MW-S102")
    assert shop.administrator.post(f"{ENVIRONMENTS}/box/extend").status_code == 200


def _execute(root: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(root / ".meshwright/state.db")) as connection, connection:
        connection.execute(statement, values)
