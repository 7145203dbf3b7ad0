"""Names of columns in the places of parameters: a name is a name, whatever characters it holds."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.sql import parse_statement, placed_columns

HOSTILE = [
    'x"; drop table rows; --',
    "x' or 1=1 --",
    "$n",
    "select",
    "a b",
    "Ünïcödé ☃",
    "/* */",
    "$$",
    "}{",
    "x\\",
    '""',
]


def placed(text: str, columns: dict[str, tuple[str, ...]], *lists: str) -> str:
    found = placed_columns(text, "duckdb", columns, lists=frozenset(lists))
    assert not found.problems, found.problems
    return found.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select $key from rows", 'select "a" from rows'),
        ("select r.$key, $n from rows r", 'select r."a", $n from rows r'),
        ("select 1 as $key from rows", 'select 1 as "a" from rows'),
        ("select $KEY from rows", 'select "a" from rows'),
        ("select '$key', \"$key\", $$ $key $$ -- $key\nfrom rows /* $key */", None),
        ("select $keys, 1 from rows", 'select "a", "b", 1 from rows'),
        ("select r.$keys from rows r", 'select r."a", r."b" from rows r'),
        ("select sum(x) over (partition by $keys order by y) from rows", None),
        ("select * from rows group by $keys having true", None),
        ("select * exclude ($keys) from rows", 'select * exclude ("a", "b") from rows'),
        ("select columns($keys.names) from rows", "select columns(['a', 'b']) from rows"),
        ("select $key_other from rows", "select $key_other from rows"),
    ],
)
def test_columns_stand_where_their_parameters_stood(text: str, expected: str | None) -> None:
    found = placed(text, {"key": ("a",), "keys": ("a", "b")}, "keys")
    if expected is not None:
        assert found == expected
    elif "partition" in text or "group" in text:
        assert found == text.replace("$keys", '"a", "b"')
    else:
        assert found == text, "strings, quoted names and comments are left alone"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("select $keys + 1 from rows", 8),
        ("select 1 + $keys from rows", 12),
        ("select 1 from rows order by $keys desc", 29),
        ("select 1 as $keys from rows", 13),
        ("select $keys::int from rows", 8),
        ("select 1 from rows where $keys", 26),
    ],
)
def test_a_list_of_columns_where_one_belongs_is_a_problem(text: str, column: int) -> None:
    (problem,) = placed_columns(text, "duckdb", {"keys": ("a", "b")}, lists=frozenset({"keys"})).problems
    assert (problem.code, problem.line, problem.column) == ("MW-K007", 1, column)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_names(name: str) -> None:
    text = placed("select $key as found, columns($key.names) as again from rows where $key = $n", {"key": (name,)})
    parsed = parse_statement(text)
    assert not parsed.problems, parsed.problems
    assert ([str(table) for table in parsed.tables], parsed.params) == (["rows"], ("n",))
    with duckdb.connect() as connection:
        quoted = '"' + name.replace('"', '""') + '"'
        connection.execute(f"create table rows ({quoted} integer, other integer)")
        connection.execute("insert into rows values (7, 1), (8, 2)")
        assert connection.execute(text, {"n": 7}).fetchall() == [(7, 7)]
        assert connection.execute("select count(*) from rows").fetchone() == (2,)


@settings(max_examples=300, deadline=None)
@given(name=st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40))
def test_any_name_reads_back_as_itself(name: str) -> None:
    text = placed("select $key from rows", {"key": (name,)})
    parsed = parse_statement(text)
    assert not parsed.problems, parsed.problems
    assert [str(table) for table in parsed.tables] == ["rows"]
    assert parsed.params == ()
    assert text == 'select "' + name.replace('"', '""') + '" from rows'


def test_lines_stay_where_they_are() -> None:
    text = "select\n  $keys,\n  1 as x\nfrom rows"
    assert placed(text, {"keys": ("a", "b")}, "keys").count("\n") == text.count("\n")
