"""Commands that move pointers, killed at every point, with the state on a server: all or nothing, and then the same again."""

from __future__ import annotations

import signal

import pytest

from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.workspace import Workspace
from meshwright.crashpoints import CrashPoint
from tests.app.boxed_shop import add_order, box, edit, generation, pins, pointers, run
from tests.app.test_loop_postgresql import command, stated
from tests.postgres import Server

pytestmark = pytest.mark.slow
_POINTS = (
    CrashPoint.MOVE_READY,
    CrashPoint.POINTERS_CLOSED,
    CrashPoint.POINTERS_OPENED,
    CrashPoint.MOVE_COMMITTED,
)
_PROMOTION = (CrashPoint.RUN_RECORDED, CrashPoint.PUBLICATION_READY, *_POINTS[1:3], CrashPoint.PUBLISHED)


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Workspace:
    """The shop with a sandbox in which everything below the orders differs."""
    workspace = stated(tmp_path_factory.mktemp("moves") / "shop", postgres.url(postgres.new_schema()))
    run(workspace)
    box(workspace)
    edit(workspace)
    run(workspace, "box")
    return workspace


def killed(workspace: Workspace, point: CrashPoint, *words: str) -> None:
    process = command(workspace, *words, point=point.value, number=signal.SIGKILL)
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, f"{point.value} was not reached"


def again(workspace: Workspace, *words: str, statuses: tuple[int, ...] = (0,)) -> None:
    process = command(workspace, *words)
    out, error = process.communicate(timeout=120)
    assert process.returncode in statuses, out + error


@pytest.mark.parametrize("point", _PROMOTION)
def test_a_killed_promotion_moved_all_or_nothing(shop: Workspace, point: CrashPoint) -> None:
    before, after = pointers(shop), pointers(shop, "box")
    killed(shop, point, "promote", "box", "--json")
    assert pointers(shop) in (before, after)
    again(shop, "promote", "box", "--json")
    assert (pointers(shop), generation(shop)) == (after, 4)


@pytest.mark.parametrize("point", _POINTS)
def test_a_killed_rollback_moved_all_or_nothing_and_its_pins_with_it(shop: Workspace, point: CrashPoint) -> None:
    before = pointers(shop)
    after = pointers(shop, "box")
    promote(shop, PromotionWish(sandbox="box"))
    killed(shop, point, "rollback", "prod", "--to", "3", "--json")
    assert pointers(shop) in (before, after)
    assert bool(pins(shop)) == (pointers(shop) == before)
    again(shop, "rollback", "prod", "--to", "3", "--json", statuses=(0, 1))  # 1: it shows that already
    assert (pointers(shop), generation(shop)) == (before, 5)
    assert set(pins(shop)) == {"sales.orders", "sales.totals", "finance.report"}


@pytest.mark.parametrize("point", [CrashPoint.MOVE_READY, CrashPoint.MOVE_COMMITTED])
def test_a_killed_rebase_is_done_or_not(shop: Workspace, point: CrashPoint) -> None:
    before = pointers(shop, "box")
    add_order(shop)
    run(shop, select=("sales.orders",), only=True)
    killed(shop, point, "env", "rebase", "box", "--json")
    is_done = generation(shop, "box") == 4
    assert is_done or pointers(shop, "box") == before
    again(shop, "env", "rebase", "box", "--json")
    assert generation(shop, "box") == 4
    assert pointers(shop, "box")["sales.orders.raw_orders"] == pointers(shop)["sales.orders.raw_orders"]
