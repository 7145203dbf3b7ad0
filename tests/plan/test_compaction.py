"""Which parts are to share a file."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from meshwright.model import Column, Part, StoredFile
from meshwright.plan.compaction import MANY_FILES, SMALL_BYTES, to_be_compacted

START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
COLUMNS = (Column(name="day", type="DATE"),)


def file(path: str, size: int = 100) -> StoredFile:
    return StoredFile(path=path, size_bytes=size, checksum="0" * 32, rows=1)


def part(number: int, *files: StoredFile) -> Part:
    start = START + dt.timedelta(days=number)
    return Part(
        id=f"p{number}",
        dataset="a.b.c",
        start=start,
        end=start + dt.timedelta(days=1),
        columns=COLUMNS,
        files=files or (file(f"f{number}"),),
        rows=1,
        sums=(0, 0),
        fingerprint="f",
    )


MANY = tuple(part(number) for number in range(MANY_FILES))
NEWEST = (part(500),)


def test_small_files_of_a_page_are_taken_together_and_the_newest_page_is_left() -> None:
    assert to_be_compacted((MANY, NEWEST)) == (MANY,)
    assert to_be_compacted((NEWEST, MANY)) == ()
    assert to_be_compacted(()) == ()


@pytest.mark.parametrize(
    "page",
    [
        MANY[1:],
        (*MANY[1:], part(0, file("big", SMALL_BYTES))),
        (*MANY[1:], replace(MANY[0], files=MANY[1].files)),
        tuple(replace(each, start=None, end=None) for each in MANY),
        (*MANY[1:], replace(MANY[0], columns=())),
    ],
    ids=["few", "big", "shared already", "appended", "other columns"],
)
def test_what_is_not_worth_it_or_cannot_be_told_apart_is_left(page: tuple[Part, ...]) -> None:
    assert to_be_compacted((page, NEWEST)) == ()


def test_parts_of_each_set_of_columns_share_a_file_of_their_own() -> None:
    others = tuple(replace(part(number), columns=()) for number in range(20, 20 + MANY_FILES))
    mixed = tuple(each for pair in zip(MANY, others, strict=True) for each in pair)
    assert to_be_compacted((mixed, NEWEST)) == (MANY, others)


def test_the_bytes_of_parts_that_share_a_file_are_not_more_than_it_has() -> None:
    shared = StoredFile(path="s", size_bytes=100, checksum="0" * 32, rows=3, shared_by="day")
    assert [replace(MANY[0], files=(shared,), rows=rows).size_bytes for rows in (1, 2, 0)] == [33, 66, 0]
    assert replace(MANY[0], files=(replace(shared, rows=0),), rows=0).size_bytes == 0
