"""Rules on tables of several writers, beside plain Python that looks at every row: values that statistics and shortcuts trip over.

NaN, -0.0, texts longer than statistics keep, row groups of nulls alone, files without statistics or dictionaries, unsigned
numbers beyond 63 bits, decimals, instants, names with commas.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meshwright.checks.spec import CheckSpec, Metric
from meshwright.engines.protocol import FileGroup, Relation, Window
from meshwright.model import Column, Operator

from ..conftest import Bench, as_relation

#: More than a small table has, so that every shortcut is taken.
N = 30_000
FLOATS = [0.0, -0.0, 1.5, -2.0, math.nan, math.inf, None]
TEXTS = ["EWR", "", "Zürich", "O'Hare", "n/a", 'q"q', None, "ewr"]
PREFIX = "x" * 300
START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)

TYPES = {
    "k": ("BIGINT", pa.int64()),
    "sparse": ("BIGINT", pa.int64()),
    "twice": ("INTEGER", pa.int32()),
    "far": ("UBIGINT", pa.uint64()),
    "gap": ("INTEGER", pa.int32()),
    "f": ("DOUBLE", pa.float64()),
    "g": ("DOUBLE", pa.float64()),
    "t": ("VARCHAR", pa.string()),
    "long": ("VARCHAR", pa.string()),
    "longer": ("VARCHAR", pa.string()),
    "d": ("DATE", pa.date32()),
    "at": ("TIMESTAMP WITH TIME ZONE", pa.timestamp("us", "UTC")),
    "dec": ("DECIMAL(20,4)", pa.decimal128(20, 4)),
    "n": ("VARCHAR", pa.string()),
    'a, "b"': ("INTEGER", pa.int32()),
    "nothing": ("INTEGER", pa.int32()),
    "yes": ("BOOLEAN", pa.bool_()),
}


def row(i: int) -> dict[str, object]:
    return {
        "k": i - 5,
        "sparse": i * 1_000_003 if i != 777 else 0,
        "twice": i // 2,
        "far": 2**63 + i % 29_000,
        "gap": None if i < 12_000 else i % 300,
        "f": FLOATS[i % len(FLOATS)],
        "g": math.nan if i == N - 1 else i / 7,
        "t": TEXTS[i % len(TEXTS)],
        "long": PREFIX + "abc"[i % 3],
        "longer": None if i == 3 else f"{PREFIX}{i}",
        "d": None if i % 10 == 0 else dt.date(2020, 1, 1) + dt.timedelta(days=i % 400),
        "at": START + dt.timedelta(seconds=i * 10),
        "dec": Decimal(i % 50) / 4,
        "n": "n" if i % 2 else None,
        'a, "b"': i % 9 or None,
        "nothing": None,
        "yes": None if i % 5 == 0 else i % 5 == 1,
    }


ROWS = [row(i) for i in range(N)]

Judge = Callable[[object], bool]


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def below(least: object) -> Judge:
    return lambda value: _is_nan(value) or value < least  # type: ignore[operator]


def above(most: object) -> Judge:
    return lambda value: _is_nan(value) or value > most  # type: ignore[operator]


def unlike(pattern: str) -> Judge:
    return lambda value: re.search(pattern, str(value)) is None


def out_of(*values: object) -> Judge:
    return lambda value: value not in values


def among(*values: object) -> Judge:
    return lambda value: value in values


INVALID: list[tuple[str, dict[str, object], Judge]] = [
    ("k", {"minimum": 0}, below(0)),
    ("k", {"maximum": N - 6}, above(N - 6)),
    ("k", {"maximum": N - 7}, above(N - 7)),
    ("k", {"multipleOf": 2}, lambda value: value % 2 != 0),  # type: ignore[operator]
    ("k", {"pattern": "^-"}, unlike("^-")),
    ("far", {"minimum": 2**63}, below(2**63)),
    ("far", {"minimum": 2**63 + 1}, below(2**63 + 1)),
    ("far", {"validValues": [2**63, "9223372036854775809", -1]}, out_of(2**63, 2**63 + 1)),
    ("gap", {"minimum": 1, "maximum": 298}, lambda value: value < 1 or value > 298),  # type: ignore[operator]
    ("gap", {"validValues": list(range(299))}, out_of(*range(299))),
    ("gap", {"validValues": ["0", 1.0, "x", 2]}, out_of(0, 1, 2)),
    ("gap", {"pattern": "^[0-9]$"}, unlike("^[0-9]$")),
    ("f", {"minimum": -2}, below(-2)),
    ("f", {"maximum": 2}, above(2)),
    ("f", {"validValues": [0, "1.5", -2]}, out_of(0.0, 1.5, -2.0)),
    ("f", {"pattern": "^-"}, unlike("^-")),
    ("f", {"pattern": "^0"}, unlike("^0")),
    ("g", {"minimum": 0}, below(0)),
    ("g", {"maximum": 10_000}, above(10_000)),
    ("g", {"exclusiveMaximum": 4285}, lambda value: _is_nan(value) or value >= 4285),  # type: ignore[operator]
    ("t", {"validValues": ["EWR", "", "Zürich"]}, out_of("EWR", "", "Zürich")),
    ("t", {"validValues": ["O'Hare", 'q"q']}, out_of("O'Hare", 'q"q')),
    ("t", {"pattern": "^[A-Z]"}, unlike("^[A-Z]")),
    ("t", {"pattern": "ü"}, unlike("ü")),
    ("t", {"pattern": "^$"}, unlike("^$")),
    ("t", {"minLength": 1, "maxLength": 5}, lambda value: not 1 <= len(str(value)) <= 5),
    ("t", {"minimum": "F"}, below("F")),
    ("long", {"validValues": [PREFIX + "a", PREFIX + "b"]}, out_of(PREFIX + "a", PREFIX + "b")),
    ("long", {"minimum": PREFIX + "b"}, below(PREFIX + "b")),
    ("long", {"maximum": PREFIX + "b"}, above(PREFIX + "b")),
    ("long", {"pattern": "b$"}, unlike("b$")),
    ("long", {"maxLength": 300}, above("")),
    ("longer", {"minimum": PREFIX + "1"}, below(PREFIX + "1")),
    ("longer", {"maximum": PREFIX + "99998"}, above(PREFIX + "99998")),
    ("longer", {"pattern": "9$"}, unlike("9$")),
    ("d", {"minimum": "2020-01-02", "maximum": "2021-01-01"}, lambda value: str(value) < "2020-01-02" or str(value) > "2021-01-01"),
    ("d", {"validValues": ["2020-01-05", "soon"]}, lambda value: str(value) != "2020-01-05"),
    ("d", {"pattern": "-01$"}, unlike("-01$")),
    ("at", {"maximum": "2020-01-01 12:00:00+02"}, above(START + dt.timedelta(hours=10))),
    ("dec", {"minimum": 0.25}, below(Decimal("0.25"))),
    ("dec", {"validValues": ["0.25", 12]}, out_of(Decimal("0.25"), Decimal(12))),
    ("dec", {"pattern": r"\.0000$"}, lambda value: value % 1 != 0),  # type: ignore[operator]
    ("n", {"pattern": "^m$"}, unlike("^m$")),
    ("n", {"validValues": ["n"]}, out_of("n")),
    ('a, "b"', {"maximum": 7, "pattern": "."}, above(7)),
    ("nothing", {"minimum": 3}, below(3)),
    ("nothing", {"pattern": "x"}, unlike("x")),
    ("yes", {"validValues": [True]}, out_of(True)),
    ("yes", {"pattern": "^true$"}, lambda value: value is not True),
]  # fmt: skip
MISSING: list[tuple[str, list[object], Judge]] = [
    ("t", ["", "n/a"], among("", "n/a")),
    ("t", [None, "n/a"], among(None, "n/a")),
    ("f", [0], among(0.0)),
    ("gap", [0, 299, None], among(0, 299, None)),
    ("k", [N - 6, 10**15], among(N - 6)),
    ("far", [-1, 2**63], among(2**63)),
    ("dec", [3], among(Decimal(3))),
]
KEYS = [
    ("k",), ("sparse",), ("twice",), ("far",), ("gap",), ("g",), ("f",), ("t",), ("longer",), ("nothing",), ("yes",),
    ("twice", "k"), ("twice", "t"), ("gap", "yes"), ('a, "b"',), (),
]  # fmt: skip


def repeated(keys: Sequence[str], rows: Sequence[Mapping[str, object]]) -> int:
    found = []
    for each in rows:
        key = tuple("nan" if _is_nan(each[name]) else each[name] for name in keys or TYPES)
        if not keys or None not in key:
            found.append(key)
    return len(found) - len(set(found))


def expected(rows: Sequence[Mapping[str, object]]) -> list[tuple[CheckSpec, int]]:
    def spec(metric: Metric, *columns: str, **arguments: object) -> CheckSpec:
        return CheckSpec(id="rule", dataset="ops.flights.t", metric=metric, columns=columns, arguments=arguments)

    found = [(spec(Metric.NULL_VALUES, name), sum(each[name] is None for each in rows)) for name in TYPES]
    for name, arguments, judge in INVALID:
        count = sum(each[name] is not None and judge(each[name]) for each in rows)
        found.append((spec(Metric.INVALID_VALUES, name, **arguments), count))
    for name, values, judge in MISSING:
        found.append((spec(Metric.MISSING_VALUES, name, missingValues=values), sum(judge(each[name]) for each in rows)))
    found += [(spec(Metric.DUPLICATE_VALUES, *keys), repeated(keys, rows)) for keys in KEYS]
    found.append((spec(Metric.ROW_COUNT), len(rows)))
    return found


COLUMNS = tuple(Column(name=name, type=text) for name, (text, _) in TYPES.items())
TABLE = pa.Table.from_pylist(ROWS, pa.schema([(name, kind) for name, (_, kind) in TYPES.items()]))


def one_file(folder: Path, **options: object) -> Relation:
    pq.write_table(TABLE, folder / "t.parquet", **options)  # type: ignore[arg-type]
    return Relation(columns=COLUMNS, files=(str(folder / "t.parquet"),))


def three_files(folder: Path) -> Relation:
    for number in range(3):
        pq.write_table(TABLE.slice(number * 10_000, 10_000), folder / f"{number}.parquet", use_dictionary=number != 1)
    return Relation(columns=COLUMNS, files=tuple(str(folder / f"{number}.parquet") for number in range(3)))


def one_without_statistics(folder: Path) -> Relation:
    """Of two files, one tells nothing."""
    pq.write_table(TABLE.slice(0, 20_000), folder / "a.parquet")
    pq.write_table(TABLE.slice(20_000), folder / "b.parquet", write_statistics=False)
    return Relation(columns=COLUMNS, files=(str(folder / "a.parquet"), str(folder / "b.parquet")))


def by_polars(folder: Path) -> Relation:
    frame = pl.from_arrow(TABLE)
    assert isinstance(frame, pl.DataFrame)
    frame.write_parquet(folder / "t.parquet", row_group_size=3000)
    return Relation(columns=COLUMNS, files=(str(folder / "t.parquet"),))


def ours(bench: Bench, folder: Path) -> Relation:
    return as_relation(bench.session.rewrite(one_file(folder), str(folder / "own")))


WRITERS: dict[str, Callable[[Bench, Path], Relation]] = {
    "meshwright": ours,
    "pyarrow": lambda _, folder: one_file(folder),
    "pyarrow, small row groups": lambda _, folder: one_file(folder, row_group_size=1000),
    "pyarrow, no statistics": lambda _, folder: one_file(folder, write_statistics=False),
    "pyarrow, no dictionaries": lambda _, folder: one_file(folder, use_dictionary=False, write_page_index=True),
    "pyarrow, small dictionaries": lambda _, folder: one_file(folder, dictionary_pagesize_limit=100),
    "three files": lambda _, folder: three_files(folder),
    "one of two without statistics": lambda _, folder: one_without_statistics(folder),
    "polars": lambda _, folder: by_polars(folder),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_rules_count_what_a_walk_over_all_rows_counts(bench: Bench, tmp_path: Path, writer: str) -> None:
    asked = expected(ROWS)
    found = bench.session.measure(WRITERS[writer](bench, tmp_path), [spec for spec, _ in asked], {})
    assert [
        f"{spec.columns} {dict(spec.arguments)}: {each.error}"
        for (spec, _), each in zip(asked, found, strict=True)
        if each.error
    ] == []
    wrong = [
        f"{spec.metric} {spec.columns} {dict(spec.arguments)}: {each.value}, not {count}"
        for (spec, count), each in zip(asked, found, strict=True)
        if each.value != count
    ]
    assert wrong == []


@pytest.mark.parametrize("is_small", [False, True])
def test_rules_on_parts_that_are_cut_count_the_rows_that_are_shown(
    bench: Bench, tmp_path: Path, *, is_small: bool
) -> None:
    relation = three_files(tmp_path)
    first, last = (500, 25_500) if not is_small else (9_500, 10_500)
    window = Window(
        column="at", spans=((START + dt.timedelta(seconds=first * 10), START + dt.timedelta(seconds=last * 10)),)
    )
    groups = tuple(FileGroup(files=(file,), columns=COLUMNS) for file in relation.files)
    cut = Relation(columns=COLUMNS, groups=groups, window=window)
    asked = expected(ROWS[first:last])
    found = bench.session.measure(cut, [spec for spec, _ in asked], {})
    assert [each.value for each in found] == [count for _, count in asked]


@pytest.mark.parametrize("rows", [0, 1, 5000])
def test_rules_on_small_tables_count_the_same_together_as_alone(bench: Bench, tmp_path: Path, rows: int) -> None:
    pq.write_table(TABLE.slice(11_990, rows), tmp_path / "t.parquet")
    relation = Relation(columns=COLUMNS, files=(str(tmp_path / "t.parquet"),))
    asked = expected(ROWS[11_990 : 11_990 + rows])
    broken = CheckSpec(
        id="r", dataset="ops.flights.t", metric=Metric.INVALID_VALUES, columns=("t",), arguments={"pattern": "("}
    )
    together = bench.session.measure(relation, [spec for spec, _ in asked], {})
    beside_broken = bench.session.measure(relation, [*(spec for spec, _ in asked), broken], {})
    assert [each.value for each in together] == [count for _, count in asked]
    assert [each.value for each in beside_broken] == [*(count for _, count in asked), None]
    assert "missing )" in (beside_broken[-1].error or "")


def test_failing_rows_are_shown_where_values_were_counted(bench: Bench, tmp_path: Path) -> None:
    rule = CheckSpec(
        id="r", dataset="ops.flights.t", metric=Metric.INVALID_VALUES, columns=("t",), arguments={"pattern": "^[a-z]*$"}
    )
    few = CheckSpec(
        id="s", dataset="ops.flights.t", metric=Metric.INVALID_VALUES, columns=("t",), arguments={"pattern": "^E"},
        operator=Operator.MUST_BE_LESS_THAN, bound=90, unit="percent",
    )  # fmt: skip
    found = bench.session.measure(one_file(tmp_path), [rule, few], {})
    assert {each["t"] for each in found[0].sample} <= {"EWR", "Zürich", "O'Hare", "n/a", 'q"q'}
    assert len(found[0].sample) == 10
    assert (found[1].failing_rows, found[1].value, found[1].sample) == (22_500, 75.0, ())
