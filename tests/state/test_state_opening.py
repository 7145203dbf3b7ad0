"""Opening: where the database is, what is refused, and what the world can do to it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from state_samples import DAYS, NOW, SECOND, make_publication, make_version, standing, take

from meshwright.diagnostics import InputError, MeshwrightError, WorldError
from meshwright.state import dialect
from meshwright.state.database import open_state
from meshwright.state.errors import NewerDatabase
from meshwright.state.protocol import State
from meshwright.state.records import FootprintKey
from meshwright.state.sqlite import use_write_ahead_log

URL = "sqlite:///.meshwright/state.db"


def refusal(url: str, root: Path) -> MeshwrightError:
    with pytest.raises(MeshwrightError) as refused:
        open_state(url, root=root).close()
    return refused.value


def test_a_relative_path_is_relative_to_the_mesh_root_and_its_folder_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    open_state("sqlite:///deep/er/state.db", root=tmp_path).close()
    assert (tmp_path / "deep" / "er" / "state.db").is_file()
    open_state(f"sqlite:///{tmp_path}/absolute.db", root=Path("/nowhere")).close()
    assert (tmp_path / "absolute.db").is_file()


def test_what_was_recorded_is_there_after_reopening(tmp_path: Path) -> None:
    for step in range(3):
        state = open_state(URL, root=tmp_path)
        assert state.reader.generation("prod") == step
        state.writer.publish(make_publication(take(state), {"a": str(step)}, {}), NOW)
        state.close()
    assert not (tmp_path / ".meshwright" / "state.db-wal").exists()


def test_two_states_on_one_file_see_each_others_changes(file_state: State, tmp_path: Path) -> None:
    other = open_state(URL, root=tmp_path)
    file_state.writer.publish(make_publication(take(file_state), {"a": "1"}, {}), NOW)
    assert standing(other) == {"a": "1"}
    other.close()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "MW-D101"),
        ("no address", "MW-D101"),
        ("sqlite:///state.db?mode=ro", "MW-D101"),
        ("sqlite:///file:state.db", "MW-D101"),
        ("sqlite://host/state.db", "MW-D101"),
        ("sqlite:///a\0b", "MW-D101"),
        ("postgresql+psycopg2://ana:secret@db/mesh", "MW-D102"),
        ("sqlite+aiosqlite:///state.db", "MW-D102"),
        ("nonsense://x", "MW-D102"),
        ("mysql://ana:secret@db:notaport/mesh", "MW-D101"),
        ("postgresql://ana:secret@db:notaport/mesh", "MW-D101"),
    ],
)
def test_an_address_that_is_none_is_refused_without_showing_a_password(url: str, code: str, tmp_path: Path) -> None:
    error = refusal(url, tmp_path)
    assert isinstance(error, InputError)
    assert error.first.code == code
    assert "secret" not in str(error)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"hello", b"SQLite format 3\0" + b"\1" * 4096, b"PAR1" * 1000])
def test_a_file_that_is_no_database_is_refused_and_not_touched(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    file.write_bytes(content)
    error = refusal("sqlite:///state.db", tmp_path)
    assert error.first.code in {"MW-D103", "MW-D108"}
    assert file.read_bytes() == content


def test_another_programs_database_is_refused_and_not_changed(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("create table alembic_version (version_num text)")
    before = file.read_bytes()
    error = refusal("sqlite:///state.db", tmp_path)
    assert isinstance(error, InputError)
    assert error.first.code == "MW-D103"
    assert file.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.db"]


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    (tmp_path / "state.db").touch()
    state = open_state("sqlite:///state.db", root=tmp_path)
    assert state.reader.generation("prod") == 0
    state.close()


def test_a_folder_or_a_file_in_the_way_is_a_world_error(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    for url in ("sqlite:///folder", "sqlite:///file/state.db"):
        error = refusal(url, tmp_path)
        assert isinstance(error, WorldError)
        assert error.first.code == "MW-D106"


def test_a_newer_database_is_refused_and_not_changed(tmp_path: Path, database_file: Path) -> None:
    open_state(URL, root=tmp_path).close()
    with closing(sqlite3.connect(database_file, isolation_level=None)) as connection:
        connection.execute("update meshwright_schema set version_num = '0099'")
    before = database_file.read_bytes()
    error = refusal(URL, tmp_path)
    assert isinstance(error, NewerDatabase)
    assert isinstance(error, InputError)
    assert error.first.code == "MW-D104"
    assert "0099" in error.first.message
    assert database_file.read_bytes() == before


def read_everything(root: Path) -> None:
    state = open_state(URL, root=root)
    try:
        list(state.reader.all_versions())
    finally:
        state.close()


def test_a_damaged_database_is_a_world_error(tmp_path: Path, database_file: Path) -> None:
    state = open_state(URL, root=tmp_path)
    state.writer.commit_versions([make_version(str(i)) for i in range(200)], [])
    state.close()
    data = bytearray(database_file.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    database_file.write_bytes(data)
    with pytest.raises(WorldError) as refused:
        read_everything(tmp_path)
    assert refused.value.first.code == "MW-D108"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser writes everywhere")
def test_a_read_only_database_is_read_and_not_written(tmp_path: Path, database_file: Path) -> None:
    open_state(URL, root=tmp_path).close()
    database_file.chmod(0o444)
    state = open_state(URL, root=tmp_path)
    assert state.reader.generation("prod") == 0
    with pytest.raises(WorldError) as refused:
        take(state)
    state.close()
    assert refused.value.first.code == "MW-D107"


def test_a_lock_held_too_long_is_a_world_error_and_goes_away(
    tmp_path: Path, database_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialect, "BUSY_TIMEOUT_S", 0.05)
    state = open_state(URL, root=tmp_path)
    with closing(sqlite3.connect(database_file, isolation_level=None)) as other:
        other.execute("begin immediate")
        assert state.reader.generation("prod") == 0
        with pytest.raises(WorldError) as refused:
            take(state)
        assert refused.value.first.code == "MW-D109"
        assert refused.value.retryable
        other.execute("rollback")
    assert take(state).token == 1
    state.close()


def test_a_full_disk_is_a_world_error_and_changes_nothing(file_state: State, database_file: Path) -> None:
    lease = take(file_state)
    file_state.writer.publish(make_publication(lease, {"a": "1"}, {}), NOW)
    with pytest.raises(WorldError) as refused, _full_disk(file_state):
        file_state.writer.publish(make_publication(lease, dict.fromkeys(map(str, range(5000)), "2"), {}), NOW)
    assert refused.value.first.code == "MW-D110"
    assert standing(file_state) == {"a": "1"}
    assert file_state.writer.publish(make_publication(lease, {"a": "2"}, {"a": "1"}), NOW) == 2


class _full_disk:  # noqa: N801 - reads as a statement
    """Lets the database file not grow: SQLite then reports a full disk, the real code path."""

    def __init__(self, state: State) -> None:
        self._state = state

    def __enter__(self) -> None:
        self._limit("select 1; pragma max_page_count = 1")

    def __exit__(self, *_: object) -> None:
        self._limit("pragma max_page_count = 1000000")

    def _limit(self, text: str) -> None:
        with self._state._transactions.connect() as connection:  # type: ignore[attr-defined]
            connection.rows(text.rpartition(";")[2])


def test_opening_from_many_processes_at_once_makes_one_database(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from meshwright.state.database import open_state\n"
        f"state = open_state({URL!r}, root=Path(sys.argv[1])); print(state.reader.generation('prod')); state.close()"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for process in started:
        out, error = process.communicate(timeout=60)
        assert (process.returncode, out) == (0, b"0\n"), error.decode()


def test_importing_the_protocols_loads_no_database_library() -> None:
    program = (
        "import sys, meshwright.state, meshwright.state.protocol, meshwright.state.records, meshwright.state.errors\n"
        "assert not {'sqlalchemy', 'alembic', 'sqlite3'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_state_in_a_file_is_read_and_written_without_sqlalchemy(file_state: State, tmp_path: Path) -> None:
    program = (
        "import datetime as dt, sys; from pathlib import Path; from meshwright.state.database import open_state\n"
        f"state = open_state({URL!r}, root=Path(sys.argv[1]), host='here')\n"
        "assert state.writer.take_lease('run', 'here:1', dt.datetime.now(dt.UTC), 60).token == 1\n"
        "assert state.reader.lease('run').holder == 'here:1'\n"
        "state.close()\n"
        "assert not {'sqlalchemy', 'alembic'} & sys.modules.keys()"
    )
    file_state.close()
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=60)


def test_the_host_that_uses_a_database_keeps_it(tmp_path: Path) -> None:
    def open_on(host: str, later_s: int) -> None:
        open_state(URL, root=tmp_path, host=host, now=NOW + later_s * SECOND).close()

    open_on("alpha", 0)
    open_on("alpha", 10)
    with pytest.raises(InputError) as refused:
        open_on("beta", 60)
    assert refused.value.first.code == "MW-D105"
    assert "'alpha'" in refused.value.first.message
    open_on("alpha", 599)
    with pytest.raises(InputError):
        open_on("beta", 601)
    open_state(URL, root=tmp_path).close()  # a host that is not told is not checked


def test_a_database_moves_to_another_host_when_the_first_has_been_quiet(tmp_path: Path) -> None:
    open_state(URL, root=tmp_path, host="alpha", now=NOW).close()
    open_state(URL, root=tmp_path, host="beta", now=NOW + 601 * SECOND).close()
    with pytest.raises(InputError):
        open_state(URL, root=tmp_path, host="alpha", now=NOW + 602 * SECOND)


def test_a_live_lease_keeps_a_database_on_its_host(tmp_path: Path) -> None:
    state = open_state(URL, root=tmp_path, host="alpha", now=NOW)
    assert state.writer.take_lease("run", "alpha:1", NOW, 3600) is not None
    with pytest.raises(InputError):
        open_state(URL, root=tmp_path, host="beta", now=NOW + 700 * SECOND)
    state.close()


def test_a_state_that_is_not_there_is_empty_until_something_is_written(tmp_path: Path) -> None:
    state = open_state(URL, root=tmp_path, host="here", now=NOW, create=False)
    assert (state.reader.generation("prod"), state.reader.pointers("prod"), state.reader.runs()) == (0, {}, ())
    assert (state.reader.lease("run"), list(state.reader.all_versions()), state.reader.versions(["x"])) == (
        None,
        [],
        {},
    )
    key = FootprintKey(of="x", column="day", calendar=DAYS)
    assert (state.reader.pages(["x"]), state.reader.parts(["x"])) == ({}, {})
    assert (list(state.reader.all_parts()), state.reader.footprints([key])) == ([], {})
    lease = take(state)
    state.writer.publish(make_publication(lease, {"a": "1"}, {}), NOW)
    assert standing(state) == {"a": "1"}
    assert state.reader.lease(lease.name) == lease
    state.close()
    assert list(tmp_path.iterdir()) == []


def test_reading_a_state_that_is_not_there_loads_no_sqlalchemy(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from meshwright.state.database import open_state\n"
        f"state = open_state({URL!r}, root=Path(sys.argv[1]), create=False)\n"
        "assert state.reader.generation('prod') == 0\n"
        "state.close()\n"
        "assert 'sqlalchemy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=60)


def test_a_second_opening_gives_up_no_lock_of_the_first(tmp_path: Path) -> None:
    """Else a process that closes its own connection takes the log away under the first one, and the file is damaged."""
    code = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('select count(*) from runs').fetchone(); c.close()"
    with closing(open_state("sqlite:///state.db", root=tmp_path)) as first:
        first.writer.settle_note("key", "value")
        open_state("sqlite:///state.db", root=tmp_path).close()
        subprocess.run([sys.executable, "-c", code, str(tmp_path / "state.db")], check=True)
        assert (tmp_path / "state.db-wal").exists()
        first.writer.settle_note("another", "value")
    with closing(open_state("sqlite:///state.db", root=tmp_path)) as again:
        assert (again.reader.note("key"), again.reader.note("another")) == ("value", "value")


def test_a_log_that_another_process_just_turns_on_is_waited_for() -> None:
    """SQLite refuses this at once, however long its time-out is."""

    class Refused:
        tries = 0

        def value(self, _statement: str) -> str:
            self.tries += 1
            if self.tries < 3:
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error
            return "wal"

    connection = Refused()
    use_write_ahead_log(connection, "state.db")  # type: ignore[arg-type]  # all that it asks of one
    assert connection.tries == 3
