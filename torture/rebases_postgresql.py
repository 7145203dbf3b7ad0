"""As `rebases`, each story in a schema of its own on a PostgreSQL server; skipped where none is installed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.postgres import find_binaries, running_server
from torture.boxes import NO_SERVER
from torture.rebases import PROOF as ON_SQLITE
from torture.rebases import rebased
from torture.report import Proof, Tally, main

PROOF: Proof = replace(ON_SQLITE, test="rebases_postgresql", claim=ON_SQLITE.claim.replace("(SQLite)", "(PostgreSQL)"))


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Live through `n` stories."""
    if find_binaries() is None:
        return Tally(skipped=NO_SERVER)
    with running_server() as server:
        return rebased(n, seed, folder, iter(lambda: server.url(server.new_schema()), None))


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
