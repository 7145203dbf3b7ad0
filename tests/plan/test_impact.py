"""Which live consumers use what breaks of a port."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest

from meshwright.diagnostics import SourceSpan
from meshwright.graph.lineage import ColumnEdge, ColumnLineage, Influence
from meshwright.model import Column, Columns, Consumer, Domain, Mesh, Product
from meshwright.plan import Desired
from meshwright.plan.impact import Impact, StandingProduct
from meshwright.plan.impact.find import find_impacts
from meshwright.plan.impact.products import query_place

from .meshes import Wish, World, nodes_of, port_of, sql_node

LATE = "ops.flights.late"
PORT = "ops.flights/late"
X = f"{LATE}.x"
Y = f"{LATE}.y"
BOTH = (Column(name="x", type="INTEGER"), Column(name="y", type="INTEGER"))
READS_X = 'SELECT late.x AS a FROM "ops"."flights"."late"'
READS_Y = 'SELECT late.y AS a FROM "ops"."flights"."late"'
PROMISED = json.dumps(
    {
        "status": "active",
        "schema": [{"name": "late", "properties": [{"name": "x", "required": True}, {"name": "y", "required": True}]}],
    }
)


def edge(source: str, target: str) -> ColumnEdge:
    return ColumnEdge(source=source, target=target, kind=Influence.DIRECT)


def consumer(name: str, *columns: str, port: str = PORT, kind: str = "dashboard") -> Consumer:
    return Consumer(
        name=name, kind=kind, owner=f"team:{name}", uses=((port, columns),), url=f"https://{name}.example.org"
    )


NODES = {
    **nodes_of("""
    ops.flights.raw = source
    ops.flights.late = sql raw
    ops.flights.own = sql late
    """),
    "biz.one.uses_x": sql_node("biz.one.uses_x", [LATE], text=READS_X),
    "biz.two.uses_y": sql_node("biz.two.uses_y", [LATE], text=READS_Y),
}
EDGES = {
    "ops.flights.own": (edge(X, "ops.flights.own.x"),),
    "biz.one.uses_x": (edge(X, "biz.one.uses_x.a"),),
    "biz.two.uses_y": (edge(Y, "biz.two.uses_y.a"),),
}
WISH = Wish(
    nodes=NODES,
    ports=(port_of(PORT, LATE, document=PROMISED),),
    lineage=ColumnLineage(edges=EDGES),
    columns={LATE: BOTH},
)


@pytest.fixture
def world() -> World:
    published = World()
    published.run(WISH)
    return published


def impacts(
    world: World,
    wish: Wish,
    products: Mapping[str, StandingProduct] = MappingProxyType({}),
    *,
    mesh: Mesh | None = None,
) -> tuple[Impact, ...]:
    desired: Desired = wish.desired() if mesh is None else replace(wish.desired(), mesh=mesh)
    return find_impacts(desired, world.observed(wish), world.plan(wish).changes, products)


def used(found: Collection[Impact]) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [(one.port, use.consumer, use.dataset, use.columns) for one in found for use in one.uses]


def edited(wish: Wish = WISH, *, columns: Columns = BOTH, document: str = PROMISED) -> Wish:
    """`late` has other columns, and its port another contract."""
    node = sql_node(LATE, ["ops.flights.raw"], text="SELECT 7 AS y FROM ops.flights.raw")
    port = port_of(PORT, LATE, digest=document, document=document)
    return replace(wish, nodes={**wish.nodes, LATE: node}, columns={**wish.columns, LATE: columns}, ports=(port,))


def promised(*names: str, status: str = "active", **more: object) -> str:
    columns = [{"name": name, "required": True} for name in names]
    return json.dumps({"status": status, "schema": [{"name": "late", "properties": columns}], **more})


def without_x(wish: Wish = WISH) -> Wish:
    return edited(wish, columns=BOTH[1:], document=promised("y"))


def with_consumers(*consumers: Consumer, wish: Wish = WISH) -> Wish:
    return replace(wish, consumers={"ops.flights": consumers})


def with_node(address: str, text: str, wish: Wish = WISH) -> Wish:
    return replace(wish, nodes={**wish.nodes, address: sql_node(address, [LATE], text=text)})


def test_nothing_breaks_where_nothing_is_major(world: World) -> None:
    assert impacts(world, WISH) == ()
    wider = (Column(name="x", type="BIGINT"), BOTH[1])
    assert impacts(world, edited(columns=wider)) == ()


def test_a_removed_column_is_used_by_who_was_made_from_it_and_did_not_change(world: World) -> None:
    (found,) = impacts(world, without_x())
    assert used([found]) == [(PORT, "biz.one", "biz.one.uses_x", (X,))]
    assert [change.kind for change in found.changes] == ["property_removed"]
    (use,) = found.uses
    assert (use.kind, use.owners, use.query) == ("product", ("team:x",), READS_X)
    assert found.approvers == ("team:x",)


def test_who_was_changed_to_do_without_a_removed_column_has_moved(world: World) -> None:
    moved = with_node("biz.one.uses_x", READS_Y)
    assert used(impacts(world, without_x(moved))) == []


def test_who_was_changed_and_still_names_a_removed_column_has_not_moved(world: World) -> None:
    """It cannot be bound: nothing tells its columns."""
    text = 'SELECT late.x AS a, 1 AS b FROM "ops"."flights"."late"'
    moved = with_node("biz.one.uses_x", text)
    unbound = replace(moved, columns={**moved.columns, "biz.one.uses_x": None})
    assert used(impacts(world, without_x(unbound))) == [(PORT, "biz.one", "biz.one.uses_x", (X,))]


def test_a_broken_column_that_is_there_still_is_used_by_who_reads_it_now(world: World) -> None:
    text = (Column(name="x", type="VARCHAR"), BOTH[1])
    assert used(impacts(world, edited(columns=text))) == [(PORT, "biz.one", "biz.one.uses_x", (X,))]
    moved = replace(WISH, lineage=ColumnLineage(edges={**EDGES, "biz.one.uses_x": (edge(Y, "biz.one.uses_x.a"),)}))
    assert used(impacts(world, edited(moved, columns=text))) == []


def test_a_reader_whose_lineage_is_not_known_may_use_any_column(world: World) -> None:
    edges = {name: found for name, found in EDGES.items() if name != "biz.two.uses_y"}
    text = (Column(name="x", type="VARCHAR"), BOTH[1])
    found = impacts(world, edited(replace(WISH, lineage=ColumnLineage(edges=edges)), columns=text))
    assert [consumer for _, consumer, _, _ in used(found)] == ["biz.one", "biz.two"]


def test_a_promise_about_no_column_is_used_by_every_reader(world: World) -> None:
    looser = promised("x", "y", slaProperties=[])
    world.run(edited(document=promised("x", "y", slaProperties=[{"property": "freshness", "value": 1, "unit": "d"}])))
    found = impacts(world, edited(document=looser))
    assert [change.kind for one in found for change in one.changes] == ["sla_removed"]
    assert used(found) == [
        (PORT, "biz.one", "biz.one.uses_x", ()),
        (PORT, "biz.two", "biz.two.uses_y", ()),
    ]


def test_readers_of_the_own_product_are_no_consumers_and_neither_are_retired_ones(world: World) -> None:
    desired = without_x().desired()
    biz = desired.mesh.domains["biz"]
    retired = {**biz.products, "one": replace(biz.products["one"], status="retired")}
    mesh = replace(desired.mesh, domains={**desired.mesh.domains, "biz": replace(biz, products=retired)})
    assert used(impacts(world, without_x(), mesh=mesh)) == []


def test_a_reader_that_was_never_published_is_not_live() -> None:
    world = World()
    world.run(replace(WISH, scope=frozenset({"ops.flights.raw", LATE, "ops.flights.own"})))
    text = (Column(name="x", type="VARCHAR"), BOTH[1])
    assert used(impacts(world, edited(columns=text))) == []


def test_what_no_port_holds_is_promised_to_nobody(world: World) -> None:
    node = sql_node("ops.flights.own", [LATE], text="SELECT 8 AS z FROM late")
    reading = {**NODES, "biz.one.own": sql_node("biz.one.own", ["ops.flights.own"])}
    world.run(replace(WISH, nodes=reading))
    wish = replace(WISH, nodes={**reading, node.address: node}, columns={**WISH.columns, node.address: BOTH[1:]})
    assert [one.level.value for one in world.plan(wish).changes] == ["major"]
    assert impacts(world, wish) == ()


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ((), (X,)),
        (("x",), (X,)),
        (("LATE.X",), (X,)),
        (("y",), None),
        (("late.y",), None),
        (("other.x",), None),
    ],
)
def test_a_declared_consumer_uses_the_columns_that_it_names_or_all(
    world: World, columns: tuple[str, ...], expected: tuple[str, ...] | None
) -> None:
    found = [
        each
        for each in used(impacts(world, without_x(with_consumers(consumer("board", *columns)))))
        if "." not in each[1]
    ]
    assert found == ([] if expected is None else [(PORT, "board", LATE, expected)])


def test_a_declared_consumer_tells_its_kind_owner_and_url(world: World) -> None:
    (found,) = impacts(world, without_x(with_consumers(consumer("board", "x"))))
    use = found.uses[-1]
    assert (use.kind, use.owners, use.url, use.is_struck) == (
        "dashboard", ("team:board",), "https://board.example.org", False,
    )  # fmt: skip
    assert found.approvers == ("team:board", "team:x")


def test_a_declared_consumer_of_the_port_uses_its_other_promises(world: World) -> None:
    wish = with_consumers(consumer("board", "y"))
    found = impacts(world, edited(wish, document=promised("x", "y", status="retired")))
    assert (PORT, "board", "", ()) in used(found)


def test_a_consumer_that_was_struck_off_the_list_counts_as_published(world: World) -> None:
    standing = {"ops.flights": StandingProduct(consumers=(consumer("board", "x"), consumer("letter", "y")))}
    found = impacts(world, without_x(), standing)
    assert [(use.consumer, use.is_struck) for use in found[0].uses] == [("biz.one", False), ("board", True)]


def test_a_consumer_whose_entry_names_other_columns_has_moved(world: World) -> None:
    standing = {"ops.flights": StandingProduct(consumers=(consumer("board", "x"),))}
    found = impacts(world, without_x(with_consumers(consumer("board", "y"))), standing)
    assert [use.consumer for use in found[0].uses] == ["biz.one"]


def test_a_removed_port_breaks_for_all_who_read_what_no_other_port_holds(world: World) -> None:
    wish = with_consumers(consumer("board", "y"))
    assert used(impacts(world, replace(wish, ports=()))) == [
        (PORT, "biz.one", "biz.one.uses_x", ()),
        (PORT, "biz.two", "biz.two.uses_y", ()),
        (PORT, "board", "", ()),
    ]
    other = port_of("ops.flights/other", LATE)
    assert used(impacts(world, replace(wish, ports=(other,)))) == [(PORT, "board", "", ())]


def test_input_ports_say_which_of_two_ports_a_product_reads() -> None:
    other = port_of("ops.flights/other", LATE, document=promised("x", "y"))
    two = replace(WISH, ports=(WISH.ports[0], other))
    world = World()
    world.run(two)
    looser = port_of(PORT, LATE, digest="c2", document=promised("x", "y", status="retired"))
    wish = replace(two, ports=(looser, other))
    assert len(used(impacts(world, wish))) == 2  # both may rely on it: neither says on which
    desired = wish.desired()
    biz = desired.mesh.domains["biz"]
    chosen: dict[str, Product] = {
        "one": replace(biz.products["one"], document=json.dumps({"inputPorts": [{"contractId": PORT}]})),
        "two": replace(biz.products["two"], document=json.dumps({"inputPorts": [{"contractId": other.address}]})),
    }
    domain: Domain = replace(biz, products=chosen)
    mesh = replace(desired.mesh, domains={**desired.mesh.domains, "biz": domain})
    assert used(impacts(world, wish, mesh=mesh)) == [(PORT, "biz.one", "biz.one.uses_x", ())]


@pytest.mark.parametrize(
    ("status", "is_promised"),
    [("draft", False), ("Proposed", False), ("active", True), ("deprecated", True), ("", True)],
)
def test_a_draft_promises_nothing(world: World, status: str, is_promised: bool) -> None:
    world.run(edited(document=promised("x", "y", status=status)))
    (found,) = impacts(world, without_x())
    assert (found.is_promised, found.status) == (is_promised, status)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("active", "retired", "product_retired"),
        ("deprecated", "retired", "product_retired"),
        ("active", "draft", "product_status_changed"),
        ("active", "deprecated", None),
        ("draft", "retired", None),
        ("active", "active", None),
    ],
)
def test_a_product_that_takes_its_promise_back_breaks_all_its_ports(
    world: World, before: str, after: str, kind: str | None
) -> None:
    desired = WISH.desired()
    ops = desired.mesh.domains["ops"]
    products = {"flights": replace(ops.products["flights"], status=after)}
    mesh = replace(desired.mesh, domains={**desired.mesh.domains, "ops": replace(ops, products=products)})
    found = impacts(world, WISH, {"ops.flights": StandingProduct(status=before)}, mesh=mesh)
    assert [change.kind for one in found for change in one.changes] == ([] if kind is None else [kind])
    assert [consumer for _, consumer, _, _ in used(found)] == ([] if kind is None else ["biz.one", "biz.two"])


def test_a_contract_may_call_a_dataset_by_another_name(world: World) -> None:
    def called(*names: str) -> str:
        columns = [{"name": name} for name in names]
        return json.dumps({"schema": [{"name": "delays", "physicalName": "late", "properties": columns}]})

    world.run(edited(document=called("x", "y")))
    wish = with_consumers(consumer("board", "delays.x"), consumer("letter", "late.x"))
    found = impacts(world, edited(wish, columns=BOTH[1:], document=called("y")))
    assert [(consumer, columns) for _, consumer, _, columns in used(found)] == [
        ("biz.one", (X,)),
        ("board", (X,)),
        ("letter", (X,)),
    ]


@pytest.mark.parametrize(
    ("text", "columns", "place"),
    [
        ("select\n  x\nfrom late", (X,), (2, 3)),
        ("-- x\nselect max_x, x from late", (X,), (2, 15)),
        ("/* x\n */ select 1 + X from late", (X,), (2, 16)),
        ("select * from late", (X,), (1, 1)),
        ("select 1 from late", (), (1, 1)),
    ],
)
def test_a_query_is_shown_where_it_names_the_column(
    text: str, columns: tuple[str, ...], place: tuple[int, int]
) -> None:
    node = replace(sql_node("biz.one.uses_x", [LATE], text=text), span=SourceSpan(file="uses_x.sql"))
    found = query_place(node, columns)
    assert found is not None
    assert (found.file, found.line, found.column) == ("uses_x.sql", *place)


def test_a_query_that_reads_through_a_version_of_a_port_is_shown_where_its_file_names_the_column() -> None:
    node = sql_node("biz.one.uses_x", [LATE], text='from ops.flights.late_v2 as "late" select x')
    assert node.sql is not None
    node = replace(node, sql=replace(node.sql, written="from ops.flights.late select x"), span=SourceSpan(file="x.sql"))
    found = query_place(node, (X,))
    assert found is not None
    assert found.column == 30


def with_quality(value: int, *names: str) -> str:
    """Columns, and a rule on all rows."""
    contract = json.loads(promised(*(names or ("x", "y"))))
    contract["schema"][0]["quality"] = [{"id": "enough", "metric": "rowCount", "mustBeGreaterThan": value}]
    return json.dumps(contract)


def test_a_looser_rule_on_a_dataset_is_used_by_who_reads_it(world: World) -> None:
    """Two datasets in one port: a consumer that names columns of the other alone is not concerned."""
    contract = json.loads(with_quality(2))
    contract["schema"].append({"name": "own", "properties": [{"name": "x"}]})
    two = replace(WISH, ports=(port_of(PORT, LATE, "ops.flights.own", digest="c1", document=json.dumps(contract)),))
    world.run(two)
    contract["schema"][0]["quality"][0]["mustBeGreaterThan"] = 1
    board, letter, chief = consumer("board", "own.x"), consumer("letter"), consumer("chief", "late.y")
    elsewhere = consumer("elsewhere", port="ops.flights/other")
    reads_own = sql_node("biz.one.own", ["ops.flights.own"])
    wish = with_consumers(
        board, letter, chief, elsewhere, wish=replace(two, nodes={**NODES, reads_own.address: reads_own})
    )
    world.run(wish)
    looser = port_of(PORT, LATE, "ops.flights.own", digest="c2", document=json.dumps(contract))
    assert used(impacts(world, replace(wish, ports=(looser,)))) == [
        (PORT, "biz.one", "biz.one.uses_x", ()),
        (PORT, "biz.two", "biz.two.uses_y", ()),
        (PORT, "chief", LATE, ()),
        (PORT, "letter", LATE, ()),
    ]


def test_a_primary_key_is_used_by_who_uses_one_of_its_columns(world: World) -> None:
    def keyed(is_key: bool) -> str:
        columns = [
            {"name": "x", "required": True, "unique": True, "primaryKey": is_key},
            {"name": "y", "required": True},
        ]
        return json.dumps({"status": "active", "schema": [{"name": "late", "properties": columns}]})

    world.run(edited(document=keyed(True)))
    (found,) = impacts(world, edited(with_consumers(consumer("board", "y")), document=keyed(False)))
    assert [change.kind for change in found.changes] == ["primary_key_removed"]
    assert used([found]) == [(PORT, "biz.one", "biz.one.uses_x", (X,))]


@pytest.mark.parametrize("name", ["Größe / cm", "a.b", 'say "x"', "x/y"])
def test_columns_of_any_name_are_told(name: str) -> None:
    columns = (Column(name="x", type="INTEGER"), Column(name=name, type="INTEGER"))
    reads = {"biz.one.uses_x": (edge(f"{LATE}.{name}", "biz.one.uses_x.a"),), "biz.two.uses_y": ()}
    wish = replace(
        WISH,
        columns={LATE: columns},
        lineage=ColumnLineage(edges=reads),
        ports=(port_of(PORT, LATE, document=promised("x", name)),),
    )
    world = World()
    world.run(wish)
    looser = json.loads(promised("x", name))
    looser["schema"][0]["properties"][1]["required"] = False
    found = impacts(world, edited(wish, columns=columns, document=json.dumps(looser)))
    assert used(found) == [(PORT, "biz.one", "biz.one.uses_x", (f"{LATE}.{name}",))]


def test_what_a_variation_reads_is_not_live(world: World) -> None:
    varied = sql_node("biz.one.uses_x@canary", [LATE], text=READS_X)
    wish = replace(WISH, nodes={**NODES, varied.address: varied})
    world.datasets[varied.address] = "v"
    text = (Column(name="x", type="VARCHAR"), BOTH[1])
    made = edited(wish, columns=text)
    derived = Product(address="biz.one@canary", nodes={"uses_x": varied})
    mesh = replace(made.desired().mesh, varied={derived.address: derived})
    assert used(impacts(world, made, mesh=mesh)) == [(PORT, "biz.one", "biz.one.uses_x", (X,))]


def test_a_product_that_the_plan_does_not_settle_keeps_its_promise(world: World) -> None:
    wish = replace(WISH, scope=frozenset({"ops.flights.own"}))
    desired = wish.desired()
    ops = desired.mesh.domains["ops"]
    products = {"flights": replace(ops.products["flights"], status="retired")}
    mesh = replace(desired.mesh, domains={**desired.mesh.domains, "ops": replace(ops, products=products)})
    assert impacts(world, wish, {"ops.flights": StandingProduct(status="active")}, mesh=mesh) == ()
