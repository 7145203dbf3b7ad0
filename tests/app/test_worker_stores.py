"""Files that arrive in a store elsewhere: told by ETag, a page at a time, and a store that is away harms nothing."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from meshwright.app.collection import CollectionOptions, collect
from meshwright.app.environments import open_state_alone
from meshwright.app.runs import list_runs
from meshwright.app.scheduling_events import list_events
from meshwright.app.scheduling_files import SeenFile
from meshwright.app.scheduling_remote import RemoteWatch
from meshwright.app.scheduling_scheduler import Scheduler, SchedulerOptions
from meshwright.app.scheduling_worker import WorkerOptions, work
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.model import Strength
from meshwright.model.firings import FILE_ARRIVED
from meshwright.model.triggers import OnFile, Overlap, Trigger
from meshwright.secrets import Secrets
from meshwright.sources.arrivals import Place, list_objects
from meshwright.sources.context import Patience
from tests.app.test_outside_nodes import mesh_of
from tests.s3_server import s3_server

pytest.importorskip("s3fs")
QUICK = Patience(timeout_s=5, attempts=1)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of an S3 server (moto) on loopback."""
    with s3_server() as address:
        yield address


@pytest.fixture
def bucket(endpoint: str) -> tuple[Any, str]:
    """A file system, and a bucket of its own."""
    import s3fs

    system = s3fs.S3FileSystem(
        key="testing", secret="testing", endpoint_url=endpoint, skip_instance_cache=True, use_listings_cache=False
    )
    name = f"b{uuid.uuid4().hex[:12]}"
    system.mkdir(name)
    return system, name


def place(endpoint: str, url: str) -> Place:
    options = {"key": "testing", "secret": "${env:S3_SECRET}", "endpoint_url": endpoint}
    return Place(url=url, options=options, by="ops.flights:came")


SECRETS = {"S3_SECRET": "testing"}


def names(endpoint: str, url: str, **options: int) -> list[str]:
    found = list_objects(place(endpoint, url), Secrets(Path(), SECRETS), QUICK, **options)
    return [each.url.partition("//")[2].partition("/")[2] for each in found]


def test_a_pattern_finds_what_it_says_and_nothing_hidden(endpoint: str, bucket: tuple[Any, str]) -> None:
    system, name = bucket
    for key in ("in/a.csv", "in/b.txt", "in/.c.csv", "in/deep/d.csv", "in/x=1/y/e.csv", "out/f.csv", "in/ü 1.csv"):
        system.pipe(f"{name}/{key}", b"x")
    assert names(endpoint, f"s3://{name}/in/*.csv") == ["in/a.csv", "in/ü 1.csv"]
    assert names(endpoint, f"s3://{name}/in/**/*.csv") == ["in/a.csv", "in/deep/d.csv", "in/x=1/y/e.csv", "in/ü 1.csv"]
    assert names(endpoint, f"s3://{name}/*/a.csv") == ["in/a.csv"]
    assert names(endpoint, f"s3://{name}/in/a.csv") == ["in/a.csv"]
    assert names(endpoint, f"s3://{name}/none/*") == []


def test_more_than_a_page_is_listed_whole_and_more_than_the_bound_is_refused(
    endpoint: str, bucket: tuple[Any, str]
) -> None:
    system, name = bucket
    system.pipe({f"{name}/in/{number:05}.csv": b"x" for number in range(1203)})
    assert len(names(endpoint, f"s3://{name}/in/*.csv")) == 1203
    with pytest.raises(InputError) as refused:
        names(endpoint, f"s3://{name}/in/*.csv", most=1202)
    assert refused.value.first.code == "MW-S080"


def test_the_mark_is_the_etag(endpoint: str, bucket: tuple[Any, str]) -> None:
    system, name = bucket
    seen = []
    for content in (b"one", b"two", b"one"):
        system.pipe(f"{name}/a.csv", content)
        [found] = list_objects(place(endpoint, f"s3://{name}/*.csv"), Secrets(Path(), SECRETS), QUICK)
        assert (found.size_bytes, found.strength) == (3, Strength.SNAPSHOT)
        seen.append(found.mark)
    assert seen[0] == seen[2] != seen[1]


def test_a_store_without_etags_is_told_by_size_and_time(tmp_path: Path) -> None:
    (tmp_path / "in/deep").mkdir(parents=True)
    for file in ("in/a.csv", "in/deep/b.csv"):
        (tmp_path / file).write_text("x")
    where = Place(url=f"file://{tmp_path}/in/*.csv", options={}, by="a.b:c")
    [found] = list_objects(where, Secrets(Path(), {}), QUICK)
    assert found.url == f"file://{tmp_path}/in/a.csv"
    assert found.strength is Strength.SIZE_AND_TIME
    assert " " not in found.mark


@pytest.mark.parametrize(
    ("url", "options", "code"),
    [
        ("s3://{bucket}-none/*.csv", {}, "MW-S081"),
        ("s3://{bucket}/*.csv", {"endpoint_url": "http://127.0.0.1:9"}, "MW-S081"),
        ("s3://{bucket}/*.csv", {"secret": "${env:NOT_SET}"}, "MW-X602"),
        ("nothing://{bucket}/*.csv", {}, "MW-S081"),
    ],
)
def test_what_cannot_be_listed_is_told_without_secrets(
    endpoint: str, bucket: tuple[Any, str], url: str, options: dict[str, str], code: str
) -> None:
    where = place(endpoint, url.format(bucket=bucket[1]))
    where = Place(url=where.url, options={**where.options, **options}, by=where.by)
    with pytest.raises((InputError, WorldError)) as refused:
        list_objects(where, Secrets(Path(), {"S3_SECRET": "hush-hush-hush"}), QUICK)
    assert refused.value.first.code == code
    assert "hush" not in refused.value.first.message


