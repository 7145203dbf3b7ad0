"""The words of a plan: what changed in a definition, who is affected, explanations, the JSON document."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from meshwright.graph.lineage import ColumnEdge, ColumnLineage, Influence
from meshwright.model import Consumer
from meshwright.plan.definitions import definition_changes
from meshwright.plan.documents import plan_document
from meshwright.plan.explain import explain_dataset

from .meshes import Wish, World, nodes_of, port_of, reasons, rule, sql_node

BASE = "SELECT a, b + 1 AS late FROM flights WHERE a > 0"

CASES = [
    ("SELECT a, b + 2 AS late FROM flights WHERE a > 0", ("expression of `late` changed",)),
    ("SELECT a, b + 1 AS late, c FROM flights WHERE a > 0", ("column `c` added",)),
    ("SELECT b + 1 AS late FROM flights WHERE a > 0", ("column `a` removed",)),
    ("SELECT b + 1 AS late, a FROM flights WHERE a > 0", ("order of columns changed",)),
    ("SELECT a, b + 1 AS late FROM flights WHERE a > 1", ("filter changed",)),
    ("SELECT a, b + 1 AS late FROM flights", ("filter changed",)),
    ("SELECT a, b + 1 AS late FROM flights JOIN planes USING (a) WHERE a > 0", ("joins changed",)),
    ("SELECT a, b + 1 AS late FROM planes WHERE a > 0", ("table read from changed",)),
    ("SELECT a, b + 1 AS late FROM flights WHERE a > 0 GROUP BY ALL", ("grouping changed",)),
    ("SELECT a, b + 1 AS late FROM flights WHERE a > 0 ORDER BY a", ("ordering changed",)),
    ("SELECT a, b + 1 AS late FROM flights WHERE a > 0 LIMIT 5", ("limit changed",)),
    ("SELECT DISTINCT a, b + 1 AS late FROM flights WHERE a > 0", ("distinct changed",)),
    ("SELECT a, b + 2 AS late FROM flights WHERE a > 3", ("expression of `late` changed", "filter changed")),
    ("SELECT a, b AS late FROM flights UNION ALL SELECT 1, 2", ("definition changed",)),
    ("WITH x AS (SELECT 1 AS a) SELECT a, b + 1 AS late FROM flights WHERE a > 0", ("subquery `x` added",)),
    ("not sql at all (", ("definition changed",)),
    ("", ("definition changed",)),
]


@pytest.mark.parametrize(("now", "expected"), CASES, ids=[case[1][0] + str(i) for i, case in enumerate(CASES)])
def test_a_changed_definition_is_named_by_what_changed_in_it(now: str, expected: tuple[str, ...]) -> None:
    assert definition_changes(BASE, now, "duckdb") == expected


def test_layout_comments_case_and_full_names_are_no_changes_beside_the_real_one() -> None:
    old = "SELECT a, b FROM flights -- all of them"
    new = 'SELECT  "a",\n  b + 1 AS b\nfrom ops.p.flights'
    assert definition_changes(old, new, "duckdb", product="ops.p") == ("expression of `b` changed",)
    other = "SELECT a, b FROM wx.p.flights"
    assert definition_changes(old, other, "duckdb", product="ops.p") == ("table read from changed",)


def test_a_change_inside_a_subquery_names_the_subquery() -> None:
    old = "WITH x AS (SELECT a, b AS c FROM t), y AS (SELECT 1 AS k) SELECT * FROM x"
    new = "WITH x AS (SELECT a, b + 1 AS c FROM t WHERE a = 1) SELECT * FROM x"
    assert definition_changes(old, new, "duckdb") == (
        "in `x`: expression of `c` changed",
        "in `x`: filter changed",
        "subquery `y` removed",
    )


def test_many_changes_are_counted_after_the_first_five() -> None:
    old = "SELECT " + ", ".join(f"a AS c{i}" for i in range(9)) + " FROM t"
    new = "SELECT " + ", ".join(f"b AS c{i}" for i in range(9)) + " FROM t"
    changes = definition_changes(old, new, "duckdb")
    assert changes[0] == "expression of `c0` changed"
    assert changes[5:] == ("4 more changes of the definition",)


NODES = nodes_of("""
    ops.flights.raw = source
    ops.flights.late = sql raw
    biz.report.delays = sql ops.flights.late
    biz.other.plain = source
