"""What can be wrong with nodes of tools and is told by `check`, once, where it stands, before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Severity
from tests.app.test_outside_nodes import PIPELINE, mesh_of
from tests.meshes import write_file


def errors(workspace: Workspace) -> list[tuple[str, str, str]]:
    found = [each for each in check(workspace).diagnostics if each.severity is Severity.ERROR]
    return [(each.code, str(each.span).removeprefix(f"{PIPELINE}:"), each.message) for each in found]


def with_node(root: Path, node: str) -> Workspace:
    write_file(root, "raw.csv", "a\n1\n")
    return mesh_of(root, f"nodes:\n  raw: {{source: {{path: raw.csv}}}}\n  {node}\n")


@pytest.mark.parametrize(
    ("node", "code", "place", "words"),
    [
        ('n: {shell: {command: x, variables: {"A=B": y}}}', "MW-J002", "3:46", "no variable can be called 'A=B'"),
        ('n: {shell: {command: x, variables: {"": y}}}', "MW-J002", "3:43", "no variable can be called ''"),
        ('n: {shell: {command: x, variables: {"${env:A}": y}}}', "MW-J002", "3:51", "'${env:A}'"),
        ("n: {copy: {to: x.csv, variables: {'A B': y}}, inputs: [raw]}", "MW-J002", "3:36", "names of environment"),
        ("n: {pipeline: nowhere.product}", "MW-G201", "3:3", "matches nothing"),
        ("n: {pipeline: 'a..b +'}", "MW-G202", "3:3", "cannot be read"),
        ("n: {pipeline: [ops.flights, nowhere]}", "MW-G201", "3:3", "'nowhere' matches nothing"),
        ("n: {pipeline: '--env prod'}", "MW-J002", "3:17", "'--env' is no word"),
        ("n: {pipeline: ops.flights}", "MW-J081", "3:3", "ops.flights.n -> ops.flights.n"),
        ("n: {pipeline: ops}", "MW-J081", "3:3", "runs itself"),
        ('n: {shell: "echo ${item}", for_each: []}', "MW-J015", "3:40", "not a list of 1 to"),
        ('n: {shell: "echo ${item}", for_each: "${node:raw.rows}"}', "MW-J015", "3:40", "not a list"),
        ('n: {shell: "echo ${item}", for_each: "${node:n.value.l}"}', "MW-J006", "3:40", "no other node"),
        ('n: {shell: "echo ${node:n.value.x}"}', "MW-J006", "3:14", "no other node"),
        ('n: {shell: x, when: "node.n.rows > 1"}', "MW-J011", "3:23", "no other node"),
        ('n: {shell: x, when: "node.raw.rows"}', "MW-J010", "3:23", "is a number"),
        ('n: {shell: x, when: "(node.raw.state)"}', "MW-J010", "3:23", "is text"),
        ("n: {shell: x, when: 7}", "MW-J010", "3:23", "is a number"),
        ("n: {shell: x, when: \"'true'\"}", "MW-J010", "3:23", "is text"),
        ("n: {shell: x, when: \"node.raw.state = 'succeded'\"}", "MW-J010", "3:23", "'succeded' is never there"),
        ("n: {shell: x, when: \"'ok' <> node.raw.tests\"}", "MW-J010", "3:23", "'ok' is never there"),
        ("n: {shell: x, when: \"node.raw.tests in ('warn', 'fail')\"}", "MW-J010", "3:23", "'fail' is never there"),
        ("n: {shell: x, pool: nowhere}", "MW-J012", "3:23", "no pool 'nowhere'"),
    ],
)
def test_what_is_wrong_with_a_node_is_told_once_at_its_place(
    tmp_path: Path, node: str, code: str, place: str, words: str
) -> None:
    [(found, where, message)] = errors(with_node(tmp_path, node))
    assert (found, where) == (code, place)
    assert words in message


@pytest.mark.parametrize(
    "condition",
    [
        "node.raw.state in ('succeeded', 'failed')",
        "node.raw.tests <> 'warn' and node.raw.rows > 0",
        "true",
        "coalesce(node.raw.value.is_late, false)",
        "node.raw.value.kind = 'succeded'",
        '"node"."raw"."rows" > 0',
    ],
)
def test_what_may_hold_is_a_condition(tmp_path: Path, condition: str) -> None:
    quoted = condition.replace('"', '\\"')
    assert errors(with_node(tmp_path, f'n: {{shell: x, when: "{quoted}"}}')) == []


def test_pipelines_that_run_each_other_are_told_as_a_cycle(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, "nodes:\n  n: {pipeline: ops.second}\n")
    write_file(tmp_path, "domains/ops/second/pipeline.yaml", "nodes:\n  m: {pipeline: ops.flights}\n")
    [(code, place, message)] = errors(workspace)
    assert (code, place) == ("MW-J081", "2:3")
    assert "ops.flights.n -> ops.second.m -> ops.flights.n" in message


def test_a_component_sees_no_node_of_the_product_in_its_options(tmp_path: Path) -> None:
    write_file(
        tmp_path,
        "components/c/component.yaml",
        "name: c\nversion: 1.0.0\ninputs: {rows: }\noutputs: [m]\nnodes: {x: {shell: 'echo ${node:raw.rows}'}}\n",
    )
    write_file(tmp_path, "components/c/models/m.sql", "select * from rows")
    workspace = with_node(tmp_path, "u: {component: c@1, inputs: {rows: raw}}")
    assert errors(workspace) == [
        (
            "MW-K006",
            "components/c/component.yaml:5:20",
            "'raw' is no input and no node of the component, which sees nothing else",
        )
    ]


def test_names_in_quotes_are_those_of_the_component(tmp_path: Path) -> None:
    write_file(
        tmp_path,
        "components/c/component.yaml",
        "name: c\nversion: 1.0.0\ninputs: {rows: }\noutputs: [m]\n"
        "nodes: {x: {shell: 'true', when: '\"node\".\"m\".rows > 0'}}\n",
    )
    write_file(tmp_path, "components/c/models/m.sql", "select * from rows")
    report = apply(with_node(tmp_path, "u: {component: c@1, inputs: {rows: raw}}"), RunOptions())
    assert report.state.value == "succeeded", [step.error for step in report.steps]


def test_what_a_secret_holds_may_be_no_variable(tmp_path: Path) -> None:
    (tmp_path / "nul.txt").write_bytes(b"a\0b")
    report = apply(
        with_node(tmp_path, 'n: {shell: {command: "true", variables: {A: "${file:nul.txt}"}}}'), RunOptions()
    )
    [error] = [step.error for step in report.steps if step.dataset == "ops.flights.n"]
    assert error is not None
    assert error.code == "MW-J020"
    assert "environment variable 'A' cannot be passed to a program" in error.message
