"""What is DuckDB's own: fixed settings, the pinned hash, the shape of texts."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pytest

from meshwright.engines.duckdb import DuckDBEngine
from meshwright.engines.duckdb.errors import words_of
from meshwright.engines.duckdb.instance import open_instance
from meshwright.engines.duckdb.settings import RESULT_SETTINGS, engine_identity, generation
from meshwright.engines.duckdb.text import NotOneStatement, one_statement
from meshwright.engines.duckdb.types import stored_type
from meshwright.engines.duckdb.typetext import parse_type
from meshwright.engines.protocol import Limits

from ..conftest import Bench


def test_every_cursor_has_the_fixed_settings() -> None:
    connection = open_instance(Limits(threads=2, memory_bytes=200_000_000))
    for cursor in (connection, connection.cursor(), connection.cursor().cursor()):
        for name, value, since in RESULT_SETTINGS:
            if since <= generation():
                row = cursor.execute(f"SELECT current_setting('{name}')").fetchone()
                assert row is not None
                assert str(row[0]).lower() == value.lower(), name
    connection.close()


def test_no_extension_enters_from_outside() -> None:
    connection = open_instance(Limits())
    for name in ("autoinstall_known_extensions", "autoload_known_extensions", "allow_community_extensions"):
        assert connection.execute(f"SELECT current_setting('{name}')").fetchone() == (False,)
    connection.close()


def test_the_identity_names_kind_and_generation_and_no_patch() -> None:
    kind, major, settings = engine_identity().split(":")
    assert (kind, major, len(settings)) == ("duckdb", str(generation()), 8)
    assert DuckDBEngine().identity == engine_identity()
    assert DuckDBEngine().release == duckdb.__version__


def test_the_engine_tells_its_identity_and_release_without_loading_duckdb() -> None:
    program = """
import sys
from meshwright.engines.duckdb import DuckDBEngine
engine = DuckDBEngine()
print(engine.identity, engine.release, *({"duckdb", "_duckdb", "pyarrow", "numpy"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [engine_identity(), duckdb.__version__]


HASHES = {
    "42::BIGINT": 7199933130570745587,
    "1::INTEGER": 4717996019076358352,
    "1::UTINYINT": 4717996019076358352,
    "1::HUGEINT": 4717996019076358352,
    "'abc'": 1924864467101078684,
    "'abcdefghijklmnop'": 282108676135603331,
    "''": 5104928228550385088,
    "null": 13787848793156543929,
    "true": 4717996019076358352,
    "1.5::DOUBLE": 1706605666616485939,
    "1.5::FLOAT": 877323241837685928,
    "1.5::DECIMAL(4,1)": 920453014978087379,
    "DATE '2020-01-01'": 3044828828311488314,
    "TIMESTAMP '2020-01-01'": 1294921958832329818,
    "'00000000-0000-0000-0000-000000000001'::UUID": 3692349012117518599,
    "'a'::BLOB": 12561829011207016135,
    "1, 'a', null": 2034008192618861702,
    "[1, 2]": 6530802887144669425,
}


@pytest.mark.parametrize("values", sorted(HASHES))
def test_the_engines_hash_is_the_one_that_content_digests_are_made_of(values: str) -> None:
    """A DuckDB that changes it would make all content look new: such an upgrade needs a new digest recipe."""
    assert duckdb.connect().execute(f"SELECT hash({values})").fetchone() == (HASHES[values],)


def test_the_digest_of_a_known_table_is_known(bench: Bench) -> None:
    built = bench.model(
        "select range as id, range / 7 as x, 'n' || range as name, [range, null] as l, {'a': range * 0.1::double} as s, "
        "map {'k': range} as m, date '2020-01-01' + range::integer as d from range(100)"
    )
    assert built.content_digest == "e31f62de6389f975d583dc265bfb5f2c"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("select 1", "select 1"),
        ("select ';'; ", "select ';'"),
        ("select 'it''s;', \"a;b\", $$;$$, $x$;$x$; -- ;", "select 'it''s;', \"a;b\", $$;$$, $x$;$x$"),
        ("select E'a\\';' ; ", "select E'a\\';' "),
        ("/* a ; /* b ; */ ; */ select 1 /* ; */;;", "/* a ; /* b ; */ ; */ select 1 /* ; */"),
        ("select 1 -- ; 'open\n;", "select 1 -- ; 'open\n"),
    ],
)
def test_a_semicolon_ends_a_statement_only_outside_of_texts_and_comments(text: str, kept: str) -> None:
    assert one_statement(text) == kept


@pytest.mark.parametrize(("text", "line"), [("select 1;\n\n select 2", 3), ("select 1; -- a\n;\nx", 3), ("a;b", 1)])
def test_what_follows_a_statement_is_found_with_its_line(text: str, line: int) -> None:
    with pytest.raises(NotOneStatement) as caught:
        one_statement(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        "BIGINT",
        "TIMESTAMP WITH TIME ZONE",
        "DECIMAL(18,3)",
        "ENUM('a', 'b (''x, y)')",
        'STRUCT(a INTEGER, "B c" STRUCT(x HUGEINT)[])',
        "MAP(VARCHAR, INTEGER[])",
        "INTEGER[3][]",
        'UNION(num INTEGER, "a""b" VARCHAR)',
        "STRUCT(INTEGER, VARCHAR)",
        "GEOMETRY('OGC:CRS84')",
        '"NULL"[]',
    ],
)
def test_types_are_read_and_written_as_the_engine_spells_them(text: str) -> None:
    assert parse_type(text).text == text
    assert stored_type(stored_type(text).text).convert is None


@pytest.mark.parametrize("text", ["", "(", "STRUCT(a", "INTEGER)", "INTEGER["])
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"type|missing"):
        parse_type(text)


def test_the_column_of_an_error_in_a_long_line_is_found() -> None:
    from meshwright.engines.duckdb.errors import Statement

    text = "select " + ", ".join(f"{number} as c{number}" for number in range(200)) + ", nope from (select 1 as a)"
    with pytest.raises(duckdb.Error) as caught:
        duckdb.connect().execute(f"DESCRIBE (\n{text}\n)")
    words = words_of(caught.value, Statement(dataset="a.b.c", text=text, lines_before=1))
    assert (words.line, words.unknown, text[words.column - 1 :][:4]) == (1, "nope", "nope")
