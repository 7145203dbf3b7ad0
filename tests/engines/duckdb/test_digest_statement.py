"""What reading a file back for its digest takes: one statement for all tables with the same columns."""

import duckdb
import pytest

from meshwright.engines.duckdb import known as module

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
