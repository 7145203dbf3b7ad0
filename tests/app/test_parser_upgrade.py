"""An upgrade of the SQL parser renames nothing: a text that means the same keeps its fingerprint."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.workspace import open_workspace
from meshwright.run.report import StepState
from tests.meshes import SHOP, write_file, write_mesh

MODEL = "domains/sales/orders/models/orders.sql"

#: A release of yesterday: another parser, whose canonical texts give other fingerprints.
OLD_RELEASE = """
import sys

import meshwright.sql as sql
import meshwright.sql.parse as parse
import meshwright.sql.statement as statement
from meshwright.model import identity

parse.fingerprint_of = statement.fingerprint_of = lambda canonical, dialect: identity("mwsql0", dialect, canonical)
sql.parser_version = statement.parser_version = lambda: "yesterday's parser"

from meshwright.faces.cli.main import main

sys.exit(main(["-C", sys.argv[1], "run", "--quiet"]))
"""


def published_by_an_old_release(root: Path) -> None:
    subprocess.run([sys.executable, "-c", OLD_RELEASE, str(root)], check=True, capture_output=True)
    for snapshot in (root / ".meshwright").rglob("*.snapshot"):
        snapshot.unlink()  # an upgrade makes another program, which takes over none of these: tests/files/test_remembered_mesh.py


def test_after_an_upgrade_nothing_is_built(tmp_path: Path) -> None:
    root = write_mesh(tmp_path / "shop")
    published_by_an_old_release(root)
    counts = plan(open_workspace(root), PlanOptions()).counts
    assert (counts["build"], counts["pending"], counts["publish"]) == (0, 0, 0)
    assert counts["test"] == 1  # the query of a rule has no remembered text: it is measured once more


def test_after_an_upgrade_a_changed_meaning_is_still_a_change(tmp_path: Path) -> None:
    root = write_mesh(tmp_path / "shop")
    published_by_an_old_release(root)
    write_file(root, MODEL, SHOP[MODEL].replace("amount > 0", "amount > 6"))
    report = apply(open_workspace(root), RunOptions())
    built = {step.dataset for step in report.steps if step.action == "build" and step.state is StepState.SUCCEEDED}
    assert built == {"sales.orders.orders", "sales.totals.per_customer", "finance.report.revenue"}
    assert set(report.published) == {"sales.orders", "sales.totals", "finance.report"}
