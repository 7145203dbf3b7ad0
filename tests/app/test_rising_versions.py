"""A contract's version rises with its changes, in `check`, `plan`, `run` and `promote`; an exemption is an approval."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.exempting import ExemptionWish, add_exemption
from meshwright.app.governance import list_exemptions, list_policies, try_policy
from meshwright.app.judged import judge_mesh
from meshwright.app.landing import landing_of_files
from meshwright.app.observing import read_published
from meshwright.app.opened import open_mesh
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.runs import show_run
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError, RefusedError, Severity
from meshwright.faces.cli.main import main
from tests.meshes import SHOP, write_file, write_mesh

CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"
PORT = "sales.orders/orders"
LOOSENED = ("mustBeGreaterThan: 2", "mustBeGreaterThan: 1")
TIGHTENED = ("mustBeGreaterThan: 2", "mustBeGreaterThan: 3")


#: The orders alone: what breaks their readers is for another policy to say.
ALONE = {
    **{name: text for name, text in SHOP.items() if "totals" not in name and "finance" not in name},
    "mesh.yaml": SHOP["mesh.yaml"].replace("params: {currency: EUR}", ""),
}


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    workspace = open_workspace(write_mesh(tmp_path / "shop", ALONE))
    apply(workspace, RunOptions())
    return workspace


@pytest.fixture
def whole(tmp_path: Path) -> Workspace:
    """With the readers."""
    workspace = open_workspace(write_mesh(tmp_path / "whole"))
    apply(workspace, RunOptions())
    return workspace


def edit(workspace: Workspace, *edits: tuple[str, str]) -> None:
    path = workspace.root / CONTRACT
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def rise(workspace: Workspace, old: str, new: str) -> None:
    edit(workspace, (f"version: {old}", f"version: {new}"))


def found(workspace: Workspace) -> list[tuple[str, Severity, str | None]]:
    return [(one.code, one.severity, one.object) for one in check(workspace).diagnostics]


def test_a_plan_that_is_refused_is_told_with_the_refusal_beside_it(
    shop: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(shop, LOOSENED)
    capsys.readouterr()
    assert main(["-C", str(shop.root), "plan", "--json"]) == 1
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert [one["object"] for one in document["changes"]] == [PORT]
    assert (document["schema"], document["error"]["code"]) == ("meshwright/plan/1", "MW-V101")
    assert main(["-C", str(shop.root), "plan"]) == 1
    told = capsys.readouterr()
    assert "changes: major" in told.out
    assert "MW-V101" in told.err


def test_the_end_of_a_port_needs_no_version(shop: Workspace) -> None:
    """The next major version may be that of the port beside it; whoever uses this one is asked by another policy."""
    edit(shop, ("status: active", "status: deprecated"))
    assert found(shop) == []
    apply(shop, RunOptions())
    edit(shop, ("status: deprecated", "status: retired"))
    assert found(shop) == []
    edit(shop, LOOSENED)
    assert found(shop) == [("MW-V101", Severity.ERROR, PORT)]


def test_what_breaks_readers_needs_a_new_major_version(shop: Workspace) -> None:
    edit(shop, LOOSENED)
    assert found(shop) == [("MW-V101", Severity.ERROR, PORT)]
    (finding,) = check(shop).diagnostics
    assert "its version is 1.0.0 still, where 2.0.0 is the least that will do" in finding.message
    assert "rule enough on dataset orders demands less" in finding.message
    assert str(finding.span) == f"{CONTRACT}:1:1"
    assert "mw exemption add rising_versions sales.orders/orders" in str(finding.fix)
    assert check(shop).is_refused
    with pytest.raises(RefusedError, match="rising_versions"):
        plan(shop, PlanOptions())
    with pytest.raises(RefusedError, match="rising_versions"):
        apply(shop, RunOptions())
    rise(shop, "1.0.0", "1.7.0")
    with pytest.raises(RefusedError, match=r"rose from 1\.0\.0 to 1\.7\.0 alone"):
        plan(shop, PlanOptions())
    rise(shop, "1.7.0", "2.0.0")
    assert found(shop) == []
    assert apply(shop, RunOptions()).published == ("sales.orders",)
    assert found(shop) == []


def test_a_plan_of_another_product_is_not_concerned(shop: Workspace) -> None:
    write_mesh(shop.root, {name: text for name, text in SHOP.items() if "finance" in name or name == "mesh.yaml"})
    edit(shop, LOOSENED)
    assert plan(shop, PlanOptions(select=("finance.report",), only=True)).notes == ()


def test_more_to_rely_on_without_a_new_version_is_a_warning(shop: Workspace) -> None:
    edit(shop, TIGHTENED)
    assert found(shop) == [("MW-V101", Severity.WARNING, PORT)]
    (note,) = plan(shop, PlanOptions()).notes
    assert "1.1.0 is the least that will do" in note
    assert any("1.1.0 is the least" in note for note in apply(shop, RunOptions()).notes)
    assert found(shop) == []


def test_a_version_that_only_fell_is_a_warning(shop: Workspace) -> None:
    rise(shop, "1.0.0", "0.9.0")
    assert found(shop) == [("MW-V101", Severity.WARNING, PORT)]
    assert "its version fell from 1.0.0 to 0.9.0" in plan(shop, PlanOptions()).notes[0]


def test_a_draft_and_a_first_publication_promise_nothing(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop", ALONE))
    edit(workspace, ("status: active", "status: draft"), LOOSENED)
    assert found(workspace) == []
    apply(workspace, RunOptions())
    edit(workspace, ("mustBeGreaterThan: 1", "mustBeGreaterThan: 0"))
    assert found(workspace) == []
    assert plan(workspace, PlanOptions()).notes == ()


def test_an_agreed_change_is_exempted_and_stays_visible(shop: Workspace) -> None:
    edit(shop, LOOSENED)
    wish = ExemptionWish(
        policy="rising_versions", object=PORT, owner="team:sales", reason="Agreed.", expires="2999-12-31"
    )
    added = add_exemption(shop, wish)
    assert (added.file, added.covers) == ("policies/exemptions.yaml", 1)
    assert found(shop) == [("MW-V102", Severity.INFO, PORT)]
    (item,) = list_exemptions(shop).exemptions
    assert (item.state, item.covers) == ("holds", 1)
    (note,) = plan(shop, PlanOptions()).notes
    assert note.endswith("exempted by team:sales until 2999-12-31: Agreed.")
    report = apply(shop, RunOptions())
    assert report.published == ("sales.orders",)
    assert "Agreed." in show_run(shop, report.run_id).run.planned
    (item,) = list_exemptions(shop).exemptions
    assert (item.state, item.covers) == ("holds", 0)


def test_an_exemption_is_of_the_mesh_and_for_something_that_is_there(shop: Workspace) -> None:
    wish = ExemptionWish(
        policy="rising_versions", object="sales.order", owner="team:sales", reason="Agreed.", expires="2999-12-31"
    )
    with pytest.raises(InputError, match="MW-V210"):
        add_exemption(shop, wish)
    entry = "{policy: rising_versions, object: %s, owner: team:sales, reason: Soon., expires: 2999-12-31}"
    write_file(shop.root, "domains/sales/policies/exemptions.yaml", f"exemptions: [{entry % PORT}]")
    (finding,) = check(shop).diagnostics
    assert finding.code == "MW-V209"
    assert finding.fix is not None
    assert "policies/exemptions.yaml" in finding.fix


def test_an_exemption_from_a_change_that_landed_is_a_warning(shop: Workspace) -> None:
    entry = "{policy: rising_versions, object: sales.gone/port, owner: team:sales, reason: Soon., expires: 2999-12-31}"
    write_file(shop.root, "policies/exemptions.yaml", f"exemptions: [{entry}]")
    assert [(code, severity) for code, severity, _ in found(shop)] == [("MW-V210", Severity.WARNING)]


def test_the_policy_is_listed_and_tested_like_any_other(shop: Workspace) -> None:
    edit(shop, LOOSENED)
    listed = {state.policy.address: state for state in list_policies(shop).policies}
    state = listed["rising_versions"]
    assert state.policy.is_built_in
    assert state.verdict is not None
    assert [violation.object for violation in state.verdict.standing] == [PORT]
    assert not try_policy(shop, "rising_versions").ok
    edit(shop, (LOOSENED[1], LOOSENED[0]))
    assert try_policy(shop, "rising_versions").ok


def test_no_file_replaces_a_built_in_policy(shop: Workspace) -> None:
    text = "-- level: advise\n-- why: w\n-- fix: f\nselect product, 'x' as message from mesh.products"
    write_file(shop.root, "policies/rising_versions.sql", text)
    assert [(code, severity) for code, severity, _ in found(shop)] == [("MW-V204", Severity.ERROR)]


def test_a_sandbox_warns_and_its_promotion_is_refused(shop: Workspace) -> None:
    create_sandbox(shop, SandboxWish(name="box"))
    edit(shop, LOOSENED)
    report = apply(shop, RunOptions(environment="box"))
    assert report.published == ("sales.orders",)
    assert any("2.0.0 is the least" in note for note in report.notes)
    with pytest.raises(RefusedError, match="rising_versions"):
        promote(shop, PromotionWish(sandbox="box"))
    rise(shop, "1.0.0", "2.0.0")
    apply(shop, RunOptions(environment="box"))
    assert promote(shop, PromotionWish(sandbox="box")).changed


def landing_changes(workspace: Workspace) -> list[tuple[str, list[str]]]:
    """What `check` knows of changes: object and kinds."""
    with open_mesh(workspace, "prod") as opened:
        published = read_published(opened.state.reader, "prod")
        landing = landing_of_files(opened, judge_mesh(opened, published.versions, {}), published)
        return [] if landing is None else [(one.object, [each.kind for each in one.changes]) for one in landing.changes]


def test_a_check_knows_what_the_files_change_without_a_plan(whole: Workspace) -> None:
    assert landing_changes(whole) == []
    write_file(
        whole.root, "domains/finance/report/models/revenue.sql", "select placed, 1 as one from sales.orders.orders"
    )
    (whole.root / "domains/sales/totals/tests/no_negative_totals.sql").unlink()
    (whole.root / "domains/sales/totals/models/per_customer.sql").unlink()
    edit(whole, TIGHTENED)
    found = dict(landing_changes(whole))
    assert found["sales.orders/orders"] == ["quality_tightened"]
    assert found["sales.totals.per_customer"] == ["dataset_removed"]
    assert {"column_removed", "column_added"} <= set(found["finance.report.revenue"])


def test_what_stands_and_is_gone_from_the_files_can_be_exempted(shop: Workspace) -> None:
    (shop.root / CONTRACT).unlink()
    (shop.root / "domains/sales/orders/product.odps.yaml").unlink()
    entry = f"{{policy: rising_versions, object: {PORT}, owner: team:sales, reason: Soon., expires: 2999-12-31}}"
    write_file(shop.root, "policies/exemptions.yaml", f"exemptions: [{entry}]")
    assert "MW-V210" not in [code for code, _, _ in found(shop)]
