"""What sandboxes are provisioned with, in a mesh's files: what it is read as, and what is wrong with it, each at its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshwright.app.toolbox import Toolbox
from meshwright.diagnostics import Diagnostic
from meshwright.files.loader import load_mesh
from meshwright.files.provision_loading import load_provisions
from tests.meshes import write_file

MESH = """
    meshwright: 1
    name: try
    params: {team: blue, least: 3}
    sandboxes:
      provision:
        scratch: {component: scratch@1, params: {owner: "${sandbox:who} of ${sandbox:name}", team: "${param:team}"}}
"""
SCRATCH = """
    name: scratch
    version: 1.0.0
    params: {owner: {type: string}, team: {type: string}, size: {type: string}}
    nodes:
      folder: {shell: "mkdir ${param:size}/${sandbox:name}", retry: {attempts: 2, backoff: 1s}, timeout: 1m}
      told: {shell: "echo", after: [folder]}
    undo:
      folder: {shell: "rmdir ${param:size}", timeout: 5s}
      told: none
"""
COMPONENT = "components/scratch/component.yaml"


def written(root: Path, component: str = SCRATCH, mesh: str = MESH) -> Path:
    write_file(root, "mesh.yaml", mesh)
    write_file(root, COMPONENT, component)
    return root


def found_in(root: Path) -> list[Diagnostic]:
    loaded = load_mesh(root, tools=Toolbox(root, None))
    return [found for found in loaded.diagnostics if found.code not in {"MW-M112", "MW-K010"}]


def places(found: list[Diagnostic]) -> list[tuple[str, str]]:
    return [(each.code, str(each.span)) for each in found]


def test_a_component_is_read_as_jobs_with_their_undo_in_order(tmp_path: Path) -> None:
    loaded = load_provisions(written(tmp_path), cache=None, tools=Toolbox(tmp_path, None))
    assert loaded.errors == ()
    (read,) = loaded.provisions
    assert {name: each.value for name, each in read.given.items()} == {
        "owner": "${sandbox:who} of ${sandbox:name}",
        "team": "blue",
    }
    assert (dict(read.references), list(read.free)) == ({"team": "team"}, ["size"])
    folder, told = read.nodes
    assert (folder.name, folder.job.retry.attempts, folder.job.timeout_s) == ("folder", 2, 60.0)
    assert json.loads(folder.job.options) == {"command": "mkdir ${param:size}/${sandbox:name}"}
    assert folder.undo is not None
    assert (json.loads(folder.undo.options)["command"], folder.undo.timeout_s) == ("rmdir ${param:size}", 5.0)
    assert (told.name, told.undo) == ("told", None)


def test_it_is_a_use_of_the_component_and_of_the_parameters_of_the_mesh(tmp_path: Path) -> None:
    loaded = load_mesh(written(tmp_path), tools=Toolbox(tmp_path, None))
    assert loaded.mesh is not None
    (use,) = loaded.mesh.uses()
    assert (use.node, use.asked, use.component, use.version) == (
        "provision.scratch",
        "scratch@1",
        "scratch",
        "1.0.0",
    )
    assert use.params == ("team",)
    assert found_in(tmp_path) == []


#: What is written in place of what, in which file -> code and place of the one finding.
WRONG = {
    "unknown component": (MESH, "scratch@1,", "scrach@1,", "MW-K002", "mesh.yaml:6:26"),
    "unknown version": (MESH, "scratch@1,", "scratch@2,", "MW-K003", "mesh.yaml:6:26"),
    "no version": (MESH, "scratch@1,", "scratch,", "MW-K009", "mesh.yaml:6:26"),
    "no component": (MESH, "component: scratch@1, params:", "params:", "MW-M102", "mesh.yaml:6:14"),
    "unknown key": (MESH, "component: scratch@1,", "component: scratch@1, when: now,", "MW-M101", "mesh.yaml:6:37"),
    "inputs": (MESH, "component: scratch@1,", "component: scratch@1, inputs: {rows: x},", "MW-M101", "mesh.yaml:6:37"),
    "wrong name": (MESH, "scratch: {", "Scratch: {", "MW-M105", "mesh.yaml:6:5"),
    "unknown parameter": (MESH, "owner:", "ownr:", "MW-K012", "mesh.yaml:6:46"),
    "wrong type": (MESH, '"${param:team}"', "7", "MW-K012", "mesh.yaml:6:96"),
    "parameter of another type": (MESH, "${param:team}", "${param:least}", "MW-K012", "mesh.yaml:6:96"),
    "unknown parameter of the mesh": (MESH, "${param:team}", "${param:teem}", "MW-K012", "mesh.yaml:6:96"),
    "secret": (MESH, "${param:team}", "${env:HOME}", "MW-M404", "mesh.yaml:6:96"),
    "no fact of a sandbox": (MESH, "${sandbox:who}", "${sandbox:when}", "MW-X651", "mesh.yaml:6:53"),
    "sandbox in the settings": (MESH, "team: blue", 'team: "${sandbox:name}"', "MW-M404", "mesh.yaml:3:16"),
    "undo of nothing": (SCRATCH, "told: none", "tld: none", "MW-K081", f"{COMPONENT}:9:3"),
    "unknown tool": (SCRATCH, '{shell: "echo", after', '{shel: "echo", after', "MW-J001", f"{COMPONENT}:6:10"),
    "wrong option": (SCRATCH, '{shell: "echo", after', "{shell: {comand: x, command: y}, after", "MW-J002", f"{COMPONENT}:6:26"),
    "key without meaning": (SCRATCH, "after: [folder]}", 'after: [folder], when: "true"}', "MW-K080", f"{COMPONENT}:6:42"),
    "undo with an order": (SCRATCH, "timeout: 5s", "after: [told]", "MW-K080", f"{COMPONENT}:8:42"),
    "unknown node in an order": (SCRATCH, "after: [folder]", "after: [foldr]", "MW-K006", f"{COMPONENT}:6:33"),
    "unknown node in a value": (SCRATCH, '"echo"', '"echo ${node:foldr.value.path}"', "MW-K006", f"{COMPONENT}:6:17"),
    "rows of a node": (SCRATCH, '"echo"', '"echo ${node:folder.rows}"', "MW-K080", f"{COMPONENT}:6:3"),
    "unknown parameter in a node": (SCRATCH, '"echo"', '"echo ${param:siz}"', "MW-M212", f"{COMPONENT}:6:17"),
    "data": (SCRATCH, 'told: {shell: "echo", after: [folder]}', "told: {source: {path: x.csv}}", "MW-K080", f"{COMPONENT}:6:3"),
    "data of a tool": (SCRATCH, "after: [folder]}", "after: [folder], datasets: [told]}", "MW-K080", f"{COMPONENT}:6:42"),
    "input": (SCRATCH, "params:", "inputs: {rows: }\n    params:", "MW-K080", f"{COMPONENT}:3:10"),
    "secret parameter": (SCRATCH, "size: {type: string}", "size: {type: secret}", "MW-K080", f"{COMPONENT}:3:55"),
    "names of columns": (SCRATCH, "size: {type: string}", "size: {type: column}", "MW-K080", f"{COMPONENT}:3:55"),
    "nothing to do": (SCRATCH[: SCRATCH.index("    nodes:")] + "    undo: {}\n", "", "", "MW-K080", f"{COMPONENT}:1:1"),
    "neither undo nor outputs": (SCRATCH[: SCRATCH.index("    undo:")], "", "", "MW-M102", f"{COMPONENT}:1:1"),
    "nodes on a cycle": (SCRATCH, "timeout: 1m", "timeout: 1m, after: [told]", "MW-K080", f"{COMPONENT}:5:3"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_found_at_its_place(tmp_path: Path, what: str) -> None:
    text, before, after, code, place = WRONG[what]
    changed = text.replace(before, after, 1) if before else text
    is_mesh = text.lstrip().startswith("meshwright")
    written(tmp_path, SCRATCH if is_mesh else changed, changed if is_mesh else MESH)
    found = found_in(tmp_path)
    assert (code, place) in places(found), places(found)
    assert all(each.fix for each in found)
    assert load_provisions(tmp_path, cache=None, tools=Toolbox(tmp_path, None)).errors


def test_a_node_without_an_undo_is_advice(tmp_path: Path) -> None:
    found = found_in(written(tmp_path, SCRATCH.replace("      told: none\n", "")))
    assert [(each.code, str(each.span), each.severity.value) for each in found] == [
        ("MW-K082", f"{COMPONENT}:6:3", "warning")
    ]
    assert load_provisions(tmp_path, cache=None, tools=Toolbox(tmp_path, None)).errors == ()


def test_what_is_wrong_with_a_component_is_told_once(tmp_path: Path) -> None:
    mesh = MESH + "        again: {component: scratch@1, params: {owner: a, team: b}}\n"
    written(tmp_path, SCRATCH.replace("after: [folder]}", 'after: [folder], when: "true"}'), mesh)
    assert [each.code for each in found_in(tmp_path)].count("MW-K080") == 1


def test_what_is_wrong_elsewhere_is_in_nobodys_way(tmp_path: Path) -> None:
    written(tmp_path)
    write_file(tmp_path, "components/other/component.yaml", "name: another\nversion: 1\n")
    write_file(tmp_path, "domains/sales/domain.yaml", "nonsense: 1\n")
    assert load_provisions(tmp_path, cache=None, tools=Toolbox(tmp_path, None)).errors == ()


def test_a_component_without_outputs_is_no_part_of_a_pipeline(tmp_path: Path) -> None:
    written(tmp_path)
    write_file(tmp_path, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    params = "params: {owner: a, team: b, size: c}"
    write_file(tmp_path, "domains/ops/x/pipeline.yaml", f"nodes:\n  it: {{component: scratch@1, {params}}}\n")
    assert places(found_in(tmp_path)) == [("MW-K087", "domains/ops/x/pipeline.yaml:2:19")]


def test_a_sandbox_is_asked_about_only_where_one_is_provisioned(tmp_path: Path) -> None:
    write_file(tmp_path, "mesh.yaml", "meshwright: 1\nname: try\n")
    write_file(tmp_path, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    write_file(tmp_path, "domains/ops/x/pipeline.yaml", 'nodes:\n  it: {shell: "echo ${sandbox:name}"}\n')
    assert places(found_in(tmp_path)) == [("MW-J006", "domains/ops/x/pipeline.yaml:2:15")]


def test_a_broken_declaration_stops_making_sandboxes_before_anything_is_done(tmp_path: Path) -> None:
    written(tmp_path, mesh=MESH.replace("scratch@1,", "scratch@2,"))
    errors = load_provisions(tmp_path, cache=None, tools=Toolbox(tmp_path, None)).errors
    assert [each.code for each in errors] == ["MW-K003"]
