"""How the nodes of a component run, as the node that uses it says: skipped together, tried again, limited, in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.opened import open_mesh
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Severity
from meshwright.model import Node
from meshwright.model.outside import RunIf
from meshwright.state.records import RunState
from tests.app.test_outside_nodes import mesh_of, states, told
from tests.meshes import write_file

PAIR = """
    name: pair
    version: 1.0.0
    inputs: {rows: {a: BIGINT}}
    params: {limit: {type: integer, default: 0}}
    outputs: [least, more]
    nodes:
      own: {shell: "exit 0", when: "param.limit < 100", retry: {attempts: 7}, timeout: 5m, pool: other, run_if: always}
      said: {shell: "echo ${param:limit} ${node:least.rows} >> ROOT/told", effects: external}
    tests:
      rows: [{metric: rowCount, mustBeGreaterThan: 0}]
    """
AROUND = """
    name: around
    version: 1.0.0
    inputs: {rows: {a: BIGINT}}
    params: {limit: {type: integer, default: 0}, top: {type: integer, default: 5}}
    outputs: [first]
    nodes:
      inner:
        component: pair@1
        inputs: {rows: first}
        params: {limit: "${param:limit}"}
        when: "param.top > 1 and node.first.rows > 0 and param.limit < 50"
        retry: {attempts: 2}
    """


def pair_mesh(root: Path, pipeline: str, **changed: str) -> Workspace:
    write_file(root, "raw.csv", "a\n1\n2\n")
    files = {
        "components/pair/component.yaml": PAIR.replace("ROOT", str(root)),
        "components/pair/models/least.sql": "select a from rows where a > $limit",
        "components/pair/models/more.sql": "select a + 1 as a from least",
        "components/around/component.yaml": AROUND,
        "components/around/models/first.sql": "select a from rows",
        **changed,
    }
    for path, text in files.items():
        write_file(root, path, text)
    workspace = mesh_of(root, pipeline)
    write_file(root, "mesh.yaml", "meshwright: 1\nname: try\npools: {one: 1, other: 2}\n")
    return workspace


def nodes_of(workspace: Workspace) -> dict[str, Node]:
    with open_mesh(workspace, "prod") as opened:
        return {node.address.removeprefix("ops.flights."): node for node in opened.mesh.nodes()}


def errors(workspace: Workspace) -> list[tuple[str, str, str]]:
    found = [each for each in check(workspace).diagnostics if each.severity is Severity.ERROR]
    return [(each.code, str(each.span), each.message) for each in found]


ASKED = """
    params: {wanted: 5}
    nodes:
      raw: {source: {path: raw.csv}}
      look: {shell: "echo '{\\"n\\": 3}' > $MESHWRIGHT_VALUES"}
      used: {component: pair@1, inputs: {rows: raw}, params: {limit: 1}, when: "node.look.value.n > param.wanted"}
      below: {shell: "echo below >> ROOT/told", inputs: [used]}
    """


def test_a_condition_skips_the_whole_component_and_what_is_below(tmp_path: Path) -> None:
    workspace = pair_mesh(tmp_path, ASKED.replace("ROOT", str(tmp_path)))
    report = apply(workspace, RunOptions())
    assert report.state is RunState.SUCCEEDED
    found = states(report)
    assert {name for name, state in found.items() if state == "skipped"} == {
        "used", "used__more", "used__own", "used__said", "used__rows", "below",
    }  # fmt: skip
    assert told(tmp_path) == []


def test_its_parameters_are_those_of_where_it_is_written(tmp_path: Path) -> None:
    """`limit` is the component's; `wanted` the pipeline's, so that a run's value reaches the condition."""
    workspace = pair_mesh(tmp_path, ASKED.replace("ROOT", str(tmp_path)))
    report = apply(workspace, RunOptions(params={"wanted": "2"}))
    assert set(states(report).values()) == {"succeeded"}
    assert sorted(told(tmp_path)) == ["1 1", "below"]


def test_a_name_that_both_declare_means_two_parameters(tmp_path: Path) -> None:
    pipeline = """
        params: {limit: 1000}
        nodes:
          raw: {source: {path: raw.csv}}
          used: {component: pair@1, inputs: {rows: raw}, when: "param.limit = 1000"}
        """
    workspace = pair_mesh(tmp_path, pipeline)
    assert set(states(apply(workspace, RunOptions())).values()) == {"succeeded"}
    other = {"limit": "7"}
    write_file(tmp_path, "raw.csv", "a\n1\n2\n3\n")
    assert states(apply(workspace, RunOptions(params=other)))["used"] == "skipped"


def test_nested_uses_ask_by_the_names_of_their_component(tmp_path: Path) -> None:
    pipeline = """
        params: {top: 0, mine: 60}
        nodes:
          raw: {source: {path: raw.csv}}
          plain: {component: around@1, inputs: {rows: raw}}
          given: {component: around@1, inputs: {rows: raw}, params: {top: "${param:top}"}}
          beyond: {component: around@1, inputs: {rows: raw}, params: {limit: "${param:mine}"}, when: "param.top = 0"}
        """
    workspace = pair_mesh(tmp_path, pipeline)
    found = states(apply(workspace, RunOptions()))
    assert {name for name, state in found.items() if state == "skipped"} == {
        f"{use}__inner{rest}" for use in ("given", "beyond") for rest in ("", "__more", "__own", "__said", "__rows")
    }
    write_file(tmp_path, "raw.csv", "a\n1\n")
    assert states(apply(workspace, RunOptions(params={"top": "9"})))["beyond"] == "skipped"


