"""Random publications, rollbacks, sandboxes, rebases, views, versions of shared parts, pins, runs, time and collections of
garbage, on a real state and store; beside them a naive model (`tests/garbage_model.py`) that walks everything. A failure is
a version or a part that is reachable and deleted, or needless for longer than its grace and left; anything that readers, now
or of a generation in retention, could not see; a row without its file, or a file without its row. A trial is one collection.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Collection
from pathlib import Path

from meshwright.app.environments import open_state_alone
from meshwright.app.workspace import open_workspace
from meshwright.model.environments import Retention
from tests.garbage_model import NUMBERS, PRODUCT, GarbageModel
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="garbage",
    claim="random publications, rollbacks, sandboxes, views, pins, runs and time: nothing reachable deleted, nothing needless left",
    unit="collections",
    short=15,
    long=5_000,
    is_quick=True,
)
_DATASETS = [f"d.p.{name}" for name in "abcde"]
#: Collections in the life of one state.
_LIFE = 100
_STEPS = 12


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Collect `n` times, each after some random operations."""
    tally, rng = Tally(), random.Random(seed)
    while tally.n < n:
        root = folder / f"mesh-{tally.n}"
        root.mkdir(parents=True)
        (root / "mesh.yaml").write_text("meshwright: 1\nname: shop\ndomains: [domains/*]\n")
        hours = 3600
        retention = Retention(
            generations_s=rng.choice([0, 1, 5, 24]) * hours,
            candidates_s=rng.choice([0, 2, 10]) * hours,
            grace_s=rng.choice([0, 1, 6]) * hours,
        )
        with open_state_alone(open_workspace(root), create=True) as opened:
            model = GarbageModel(opened, retention)
            for _ in range(min(_LIFE, n - tally.n)):
                at = f"seed {seed}, trial {tally.n}, {retention}"
                problem = None
                for _ in range(_STEPS):
                    problem = problem or operate(model, rng)
                problem = problem or model.collect(rng.choice([None, None, None, 0.0]))
                tally.trial(None if problem is None else f"{at}: {problem}")
                if problem is not None:
                    break
        shutil.rmtree(root)
    return tally


def operate(model: GarbageModel, rng: random.Random) -> str | None:
    """Do one random thing; return what went wrong."""
    environments = sorted(model.environments)
    sandboxes = [name for name in environments if model.environments[name].base is not None]
    alive = [name for name in environments if (end := model.environments[name].expires) is None or end > model.now]
    live = sorted(id_ for id_, run in model.runs.items() if run.lease.expires_at > model.now)
    known = sorted(model.versions)
    match rng.choice(
        (
            "wait",
            "build",
            "view",
            "manifest",
            "manifest",
            "parts",
            "publish",
            "publish",
            "back",
            "box",
            "box-end",
            "rebase",
            "pin",
            "unpin",
            "run",
            "end",
            "hold",
        )
    ):
        case "wait":
            model.wait(rng.choice([1, 30, 600, 3600, 4 * 3600, 20 * 3600]))
        case "build":
            return model.build(rng.choice(_DATASETS), (), rng.choice([None, *live]))
        case "view" if known:
            inputs = set(rng.sample(known, min(len(known), rng.randint(1, 2))))
            return model.build(rng.choice(_DATASETS), inputs, rng.choice([None, *live]))
        case "manifest" | "parts" as what:
            return _make_of_parts(what, model, rng, rng.choice([None, *live]))
        case "publish":
            return model.publish(rng.choice(alive), _moves(model, rng))
        case "back":
            return model.roll_back(rng.choice(alive), rng.randrange(4))
        case "box":
            model.create_sandbox(rng.choice(["prod", "qa"]), rng.choice([None, 600, 7200, 86_400]))
        case "box-end" | "rebase" as what if sandboxes:
            return _change_sandbox(what, model, rng.choice(sandboxes), alive)
        case "pin":
            model.pin(rng.choice(alive), rng.choice([*_DATASETS, PRODUCT]))
        case "unpin" if model.pins:
            model.unpin(*rng.choice(sorted(model.pins)))
        case "run":
            model.start_run(rng.choice(alive), rng.choice([60, 3600]))
        case "end" if live:
            model.end_run(rng.choice(live))
        case "hold" if live and (known or model.deleted):
            anything = [*known, *sorted(model.deleted), *sorted(model.parts), *sorted(model.deleted_parts)]
            return model.hold(rng.choice(live), set(rng.sample(anything, min(len(anything), 3))))
    return None


def _change_sandbox(what: str, model: GarbageModel, name: str, alive: Collection[str]) -> str | None:
    """Give a sandbox up, or let it lie over what its base shows now."""
    if what == "box-end":
        model.delete_sandbox(name)
        return None
    return model.rebase(name) if name in alive else None


def _make_of_parts(what: str, model: GarbageModel, rng: random.Random, run: str | None) -> str | None:
    """Build a version of parts (those of another one, new ones, any that there ever were), or parts that none lists."""
    dataset = rng.choice(_DATASETS)
    parts = _parts(model, dataset)
    if what == "parts":
        model.build_parts(dataset, rng.sample(parts, min(len(parts), 2)), rng.randrange(3), run)
        return None
    bases = [id_ for id_, made in sorted(model.versions.items()) if made.dataset == dataset and made.parts]
    changes = {number: rng.choice([None, *parts]) for number in rng.sample(NUMBERS, rng.randrange(4))}
    return model.build_manifest(dataset, rng.choice([None, *bases]), changes, run)


def _parts(model: GarbageModel, dataset: str) -> list[str]:
    """The parts of a dataset that are there or ever were."""
    return sorted(id_ for id_, part in {**model.parts, **model.deleted_parts}.items() if part.dataset == dataset)


def _moves(model: GarbageModel, rng: random.Random) -> dict[str, str | None]:
    """Move some datasets to versions of theirs, the deleted among them, or away."""
    moves: dict[str, str | None] = {}
    for dataset in rng.sample(_DATASETS, rng.randint(1, 3)):
        own = [id_ for id_, version in sorted(model.versions.items()) if version.dataset == dataset]
        gone = [id_ for id_, version in sorted(model.deleted.items()) if version.dataset == dataset]
        moves[dataset] = rng.choice([None, *own * 3, *gone[-1:]])
    return moves


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
