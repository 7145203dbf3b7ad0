"""Rewrites of a mesh that change no meaning: layout, comments, letter case, key order, quotes, words for people, owners,
and where a domain's files lie. A failure: a version or a rule that is named differently afterwards, or an error."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from meshwright.app.init import init
from meshwright.files.cache import ParseCache
from torture import sqltext, yamltext
from torture.identities import Named, named
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="rewrites",
    claim="random rewrites without meaning (layout, comments, key order, quotes, words, owners, moved files): same ids",
    unit="rewrites",
    short=60,
    long=10_000,
)
#: A rewrite changes this many files at most.
_MOST_FILES = 5


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Rewrite the aviation mesh `n` times, always from its first state."""
    tally, rng = Tally(), random.Random(seed)
    root = folder / "mesh"
    init(root, "aviation")
    shutil.rmtree(root / "data")  # names need no data
    files = sorted(path for path in root.rglob("*") if path.suffix in {".sql", ".yaml"} and path.name != "mesh.yaml")
    originals = {path: path.read_bytes() for path in files}
    mesh_file = (root / "mesh.yaml").read_text(encoding="utf-8")
    with ParseCache.open(folder / "cache.db") as cache:
        base = named(root, cache)
        if base.errors:
            tally.trial(f"the mesh itself has errors: {base.errors}")
            return tally
        for trial in range(n):
            done: list[str] = []
            for path in rng.sample(files, rng.randint(1, _MOST_FILES)):
                path.write_text(_rewritten(path, originals[path].decode(), rng), encoding="utf-8", newline="")
                done.append(str(path.relative_to(root)))
            moved = _move_a_domain(root, mesh_file, rng) if rng.random() < 0.1 else None
            tally.trial(_problem(base, named(root, cache), f"seed {seed}, trial {trial}: {', '.join(done)}"))
            _restore(root, mesh_file, originals, moved, done)
    return tally


def _rewritten(path: Path, text: str, rng: random.Random) -> str:
    if path.suffix == ".sql":
        # The head of a test holds its settings, which are comments with a meaning.
        is_model = path.parent.name == "models"
        return sqltext.same_meaning(text, rng) if is_model else text + "\n-- the end\n"
    written = yamltext.same_meaning(text, rng)
    if path.name == "domain.yaml" and rng.random() < 0.5:
        written = written.replace("team:", "team:new_")
    return written


def _move_a_domain(root: Path, mesh_file: str, rng: random.Random) -> tuple[Path, Path]:
    """Move a domain's folder elsewhere, and say so in mesh.yaml."""
    here = rng.choice(sorted((root / "domains").iterdir()))
    there = root / "teams" / here.name
    there.parent.mkdir(exist_ok=True)
    here.rename(there)
    (root / "mesh.yaml").write_text(mesh_file.replace("domains/*", "domains/*, teams/*"), encoding="utf-8")
    return here, there


def _problem(base: Named, now: Named, words: str) -> str | None:
    if now.errors:
        return f"{words}: errors {sorted(set(now.errors))}"
    if changed := sorted(base.differing(now)):
        return f"{words}: other versions of {', '.join(changed)}"
    changed = sorted(name for name in base.rules if base.rules[name] != now.rules.get(name))
    return f"{words}: other rules of {', '.join(changed)}" if changed else None


def _restore(
    root: Path, mesh_file: str, originals: dict[Path, bytes], moved: tuple[Path, Path] | None, done: list[str]
) -> None:
    if moved is not None:
        moved[1].rename(moved[0])
        (root / "mesh.yaml").write_text(mesh_file, encoding="utf-8")
    for name in done:
        (root / name).write_bytes(originals[root / name])


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
