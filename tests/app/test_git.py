"""Where the mesh lies in git: commits are recorded, and uncommitted code does not slip into prod."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.show import show
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import RefusedError
from tests.meshes import write_file, write_mesh


def git(root: Path, *words: str) -> str:
    settings = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *settings, *words], cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    root = write_mesh(tmp_path / "shop")
    (root / ".gitignore").write_text("data/\n.meshwright/\nenvironments/\n")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    return open_workspace(root)


def test_the_manifest_names_the_commit(shop: Workspace) -> None:
    apply(shop, RunOptions())
    card = show(shop, "sales.orders")
    assert card.manifest["commit"] == git(shop.root, "rev-parse", "HEAD").strip()  # type: ignore[union-attr]


def test_uncommitted_files_are_refused_unless_the_environment_is_written_out(shop: Workspace) -> None:
    apply(shop, RunOptions())
    write_file(shop.root, "domains/finance/report/models/revenue.sql", "select 1 as one")
    with pytest.raises(RefusedError) as refused:
        apply(shop, RunOptions())
    assert refused.value.first.code == "MW-R019"
    assert "revenue.sql" in refused.value.first.message
    report = apply(shop, RunOptions(is_environment_explicit=True))
    assert report.published == ("finance.report",)
    assert json.loads(json.dumps(show(shop, "finance.report").manifest))["commit"] is None  # type: ignore[union-attr]


def test_a_new_file_counts_as_uncommitted_and_data_does_not(shop: Workspace) -> None:
    apply(shop, RunOptions())
    with (shop.root / "data/orders.csv").open("a") as file:
        file.write("9,zoe,1.0,2026-02-01\n")
    assert "sales.orders" in apply(shop, RunOptions()).published
    write_file(shop.root, "domains/finance/report/models/more.sql", "select 1 as one")
    with pytest.raises(RefusedError):
        apply(shop, RunOptions())


def test_a_mesh_that_was_never_published_from_git_is_not_held_back(shop: Workspace) -> None:
    write_file(shop.root, "domains/finance/report/models/revenue.sql", "select 1 as one")
    apply(shop, RunOptions())
    write_file(shop.root, "domains/finance/report/models/revenue.sql", "select 2 as one")
    assert apply(shop, RunOptions()).published == ("finance.report",)
