"""Following runs by server-sent events, at a real server: the whole state first, nothing lost, nothing twice, to the end."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.serving import Serving, serving, token
from tests.meshes import write_file

RUNS = "/api/v1/runs"
#: A node that says a line, waits for a file, and says more.
SLOW = """
import os
import time


def build(place: str) -> None:
    print("begun")
    while not os.path.exists(place):
        time.sleep(0.05)
    for number in range(40):
        print(f"line {number}")
"""


@dataclass(frozen=True, kw_only=True)
class Event:
    id: str
    kind: str
    data: dict[str, Any]


def events_of(lines: Iterator[str]) -> Iterator[Event]:
    """Parse a stream as a browser does."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif fields:
            if "event" in fields:
                yield Event(id=fields["id"], kind=fields["event"], data=json.loads(fields["data"]))
            fields = {}


def follow(client: httpx.Client, run_id: str, last: str | None = None, most: int = 10**9) -> list[Event]:
    """Follow a run, from an event on, to the end or for so many events."""
    headers = {} if last is None else {"Last-Event-ID": last}
    found: list[Event] = []
    with client.stream("GET", f"{RUNS}/{run_id}/stream", headers=headers) as answer:
        if answer.status_code == 204:
            return []
        assert answer.status_code == 200, answer.read()
        for event in events_of(answer.iter_lines()):
            found.append(event)
            if len(found) >= most:
                break
    return found


