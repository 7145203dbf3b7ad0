"""Changes of meaning, one at a time: a token of a model's SQL. The changed dataset and all that is made from it must get
other ids, nothing else may, and the plan must give the changed one a reason that names the definition and all others
the input through which the change comes."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from meshwright.app.init import init
from meshwright.files.cache import ParseCache
from torture import sqltext
from torture.identities import Named, below, named, read_by_text, reasons
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="mutations",
    claim="changes of meaning in a model: other ids for it and what is made from it, for nothing else, the right reasons",
    unit="changes",
    short=60,
    long=2_000,
)


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Change one model of the aviation mesh at a time, `n` times."""
    tally, rng = Tally(), random.Random(seed)
    root = folder / "mesh"
    init(root, "aviation")
    shutil.rmtree(root / "data")
    models = sorted(root.glob("domains/*/*/models/*.sql"))
    reads = read_by_text(root)
    with ParseCache.open(folder / "cache.db") as cache:
        base = named(root, cache)
        while tally.n < n:
            path = rng.choice(models)
            original = path.read_text(encoding="utf-8")
            changed = sqltext.other_meaning(original, rng)
            if changed is None:
                continue
            path.write_text(changed[0], encoding="utf-8")
            now = named(root, cache)
            path.write_text(original, encoding="utf-8")
            if now.errors:
                continue  # the change made no SQL of it
            address = f"{path.parts[-4]}.{path.parts[-3]}.{path.stem}"
            words = f"seed {seed}, trial {tally.n}: {address} {changed[1]}"
            tally.trial(_problem(base, now, address, below(reads, [address]), words))
    return tally


def _problem(base: Named, now: Named, address: str, expected: set[str], words: str) -> str | None:
    found = base.differing(now)
    if found != expected:
        return f"{words}: missed {sorted(expected - found)}, needless {sorted(found - expected)}"
    given = reasons(base, now)
    if given.keys() != expected:
        return f"{words}: the plan builds {sorted(given)}"
    if not any(word in reason for reason in given[address] for word in ("changed", "added", "removed")):
        return f"{words}: reasons of the changed one are {given[address]}"
    for dataset in expected - {address}:
        if not all(
            reason.startswith(("input ", "known after")) or "more inputs" in reason for reason in given[dataset]
        ):
            return f"{words}: reasons of {dataset} are {given[dataset]}"
    return None


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
