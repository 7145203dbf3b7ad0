"""What a server can do to a state: refuse, break off, go away, choose between two transactions."""

from __future__ import annotations

import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from state_samples import NOW, SECOND, make_publication, make_version, standing, take

from meshwright.diagnostics import InputError, MeshwrightError, WorldError
from meshwright.state import dialect, leases
from meshwright.state.connection import Connection
from meshwright.state.database import open_state
from meshwright.state.location import locate
from meshwright.state.protocol import State
from meshwright.state.records import Lease
from meshwright.state.transactions import Transactions
from tests.postgres import Server, require_binaries, running_server, start

ROOT = Path("/nowhere")
SECRET = "s3cret@:/%&'"


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.url(postgres.new_schema())


@pytest.fixture
def state(url: str) -> Iterator[State]:
    with closing(open_state(url, root=ROOT)) as opened:
        yield opened


def transactions_of(state: State) -> Transactions:
    found: Transactions = state._transactions  # type: ignore[attr-defined]
    return found


def refusal(url: str) -> MeshwrightError:
    with pytest.raises(MeshwrightError) as refused:
        open_state(url, root=ROOT).close()
    return refused.value


def backend(connection: Connection) -> int:
    found: int = connection.value("select pg_backend_pid()")
    return found


def test_other_spellings_of_the_address_name_the_same_database(url: str) -> None:
    with closing(open_state(url, root=ROOT)) as state:
        take(state)
        for spelling in ("postgresql", "postgres"):
            with closing(open_state(url.replace("postgresql+psycopg", spelling), root=ROOT)) as same:
                assert same.reader.lease("run") == state.reader.lease("run")


def test_an_empty_database_reads_as_empty_and_stays_so_without_create(url: str, postgres: Server) -> None:
    with closing(open_state(url, root=ROOT, create=False)) as state:
        assert state.reader.generation("prod") == 0
    schema = url.rpartition("%3D")[2]
    assert postgres.execute(f"select 1 from pg_tables where schemaname = '{schema}'") == []


def test_opening_from_many_threads_at_once_makes_one_database(url: str) -> None:
    found: list[int] = []

    def opening() -> None:
        with closing(open_state(url, root=ROOT)) as state:
            found.append(state.reader.generation("prod"))

    threads = [threading.Thread(target=opening) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [0] * 6


def test_another_programs_tables_are_refused_and_not_changed(url: str, postgres: Server) -> None:
    schema = url.rpartition("%3D")[2]
    postgres.execute(f"create table {schema}.alembic_version (version_num text)")
    assert refusal(url).first.code == "MW-D103"
    assert postgres.execute(f"select count(*) from pg_tables where schemaname = '{schema}'") == [(1,)]


def test_a_database_that_cannot_hold_every_name_is_refused(postgres: Server) -> None:
    postgres.execute("create database latin encoding 'LATIN1' locale 'C' template template0")
    error = refusal(postgres.url(database="latin"))
    assert isinstance(error, InputError)
    assert error.first.code == "MW-D103"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("/postgres?", "/nothing_here?"), "MW-D114"),
        (("meshwright@", "nobody@"), "MW-D114"),
        (("-csearch_path%3Ds", "-csearch_path%3Dabsent"), "MW-D114"),
        (("port=", "port=1"), "MW-D113"),
        (("host=/tmp/", "host=/tmp/no"), "MW-D113"),
        (("/postgres?", "/postgres?no_such_option=1&"), "MW-D101"),
        (("/postgres?", "/postgres?connect_timeout=never&"), "MW-D101"),
    ],
)
def test_a_server_that_cannot_be_used_is_said_plainly(url: str, change: tuple[str, str], code: str) -> None:
    error = refusal(url.replace(*change))
    assert error.first.code == code
    assert isinstance(error, WorldError) == (code == "MW-D113")


def test_a_wrong_password_is_refused_and_shown_nowhere(postgres: Server) -> None:
    url = postgres.loopback_url("meshwright", "s3cret")
    error = refusal(url)
    assert isinstance(error, InputError)
    assert error.first.code == "MW-D114"
    assert "127.0.0.1" in error.first.message
    told = [str(error), *traceback.format_exception(error), repr(locate(url, ROOT)), locate(url, ROOT).place]
    assert not any("s3cret" in words for words in told)


