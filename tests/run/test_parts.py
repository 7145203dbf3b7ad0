"""Parts as one relation: what shares a file is read once, and shown no further than its own intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

import pytest

from meshwright.engines.duckdb.scans import files_of_relation
from meshwright.engines.protocol import Relation, Window
from meshwright.model import Part
from meshwright.model.parts import added
from meshwright.run.parts import parts_relation, spans_of
from tests.run.partbench import PartBench, day_of, part_bench

NUMBERS = (10, 11, 12, 20, 21)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PartBench]:
    with part_bench(tmp_path_factory.mktemp("parts")) as made:
        yield made


@pytest.fixture(scope="module")
def own(bench: PartBench) -> Mapping[int, Part]:
    text = "select date '{day}' as day, range as x from range({rows})"
    return {n: bench.part(n, "own", text.format(day=day_of(n), rows=n - 9)) for n in NUMBERS} | {
        13: bench.part(13, "none", "select date '2020-01-01' as day, 1::bigint as x where false")
    }


@pytest.fixture(scope="module")
def shared(bench: PartBench, own: Mapping[int, Part]) -> Mapping[int, Part]:
    parts = [own[number] for number in sorted(own)]
    columns = parts[0].columns
    window = Window(column="day", spans=spans_of(parts))
    table = bench.session.rewrite(
        parts_relation(columns, parts, bench.store, window), bench.store.new_target(parts[0].dataset, "s", "run-1-0")
    )
    assert (table.rows, table.sums) == (sum(part.rows for part in parts), added(*(part.sums for part in parts)))
    (file,) = bench.store.seal(table.files)
    return {number: replace(part, files=(replace(file, shared_by="day"),)) for number, part in own.items()}


def relation(bench: PartBench, parts: Mapping[int, Part], numbers: tuple[int, ...]) -> Relation:
    return parts_relation(next(iter(parts.values())).columns, [parts[n] for n in numbers], bench.store)


def test_any_of_the_parts_that_share_a_file_are_what_they_are_by_themselves(
    bench: PartBench, own: Mapping[int, Part], shared: Mapping[int, Part]
) -> None:
    for size in range(1, len(own) + 1):
        for numbers in combinations(sorted(own), size):
            found = relation(bench, shared, numbers)
            assert len(list(files_of_relation(found))) == 1
            assert found.rows == sum(own[number].rows for number in numbers)
            expected = bench.session.content_digest(relation(bench, own, numbers))
            assert bench.session.content_digest(found) == expected, numbers


def test_a_file_of_which_all_rows_are_listed_is_read_plainly(
    bench: PartBench, own: Mapping[int, Part], shared: Mapping[int, Part]
) -> None:
    assert relation(bench, shared, tuple(sorted(shared))).is_plain
    assert relation(bench, shared, NUMBERS).is_plain  # the part without rows changes nothing
    cut = relation(bench, shared, NUMBERS[:3])
    assert not cut.files
    assert [len(group.window.spans) for group in cut.groups if group.window] == [1]  # they touch
    mixed = relation(bench, {**shared, 11: own[11]}, NUMBERS)
    assert len(mixed.files) == len(mixed.groups) == 1
    assert bench.session.content_digest(mixed) == bench.session.content_digest(relation(bench, own, NUMBERS))
