"""Migrations: the same schema as a new database, and an old database survives whatever happens on the way."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from state_samples import NOW, make_manifest, make_publication, make_version, standing, take

from meshwright.diagnostics import InputError, WorldError
from meshwright.state import layout, migrate, tables
from meshwright.state.codec import version_values
from meshwright.state.database import open_state, upgrade_state
from meshwright.state.errors import NewerDatabase
from meshwright.state.migrate import Schema, run_migrations
from tests.postgres import Server

URL = "sqlite:///state.db"
_NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"


def upgrade():
    op.create_table("extra", sa.Column("id", sa.Text(), primary_key=True))
    with op.batch_alter_table("generations") as batch:
        batch.add_column(sa.Column("extra", sa.Text()))
    {then}
"""


def schema_text(file: Path) -> list[str]:
    """The whole schema of a database, blind to layout."""
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("select sql from sqlite_master where sql is not null order by type, name").fetchall()
    return [" ".join(statement.split()) for (statement,) in found]


def next_schema(folder: Path, then: str = "pass") -> Schema:
    """Our migrations and one more, which ends with the statement `then`."""
    scripts = folder / "migrations"
    shutil.copytree(Schema().scripts, scripts)
    (scripts / "versions" / "vnext.py").write_text(_NEXT.format(then=then, head=Schema().head))
    return Schema(versions=(*layout.SCHEMA_VERSIONS, "next"), scripts=scripts)


def test_the_statements_that_are_written_down_make_the_tables_described(tmp_path: Path) -> None:
    described, made = tmp_path / "described.db", tmp_path / "made.db"
    with closing(sqlite3.connect(described)) as connection:
        for statement in tables.creation("sqlite"):
            connection.execute(statement)
    with closing(sqlite3.connect(made)) as connection:
        connection.executescript(Path(migrate.__file__).with_name("tables.sql").read_text(encoding="utf-8"))
    assert schema_text(made) == schema_text(described) != []


def test_a_new_state_is_made_without_sqlalchemy(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from meshwright.state.database import open_state
open_state({URL!r}, root=Path({str(tmp_path)!r})).close()
assert "sqlalchemy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (tmp_path / "state.db").exists()


def used_database(root: Path) -> list[str]:
    """Make a database of this release with something in it, and return its schema."""
    state = open_state(URL, root=root)
    state.writer.commit_versions([make_version("a")], [])
    state.writer.publish(make_publication(take(state), {"a": "1"}, {}), NOW)
    state.close()
    return schema_text(root / "state.db")


def test_a_new_database_is_what_all_migrations_make(tmp_path: Path) -> None:
    open_state(URL, root=tmp_path).close()
    engine = create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    with engine.begin() as connection:
        run_migrations(connection, Schema())
    engine.dispose()
    assert schema_text(tmp_path / "state.db") == schema_text(tmp_path / "migrated.db")


def test_the_tables_are_what_all_migrations_make(tmp_path: Path) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        run_migrations(connection, Schema())
        context = MigrationContext.configure(connection, opts={"version_table": layout.VERSION_TABLE})
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() == Schema().head
    engine.dispose()


def test_an_older_database_is_migrated_with_everything_in_it_and_a_copy_aside(tmp_path: Path) -> None:
    before = used_database(tmp_path)
    schema = next_schema(tmp_path)
    for _ in range(2):
        state = open_state(URL, root=tmp_path, schema=schema)
        assert standing(state) == {"a": "1"}
        assert state.reader.versions([make_version("a").id]) == {make_version("a").id: make_version("a")}
        assert state.reader.generations("prod")[0].changed == {"a": (None, "1")}
        state.close()
    assert any("extra" in statement for statement in schema_text(tmp_path / "state.db"))
    assert schema_text(tmp_path / f"state.db.before-{Schema().head}") == before
    with pytest.raises(NewerDatabase):
        open_state(URL, root=tmp_path)


@pytest.mark.parametrize("then", ["raise RuntimeError('bad luck')", "op.execute('select * from nothing')"])
def test_a_migration_that_fails_leaves_the_old_database(tmp_path: Path, then: str) -> None:
    before = used_database(tmp_path)
    with pytest.raises(WorldError) as refused:
        open_state(URL, root=tmp_path, schema=next_schema(tmp_path, then))
    assert refused.value.first.code == "MW-D112"
    assert "next" in refused.value.first.message
    assert schema_text(tmp_path / "state.db") == before
    state = open_state(URL, root=tmp_path)
    assert standing(state) == {"a": "1"}
    state.close()


def test_a_migration_that_leaves_a_reference_to_nothing_is_undone(tmp_path: Path) -> None:
    before = used_database(tmp_path)
    with pytest.raises(WorldError) as refused:
        open_state(URL, root=tmp_path, schema=next_schema(tmp_path, "op.execute('delete from generations')"))
    assert "pointers" in refused.value.first.message
    assert schema_text(tmp_path / "state.db") == before


def test_a_process_killed_in_a_migration_leaves_the_old_database_and_the_next_one_migrates(tmp_path: Path) -> None:
    before = used_database(tmp_path)
    schema = next_schema(tmp_path, "__import__('os').kill(__import__('os').getpid(), 9)")
    program = (
        "import sys; from pathlib import Path; from meshwright.state.database import open_state\n"
        "from meshwright.state.migrate import Schema\n"
        f"open_state({URL!r}, root=Path(sys.argv[1]), schema=Schema(versions={schema.versions!r}, scripts=Path(sys.argv[2])))"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), str(schema.scripts)], timeout=60, check=False
    )
    assert killed.returncode == -9
    assert schema_text(tmp_path / "state.db") == before
    (schema.scripts / "versions" / "vnext.py").write_text(_NEXT.format(then="pass", head=Schema().head))
    state = open_state(URL, root=tmp_path, schema=schema)
    assert standing(state) == {"a": "1"}
    state.close()


