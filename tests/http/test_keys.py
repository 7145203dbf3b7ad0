"""A request under a key is done once and answered the same, whatever changes something and wherever the server is killed."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from meshwright.app import idempotency
from meshwright.app.apply import RunOptions, apply
from meshwright.app.idempotency import KeyedAnswer
from meshwright.app.workspace import open_workspace
from meshwright.crashpoints import CrashPoint
from meshwright.state.keyed import DatabaseKeyed
from tests.app.telling import deliver_all, event, send
from tests.http.serving import Served, dying_at, served, serving, token
from tests.http.test_openapi import DOCUMENT

API = "/api/v1"
CHANGING = {
    operation["operationId"]: (method, path)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method in {"post", "put", "delete", "patch"}
}
#: What takes no key of this kind, and why it need not.
OTHERWISE = {
    "query": "it changes nothing",
    "log_in": "the one-time link is the key, and the answer a secret: used twice it is refused",
    "start_run": "the run itself is durable under its key: test_runs_by_url",
    "resume_run": "as start_run",
    "repeat_run": "as start_run",
    "promote_environment": "as start_run: test_promotions_by_url",
    "observe_run_status": "its key is the id of the event, which is taken in once: test_outside_told",
    "observe_dataset_operation": "as observe_run_status",
    "observe_metric_log": "as observe_run_status",
    "observe_message_log": "as observe_run_status",
    "observe_test_outcomes": "as observe_run_status",
    "observe_events": "each event has an id of its own",
    "tell_lineage": "an OpenLineage event is itself: test_outside_told",
    "tell_lineage_batch": "as tell_lineage",
}
#: What the answer tells a secret of: it is told once.
SECRET = frozenset({"make_token", "subscribe", "change_subscription"})


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request, with what must stand before it."""

    method: str
    path: str
    json: object = None
    content: bytes | None = None


Make = Callable[[httpx.Client, Path], Sent]


def plain(method: str, path: str, json: object = None) -> Make:
    return lambda _client, _root: Sent(method=method, path=path, json=json)


def after(first: tuple[str, str, object], sent: Sent) -> Make:
    """What can be sent when something else was done."""

    def make(client: httpx.Client, _root: Path) -> Sent:
        method, path, body = first
        answer = client.request(method, f"{API}{path}", json=body)
        assert answer.is_success, answer.text
        return sent

    return make


HOOK = {"types": ["org.example.*"], "sink": "http://127.0.0.1:9/hook"}


def subscribed(method: str, body: object = None) -> Make:
    def make(client: httpx.Client, _root: Path) -> Sent:
        made = client.post(f"{API}/subscriptions", json={"types": ["org.example.*"], "sink": "https://example.org/x"})
        assert made.status_code == 201, made.text
        return Sent(method=method, path=f"/subscriptions/{made.json()['id']}", json=body)

    return make


def revoked(client: httpx.Client, _root: Path) -> Sent:
    made = client.post(f"{API}/tokens", json={"role": "viewer"}).json()
    return Sent(method="DELETE", path=f"/tokens/{made['id']}")


def asked_for(client: httpx.Client, _root: Path) -> Sent:
    run = client.post(f"{API}/runs", json={"select": "sales.orders"}).json()["run_id"]
    return Sent(method="POST", path=f"/runs/{run}/stop")


def given_up(client: httpx.Client, root: Path) -> dict[str, str]:
    """A delivery that was given up, of a webhook that nobody answers."""
    made = client.post(f"{API}/subscriptions", json={**HOOK, "environments": ["*"], "attempts": 1})
    assert made.status_code == 201, made.text
    send(open_workspace(root), event("1"))
    deliver_all(open_workspace(root))
    [found] = client.get(f"{API}/deliveries", params={"state": "dead"}).json()["deliveries"]
    return found


def dead(verb: str) -> Make:
    return lambda client, root: Sent(method="POST", path=f"/deliveries/{given_up(client, root)['id']}/{verb}")


def all_dead(client: httpx.Client, root: Path) -> Sent:
    wish = {"subscription": given_up(client, root)["subscription"]}
    return Sent(method="POST", path="/deliveries/replay", json=wish)