def test_how_nodes_run_is_said_by_the_node_the_use_the_pipeline_in_this_order(tmp_path: Path) -> None:
    pipeline = """
        retry: {attempts: 4}
        timeout: 30s
        nodes:
          raw: {source: {path: raw.csv}}
          used: {component: pair@1, inputs: {rows: raw}, retry: {attempts: 3}, timeout: 10s, pool: one, run_if: any}
          plain: {component: pair@1, inputs: {rows: raw}}
          deep: {component: around@1, inputs: {rows: raw}, pool: one}
        """
    nodes = nodes_of(pair_mesh(tmp_path, pipeline))

    def said(name: str) -> tuple[int | None, float | None, str | None, RunIf]:
        node = nodes[name]
        return node.retry.attempts if node.retry else None, node.timeout_s, node.pool, node.run_if

    assert said("used") == (3, 10.0, "one", RunIf.ANY)
    assert said("used__said") == (3, 10.0, "one", RunIf.ANY)
    assert said("used__own") == (7, 300.0, "other", RunIf.ALWAYS)
    assert said("used__rows") == (3, 10.0, "one", RunIf.ANY)
    assert said("plain") == (4, 30.0, None, RunIf.SUCCESS)
    assert said("plain__said") == (4, 30.0, None, RunIf.SUCCESS)
    assert said("deep__inner__said") == (2, 30.0, "one", RunIf.SUCCESS)
    assert said("deep") == (4, 30.0, "one", RunIf.SUCCESS)


def test_what_holds_for_all_nodes_holds_for_a_model_file_alone(tmp_path: Path) -> None:
    workspace = pair_mesh(tmp_path, "retry: {attempts: 4}\nnodes: {raw: {source: {path: raw.csv}}}")
    write_file(tmp_path, "domains/ops/flights/models/alone.sql", "select 1 as n")
    node = nodes_of(workspace)["alone"]
    assert node.retry is not None
    assert node.retry.attempts == 4


def test_an_external_node_inside_comes_after_what_is_inside_whatever_the_use_waits_for(tmp_path: Path) -> None:
    pipeline = """
        nodes:
          raw: {source: {path: raw.csv}}
          look: {shell: "true"}
          used: {component: pair@1, inputs: {rows: raw}, after: [look]}
        """
    loud = PAIR.replace("    nodes:\n", "    nodes:\n      loud: {shell: 'true', effects: external}\n")
    nodes = nodes_of(pair_mesh(tmp_path, pipeline, **{"components/pair/component.yaml": loud}))
    assert {"ops.flights.look", "ops.flights.used", "ops.flights.used__more"} < set(nodes["used__loud"].after)


@pytest.mark.parametrize(
    ("keys", "place", "code", "words"),
    [
        ('when: "node.nowhere.rows > 0"', "3:56", "MW-J011", "asks about 'nowhere'"),
        ('when: "node.used.rows > 0"', "3:56", "MW-J011", "no other node"),
        ('when: "param.nowhere > 0"', "3:56", "MW-M212", "'nowhere'"),
        ('when: "1 +"', "3:56", "MW-Q102", ""),
        ('when: "select 1"', "3:56", "MW-Q102", ""),
        ("when: [a]", "3:56", "MW-M103", ""),
        ("when: true and", "3:56", "MW-Q102", ""),
        ("pool: nowhere", "3:56", "MW-J012", "no pool 'nowhere'"),
        ("retry: {attempts: 0}", "3:68", "MW-M104", ""),
        ("retry: 3", "3:57", "MW-M103", ""),
        ("timeout: fast", "3:59", "MW-M104", ""),
        ("timeout: 0s", "3:59", "MW-M104", ""),
        ("run_if: sometimes", "3:58", "MW-M104", ""),
        ("after: [nowhere]", "3:58", "MW-M209", ""),
        ("after: [used]", "3:58", "MW-M209", "the node itself"),
        ("memory: 1GB", "3:50", "MW-M101", ""),
    ],
)
def test_what_a_use_says_wrongly_is_told_once_at_the_use(
    tmp_path: Path, keys: str, place: str, code: str, words: str
) -> None:
    pipeline = (
        f"nodes:\n  raw: {{source: {{path: raw.csv}}}}\n  used: {{component: pair@1, inputs: {{rows: raw}}, {keys}}}\n"
    )
    [(found, where, message)] = errors(pair_mesh(tmp_path, pipeline))
    assert (found, where) == (code, f"domains/ops/flights/pipeline.yaml:{place}")
    assert words in message


def test_an_unknown_parameter_in_a_condition_inside_is_told_with_the_component(tmp_path: Path) -> None:
    pipeline = "nodes:\n  raw: {source: {path: raw.csv}}\n  used: {component: around@1, inputs: {rows: raw}}\n"
    changed = {"components/around/component.yaml": AROUND.replace("param.top", "param.nowhere")}
    [(code, place, message)] = errors(pair_mesh(tmp_path, pipeline, **changed))
    assert (code, place) == ("MW-M212", "components/around/component.yaml:11:11")
    assert "'nowhere', which is no parameter of the component" in message
