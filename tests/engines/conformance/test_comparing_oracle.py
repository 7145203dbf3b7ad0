"""Comparing small random tables, beside a plain Python comparison that looks at every row."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from meshwright.engines.protocol import CompareRequest, Comparison

from ..conftest import Bench

Row = tuple[int | None, str | None, float | None]
NAMES = ("k", "w", "x")
TOLERANCE = 0.01
#: Values at, within and beyond the tolerance of each other, of one canonical form, and of no distance at all.
FLOATS = [
    None, 0.0, -0.0, 0.009, 0.011, 1.0, 1.0 + 1e-12, 1.00999, 1.0102, 1.02, 100.0, 100.999, 101.02, -100.0,
    math.nan, math.inf, -math.inf, 1e300, 1.005e300, 1.02e300,
]  # fmt: skip

keyed_rows = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from(["a", "b", None]), st.sampled_from(FLOATS)),
    max_size=7,
    unique_by=lambda row: row[0],
)
any_rows = st.lists(
    st.tuples(st.sampled_from([0, 1, 1, None]), st.sampled_from(["a", None]), st.sampled_from(FLOATS)), max_size=8
)


def canonical(value: float) -> tuple[float, bool]:
    """Dekker's split after 31 bits; in the order of the engine, to which NaN is the greatest number."""
    if math.isnan(value):
        return math.inf, True
    if abs(value) <= 1e290:
        scaled = value * 4194305.0
        value = scaled - (scaled - value)
    return value, False


def form(row: Row) -> tuple[object, ...]:
    """A row in canonical form; it ends in its number, in an order in which NULL is last."""
    return *row[:2], (row[2] is None, () if row[2] is None else canonical(row[2]))


def is_near(one: float | None, other: float | None, tolerance: float) -> bool:
    if one is None or other is None:
        return one is other
    return canonical(one) == canonical(other) or (
        bool(tolerance) and math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
    )


def by_key(before: Sequence[Row], after: Sequence[Row], tolerance: float) -> dict[str, object]:
    earlier, later = ({row[0]: row for row in rows} for rows in (before, after))
    both = [key for key in earlier if key in later]
    words = [key for key in both if earlier[key][1] != later[key][1]]
    floats = [key for key in both if not is_near(earlier[key][2], later[key][2], tolerance)]
    changed = sorted({*words, *floats})  # type: ignore[type-var]
    return {
        "added": sorted(key for key in later if key not in earlier),  # type: ignore[type-var]
        "removed": sorted(key for key in earlier if key not in later),  # type: ignore[type-var]
        "changed": changed,
        "by column": [0, len(words), len(floats)],
        "unchanged": len(both) - len(changed),
    }


def as_bag(before: Sequence[Row], after: Sequence[Row], tolerance: float) -> tuple[Counter[object], Counter[object]]:
    """Removed and added rows in canonical form."""
    removed, added = Counter(map(form, before)), Counter(map(form, after))
    removed, added = removed - added, added - removed
    if not tolerance:
        return Counter(removed), Counter(added)
    # Rows of one canonical form stand for the least of them.
    least: dict[object, float | None] = {}
    for row in (*before, *after):
        known = least.get(form(row), row[2])
        least[form(row)] = row[2] if row[2] is None or known is None or row[2] < known else known
    groups: defaultdict[object, tuple[list[object], list[object]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((removed, added)):
        for each in sorted(rows.elements(), key=lambda row: row[2]):  # type: ignore[index]
            groups[each[:2]][side].append(each)  # type: ignore[index]
    for gone, new in groups.values():
        for one, other in zip(gone, new, strict=False):
            if is_near(least[one], least[other], tolerance):
                removed[one] -= 1  # type: ignore[index]
                added[other] -= 1  # type: ignore[index]
    return +Counter(removed), +Counter(added)


def is_key(rows: Sequence[Row]) -> bool:
    keys = [row[0] for row in rows]
    return None not in keys and len(set(keys)) == len(keys)


def compared(bench: Bench, before: Sequence[Row], after: Sequence[Row], *key: str, tolerance: float) -> Comparison:
    relations = [bench.relation(text(rows)) for rows in (before, after)]
    request = CompareRequest(
        dataset="a.b.c", before=relations[0], after=relations[1], key=key, tolerance=tolerance, sample_rows=50
    )
    return bench.session.compare(request)


def text(rows: Sequence[Row]) -> str:
    values = [f"({k if k is not None else 'null'}, {_word(w)}, {_float(x)})" for k, w, x in rows]
    types = "k::integer as k, w::varchar as w, x::double as x"
    return (
        f"select {types} from (values (null, null, null), {', '.join(values)}) v(k, w, x) offset 1"
        if rows
        else (f"select {types} from (values (null, null, null)) v(k, w, x) where false")
    )


def _word(word: str | None) -> str:
    return "null" if word is None else f"'{word}'"


def _float(number: float | None) -> str:
    return "null" if number is None else f"'{number!r}'::double"


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=keyed_rows, after=keyed_rows, tolerance=st.sampled_from([0.0, TOLERANCE]))
@example(before=[(1, "a", 1.0)], after=[(1, "a", 1.00999)], tolerance=TOLERANCE)
def test_by_key_it_finds_what_a_look_at_every_row_finds(
    bench: Bench, before: list[Row], after: list[Row], tolerance: float
) -> None:
    found, wanted = compared(bench, before, after, "k", tolerance=tolerance), by_key(before, after, tolerance)
    kinds = {
        "added": [each.after["k"] for each in found.sample if each.before is None and each.after],
        "removed": [each.before["k"] for each in found.sample if each.after is None and each.before],
        "changed": [each.after["k"] for each in found.sample if each.before and each.after],
    }
    assert (found.key, found.key_problem) == (("k",), None)
    assert {**kinds, "by column": [each.changed for each in found.columns], "unchanged": found.unchanged} == wanted
    assert (found.added, found.removed, found.changed) == tuple(len(rows) for rows in kinds.values())


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=any_rows, after=any_rows, asks=st.booleans(), tolerance=st.sampled_from([0.0, TOLERANCE]))
@example(before=[(1, None, 0.0)] * 3, after=[(1, None, 0.009)], asks=True, tolerance=TOLERANCE)
@example(
    before=[(1, None, 1.0), (1, None, 1.0 + 1e-12)], after=[(1, None, 1.00999)] * 2, asks=False, tolerance=TOLERANCE
)
def test_without_a_key_it_finds_what_counting_rows_finds(
    bench: Bench, before: list[Row], after: list[Row], asks: bool, tolerance: float
) -> None:
    found = compared(bench, before, after, *(["k"] if asks else []), tolerance=tolerance)
    if asks and is_key(before) and is_key(after):
        assert found.key == ("k",)
        return
    assert (found.key, found.key_problem is not None) == ((), asks)
    removed, added = as_bag(before, after, tolerance)
    assert (found.removed, found.added, found.changed) == (removed.total(), added.total(), None)
    assert found.unchanged == len(before) - removed.total() == len(after) - added.total()
    seen: tuple[Counter[object], Counter[object]] = (Counter(), Counter())
    for each in found.sample:
        for shown, counter in zip((each.before, each.after), seen, strict=True):
            if shown is not None:
                row = tuple(_read(shown[name]) if name == "x" else shown[name] for name in NAMES)
                counter[form(row)] += each.times  # type: ignore[arg-type]
    assert seen == (removed, added)


def _read(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]
