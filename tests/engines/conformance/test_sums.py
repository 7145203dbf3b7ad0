"""Sums: what the digests of parts are made of gives the digest of the whole, however a table is cut."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meshwright.engines.protocol import BuiltTable, HandedRead, Relation
from meshwright.model.parts import NO_SUMS, added, without

from ..conftest import Bench, as_relation

#: Values of many types made from a number.
VALUES = (
    "id, case when id % 3 > 0 then id * 0.1::double end as x, -id::decimal(38,0) as big, ['a' || id % 5, null] as l, "
    "map {id % 7: id * 0.5::double} as m, {'a': id, 'b': 'n' || id} as s, timestamptz '2020-01-01 00:00:00+00' + to_hours(id) as z"
)


def digest_of_parts(bench: Bench, parts: list[BuiltTable]) -> str:
    rows = sum(part.rows for part in parts)
    return bench.engine.digest_of_sums(parts[0].columns, rows, added(*(part.sums for part in parts)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ids=st.lists(st.integers(-50, 50), max_size=30),
    cuts=st.lists(st.integers(0, 30), max_size=3),
    order=st.randoms(use_true_random=False),
)
def test_sums_of_parts_give_the_digest_of_the_whole(
    bench: Bench, ids: list[int], cuts: list[int], order: object
) -> None:
    def table(rows: list[int]) -> BuiltTable:
        values = ", ".join(f"({each})" for each in [*rows, 0])
        cut = f"(select id from (values {values}) v(id) limit {len(rows)})"
        return bench.model(f"select {VALUES} from {cut}")

    whole = table(ids)
    shuffled = list(ids)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    borders = [0, *sorted(min(cut, len(ids)) for cut in cuts), len(ids)]
    parts = [table(shuffled[first:end]) for first, end in pairwise(borders)]
    assert digest_of_parts(bench, parts) == whole.content_digest
    together = Relation(columns=whole.columns, files=tuple(file for part in parts for file, _ in part.files))
    assert bench.session.content_digest(together) == whole.content_digest
    rest = without(whole.sums, parts[0].sums)
    left = bench.engine.digest_of_sums(whole.columns, whole.rows - parts[0].rows, rest)
    assert left == (digest_of_parts(bench, parts[1:]) if parts[1:] else table([]).content_digest)


def test_every_way_to_build_tells_its_sums(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text("a,b\n1,x\n2,y\n")
    source = bench.read(bench.source(file, columns={"a": "BIGINT", "b": "VARCHAR"}))
    model = bench.model("select * from t", {"ops.flights.t": as_relation(source)})
    read = HandedRead(dataset="ops.flights.x", file=model.files[0][0], maker="build()")
    handed = bench.session.build_handed(read, bench.target())
    for built in (source, model, handed):
        assert built.sums == source.sums != NO_SUMS
        assert bench.engine.digest_of_sums(built.columns, built.rows, built.sums) == built.content_digest


def test_no_rows_have_no_sums(bench: Bench) -> None:
    built = bench.model("select 1 as a where false")
    assert built.sums == NO_SUMS
    assert bench.engine.digest_of_sums(built.columns, 0, NO_SUMS) == built.content_digest