def test_the_tables_on_a_server_are_what_all_migrations_make(postgres: Server, tmp_path: Path) -> None:
    urls = [postgres.url(postgres.new_schema()) for _ in range(2)]
    engine = create_engine(urls[0])
    with engine.begin() as connection:
        run_migrations(connection, Schema())
        context = MigrationContext.configure(connection, opts={"version_table": layout.VERSION_TABLE})
        assert compare_metadata(context, tables.metadata) == []
    engine.dispose()
    open_state(urls[1], root=tmp_path).close()
    made = []
    for url in urls:
        schema = url.rpartition("%3D")[2]
        columns = (
            "select table_name, column_name, data_type, is_nullable, collation_name, ordinal_position"
            f" from information_schema.columns where table_schema = '{schema}' order by 1, 2"
        )
        indexes = f"select replace(indexdef, '{schema}.', '') from pg_indexes where schemaname = '{schema}' order by 1"
        made.append([postgres.execute(columns), postgres.execute(indexes)])
    assert made[0] == made[1]
    assert all(row[4] == "C" for row in made[0][0] if row[2] == "text"), "order and ranges of ids must not depend on it"


def test_a_server_is_migrated_only_when_it_is_asked_for(postgres: Server, tmp_path: Path) -> None:
    url = postgres.url(postgres.new_schema())
    with closing(open_state(url, root=tmp_path)) as state:
        state.writer.publish(make_publication(take(state), {"a": "1"}, {}), NOW)
    schema = next_schema(tmp_path)
    for create in (True, False):
        with pytest.raises(InputError) as refused:
            open_state(url, root=tmp_path, schema=schema, create=create)
        assert refused.value.first.code == "MW-D117"
    upgrade = upgrade_state(url, root=tmp_path, schema=schema)
    assert (upgrade.found, upgrade.schema, upgrade.backup) == (Schema().head, "next", None)
    assert upgrade_state(url, root=tmp_path, schema=schema).found == "next"
    with closing(open_state(url, root=tmp_path, schema=schema)) as state:
        assert standing(state) == {"a": "1"}
    with pytest.raises(NewerDatabase):
        open_state(url, root=tmp_path)


