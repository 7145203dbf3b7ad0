"""The short form of every long proof; see `torture/README.md`."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.docs.pages import ROOT
from torture.report import Proof, all_proofs


def _forms() -> list[object]:
    return [
        pytest.param(proof, id=proof.test, marks=() if proof.is_quick else (pytest.mark.slow,))
        for proof, _ in all_proofs()
    ]


@pytest.mark.parametrize("proof", _forms())
def test_the_claim_holds_in_short(proof: Proof) -> None:
    """In a process of its own, as `make torture` does: what a proof preloads and forks from is its own."""
    command = [sys.executable, "-m", f"torture.{proof.test}", "--n", str(proof.short), "--seed", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    line = json.loads(done.stdout)
    if "skipped" in line:
        pytest.skip(line["skipped"])
    assert (line["test"], line["failures"], done.returncode) == (proof.test, 0, 0)
    assert line["n"] > 0, "nothing was tried, so nothing was proved"
