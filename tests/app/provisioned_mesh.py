"""A mesh whose sandboxes are provisioned with a folder and two files in it, by commands that count how often they ran."""

from __future__ import annotations

from pathlib import Path

from meshwright.app.sandboxes import EnvironmentAnswer, SandboxWish, create_sandbox
from meshwright.app.workspace import Workspace, open_workspace
from tests.meshes import write_file

MESH = """
    meshwright: 1
    name: try
    params: {team: blue}
    sandboxes:
      provision:
        scratch: {component: scratch@1, params: {owner: "${sandbox:who}", team: "${param:team}"}}
"""
COMPONENT = "components/scratch/component.yaml"
SCRATCH = """
    name: scratch
    version: 1.0.0
    params:
      owner: {type: string}
      team: {type: string, default: red}
      size: {type: string, enum: [small, large], description: How large it is.}
      pieces: {type: integer, default: 1}
    nodes:
      second:
        after: [first]
        shell: |
          echo second >> ROOT/did
          test ${param:size} = small || { echo too large >&2; exit 3; }
          echo ${param:owner} ${param:team} ${param:pieces} ${param:size} > ${node:folder.value.path}/second
      folder:
        shell: |
          echo folder >> ROOT/did
          mkdir ROOT/places/${sandbox:name} && echo '{"path": "ROOT/places/${sandbox:name}"}' > $MESHWRIGHT_VALUES
      first:
        shell: "echo first >> ROOT/did; echo ${sandbox:base} > ${node:folder.value.path}/first"
    undo:
      folder: {shell: "echo undo folder >> ROOT/did; rmdir ${node:folder.value.path}"}
      first: {shell: "echo undo first >> ROOT/did; rm ${node:folder.value.path}/first"}
      second: {shell: "echo undo second >> ROOT/did; rm -f ${node:folder.value.path}/second"}
"""


def provisioned_mesh(root: Path, component: str = SCRATCH, mesh: str = MESH) -> Workspace:
    write_file(root, "mesh.yaml", mesh)
    write_component(root, component)
    (root / "places").mkdir(exist_ok=True)
    return open_workspace(root)


def write_component(root: Path, component: str) -> None:
    write_file(root, COMPONENT, component.replace("ROOT", str(root)))


def make(workspace: Workspace, name: str = "ana", **params: str) -> EnvironmentAnswer:
    return create_sandbox(workspace, SandboxWish(name=name, params={"size": "small", **params}))


def did(workspace: Workspace) -> list[str]:
    file = workspace.root / "did"
    return file.read_text().splitlines() if file.exists() else []


def places(workspace: Workspace) -> list[str]:
    root = workspace.root / "places"
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))
