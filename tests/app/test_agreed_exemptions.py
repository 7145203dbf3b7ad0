"""In a protected environment an exemption holds once it is on the branch: nobody who promotes grants himself one."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.check import check
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import RefusedError
from tests.app.boxed_shop import box, edit, run
from tests.app.test_git import git
from tests.meshes import SHOP, write_file, write_mesh

MESH = f"{SHOP['mesh.yaml'].rstrip()}\n        environments: {{prod: {{branch: main, protected: true}}}}\n"
POLICY = "-- level: {level}\n-- why: W.\n-- fix: F.\nselect product, 'no tags' as message from mesh.products where len(tags) = 0\n"
ENTRY = "  - {{policy: tagged, object: {object}, owner: 'team:sales', reason: Soon., expires: {day}}}\n"


def exempt(root: Path, *objects: str, day: str = "2999-12-31") -> None:
    entries = "".join(ENTRY.format(object=each, day=day) for each in objects)
    write_file(root, "policies/exemptions.yaml", f"exemptions:\n{entries}")


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A protected mesh on a branch beside main, with a policy of main that nothing keeps, and a change to promote."""
    root = write_mesh(tmp_path / "shop", {**SHOP, "mesh.yaml": MESH})
    write_file(root, "policies/tagged.sql", POLICY.format(level="warn"))
    (root / ".gitignore").write_text("data/\n.meshwright/\nenvironments/\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    workspace = open_workspace(root)
    assert run(workspace).published
    write_file(root, "policies/tagged.sql", POLICY.format(level="block"))
    git(root, "commit", "-qam", "tags are demanded")
    git(root, "checkout", "-qb", "work")
    edit(workspace)
    exempt(root, "sales", "finance")
    box(workspace)
    assert run(workspace, environment="box").published, "in a sandbox it holds as it is written"
    return workspace


def refused(workspace: Workspace) -> list[tuple[str, str]]:
    with pytest.raises(RefusedError) as found:
        promote(workspace, PromotionWish(sandbox="box"))
    return [(each.code, each.message) for each in found.value.diagnostics]


def test_an_exemption_that_is_not_on_the_branch_does_not_hold_where_things_are_promoted(shop: Workspace) -> None:
    told = refused(shop)
    assert {code for code, _ in told} == {"MW-V101", "MW-L047"}
    assert any("does not hold in prod: it is not on branch main" in message for _, message in told)
    assert not [found for found in check(shop).diagnostics if found.code == "MW-V101"], "check takes it as written"


def test_it_holds_once_it_is_merged(shop: Workspace) -> None:
    git(shop.root, "stash", "-qu")
    git(shop.root, "checkout", "-q", "main")
    exempt(shop.root, "sales", "finance")
    git(shop.root, "add", "-A")
    git(shop.root, "commit", "-qm", "agreed")
    git(shop.root, "checkout", "-q", "work")
    git(shop.root, "reset", "-q", "--hard", "main")
    edit(shop)
    assert promote(shop, PromotionWish(sandbox="box")).changed


def test_one_that_was_prolonged_or_widened_is_another(shop: Workspace) -> None:
    git(shop.root, "add", "-A")
    git(shop.root, "commit", "-qm", "mine")
    git(shop.root, "branch", "-qf", "main", "HEAD")
    exempt(shop.root, "sales", "finance", day="2999-12-30")
    assert {code for code, _ in refused(shop)} == {"MW-V101", "MW-L047"}


def test_exemptions_come_with_a_policy_that_is_new(shop: Workspace) -> None:
    git(shop.root, "checkout", "-q", "main")
    git(shop.root, "rm", "-q", "policies/tagged.sql")
    git(shop.root, "commit", "-qm", "no such policy")
    git(shop.root, "checkout", "-q", "work")
    assert (shop.root / "policies/tagged.sql").exists(), "the branch has the policy, main has not"
    assert promote(shop, PromotionWish(sandbox="box")).changed


def test_outside_of_git_it_holds_as_it_is_written(tmp_path: Path) -> None:
    root = write_mesh(tmp_path / "plain", {**SHOP, "mesh.yaml": MESH})
    write_file(root, "policies/tagged.sql", POLICY.format(level="block"))
    exempt(root, "sales", "finance")
    assert plan(open_workspace(root), PlanOptions()).notes == ()
