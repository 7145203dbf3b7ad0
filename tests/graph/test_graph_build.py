"""Building the graph: references, ports, cycles, order, publication units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph_meshes import everything_in_ports, mesh
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.graph import build_graph
from meshwright.graph.cycles import components
from meshwright.model import SqlTest


def findings(reads: Mapping[str, Sequence[str]], **more: object) -> tuple[Diagnostic, ...]:
    return build_graph(mesh(reads, **more))[1]  # type: ignore[arg-type]


GOOD = {
    "ops.flights.raw": [],
    "ops.flights.departures": ["ops.flights.raw"],
    "ops.delays.late": ["ops.flights.departures"],
    "fleet.planes.used": ["ops.flights.departures", "fleet.planes.planes"],
    "fleet.planes.planes": [],
}
PORTS = {"ops.flights/departures": ["ops.flights.departures"]}


def test_a_good_mesh_has_a_graph_and_no_findings() -> None:
    graph, found = build_graph(mesh(GOOD, ports=PORTS))
    assert found == ()
    assert graph.order == (
        "fleet.planes.planes",
        "ops.flights.raw",
        "ops.flights.departures",
        "fleet.planes.used",
        "ops.delays.late",
    )
    assert graph.parents["fleet.planes.used"] == ("fleet.planes.planes", "ops.flights.departures")
    assert graph.children["ops.flights.departures"] == ("fleet.planes.used", "ops.delays.late")
    assert graph.units == (("ops.flights",), ("fleet.planes",), ("ops.delays",))


def test_an_unknown_dataset_is_placed_in_the_text_with_the_nearest_name() -> None:
    (found,) = findings(GOOD | {"ops.flights.x": ["ops.flights.raw", "ops.flights.departure"]}, ports=PORTS)
    assert (found.code, found.object) == ("MW-G101", "ops.flights.x")
    assert found.message == "'ops.flights.x' reads 'departure', which does not exist"
    assert found.span == SourceSpan(file="domains/ops/flights/models/x.sql", line=3, column=8)
    assert found.fix == "did you mean 'departures'?"


def test_a_bare_name_of_another_product_is_answered_with_its_full_address() -> None:
    (found,) = findings(GOOD | {"fleet.planes.x": ["fleet.planes.departures"]}, ports=PORTS)
    assert found.code == "MW-G101"
    assert found.fix == "'departures' is a dataset of another product: write ops.flights.departures"


def test_an_unknown_product_is_answered_with_the_nearest_one() -> None:
    (found,) = findings(GOOD | {"fleet.planes.x": ["ops.flight.zzz"]}, ports=PORTS)
    assert "did you mean" in (found.fix or "")
    assert "ops.flights" in (found.fix or "")


def test_reading_past_another_domains_ports_names_its_ports_and_owners() -> None:
    (found,) = findings(GOOD | {"fleet.planes.x": ["ops.flights.raw"]}, ports=PORTS)
    assert found.code == "MW-G102"
    assert "ops.flights/departures" in found.message
    assert "team:ops" in (found.fix or "")
    assert found.span == SourceSpan(file="domains/fleet/planes/models/x.sql", line=2, column=6)


def test_a_port_that_holds_no_dataset_is_said_to() -> None:
    (found,) = findings(GOOD | {"fleet.planes.x": ["ops.flights.raw"]}, ports={**PORTS, "ops.flights/empty": []})
    assert "ops.flights/empty (no dataset)" in found.message


def test_inside_a_domain_every_dataset_may_be_read() -> None:
    assert findings(GOOD | {"ops.other.x": ["ops.flights.raw"]}, ports=PORTS) == ()


def test_a_node_that_reads_or_awaits_itself_is_told_so() -> None:
    (read,) = findings({"a.b.c": ["a.b.c"]})
    (awaited,) = findings({"a.b.c": []}, after={"a.b.c": ["a.b.c"]})
    assert (read.code, awaited.code) == ("MW-G103", "MW-G103")
    assert read.span == SourceSpan(file="domains/a/b/models/c.sql", line=2, column=6)


def test_waiting_for_nothing_is_a_finding() -> None:
    (found,) = findings({"a.b.c": [], "a.b.d": []}, after={"a.b.c": ["a.b.e"]})
    assert found.code == "MW-G101"


def test_waiting_is_an_edge() -> None:
    graph, found = build_graph(mesh({"a.b.c": [], "a.b.d": []}, after={"a.b.c": ["a.b.d"]}))
    assert found == ()
    assert graph.order == ("a.b.d", "a.b.c")


def test_a_cycle_of_datasets_is_named_in_order_and_once() -> None:
    reads = {"a.b.x": ["a.b.z"], "a.b.y": ["a.b.x"], "a.b.z": ["a.b.y"], "a.b.below": ["a.b.x"], "a.b.good": []}
    graph, found = build_graph(mesh(reads))
    assert [(item.code, item.message) for item in found] == [
        ("MW-G104", "datasets wait for each other: a.b.x reads a.b.z reads a.b.y reads a.b.x")
    ]
    assert graph.order == ("a.b.good", "a.b.below", "a.b.x", "a.b.y", "a.b.z")


def test_products_that_read_each_other_inside_a_domain_publish_together() -> None:
    reads = {"a.p.x": [], "a.q.y": ["a.p.x"], "a.p.z": ["a.q.y"], "a.r.w": ["a.p.z"]}
    graph, found = build_graph(mesh(reads))
    assert found == ()
    assert graph.units == (("a.p", "a.q"), ("a.r",))


def test_products_that_read_each_other_between_domains_are_an_error() -> None:
    reads = {"a.p.x": [], "b.q.y": ["a.p.x"], "a.p.z": ["b.q.y"]}
    (found,) = findings(reads, ports=everything_in_ports(reads))
    assert found.code == "MW-G105"
    assert "'a.p.z' reads 'b.q.y'" in found.message
    assert "'b.q.y' reads 'a.p.x'" in found.message


def test_an_error_between_domains_is_shown_by_a_way_round_that_leaves_the_domain() -> None:
    reads = {
        "a.p.x": ["a.q.z"],
        "a.q.y": ["a.p.x1"],
        "a.p.x1": [],
        "a.q.z": ["b.r.w"],
        "b.r.w": ["a.q.y"],
    }
    (found,) = findings(reads, ports=everything_in_ports(reads))
    assert found.code == "MW-G105"
    assert "b.r.w" in found.message


def test_what_a_test_reads_is_checked_as_well() -> None:
    test = SqlTest(
        name="t",
        dataset="fleet.planes.used",
        text="select * from used join ops.flights.raw on true join nowhere on true",
        reads=("fleet.planes.used", "ops.flights.raw", "fleet.planes.nowhere"),
        fingerprint="f",
        span=SourceSpan(file="domains/fleet/planes/tests/t.sql"),
    )
    found = findings(GOOD, ports=PORTS, tests=[test])
    assert [(item.code, item.object) for item in found] == [
        ("MW-G102", "fleet.planes/tests/t"),
        ("MW-G101", "fleet.planes/tests/t"),
    ]
    assert all(item.span and item.span.file == "domains/fleet/planes/tests/t.sql" for item in found)


def test_five_thousand_datasets_in_one_line_need_no_recursion() -> None:
    count = 6000
    reads = {
        f"a.p{index // 100}.x{index}": [f"a.p{(index - 1) // 100}.x{index - 1}"] if index else []
        for index in range(count)
    }
    graph, found = build_graph(mesh(reads))
    assert found == ()
    assert graph.order == tuple(reads)
    reads["a.p0.x0"] = [f"a.p{(count - 1) // 100}.x{count - 1}"]
    _, found = build_graph(mesh(reads))
    assert [item.code for item in found] == ["MW-G104"]


EDGES = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30)


def as_reads(edges: list[tuple[int, int]]) -> dict[str, list[str]]:
    reads: dict[str, list[str]] = {f"d{index % 3}.p{index % 5}.x{index}": [] for index in range(12)}
    names = list(reads)
    for reader, read in edges:
        if names[read] not in reads[names[reader]]:
            reads[names[reader]].append(names[read])
    return reads


@settings(deadline=None, max_examples=60)
@given(EDGES)
def test_inputs_stand_before_readers_in_every_acyclic_mesh(edges: list[tuple[int, int]]) -> None:
    reads = as_reads([(max(edge), min(edge)) for edge in edges if edge[0] != edge[1]])
    graph, found = build_graph(mesh(reads, ports=everything_in_ports(reads)))
    assert not [item for item in found if item.code != "MW-G105"]
    place = {address: index for index, address in enumerate(graph.order)}
    assert set(place) == set(reads)
    for reader, parents in graph.parents.items():
        assert all(place[parent] < place[reader] for parent in parents)
    again, _ = build_graph(mesh(dict(reversed(reads.items())), ports=everything_in_ports(reads)))
    assert again.order == graph.order
    assert again.units == graph.units


@settings(deadline=None, max_examples=60)
@given(EDGES)
def test_a_cycle_is_found_exactly_where_there_is_one(edges: list[tuple[int, int]]) -> None:
    reads = as_reads([edge for edge in edges if edge[0] != edge[1]])
    _, found = build_graph(mesh(reads, ports=everything_in_ports(reads)))

    def reaches(start: str) -> set[str]:
        seen: set[str] = set()
        stack = list(reads[start])
        while stack:
            address = stack.pop()
            if address not in seen:
                seen.add(address)
                stack.extend(reads[address])
        return seen

    closure = {address: reaches(address) for address in reads}
    groups = {
        frozenset(other for other in reads if other in closure[address] and address in closure[other]) | {address}
        for address in reads
        if address in closure[address]
    }
    assert sum(item.code == "MW-G104" for item in found) == len(groups)
    assert {
        frozenset(group) for group in components({k: tuple(v) for k, v in reads.items()}) if len(group) > 1
    } == groups


@settings(deadline=None, max_examples=60)
@given(EDGES)
def test_units_hold_every_product_once_and_come_after_what_they_read(edges: list[tuple[int, int]]) -> None:
    reads = as_reads([(max(edge), min(edge)) for edge in edges if edge[0] != edge[1]])
    graph, _ = build_graph(mesh(reads, ports=everything_in_ports(reads)))
    products = [product for unit in graph.units for product in unit]
    assert sorted(products) == sorted({address.rpartition(".")[0] for address in reads})
    unit_of = {product: index for index, unit in enumerate(graph.units) for product in unit}
    for reader, parents in graph.parents.items():
        for parent in parents:
            assert unit_of[parent.rpartition(".")[0]] <= unit_of[reader.rpartition(".")[0]]
