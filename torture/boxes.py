"""What proofs of environments share: a mesh of many tiny products on a state of either kind, and processes that work on it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext
from pathlib import Path

from meshwright.app.workspace import Workspace, open_workspace
from meshwright.state.database import open_state
from meshwright.state.protocol import State
from tests.meshes import write_file
from tests.postgres import find_binaries, running_server
from torture.victims import PRELOADED

#: Datasets of a product: more than one, so that a mixed read of it can be told.
DATASETS = 2
ROWS = 10
SQLITE = "sqlite:///.meshwright/state.db"


def wide_mesh(root: Path, products: int, readers: int = 0, state: str = SQLITE) -> Workspace:
    """Write `products` products ``one.p0`` .. that read nothing and `readers` ``one.r0`` .. of which each reads the one of
    its number; every row of a dataset carries the parameter `stamp` that it was built with."""
    write_file(
        root,
        "mesh.yaml",
        f"meshwright: 1\nname: wide\ndomains: [domains/*]\nparams: {{stamp: '0'}}\nstate: '{state}'\n",
    )
    write_file(root, "domains/one/domain.yaml", "name: one\npurpose: To be read.\nowners: [team:one]\n")
    for product in range(products):
        for dataset in range(DATASETS):
            text = f"select $stamp as stamp, {dataset} as dataset, range as number from range({ROWS})"
            write_file(root, f"domains/one/p{product}/models/d{dataset}.sql", text)
    for reader in range(readers):
        text = f"select $stamp as stamp, stamp as read, number from one.p{reader}.d0"
        write_file(root, f"domains/one/r{reader}/models/d0.sql", text)
    return open_workspace(root)


@contextmanager
def server_state() -> Iterator[str | None]:
    """Yield the address of an empty state on a PostgreSQL server of its own; None where no server is installed."""
    if find_binaries() is None:
        yield None
        return
    with running_server() as server:
        yield server.url(server.new_schema())


NO_SERVER = "no PostgreSQL server is installed (scripts/install_postgresql.sh installs one)"


def opened_state(root: Path, address: str) -> State:
    """Open the state of a mesh as its verbs do, for looking at it."""
    return open_state(address, root=root)


def forking() -> ForkServerContext:
    """Return what starts processes by forking one that has everything imported and has opened nothing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context
