"""Binding: columns and types without any data."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.engines.protocol import BindProblem, BindRequest, Engine
from meshwright.model import Column, Columns

KNOWN: dict[str, Columns] = {
    "ops.flights.raw": (
        Column(name="carrier", type="VARCHAR"),
        Column(name="delay", type="BIGINT"),
        Column(name="legs", type='STRUCT("select" DECIMAL(38,0), b VARCHAR)[]'),
    )
}


def request(name: str, text: str, *reads: str, **rest: object) -> BindRequest:
    return BindRequest(dataset=name, text=text, dialect="duckdb", reads=reads, **rest)  # type: ignore[arg-type]


def problem(engine: Engine, text: str, **rest: object) -> BindProblem:
    answer = engine.bind([request("ops.flights.x", text, "ops.flights.raw", **rest)], KNOWN)["ops.flights.x"]
    assert isinstance(answer, BindProblem)
    return answer


def test_types_run_through_a_chain_of_models_across_domains(engine: Engine) -> None:
    models = [
        request("ops.flights.late", "select carrier, sum(delay) as s from raw where delay > $d group by all;", "ops.flights.raw",
                params={"d": 5}),
        request("ana.reports.top", "select *, s / 2 as half from ops.flights.late -- end", "ops.flights.late"),
        request("ana.reports.last", "select max(half) as h, any_value(s) as s from top", "ana.reports.top"),
    ]  # fmt: skip
    found = engine.bind(models, KNOWN)
    assert [(column.name, column.type) for column in found["ana.reports.last"]] == [
        ("h", "DOUBLE"),
        ("s", "DECIMAL(38,0)"),
    ]


def test_nested_types_can_be_bound_again(engine: Engine) -> None:
    answer = engine.bind([request("ops.flights.x", "select legs from raw", "ops.flights.raw")], KNOWN)["ops.flights.x"]
    assert answer == (KNOWN["ops.flights.raw"][2],)


def test_a_model_below_one_that_failed_is_left_out(engine: Engine) -> None:
    models = [
        request("ops.flights.a", "select nope from raw", "ops.flights.raw"),
        request("ops.flights.b", "select * from a", "ops.flights.a"),
        request("ops.flights.c", "select * from elsewhere.x.y", "elsewhere.x.y"),
    ]
    assert set(engine.bind(models, KNOWN)) == {"ops.flights.a"}


def test_columns_are_told_as_they_are_found(engine: Engine) -> None:
    models = [
        request("ops.flights.a", "select carrier from raw", "ops.flights.raw"),
        request("ops.flights.b", "select nope from raw", "ops.flights.raw"),
        request("ops.flights.c", "select carrier as c from a", "ops.flights.a"),
    ]
    told: list[tuple[str, Columns]] = []
    found = engine.bind(models, KNOWN, lambda dataset, columns: told.append((dataset, columns)))
    assert told == [(dataset, found[dataset]) for dataset in ("ops.flights.a", "ops.flights.c")]


def test_an_unknown_column_is_named_with_its_place_and_what_was_offered(engine: Engine) -> None:
    found = problem(engine, "select\n  delay,\n  carier\nfrom raw")
    assert (found.line, found.column, found.unknown) == (3, 3, "carier")
    assert "carrier" in found.candidates
    assert "carier" in found.message


def test_an_unknown_table_is_named(engine: Engine) -> None:
    found = problem(engine, "select *\nfrom\n  rw")
    assert (found.line, found.column, found.unknown) == (3, 3, "rw")


def test_other_problems_are_told_in_the_engines_words(engine: Engine) -> None:
    assert "sum" in problem(engine, "select sum(carrier) from raw").message
    assert "two columns" in problem(engine, "select 1 as a, 2 as a").message
    assert problem(engine, "select 1; select 2").message == "a second statement follows the first"
    assert "'$d'" in problem(engine, "select $d as a").message
    assert "syntax error" in problem(engine, "select from from").message


def test_no_variable_of_the_caller_is_seen(engine: Engine) -> None:
    secret = __import__("pyarrow").table({"a": [1]})
    assert problem(engine, "select * from secret").unknown == "secret"
    assert secret is not None


@pytest.mark.parametrize(
    "text", ["from '{file}'", "select * from read_csv('{file}')", "select content from read_text('{file}')"]
)
def test_binding_opens_no_file(engine: Engine, tmp_path: Path, text: str) -> None:
    file = tmp_path / "canary.csv"
    file.write_text("canary\n1\n", encoding="utf-8")
    asked = request("ops.flights.q", text.format(file=file), is_stored=False)
    answer = engine.bind([asked], {})["ops.flights.q"]
    assert isinstance(answer, BindProblem)
    assert "disabled by configuration" in answer.message
