"""What `outside_kills` makes of a trial whose job the tool itself gave up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from torture import outside_kills
from torture.outside_jobs import OUTSIDE_JOBS, OutsideJob
from torture.report import Tally

FAILED = (1, "the job was started 0 times")


@pytest.mark.parametrize(
    ("ended", "crashes", "begun", "told", "tried"),
    [
        ([FAILED, (1, None)], {1}, 0, [], 2),  # the tool's own fault: tried again
        ([FAILED], set(), 0, [FAILED[1]], 1),  # ours
        ([FAILED], {1}, 2, [FAILED[1]], 1),  # whatever the tool says: it was begun twice
        ([FAILED] * 4, {1, 2, 3, 4}, 0, [FAILED[1]], 4),  # not for ever
        ([(1, None)], {1}, 1, [], 1),  # crashed, and yet all is well
    ],
)
def test_a_job_that_the_tool_gave_up_is_tried_again_some_times(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ended: list[tuple[int, str | None]],
    crashes: set[int],
    begun: int,
    told: list[str],
    tried: int,
) -> None:
    numbers: list[int] = []

    def gave_up(product: Path) -> str | None:
        return "it crashed" if int(product.name[1:]) in crashes else None

    @contextmanager
    def tool(_: Path) -> Iterator[OutsideJob]:
        yield OutsideJob(node=lambda _: {}, started=lambda _: begun, gave_up=gave_up)

    def one(trial: outside_kills._Trial, _: object) -> tuple[int, str | None]:
        trial.product.mkdir(parents=True)
        numbers.append(trial.number)
        return ended[trial.number - 1]

    monkeypatch.setitem(OUTSIDE_JOBS, "made up", tool)
    monkeypatch.setattr(outside_kills, "_tried", one)
    tally = Tally()
    outside_kills.prove_tool("made up", 1, 1, tmp_path, tally)
    assert ([each.rpartition(": ")[2] for each in tally.told], tally.n) == (told, 1)
    assert len(numbers) == tried
    assert capsys.readouterr().err.count("says nothing, tried again: it crashed") == tried - 1