def eventually(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def place(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(shutil.copytree(published, tmp_path_factory.mktemp("streams") / "shop"))
    write_file(root, "domains/sales/slow/wait.py", SLOW)
    pipeline = """
        params: {place: {type: string, default: /nowhere}}
        nodes: {slow: {python: "wait.py:build", as: none, refresh: always}}
        """
    write_file(root, "domains/sales/slow/pipeline.yaml", pipeline)
    return root


@pytest.fixture(scope="module")
def server(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(place, folder=tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture(scope="module")
def client(server: Serving) -> Iterator[httpx.Client]:
    with server.client() as found:
        yield found


def start(client: httpx.Client, gate: Path) -> str:
    """Start the run that waits for a file."""
    answer = client.post(RUNS, json={"select": "sales.slow", "params": {"place": str(gate)}})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run_id"])


def run_of(client: httpx.Client, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{RUNS}/{run_id}").json()
    return found


def require_whole(events: list[Event], run: dict[str, Any]) -> None:
    """Require that events tell all of a run once, and the end last."""
    assert len({event.id for event in events[:-1]}) == len(events) - 1
    lines = [event.data for event in events if event.kind == "log"]
    assert lines == run["log"]
    last_of = {event.data["key"]: event.data for event in events if event.kind == "step"}
    assert last_of == {step["key"]: {k: v for k, v in step.items() if k != "inner"} for step in run["steps"]}
    told = [(event.data["key"], event.data["state"]) for event in events if event.kind == "step"]
    assert len(told) == len(set(told)), "a step was told twice in one state"
    assert [event.kind for event in events].count("end") == 1
    assert (events[-1].kind, events[-1].data["state"]) == ("end", run["state"])


def test_a_run_is_followed_from_before_it_begins_to_its_end(client: httpx.Client, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    run_id = start(client, gate)
    followed: list[list[Event]] = []
    threads = [threading.Thread(target=lambda: followed.append(follow(client, run_id))) for _ in range(3)]
    for thread in threads:
        thread.start()
    eventually(lambda: any(line["text"] == "begun" for line in run_of(client, run_id)["log"]))
    gate.touch()
    for thread in threads:
        thread.join(120)
    run = run_of(client, run_id)
    assert run["state"] == "succeeded", run["log"]
    for events in (*followed, follow(client, run_id)):
        require_whole(events, run)
    assert len(followed) == 3


def test_who_comes_back_goes_on_behind_any_event(client: httpx.Client, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    run_id = start(client, gate)
    whole = follow(client, run_id)
    whole = follow(client, run_id)
    for number, event in enumerate(whole[:-1]):
        if event.id == whole[-1].id:
            continue  # behind it nothing is to be told but the end, which has no place of its own
        assert follow(client, run_id, event.id) == whole[number + 1 :]
    assert follow(client, run_id, whole[-1].id) == [], "there is nothing to come back for"


def test_a_stream_that_breaks_off_again_and_again_loses_and_repeats_nothing(
    client: httpx.Client, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    run_id = start(client, gate)
    events = follow(client, run_id, most=2)
    eventually(lambda: any(line["text"] == "begun" for line in run_of(client, run_id)["log"]))
    gate.touch()
    while more := follow(client, run_id, events[-1].id, most=3):
        events += more
        if events[-1].kind == "end":
            break
    if events[-1].kind != "end":  # the end has the id of what stands before it
        assert run_of(client, run_id)["state"] == events[-1].data["state"]
        events.append(Event(id=events[-1].id, kind="end", data=events[-1].data))
    require_whole(events, run_of(client, run_id))


def test_a_run_of_another_process_is_followed(server: Serving, client: httpx.Client, tmp_path: Path) -> None:
    gate, run_id = tmp_path / "gate", "20260101T000000-other"
    words = ["run", "sales.slow", "--param", f"place={gate}", "--run-id", run_id, "--quiet"]
    command = [sys.executable, "-m", "meshwright", "-C", str(server.root), *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        eventually(lambda: client.get(f"{RUNS}/{run_id}").status_code == 200)
        first = follow(client, run_id, most=2)
        gate.touch()
        rest = follow(client, run_id, first[-1].id)
        assert process.wait(120) == 0
    require_whole([*first, *rest], run_of(client, run_id))


def test_a_run_that_is_stopped_while_it_is_followed_ends_its_stream(client: httpx.Client, tmp_path: Path) -> None:
    run_id = start(client, tmp_path / "never")
    eventually(lambda: run_of(client, run_id)["state"] == "running")
    answers = [client.post(f"{RUNS}/{run_id}/stop") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert follow(client, run_id)[-1].data["state"] == "interrupted"
    resumed = client.post(f"{RUNS}/{run_id}/resume")
    again = client.post(f"{RUNS}/{run_id}/resume")
    assert (resumed.status_code, again.status_code) == (202, 202)
    assert resumed.json()["run_id"] == again.json()["run_id"] == run_id
    eventually(lambda: run_of(client, run_id)["state"] == "running")
    client.post(f"{RUNS}/{run_id}/stop")
    eventually(lambda: run_of(client, run_id)["request"]["state"] != "started")
    assert run_of(client, run_id)["state"] == "interrupted"


def test_a_stream_ends_when_its_token_does(server: Serving, client: httpx.Client, tmp_path: Path) -> None:
    run_id = start(client, tmp_path / "never")
    made = client.post("/api/v1/tokens", json={"role": "viewer"}).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    with (
        httpx.Client(base_url=server.url, headers=headers, timeout=120) as viewer,
        viewer.stream("GET", f"{RUNS}/{run_id}/stream") as answer,
    ):
        lines = answer.iter_lines()
        assert next(events_of(lines)).kind == "run"
        client.delete(f"/api/v1/tokens/{made['id']}")
        assert all(event.kind != "end" for event in events_of(lines)), "the run goes on"
    client.post(f"{RUNS}/{run_id}/stop")


@pytest.mark.parametrize(
    "last", ["x", "1", "running.1.1", "done.1.1.1", "running.-2.0.0", "running.1.1.1.1", f"running.1.1.{'9' * 60}"]
)
def test_an_id_that_no_event_has_is_refused(client: httpx.Client, tmp_path: Path, last: str) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    run_id = start(client, gate)
    answer = client.get(f"{RUNS}/{run_id}/stream", headers={"Last-Event-ID": last})
    assert (answer.status_code, answer.json()["code"]) == (400, "MW-H306")


def test_an_id_of_another_run_is_refused_and_one_of_the_future_begins_anew(
    client: httpx.Client, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    first, second = start(client, gate), start(client, gate)
    events = {run_id: follow(client, run_id) for run_id in (first, second)}
    last = events[first][-1].id
    answer = client.get(f"{RUNS}/{second}/stream", headers={"Last-Event-ID": last})
    assert (answer.status_code, answer.json()["code"]) == (400, "MW-H306")
    state, _, position, log, mark = last.split(".")
    for future in (f"{state}.99999.{position}.{log}.{mark}", f"running.0.0.9999999.{mark}"):
        told = follow(client, first, future)
        require_whole(told, run_of(client, first))
    assert follow(client, first, last) == []
    require_whole(follow(client, first), run_of(client, first))  # who comes after the end is told all of it


def test_a_hundred_follow_one_run_and_one_more_is_refused(
    server: Serving, client: httpx.Client, tmp_path: Path
) -> None:
    run_id = start(client, tmp_path / "gate")
    headers = {"Authorization": f"Bearer {token(server.root, 'viewer')}"}

    async def follow_all() -> list[str]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=120, limits=limits) as many:
            began = [asyncio.Event() for _ in range(100)]

            async def one(is_there: asyncio.Event) -> str:
                async with many.stream("GET", f"{RUNS}/{run_id}/stream") as answer:
                    text = ""
                    async for piece in answer.aiter_text():
                        is_there.set()
                        text += piece
                    return text

            tasks = [asyncio.create_task(one(each)) for each in began]
            await asyncio.gather(*(each.wait() for each in began))
            refused = await many.get(f"{RUNS}/{run_id}/stream")
            assert (refused.status_code, refused.json()["code"]) == (429, "MW-H307")
            (tmp_path / "gate").touch()
            return await asyncio.gather(*tasks)

    for text in asyncio.run(follow_all()):
        require_whole(list(events_of(iter(text.splitlines()))), run_of(client, run_id))


def test_a_server_that_is_asked_to_end_ends_streams_and_says_when_to_come_back(place: Path, tmp_path: Path) -> None:
    with serving(place, folder=tmp_path) as first, first.client() as client:
        run_id = start(client, tmp_path / "gate")
        with client.stream("GET", f"{RUNS}/{run_id}/stream") as answer:
            lines = answer.iter_lines()
            event = next(events_of(lines))
            threading.Timer(0.1, first.process.terminate).start()
            rest = list(events_of(lines))
        assert first.process.wait(60) == 0
        assert all(each.kind != "end" for each in rest)
    (tmp_path / "gate").touch()
    with serving(place, folder=tmp_path) as second, second.client() as client:
        last = rest[-1].id if rest else event.id
        assert follow(client, run_id, last)[-1].data["state"] == "succeeded"
