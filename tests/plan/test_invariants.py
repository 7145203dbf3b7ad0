"""What holds for every mesh: minimal rebuilds, an executable order, shut gates, the same plan every time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.graph.dag import Graph
from meshwright.model import Action, Node, product_of
from meshwright.plan import Plan, StepAction, StepKind
from meshwright.plan.documents import plan_document

from .meshes import Wish, World, graph_of, rule, source_node, sql_node

PRODUCTS = ("a.p", "a.q", "b.p", "c.p")
QUICK = settings(max_examples=30, deadline=None)


@st.composite
def meshes(draw: st.DrawFn, *, with_rules: bool = True, with_other_reads: bool = True) -> Wish:
    """A mesh of up to 12 datasets in up to 4 products; reads go backwards, products may be on cycles."""
    count = draw(st.integers(2, 12))
    nodes: dict[str, Node] = {}
    for index in range(count):
        address = f"{draw(st.sampled_from(PRODUCTS))}.d{index}"
        reads = draw(st.lists(st.sampled_from(sorted(nodes)), max_size=3, unique=True)) if nodes else []
        if not reads:
            nodes[address] = source_node(address)
            continue
        same = [read for read in nodes if product_of(read) == product_of(address)]
        after = draw(st.lists(st.sampled_from(same), max_size=1)) if same else []
        nodes[address] = replace(sql_node(address, reads, after=after), is_deterministic=draw(st.integers(0, 5)) > 0)
    checks = {}
    if with_rules:
        for address in draw(st.lists(st.sampled_from(sorted(nodes)), max_size=5, unique=True)):
            others = draw(st.lists(st.sampled_from(sorted(nodes)), max_size=2, unique=True)) if with_other_reads else []
            reads = tuple(sorted(other for other in others if other != address))
            action = draw(st.sampled_from([Action.STOP, Action.STOP, Action.WARN]))
            checks[address] = (rule(address, f"r_{address}", reads=reads, action=action), rule(address, f"s_{address}"))
    return Wish(nodes=nodes, checks=checks)


def below(graph: Graph, dataset: str) -> set[str]:
    """The naive oracle: everything reachable downwards."""
    found = set(graph.children[dataset])
    for child in graph.children[dataset]:
        found |= below(graph, child)
    return found


def read_below(nodes: Mapping[str, Node], dataset: str) -> set[str]:
    """Everything that reads the dataset, directly or not; what only comes after it does not count."""
    direct = {address for address, node in nodes.items() if dataset in node.reads}
    return direct.union(*(read_below(nodes, address) for address in direct))


def check_order(plan: Plan) -> None:
    seen: set[str] = set()
    keys = [step.key for step in plan.steps]
    assert len(keys) == len(set(keys))
    for step in plan.steps:
        assert set(step.after) <= seen, f"{step.key} is listed before something it waits for"
        seen.add(step.key)


def check_gates(plan: Plan, wish: Wish) -> None:
    """Every publication waits for all node and test steps of its datasets."""
    for step in plan.steps:
        if step.kind is StepKind.PUBLISH:
            own = {s.key for s in plan.steps if s.dataset is not None and product_of(s.dataset) in step.products}
            assert own <= set(step.after)
            blocked = [s for s in plan.steps if s.key in own and s.action is StepAction.BLOCKED]
            assert not blocked or step.action is StepAction.BLOCKED


@QUICK
@given(meshes())
def test_a_plan_that_was_run_leaves_nothing_to_do(wish: Wish) -> None:
    world = World()
    check_order(world.run(wish))
    plan = world.plan(wish)
    assert plan.is_empty, [step.key for step in plan.steps if step.action is not StepAction.REUSE]
    assert set(world.datasets) == set(wish.nodes)


@QUICK
@given(meshes(), st.data())
def test_a_changed_node_rebuilds_exactly_itself_and_what_reads_it(wish: Wish, data: st.DataObject) -> None:
    pure = [address for address, node in wish.nodes.items() if node.sql is not None]
    if not pure:
        return
    world = World()
    world.run(wish)
    chosen = data.draw(st.sampled_from(sorted(pure)))
    node = wish.nodes[chosen]
    other = replace(
        sql_node(chosen, node.reads, text="SELECT 99 AS x", after=node.after), is_deterministic=node.is_deterministic
    )
    plan = world.plan(replace(wish, nodes={**wish.nodes, chosen: other}))
    built = {
        s.dataset for s in plan.steps if s.kind is StepKind.NODE and s.action in {StepAction.BUILD, StepAction.PENDING}
    }
    assert built == {chosen, *read_below(wish.nodes, chosen)}
    moved = {product_of(str(dataset)) for dataset in built}
    assert {p for s in plan.steps for p in s.products} >= moved


@QUICK
@given(meshes(), st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_steps_follow_what_they_wait_for_and_publications_wait_for_all_their_gates(
    wish: Wish, changed: set[int], broken: set[int]
) -> None:
    world = World(broken={f"r_{address}" for address in wish.nodes if int(address.rpartition(".d")[2]) in broken})
    check_order(world.plan(wish))
    check_gates(world.plan(wish), wish)
    world.run(wish)
    for address, node in wish.nodes.items():
        if node.source is not None and int(address.rpartition(".d")[2]) in changed:
            world.files[address] = "v2"
    for _ in range(2):
        plan = world.run(wish)
        check_order(plan)
        check_gates(plan, wish)


@QUICK
@given(meshes(with_rules=False), st.data())
def test_a_stop_blocks_exactly_what_is_below_it(wish: Wish, data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(sorted(wish.nodes)))
    world = World(broken={"stop"})
    stopping = replace(wish, checks={chosen: (rule(chosen, "stop"),)})
    world.run(stopping)
    plan = world.plan(stopping)
    blocked = {s.dataset for s in plan.steps if s.kind is StepKind.NODE and s.action is StepAction.BLOCKED}
    assert blocked == below(graph_of(wish.nodes), chosen)
    assert product_of(chosen) not in world.products
    free = {dataset for dataset in wish.nodes if dataset not in blocked and dataset != chosen}
    held = {product_of(dataset) for dataset in {chosen, *blocked}}
    assert {d for d in free if not _touches(wish, product_of(d), held)} <= set(world.datasets)


def _touches(wish: Wish, product: str, held: set[str]) -> bool:
    """Whether a product, or one it publishes with or builds on, holds something blocked."""
    units = {p: unit for unit in graph_of(wish.nodes).units for p in unit}
    seen: set[str] = set()
    waiting = [product]
    while waiting:
        for found in units[waiting.pop()]:
            if found not in seen:
                seen.add(found)
                reads = {product_of(r) for a, n in wish.nodes.items() if product_of(a) == found for r in n.reads}
                waiting.extend(reads)
    return bool(seen & held)


@QUICK
@given(meshes())
def test_the_same_world_gives_the_same_plan_whatever_order_things_are_told_in(wish: Wish) -> None:
    shuffled = replace(wish, nodes=dict(reversed(wish.nodes.items())), checks=dict(reversed(wish.checks.items())))
    assert plan_document(World().plan(wish)) == plan_document(World().plan(shuffled))


@QUICK
@given(meshes(), st.sets(st.integers(0, 11), min_size=1))
def test_any_selection_gives_an_order_that_can_be_executed(wish: Wish, chosen: set[int]) -> None:
    scope = frozenset(a for a in wish.nodes if int(a.rpartition(".d")[2]) in chosen)
    world = World()
    part = replace(wish, scope=scope)
    check_order(world.plan(part))
    world.run(wish)
    assert world.plan(part).is_empty
    for address in scope:
        world.files[address] = "v2"
    plan = world.run(part)
    check_order(plan)
    assert {s.dataset for s in plan.steps if s.kind is StepKind.NODE} == scope