def test_the_drivers_words_lose_every_secret(postgres: Server) -> None:
    url = postgres.loopback_url("meshwright", "s3cret") + "?sslmode=s3cret"
    assert "s3cret" not in str(refusal(url))


def test_a_user_who_may_only_read_reads(url: str, postgres: Server, state: State) -> None:
    schema = url.rpartition("%3D")[2]
    state.writer.publish(make_publication(take(state), {"a": "1"}, {}), NOW)
    postgres.execute(
        "drop role if exists reader",
        "create role reader login",
        f"grant usage on schema {schema} to reader",
        f"grant select on all tables in schema {schema} to reader",
    )
    with closing(open_state(url.replace("meshwright@", "reader@"), root=ROOT, create=False)) as reading:
        assert standing(reading) == {"a": "1"}
        with pytest.raises(WorldError) as refused:
            take(reading, "other")
    assert refused.value.first.code == "MW-D107"
    postgres.execute("drop owned by reader", "drop role reader")


def test_a_row_locked_too_long_is_a_world_error_and_goes_away(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "BUSY_TIMEOUT_S", 0.2)
    with closing(open_state(url, root=ROOT)) as state, closing(open_state(url, root=ROOT)) as other:
        lease = take(state)
        with transactions_of(other).write() as holding:
            holding.rows("select * from leases for update")
            with pytest.raises(WorldError) as refused:
                state.writer.renew_lease(lease, NOW, 60)
        assert refused.value.first.code == "MW-D109"
        assert refused.value.retryable
        assert state.writer.renew_lease(lease, NOW, 60) is not None


def test_sessions_are_durable_patient_and_let_go_when_they_hang(state: State) -> None:
    with transactions_of(state).read() as connection:
        settings = {
            name: connection.value(f"show {name}")
            for name in ("lock_timeout", "idle_in_transaction_session_timeout", "synchronous_commit")
        }
    assert settings == {
        "lock_timeout": "30s",
        "idle_in_transaction_session_timeout": "1min",
        "synchronous_commit": "on",
    }


def test_a_session_that_the_server_ends_while_nothing_is_done_is_not_noticed(state: State, postgres: Server) -> None:
    lease = take(state)
    for step in range(3):
        end_sessions(state, postgres)
        assert state.reader.generation("prod") == step
        end_sessions(state, postgres)
        state.writer.publish(make_publication(lease, {"a": str(step)}, {}), NOW)


def end_sessions(state: State, postgres: Server) -> None:
    with transactions_of(state).read() as connection:
        pid = backend(connection)
    assert postgres.execute(f"select pg_terminate_backend({pid}, 5000)") == [(True,)]


def test_a_change_that_the_server_breaks_off_is_done_again_whole(state: State, postgres: Server) -> None:
    times: list[int] = []

    def work(connection: Connection) -> str:
        times.append(1)
        connection.change("insert into meta values ('a', '1')")
        if len(times) < 3:
            postgres.execute(f"select pg_terminate_backend({backend(connection)}, 5000)")
        connection.change("insert into meta values ('b', '1')")
        return "done"

    assert transactions_of(state).change(work) == "done"
    assert len(times) == 3
    with transactions_of(state).read() as connection:
        assert connection.rows("select key from meta order by key") == [("a",), ("b",)]


def test_a_connection_lost_at_the_commit_is_not_tried_again_for_nobody_knows(state: State, postgres: Server) -> None:
    times: list[int] = []

    def work(connection: Connection) -> None:
        times.append(1)
        connection.change("insert into meta values ('a', '1')")
        postgres.execute(f"select pg_terminate_backend({backend(connection)}, 5000)")

    with pytest.raises(WorldError) as refused:
        transactions_of(state).change(work)
    assert refused.value.first.code == "MW-D115"
    assert refused.value.retryable
    assert "whole or not at all" in refused.value.first.message
    assert times == [1]


