"""A protected environment: code comes by promotion or from the tip of its branch; data comes always."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import RefusedError
from tests.app.boxed_shop import ORDERS, REVENUE, add_order, box, built, edit, generation, pointers, run
from tests.app.test_git import git
from tests.meshes import SHOP, write_mesh

PROTECTED = f"{SHOP['mesh.yaml'].rstrip()}\n        environments: {{prod: {{branch: main, protected: true}}}}\n"


@pytest.fixture
def plain(tmp_path: Path) -> Workspace:
    """The shop outside of git; what stands came by promotion of nothing: it was published before it was protected."""
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    run(workspace)
    (workspace.root / "mesh.yaml").write_text(
        (workspace.root / "mesh.yaml").read_text() + "environments: {prod: {protected: true}}\n"
    )
    return workspace


@pytest.fixture
def tracked(tmp_path: Path) -> Workspace:
    """The shop in git, on branch main, protected from the start, and published from its tip."""
    root = write_mesh(tmp_path / "tracked", {**SHOP, "mesh.yaml": PROTECTED})
    (root / ".gitignore").write_text("data/\n.meshwright/\nenvironments/\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    workspace = open_workspace(root)
    assert run(workspace).published
    return workspace


def refused(workspace: Workspace, **options: object) -> str:
    before = pointers(workspace), generation(workspace)
    with pytest.raises(RefusedError) as found:
        run(workspace, **options)
    assert found.value.first.code == "MW-S120"
    assert found.value.first.fix
    assert (pointers(workspace), generation(workspace)) == before
    return found.value.first.message


def test_data_runs_always(plain: Workspace, tracked: Workspace) -> None:
    for workspace in (plain, tracked):
        add_order(workspace)
        assert "sales.orders.orders" in built(run(workspace))
    git(tracked.root, "checkout", "-qb", "work")
    git(tracked.root, "commit", "-qm", "nothing of the mesh", "--allow-empty")
    add_order(tracked, "10,eve,3.0,2026-01-05")
    assert "sales.orders.orders" in built(run(tracked))


def test_code_that_nobody_promoted_is_refused(plain: Workspace) -> None:
    edit(plain)
    assert "sales.orders" in refused(plain)
    assert "not in git" in refused(plain)


def test_a_parameter_of_the_mesh_is_code(plain: Workspace) -> None:
    mesh = plain.root / "mesh.yaml"
    mesh.write_text(mesh.read_text().replace("EUR", "USD"))
    assert "finance.report" in refused(plain)


def test_a_parameter_of_a_run_is_nobodys_code(tracked: Workspace) -> None:
    assert "parameters given to a run" in refused(tracked, params={"currency": "USD"})


def test_a_product_that_would_go_is_code(plain: Workspace) -> None:
    (plain.root / REVENUE).unlink()
    assert "finance.report" in refused(plain)


def test_promoted_code_runs_from_then_on(plain: Workspace) -> None:
    box(plain)
    edit(plain)
    run(plain, "box")
    assert promote(plain, PromotionWish(sandbox="box")).changed
    add_order(plain)
    assert "sales.orders.orders" in built(run(plain))


def test_the_tip_of_the_branch_runs_and_no_other_commit_does(tracked: Workspace) -> None:
    edit(tracked)
    assert "not committed" in refused(tracked)
    git(tracked.root, "checkout", "-qb", "work")
    git(tracked.root, "commit", "-qam", "fewer")
    assert "not the tip of branch main" in refused(tracked)
    git(tracked.root, "checkout", "-q", "main")
    git(tracked.root, "merge", "-q", "work")
    assert built(run(tracked)) == {"sales.orders.orders", "sales.totals.per_customer", "finance.report.revenue"}
    git(tracked.root, "checkout", "-q", "HEAD~1")
    assert "not the tip" in refused(tracked)


def test_a_detached_clone_knows_the_branch_as_it_was_fetched(tracked: Workspace, tmp_path: Path) -> None:
    edit(tracked)
    git(tracked.root, "commit", "-qam", "fewer")
    git(tmp_path, "clone", "-q", str(tracked.root), "clone")
    clone = tmp_path / "clone"
    git(clone, "checkout", "-q", "--detach", "origin/main")
    git(clone, "branch", "-qD", "main")
    (clone / "data").symlink_to(tracked.root / "data")
    (clone / ".meshwright").symlink_to(tracked.root / ".meshwright")
    assert run(open_workspace(clone)).published


def test_sandboxes_over_a_protected_environment_are_free(plain: Workspace) -> None:
    box(plain)
    edit(plain, ORDERS)
    assert run(plain, "box").published
