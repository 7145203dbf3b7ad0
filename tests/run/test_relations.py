"""Versions as an engine sees them: views over views, each made once, bound down to the files."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from meshwright.diagnostics import WorldError
from meshwright.model import Column, Part, StoredFile, Version, ViewRecipe
from meshwright.run.relations import Relations, bound_versions
from meshwright.store.local import LocalStore

COLUMNS = (Column(name="n", type="INTEGER"),)
FLOORS = 40


def NO_PARTS(version: Version) -> tuple[Part, ...]:
    """Give the parts of a version, where none is made of any."""
    raise AssertionError(version)


def a_version(name: str, inputs: dict[str, str], *, is_view: bool, file: str = "a/b/c/x.parquet") -> Version:
    return Version(
        id=name,
        dataset=f"a.b.{name}",
        columns=COLUMNS,
        files=() if is_view else (StoredFile(path=file, size_bytes=1, checksum="0" * 32, rows=1),),
        rows=1,
        content_digest="",
        fingerprint="f",
        node_kind="view" if is_view else "sql",
        is_opaque=False,
        inputs=inputs,
        view=ViewRecipe(dialect="duckdb", computed=COLUMNS) if is_view else None,
    )


def tower(file: str = "a/b/c/x.parquet") -> dict[str, Version]:
    """A table, and floors of two views that both read both views below them: 2^40 ways down."""
    made = {"t": a_version("t", {}, is_view=False, file=file)}
    below = ["t"]
    for floor in range(FLOORS):
        names = [f"l{floor}", f"r{floor}"]
        made.update((name, a_version(name, {f"a.b.{read}": read for read in below}, is_view=True)) for name in names)
        below = names
    return made


class Shelf:
    """Versions that count how often they are asked for."""

    def __init__(self, versions: dict[str, Version]) -> None:
        self.versions = versions
        self.asked = 0

    def read(self, ids: Collection[str]) -> dict[str, Version]:
        self.asked += 1
        return {name: self.versions[name] for name in ids if name in self.versions}


def test_everything_beneath_views_is_found_with_one_question_a_floor(tmp_path: Path) -> None:
    made = tower()
    top = made.pop(f"l{FLOORS - 1}")
    shelf = Shelf(made)
    bound = bound_versions([top], shelf.read)
    assert set(bound) == set(made) - {f"r{FLOORS - 1}"}
    assert shelf.asked == FLOORS
    relation = Relations(store=LocalStore(tmp_path), bound=bound, parts=NO_PARTS).of(top)
    seen = 0
    while relation.view is not None:
        seen += 1
        relation = next(iter(relation.view.inputs.values()))
    assert seen == FLOORS
    assert relation.files == (str(tmp_path / "a/b/c/x.parquet"),)


def test_where_there_are_no_views_nobody_is_asked() -> None:
    shelf = Shelf({})
    assert bound_versions([a_version("t", {"a.b.x": "x"}, is_view=False)], shelf.read) == {}
    assert shelf.asked == 0


def test_a_repaired_input_makes_another_relation_of_the_same_view(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    first, again, other = (
        Relations(store=store, bound=made, parts=NO_PARTS).of(made["l3"]).identity
        for made in (tower(), tower(), tower(file="a/b/c/repaired.parquet"))
    )
    assert first == again
    assert first != other
    made = tower()
    renamed = replace(made["l3"], id="l3-of-another-recipe")
    assert Relations(store=store, bound=made, parts=NO_PARTS).of(renamed).identity != first


def test_a_view_over_a_version_that_is_lost_is_refused_by_name(tmp_path: Path) -> None:
    made = tower()
    del made["r0"]
    with pytest.raises(WorldError) as caught:
        Relations(store=LocalStore(tmp_path), bound=made, parts=NO_PARTS).of(made["l2"])
    assert caught.value.first.code == "MW-R017"
    assert "a.b.r0" in caught.value.first.message
