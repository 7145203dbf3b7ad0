"""The file for plain readers is prepared while a run goes on, and shows in the end what is published: nothing more or less."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from meshwright.app import readers_ahead
from meshwright.app.apply import RunOptions, apply
from meshwright.app.observing import read_published
from meshwright.app.opened import open_mesh
from meshwright.app.readers import readers_problem
from meshwright.app.workspace import open_workspace
from meshwright.engines.duckdb import export
from meshwright.engines.protocol import Relation
from tests.meshes import write_mesh

Prepared = list[set[str]]


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """What was prepared, each time: the datasets."""
    found: Prepared = []
    prepare = export.prepare_environment

    def noted(path: Path, current: Path, environment: str, generation: int, relations: Mapping[str, Relation]) -> None:
        found.append(set(relations))
        prepare(path, current, environment, generation, relations)

    monkeypatch.setattr(export, "prepare_environment", noted)
    monkeypatch.setattr(readers_ahead, "_MANY", 1)
    monkeypatch.setattr(readers_ahead, "_PARTS", (1.0,))
    return found


def views(root: Path) -> set[str]:
    with duckdb.connect(str(root / "environments/prod.duckdb"), read_only=True) as connection:
        found = connection.execute("select schema_name || '.' || view_name from duckdb_views() where not internal")
        return {name for (name,) in found.fetchall()} - {"meshwright.generation"}


def assert_up_to_date(root: Path) -> None:
    with open_mesh(open_workspace(root), "prod") as opened:
        assert readers_problem(opened, "prod", read_published(opened.state.reader, "prod")) is None
    assert {file.name for file in (root / "environments").iterdir()} == {"prod.duckdb", "prod.sql"}


def test_what_is_built_is_prepared_and_what_is_published_is_shown(tmp_path: Path, prepared: Prepared) -> None:
    root = write_mesh(
        tmp_path,
        domains__finance__report__tests__never_DOT_sql="-- severity: stop\nselect placed from revenue",
    )
    report = apply(open_workspace(root), RunOptions())
    assert "finance.report" not in report.published
    assert [len(datasets) for datasets in prepared] == [4]
    assert views(root) == {"sales__orders.raw_orders", "sales__orders.orders", "sales__totals.per_customer"}
    assert_up_to_date(root)


def test_a_second_run_begins_with_the_file_that_is_there(tmp_path: Path, prepared: Prepared) -> None:
    root = write_mesh(tmp_path)
    apply(open_workspace(root), RunOptions())
    del prepared[:]
    (root / "domains/finance/report/models/revenue.sql").write_text("select placed from sales.orders.orders")
    apply(open_workspace(root), RunOptions())
    assert prepared
    assert_up_to_date(root)


def test_a_small_run_prepares_nothing(tmp_path: Path, prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers_ahead, "_MANY", 10)
    root = write_mesh(tmp_path)
    apply(open_workspace(root), RunOptions())
    assert prepared == []
    assert_up_to_date(root)


def test_a_preparation_that_fails_is_made_up_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path, *_: object) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"no database")
        raise duckdb.IOException("no space left")

    monkeypatch.setattr(export, "prepare_environment", fails)
    monkeypatch.setattr(readers_ahead, "_MANY", 1)
    root = write_mesh(tmp_path)
    assert apply(open_workspace(root), RunOptions()).notes == ()
    assert len(views(root)) == 4
    assert_up_to_date(root)


def test_a_prepared_file_that_cannot_be_used_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(path: Path, *_: object) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"no database")

    monkeypatch.setattr(export, "prepare_environment", torn)
    monkeypatch.setattr(readers_ahead, "_MANY", 1)
    root = write_mesh(tmp_path)
    apply(open_workspace(root), RunOptions())
    assert len(views(root)) == 4
    assert_up_to_date(root)