@pytest.mark.parametrize("then", ["raise RuntimeError('bad luck')", "op.execute('delete from generations')"])
def test_a_migration_that_fails_on_a_server_leaves_the_old_database(
    postgres: Server, tmp_path: Path, then: str
) -> None:
    url = postgres.url(postgres.new_schema())
    with closing(open_state(url, root=tmp_path)) as state:
        state.writer.publish(make_publication(take(state), {"a": "1"}, {}), NOW)
    with pytest.raises(WorldError) as refused:
        upgrade_state(url, root=tmp_path, schema=next_schema(tmp_path, then))
    assert refused.value.first.code == "MW-D112"
    with closing(open_state(url, root=tmp_path)) as state:
        assert standing(state) == {"a": "1"}


def test_a_file_is_migrated_by_the_command_as_by_opening(tmp_path: Path) -> None:
    assert upgrade_state(URL, root=tmp_path).found is None
    used_database(tmp_path)
    upgrade = upgrade_state(URL, root=tmp_path, schema=next_schema(tmp_path))
    assert upgrade.found == Schema().head
    assert upgrade.backup is not None
    assert Path(upgrade.backup).is_file()


def test_a_state_of_the_first_schema_keeps_its_pointers_and_history(tmp_path: Path) -> None:
    first = Schema(versions=("0001",))
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        connection.execute("pragma journal_mode = wal")
    engine = create_engine(f"sqlite:///{tmp_path / 'state.db'}")
    with engine.begin() as connection:
        run_migrations(connection, first)
        connection.exec_driver_sql("insert into environments values ('prod', 2)")
        connection.exec_driver_sql(
            "insert into generations values ('prod', 1, 5, 'ana', 'r1', 'one'), ('prod', 2, 6, 'ana', 'r2', 'two')"
        )
        connection.exec_driver_sql(
            "insert into pointers values ('prod', 2, 'a', 'dataset', '1', 1), "
            f"('prod', {layout.OPEN}, 'a', 'dataset', '2', 2)"
        )
    engine.dispose()
    state = open_state(URL, root=tmp_path)
    assert standing(state) == {"a": "2"}
    assert standing(state, generation=1) == {"a": "1"}
    assert [made.run_id for made in state.reader.generations("prod")] == ["r2", "r1"]
    assert state.reader.environment("prod").base is None
    state.close()


def test_a_state_of_the_second_schema_keeps_everything_and_takes_parts(tmp_path: Path) -> None:
    second, version = Schema(versions=("0001", "0002")), make_version("a")
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        connection.execute("pragma journal_mode = wal")
    engine = create_engine(f"sqlite:///{tmp_path / 'state.db'}")
    row = {
        name: value
        for name, value in version_values(version).items()
        if name not in {"manifest", "before_id", "outcome"}
    }
    places = ", ".join(f":{name}" for name in row)
    with engine.begin() as connection:
        run_migrations(connection, second)
        connection.execute(text(f"insert into versions ({', '.join(row)}) values ({places})"), row)
        connection.exec_driver_sql("insert into environments (name, generation) values ('prod', 1)")
        connection.exec_driver_sql(
            "insert into generations (environment, number, at, \"by\", run_id, reason) values ('prod', 1, 5, 'a', 'r', '')"
        )
        connection.exec_driver_sql(
            f"insert into pointers values ('prod', {layout.OPEN}, 'a', 'dataset', '{version.id}', 1)"
        )
        connection.exec_driver_sql(f"insert into condemned values ('{version.id}', 7)")
    engine.dispose()
    with closing(open_state(URL, root=tmp_path)) as state:
        assert standing(state) == {"a": version.id}
        assert state.reader.versions([version.id]) == {version.id: version}
        made, pages, parts = make_manifest("m", 3)
        state.writer.commit_parts(parts)
        assert state.writer.commit_manifest(made, pages) == made
        marks = {each.id: each.needless_since for each in state.collector.inventory(NOW, lambda _: False).versions}
        assert marks[version.id] is not None
    assert schema_text(tmp_path / "state.db.before-0002") != schema_text(tmp_path / "state.db")