@pytest.mark.parametrize(("failures", "is_done"), [(3, True), (100, False)])
@pytest.mark.parametrize("state_code", ["40001", "40P01"])
def test_a_change_that_lost_against_another_is_done_again_a_few_times(
    state: State, monkeypatch: pytest.MonkeyPatch, state_code: str, failures: int, is_done: bool
) -> None:
    monkeypatch.setattr("meshwright.state.transactions._CHANGE_PAUSES_S", (0.0,) * 5)
    times: list[int] = []

    def work(connection: Connection) -> None:
        times.append(1)
        connection.change("insert into meta values ('a', '1')")
        if len(times) <= failures:
            connection.change(f"do $$ begin raise sqlstate '{state_code}'; end $$")

    if is_done:
        transactions_of(state).change(work)
        assert len(times) == failures + 1
        return
    with pytest.raises(WorldError) as refused:
        transactions_of(state).change(work)
    assert (refused.value.first.code, len(times)) == ("MW-D109", 6)


def test_two_changes_that_wait_for_each_other_both_come_through(state: State) -> None:
    """A real deadlock: each holds what the other wants. The server ends one, which is done again."""
    both = threading.Barrier(2)
    transactions = transactions_of(state)
    with transactions.write() as connection:
        connection.change("insert into meta values ('a', ''), ('b', '')")

    def change(mine: str, other: str, times: list[int]) -> None:
        def work(connection: Connection) -> None:
            times.append(1)
            for key in (mine, other):
                connection.change(f"update meta set value = value || '{mine}' where key = '{key}'")
                if key == mine and len(times) == 1:
                    both.wait(10)

        transactions.change(work)

    times: tuple[list[int], list[int]] = ([], [])
    threads = [
        threading.Thread(target=change, args=("a", "b", times[0])),
        threading.Thread(target=change, args=("b", "a", times[1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(map(len, times)) == [1, 2]
    with transactions.read() as connection:
        assert {len(value) for (value,) in connection.rows("select value from meta")} == {2}


def test_a_lease_is_not_taken_over_in_the_middle_of_a_publication_under_it(state: State) -> None:
    lease = take(state)
    taken: list[Lease | None] = []
    later = NOW + 100 * SECOND
    taking = threading.Thread(target=lambda: taken.append(state.writer.take_lease("run", "beta:2", later, 60)))
    with transactions_of(state).write() as connection:
        leases.require(connection, lease, NOW)
        taking.start()
        taking.join(0.3)
        assert taken == []
    taking.join(30)
    assert [found.token for found in taken if found] == [2]


def test_an_error_that_is_ours_is_not_tried_again_and_not_explained_away(state: State) -> None:
    times: list[int] = []

    def work(connection: Connection) -> None:
        times.append(1)
        connection.change("select * from no_such_table")

    with pytest.raises(Exception, match="no_such_table"):
        transactions_of(state).change(work)
    assert times == [1]


def test_a_server_that_restarts_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binaries = require_binaries()
    with running_server() as first:
        state = open_state(first.url(), root=tmp_path)
        state.writer.publish(make_publication(take(state), {"a": "1"}, {}), NOW)
        first.stop()
        later: list[Any] = []
        waiting = threading.Thread(target=lambda: later.append(state.reader.generation("prod")))
        waiting.start()
        with start(binaries, first.folder, first.port):
            waiting.join(30)
            assert later == [1]
            assert state.writer.publish(make_publication(take(state), {"a": "2"}, {"a": "1"}), NOW) == 2
        monkeypatch.setattr("meshwright.state.transactions._CONNECT_PAUSES_S", (0.0, 0.1))
        with pytest.raises(WorldError) as refused:
            state.writer.commit_versions([make_version("a")], [])
        assert refused.value.first.code == "MW-D113"
        monkeypatch.setattr("meshwright.state.transactions._CONNECT_PAUSES_S", (3600.0,))
        with pytest.raises(WorldError):  # a server that was waited for in vain is not waited for again
            state.reader.generation("prod")
        state.close()


def test_without_the_driver_the_extra_is_named() -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from pathlib import Path; from meshwright.state.database import open_state\n"
        "try: open_state('postgresql://db/mesh', root=Path())\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    out = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60).stdout
    assert out.startswith("InputError MW-D116")
    assert "meshwright[postgres]" in out


def test_a_state_in_a_file_loads_no_driver_of_a_server(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from meshwright.state.database import open_state\n"
        "open_state('sqlite:///state.db', root=Path(sys.argv[1])).close()\n"
        "assert not {'psycopg', 'sqlalchemy.dialects.postgresql'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=60)
