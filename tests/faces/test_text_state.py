"""What people read of a state that moved and of a run that was repeated."""

from __future__ import annotations

from meshwright.app.repeat import RepeatedVersion, Repetition
from meshwright.app.state_migration import StateMigration
from meshwright.faces.status import repetition_status
from meshwright.faces.text.state import migration_lines, repetition_lines
from meshwright.faces.text.terminal import Look, look_of
from meshwright.run.report import RunReport
from meshwright.state.records import RunState


class _Stream:
    """A pipe that takes every character."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return False


LOOK: Look = look_of(_Stream(), {})  # type: ignore[arg-type]


def test_a_copy_says_what_to_write_into_mesh_yaml() -> None:
    migration = StateMigration(
        place="/m/state.db",
        schema_before="0001",
        schema="0001",
        target="postgresql://db/mesh",
        address="postgresql+psycopg://ana:${env:PW}@db/mesh",
        copied={"runs": 2, "versions": 3},
        digest="ab",
    )
    first, following, *_ = migration_lines(migration, LOOK)
    assert "copied 5 rows of 2 tables from /m/state.db to postgresql://db/mesh" in first
    assert "state: postgresql+psycopg://ana:${env:PW}@db/mesh" in following


def test_an_upgrade_says_from_which_to_which_and_where_the_copy_is() -> None:
    made = StateMigration(place="/m/state.db", schema_before=None, schema="0001")
    same = StateMigration(place="/m/state.db", schema_before="0001", schema="0001")
    newer = StateMigration(place="/m/state.db", schema_before="0001", schema="0002", backup="/m/state.db.before-0001")
    assert [migration_lines(each, LOOK)[0][2:] for each in (made, same, newer)] == [
        "made the state /m/state.db (schema 0001)",
        "the state /m/state.db is up to date (schema 0001)",
        "brought the state /m/state.db from schema 0001 to 0002",
    ]
    assert "/m/state.db.before-0001" in migration_lines(newer, LOOK)[1]


def repetition(*versions: RepeatedVersion, state: RunState = RunState.SUCCEEDED) -> Repetition:
    report = RunReport(
        run_id="r2", state=state, environment="prod", generation=3, steps=(), tests=(), published=(), not_published=(),
        seconds=1.0,
    )  # fmt: skip
    return Repetition(repeated="r1", versions=versions, report=report, notes=("made by meshwright 0.0.9",))


def test_a_repetition_names_what_differs_and_why_and_that_nothing_was_published() -> None:
    same = RepeatedVersion(dataset="a.b.c", recorded="1" * 32, version="1" * 32)
    other = RepeatedVersion(dataset="a.b.d", recorded="1" * 32, version="2" * 32, reasons=("it was read anew",))
    lost = RepeatedVersion(dataset="a.b.e", recorded="1" * 32, version=None, reasons=("it was not built this time",))
    lines = repetition_lines(repetition(same, other, lost), LOOK)
    text = "\n".join(lines)
    assert "a.b.c" not in text
    assert "it was read anew" in text
    assert "none now" in text
    assert "note: made by meshwright 0.0.9" in text
    assert lines[-1].endswith("run r1 repeated: 2 of 3 versions differ from the record; nothing was published")
    assert repetition_lines(repetition(same), LOOK)[-1].endswith(
        "1 version: the same as recorded; nothing was published"
    )


def test_the_status_says_no_where_a_version_differs_and_the_runs_own_where_it_failed() -> None:
    same = RepeatedVersion(dataset="a.b.c", recorded="1" * 32, version="1" * 32)
    other = RepeatedVersion(dataset="a.b.d", recorded="1" * 32, version="2" * 32)
    assert repetition_status(repetition(same)) == 0
    assert repetition_status(repetition(same, other)) == 1
    assert repetition_status(repetition(same, state=RunState.INTERRUPTED)) == 130
