"""Limits on what runs at once: all that apply hold, nobody waits for ever, and everything that was taken is given back."""

from __future__ import annotations

from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from meshwright.model import Domain, EngineSettings, Mesh, Node, Product
from meshwright.model.outside import Effects, ForEach, OutsideWork, TableOf
from meshwright.run.limits import Limit, LimitKind, Places, jobs_at_once, limits_of

KINDS = tuple(LimitKind)


def mesh_with(**settings: object) -> Mesh:
    product = Product(address="ops.flights", nodes={}, ports={}, concurrency=4)
    domain = Domain(name="ops", purpose="-", owners=(), products={"flights": product}, concurrency=5)
    engine = EngineSettings(name="local", type="duckdb", concurrency=2)
    return Mesh(
        name="try",
        domains={"ops": domain},
        engines={"local": engine},
        pools={"one": 1},
        concurrency=6,
        tool_concurrency={"airflow": 3},
        **settings,  # type: ignore[arg-type]
    )


def tool_node(tool: str, for_each: ForEach | None = None) -> Node:
    work = OutsideWork(tool=tool, options="{}", effects=Effects.NONE, for_each=for_each)
    return Node(address="ops.flights.call", kind=tool, outside=work)


def named(limits: tuple[Limit, ...]) -> dict[tuple[str, str], tuple[int, int]]:
    return {(limit.kind.value, limit.name): (limit.most, limit.taken) for limit in limits}


def test_a_node_counts_against_all_that_applies_to_it() -> None:
    node = Node(
        address="ops.flights.sums", kind="table", table_of=TableOf(node="ops.flights.load", name="sums"), pool="one"
    )
    assert named(limits_of(mesh_with(), node)) == {
        ("engine", "local"): (2, 1),
        ("mesh", ""): (6, 1),
        ("domain", "ops"): (5, 1),
        ("product", "ops.flights"): (4, 1),
        ("pool", "one"): (1, 1),
    }


def test_tests_of_a_dataset_use_the_engine_and_nothing_else() -> None:
    assert named(limits_of(mesh_with(), tool_node("airflow"), is_test=True)) == {("engine", "local"): (2, 1)}


def test_a_node_of_a_tool_counts_its_jobs_and_uses_no_engine() -> None:
    found = named(limits_of(mesh_with(), tool_node("airflow")))
    assert found[("tool", "airflow")] == (3, 1)
    assert ("engine", "local") not in found
    assert not any(kind == "tool" for kind, _ in named(limits_of(mesh_with(), tool_node("shell"))))


def test_a_node_that_fans_out_has_no_more_jobs_at_once_than_its_tool_takes() -> None:
    wide = tool_node("airflow", ForEach(items="${node:list.value.files}", at_once=16))
    assert jobs_at_once(wide, mesh_with()) == 3
    assert named(limits_of(mesh_with(), wide))[("tool", "airflow")] == (3, 3)
    narrow = tool_node("airflow", ForEach(items='["a","b"]', at_once=16))
    assert named(limits_of(mesh_with(), narrow))[("tool", "airflow")] == (3, 2)
    assert jobs_at_once(tool_node("shell", ForEach(items="${node:list.value.files}", at_once=7)), mesh_with()) == 7


@st.composite
def worlds(draw: st.DrawFn) -> list[tuple[Limit, ...]]:
    """Steps, each with the limits that it counts against, some of them shared."""
    known = {
        (kind, name): draw(st.integers(min_value=1, max_value=4))
        for kind in KINDS
        for name in draw(st.sets(st.sampled_from("ab"), max_size=2))
    }
    steps = []
    for _ in range(draw(st.integers(min_value=1, max_value=12))):
        keys = draw(st.sets(st.sampled_from(sorted(known)), max_size=4)) if known else set()
        by_kind = MappingProxyType({kind: (kind, name) for kind, name in keys})  # one limit of a kind
        steps.append(
            tuple(
                Limit(
                    kind=kind,
                    name=name,
                    most=known[kind, name],
                    taken=draw(st.integers(min_value=1, max_value=known[kind, name])) if kind is LimitKind.TOOL else 1,
                )
                for kind, name in by_kind.values()
            )
        )
    return steps


