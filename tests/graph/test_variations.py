"""The plain part of a graph, and words of a selection that name a variation."""

from __future__ import annotations

import pytest

from meshwright.diagnostics import Diagnostic, InputError, SourceSpan
from meshwright.graph import Graph, is_plain, of_variation, plain_graph, without_echoes
from meshwright.graph.variations import read_varied

GRAPH = Graph(
    order=("d.p.a", "d.p.a@v", "d.p.b", "d.p.b@v", "d.q.c"),
    parents={
        "d.p.a": (),
        "d.p.a@v": (),
        "d.p.b": ("d.p.a",),
        "d.p.b@v": ("d.p.a@v",),
        "d.q.c": ("d.p.b",),
    },
    children={
        "d.p.a": ("d.p.b",),
        "d.p.a@v": ("d.p.b@v",),
        "d.p.b": ("d.q.c",),
        "d.p.b@v": (),
        "d.q.c": (),
    },
    units=(("d.p",), ("d.p@v",), ("d.q",)),
)


def test_the_plain_part_holds_no_variation() -> None:
    plain = plain_graph(GRAPH)
    assert plain.order == ("d.p.a", "d.p.b", "d.q.c")
    assert plain.units == (("d.p",), ("d.q",))
    assert all(map(is_plain, (*plain.parents, *plain.children, *sum((*plain.parents.values(),), ()))))
    assert plain_graph(plain) is plain, "nothing is copied where there is nothing to leave out"


def test_datasets_of_a_variation_stand_beside_the_plain_ones() -> None:
    assert of_variation(GRAPH, {"d.p.a", "d.q.c"}, "v") == {"d.p.a@v"}
    for matched, variation in (({"d.q.c"}, "v"), ({"d.p.a"}, "w"), ({"d.p.a"}, ""), (set(), "v")):
        with pytest.raises(InputError) as caught:
            of_variation(GRAPH, matched, variation)
        assert caught.value.first.code == "MW-G204"


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("d.p@v", ("d.p", "v", False, False)),
        ("+d.p.a@v-1+", ("d.p.a", "v-1", True, True)),
        ("d.p.*@v", ("d.p.*", "v", False, False)),
        ("@v", ("", "v", False, False)),
    ],
)
def test_a_word_with_a_variation_is_taken_apart(written: str, parts: tuple[str, str, bool, bool]) -> None:
    word = read_varied(written)
    assert word is not None
    assert (word.plain, word.variation, word.with_ancestors, word.with_descendants) == parts
    assert read_varied("+d.p.a") is None


def test_only_what_a_variation_repeats_is_left_out() -> None:
    def finding(object_: str, code: str = "MW-G101", line: int = 1) -> Diagnostic:
        return Diagnostic(code=code, message="x", object=object_, span=SourceSpan(file="a.sql", line=line))

    plain, echo, own = finding("d.p.a"), finding("d.p.a@v"), finding("d.p.a@v", line=2)
    assert without_echoes([plain, echo, own]) == (plain, own)
    assert without_echoes([echo]) == (echo,)
