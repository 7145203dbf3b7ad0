"""The selection syntax."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from graph_meshes import mesh
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.diagnostics import InputError
from meshwright.graph import ancestors, build_graph, descendants, names_changed, select
from meshwright.model import ContractObject, Mesh

READS = {
    "ops.flights.raw": [],
    "ops.flights.departures": ["ops.flights.raw"],
    "ops.delays.late": ["ops.flights.departures"],
    "ops.delays.alone": [],
    "fleet.planes.planes": [],
    "fleet.planes.used": ["ops.flights.departures", "fleet.planes.planes"],
}
PLAIN = mesh(
    READS,
    tags={"ops.flights.raw": ["hourly"], "ops.delays.late": ["daily", "hourly"]},
    ports={"ops.flights/departures": ["ops.flights.departures"], "fleet.planes/planes": ["fleet.planes.planes"]},
)


def with_tags(plain: Mesh) -> Mesh:
    """The mesh with tags of a product, of a contract and of an object in a contract."""
    flights, planes = plain.domains["ops"].products["flights"], plain.domains["fleet"].products["planes"]
    gold = replace(flights.ports["departures"], contract=replace(flights.ports["departures"].contract, tags=("gold",)))
    described = ContractObject(name="planes", tags=("silver",))
    silver = replace(planes.ports["planes"], contract=replace(planes.ports["planes"].contract, objects=(described,)))
    ops = replace(
        plain.domains["ops"],
        products={**plain.domains["ops"].products, "flights": replace(flights, ports={"departures": gold})},
    )
    fleet = replace(
        plain.domains["fleet"], products={"planes": replace(planes, tags=("gold",), ports={"planes": silver})}
    )
    return replace(plain, domains={"ops": ops, "fleet": fleet})


MESH = with_tags(PLAIN)
GRAPH, _ = build_graph(MESH)

CASES = [
    ("ops", "ops.flights.raw ops.flights.departures ops.delays.late ops.delays.alone"),
    ("ops.flights", "ops.flights.raw ops.flights.departures"),
    ("ops.flights.raw", "ops.flights.raw"),
    ("ops.flights.departures+", "ops.flights.departures ops.delays.late fleet.planes.used"),
    ("+ops.flights.departures", "ops.flights.raw ops.flights.departures"),
    ("+ops.flights.departures+", "ops.flights.raw ops.flights.departures ops.delays.late fleet.planes.used"),
    ("+fleet", "fleet.planes.planes fleet.planes.used ops.flights.departures ops.flights.raw"),
    ("*", " ".join(READS)),
    ("*.*.l*", "ops.delays.late"),
    ("*.flights", "ops.flights.raw ops.flights.departures"),
    ("o*.d*.*", "ops.delays.late ops.delays.alone"),
    ("ops.delays fleet.planes.used", "ops.delays.late ops.delays.alone fleet.planes.used"),
    ("ops.delays.late,fleet.planes.used", "ops.delays.late fleet.planes.used"),
    ("  ops.delays.late ,, ops.flights.raw ", "ops.delays.late ops.flights.raw"),
    ("tag:hourly", "ops.flights.raw ops.delays.late"),
    ("tag:daily", "ops.delays.late"),
    ("+tag:daily", "ops.delays.late ops.flights.departures ops.flights.raw"),
    ("tag:h*", "ops.flights.raw ops.delays.late"),
    ("owner:team:fleet", "fleet.planes.planes fleet.planes.used"),
    ("owner:*fleet", "fleet.planes.planes fleet.planes.used"),
    ("owner:fleet", "fleet.planes.planes fleet.planes.used"),
    ("owner:fl*+", "fleet.planes.planes fleet.planes.used"),
    ("tag:gold", "ops.flights.departures fleet.planes.planes fleet.planes.used"),
    ("tag:silver", "fleet.planes.planes"),
]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_a_selection_names_these_datasets(expression: str, expected: str) -> None:
    assert select(GRAPH, MESH, expression) == frozenset(expected.split())


@pytest.mark.parametrize(
    ("expression", "nearest"),
    [
        ("op", "ops"),
        ("ops.flight", "ops.flights"),
        ("ops.flights.departure", "ops.flights.departures"),
        ("ops nothing_like_it", "domains: fleet, ops"),
        ("tag:dayly", "daily"),
        ("owner:team:flet", "team:fleet"),
        ("x*.y", "products:"),
        ("chnaged", "did you mean 'changed'?"),
        ("tag:glod", "gold"),
        ("owner:flet", "team:fleet"),
    ],
)
def test_a_term_that_matches_nothing_is_an_error_with_the_nearest_name(expression: str, nearest: str) -> None:
    with pytest.raises(InputError) as caught:
        select(GRAPH, MESH, expression)
    assert caught.value.first.code == "MW-G201"
    assert nearest in (caught.value.first.fix or "")


@pytest.mark.parametrize(
    "expression",
    [
        "",
        " ",
        ",",
        "+",
        "++",
        "a..b",
        ".a",
        "a.",
        "a.b.c.d",
        "++a",
        "a++",
        "a+b",
        "tag:",
        "owner:",
        "x:y",
        "A",
        "a/b",
        "é",
        "a;b",
        "[a]",
        "a?",
    ],
)
def test_an_odd_selection_is_an_error(expression: str) -> None:
    with pytest.raises(InputError) as caught:
        select(GRAPH, MESH, expression)
    assert caught.value.first.code == "MW-G202"


CHANGES = frozenset({"ops.flights.departures", "ops.delays.alone"})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("changed", "ops.flights.departures ops.delays.alone"),
        ("changed+", "ops.flights.departures ops.delays.alone ops.delays.late fleet.planes.used"),
        ("+changed", "ops.flights.raw ops.flights.departures ops.delays.alone"),
        ("changed fleet.planes.planes", "ops.flights.departures ops.delays.alone fleet.planes.planes"),
    ],
)
def test_changed_names_what_differs_and_the_rest_of_the_syntax_holds_for_it(expression: str, expected: str) -> None:
    assert select(GRAPH, MESH, expression, changed=CHANGES) == frozenset(expected.split())
    assert names_changed(expression.split())


def test_changed_may_name_nothing() -> None:
    for expression in ("changed", "+changed+"):
        assert select(GRAPH, MESH, expression, changed=frozenset()) == frozenset()


def test_changed_is_refused_where_nobody_looked() -> None:
    for expression in ("changed", "changed+", "ops changed"):
        with pytest.raises(InputError) as caught:
            select(GRAPH, MESH, expression)
        assert caught.value.first.code == "MW-G203"


def test_words_that_only_hold_changed_do_not_ask_for_it() -> None:
    assert not names_changed(("changed.x", "tag:changed", "unchanged", "owner:changed"))
    assert names_changed(("ops", "a,+changed"))


@pytest.mark.parametrize(
    ("expression", "message", "fix"),
    [
        ("2+ops.flights", "number of steps", "'+ops.flights'"),
        ("ops.flights+3", "number of steps", "'ops.flights+'"),
        ("tags:hourly", "'tags:' is nothing to select by", "'tag:'"),
        ("state:modified", "'state:' is nothing to select by", "words: changed, owner:, tag:"),
    ],
)
def test_a_word_of_another_tool_is_refused_with_what_there_is(expression: str, message: str, fix: str) -> None:
    with pytest.raises(InputError) as caught:
        select(GRAPH, MESH, expression)
    assert caught.value.first.code == "MW-G202"
    assert message in caught.value.first.message
    assert fix in (caught.value.first.fix or "")


def test_what_is_in_no_graph_can_be_named_where_the_caller_knows_it() -> None:
    beside = frozenset({"ops.broken", "ops.flights.torn", "empty"})
    assert select(GRAPH, MESH, "ops.broken", beside=beside) == {"ops.broken"}
    assert select(GRAPH, MESH, "ops.flights.torn+", beside=beside) == {"ops.flights.torn"}
    assert select(GRAPH, MESH, "empty", beside=beside) == {"empty"}
    assert select(GRAPH, MESH, "ops.flights", beside=beside) == {
        "ops.flights.raw",
        "ops.flights.departures",
        "ops.flights.torn",
    }
    with pytest.raises(InputError):
        select(GRAPH, MESH, "ops.broken.x", beside=beside)


@settings(deadline=None, max_examples=80)
@given(st.text(max_size=12))
def test_any_text_selects_or_is_refused(expression: str) -> None:
    with contextlib.suppress(InputError):
        assert select(GRAPH, MESH, expression) <= set(READS)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25), st.integers(0, 9))
def test_up_and_down_stream_equal_a_naive_closure(edges: list[tuple[int, int]], start: int) -> None:
    names = [f"d.p.x{index}" for index in range(10)]
    reads: dict[str, list[str]] = {name: [] for name in names}
    for one, other in edges:
        if one != other and names[min(one, other)] not in reads[names[max(one, other)]]:
            reads[names[max(one, other)]].append(names[min(one, other)])
    built = mesh(reads)
    graph, _ = build_graph(built)
    above: set[str] = {names[start]}
    for _ in names:
        above |= {read for reader in above for read in reads[reader]}
    below: set[str] = {names[start]}
    for _ in names:
        below |= {reader for reader in names if set(reads[reader]) & below}
    assert select(graph, built, f"+{names[start]}") == above
    assert select(graph, built, f"{names[start]}+") == below
    assert select(graph, built, f"+{names[start]}+") == above | below
    assert ancestors(graph, [names[start]]) == above - {names[start]}
    assert descendants(graph, [names[start]]) == below - {names[start]}
