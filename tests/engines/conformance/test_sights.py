"""What a sight leaves of a relation: types stay, hidden values go, equal values stay equal; samples come again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.checks.spec import Metric
from meshwright.engines.protocol import Relation
from meshwright.model import Sample, Sight

from ..conftest import Bench, as_relation, rows_of, types_of

T = "ops.flights.t"
SALT = "salt-of-tests"
ALL = Sight(clear=(), method="mwmask1:x")

#: SQL of a value, and of another one of the same type.
MASKED_TYPES = {
    "VARCHAR": ("'ana@example.org'", "'ben@example.org'"),
    "TINYINT": ("100", "-100"),
    "SMALLINT": ("12345", "-12345"),
    "INTEGER": ("123456789", "-5"),
    "BIGINT": ("1234567890123456789", "-9223372036854775808"),
    "UTINYINT": ("200", "20"),
    "USMALLINT": ("60001", "601"),
    "UINTEGER": ("4000000001", "40"),
    "UBIGINT": ("18446744073709551615", "7000"),
    "DECIMAL(4,4)": ("0.1234", "-0.4321"),
    "DECIMAL(9,2)": ("1234567.89", "-1234567.89"),
    "DECIMAL(38,0)": ("12345678901234567890123456789012345678", "-77"),
    "DECIMAL(38,30)": ("12345678.5", "-1.25"),
    "DOUBLE": ("1234.5", "-1e300"),
    "FLOAT": ("1234.5", "-0.25"),
    "DATE": ("DATE '2026-11-30'", "DATE '1815-12-10'"),
    "TIMESTAMP": ("TIMESTAMP '2026-11-30 01:02:03'", "TIMESTAMP '1815-12-10 00:00:00'"),
    "TIMESTAMP_NS": ("TIMESTAMP_NS '2026-11-30 01:02:03.123456789'", "TIMESTAMP_NS '1999-01-01'"),
    "TIMESTAMP WITH TIME ZONE": ("TIMESTAMPTZ '2026-11-30 01:02:03+00'", "TIMESTAMPTZ '1999-01-01 00:00:00+05'"),
    "TIME": ("TIME '01:02:03'", "TIME '23:59:59.999999'"),
    "TIME WITH TIME ZONE": ("TIMETZ '01:02:03+00'", "TIMETZ '04:05:06+00'"),
    "UUID": ("UUID '00000000-0000-0000-0000-00000000abcd'", "UUID '10000000-0000-0000-0000-00000000abcd'"),
}
#: Nothing stands for these: false, or NULL.
EMPTIED_TYPES = {
    "BOOLEAN": ("true", False),
    "BLOB": ("'canary'::BLOB", None),
    "JSON": ("""'{"canary": 1}'""", None),
    "INTEGER[]": ("[1, 2]", None),
    "STRUCT(a VARCHAR)": ("{'a': 'canary'}", None),
    "MAP(VARCHAR, INTEGER)": ("MAP {'canary': 1}", None),
}


def seen(bench: Bench, relation: Relation, sight: Sight = ALL, salt: str = SALT) -> list[dict[str, object]]:
    """The rows that are left."""
    through = {T: bench.engine.see(T, relation, sight, salt)}
    built = bench.model("from ops.flights.t", through)
    assert types_of(built) == types_of(relation.columns)
    return rows_of(built)


@pytest.mark.parametrize("type_", MASKED_TYPES)
def test_a_pseudonym_has_the_type_and_is_the_same_for_equal_values_alone(bench: Bench, type_: str) -> None:
    value, other = MASKED_TYPES[type_]
    texts = [f"({place}, CAST({each} AS {type_}))" for place, each in enumerate((value, value, other, "NULL"))]
    relation = bench.relation(f"select * from (values {', '.join(texts)}) t(place, v)")
    raw = {row["place"]: row["v"] for row in rows_of(bench.model("from ops.flights.t", {T: relation}))}
    sight = Sight(masked=("v",), clear=("place",), method="m")
    found = {row["place"]: row["v"] for row in seen(bench, relation, sight)}
    assert found[0] == found[1] != found[2]
    assert found[3] is None
    assert found[0] != raw[0]
    assert found[2] != raw[2]
    assert found == {row["place"]: row["v"] for row in seen(bench, relation, sight)}
    assert found[0] != {row["place"]: row["v"] for row in seen(bench, relation, sight, salt="another")}[0]


@pytest.mark.parametrize("type_", EMPTIED_TYPES)
def test_what_no_pseudonym_can_stand_for_is_emptied(bench: Bench, type_: str) -> None:
    value, left = EMPTIED_TYPES[type_]
    relation = bench.relation(f"select CAST({value} AS {type_}) as v union all select NULL")
    assert sorted((row["v"] for row in seen(bench, relation)), key=str) == sorted([left, None], key=str)


@pytest.mark.parametrize(
    ("type_", "first", "end"),
    [("TINYINT", -128, 128), ("SMALLINT", -32768, 32768), ("UTINYINT", 0, 256), ("USMALLINT", 0, 65536)],
)
def test_whole_numbers_change_places_among_themselves(bench: Bench, type_: str, first: int, end: int) -> None:
    relation = bench.relation(f"select CAST(i AS {type_}) as v from range({first}, {end}) t(i)")
    assert sorted(row["v"] for row in seen(bench, relation)) == list(range(first, end))


def test_equal_numbers_of_different_types_are_equal_behind_the_mask(bench: Bench) -> None:
    types = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
    relation = bench.relation(f"select {', '.join(f'CAST(77 AS {each}) as {each}' for each in types)}")
    (row,) = seen(bench, relation)
    assert len(set(row.values())) == 1
    assert row["BIGINT"] != 77


WHOLE_NUMBERS = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=30, unique=True)


@settings(max_examples=25, deadline=None)
@given(numbers=WHOLE_NUMBERS, texts=st.lists(st.text(), min_size=1, max_size=30))
def test_masking_is_deterministic_keeps_keys_and_types(bench: Bench, numbers: list[int], texts: list[str]) -> None:
    def relation(column: str, type_: str, values: list[str]) -> Relation:
        listed = ", ".join(f"(CAST({value} AS {type_}))" for value in values)
        return bench.relation(f"select {column} from (values {listed}) t({column})")

    keys = relation("k", "BIGINT", [f"'{number}'" for number in numbers])
    found = [row["k"] for row in seen(bench, keys)]
    assert len(set(found)) == len(numbers)
    assert sum(number < 0 for number in found) == sum(number < 0 for number in numbers)  # type: ignore[operator]
    assert found == [row["k"] for row in seen(bench, keys)]
    quoted = ["'" + text.replace("'", "''").replace("\0", "") + "'" for text in texts]
    words = relation("w", "VARCHAR", quoted)
    assert len({row["w"] for row in seen(bench, words)}) == len(set(quoted))


def test_only_what_is_clear_is_shown(bench: Bench) -> None:
    relation = bench.relation("select 'a' as Kept, 'canary' as mail, 'canary' as renamed")
    (row,) = seen(bench, relation, Sight(masked=("mail",), clear=("kept",), method="m"))
    assert row["Kept"] == "a"
    assert row["mail"] == row["renamed"] != "canary"
    (row,) = seen(bench, relation, Sight(masked=("mail",), method="m"))
    assert row["renamed"] == "canary"


def test_a_sample_is_the_same_rows_every_time(bench: Bench) -> None:
    relation = bench.relation("select i, i % 7 as j, [i] as l from range(20000) t(i)")
    share = seen(bench, relation, Sight(sample=Sample(share_ppm=100_000)))
    assert 1_500 < len(share) < 2_500
    assert share == seen(bench, relation, Sight(sample=Sample(share_ppm=100_000)))
    assert len(seen(bench, relation, Sight(sample=Sample(share_ppm=1_000_000)))) == 20_000
    few = seen(bench, relation, Sight(sample=Sample(rows=10)))
    assert len(few) == 10
    backwards = bench.relation("select i, i % 7 as j, [i] as l from range(20000) t(i) order by i desc")
    again = seen(bench, backwards, Sight(sample=Sample(rows=10)))
    assert sorted(row["i"] for row in few) == sorted(row["i"] for row in again)


def test_rules_queries_and_workers_read_what_is_left(bench: Bench, tmp_path: Path) -> None:
    relation = bench.relation("select i, 'canary' || i as mail from range(100) t(i)")
    sight = Sight(masked=("mail",), method="m", sample=Sample(rows=10))
    through = bench.engine.see(T, relation, sight, SALT)
    assert bench.measure(through, Metric.ROW_COUNT).value == 10
    found = bench.measure(through, Metric.VIOLATIONS, query="select mail from ops.flights.t where mail like 'canary%'")
    assert (found.error, found.value) == (None, 0)
    answer = bench.engine.query("select mail from ops.flights.t", {T: through}, product=None, limit=None)
    try:
        texts = [row["mail"] for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()
    assert len(texts) == 10
    file = str(tmp_path / "handed.parquet")
    bench.session.hand_over(T, through, file)
    assert "canary" not in str(
        bench.model("from ops.flights.t", {T: Relation(columns=relation.columns, files=(file,))})
    )
    handed = rows_of(bench.model("from ops.flights.t", {T: Relation(columns=relation.columns, files=(file,))}))
    assert sorted(row["mail"] for row in handed) == sorted(texts)


def test_a_sight_of_a_view_and_of_a_quoted_name(bench: Bench) -> None:
    relation = as_relation(bench.model('select 1 as "a "" b", \'canary\' as "select"'))
    (row,) = seen(bench, relation, Sight(masked=("select",), method="m"))
    assert row['a " b'] == 1
    once = bench.engine.see(T, relation, Sight(masked=("select",), method="m"), SALT)
    (twice,) = rows_of(bench.model("from ops.flights.t", {T: bench.engine.see(T, once, ALL, SALT)}))
    assert twice["select"] not in {"canary", row["select"]}
