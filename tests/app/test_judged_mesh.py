"""What `check` found out is taken over only while files, environment, overrides, engine and told columns are the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from meshwright.app import judged as module
from meshwright.app import judging
from meshwright.app.check import check
from meshwright.app.judged import judge_mesh
from meshwright.app.judged_mesh import Judged
from meshwright.app.judged_products import JudgedBefore
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.typed_told import ToldColumns
from meshwright.app.workspace import open_workspace
from tests.meshes import write_file, write_mesh


class Judges:
    """Judges a mesh again and again, as commands do, and counts how often it was done anew."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.anew = 0
        self._original = judging.judge
        monkeypatch.setattr(judging, "judge", self._counting)

    def _counting(
        self,
        opened: OpenedMesh,
        told: ToldColumns,
        overrides: Mapping[str, str],
        before: JudgedBefore | None = None,
        *,
        traced: Collection[str] = (),
    ) -> Judged:
        self.anew += 1
        return self._original(opened, told, overrides, before, traced=traced)

    def judge(self, overrides: Mapping[str, str] | None = None) -> Judged:
        with open_mesh(open_workspace(self.root), "prod") as opened:
            found = judge_mesh(opened, {}, overrides or {})
            before = self.anew
            fresh = judging.judge(opened, module.told_columns(opened, {}), overrides or {})
            self.anew = before
            assert found.typed.columns == fresh.typed.columns
            assert dict(found.typed.lineage.edges) == dict(fresh.typed.lineage.edges)
            assert (found.checks, found.params, found.diagnostics) == (fresh.checks, fresh.params, fresh.diagnostics)
            return found


@pytest.fixture
def judges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judges:
    found = Judges(write_mesh(tmp_path), monkeypatch)
    found.judge()
    assert found.anew == 1
    found.judge()
    assert found.anew == 1
    return found


def test_an_override_judges_anew_and_is_kept(judges: Judges) -> None:
    assert judges.judge({"currency": "CHF"}).params["finance.report.revenue"] == {"currency": "CHF"}
    assert judges.anew == 2
    assert judges.judge().params["finance.report.revenue"] == {"currency": "EUR"}


def test_another_model_judges_anew(judges: Judges) -> None:
    write_file(judges.root, "domains/sales/totals/models/per_customer.sql", "select customer from sales.orders.orders")
    write_file(
        judges.root, "domains/sales/totals/tests/no_negative_totals.sql", "select * from per_customer where false"
    )
    columns = judges.judge().typed.columns["sales.totals.per_customer"]
    assert [column.name for column in columns] == ["customer"]
    assert judges.anew == 2


def test_data_of_another_type_judges_anew(judges: Judges) -> None:
    write_file(judges.root, "data/orders.csv", "order_id,customer,amount,placed\n1,ana,many,2026-01-01\n")
    assert "sales.orders.orders" not in judges.judge().typed.columns or judges.anew == 2
    assert judges.anew == 2


def test_another_engine_judges_anew(judges: Judges, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meshwright.engines.duckdb.engine.release", lambda: "2.99.0")
    judges.judge()
    assert judges.anew == 2


def test_errors_are_found_every_time(judges: Judges) -> None:
    write_file(judges.root, "domains/sales/totals/models/per_customer.sql", "select nothing from sales.orders.orders")
    for _ in range(2):
        assert "MW-T001" in {found.code for found in check(open_workspace(judges.root), ()).diagnostics}
    assert judges.anew == 3


def test_a_damaged_snapshot_is_made_anew(judges: Judges) -> None:
    place = judges.root / ".meshwright" / "judged.snapshot"
    place.write_bytes(place.read_bytes()[:-1] + b"?")
    judges.judge()
    assert judges.anew == 2
