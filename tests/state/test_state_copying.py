"""Copies of a whole state: everything comes over, in both directions, or nothing that could be mistaken for it."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from state_samples import (
    DAYS,
    NOW,
    SECOND,
    make_delivery,
    make_event,
    make_evidence,
    make_firing,
    make_manifest,
    make_pause,
    make_provisioning,
    make_publication,
    make_request,
    make_run,
    make_step,
    make_subscription,
    make_trigger,
    make_version,
    make_watched,
    standing,
    take,
)

from meshwright.checks.spec import CheckSpec, Metric
from meshwright.diagnostics import InputError, MeshwrightError, RefusedError, WorldError
from meshwright.model import FileObservation, Footprint
from meshwright.model.calls import Call, CallKind
from meshwright.model.firings import Decided
from meshwright.model.keyed import KeyedRequest
from meshwright.state import copying, rows, tables
from meshwright.state.alchemy import AlchemyConnection
from meshwright.state.copying import Copied, copy_state
from meshwright.state.database import open_state
from meshwright.state.protocol import State
from meshwright.state.records import (
    Definition,
    Environment,
    FootprintKey,
    InnerStepRecord,
    JobRecord,
    LogLine,
    ObjectKind,
    Pin,
    Revision,
    RuleVerdict,
    RunState,
    StopRequest,
    TokenKind,
    TokenRecord,
)
from meshwright.state.sqlite import SqliteConnection
from tests.postgres import Server
from tests.told_samples import make_told

LATER = NOW + 3600 * SECOND
FILE = "sqlite:///state.db"
OTHER_FILE = "sqlite:///other.db"


@pytest.fixture(params=["sqlite to postgresql", "postgresql to sqlite", "sqlite to sqlite"])
def urls(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Addresses of a state and of an empty place for its copy."""
    if request.param == "sqlite to sqlite":
        return FILE, OTHER_FILE
    server: Server = request.getfixturevalue("postgres")
    there = server.url(server.new_schema())
    return (FILE, there) if request.param == "sqlite to postgresql" else (there, FILE)


@pytest.fixture
def filled(urls: tuple[str, str], tmp_path: Path) -> Iterator[State]:
    """A state with something in every table, twice in those that have a history."""
    with closing(open_state(urls[0], root=tmp_path, host="alpha" if urls[0] == FILE else None, now=NOW)) as state:
        fill(state)
        yield state


def fill(state: State) -> None:
    writer = state.writer
    lease = take(state, "run:run-000001")
    run = make_run(files={"mesh.yaml": "b1"}, planned='{"ü": 1}')
    writer.start_run(run, [make_step("build:d.p.a")], {"b1": b"\x00\xff", "b2": b""})
    writer.record_steps(run.id, [], [LogLine(at=NOW, level="info", step=None, text=f"line {i}") for i in range(3)])
    writer.record_inner_steps(run.id, "build:d.p.a", [InnerStepRecord(name="ü", kind="task", state="running")])
    writer.request_stop(StopRequest(run_id=run.id, token=1, at=NOW, by="ü"))
    state.outside.record(make_told(text="ü"), NOW)
    writer.start_job(
        JobRecord(id="j", node="d.p.a", trigger="t", run_id=run.id, tool="shell", state="starting", started_at=NOW)
    )
    versions = [make_version(str(i), "d.p.a", is_opaque=bool(i % 2), seconds=i / 3) for i in range(450)]
    writer.commit_versions(versions, [make_trigger(f"key {i}", version) for i, version in enumerate(versions[:5])])
    rule = CheckSpec(id="test:ü", dataset="d.p.a", metric=Metric.ROW_COUNT)
    evidence = make_evidence(versions[0].id, rule.fingerprint)
    writer.record_evidence(
        [make_evidence(versions[0].id, error="ü", value=0.1), make_evidence(versions[1].id), evidence],
        [RuleVerdict(spec=rule, evidence=evidence, environment="prod", at=NOW)] * 3,
    )
    writer.remember_definitions([Definition(fingerprint="f", text="select 'ü'", dialect="duckdb", parser="1")])
    observation = FileObservation(path="ü.csv", size_bytes=1, mtime_ns=2, inode=2**64 - 1, hash="h", hashed_at_ns=3)
    writer.remember_observations([observation])
    for step in range(3):
        moves = {"d.p.a": versions[step].id, "d.p": f"r{step}"}
        revision = Revision(id=f"r{step}", kind=ObjectKind.PRODUCT, object="d.p", document='{"n": 1}')
        writer.publish(make_publication(lease, moves, {}, revisions=(revision,)), NOW)
    writer.create_sandbox(Environment(name="box", base="prod", created_at=NOW, touched_at=NOW, options='{"rows":1}'))
    box = make_publication(lease, {"d.p.a": None}, {}, environment="box")
    writer.publish(replace(box, base="prod"), NOW)
    writer.set_pins("box", [Pin(environment="box", object="d.p", revision="r2", at=NOW, by="ana", reason="ü")], [])
    writer.finish_run(make_run(state=RunState.SUCCEEDED, finished_at=NOW, generation=3, report="{}"))
    writer.hold_versions(lease, [versions[9].id])
    writer.create_sandbox(Environment(name="gone", base="prod", created_at=NOW, touched_at=NOW))
    shown = make_publication(lease, {"d.p.a": versions[7].id}, {}, environment="gone", kind=ObjectKind.DATASET)
    writer.publish(replace(shown, base="prod"), NOW)
    writer.delete_sandbox("gone")
    state.collector.mark(lease, [versions[8].id], [], NOW)
    daily, pages, parts = make_manifest("daily", 400)
    writer.commit_parts(parts)
    assert writer.commit_manifest(daily, pages) == daily
    key = FootprintKey(of=daily.id, column="day", calendar=DAYS)
    writer.remember_footprints({key: Footprint(ranges=((1, 5), (9, 2**40)), outside=3)})
    state.schedules.receive([make_event("1"), make_event("2", handled_at=NOW)])
    decided = Decided(
        environment="prod", watched=(make_watched(),), firings=(make_firing(), make_firing("b", late_at=NOW))
    )
    state.schedules.record(lease, decided, NOW)
    state.schedules.pause([make_pause()])
    for name in ("a", "b"):
        state.requests.submit(make_request(name))
    token = TokenRecord(
        id="0123456789ab", kind=TokenKind.BEARER, digest="d", role="viewer", domain="ü", purpose="", created_at=NOW,
        created_by="ana", expires_at=None,
    )  # fmt: skip
    state.tokens.add(token)
    call = Call(
        id="r1", at=NOW, token="t", caller="ü", domain="d", kind=CallKind.DATA, action="read", object="d.p/ü", status=200,
        rows=2**40, bytes=2**41, seconds=0.5,
    )  # fmt: skip
    state.calls.record([call, replace(call, id="r2")])
    state.keyed.begin(KeyedRequest(token="t", key="k ü", digest="d", holder="me:1", at=NOW))
    writer.begin_provisioning(lease, make_provisioning())
    state.outbox.subscribe(make_subscription(), 10)
    state.outbox.spread(lease, [make_delivery(1), make_delivery(2)], (), {"sub_a": 2}, NOW)


