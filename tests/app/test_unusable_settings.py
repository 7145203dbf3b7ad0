"""A `mesh.yaml` that leaves open which state or store it means: no verb takes another one, which would look empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.runs import list_runs
from meshwright.app.state_migration import migrate_state
from meshwright.app.verify import verify
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from tests.meshes import SHOP, write_file, write_mesh


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("state: 'sqlite:///'", "MW-M405"),
        ("state: [sqlite]", "MW-M103"),
        ("state: sqlite:///a.db\nstate: sqlite:///b.db", "MW-Y008"),
        ("store: s3://bucket/x", "MW-M405"),
        ("store: {path: x}", "MW-M103"),
        ("store: a\nstore: b", "MW-Y008"),
    ],
)
def test_no_verb_takes_another_state_or_store(tmp_path: Path, lines: str, code: str) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    apply(workspace, RunOptions())
    write_file(workspace.root, "mesh.yaml", "meshwright: 1\nname: shop\nparams: {currency: EUR}\n" + lines + "\n")
    assert code in [found.code for found in check(workspace).diagnostics]
    for verb in (list_runs, verify, _migrate):
        with pytest.raises(InputError) as raised:
            verb(workspace)  # type: ignore[operator]
        assert raised.value.first.code == code


def _migrate(workspace: Workspace) -> None:
    migrate_state(workspace, "sqlite:///other.db")


def test_other_errors_of_the_mesh_stop_no_look_at_its_history(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    apply(workspace, RunOptions())
    write_file(workspace.root, "mesh.yaml", SHOP["mesh.yaml"] + "\n        odd: 1\n")
    assert len(list_runs(workspace)) == 1
