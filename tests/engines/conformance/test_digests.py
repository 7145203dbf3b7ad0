"""Content digests: equal for equal rows however they lie, different for any other rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meshwright.engines.protocol import Relation

from ..conftest import Bench, as_relation

BASE = "select range as id, range / 7 as x, 'n' || range as name, null::integer as gap from range(5000)"


def digest(bench: Bench, text: str) -> str:
    return bench.model(text).content_digest


def test_order_of_rows_and_number_of_files_do_not_matter(bench: Bench, tmp_path: Path) -> None:
    built = bench.model(BASE)
    assert digest(bench, f"{BASE} order by hash(range)") == built.content_digest
    halves = []
    for half, condition in enumerate(("id < 1234", "id >= 1234")):
        file = tmp_path / f"{half}.parquet"
        duckdb.connect().execute(
            f"COPY (SELECT * FROM '{built.files[0][0]}' WHERE {condition} ORDER BY id DESC) TO '{file}' (ROW_GROUP_SIZE 2048)"
        )
        halves.append(str(file))
    split = Relation(columns=built.columns, files=tuple(reversed(halves)))
    assert bench.session.content_digest(split) == built.content_digest


@pytest.mark.parametrize(
    "other",
    [
        BASE.replace("range(5000)", "range(4999)"),
        f"{BASE} union all select 17, 17 / 7, 'n17', null",
        BASE.replace("'n' || range", "case when range = 7 then 'm7' else 'n' || range end"),
        BASE.replace("null::integer", "case when range = 7 then 0 end"),
        BASE.replace("null::integer", "null::bigint"),
        BASE.replace("as gap", "as hole"),
        "select range / 7 as x, range as id, 'n' || range as name, null::integer as gap from range(5000)",
        BASE.replace("range / 7", "case when range = 9 then 10 / 7 when range = 10 then 9 / 7 else range / 7 end"),
    ],
    ids=[
        "a row less",
        "a row twice",
        "one text",
        "null and 0",
        "a type",
        "a name",
        "columns swapped",
        "two values swapped",
    ],
)
def test_any_difference_shows(bench: Bench, other: str) -> None:
    assert digest(bench, other) != digest(bench, BASE)


@pytest.mark.parametrize(
    ("one", "other", "is_equal"),
    [
        ("0.1::double + 0.2::double", "0.3::double", True),
        ("0.0::double", "-0.0::double", True),
        ("'nan'::double", "-('nan'::double)", True),
        ("'nan'::double", "'inf'::double", False),
        ("1e300::double", "1e301::double", False),
        ("1.23456789::double", "1.23456788::double", False),
        ("9.99999999::double", "9.99999998::double", False),
        ("1.0000000000001::double", "1::double", True),
        ("[0.1::double + 0.2::double]", "[0.3::double]", True),
        ("{'a': [0.1::double + 0.2::double]}", "{'a': [0.3::double]}", True),
        ("null::integer[]", "[]::integer[]", False),
        ("[null]::integer[]", "[]::integer[]", False),
        ("[null, null]::integer[]", "[null]::integer[]", False),
        ("{'a': null::integer}", "null::struct(a integer)", False),
        ("[[1], [2, 3]]", "[[1, 2], [3]]", False),
        ("{'a': 1, 'b': 2}", "{'a': 2, 'b': 1}", False),
        ("map {'a': 1, 'b': 2}", "map {'b': 2, 'a': 1}", True),
        ("map {'a': 1}", "map {'a': 2}", False),
        ("''", "null::varchar", False),
        ("timestamptz '2020-01-01 00:00:00+00'", "timestamptz '2020-01-01 02:00:00+02'", True),
        ("1.50::decimal(5,2)", "1.5::decimal(5,2)", True),
        # DuckDB's hash of 128 bits is 0 for both: its halves are equal.
        ("0::decimal(38,0)", "-1::decimal(38,0)", False),
        ("0::decimal(19,2)", "-0.01::decimal(19,2)", False),
        ("[0::hugeint]", "[-1::hugeint]", False),
        ("0::decimal(38,0)", "null::decimal(38,0)", False),
    ],
)
def test_values_are_compared_in_canonical_form(bench: Bench, one: str, other: str, is_equal: bool) -> None:
    assert (digest(bench, f"select {one} as x") == digest(bench, f"select {other} as x")) is is_equal


def test_sums_of_parallel_threads_have_one_digest(bench: Bench) -> None:
    data = as_relation(bench.model("select range % 10 as k, sin(range) * 1e6 as x from range(300000)"))
    found = {
        bench.model("select k, sum(x) as s, avg(x) as a from t group by k", {"ops.flights.t": data}).content_digest
        for _ in range(4)
    }
    assert len(found) == 1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", ""])), min_size=1, max_size=6), data=st.data()
)
def test_the_digest_sees_a_bag_of_rows(bench: Bench, rows: list[tuple[int, str]], data: st.DataObject) -> None:
    def text(bag: list[tuple[int, str]]) -> str:
        values = ", ".join(f"({number}, '{word}')" for number, word in bag)
        return f"select n, w from (values {values}) v(n, w)"

    other = data.draw(st.one_of(st.permutations(rows), st.lists(st.sampled_from(rows), min_size=1, max_size=6)))
    is_same = sorted(rows) == sorted(other)
    assert (digest(bench, text(rows)) == digest(bench, text(list(other)))) is is_same