PINS = "/environments/prod/pins/sales.orders"
PAUSE = "/schedules/sales.totals/pause"
EVENT = {"specversion": "1.0", "id": "1", "source": "/x", "type": "org.example.closed", "data": {}}
SENT: Mapping[str, Make] = {
    "create_environment": plain("POST", "/environments", {"name": "other"}),
    "delete_environment": plain("DELETE", "/environments/box"),
    "rebase_environment": plain("POST", "/environments/box/rebase"),
    "extend_environment": plain("POST", "/environments/box/extend", {"expires": "3d"}),
    "roll_back_environment": plain("POST", "/environments/prod/rollback", {"reason": "no"}),
    "pin_object": plain("PUT", PINS, {"reason": "no"}),
    "unpin_object": after(("PUT", PINS, {"reason": "no"}), Sent(method="DELETE", path=PINS)),
    "run_tests": plain("POST", "/environments/prod/test", {"select": "sales.orders"}),
    "promote_of_variation": plain("POST", "/variations/sales.totals@big/promote", {}),
    "drop_of_variation": plain("POST", "/variations/sales.totals@big/drop", {}),
    "send_events": lambda _client, _root: Sent(method="POST", path="/events", content=json.dumps(EVENT).encode()),
    "pause_schedule": plain("POST", PAUSE, {"reason": "no"}),
    "resume_schedule": after(
        ("POST", PAUSE, {"reason": "no"}), Sent(method="POST", path="/schedules/sales.totals/resume", json={})
    ),
    "subscribe": plain("POST", "/subscriptions", {"types": ["org.example.*"], "sink": "https://example.org/x"}),
    "change_subscription": subscribed("PATCH", {"state": "paused", "reason": "no", "secret": "rotate"}),
    "unsubscribe": subscribed("DELETE"),
    "replay": dead("replay"),
    "skip": dead("skip"),
    "replay_range": all_dead,
    "make_token": plain("POST", "/tokens", {"role": "viewer"}),
    "end_token": revoked,
    "stop_run": asked_for,
}
#: What is written beside what a request asks for, and by who looks at it.
_BESIDE = {"keyed", "calls", "tokens_used", "notes"}


