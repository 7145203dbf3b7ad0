"""As `promotions`, with the state on a PostgreSQL server of its own; skipped where none is installed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from torture.boxes import NO_SERVER, server_state
from torture.promotions import PROOF as ON_SQLITE
from torture.promotions import promoted
from torture.report import Proof, Tally, main

PROOF: Proof = replace(
    ON_SQLITE, test="promotions_postgresql", claim=ON_SQLITE.claim.replace("(SQLite)", "(PostgreSQL)")
)


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Promote `n` sandboxes, a hundred at a time."""
    with server_state() as address:
        return Tally(skipped=NO_SERVER) if address is None else promoted(n, seed, folder, address)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
