"""Columns of merged datasets, known before there is any row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meshwright.model import ByMerging, Column, Columns, Merge
from meshwright.model.merging import merge_problem, merged_columns


def columns(**types: str) -> Columns:
    return tuple(Column(name=name, type=text.replace("_", " ")) for name, text in types.items())


UPSERT = ByMerging(key=("id",), merge=Merge.UPSERT)
SCD2 = replace(UPSERT, merge=Merge.SCD2)
GIVEN = columns(id="BIGINT", Since="DATE", gone="BOOLEAN", w="VARCHAR")
VALIDITY = ["valid_from TIMESTAMP", "valid_to TIMESTAMP", "is_current BOOLEAN"]


@pytest.mark.parametrize(
    ("merging", "expected"),
    [
        (UPSERT, ["id BIGINT", "Since DATE", "gone BOOLEAN", "w VARCHAR"]),
        (replace(UPSERT, deleted="GONE"), ["id BIGINT", "Since DATE", "w VARCHAR"]),
        (replace(UPSERT, valid_from="since"), ["id BIGINT", "Since DATE", "gone BOOLEAN", "w VARCHAR"]),
        (SCD2, ["id BIGINT", "Since DATE", "gone BOOLEAN", "w VARCHAR", *VALIDITY]),
        (replace(SCD2, deleted="gone", valid_from="since"), ["id BIGINT", "w VARCHAR", *VALIDITY]),
    ],
)
def test_what_says_of_deletion_and_validity_is_not_stored(merging: ByMerging, expected: list[str]) -> None:
    assert merge_problem(GIVEN, merging) is None
    assert [f"{column.name} {column.type}" for column in merged_columns(GIVEN, merging)] == expected


@pytest.mark.parametrize(
    ("given", "merging", "message", "fix"),
    [
        (GIVEN, replace(UPSERT, key=("idd",)), "no column 'idd'", "did you mean 'id'?"),
        (GIVEN, replace(UPSERT, deleted="w"), "'w' says which rows are deleted, and is VARCHAR", "BOOLEAN"),
        (GIVEN, replace(SCD2, valid_from="w"), "'w' says since when a row holds, and is VARCHAR", "cast it"),
        (GIVEN, replace(UPSERT, key=("id", "gone"), deleted="gone"), "'gone' is part of the key", "take it out"),
        ((*GIVEN, Column(name="VALID_TO", type="DATE")), SCD2, "'VALID_TO' has a name", "give it another name"),
        ((*GIVEN, Column(name="valid_from", type="DATE")), SCD2, "'valid_from' has a name", "name it as `valid_from`"),
    ],
)
def test_columns_that_cannot_be_merged_are_told(given: Columns, merging: ByMerging, message: str, fix: str) -> None:
    problem = merge_problem(given, merging)
    assert problem is not None
    assert message in problem.message
    assert fix in problem.fix
    if "valid_from" in message:
        assert merge_problem(given, replace(merging, valid_from="valid_from")) is None
