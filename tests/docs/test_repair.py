"""`how-to/repair.md`: its commands do what it says, and it names every kind of finding and every refusal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from meshwright.app import integrity, rebuild, repair
from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from meshwright.faces.cli.main import main
from tests.docs.pages import ROOT, examples
from tests.meshes import write_mesh

PAGE = (ROOT / "docs/how-to/repair.md").read_text(encoding="utf-8")


def test_the_commands_find_and_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_mesh(tmp_path / "shop")
    apply(open_workspace(root), RunOptions())
    next((root / ".meshwright/store").rglob("*.parquet")).unlink()
    monkeypatch.chdir(root)
    (console, *_) = [example for example in examples(PAGE) if example.language == "console"]
    commands = [line.removeprefix("$ mw ").split("#")[0].split() for line in console.text.splitlines()]
    assert [main(words) for words in commands] == [1, 0]
    assert main(commands[0]) == 0


def test_every_kind_of_finding_and_every_refusal_is_described() -> None:
    source = Path(integrity.__file__).read_text(encoding="utf-8")
    kinds = set(re.findall(r'"(missing|damaged|miscounted|unrecorded|outdated|orphan|foreign)"', source))
    assert {kind for kind in kinds if f"`{kind}`" not in PAGE} == set()
    codes = {code for module in (repair, rebuild) for code in re.findall(r"MW-R\d+", Path(module.__file__).read_text())}
    assert {code for code in codes if f"#{code.lower()}" not in PAGE} == set()