class Died(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def shop(rich_mold: Path, tmp_path: Path) -> Iterator[Served]:
    """The shop with all that commands are about, and a sandbox whose base has moved."""
    root = Path(shutil.copytree(rich_mold, tmp_path / "shop"))
    mesh = root / "mesh.yaml"
    mesh.write_text(mesh.read_text() + "http: {allow: [127.0.0.1/32]}\n")
    with served(root) as found:
        assert found.administrator.post(f"{API}/environments", json={"name": "box"}).status_code == 201
        moved = found.administrator.post(f"{API}/environments/prod/rollback", json={"reason": "so that it moved"})
        assert moved.status_code == 200, moved.text
        again = found.administrator.post(f"{API}/environments/prod/rollback", json={"reason": "and back"})
        assert again.status_code == 200, again.text
        yield found


def ask(client: httpx.Client, sent: Sent, key: str = "k") -> httpx.Response:
    headers = {"Idempotency-Key": key}
    if sent.content is not None:
        headers["Content-Type"] = "application/cloudevents+json"
    return client.request(sent.method, f"{API}{sent.path}", json=sent.json, content=sent.content, headers=headers)


def rows(root: Path) -> dict[str, list[str]]:
    """All that the state holds, but for keys and the record of calls."""
    with contextlib.closing(sqlite3.connect(root / ".meshwright/state.db")) as found:
        tables = [name for (name,) in found.execute("select name from sqlite_master where type = 'table'")]
        return {
            table: sorted(map(repr, found.execute(f'select * from "{table}"')))
            for table in tables
            if table not in _BESIDE and not table.startswith("sqlite_")
        }


def differing(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    return [table for table in before if before[table] != after[table]]


def same(answer: httpx.Response) -> object:
    return answer.status_code, answer.json()


def test_every_operation_that_changes_something_is_in_the_table() -> None:
    assert SENT.keys().isdisjoint(OTHERWISE)
    assert SENT.keys() | OTHERWISE.keys() == CHANGING.keys()
    keyed = {
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
        if any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", ()))
    }
    assert SENT.keys() <= keyed


@pytest.mark.parametrize("name", SENT)
def test_a_request_sent_again_is_answered_again_and_not_done_again(shop: Served, name: str) -> None:
    client = shop.administrator
    sent = SENT[name](client, shop.root)
    first = ask(client, sent)
    assert first.is_success, first.text
    before = rows(shop.root)
    again = ask(client, sent)
    if name in SECRET:
        assert (again.status_code, again.json()["code"]) == (409, "MW-U007"), again.text
        assert "secret" not in again.json()
        assert first.json().get("secret") or first.json().get("token")
        assert str(first.json().get("secret") or first.json().get("token")).encode() not in b"".join(
            path.read_bytes() for path in (shop.root / ".meshwright").glob("state.db*")
        )
    else:
        assert same(again) == same(first)
        assert again.headers["idempotency-replayed"] == "true"
    other = client.post(f"{API}/environments", json={"name": "second"}, headers={"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["code"]) == (422, "MW-U002"), other.text
    assert differing(before, rows(shop.root)) == []


@pytest.mark.parametrize("name", SENT)
def test_a_request_that_was_done_by_a_server_that_died_is_answered_and_not_done_again(
    shop: Served, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = shop.administrator
    sent = SENT[name](client, shop.root)
    _dies(shop, sent, monkeypatch, "end")
    before, files = rows(shop.root), _pipeline(shop)
    monkeypatch.setattr(idempotency, "_is_left", lambda *_: True)
    answers = [ask(client, sent) for _ in range(2)]
    assert (rows(shop.root) == before) or name == "run_tests", differing(before, rows(shop.root))
    assert _pipeline(shop) == files
    if name in SECRET:
        assert [each.json()["code"] for each in answers] == ["MW-U007"] * 2
    else:
        assert answers[0].is_success, answers[0].text
        assert same(answers[1]) == same(answers[0])


@pytest.mark.parametrize("name", SENT)
def test_a_request_that_a_server_died_before_is_done_by_the_next(
    shop: Served, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = shop.administrator
    sent = SENT[name](client, shop.root)
    before = rows(shop.root)
    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "_done", _die)
        patched.setattr(DatabaseKeyed, "abandon", lambda *_: None)
        with pytest.raises(Died):
            ask(client, sent)
    assert differing(before, rows(shop.root)) == []
    monkeypatch.setattr(idempotency, "_is_left", lambda *_: True)
    answer = ask(client, sent)
    assert answer.is_success, answer.text
    assert "idempotency-replayed" not in answer.headers


def _dies(shop: Served, sent: Sent, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """Send a request to a server that dies before it notes that it answered."""
    with monkeypatch.context() as patched:
        patched.setattr(DatabaseKeyed, at, _die)
        patched.setattr(DatabaseKeyed, "abandon", lambda *_: None)  # who is dead lets go of nothing
        with pytest.raises(Died):
            ask(shop.administrator, sent)


def _die(*_: object) -> KeyedAnswer:
    raise Died


def _pipeline(shop: Served) -> bytes:
    return (shop.root / "domains/sales/totals/pipeline.yaml").read_bytes()


def test_a_value_that_was_to_be_written_by_a_server_that_died_is_written_by_the_next(
    shop: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what is changed outside the state the answer is noted first: whoever takes it over does what is still to do."""
    before = _pipeline(shop)
    sent = SENT["promote_of_variation"](shop.administrator, shop.root)
    with monkeypatch.context() as patched:
        patched.setattr("meshwright.app.varied_promotion._replace", _die)
        patched.setattr(DatabaseKeyed, "abandon", lambda *_: None)
        with pytest.raises(Died):
            ask(shop.administrator, sent)
    assert _pipeline(shop) == before
    monkeypatch.setattr(idempotency, "_is_left", lambda *_: True)
    answer = ask(shop.administrator, sent)
    assert (answer.status_code, answer.json()["written"]) == (200, True), answer.text
    assert _pipeline(shop) != before
    assert answer.json()["changes"]
    assert same(ask(shop.administrator, sent)) == same(answer)


def test_what_comes_behind_a_move_is_made_up_for(shop: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Sent(method="POST", path="/environments/box/rebase")
    with monkeypatch.context() as patched:
        patched.setattr("meshwright.app.rebase._exported", _die)
        patched.setattr(DatabaseKeyed, "abandon", lambda *_: None)
        with pytest.raises(Died):
            ask(shop.administrator, sent)
    monkeypatch.setattr(idempotency, "_is_left", lambda *_: True)
    answer = ask(shop.administrator, sent).json()
    assert (answer["generation"], answer["notes"]) == (1, [])
    view = (shop.root / "environments/box.sql").read_text()
    assert "generation 1" in view, "files for plain readers show what was moved"


#: Where the server is killed, and whether what was asked for is done by then; at all points: torture.keyed_requests.
POINTS = {
    CrashPoint.POINTERS_OPENED: False,
    CrashPoint.MOVE_COMMITTED: True,
    CrashPoint.REQUEST_DONE: True,
}


@pytest.mark.parametrize("verb", ["rebase", "rollback"])
@pytest.mark.parametrize("point", POINTS)
def test_a_move_by_a_server_that_is_killed_is_made_once(
    rich_mold: Path, tmp_path: Path, verb: str, point: CrashPoint
) -> None:
    """Real servers, real kills."""
    root = Path(shutil.copytree(rich_mold, tmp_path / "shop"))
    environment = "box" if verb == "rebase" else "prod"
    headers = {"Authorization": f"Bearer {token(root, 'administrator')}", "Idempotency-Key": "k"}
    with served(root) as prepared:
        assert prepared.administrator.post(f"{API}/environments", json={"name": "box"}).status_code == 201
    moved = apply(open_workspace(root), RunOptions(select=("sales.totals",), variation="big", params={"least": "9"}))
    assert moved.state == "succeeded"
    path = f"{API}/environments/{environment}/{verb}"

    def post(url: str) -> httpx.Response:
        return httpx.post(f"{url}{path}", headers=headers, timeout=60)

    def generations() -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(root / ".meshwright/state.db")) as found:
            query = "select number, action from generations where environment = ? and action = ? order by 1"
            return found.execute(query, (environment, verb)).fetchall()

    with serving(root, "--api-only", folder=tmp_path, program=dying_at(point)) as server:
        with pytest.raises(httpx.TransportError):
            post(server.url)
        assert server.process.wait(60) == -9
    assert len(generations()) == POINTS[point]
    with serving(root, "--api-only", folder=tmp_path) as server:
        answers = [post(server.url) for _ in range(3)]
    assert [each.status_code for each in answers] == [200] * 3, answers[0].text
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert [(answers[0].json()["generation"], verb)] == generations()
