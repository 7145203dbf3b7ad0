"""A first plan has its lineage found by a second process: it names the same columns, whatever becomes of that process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from meshwright.app import judged, lineage_beside, typed_lineage
from meshwright.app.check import check
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.planning import PlanOptions, plan, prepare
from meshwright.app.workspace import open_workspace
from meshwright.diagnostics import InputError
from meshwright.plan.values import Affected
from tests.meshes import write_file, write_mesh

#: What the shop's products read of each other.
READ = {
    "finance.report": ("sales.orders.orders.amount", "sales.orders.orders.placed"),
    "sales.totals": ("sales.orders.orders.amount", "sales.orders.orders.customer"),
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(lineage_beside, "_MANY", 1)
    # Other tests leave threads behind, beside which there is no second process.
    monkeypatch.setattr("meshwright.beside._can_fork", lambda: True)
    return write_mesh(tmp_path)


def columns(affected: tuple[Affected, ...]) -> dict[str, tuple[str, ...]]:
    return {found.product: found.columns for found in affected if found.columns}


def following(monkeypatch: pytest.MonkeyPatch, *, fails_beside: bool = False) -> list[str]:
    """Return the list that grows with each statement that is followed in this process."""
    first, here = os.getpid(), []
    follow = typed_lineage._statement_lineage

    def counted(node, known):  # type: ignore[no-untyped-def]
        if os.getpid() != first and fails_beside:
            raise RuntimeError
        here.append(node.address)
        return follow(node, known)

    monkeypatch.setattr(typed_lineage, "_statement_lineage", counted)
    return here


def test_a_first_plan_follows_nothing_itself(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = following(monkeypatch)
    assert columns(plan(open_workspace(root), PlanOptions()).affected) == READ
    assert here == []


def test_models_that_were_bound_before_are_followed_as_well(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` binds them all and follows none; the plan then binds none."""
    here = following(monkeypatch)
    check(open_workspace(root))
    (root / ".meshwright/judged.snapshot").unlink()
    assert columns(plan(open_workspace(root), PlanOptions()).affected) == READ
    assert here == []


def test_few_statements_are_followed_in_one_process(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lineage_beside, "_MANY", 3)
    here = following(monkeypatch)
    assert columns(plan(open_workspace(root), PlanOptions()).affected) == READ
    assert len(here) == 2


def test_a_model_that_cannot_be_bound_is_not_waited_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = following(monkeypatch)
    write_file(root, "domains/sales/totals/models/per_customer.sql", "select nobody from sales.orders.orders")
    with pytest.raises(InputError) as raised:
        plan(open_workspace(root), PlanOptions())
    assert {found.code for found in raised.value.diagnostics} >= {"MW-T001"}
    assert here == []


def test_a_second_process_that_fails_is_made_up_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = following(monkeypatch, fails_beside=True)
    assert columns(plan(open_workspace(root), PlanOptions()).affected) == READ
    assert len(here) == 2


def test_what_is_not_asked_for_is_not_followed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan of a part asks for the lineage of few, `check` for none."""

    def traced(opened: OpenedMesh, *arguments: object, traced: object = (), **_: object) -> judged.Judged:
        assert not traced
        return judge(opened, *arguments)  # type: ignore[arg-type]

    judge = judged.judge_mesh
    monkeypatch.setattr("meshwright.app.planning.judge_mesh", traced)
    with open_mesh(open_workspace(root), "prod") as opened:
        prepare(opened, PlanOptions(select=("sales.orders.orders",)))