def watching(tmp_path: Path, endpoint: str, name: str) -> Workspace:
    options = f'{{key: testing, secret: "${{env:S3_SECRET}}", endpoint_url: "{endpoint}"}}'
    flow = f"""
    nodes: {{note: {{shell: 'echo x'}}}}
    triggers:
      - {{name: came, file: "s3://{name}/in/*.csv", options: {options}}}
    """
    return mesh_of(tmp_path, flow)


def arrived(workspace: Workspace) -> list[str]:
    events = [event for event in reversed(list_events(workspace, 100)) if event.type == FILE_ARRIVED]
    return [event.id.split(" ")[0].rpartition("/")[2] for event in events]


def test_objects_that_arrive_start_runs_once(
    tmp_path: Path, endpoint: str, bucket: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3_SECRET", "testing")
    system, name = bucket
    workspace = watching(tmp_path, endpoint, name)
    system.pipe(f"{name}/in/old.csv", b"x")

    def started() -> int:
        return work(workspace, WorkerOptions(is_until_idle=True), lambda _: None).started

    assert started() == 0, "what is there when the trigger is first seen did not arrive"
    for key in ("a.csv", "b.csv"):
        system.pipe(f"{name}/in/{key}", b"x")
    assert [started(), started()] == [1, 0]
    system.pipe(f"{name}/in/a.csv", b"other")
    assert started() == 1
    assert arrived(workspace) == ["old.csv", "a.csv", "b.csv", "a.csv"]
    mesh = workspace.root / "mesh.yaml"
    mesh.write_text(mesh.read_text() + "retention: {events: 0s}\n")
    system.rm(f"{name}/in/b.csv")
    report = collect(workspace, CollectionOptions())
    assert report.failed == ()
    assert arrived(workspace) == ["old.csv", "a.csv"], "what is gone, or was written over, is forgotten"
    assert started() == 0, "what is there does not arrive again"
    assert len(list_runs(workspace)) == 2


def test_events_of_a_store_that_is_away_are_kept_and_told(
    tmp_path: Path, endpoint: str, bucket: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3_SECRET", "testing")
    system, name = bucket
    workspace = watching(tmp_path, endpoint, name)
    system.pipe(f"{name}/in/old.csv", b"x")
    work(workspace, WorkerOptions(is_until_idle=True), lambda _: None)
    mesh = workspace.root / "mesh.yaml"
    mesh.write_text(mesh.read_text() + "retention: {events: 0s}\n")
    pipeline = tmp_path / "domains/ops/flights/pipeline.yaml"
    pipeline.write_text(pipeline.read_text().replace(endpoint, "http://127.0.0.1:9"))
    report = collect(workspace, CollectionOptions())
    assert [found.code for found in report.failed] == ["MW-S081"]
    assert arrived(workspace) == ["old.csv"]


TRIGGER = Trigger(product="a.b", name="c", fires=OnFile(glob="s3://x/*"), overlap=Overlap.QUEUE)


def until(found: Callable[[], object]) -> object:
    end = time.monotonic() + 60
    while (answer := found()) is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    return answer


def test_a_store_that_is_away_is_told_once_and_asked_again_the_more_seldom() -> None:
    clock, told, asked = [0.0], [], []
    is_away = [True]

    def lister(_: Trigger) -> tuple[SeenFile, ...]:
        asked.append(clock[0])
        if is_away[0]:
            raise WorldError(Diagnostic(code="MW-S081", message="away"))
        return ()

    watch = RemoteWatch(lister=lister, tell=told.append, clock=lambda: clock[0])

    def look() -> tuple[SeenFile, ...] | None:
        found = watch.taken(TRIGGER)
        until(lambda: None if watch._watches[TRIGGER.address].is_under_way else True)
        return found

    while clock[0] < 2_000:
        assert look() is None
        clock[0] += 1
    assert told == ["away; it is tried again"]
    assert asked[:5] == [0, 5, 15, 35, 75]
    assert max(later - sooner for sooner, later in itertools.pairwise(asked)) <= 301
    is_away[0] = False
    clock[0] += 301
    look()
    assert look() == ()
    assert told[1:] == ["a.b:c: s3://x/* can be listed again"]


def test_a_slow_store_holds_no_look_up_and_its_trigger_is_not_watched_before_it_was_listed(tmp_path: Path) -> None:
    answers = threading.Event()

    def lister(_: Trigger) -> tuple[SeenFile, ...]:
        answers.wait(60)
        return (SeenFile(path="s3://x/in/a.csv", size_bytes=1, mark="e", strength=Strength.SNAPSHOT),)

    workspace = watching(tmp_path, "http://127.0.0.1:9", "x")
    with open_state_alone(workspace, create=True) as opened:
        scheduler = Scheduler(workspace=workspace, state=opened.state, options=SchedulerOptions(), tell=lambda _: None)
        scheduler.remote.lister = lister
        assert scheduler.hold()
        for _ in range(3):
            scheduler.look()
        assert opened.state.schedules.watched("prod") == {}
        answers.set()

        def is_watched() -> bool | None:
            scheduler._files_at_s = 0.0
            scheduler.look()
            return True if opened.state.schedules.watched("prod") else None

        until(is_watched)
        [event] = opened.state.schedules.events()
        assert event.handled_at is not None
        assert opened.state.schedules.firings("prod") == ()
        scheduler.release()
