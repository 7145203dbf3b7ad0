"""What exists in the process of a consumer's query, and what is told of failures, past both parsers and lists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from meshwright.engines.duckdb.consumers import words
from meshwright.engines.duckdb.consumers.shown import show_and_lock
from meshwright.engines.duckdb.consumers.values import Shown
from meshwright.engines.duckdb.instance import open_instance
from meshwright.engines.protocol import Limits, Relation, View
from meshwright.model import Column

HIDDEN = "canary-4d1e"
COLUMNS = (
    Column(name="id", type="BIGINT"),
    Column(name="name", type="VARCHAR"),
    Column(name="salary", type="VARCHAR"),
)


@pytest.fixture
def relation(tmp_path: Path) -> Relation:
    """A file with a column and a row that are not for everybody."""
    file = tmp_path / "t.parquet"
    duckdb.execute(
        f"COPY (SELECT * FROM (VALUES (1, 'ana', '{HIDDEN}-a'), (2, '{HIDDEN}', '{HIDDEN}-b')) v(id, name, salary)) "
        f"TO '{file}' (FORMAT parquet)"
    )
    return Relation(columns=COLUMNS, files=(str(file),))


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = open_instance(Limits(threads=1))
    yield opened
    opened.close()


def everything(connection: duckdb.DuckDBPyConnection) -> str:
    """Return all that an instance tells of itself to who gets past every list."""
    queries = (
        "FROM duckdb_views() SELECT sql", "FROM duckdb_tables()", "FROM duckdb_columns()", "FROM duckdb_databases()",
        "FROM duckdb_settings() WHERE name <> 'allowed_paths'", "FROM duckdb_schemas()", "FROM duckdb_prepared_statements()",
    )  # fmt: skip
    return "\n".join(str(connection.execute(query).fetchall()) for query in queries)


def test_of_a_reduced_dataset_nothing_else_is_there(connection: duckdb.DuckDBPyConnection, relation: Relation) -> None:
    shown = Shown(relation=relation, columns=("id", "name"), rows="id < 2", is_open=True)
    show_and_lock(connection, {"ops.flights.t": shown}, None)
    assert connection.execute("FROM ops.flights.t").fetchall() == [(1, "ana")]
    stats = connection.execute("SELECT stats(name) FROM ops.flights.t").fetchall()
    assert HIDDEN not in str(stats)
    assert HIDDEN[:8] not in str(stats)
    told = everything(connection)
    assert "salary" not in told
    assert relation.files[0] not in told
    assert "whole-rows" not in told
    for text in (
        f"FROM '{relation.files[0]}'",
        f"FROM read_parquet('{relation.files[0]}')",
        f"FROM glob('{relation.files[0]}')",
    ):
        with pytest.raises(duckdb.PermissionException):
            connection.execute(text).fetchall()


def test_what_a_view_is_computed_from_is_not_there(connection: duckdb.DuckDBPyConnection, relation: Relation) -> None:
    view = View(
        dataset="ops.flights.people",
        text="select id, name from t where id < 2",
        dialect="duckdb",
        inputs={"ops.flights.t": relation},
        key="k1",
        computed=COLUMNS[:2],
    )
    shown = Shown(relation=Relation(columns=COLUMNS[:2], view=view))
    show_and_lock(connection, {"ops.flights.people": shown}, None)
    assert connection.execute("FROM ops.flights.people").fetchall() == [(1, "ana")]
    told = everything(connection)
    assert "bound-views" not in told
    assert "salary" not in told
    with pytest.raises(duckdb.PermissionException):
        connection.execute(f"FROM '{relation.files[0]}'").fetchall()


def test_a_whole_dataset_and_a_reduced_one_of_the_same_files_lie_beside_each_other(
    connection: duckdb.DuckDBPyConnection, relation: Relation
) -> None:
    whole, reduced = Shown(relation=relation, is_open=True), Shown(relation=relation, columns=("id",), is_open=True)
    show_and_lock(connection, {"ops.flights.t": whole, "ops.other.t": reduced}, "ops.flights")
    assert connection.execute("SELECT count(salary) FROM t").fetchall() == [(2,)]
    assert [each[0] for each in connection.execute("DESCRIBE ops.other.t").fetchall()] == ["id"]


def test_an_instance_is_shut(connection: duckdb.DuckDBPyConnection, relation: Relation, tmp_path: Path) -> None:
    show_and_lock(connection, {"ops.flights.t": Shown(relation=relation, is_open=True)}, None)
    for text in (
        "SET enable_external_access = true", "RESET lock_configuration", "SET memory_limit = '1TB'", "INSTALL httpfs",
        f"COPY ops.flights.t TO '{tmp_path / 'out.csv'}'", f"ATTACH '{tmp_path / 'x.db'}' AS x", "FROM '/etc/passwd'",
        "FROM read_text('/etc/hostname')", f"FROM glob('{tmp_path}/*')",
    ):  # fmt: skip
        with pytest.raises(duckdb.Error):
            connection.execute(text).fetchall()
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT name::int FROM ops.flights.t", "a value cannot be cast"),
        ("SELECT id::utinyint * 200::utinyint FROM ops.flights.t", "a result does not fit into its type"),
        ("SELECT strptime(name, '%Y') FROM ops.flights.t", "a function was given a value that it cannot take"),
    ],
)
def test_what_fails_on_rows_is_told_without_values(
    connection: duckdb.DuckDBPyConnection, relation: Relation, text: str, message: str
) -> None:
    show_and_lock(connection, {"ops.flights.t": Shown(relation=relation, is_open=True)}, None)
    with pytest.raises(duckdb.Error) as caught:
        connection.execute(text).fetchall()
    found = words.of_rows(caught.value, words.Told(text=text))
    assert (found.code, found.message) == ("MW-H204", message)
    assert "ana" in str(caught.value) or HIDDEN in str(caught.value) or "200" in str(caught.value), (
        "DuckDB does tell them"
    )


def test_an_error_of_the_store_names_no_file(connection: duckdb.DuckDBPyConnection, relation: Relation) -> None:
    show_and_lock(connection, {"ops.flights.t": Shown(relation=relation, is_open=True)}, None)
    Path(relation.files[0]).unlink()
    with pytest.raises(duckdb.Error) as caught:
        connection.execute("FROM ops.flights.t").fetchall()
    assert relation.files[0] in str(caught.value)
    found = words.of_rows(caught.value, words.Told(text="FROM ops.flights.t"))
    assert (found.code, found.line) == ("MW-H209", None)
    assert "parquet" not in f"{found.message}{found.fix}"
