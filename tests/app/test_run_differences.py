"""Two runs beside each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.run_differences import cost_differences, run_difference
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from tests.meshes import write_file, write_mesh


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return open_workspace(write_mesh(tmp_path / "shop"))


def test_a_run_differs_from_itself_in_nothing(shop: Workspace) -> None:
    run = apply(shop, RunOptions()).run_id
    difference = run_difference(shop, run, run)
    assert difference.is_same
    assert difference.infrastructure == ()
    assert all(before == after for before, after in cost_differences(difference).values())


def test_code_parameters_versions_steps_verdicts_and_costs_are_compared(shop: Workspace) -> None:
    before = apply(shop, RunOptions())
    model = "domains/sales/totals/models/per_customer.sql"
    write_file(
        shop.root,
        model,
        "select customer, -sum(amount) as total, count(*) as orders\nfrom sales.orders.orders group by customer",
    )
    write_file(shop.root, "domains/sales/totals/models/best.sql", "select customer from per_customer limit 1")
    after = apply(shop, RunOptions(params={"currency": "USD"}))
    difference = run_difference(shop, before.run_id, after.run_id)
    files = {file.path: (file.change, file.lines_added, file.lines_removed) for file in difference.files}
    assert files == {model: ("changed", 2, 3), "domains/sales/totals/models/best.sql": ("added", 1, 0)}
    assert [(each.name, each.before, each.after) for each in difference.options] == [("param.currency", None, "USD")]
    versions = {each.dataset: (each.is_output, each.before is None, each.after is None) for each in difference.versions}
    assert versions["sales.totals.per_customer"] == (True, False, False)
    assert versions["sales.totals.best"][:2] == (True, True)
    assert "sales.orders.orders" not in versions
    steps = {each.key: each for each in difference.steps}
    assert steps["build:sales.totals.best"].before is None
    assert (
        steps["test:sales.totals.per_customer"].before.state,
        steps["test:sales.totals.per_customer"].after.state,
    ) == (  # type: ignore[union-attr]
        "succeeded",
        "failed",
    )
    (test,) = [each for each in difference.tests if each.dataset == "sales.totals.per_customer"]
    assert (test.before["verdict"], test.after["verdict"], test.after["value"]) == ("pass", "stop", 3)  # type: ignore[index]
    assert not difference.is_same
    assert "cpu_s" in cost_differences(difference)


def test_a_file_that_is_no_text_has_no_lines(shop: Workspace) -> None:
    from meshwright.app.run_differences import _lines

    assert _lines(b"\xff\xfe", b"select 1") == (None, None)
    assert _lines(b"--- a\nb\n", b"b\n+++ c\n") == (1, 1)


def test_runs_that_are_not_there_are_refused(shop: Workspace) -> None:
    run = apply(shop, RunOptions()).run_id
    with pytest.raises(InputError) as refused:
        run_difference(shop, run, "20990101")
    assert refused.value.first.code == "MW-R005"
