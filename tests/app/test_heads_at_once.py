"""Heads of sources are read a few at once, and what they tell comes in the order of the mesh."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from meshwright.app.check import check
from meshwright.app.workspace import open_workspace
from meshwright.engines.duckdb.engine import DuckDBEngine
from meshwright.engines.protocol import SourceRead
from meshwright.model import Columns
from tests.meshes import write_file, write_mesh

_PIPELINE = "domains/sales/orders/pipeline.yaml"


def with_sources(root: Path, *texts: str) -> Path:
    """Write the shop with a further source for each text."""
    write_mesh(root)
    nodes = ["nodes:", "  raw_orders: {source: {path: data/orders.csv, format: csv}}"]
    for number, text in enumerate(texts):
        write_file(root, f"data/more{number}.csv", text)
        nodes.append(f"  more{number}: {{source: {{path: data/more{number}.csv, format: csv}}}}")
    write_file(root, _PIPELINE, "\n".join(nodes) + "\n")
    return root


def test_heads_are_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wait for each other: one after the other they never met."""
    meeting = threading.Barrier(2, timeout=20)
    read_head = DuckDBEngine.read_head

    def meets(self: DuckDBEngine, read: SourceRead) -> Columns:
        meeting.wait()
        return read_head(self, read)

    monkeypatch.setattr(DuckDBEngine, "read_head", meets)
    assert check(open_workspace(with_sources(tmp_path, "n\n1\n"))).diagnostics == ()


def test_findings_come_in_the_order_of_the_mesh(tmp_path: Path) -> None:
    torn = 'n,m\n1,"2\n'
    root = with_sources(tmp_path, torn, "n\n1\n", torn, torn)
    (root / "data/orders.csv").unlink()
    found = [(each.code, each.object) for each in check(open_workspace(root)).diagnostics]
    again = [(each.code, each.object) for each in check(open_workspace(root)).diagnostics]
    assert found == again
    torn_ones = [each for _, each in found if each and each.startswith("sales.orders.more")]
    assert torn_ones == ["sales.orders.more0", "sales.orders.more2", "sales.orders.more3"]