def copy(urls: tuple[str, str], root: Path, now: dt.datetime = LATER) -> Copied:
    return copy_state(urls[0], urls[1], root=root, host=None, now=now, is_gone=lambda _: False)


def everything(state: State) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as the database gives it."""
    with state._transactions.read() as connection:  # type: ignore[attr-defined]
        return {
            table.name: sorted((row for part in rows.read_table(table, connection) for row in part), key=repr)
            for table in rows.all_tables()
        }


def test_a_copy_holds_every_row_of_every_table(filled: State, urls: tuple[str, str], tmp_path: Path) -> None:
    before = everything(filled)
    copied = copy(urls, tmp_path)
    assert everything(filled) == before
    with closing(open_state(urls[1], root=tmp_path)) as there:
        found = everything(there)
    assert found.pop("leases") == [("run:run-000001", "", 1, 0)]
    assert before.pop("leases") != []
    assert [row for row in before.pop("meta") if row[0] != "host"] == found.pop("meta")
    assert found == before
    assert [n for n, v in found.items() if not v] == [], "every table is filled, so that each is proved"
    assert copied.rows["versions"] == 451
    assert sum(copied.rows.values()) == sum(map(len, found.values())) + 1


@pytest.mark.slow
def test_a_database_may_wait_for_the_other_one(
    filled: State, urls: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a server a transaction that does nothing for long is ended, but not that of a copy."""
    monkeypatch.setattr("meshwright.state.postgresql._IDLE_LIMIT_S", 1)
    honest = copying.copy_table

    def slow(table: object, *rest: object) -> object:
        time.sleep(1.5 if table is tables.versions.versions else 0)
        return honest(table, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(copying, "copy_table", slow)
    assert copy(urls, tmp_path).rows["versions"] == 451


def test_a_copy_goes_on_as_the_state_would(filled: State, urls: tuple[str, str], tmp_path: Path) -> None:
    """Generations, tokens and the numbers of triggers and log lines go on, none is used again."""
    copy(urls, tmp_path)
    with closing(open_state(urls[1], root=tmp_path)) as there:
        assert [standing(there, generation=number) for number in range(4)] == [
            standing(filled, generation=number) for number in range(4)
        ]
        assert there.reader.generations("prod") == filled.reader.generations("prod")
        lease = take(there, "run:run-000001", now=LATER)
        assert lease.token == 2
        back = {"d.p.a": standing(there, generation=1)["d.p.a"]}
        assert there.writer.publish(make_publication(lease, back, {"d.p": "r2"}), LATER) == 4
        version = make_version("new", "d.p.a")
        there.writer.commit_versions([version], [make_trigger("new", version)])
        assert there.reader.last_triggers(["d.p.a"])["d.p.a"].key == "new"
        there.writer.record_steps("run-000001", [], [LogLine(at=NOW, level="info", step=None, text="last")])
        assert [line.text for line in there.reader.logs("run-000001")] == ["line 0", "line 1", "line 2", "last"]


def test_there_and_back_again_is_the_same_digest(filled: State, urls: tuple[str, str], tmp_path: Path) -> None:
    first = copy(urls, tmp_path)
    second = copy((urls[1], "sqlite:///back.db"), tmp_path)
    third = copy(("sqlite:///back.db", "sqlite:///further.db"), tmp_path)
    assert second.digest == third.digest
    assert {**first.rows, "meta": 0} == {**second.rows, "meta": 0}


def refusal(urls: tuple[str, str], root: Path, now: dt.datetime = LATER) -> MeshwrightError:
    with pytest.raises(MeshwrightError) as refused:
        copy(urls, root, now)
    return refused.value


def test_a_database_that_holds_a_state_is_not_copied_into(filled: State, urls: tuple[str, str], tmp_path: Path) -> None:
    with closing(open_state(urls[1], root=tmp_path)) as there:
        take(there)
        before = everything(there)
        error = refusal(urls, tmp_path)
        assert isinstance(error, InputError)
        assert error.first.code == "MW-D119"
        assert everything(there) == before
    assert refusal((urls[0], urls[0]), tmp_path).first.code == "MW-D119"
    assert refusal((urls[0], "sqlite://"), tmp_path).first.code == "MW-D119"


def test_where_no_state_is_there_is_nothing_to_copy(urls: tuple[str, str], tmp_path: Path) -> None:
    error = refusal(urls, tmp_path)
    assert error.first.code == "MW-D119"
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_going_on_is_not_cut_off(filled: State, urls: tuple[str, str], tmp_path: Path) -> None:
    error = refusal(urls, tmp_path, now=NOW + 30 * SECOND)
    assert isinstance(error, RefusedError)
    assert error.first.code == "MW-D120"
    assert "run run-000001" in error.first.message
    copied = copy_state(urls[0], urls[1], root=tmp_path, host=None, now=NOW, is_gone=lambda holder: holder == "alpha:1")
    assert copied.rows["leases"] == 1


def test_a_copy_that_comes_out_different_is_marked_and_a_second_try_works(
    filled: State, urls: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lossy(honest: Callable[..., None]) -> Callable[..., None]:
        def change_many(to: object, statement: str, values: list[tuple[object, ...]]) -> None:
            honest(to, statement, values[1:] if "check_id" in statement else values)

        return change_many

    for connection in (SqliteConnection, AlchemyConnection):
        monkeypatch.setattr(connection, "change_many", lossy(connection.change_many))
    error = refusal(urls, tmp_path)
    assert isinstance(error, WorldError)
    assert error.first.code == "MW-D121"
    monkeypatch.undo()
    assert_marked_then_copied(urls, tmp_path)


def test_a_state_that_changes_while_it_is_copied_is_noticed(
    filled: State, urls: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = copying.copy_table

    def slow(table: object, *rest: object) -> object:
        if table is tables.versions.versions:
            filled.writer.commit_versions([make_version("meanwhile")], [])
        return honest(table, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(copying, "copy_table", slow)
    error = refusal(urls, tmp_path)
    assert error.first.code == "MW-D121"
    assert "+1 in 'versions'" in error.first.message
    monkeypatch.undo()
    assert_marked_then_copied(urls, tmp_path)


_KILLED = """
import datetime as dt, os, signal, sys
from pathlib import Path
from meshwright.model.calls import Call, CallKind
from meshwright.model.firings import Decided
from meshwright.model.keyed import KeyedRequest
from meshwright.state import copying

honest = copying.copy_table
def dying(table, *rest):
    if table.name == "runs":
        os.kill(os.getpid(), signal.SIGKILL)
    return honest(table, *rest)
copying.copy_table = dying
now = dt.datetime.fromisoformat(sys.argv[4])
copying.copy_state(sys.argv[1], sys.argv[2], root=Path(sys.argv[3]), host=None, now=now, is_gone=lambda _: False)
"""


def test_a_copy_that_is_killed_leaves_a_marked_database_and_a_second_try_works(
    filled: State, urls: tuple[str, str], tmp_path: Path
) -> None:
    words = [sys.executable, "-c", _KILLED, *urls, str(tmp_path), LATER.isoformat()]
    assert subprocess.run(words, timeout=60, check=False).returncode == -signal.SIGKILL
    assert_marked_then_copied(urls, tmp_path)


def assert_marked_then_copied(urls: tuple[str, str], root: Path) -> None:
    for create in (True, False):
        with pytest.raises(InputError) as refused:
            open_state(urls[1], root=root, create=create).close()
        assert refused.value.first.code == "MW-D118"
    copied = copy(urls, root)
    with closing(open_state(urls[1], root=root)) as there:
        assert len(everything(there)["versions"]) == copied.rows["versions"] >= 450
