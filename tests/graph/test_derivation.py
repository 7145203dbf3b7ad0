"""What hides with a classified column: what it is made from, and whatever is made from any of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from meshwright.graph.derivation import ColumnName, Made, hidden_columns
from meshwright.sql.values import ColumnSource, Influence


def made(columns: str, *reads: str) -> Made:
    return Made(columns=frozenset(columns.split()), reads=reads)


def source(output: str, column: str, kind: Influence = Influence.DIRECT) -> ColumnSource:
    table, _, name = column.partition(".")
    return ColumnSource(output=output, table=table, column=name, kind=kind)


#: raw -> people (the port) -> letters; raw -> other; people -> coded (a Python node) -> below.
DATASETS: Mapping[str, Made] = {
    "raw": made("id mail city"),
    "people": made("id mail city", "raw"),
    "letters": made("address city one", "people"),
    "other": made("m id", "raw"),
    "coded": made("score mail", "people"),
    "below": made("s", "coded"),
}
LINEAGE: Mapping[str, Sequence[ColumnSource] | None] = {
    "raw": (),
    "people": [source("id", "raw.id"), source("mail", "raw.Mail"), source("city", "raw.city")],
    "letters": [
        source("address", "people.mail"),
        source("city", "people.city"),
        source("city", "people.mail", Influence.INDIRECT),
        source("one", "people.mail", Influence.INDIRECT),
    ],
    "other": [source("m", "raw.mail"), source("id", "raw.id")],
    "coded": None,
    "below": [source("s", "coded.score")],
}


def names(*columns: str) -> set[ColumnName]:
    return {(dataset, name) for dataset, _, name in (column.partition(".") for column in columns)}


@pytest.mark.parametrize(
    ("classified", "cleared", "hidden"),
    [
        (
            "people.mail",
            (),
            ("people.mail", "raw.mail", "letters.address", "other.m", "coded.score", "coded.mail", "below.s"),
        ),
        (
            "people.mail",
            ("coded.score",),
            ("people.mail", "raw.mail", "letters.address", "other.m", "coded.mail"),
        ),
        ("people.mail", ("raw.mail", "coded.score", "coded.mail"), ("people.mail", "letters.address")),
        ("letters.address", (), ("letters.address", "people.mail", "raw.mail", "other.m", "coded.score", "coded.mail", "below.s")),
        ("coded.score", (), ("coded.score", "below.s")),
        ("coded.mail", (), ("coded.mail", "people.mail", "raw.mail", "letters.address", "other.m", "coded.score", "below.s")),
        ("gone.mail", (), ("gone.mail",)),
    ],
)  # fmt: skip
def test_values_hide_up_and_down(classified: str, cleared: Sequence[str], hidden: Sequence[str]) -> None:
    (origin,) = names(classified)
    found = hidden_columns(DATASETS, {origin: "pii"}, names(*cleared), LINEAGE.__getitem__)
    assert set(found) == names(*hidden)
    assert found[origin] == "pii"


def test_what_a_statement_makes_of_a_hidden_column_hides_even_where_it_was_cleared() -> None:
    found = hidden_columns(DATASETS, {("people", "mail"): "pii"}, names("letters.address"), LINEAGE.__getitem__)
    assert found["letters", "address"] == "made from people.mail"


def test_a_column_of_which_nothing_tells_hides_beside_hidden_ones() -> None:
    datasets = {**DATASETS, "odd": made("x y", "people")}
    lineage = {**LINEAGE, "odd": [source("y", "people.city")]}
    found = hidden_columns(datasets, {("people", "mail"): "pii"}, (), lineage.__getitem__)
    assert found["odd", "x"] == "nothing tells what it is made from"
    assert ("odd", "y") not in found


def test_above_a_column_of_which_nothing_tells_its_name_hides() -> None:
    datasets = {**DATASETS, "odd": made("mail y", "raw")}
    lineage = {**LINEAGE, "odd": [source("y", "raw.city")]}
    found = hidden_columns(datasets, {("odd", "mail"): "pii"}, (), lineage.__getitem__)
    assert ("raw", "mail") in found
    assert ("people", "mail") in found
    assert ("raw", "city") not in found


def test_lineage_is_asked_for_only_where_it_matters() -> None:
    asked: list[str] = []

    def follow(dataset: str) -> Sequence[ColumnSource] | None:
        asked.append(dataset)
        return LINEAGE[dataset]

    hidden_columns(DATASETS, {("letters", "one"): "pii"}, (), follow)
    assert set(asked) == {"letters"}
