"""Keeps what a run takes up from garbage collection, for as long as its lease is held."""

from __future__ import annotations

from collections.abc import Iterable

from meshwright.run.board import Board
from meshwright.run.world import RunWorld


def hold(versions: Iterable[str], board: Board, world: RunWorld) -> bool:
    """Hold the versions that are not held yet, all in one transaction; return whether every one of them is there.

    One that was deleted since it was read is not known to the board any more, and so it is built again. Raises
    RefusedError where the lease was lost.
    """
    unheld = set(versions) - board.held
    if not unheld:
        return True
    gone = world.writer.hold_versions(world.lease, unheld)
    board.held |= unheld - gone
    for version in gone:
        board.known.pop(version, None)
        board.absent.add(version)
    return not gone
