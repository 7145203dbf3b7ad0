"""One mesh that is built once and served by all tests which change nothing of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.values import RunState
from meshwright.app.workspace import open_workspace
from tests.http.rich import MORE
from tests.http.serving import Served, served
from tests.meshes import SHOP, write_mesh

LARGE_ROWS = 600_000
_LARGE = f"""
    select range as order_id, md5(range::varchar) || md5((range + 1)::varchar) as customer, range / 7 as amount,
      date '2013-01-01' + (range % 365)::integer as placed
    from range({LARGE_ROWS})
"""


@pytest.fixture(scope="session")
def mold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, published once. Only copied: what is served writes into its state, the record of calls at least."""
    root = write_mesh(tmp_path_factory.mktemp("mold"), SHOP)
    assert apply(open_workspace(root), RunOptions()).state is RunState.SUCCEEDED
    return root


@pytest.fixture(scope="session")
def published(mold: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop as published, for all tests that only read."""
    return Path(shutil.copytree(mold, tmp_path_factory.mktemp("published") / "shop"))


@pytest.fixture
def root(mold: Path, tmp_path: Path) -> Path:
    """The shop as published, for this test alone."""
    return Path(shutil.copytree(mold, tmp_path / "shop"))


@pytest.fixture
def shop(root: Path) -> Iterator[Served]:
    """The shop, served in this process."""
    with served(root) as found:
        yield found


@pytest.fixture(scope="session")
def rich_mold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop with all that commands are about, published with a variation. Only copied."""
    root = write_mesh(tmp_path_factory.mktemp("rich"), {**SHOP, **MORE})
    assert apply(open_workspace(root), RunOptions()).state is RunState.SUCCEEDED
    varied = apply(open_workspace(root), RunOptions(select=("sales.totals",), variation="big"))
    assert varied.state is RunState.SUCCEEDED
    return root


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose port has many rows, about 60 MB as Arrow: more than sockets and their buffers hold."""
    contract = "domains/sales/orders/contracts/orders.odcs.yaml"
    head = SHOP[contract].partition("            properties:")[0]
    others = ("domains/sales/totals", "domains/finance/report")
    kept = {name: text for name, text in SHOP.items() if not name.startswith(others)}
    files = {**kept, contract: head, "domains/sales/orders/models/orders.sql": _LARGE}
    root = write_mesh(tmp_path_factory.mktemp("large") / "shop", files)
    assert apply(open_workspace(root), RunOptions()).published
    return root


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder, and no word of a server in the environment."""
    folder = tmp_path / "config"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    for name in ("MESHWRIGHT_SERVER", "MESHWRIGHT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return folder / "meshwright" / "servers.json"