def most_and_taken(running: dict[str, list[Limit]]) -> dict[tuple[LimitKind, str], tuple[int, int]]:
    found: dict[tuple[LimitKind, str], tuple[int, int]] = {}
    for limits in running.values():
        for limit in limits:
            _, taken = found.get((limit.kind, limit.name), (0, 0))
            found[limit.kind, limit.name] = (limit.most, taken + limit.taken)
    return found


@given(steps=worlds(), data=st.data())
def test_no_limit_is_passed_and_everybody_gets_a_turn(steps: list[tuple[Limit, ...]], data: st.DataObject) -> None:
    places = Places()
    waiting = [f"s{number}" for number in range(len(steps))]
    limits = dict(zip(waiting, steps, strict=True))
    running: dict[str, list[Limit]] = {}
    while waiting or running:
        asked = data.draw(st.permutations(waiting))
        for key in asked:
            if places.take(key, limits[key]):
                running[key] = list(limits[key])
                waiting.remove(key)
        # Whatever runs: nobody is kept from it for ever, for with nothing running the first one that asks gets its turn.
        assert running
        for key in data.draw(st.lists(st.sampled_from(sorted(running)), max_size=3)):
            own = [limit for limit in limits[key] if limit.kind is LimitKind.ENGINE]
            if places.take_further(key, LimitKind.ENGINE):
                running[key] += own
            else:
                most, taken = most_and_taken(running)[own[0].kind, own[0].name]
                assert taken == most
        assert all(taken <= most for most, taken in most_and_taken(running).values())
        for key in data.draw(st.lists(st.sampled_from(sorted(running)), max_size=3)):
            further = [limit for limit in running[key] if limit.kind is LimitKind.ENGINE]
            assert places.free_one(key, LimitKind.ENGINE) is (len(further) > 1)
            if len(further) > 1:
                running[key].remove(further[0])
        ended = data.draw(st.sampled_from(sorted(running)))
        del running[ended]
        places.free(ended)
        assert ended not in places


@given(steps=worlds())
def test_who_is_kept_out_would_have_passed_a_limit(steps: list[tuple[Limit, ...]]) -> None:
    places = Places()
    running: dict[str, list[Limit]] = {}
    for number, limits in enumerate(steps):
        taken = most_and_taken(running)
        fits = all(taken.get((one.kind, one.name), (0, 0))[1] + one.taken <= one.most for one in limits)
        assert places.take(f"s{number}", limits) is fits
        if fits:
            running[f"s{number}"] = list(limits)


@given(steps=worlds(), data=st.data())
def test_who_waits_is_seated_as_soon_as_there_is_room_in_the_order_of_waiting(
    steps: list[tuple[Limit, ...]], data: st.DataObject
) -> None:
    places = Places()
    coming = {f"s{number:02}": limits for number, limits in enumerate(steps)}
    limits = dict(coming)
    running: dict[str, list[Limit]] = {}
    waiting: list[str] = []
    while coming or running or waiting:
        ended = data.draw(st.lists(st.sampled_from(sorted(running)), min_size=1, unique=True)) if running else []
        for key in ended:
            del running[key]
            places.free(key)
        for key in data.draw(st.lists(st.sampled_from(sorted(coming)), min_size=1, unique=True)) if coming else ():
            wants = coming.pop(key)
            is_behind = any(limits[other] == wants for other in waiting)
            if places.admit(key, wants):
                assert not is_behind, "it came later than one that waits for the same"
                running[key] = list(wants)
            else:
                waiting.append(key)
        for key in places.seat():
            first = next(other for other in waiting if limits[other] == limits[key])
            assert key == first
            waiting.remove(key)
            running[key] = list(limits[key])
        taken = most_and_taken(running)
        assert all(found <= most for most, found in taken.values())
        assert not places.may_seat
        for key in waiting:  # nobody waits for what is free
            assert any(taken.get((one.kind, one.name), (0, 0))[1] + one.taken > one.most for one in limits[key])
        assert coming or running or not waiting
