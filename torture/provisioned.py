"""Making and giving up a sandbox that is provisioned: nothing is done twice, and nothing stays, wherever it was cut off."""

from __future__ import annotations

from pathlib import Path

from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.workspace import open_workspace
from meshwright.crashpoints import CrashPoint
from tests.meshes import write_file
from torture.outcome import half_visible
from torture.scenes import Scene
from torture.victims import Victims

_MAKING = (
    CrashPoint.PROVISION_RECORDED,
    CrashPoint.PROVISION_BEGUN,
    CrashPoint.PROVISION_DONE,
    CrashPoint.PROVISION_WHOLE,
    CrashPoint.PROVISION_SHOWN,
)
_UNDOING = (CrashPoint.UNDO_BEGUN, CrashPoint.UNDO_DONE, CrashPoint.UNDO_WHOLE)
_JOBS = (CrashPoint.JOB_RECORDED, CrashPoint.JOB_STARTED, CrashPoint.JOB_KNOWN, CrashPoint.JOB_ENDED)
_NODES = ("first", "second", "third")
_DID = "did"


def _declared(root: Path) -> None:
    """A mesh whose sandboxes are provisioned by three nodes, each of which notes that it ran, and so does its undo."""
    root.mkdir()
    write_file(
        root, "mesh.yaml", "meshwright: 1\nname: provided\nsandboxes: {provision: {noted: {component: noted@1}}}\n"
    )
    names = zip(_NODES, ("", *_NODES), strict=False)
    nodes = "".join(
        f'  {name}: {{shell: "echo {name} >> {root}/{_DID}"{f", after: [{before}]" if before else ""}}}\n'
        for name, before in names
    )
    undo = "".join(f'  {name}: {{shell: "echo undo {name} >> {root}/{_DID}"}}\n' for name in _NODES)
    write_file(root, "components/noted/component.yaml", f"name: noted\nversion: 1.0.0\nnodes:\n{nodes}undo:\n{undo}")


def _provided(root: Path) -> None:
    _declared(root)
    create_sandbox(open_workspace(root), SandboxWish(name="box"))


def _goes_on(root: Path, victims: Victims, words: tuple[str, ...]) -> str | None:
    """Given again, the command ends what it began: each node was done once, in order."""
    ended = victims.run(root, *words)
    # Killed after the sandbox was there, it says that the name is taken.
    if ended.status != 0 and "MW-S101" not in ended.out:
        return f"making it again: status {ended.status}: {(ended.out + ended.err)[-1500:]}"
    return _has_done(root, list(_NODES)) or half_visible(root)


def _is_undone(root: Path, victims: Victims, words: tuple[str, ...]) -> str | None:
    """Given again, the command undoes what is left: each node was undone once, the last first."""
    ended = victims.run(root, *words)
    if ended.status != 0 and "MW-R013" not in ended.out:
        return f"giving it up again: status {ended.status}: {(ended.out + ended.err)[-1500:]}"
    return _has_done(root, [*_NODES, *(f"undo {name}" for name in reversed(_NODES))]) or half_visible(root)


def _has_done(root: Path, wanted: list[str]) -> str | None:
    done = (root / _DID).read_text(encoding="utf-8").splitlines()
    return None if done == wanted else f"{done} was done, not {wanted}"


PROVISIONED = (
    Scene(
        name="env create, provisioned",
        words=("env", "create", "box", "--json"),
        set_up=_declared,
        check=_goes_on,
        points=(*_MAKING, *_JOBS),
    ),
    Scene(
        name="env delete, provisioned",
        words=("env", "delete", "box", "--json"),
        set_up=_provided,
        check=_is_undone,
        points=(*_UNDOING, *_JOBS),
    ),
)
