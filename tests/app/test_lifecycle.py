"""Statuses of products and ports in the whole mesh: readers are told, and retiring what is used is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import Workspace, open_workspace
from tests.app.consumed_shop import CONSUMED_SHOP, CONTRACT, PORT, PRODUCT, REVENUE, agree, command, document, edit
from tests.meshes import write_mesh


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    workspace = open_workspace(write_mesh(tmp_path / "shop", CONSUMED_SHOP))
    apply(workspace, RunOptions())
    return workspace


def found(shop: Workspace, *words: str) -> list[tuple[str, str, str, int]]:
    """Code, severity, file and line of each finding, without those about versions."""
    told = document(shop, "check", *words)["diagnostics"]
    return sorted(
        (one["code"], one["severity"], one["file"], one["line"])
        for one in told
        if "rising_versions" not in one["message"]
    )


READERS = [
    ("domains/finance/report/models/revenue.sql", 2),
    ("domains/sales/totals/models/per_customer.sql", 2),
]
DECLARED = [("MW-P315", "warning", "domains/sales/orders/consumers.yaml", line) for line in (2, 7)]


def test_a_deprecated_port_warns_each_reader_and_is_published_as_before(shop: Workspace) -> None:
    edit(shop, CONTRACT, "status: active", "status: deprecated")
    assert found(shop) == [*(("MW-P313", "warning", *place) for place in READERS), *DECLARED]
    assert apply(shop, RunOptions()).state == "succeeded"
    assert document(shop, "show", PORT)["status"] == "deprecated"


@pytest.mark.parametrize("file", [CONTRACT, PRODUCT])
def test_retiring_what_is_used_is_refused_until_somebody_agrees(shop: Workspace, file: str) -> None:
    edit(shop, file, "status: active", "status: retired")
    if file == CONTRACT:
        edit(shop, file, "version: 1.0.0", "version: 2.0.0")
    assert command(shop, "check")[0] == 1
    assert [one for one in found(shop) if one[1] == "error"] == [
        *(("MW-P314", "error", *place) for place in READERS),
        ("MW-V101", "error", CONTRACT, 1),
    ]
    status, said = command(shop, "run")
    assert (status, "finance.report.revenue (team:finance)" in said) == (1, True)
    assert agree(shop, owner="team:finance")[0] == 0
    assert [one for one in found(shop) if one[0] == "MW-P314"] == [("MW-P314", "warning", *place) for place in READERS]
    assert apply(shop, RunOptions()).state == "succeeded"
    assert command(shop, "check")[0] == 0
    (shop.root / "policies/exemptions.yaml").unlink()
    assert command(shop, "check")[0] == 2  # it is retired now, and nobody agrees to reading it


def test_a_product_that_nobody_reads_may_retire(shop: Workspace) -> None:
    edit(shop, REVENUE, "from sales.orders.orders", "from (select current_date as placed, 1.0 as amount where false)")
    path = shop.root / "domains/finance/report/pipeline.yaml"
    path.write_text("nodes:\n  revenue: {deterministic: false}\n", encoding="utf-8")
    import shutil

    shutil.rmtree(shop.root / "domains/sales/totals")
    (shop.root / "domains/sales/orders/consumers.yaml").unlink()
    assert command(shop, "run")[0] == 0
    edit(shop, PRODUCT, "status: active", "status: retired")
    assert command(shop, "check")[0] == 0
    assert command(shop, "run")[0] == 0


def test_a_product_that_falls_back_to_draft_is_refused_and_one_that_is_deprecated_is_not(shop: Workspace) -> None:
    edit(shop, PRODUCT, "status: active", "status: draft")
    assert [one[:2] for one in found(shop)] == [("MW-V101", "error")]
    assert command(shop, "plan")[0] == 1
    edit(shop, PRODUCT, "status: draft", "status: deprecated")
    assert command(shop, "plan")[0] == 0


def test_a_product_that_was_no_more_than_a_draft_may_do_as_it_likes(shop: Workspace) -> None:
    edit(shop, PRODUCT, "status: active", "status: draft")
    agree(shop, owner="team:sales")
    apply(shop, RunOptions())
    (shop.root / "policies/exemptions.yaml").unlink()
    assert command(shop, "check")[0] == 0
    edit(shop, PRODUCT, "status: draft", "status: proposed")
    assert command(shop, "check")[0] == 0


def test_a_sandbox_tries_a_retirement_out(shop: Workspace) -> None:
    assert command(shop, "env", "create", "try")[0] == 0
    edit(shop, CONTRACT, "status: active", "status: retired")
    edit(shop, CONTRACT, "version: 1.0.0", "version: 2.0.0")
    assert {one[1] for one in found(shop, "--env", "try")} == {"warning"}
    assert command(shop, "run", "--env", "try")[0] == 0


@pytest.mark.parametrize("file", [CONTRACT, PRODUCT])
def test_a_status_that_no_standard_names_is_a_warning_with_the_nearest(shop: Workspace, file: str) -> None:
    edit(shop, file, "status: active", "status: activ")
    (one,) = [each for each in document(shop, "check")["diagnostics"] if each["code"] == "MW-P310"]
    assert (one["severity"], one["file"]) == ("warning", file)
    assert one["fix"].startswith("did you mean 'active'?")
    edit(shop, file, "status: activ", "status: ACTIVE")
    assert "MW-P310" not in json.dumps(document(shop, "check"))
