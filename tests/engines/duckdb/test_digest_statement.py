"""What reading a file back for its digest takes: one statement for all tables with the same columns."""

import shutil
from pathlib import Path

import duckdb
import pytest

from meshwright.engines.duckdb import known as module
from meshwright.engines.protocol import Relation

from ..conftest import Bench


def test_tables_with_the_same_columns_share_one_parsed_statement(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = module.KnownStatements.parsed

    def noting(self: module.KnownStatements, connection: duckdb.DuckDBPyConnection, text: str) -> duckdb.Statement:
        parsed.append(text)
        return parse(self, connection, text)

    monkeypatch.setattr(module.KnownStatements, "parsed", noting)
    one, other, wider = (bench.model(text) for text in ("select 1 as a", "select 2 as a", "select 1 as a, 2 as b"))
    assert len(parsed) == 3
    assert parsed[0] == parsed[1] != parsed[2]
    assert len({one.content_digest, other.content_digest, wider.content_digest}) == 3


@pytest.mark.parametrize("letters", ["plain", "a*b?c", "[x]", "]["])
def test_a_file_is_found_by_any_name_and_no_other_is(bench: Bench, tmp_path: Path, letters: str) -> None:
    """DuckDB takes a path for a pattern; the digest is of the one file."""
    built = bench.model("select range as a from range(3)")
    named = tmp_path / f"{letters}.parquet"
    shutil.copy(built.files[0][0], named)
    shutil.copy(built.files[0][0], tmp_path / "axbyc.parquet")
    shutil.copy(built.files[0][0], tmp_path / "x.parquet")
    relation = Relation(columns=built.columns, files=(str(named),), rows=3)
    assert bench.session.content_digest(relation) == built.content_digest
