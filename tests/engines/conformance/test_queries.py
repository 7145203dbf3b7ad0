"""Readers' queries: one SELECT over what they may see, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from meshwright.diagnostics import InputError
from meshwright.engines.protocol import Engine, QueryAnswer, Relation

from ..conftest import Bench, failure


def rows(answer: QueryAnswer) -> list[dict[str, object]]:
    try:
        return [row for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()


@pytest.fixture
def relations(bench: Bench) -> dict[str, Relation]:
    return {
        "ops.flights.late": bench.relation("select range as id, 'n' || range as name from range(100000)"),
        "ref.places.airports": bench.relation("select 3 as id, 1::hugeint as big"),
    }


def test_names_are_full_or_bare_in_the_product(engine: Engine, relations: dict[str, Relation]) -> None:
    text = "select l.name, a.big from late l join ref.places.airports a using (id); -- done"
    answer = engine.query(text, relations, product="ops.flights", limit=None)
    assert [(column.name, column.type) for column in answer.columns] == [("name", "VARCHAR"), ("big", "DECIMAL(38,0)")]
    assert [str(row["name"]) for row in rows(answer)] == ["n3"]


def test_files_in_a_folder_named_like_a_glob_are_read(
    engine: Engine, relations: dict[str, Relation], tmp_path: Path
) -> None:
    stored = relations["ref.places.airports"]
    folder = tmp_path / "it's [my] m*sh"
    folder.mkdir()
    file = folder / "part.parquet"
    file.write_bytes(Path(stored.files[0]).read_bytes())
    moved = {"ref.places.airports": replace(stored, files=(str(file),))}
    assert rows(engine.query("select id from ref.places.airports", moved, product=None, limit=None)) == [{"id": 3}]


def test_the_limit_counts_rows_and_order_is_kept(engine: Engine, relations: dict[str, Relation]) -> None:
    answer = engine.query("select id from ops.flights.late order by id desc", relations, product=None, limit=20_000)
    found = [row["id"] for row in rows(answer)]
    assert (len(found), found[0], found[-1]) == (20_000, 99_999, 80_000)
    assert rows(engine.query("select 1 as a", {}, product=None, limit=0)) == []


def test_an_endless_answer_is_streamed(engine: Engine) -> None:
    assert len(rows(engine.query("select range from range(100000000000)", {}, product=None, limit=5))) == 5


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("select * from read_csv('/etc/hostname')", "MW-E301"),
        ("select * from read_parquet('{secret}')", "MW-E301"),
        ("select * from read_text('/etc/hostname')", "MW-E301"),
        ("select * from glob('/*')", "MW-E301"),
        ("from '/etc/hostname'", "MW-E102"),
        ("copy ops.flights.late to '/tmp/x.csv'", "MW-E103"),
        ("attach '/tmp/x.db'", "MW-E103"),
        ("install httpfs", "MW-E103"),
        ("set enable_external_access = true", "MW-E103"),
        ("create table t as select 1", "MW-E103"),
        ("select 1; select 2", "MW-E103"),
        ("select", "MW-E103"),
        ("select nope from ops.flights.late", "MW-E102"),
        ("select id::date from ops.flights.late", "MW-E101"),
        ("select name::integer from ops.flights.late", "MW-E101"),
    ],
)
def test_what_is_no_read_of_the_relations_is_refused(
    engine: Engine, relations: dict[str, Relation], tmp_path: Path, text: str, code: str
) -> None:
    secret = tmp_path / "secret.parquet"
    secret.write_bytes(Path(relations["ref.places.airports"].files[0]).read_bytes())
    error = failure(lambda: rows(engine.query(text.format(secret=secret), relations, product=None, limit=None)))
    assert isinstance(error, InputError)
    assert error.first.code == code, error


def test_an_error_far_into_the_answer_is_told(engine: Engine) -> None:
    text = "select (case when range = 290000 then 'x' else '1' end)::integer as a from range(300000)"
    error = failure(lambda: rows(engine.query(text, {}, product=None, limit=None)))
    assert error.first.code == "MW-E101"
    assert "'x'" in error.first.message


def test_an_unknown_dataset_is_answered_with_the_nearest(engine: Engine, relations: dict[str, Relation]) -> None:
    error = failure(lambda: engine.query("select *\nfrom ops.flights.lat", relations, product=None, limit=None))
    assert "did you mean 'ops.flights.late'?" in (error.first.fix or "") or "late" in (error.first.fix or "")
    assert error.first.span is not None
    assert error.first.span.line == 2
    error = failure(lambda: engine.query("select * from lat", relations, product="ops.flights", limit=None))
    assert "did you mean 'late'?" in (error.first.fix or "")


def test_a_dataset_in_one_pair_of_quotes_is_told_how_it_is_written(
    engine: Engine, relations: dict[str, Relation]
) -> None:
    error = failure(lambda: engine.query('select * from "ops.flights.late"', relations, product=None, limit=None))
    assert error.first.fix == 'write its parts apart: "ops"."flights"."late"'
