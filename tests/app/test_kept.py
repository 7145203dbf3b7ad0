"""What a server keeps between requests is what a verb would have opened."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from meshwright.app import kept as module
from meshwright.app.apply import RunOptions, apply
from meshwright.app.opened import open_mesh
from meshwright.app.query import QueryOptions, query
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.serving import Server, look_ready, open_server
from meshwright.app.show import show
from meshwright.app.workspace import acting_as, open_workspace, who
from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.files.cache import ParseCache
from meshwright.files.loaded import LoadedMesh
from tests.meshes import write_file, write_mesh

MODEL = "domains/sales/orders/models/orders.sql"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_mesh(tmp_path / "shop")


@pytest.fixture
def server(root: Path) -> Iterator[Server]:
    with open_server(root) as found:
        yield found


def test_a_kept_mesh_is_loaded_once_and_its_graph_made_once(server: Server) -> None:
    with open_mesh(server.workspace, "prod") as first, open_mesh(server.workspace, "prod") as second:
        assert first.mesh is second.mesh
        assert first.graph is second.graph
    assert server.kept.readings == 1


def test_closing_what_was_lent_closes_nothing(server: Server) -> None:
    with open_mesh(server.workspace, "prod") as opened:
        pass
    assert opened.state.reader.generation("prod") == 0
    assert opened.cache.get_many("none", ["x"]) == {}


def test_a_publication_by_another_process_is_seen_at_once(root: Path, server: Server) -> None:
    apply(open_workspace(root), RunOptions())
    with open_mesh(server.workspace, "prod") as opened:
        assert opened.state.reader.generation("prod") > 0


def test_a_changed_file_is_seen(root: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(root, MODEL, "select order_id, customer, amount, placed from raw_orders where amount > 1000")
    server.kept.look()
    with open_mesh(server.workspace, "prod") as opened:
        assert "1000" in str(opened.contents[MODEL])
    (root / MODEL).unlink()
    monkeypatch.setattr(module, "_INLINE_S", 3600)  # however long the look before took
    monkeypatch.setattr(module.time, "monotonic", lambda now=time.monotonic: now() + 3600)
    with open_mesh(server.workspace, "prod") as opened:
        assert opened.mesh.node("sales.orders.orders") is None


def test_a_file_that_was_just_written_is_read_again(root: Path, server: Server) -> None:
    """Two changes within one tick of the file system's clock look the same."""
    write_file(root, MODEL, "select order_id, customer, amount, placed from raw_orders where amount > 11")
    server.kept.look()
    status = (root / MODEL).stat()
    with (root / MODEL).open("r+b") as file:
        file.write(b"select order_id, customer, amount, placed from raw_orders where amount > 22")
    os.utime(root / MODEL, ns=(status.st_atime_ns, status.st_mtime_ns))
    server.kept.look()
    with open_mesh(server.workspace, "prod") as opened:
        assert b"> 22" in opened.contents[MODEL]


def test_a_mesh_that_became_unusable_leaves_what_there_was(root: Path, server: Server) -> None:
    text = (root / "mesh.yaml").read_text()
    write_file(root, "mesh.yaml", "name: [")
    server.kept.look()
    with open_mesh(server.workspace, "prod") as opened:
        assert opened.mesh.name == "shop"
    assert not look_ready(server).ok
    write_file(root, "mesh.yaml", text.replace("name: shop", "name: store"))
    server.kept.look()
    with open_mesh(server.workspace, "prod") as opened:
        assert opened.mesh.name == "store"
    assert look_ready(server).ok


def test_a_mesh_that_is_unusable_from_the_beginning_is_not_served(root: Path) -> None:
    write_file(root, "mesh.yaml", "name: [")
    with pytest.raises(InputError), open_server(root):
        pass


def test_files_that_cannot_be_read_leave_what_there_was(
    root: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_cache: object) -> object:
        raise WorldError(Diagnostic(code="MW-L093", message="the system refused", fix="try again"))

    load = server.kept._load
    monkeypatch.setattr(server.kept, "_load", failing)
    write_file(root, MODEL, "select order_id, customer, amount, placed from raw_orders where amount > 33")
    server.kept.look()
    with open_mesh(server.workspace, "prod") as opened:
        assert opened.mesh.name == "shop"
    assert look_ready(server).checks["mesh"] == "the system refused"
    monkeypatch.setattr(server.kept, "_load", load)
    server.kept.look()
    assert look_ready(server).ok


def test_a_look_that_takes_long_holds_up_nobody(root: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    began, may_go_on = threading.Event(), threading.Event()
    load = server.kept._load

    def slow(cache: ParseCache) -> LoadedMesh:
        began.set()
        assert may_go_on.wait(60)
        return load(cache)

    monkeypatch.setattr(module, "_INLINE_S", -1.0)
    monkeypatch.setattr(module, "_LOOK_S", 0.0)
    monkeypatch.setattr(server.kept, "_load", slow)
    monkeypatch.setattr(server.kept, "_look_at_s", 0.0)
    write_file(root, MODEL, "select order_id, customer, amount, placed from raw_orders where amount > 44")
    for _ in range(3):
        assert b"> 44" not in server.kept.loaded().contents[MODEL]
        assert began.wait(60)
    may_go_on.set()
    end = time.monotonic() + 60
    while b"> 44" not in server.kept.loaded().contents[MODEL] and time.monotonic() < end:
        time.sleep(0.01)
    assert b"> 44" in server.kept.loaded().contents[MODEL]


def test_many_threads_read_the_same(root: Path, server: Server) -> None:
    apply(open_workspace(root), RunOptions())
    create_sandbox(open_workspace(root), SandboxWish(name="dev"))

    def read(number: int) -> int:
        environment = "dev" if number % 2 else "prod"
        show(server.workspace, "sales.orders", environment)
        answer = query(
            server.workspace, QueryOptions(text="select 1 from sales.orders.orders", environment=environment)
        )
        try:
            return sum(batch.num_rows for batch in answer.batches())
        finally:
            answer.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, range(64))) == {4}


def test_records_name_the_caller() -> None:
    before = who()
    with acting_as("token:0123"):
        assert who() == "token:0123"
    assert who() == before
