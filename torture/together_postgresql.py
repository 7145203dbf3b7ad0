"""As `together`, with the state on a PostgreSQL server of its own; skipped where none is installed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from torture.boxes import NO_SERVER, server_state
from torture.report import Proof, Tally, main
from torture.together import PROOF as ON_SQLITE
from torture.together import read_together

PROOF: Proof = replace(ON_SQLITE, test="together_postgresql", claim=ON_SQLITE.claim.replace("(SQLite)", "(PostgreSQL)"))


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Promote until `n` reads are done."""
    with server_state() as address:
        return Tally(skipped=NO_SERVER) if address is None else read_together(n, seed, folder, address)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
