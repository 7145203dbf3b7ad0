"""Rules that read other datasets: when they gate, against which versions, and that no set of them makes a circle."""

from __future__ import annotations

from dataclasses import replace

from meshwright.model import Action

from .meshes import Wish, World, actions, nodes_of, reasons, rule, sql_node

NODES = nodes_of("""
    a.p.base = source
    a.p.mid = sql base
    a.p.top = sql mid
    b.q.other = source
    b.q.use = sql a.p.top
""")


def _step(world: World, wish: Wish, key: str):
    return next(step for step in world.plan(wish).steps if step.key == key)


def test_a_rule_that_reads_an_unrelated_dataset_makes_readers_wait_for_both() -> None:
    wish = Wish(nodes=NODES, checks={"a.p.base": (rule("a.p.base", reads=("b.q.other",)),)})
    plan = World().plan(wish)
    assert _step(World(), wish, "test:a.p.base").after == ("build:a.p.base", "build:b.q.other")
    assert "test:a.p.base" in _step(World(), wish, "build:a.p.mid").after
    keys = [step.key for step in plan.steps]
    assert keys.index("build:b.q.other") < keys.index("test:a.p.base") < keys.index("build:a.p.mid")


def test_a_rule_that_reads_what_is_built_from_its_dataset_gates_the_publication_alone() -> None:
    wish = Wish(nodes=NODES, checks={"a.p.base": (rule("a.p.base", "same_rows", reads=("a.p.top",)),)})
    world = World(broken={"same_rows"})
    plan = world.run(wish)
    assert _step(World(), wish, "late-test:a.p.base").after == ("build:a.p.base", "build:a.p.top")
    assert _step(World(), wish, "build:a.p.mid").after == ("build:a.p.base",)
    assert "late-test:a.p.base" in next(step for step in plan.steps if step.key == "publish:a.p").after
    assert "a.p" not in world.products
    again = world.plan(wish)
    assert actions(again)["publish:a.p"] == "blocked"
    assert actions(again)["publish:b.q"] == "blocked"
    assert "build:b.q.use" not in actions(again)


def test_rules_that_read_each_others_datasets_do_not_wait_for_each_other() -> None:
    nodes = nodes_of("""
        a.p.one = source
        a.p.two = sql one
        b.q.three = source
        b.q.four = sql three
    """)
    checks = {
        "a.p.one": (rule("a.p.one", "r1", reads=("b.q.four",)),),
        "b.q.three": (rule("b.q.three", "r2", reads=("a.p.two",)),),
    }
    plan = World().plan(Wish(nodes=nodes, checks=checks))
    keys = {step.key for step in plan.steps}
    assert "test:a.p.one" in keys
    assert "late-test:b.q.three" in keys


def test_a_rule_is_measured_again_when_the_other_dataset_has_a_new_version() -> None:
    wish = Wish(nodes=NODES, checks={"a.p.mid": (rule("a.p.mid", "r", reads=("b.q.other",)),)})
    world = World()
    world.run(wish)
    assert world.plan(wish).is_empty
    world.files["b.q.other"] = "v2"
    plan = world.plan(wish)
    assert actions(plan) == {"build:b.q.other": "build", "test:a.p.mid": "test", "publish:b.q": "publish"}
    assert reasons(plan, "test:a.p.mid") == ("rule `r` reads b.q.other, which has a new version",)


def test_a_blocked_other_dataset_is_measured_as_it_stays() -> None:
    nodes = nodes_of("a.p.one = source\na.p.two = sql one\nb.q.far = source\nb.q.near = sql far")
    wish = Wish(
        nodes=nodes,
        checks={"a.p.one": (rule("a.p.one", "r", reads=("b.q.near",)),), "b.q.far": (rule("b.q.far", "s"),)},
    )
    world = World()
    world.run(wish)
    world.files["b.q.far"] = "v2"
    world.broken.add("s")
    world.run(wish)
    plan = world.plan(wish)
    assert actions(plan) == {"build:b.q.near": "blocked", "publish:b.q": "blocked"}


def test_a_stop_rule_that_reads_what_is_not_there_blocks_and_says_what_to_run() -> None:
    nodes = nodes_of("a.p.one = source\na.p.two = sql one\nb.q.far = source")
    wish = Wish(
        nodes=nodes,
        checks={"a.p.one": (rule("a.p.one", "r", reads=("b.q.far",)),)},
        scope=frozenset({"a.p.one", "a.p.two"}),
    )
    plan = World().plan(wish)
    assert actions(plan) == {
        "build:a.p.one": "build",
        "test:a.p.one": "blocked",
        "build:a.p.two": "blocked",
        "publish:a.p": "blocked",
    }
    problem = next(step.problem for step in plan.steps if step.key == "test:a.p.one")
    assert problem is not None
    assert problem.code == "MW-P102"


def test_a_weak_rule_that_reads_what_is_not_there_is_left_out_with_a_note() -> None:
    nodes = nodes_of("a.p.one = source\nb.q.far = source")
    weak = rule("a.p.one", "r", reads=("b.q.far",), action=Action.WARN)
    plan = World().plan(Wish(nodes=nodes, checks={"a.p.one": (weak,)}, scope=frozenset({"a.p.one"})))
    assert "test:a.p.one" not in actions(plan)
    assert plan.notes == ("rule `r` of a.p.one is not measured: b.q.far was never published",)


def test_a_product_is_blocked_with_the_new_version_it_reads_and_not_with_the_old_one() -> None:
    nodes = nodes_of("a.p.good = source\na.p.bad = source\nb.q.use = sql a.p.good\nc.r.plain = source")
    wish = Wish(nodes=nodes, checks={"a.p.bad": (rule("a.p.bad", "r"),)})
    world = World()
    world.run(wish)
    world.files.update({"a.p.bad": "v2"})
    world.broken.add("r")
    changed = replace(
        wish, nodes={**nodes, "b.q.use": sql_node("b.q.use", ["a.p.good"], text="SELECT 5 AS x FROM a.p.good")}
    )
    world.run(changed)
    assert actions(world.plan(wish)) == {"publish:a.p": "blocked", "publish:b.q": "publish"}
    world.files["a.p.good"] = "v2"
    world.run(wish)
    plan = world.plan(wish)
    assert actions(plan)["publish:b.q"] == "blocked"
    assert reasons(plan, "publish:b.q")[0] == "publication of a.p is blocked, and with it the new a.p.good"
