"""The files for plain readers: an older generation never takes the place of a newer one."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from meshwright.app import readers
from meshwright.app.apply import RunOptions, apply
from meshwright.app.observing import Published
from meshwright.app.opened import open_mesh
from meshwright.app.verify import verify
from meshwright.app.workspace import open_workspace
from meshwright.state.protocol import Reader
from tests.meshes import write_file, write_mesh

#: How long the slow one waits for the fast one, which has to wait for it.
_WAIT_S = 1.0


def test_who_comes_last_writes_what_stands_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_mesh(tmp_path / "shop")
    apply(open_workspace(root), RunOptions())
    has_read, is_over = threading.Event(), threading.Event()
    read = readers.read_published

    def slowly(reader: Reader, environment: str) -> Published:
        found = read(reader, environment)
        if threading.current_thread().name == "slow":
            has_read.set()
            is_over.wait(_WAIT_S)
        return found

    monkeypatch.setattr(readers, "read_published", slowly)

    def write() -> None:
        with open_mesh(open_workspace(root), "prod") as opened:
            readers.export_environment(opened, "prod", always=True)

    slow = threading.Thread(target=write, name="slow")
    slow.start()
    assert has_read.wait(60)
    write_file(
        root,
        "data/orders.csv",
        "order_id,customer,amount,placed\n1,ana,1.5,2026-01-01\n2,b,1,2026-01-02\n3,c,1,2026-01-02\n",
    )
    apply(open_workspace(root), RunOptions())
    is_over.set()
    slow.join()
    assert verify(open_workspace(root)).problems == ()
