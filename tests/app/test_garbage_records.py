"""`gc` and what is recorded beside versions: effects are done once for ever, everything else is forgotten in time."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from meshwright.app import collection_records
from meshwright.app.apply import RunOptions, apply
from meshwright.app.collection import CollectionOptions, CollectionReport, collect
from meshwright.app.keepers import explain_kept
from meshwright.app.scheduling_events import list_events, send_events
from meshwright.app.scheduling_worker import WorkerOptions, work
from meshwright.app.verify import verify
from meshwright.app.workspace import Workspace
from meshwright.crashpoints import CrashPoint
from meshwright.faces.cli.main import main
from meshwright.model.happenings import TOLD_TYPES
from meshwright.state.records import RunState
from tests.app.test_outside_nodes import actions, mesh_of, states, told
from tests.meshes import write_file

NOTHING = "retention: {generations: 0s, candidates: 0s, grace: 0s, jobs: 0s, events: 0s}\n"


def keep_nothing(workspace: Workspace) -> None:
    mesh = workspace.root / "mesh.yaml"
    mesh.write_text(mesh.read_text() + NOTHING)


def gc(workspace: Workspace, **options: object) -> CollectionReport:
    report = collect(workspace, CollectionOptions(**options))  # type: ignore[arg-type]
    assert report.failed == ()
    return report


def execute(workspace: Workspace, statement: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(workspace.root / ".meshwright/state.db")) as connection, connection:
        return connection.execute(statement, values).fetchall()


def model(workspace: Workspace, number: int) -> None:
    write_file(workspace.root, "domains/ops/flights/models/one.sql", f"select {number} as a\n")


def test_an_effect_is_never_done_twice_for_a_version_that_comes_back(tmp_path: Path) -> None:
    flow = f"""
    nodes:
      note: {{shell: "echo noted >> {tmp_path}/noted", after: [one]}}
      tell: {{shell: "echo told >> {tmp_path}/told", effects: external, after: [one, note]}}
    """
    shop = mesh_of(tmp_path, flow, one="select 1 as a")
    keep_nothing(shop)
    for number in (1, 2, 1, 2, 1):
        model(shop, number)
        assert apply(shop, RunOptions()).state is RunState.SUCCEEDED
        gc(shop)
        assert verify(shop).ok
    assert told(tmp_path) == ["told"] * 2
    assert told(tmp_path, "noted") == ["noted"] * 2, "what led to an effect stays: another one would be another effect"


def test_of_what_has_no_effect_the_outcome_stays_that_an_environment_stands_on(tmp_path: Path) -> None:
    flow = f"""
    nodes:
      note: {{shell: "echo noted >> {tmp_path}/noted", after: [one]}}
    """
    shop = mesh_of(tmp_path, flow, one="select 1 as a")
    keep_nothing(shop)
    for number in (1, 2):
        model(shop, number)
        apply(shop, RunOptions())
    foreseen = gc(shop, is_dry_run=True)
    report = gc(shop)
    assert {each.dataset for each in report.deleted} == {"ops.flights.note", "ops.flights.one"}
    assert {each.version for each in foreseen.deleted} == {each.version for each in report.deleted}
    assert foreseen.records.jobs == report.records.jobs
    assert len(report.records.jobs) == 2
    [standing] = explain_kept(shop, "ops.flights.note")
    assert standing.kept[0].words == "prod stands on it, the newest outcome of ops.flights.note there"
    assert set(actions(shop).values()) == {"reuse"}
    assert verify(shop).ok
    model(shop, 1)
    apply(shop, RunOptions())
    assert told(tmp_path, "noted") == ["noted"] * 3


def test_the_way_back_keeps_what_was_done_on_it(tmp_path: Path) -> None:
    flow = f"""
    nodes:
      note: {{shell: "echo noted >> {tmp_path}/noted", after: [one]}}
    """
    shop = mesh_of(tmp_path, flow, one="select 1 as a")
    mesh = shop.root / "mesh.yaml"
    mesh.write_text(mesh.read_text() + NOTHING.replace("generations: 0s", "generations: 1d"))
    for number in (1, 2, 1):
        model(shop, number)
        apply(shop, RunOptions())
        assert gc(shop).deleted == ()
    assert told(tmp_path, "noted") == ["noted"] * 2


def test_items_that_were_done_outside_stay_known_until_their_list_is_done(tmp_path: Path) -> None:
    command = f'test "$MESHWRIGHT_PARAM_ITEM" != bad || test -e {tmp_path}/mended && echo $MESHWRIGHT_PARAM_ITEM >> {tmp_path}/told'
    flow = f"""
    nodes:
      tell: {{shell: '{command}', effects: external, after: [one], for_each: [a, bad, c]}}
    """
    shop = mesh_of(tmp_path, flow, one="select 1 as a")
    keep_nothing(shop)
    assert states(apply(shop, RunOptions()))["tell"] == "failed"
    done = told(tmp_path)
    report = gc(shop)
    assert [(each.what, each.by, each.count) for each in report.records.kept] == [("job", "effect", len(done))]
    assert len(report.records.jobs) == 1, "the one that failed"
    (tmp_path / "mended").touch()
    assert states(apply(shop, RunOptions()))["tell"] == "succeeded"
    assert sorted(told(tmp_path)) == ["a", "bad", "c"]
    gc(shop)
    assert list((shop.root / ".meshwright/jobs").iterdir()) == []


def test_a_job_that_may_run_outside_is_never_dropped_nor_its_folder(tmp_path: Path) -> None:
    shop = mesh_of(tmp_path, "\n    nodes: {note: {shell: 'echo x'}}\n")
    keep_nothing(shop)
    apply(shop, RunOptions())
    jobs = shop.root / ".meshwright/jobs"
    (id_,) = execute(shop, "select id from jobs")[0]
    execute(shop, "update jobs set state = 'running', ended_at = null")
    for name in (str(id_), "mw-unknown", "mw-young", "not ours"):
        (jobs / name).mkdir()
        (jobs / name / "log").write_text("x" * 10)
    for path in (jobs / "mw-unknown", jobs / "mw-unknown/log", jobs / "not ours"):
        os.utime(path, (0, 0))
    report = gc(shop)
    assert [(folder.job, folder.size_bytes) for folder in report.records.folders] == [("mw-unknown", 10)]
    assert {path.name for path in jobs.iterdir()} == {id_, "mw-young", "not ours"}
    assert [(each.what, each.by) for each in report.records.kept] == [("job", "running")]
    [explained] = explain_kept(shop, str(id_))
    assert [kept.words for kept in explained.kept] == ["it runs outside, or nobody has heard yet that it has ended"]
    execute(shop, "update jobs set state = 'failed', ended_at = 1")
    assert gc(shop).records.jobs == (id_,)
    assert {path.name for path in jobs.iterdir()} == {"mw-young", "not ours"}


def test_a_job_starts_anew_after_the_record_of_it_is_gone(tmp_path: Path) -> None:
    """Its name is another one: outside, the old job may still be found under its own."""
    shop = mesh_of(tmp_path, f"\n    nodes: {{note: {{shell: 'test -e {tmp_path}/mended'}}}}\n")
    keep_nothing(shop)
    apply(shop, RunOptions())
    [failed] = execute(shop, "select id from jobs")
    gc(shop)
    (shop.root / "mended").touch()
    assert states(apply(shop, RunOptions())) == {"note": "succeeded"}
    [again] = execute(shop, "select id from jobs")
    assert again != failed


EVENT = b'{"specversion": "1.0", "id": "1", "source": "/s", "type": "org.example.closed"}'
TRIGGERED = """
    nodes: {note: {shell: 'echo x'}}
    triggers:
      - {name: closed, event: org.example.closed}
      - {name: came, file: in/*.csv, settle: 1ms}
    """


def runs_of(workspace: Workspace) -> int:
    report = work(workspace, WorkerOptions(is_until_idle=True), lambda _: None)
    return report.started


def told_by_runs(shop: Workspace) -> int:
    """Count the events that runs told; nothing keeps them."""
    return len([event for event in list_events(shop, 1000) if event.type in TOLD_TYPES])


def test_an_event_is_known_as_long_as_events_are_kept(tmp_path: Path) -> None:
    shop = mesh_of(tmp_path, TRIGGERED)
    mesh = shop.root / "mesh.yaml"
    plain = mesh.read_text()
    mesh.write_text(plain + NOTHING.replace("events: 0s", "events: 1h"))
    assert runs_of(shop) == 0
    for _ in range(2):
        send_events(shop, EVENT, "-")
    assert runs_of(shop) == 1
    (shop.root / "in").mkdir()
    (shop.root / "in/a.csv").write_text("a")
    assert runs_of(shop) == 1
    gc(shop)
    assert [sent.is_new for sent in send_events(shop, EVENT, "-")] == [False]
    mesh.write_text(plain + NOTHING)
    told = told_by_runs(shop)
    report = gc(shop)
    # The last firing of each trigger is told by `schedule list`, and an event that it names is known with it.
    assert (report.records.firings, report.records.events) == (0, told)
    assert {(each.by, each.count) for each in report.records.kept if each.what == "event"} == {
        ("firing", 1),
        ("file", 1),
    }
    second = EVENT.replace(b'"1"', b'"2"', 1).replace(b'"id": "1"', b'"id": "2"')
    send_events(shop, second, "-")
    assert runs_of(shop) == 1
    told = told_by_runs(shop)
    report = gc(shop)
    assert (report.records.firings, report.records.events) == (1, 1 + told)
    assert runs_of(shop) == 0, "the file that is still there does not arrive again"
    assert [sent.is_new for sent in send_events(shop, EVENT, "-")] == [True]
    assert runs_of(shop) == 1
    (shop.root / "in/a.csv").unlink()
    gc(shop)
    assert not any("arrived" in event.type for event in list_events(shop, 100))


@pytest.mark.parametrize(
    "point", [CrashPoint.GC_JOBS_FORGOTTEN, CrashPoint.GC_FOLDER_REMOVED, CrashPoint.GC_FIRINGS_FORGOTTEN]
)
def test_a_collection_that_dies_among_records_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: CrashPoint
) -> None:
    shop = mesh_of(tmp_path, TRIGGERED)
    keep_nothing(shop)
    runs_of(shop)
    for number in (1, 2):
        send_events(shop, EVENT.replace(b'"id": "1"', f'"id": "{number}"'.encode()), "-")
        runs_of(shop)
    for (id_,) in execute(shop, "select id from jobs"):
        folder = shop.root / ".meshwright/jobs" / str(id_)
        folder.mkdir()
        os.utime(folder, (0, 0))

    class Killed(BaseException):
        pass

    def dies(passed: CrashPoint) -> None:
        if passed is point:
            raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(collection_records, "reached", dies)
        with pytest.raises(Killed):
            gc(shop)
    gc(shop)
    assert execute(shop, "select count(*) from jobs") == [(0,)]
    assert list((shop.root / ".meshwright/jobs").iterdir()) == []
    assert execute(shop, "select count(*) from firings") == [(1,)]
    assert execute(shop, "select count(*) from events") == [(1,)]
    assert verify(shop).ok


def test_what_is_printed_tells_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = mesh_of(tmp_path, "\n    nodes: {note: {shell: 'echo x'}}\n")
    apply(shop, RunOptions())
    assert main(["-C", str(shop.root), "gc"]) == 0
    assert "kept 1 job: 1 in retention" in capsys.readouterr().out
    keep_nothing(shop)
    assert main(["-C", str(shop.root), "gc", "--dry-run"]) == 0
    assert "would forget 1 job, 2 events\n" in capsys.readouterr().out
    assert main(["-C", str(shop.root), "gc", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)["records"]
    assert len(records["jobs"]) == 1
    assert (records["folders"], records["firings"], records["events"], records["kept"]) == ([], 0, 2, [])


def test_durations_of_retention_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = mesh_of(tmp_path, "\n    nodes: {note: {shell: 'echo x'}}\n")
    mesh = shop.root / "mesh.yaml"
    mesh.write_text(mesh.read_text() + "retention: {jobs: soon, event: 1d}\n")
    assert main(["-C", str(shop.root), "check"]) == 2
    out = capsys.readouterr().out
    assert "jobs" in out
    assert "did you mean 'events'?" in out
