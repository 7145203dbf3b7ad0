"""What is left behind when something fails at an unusual place."""

from __future__ import annotations

import duckdb
import pytest

from meshwright.diagnostics import WorldError
from meshwright.engines.duckdb.totals import Totals
from meshwright.model.parts import NO_SUMS

from ..conftest import Bench, failure, rows_of


def test_a_file_that_was_written_is_removed_where_its_digest_fails(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Totals:
        raise duckdb.IOException("IO Error: Could not read from file: Input/output error")

    before = sorted(bench.folder.glob("*"))
    monkeypatch.setattr("meshwright.engines.duckdb.build.totals_of_files", broken)
    error = failure(lambda: bench.model("select 1 as a"))
    assert isinstance(error, WorldError)
    assert error.first.code == "MW-E203"
    assert sorted(bench.folder.glob("*")) == before


def test_a_file_that_lost_rows_is_no_result(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meshwright.engines.duckdb.build.totals_of_files", lambda *_: Totals(rows=3, sums=NO_SUMS))
    assert failure(lambda: bench.model("select 1 as a")).first.code == "MW-E204"


def test_after_an_engine_fails_inside_the_next_statement_has_a_fresh_instance(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fatal(*_: object) -> Totals:
        raise duckdb.FatalException("FATAL Error: it is over")

    with monkeypatch.context() as patch:
        patch.setattr("meshwright.engines.duckdb.build.totals_of_files", fatal)
        assert failure(lambda: bench.model("select 1 as a")).first.code == "MW-E205"
    assert rows_of(bench.model("select 1 as a")) == [{"a": 1}]


def test_the_scan_notices_a_row_that_the_engine_drops(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    file = bench.folder / "in.csv"
    file.write_text("a,b\n1,x\n2,y\n")
    from meshwright.engines.duckdb import csv

    whole = csv._raw_select
    monkeypatch.setattr(csv, "_raw_select", lambda *given: f"SELECT * FROM ({whole(*given)}) WHERE a <> '2'")
    error = failure(lambda: bench.read(bench.source(file)))
    assert error.first.code == "MW-X306"
