"""What proofs report, and that every crash point is described and told once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from meshwright.crashpoints import EVENT, CrashPoint, reached
from torture import table
from torture.report import Proof, Tally, all_proofs, report_line
from torture.table import write_figures

PROOF = Proof(test="sample", claim="that it holds", unit="trials", short=1, long=2)


def test_a_line_bounds_the_rate_where_nothing_failed_and_nowhere_else() -> None:
    tally = Tally()
    for _ in range(200):
        tally.trial(None)
    line = json.loads(report_line(PROOF, tally, seed=7, seconds=1.25))
    assert line == {"test": "sample", "n": 200, "failures": 0, "bound95": 0.015, "seed": 7, "seconds": 1.2}
    tally.trial("it did not")
    assert json.loads(report_line(PROOF, tally, seed=7, seconds=1.0))["bound95"] is None
    skipped = json.loads(report_line(PROOF, Tally(skipped="no root"), seed=7, seconds=0.0))
    assert (skipped["n"], skipped["bound95"], skipped["skipped"]) == (0, None, "no root")


def test_every_proof_is_named_as_its_module_and_its_short_form_is_shorter() -> None:
    proofs = [proof for proof, _ in all_proofs()]
    assert len({proof.test for proof in proofs}) == len(proofs) > 8
    assert [proof.test for proof in proofs if proof.short > proof.long] == []
    assert all((Path(table.__file__).parent / f"{proof.test}.py").exists() for proof in proofs)


def test_figures_replace_the_rows_of_what_was_run_and_leave_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "reliability.md"
    page.write_text(f"before\n\n{table._BEGIN}\n| `old` | kept | 1 |\n| `sample` | gone | 1 |\n{table._END}\n\nafter\n")
    monkeypatch.setattr(table, "PAGE", page)
    line = '{"test": "sample", "n": 200, "failures": 0, "bound95": 0.015, "seed": 7, "seconds": 1.2}'
    write_figures([line], {"sample": "that it holds"})
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| `old` | kept | 1 |" in text
    assert "| `sample` | that it holds | 200 | 0 | 0.015 | 1.2 |" in text
    assert "gone" not in text


def test_a_crash_point_tells_listeners_and_does_nothing_else() -> None:
    """In a process of its own: hooks cannot be taken away again."""
    program = (
        "import sys\nfrom meshwright.crashpoints import CrashPoint, reached\n"
        "reached(CrashPoint.PUBLISHED)\n"
        f"sys.addaudithook(lambda event, words: print(*words) if event == {EVENT!r} else None)\n"
        "reached(CrashPoint.PUBLISHED)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "publish.committed\n"
    reached(CrashPoint.PUBLISHED)


def test_every_crash_point_is_reached_somewhere_in_the_code() -> None:
    source = Path(sys.modules["meshwright.crashpoints"].__file__ or "").parent
    text = "\n".join(path.read_text() for path in source.rglob("*.py") if path.name != "crashpoints.py")
    assert [point.name for point in CrashPoint if f"CrashPoint.{point.name})" not in text] == []
