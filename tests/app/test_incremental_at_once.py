"""Several processes on datasets of parts at once: what comes of it is what one after another would have made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from meshwright.app.verify import verify
from meshwright.app.workspace import Workspace, open_workspace
from tests.app.parts_shop import DAILY, LATEST, PARTS_SHOP, PER_DAY, TOTAL, add_day, digests, run
from tests.meshes import write_mesh

#: No history: when a row began to hold depends on which run saw it.
COMPARED = (DAILY, LATEST, PER_DAY, TOTAL)
#: A process that came too late or met another's move says so with one of these: done, refused, to be tried again.
ANSWERS = {0, 1, 3}
TOGETHER = (
    ("run",),
    ("run",),
    ("run", DAILY, "--interval", "2026-01-01..2026-01-05"),
    ("compact",),
)


def start(shop: Workspace, words: tuple[str, ...]) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "meshwright", "-C", str(shop.root), *words]
    return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def rounds(shop: Workspace, many: int) -> None:
    run(shop)
    for day in range(5, 5 + many):
        add_day(
            shop,
            f"{day:02}.csv",
            f"2026-01-{day:02} 08:00:00,{day + 1},ana,{day}",
            f"2026-01-02 09:00:00,{100 + day},eve,1",
        )
        processes = [start(shop, words) for words in TOGETHER]
        told = [process.communicate(timeout=120)[0] for process in processes]
        for process, words in zip(processes, told, strict=True):
            assert process.returncode in ANSWERS, words
            assert "MW-L090" not in words, words
            assert "Traceback" not in words, words


@pytest.mark.slow
def test_runs_backfills_and_compactions_at_once_lose_nothing(parted: Workspace, tmp_path: Path) -> None:
    shop = parted
    rounds(shop, 3)
    run(shop)
    found = verify(shop)
    assert not found.problems, found.problems
    fresh = open_workspace(write_mesh(tmp_path / "fresh", PARTS_SHOP))
    for file in (shop.root / "drop").iterdir():
        (fresh.root / "drop" / file.name).write_bytes(file.read_bytes())
    run(fresh)
    there, made = digests(shop), digests(fresh)
    assert {name: there[name] for name in COMPARED} == {name: made[name] for name in COMPARED}
