"""Random edits of a mesh of 1,000 models (the one of the benchmarks), one to five models and parameters of meaning or of
layout at a time. What must be rebuilt is worked out from the files' text alone; a failure is a dataset missed, or one
rebuilt for nothing."""

from __future__ import annotations

import random
from pathlib import Path

from bench.mesh import write_bench_mesh
from meshwright.files.cache import ParseCache
from torture import sqltext
from torture.identities import below, named, read_by_text
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="minimal",
    claim="random edits of a mesh of 1,000 models: what is rebuilt is what an independent reading says, none missed",
    unit="edits",
    short=4,
    long=500,
)
_MODELS = 1_000
_SHORT_MODELS = 100


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Edit one to five models at a time, `n` times; few trials take a small mesh."""
    tally, rng = Tally(), random.Random(seed)
    root = folder / "mesh"
    write_bench_mesh(root, _MODELS if n > PROOF.short else _SHORT_MODELS, seed)
    models = sorted(root.glob("domains/*/*/models/*.sql"))
    reads = read_by_text(root)
    with ParseCache.open(folder / "cache.db") as cache:
        base = named(root, cache)
        if base.errors:
            tally.trial(f"the mesh itself has errors: {base.errors[:5]}")
            return tally
        while tally.n < n:
            originals, meant = {}, []
            for path in rng.sample(models, rng.randint(1, 5)):
                text = originals[path] = path.read_text(encoding="utf-8")
                changed = sqltext.other_meaning(text, rng) if rng.random() < 0.6 else None
                path.write_text(
                    changed[0] if changed else sqltext.same_meaning(text, rng), encoding="utf-8", newline=""
                )
                if changed:
                    meant.append(f"{path.parts[-4]}.{path.parts[-3]}.{path.stem}")
            now = named(root, cache)
            for path, text in originals.items():
                path.write_text(text, encoding="utf-8")
            if now.errors:
                continue  # a change of meaning made no SQL of it
            found, expected = base.differing(now), below(reads, meant)
            words = f"seed {seed}, trial {tally.n}, {', '.join(path.stem for path in originals)}"
            wrong = f"{words}: missed {sorted(expected - found)}, needless {sorted(found - expected)}"
            tally.trial(None if found == expected else wrong)
    return tally


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
