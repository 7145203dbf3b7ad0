"""Limits on what runs at once, whole: of the mesh, a domain, an engine and a tool, within one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.run.report import RunReport
from meshwright.state.records import RunState
from tests.meshes import write_file

DOMAIN = "name: ops\npurpose: Trying.\nowners: [team:ops]\n"


def mesh_of(root: Path, pipelines: dict[str, str], *, mesh: str = "", domain: str = "") -> Workspace:
    write_file(root, "mesh.yaml", f"meshwright: 1\nname: try\n{mesh}")
    write_file(root, "domains/ops/domain.yaml", f"{DOMAIN}{domain}")
    for product, nodes in pipelines.items():
        write_file(root, f"domains/ops/{product}/pipeline.yaml", f"nodes:\n{nodes}")
    return open_workspace(root)


def telling(root: Path, names: str) -> str:
    """Nodes of commands that tell when they begin and when they end."""
    body = f"echo in >> {root}/told; sleep 0.2; echo out >> {root}/told"
    return "".join(f"  {name}: {{shell: '{body}'}}\n" for name in names)


def most_at_once(root: Path) -> int:
    """How many of those that told ran at once."""
    running = most = 0
    for line in (root / "told").read_text().split():
        running += 1 if line == "in" else -1
        most = max(most, running)
    return most


def good(report: RunReport) -> RunReport:
    assert report.state is RunState.SUCCEEDED, [step.error for step in report.steps if step.error]
    return report


@pytest.mark.parametrize(
    ("mesh", "domain"),
    [
        ("", "concurrency: 1\n"),
        ("concurrency: 1\n", ""),
        ("tools: {shell: {concurrency: 1}}\n", ""),
        ("concurrency: 3\n", "concurrency: 1\n"),
    ],
)
def test_nodes_of_two_products_share_the_limit_above_them(tmp_path: Path, mesh: str, domain: str) -> None:
    pipelines = {"one": telling(tmp_path, "ab"), "two": telling(tmp_path, "cd")}
    good(apply(mesh_of(tmp_path, pipelines, mesh=mesh, domain=domain), RunOptions()))
    assert (tmp_path / "told").read_text().split() == ["in", "out"] * 4


def test_jobs_of_a_list_count_against_the_limit_of_their_tool(tmp_path: Path) -> None:
    body = f"echo in >> {tmp_path}/told; sleep 0.2; echo out >> {tmp_path}/told"
    nodes = f"  many: {{shell: '{body}', for_each: [1, 2, 3, 4, 5, 6]}}\n" + telling(tmp_path, "ab")
    good(apply(mesh_of(tmp_path, {"one": nodes}, mesh="tools: {shell: {concurrency: 2}}\n"), RunOptions()))
    assert most_at_once(tmp_path) <= 2
    assert (tmp_path / "told").read_text().split().count("out") == 8


def test_a_limit_of_a_tool_is_none_of_its_options(tmp_path: Path) -> None:
    workspace = mesh_of(tmp_path, {"one": telling(tmp_path, "a")}, mesh="tools: {shell: {concurrency: 2}}\n")
    assert check(workspace).diagnostics == ()
    write_file(tmp_path, "domains/ops/one/pipeline.yaml", "nodes:\n  a: {shell: {command: x, concurrency: 1}}\n")
    assert [found.code for found in check(workspace).diagnostics] == ["MW-J002"]


def test_parts_and_functions_count_against_the_limit_of_the_engine(tmp_path: Path) -> None:
    """An incremental dataset of four days and three functions: never two of them at once."""
    write_file(
        tmp_path,
        "domains/ops/one/tell.py",
        f"""
        import time
        import pyarrow as pa

        def go(*found, **named):
            with open("{tmp_path}/told", "a") as file:
                print("in", file=file)
            time.sleep(0.1)
            with open("{tmp_path}/told", "a") as file:
                print("out", file=file)

        def each(raw):
            go()
            return raw

        def alone():
            go()
            return pa.table({{"n": [1]}})
        """,
    )
    write_file(tmp_path, "raw.csv", "day,n\n" + "".join(f"2026-01-0{day},{day}\n" for day in range(1, 5)))
    nodes = (
        "  raw: {source: {path: raw.csv}}\n"
        '  days: {python: "tell.py:each", inputs: [raw], incremental: {by: day, grain: day},'
        " columns: {day: DATE, n: BIGINT}}\n"
    ) + "".join(f'  f{number}: {{python: "tell.py:alone"}}\n' for number in range(3))
    engines = "engines: {local: {type: duckdb, concurrency: 1}}\n"
    good(apply(mesh_of(tmp_path, {"one": nodes}, mesh=engines), RunOptions()))
    assert (tmp_path / "told").read_text().split() == ["in", "out"] * 7


def test_a_pipeline_node_has_a_run_of_its_own_with_limits_of_its_own(tmp_path: Path) -> None:
    """It holds the only place of its domain while it waits for nodes of the same domain."""
    pipelines = {"outer": "  inner: {pipeline: ops.inner}\n", "inner": telling(tmp_path, "ab")}
    mesh = "concurrency: 1\ntools: {shell: {concurrency: 1}, pipeline: {concurrency: 1}}\n"
    workspace = mesh_of(tmp_path, pipelines, mesh=mesh, domain="concurrency: 1\n")
    good(apply(workspace, RunOptions(select=("ops.outer",))))
    assert (tmp_path / "told").read_text().split() == ["in", "out"] * 2


def test_a_node_that_is_tried_again_gives_its_places_back_meanwhile(tmp_path: Path) -> None:
    nodes = (
        f"  bad: {{shell: 'test -e {tmp_path}/allowed', retry: {{attempts: 30, backoff: 200ms}}}}\n"
        f"  good: {{shell: 'touch {tmp_path}/allowed'}}\n"
    )
    good(apply(mesh_of(tmp_path, {"one": nodes}, domain="concurrency: 1\n"), RunOptions()))


@pytest.mark.parametrize(
    ("mesh", "domain", "code", "place", "words"),
    [
        ("", "concurrency: 0\n", "MW-M104", "domains/ops/domain.yaml:4:14", "from 1 to 10,000"),
        ("", "concurrency: many\n", "MW-M103", "domains/ops/domain.yaml:4:14", "a whole number"),
        ("concurrency: 1.5\n", "", "MW-M103", "mesh.yaml:3:14", "a whole number"),
        ("engines: {local: {type: duckdb, concurrency: -1}}\n", "", "MW-M104", "mesh.yaml:3:46", "from 1"),
        ("tools: {shell: {concurrency: yes}}\n", "", "MW-M103", "mesh.yaml:3:30", "tool 'shell'"),
        ("tools: {shel: {concurrency: 2}}\n", "", "MW-M420", "mesh.yaml:3:9", "no installed tool"),
    ],
)
def test_wrong_limits_are_told_with_their_place(
    tmp_path: Path, mesh: str, domain: str, code: str, place: str, words: str
) -> None:
    (found,) = check(mesh_of(tmp_path, {"one": telling(tmp_path, "a")}, mesh=mesh, domain=domain)).diagnostics
    assert (found.code, str(found.span)) == (code, place)
    assert words in found.message + (found.fix or "")