""")


def _changed() -> tuple[Wish, Wish]:
    consumer = Consumer(
        name="delay board",
        kind="dashboard",
        owner="team:x",
        uses=(("ops.flights/late", ("late.carrier", "minutes")), ("ops.flights/gone", ())),
    )
    lineage = ColumnLineage(
        edges={
            "biz.report.delays": (
                ColumnEdge(source="ops.flights.late.carrier", target="biz.report.delays.c", kind=Influence.DIRECT),
                ColumnEdge(source="ops.flights.late.day", target="biz.report.delays.c", kind=Influence.INDIRECT),
            )
        }
    )
    wish = Wish(
        nodes=NODES,
        ports=(port_of("ops.flights/late", "ops.flights.late"),),
        consumers={"biz.other": (consumer,)},
        lineage=lineage,
        checks={"ops.flights.late": (rule("ops.flights.late", "good"),)},
    )
    node = sql_node("ops.flights.late", ["ops.flights.raw"], text="SELECT 7 AS x FROM ops.flights.raw")
    return wish, replace(wish, nodes={**NODES, "ops.flights.late": node})


def test_a_change_names_readers_with_their_columns_and_declared_consumers() -> None:
    before, after = _changed()
    world = World()
    world.run(before)
    affected = {one.product: one for one in world.plan(after).affected}
    assert affected["biz.report"].columns == ("ops.flights.late.carrier", "ops.flights.late.day")
    assert affected["biz.report"].domain == "biz"
    assert affected["ops.flights"].consumers == ("delay board",)
    assert affected["ops.flights"].columns == ("ops.flights.late.carrier", "ops.flights.late.minutes")
    assert set(affected) == {"biz.report", "ops.flights"}


def test_a_contract_change_alone_names_its_readers_too() -> None:
    before, _ = _changed()
    world = World()
    world.run(before)
    plan = world.plan(replace(before, ports=(port_of("ops.flights/late", "ops.flights.late", digest="c9"),)))
    assert [one.product for one in plan.affected] == ["biz.report", "ops.flights"]


def test_the_document_of_a_plan_is_plain_json_with_its_schema_first() -> None:
    before, after = _changed()
    world = World()
    world.run(before)
    document = plan_document(world.plan(after))
    assert next(iter(document)) == "schema"
    assert document["schema"] == "meshwright/plan/1"
    assert json.loads(json.dumps(document)) == document
    steps = document["steps"]
    assert isinstance(steps, list)
    by_key = {step["key"]: step for step in steps}
    assert by_key["build:ops.flights.late"]["action"] == "build"
    assert by_key["build:ops.flights.late"]["reasons"] == ["expression of `x` changed"]
    assert by_key["test:ops.flights.late"]["checks"] == [
        {"id": "good", "rule": "query `good` must be 0", "action": "stop"}
    ]
    assert by_key["build:biz.report.delays"]["reasons"] == ["input ops.flights.late has a new version"]
    assert set(document["counts"]) == {"build", "reuse", "pending", "test", "publish", "blocked", "tool", "skip"}  # type: ignore[call-overload]


def test_explaining_a_dataset_tells_reasons_inputs_rules_and_publication() -> None:
    before, after = _changed()
    world = World()
    world.run(before)
    lines = explain_dataset(world.plan(after), after.desired(), world.observed(after), "ops.flights.late")
    text = "\n".join(lines)
    assert lines[0] == "ops.flights.late in prod"
    assert "because: expression of `x` changed" in text
    assert "input ops.flights.raw: " in text
    assert "rule good (stop): no evidence yet: query `good` must be 0" in text
    assert "publication of ops.flights is planned: new version of ops.flights.late" in text
    unchanged = explain_dataset(world.plan(before), before.desired(), world.observed(before), "ops.flights.late")
    assert "  because: its definition, parameters, engine settings and inputs are what they were" in unchanged
    assert any("rule good (stop): pass" in line for line in unchanged)


def test_explaining_what_is_not_in_the_mesh_or_the_selection_says_so() -> None:
    before, _ = _changed()
    world = World()
    world.run(before)
    part = replace(before, scope=frozenset({"biz.other.plain"}))
    assert "  it is outside the selection and stays as it is" in explain_dataset(
        world.plan(part), part.desired(), world.observed(part), "ops.flights.late"
    )
    assert (
        explain_dataset(world.plan(part), part.desired(), world.observed(part), "a.b.c")[1] == "  it is not in the mesh"
    )


def test_a_reordered_formatting_of_reasons_never_hides_the_first_one() -> None:
    before, after = _changed()
    world = World()
    world.run(before)
    world.files["ops.flights.raw"] = "v2"
    plan = world.plan(after)
    assert reasons(plan, "build:ops.flights.late") == ("known after ops.flights.raw", "expression of `x` changed")
