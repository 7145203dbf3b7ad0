"""The builder against a world in which plans come true: what is built, tested, published, blocked, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meshwright.checks.spec import CheckSpec, Metric
from meshwright.diagnostics import Diagnostic
from meshwright.model import Action, FileSource
from meshwright.plan import StepAction, Strength

from .meshes import Wish, World, actions, nodes_of, port_of, reasons, rule, sql_node

NODES = nodes_of("""
    ops.flights.raw = source
    ops.flights.clean = sql raw
    ops.flights.late = sql clean
    wx.obs.hourly = source
    biz.report.delays = sql ops.flights.late, wx.obs.hourly
""")
WISH = Wish(nodes=NODES)


@pytest.fixture
def world() -> World:
    """A world in which `WISH` was run once."""
    made = World()
    made.run(WISH)
    return made


def test_a_new_mesh_is_built_from_its_sources_and_published_product_by_product() -> None:
    plan = World().plan(WISH)
    assert actions(plan) == {
        "build:ops.flights.raw": "build",
        "build:ops.flights.clean": "pending",
        "build:ops.flights.late": "pending",
        "publish:ops.flights": "publish",
        "build:wx.obs.hourly": "build",
        "publish:wx.obs": "publish",
        "build:biz.report.delays": "pending",
        "publish:biz.report": "publish",
    }
    assert reasons(plan, "build:ops.flights.raw") == ("never built here",)
    assert reasons(plan, "build:biz.report.delays") == (
        "known after ops.flights.raw, wx.obs.hourly",
        "never built here",
    )
    assert reasons(plan, "publish:ops.flights") == ("never published here",)


def test_a_mesh_that_did_not_change_has_an_empty_plan(world: World) -> None:
    plan = world.plan(WISH)
    assert plan.is_empty
    assert plan.affected == ()
    none = dict.fromkeys(("build", "pending", "blocked", "test", "publish", "tool", "skip"), 0)
    assert plan.counts == {**none, "reuse": 5}


def test_a_changed_model_rebuilds_itself_and_what_reads_it(world: World) -> None:
    changed = replace(
        WISH,
        nodes={
            **NODES,
            "ops.flights.late": sql_node(
                "ops.flights.late", ["ops.flights.clean"], text="SELECT 2 AS x FROM ops.flights.clean"
            ),
        },
    )
    plan = world.plan(changed)
    assert actions(plan) == {
        "build:ops.flights.late": "build",
        "publish:ops.flights": "publish",
        "build:biz.report.delays": "build",
        "publish:biz.report": "publish",
    }
    assert reasons(plan, "build:biz.report.delays") == ("input ops.flights.late has a new version",)
    assert reasons(plan, "publish:ops.flights") == ("new version of ops.flights.late",)


def test_a_source_that_changed_makes_what_is_below_pending_and_names_it(world: World) -> None:
    world.files["wx.obs.hourly"] = "v2"
    plan = world.plan(WISH)
    assert reasons(plan, "build:wx.obs.hourly") == ("source file changed",)
    assert reasons(plan, "build:biz.report.delays") == ("known after wx.obs.hourly",)
    assert reasons(plan, "publish:biz.report") == ("perhaps a new version of biz.report.delays",)
    assert plan.counts["reuse"] == 3


def test_a_source_that_changed_back_reuses_the_version_that_was_built_then(world: World) -> None:
    world.files["wx.obs.hourly"] = "v2"
    world.run(WISH)
    world.files["wx.obs.hourly"] = "v1"
    plan = world.plan(WISH)
    assert actions(plan) == {"publish:wx.obs": "publish", "publish:biz.report": "publish"}
    assert reasons(plan, "build:wx.obs.hourly") == ("already built", "source file changed")
    assert reasons(plan, "build:biz.report.delays") == ("already built", "input wx.obs.hourly has a new version")


def test_reading_a_source_in_another_way_reads_it_again(world: World) -> None:
    node = replace(NODES["ops.flights.raw"], source=FileSource(path="data/x.csv", format="csv", nulls=("NA",)))
    plan = world.plan(replace(WISH, nodes={**NODES, "ops.flights.raw": node}))
    assert reasons(plan, "build:ops.flights.raw") == ("how the source is read changed",)


def test_a_moved_source_file_with_the_same_content_changes_nothing(world: World) -> None:
    node = replace(NODES["ops.flights.raw"], source=FileSource(path="elsewhere/y.csv", format="csv"))
    assert world.plan(replace(WISH, nodes={**NODES, "ops.flights.raw": node})).is_empty


def test_a_changed_parameter_is_named_with_both_values() -> None:
    wish, world = replace(WISH, params={"ops.flights.clean": {"min_distance": 0}}), World()
    world.run(wish)
    plan = world.plan(replace(WISH, params={"ops.flights.clean": {"min_distance": 100}}))
    assert reasons(plan, "build:ops.flights.clean") == ("parameter `min_distance` changed from 0 to 100",)


def test_changed_engine_settings_rebuild_and_say_so(world: World) -> None:
    plan = world.plan(replace(WISH, engine="duckdb:other"))
    assert reasons(plan, "build:ops.flights.raw") == ("engine settings changed",)


def test_a_change_of_files_alone_publishes_the_product_without_building(world: World) -> None:
    plan = world.plan(replace(WISH, code="code2"))
    assert actions(plan) == {
        "publish:ops.flights": "publish",
        "publish:wx.obs": "publish",
        "publish:biz.report": "publish",
    }
    assert reasons(plan, "publish:ops.flights") == ("files of the product changed",)


def test_a_source_that_cannot_be_read_blocks_what_needs_it_and_nothing_else(world: World) -> None:
    problem = Diagnostic(code="MW-P103", message="no file matches data/x.csv", object="wx.obs.hourly")
    world.files["wx.obs.hourly"] = problem
    plan = world.plan(replace(WISH, code="code2"))
    assert actions(plan) == {
        "build:wx.obs.hourly": "blocked",
        "publish:wx.obs": "blocked",
        "build:biz.report.delays": "blocked",
        "publish:biz.report": "blocked",
        "publish:ops.flights": "publish",
    }
    assert all(step.problem == problem for step in plan.steps if step.action is StepAction.BLOCKED)
    assert reasons(plan, "build:biz.report.delays") == ("wx.obs.hourly: no file matches data/x.csv",)


def test_a_selection_reads_what_is_outside_as_published(world: World) -> None:
    plan = world.plan(replace(WISH, scope=frozenset({"biz.report.delays"})))
    assert plan.is_empty
    assert [step.key for step in plan.steps] == ["build:biz.report.delays"]


def test_a_selection_whose_input_was_never_published_is_blocked_with_the_way_out() -> None:
    plan = World().plan(replace(WISH, scope=frozenset({"ops.flights.clean", "ops.flights.late"})))
    assert actions(plan) == {
        "build:ops.flights.clean": "blocked",
        "build:ops.flights.late": "blocked",
        "publish:ops.flights": "blocked",
    }
    step = plan.steps[0]
    assert step.problem is not None
    assert step.problem.code == "MW-P101"
    assert step.reasons == ("input ops.flights.raw was never published; run it too",)


def test_part_of_a_product_is_not_published_for_files_alone(world: World) -> None:
    assert world.plan(replace(WISH, code="code2", scope=frozenset({"ops.flights.late"}))).is_empty


def test_part_of_a_product_keeps_the_datasets_and_ports_outside_the_selection(world: World) -> None:
    before = dict(world.datasets)
    changed = sql_node("ops.flights.late", ["ops.flights.clean"], text="SELECT 3 AS x FROM ops.flights.clean")
    world.run(replace(WISH, nodes={**NODES, "ops.flights.late": changed}, scope=frozenset({"ops.flights.late"})))
    assert {name for name in before if world.datasets[name] != before[name]} == {"ops.flights.late"}
    assert set(world.datasets) == set(before)


def test_rules_are_measured_once_and_only_what_is_new_later() -> None:
    first, second = rule("ops.flights.late", "a"), rule("ops.flights.late", "b")
    wish, world = replace(WISH, checks={"ops.flights.late": (first,)}), World()
    assert "test:ops.flights.late" in actions(world.run(wish))
    assert world.plan(wish).is_empty
    plan = world.plan(replace(WISH, checks={"ops.flights.late": (first, second)}))
    assert actions(plan) == {"test:ops.flights.late": "test"}
    assert plan.steps[-1].checks == (second,) or [s.checks for s in plan.steps if s.key == "test:ops.flights.late"] == [
        (second,)
    ]
    assert reasons(plan, "test:ops.flights.late") == ("no evidence yet",)


def test_retest_measures_every_rule_again() -> None:
    wish, world = replace(WISH, checks={"ops.flights.late": (rule("ops.flights.late"),)}), World()
    world.run(wish)
    plan = world.plan(wish, retest=True)
    assert actions(plan) == {"test:ops.flights.late": "test"}
    assert reasons(plan, "test:ops.flights.late") == ("asked to test again",)


def test_a_stop_blocks_what_is_downstream_and_is_reported_again_without_a_rebuild() -> None:
    wish, world = (
        replace(WISH, checks={"ops.flights.clean": (rule("ops.flights.clean", "good"),)}),
        World(broken={"good"}),
    )
    world.run(wish)
    assert set(world.products) == {"wx.obs"}
    plan = world.plan(wish)
    assert actions(plan) == {
        "build:ops.flights.late": "blocked",
        "publish:ops.flights": "blocked",
        "build:biz.report.delays": "blocked",
        "publish:biz.report": "blocked",
    }
    blocked = next(step for step in plan.steps if step.key == "publish:ops.flights")
    assert [evidence.value for evidence in blocked.blocked_by] == [1]
    assert reasons(plan, "publish:ops.flights")[0] == "ops.flights.clean: query `good` must be 0: it is 1"
    assert world.plan(wish, retest=True).counts["blocked"] == 0


def test_a_stop_on_a_version_that_is_gone_is_reported_and_not_rebuilt() -> None:
    wish, world = (
        replace(WISH, checks={"ops.flights.clean": (rule("ops.flights.clean", "good"),)}),
        World(broken={"good"}),
    )
    world.run(wish)
    version = world.resolve(wish).versions["ops.flights.clean"]
    del world.versions[str(version)]
    assert actions(world.plan(wish))["build:ops.flights.clean"] == "blocked"


@pytest.mark.parametrize("action", [Action.LOG, Action.WARN])
def test_a_rule_that_only_logs_or_warns_stops_nothing(action: Action) -> None:
    wish = replace(WISH, checks={"ops.flights.clean": (rule("ops.flights.clean", "weak", action=action),)})
    world = World(broken={"weak"})
    world.run(wish)
    assert world.plan(wish).is_empty


def test_an_error_is_tried_again() -> None:
    wish, world = replace(WISH, checks={"ops.flights.clean": (rule("ops.flights.clean", "r"),)}), World(erring={"r"})
    world.run(wish)
    plan = world.plan(wish)
    assert actions(plan)["test:ops.flights.clean"] == "test"
    assert actions(plan)["publish:ops.flights"] == "publish"


def test_a_tightened_rule_that_fails_refuses_the_change_and_unpublishes_nothing(world: World) -> None:
    wish = replace(WISH, checks={"wx.obs.hourly": (rule("wx.obs.hourly", "new"),)})
    world.broken.add("new")
    before = dict(world.datasets)
    world.run(wish)
    assert world.datasets == before
    plan = world.plan(wish)
    assert actions(plan) == {"publish:wx.obs": "blocked"}  # who reads it has nothing to build: nothing holds it up
    assert "what is published stays" in reasons(plan, "publish:wx.obs")


def test_a_tightened_contract_is_tested_without_a_rebuild_and_named() -> None:
    port = port_of("wx.obs/hourly", "wx.obs.hourly")
    world = World()
    world.run(replace(WISH, ports=(port,)))
    required = CheckSpec(
        id="contract:required(carrier)", dataset="wx.obs.hourly", metric=Metric.NULL_VALUES, columns=("carrier",),
        origin="contract", port="wx.obs/hourly",
    )  # fmt: skip
    wish = replace(
        WISH, ports=(port_of("wx.obs/hourly", "wx.obs.hourly", digest="c2"),), checks={"wx.obs.hourly": (required,)}
    )
    plan = world.plan(wish)
    assert actions(plan) == {"test:wx.obs.hourly": "test", "publish:wx.obs": "publish"}
    assert reasons(plan, "test:wx.obs.hourly") == ("contract tightened: required on `carrier`",)
    assert reasons(plan, "publish:wx.obs") == ("contract tightened: required on `carrier`",)
    looser = replace(required, operator=required.operator, bound=5)
    world.run(wish)
    plan = world.plan(
        replace(
            wish, ports=(port_of("wx.obs/hourly", "wx.obs.hourly", digest="c3"),), checks={"wx.obs.hourly": (looser,)}
        )
    )
    assert reasons(plan, "test:wx.obs.hourly") == ("rule `contract:required(carrier)` changed",)


def test_a_change_of_a_contracts_words_publishes_the_port_alone() -> None:
    world = World()
    world.run(replace(WISH, ports=(port_of("wx.obs/hourly", "wx.obs.hourly"),)))
    plan = world.plan(replace(WISH, ports=(port_of("wx.obs/hourly", "wx.obs.hourly", digest="c2"),)))
    assert actions(plan) == {"publish:wx.obs": "publish"}
    assert reasons(plan, "publish:wx.obs") == ("contract of wx.obs/hourly changed",)


def test_datasets_and_products_that_left_the_mesh_are_closed(world: World) -> None:
    kept = {
        address: node for address, node in NODES.items() if address not in {"biz.report.delays", "ops.flights.late"}
    }
    wish = replace(WISH, nodes=kept, removed=("biz.report",))
    plan = world.plan(wish)
    assert actions(plan) == {"publish:ops.flights": "publish", "publish:biz.report": "publish"}
    assert reasons(plan, "publish:ops.flights") == ("ops.flights.late was removed from the mesh",)
    assert reasons(plan, "publish:biz.report") == ("product removed",)
    world.run(wish)
    assert set(world.datasets) == set(kept)
    assert "biz.report" not in world.products
    assert world.plan(wish).is_empty


def test_a_weak_observation_is_named_in_the_plan(world: World) -> None:
    world.strength = Strength.SIZE_AND_TIME
    assert (
        world.plan(WISH).notes[0]
        == "ops.flights.raw is observed by size and time alone: a change that keeps it goes unseen"
    )


def test_a_missing_stored_version_is_built_again(world: World) -> None:
    del world.versions[world.datasets["ops.flights.clean"]]
    plan = world.plan(WISH)
    assert actions(plan) == {"build:ops.flights.clean": "build"}
    assert reasons(plan, "build:ops.flights.clean") == ("its stored version is missing",)


def test_products_on_a_cycle_publish_in_one_step() -> None:
    nodes = nodes_of("""
        ops.a.one = source
        ops.b.two = sql ops.a.one
        ops.a.three = sql ops.b.two
    """)
    plan = World().plan(Wish(nodes=nodes))
    assert [step.products for step in plan.steps if step.products] == [("ops.a", "ops.b")]


def test_a_node_that_only_comes_after_another_waits_but_is_known(world: World) -> None:
    nodes = {**NODES, "ops.flights.late": replace(sql_node("ops.flights.late", []), after=("ops.flights.raw",))}
    plan = World().plan(Wish(nodes=nodes))
    step = next(step for step in plan.steps if step.key == "build:ops.flights.late")
    assert step.action is StepAction.BUILD
    assert step.version is not None
    assert step.after == ("build:ops.flights.raw",)


def test_a_model_that_is_not_deterministic_runs_once_for_the_same_inputs() -> None:
    nodes = nodes_of("a.p.raw = source\na.p.drawn = opaque raw\na.p.top = sql drawn")
    wish, world = Wish(nodes=nodes), World()
    plan = world.run(wish)
    assert actions(plan)["build:a.p.drawn"] == "pending"
    assert world.plan(wish).is_empty
    world.files["a.p.raw"] = "v2"
    assert reasons(world.plan(wish), "build:a.p.top") == ("known after a.p.raw",)
