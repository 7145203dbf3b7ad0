"""Merging against a plain model of it: whatever comes in whatever order, the rows are those that the rules say."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meshwright.diagnostics import InputError
from meshwright.engines.protocol import MergeBuild, Relation
from meshwright.model import ByMerging, Merge

from ..conftest import Bench, as_relation, rows_of

START = dt.datetime(2020, 1, 1)
#: (key, float, text, deleted, hours after START since when it holds)
Row = tuple[int, float | None, str | None, bool, int]
FLOATS = [None, 0.0, -0.0, 1.5, 0.1 + 0.2, 0.3, math.nan]
ROWS = st.tuples(
    st.integers(0, 4), st.sampled_from(FLOATS), st.sampled_from([None, "a", ""]), st.booleans(), st.integers(0, 6)
)
#: One batch after another, each with one row of a key.
UNIQUE = st.lists(st.lists(ROWS, max_size=5, unique_by=lambda row: row[0]), min_size=1, max_size=4)
BATCHES = st.lists(st.lists(ROWS, max_size=6), min_size=1, max_size=4)
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def form(value: float | None) -> object:
    """A float as the digest takes it: 0.1 + 0.2 is 0.3, there is one NaN, -0 is 0."""
    if value is None:
        return None
    return "nan" if math.isnan(value) else float(f"{value:.9g}") + 0.0


def rows_text(rows: list[Row]) -> str:
    def literal(value: object) -> str:
        return "null" if value is None else repr(str(value))

    listed = ", ".join(
        f"({key}, {literal(number)}::double, {literal(text)}, {gone}, {hour})"
        for key, number, text, gone, hour in [*rows, (0, 0.0, "", False, 0)]
    )
    values = f"(select * from (values {listed}) v(key, number, text, gone, hour) limit {len(rows)})"
    return (
        f"select key, number, text::varchar as text, gone, timestamp '{START}' + to_hours(hour) as since from {values}"
    )


class Chain:
    """Versions of one dataset, each merged into the one before."""

    def __init__(self, bench: Bench, merging: ByMerging) -> None:
        self.bench = bench
        self.merging = merging
        self.standing: Relation | None = None
        self.rows: list[dict[str, object]] = []

    def merge(self, rows: list[Row], at: dt.datetime, columns: str = "*") -> None:
        fresh = as_relation(self.bench.model(f"select {columns} from ({rows_text(rows)})"))
        build = MergeBuild(
            dataset="ops.flights.x",
            rows=fresh,
            before=self.standing,
            merging=self.merging,
            at=at.replace(tzinfo=dt.UTC),
        )
        built = self.bench.session.build_merge(build, self.bench.target())
        self.standing, self.rows = as_relation(built), rows_of(built)


def bag(rows: list[tuple[object, ...]]) -> Counter[tuple[object, ...]]:
    return Counter(rows)


@SETTINGS
@given(batches=UNIQUE, has_deleted=st.booleans())
def test_upserts(bench: Bench, batches: list[list[Row]], has_deleted: bool) -> None:
    chain = Chain(bench, ByMerging(key=("key",), merge=Merge.UPSERT, deleted="gone" if has_deleted else None))
    expected: dict[int, tuple[object, ...]] = {}
    for batch in batches:
        for key, number, text, gone, _ in batch:
            expected.pop(key, None)
            if not (has_deleted and gone):
                expected[key] = (key, form(number), text)
        chain.merge(batch, START, "key, number, text" + (", gone" if has_deleted else ""))
        found = [(row["key"], form(row["number"]), row["text"]) for row in chain.rows]  # type: ignore[arg-type]
        assert bag(found) == bag(list(expected.values()))


@SETTINGS
@given(batches=BATCHES, has_deleted=st.booleans())
def test_deleting_and_inserting(bench: Bench, batches: list[list[Row]], has_deleted: bool) -> None:
    chain = Chain(
        bench, ByMerging(key=("number", "key"), merge=Merge.DELETE_INSERT, deleted="gone" if has_deleted else None)
    )
    expected: list[tuple[object, ...]] = []
    for all_rows in batches:
        batch = [row for row in all_rows if row[1] is not None]
        keys = {(form(number), key) for key, number, *_ in batch}
        expected = [row for row in expected if (row[1], row[0]) not in keys]
        expected += [(key, form(number), text) for key, number, text, gone, _ in batch if not (has_deleted and gone)]
        chain.merge(batch, START, "key, number, text" + (", gone" if has_deleted else ""))
        found = [(row["key"], form(row["number"]), row["text"]) for row in chain.rows]  # type: ignore[arg-type]
        assert bag(found) == bag(expected)


class TooOld(Exception):
    """A row would close one that holds since later."""


def history(
    standing: list[dict[str, object]],
    batch: list[Row],
    at: dt.datetime,
    *,
    has_deleted: bool,
    has_since: bool,
    is_closing: bool,
) -> list[dict[str, object]]:
    """The next rows of a slowly changing dimension. Raises TooOld."""
    found = [dict(row) for row in standing]
    for row in found:
        if row["is_current"] and is_closing and row["key"] not in {new[0] for new in batch}:
            row |= {"is_current": False, "valid_to": max(at, row["valid_from"])}  # type: ignore[type-var]
    for key, number, text, gone, hour in batch:
        since = START + dt.timedelta(hours=hour) if has_since else at
        values = {"key": key, "number": form(number), "text": text}
        current = next((row for row in found if row["is_current"] and row["key"] == key), None)
        is_gone = has_deleted and gone
        if current is not None:
            if not is_gone and {name: current[name] for name in values} == values:
                continue
            if since < current["valid_from"]:  # type: ignore[operator]
                raise TooOld
            current |= {"is_current": False, "valid_to": since}
        if not is_gone:
            found.append({**values, "valid_from": since, "valid_to": None, "is_current": True})
    return found


@settings(SETTINGS, max_examples=80)
@given(batches=UNIQUE, has_deleted=st.booleans(), has_since=st.booleans(), is_closing=st.booleans())
def test_slowly_changing_dimensions(
    bench: Bench, batches: list[list[Row]], has_deleted: bool, has_since: bool, is_closing: bool
) -> None:
    merging = ByMerging(
        key=("key",),
        merge=Merge.SCD2,
        deleted="gone" if has_deleted else None,
        valid_from="since" if has_since else None,
        is_closing_absent=is_closing,
    )
    columns = ", ".join(["key, number, text", *(["gone"] if has_deleted else []), *(["since"] if has_since else [])])
    chain = Chain(bench, merging)
    expected: list[dict[str, object]] = []
    for place, batch in enumerate(batches):
        at = START + dt.timedelta(hours=place * 2)
        try:
            expected = history(expected, batch, at, has_deleted=has_deleted, has_since=has_since, is_closing=is_closing)
        except TooOld:
            with pytest.raises(InputError) as caught:
                chain.merge(batch, at, columns)
            assert caught.value.first.code == "MW-E110"
            continue
        chain.merge(batch, at, columns)
        found = [row | {"number": form(row["number"])} for row in chain.rows]  # type: ignore[arg-type]
        assert bag([tuple(row.values()) for row in found]) == bag([tuple(row.values()) for row in expected])
