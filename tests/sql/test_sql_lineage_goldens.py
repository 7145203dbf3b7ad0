"""Column lineage, one golden file a feature: statements and, below each, what every output is made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.model import Column, Columns
from meshwright.sql import Influence, statement_lineage

GOLDENS = sorted(Path(__file__).with_name("lineage_goldens").glob("*.sql"))


def columns(names: str) -> Columns:
    return tuple(Column(name=name, type="INTEGER") for name in names.split())


TABLES = {
    ("t",): ("d.p.t", columns("a b c d s l")),
    ("u",): ("d.p.u", columns("a b e f")),
    ("x", "y", "z"): ("x.y.z", columns("a g")),
}


def described(text: str, output: Columns | None) -> list[str]:
    """One line an output: ``name: direct sources <- indirect sources``, as the golden files hold them."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for source in statement_lineage(text, "duckdb", tables=TABLES, output=output):
        line = found.setdefault(source.output, ([], []))
        line[source.kind is Influence.INDIRECT].append(f"{source.table.rpartition('.')[2]}.{source.column}")
    return [
        f"-- {name}: {' '.join(direct)}{' <- ' + ' '.join(indirect) if indirect else ''}".replace(":  <-", ": <-")
        for name, (direct, indirect) in sorted(found.items())
    ]


def cases(file: Path) -> list[tuple[str, Columns | None, list[str]]]:
    """Read statements that end with ``;``, an optional ``-- output: a b`` line, and their expected lines."""
    found = []
    for block in file.read_text().strip().split("\n\n"):
        lines = block.split("\n")
        statement = [line for line in lines if not line.startswith("-- ")]
        notes = [line for line in lines if line.startswith("-- ")]
        bound = next(
            (columns(line.removeprefix("-- output: ")) for line in notes if line.startswith("-- output:")), None
        )
        expected = [line for line in notes if not line.startswith("-- output:")]
        found.append(("\n".join(statement), bound, expected))
    return found


@pytest.mark.parametrize("file", GOLDENS, ids=lambda file: file.stem)
def test_lineage_is_as_the_golden_file_says(file: Path) -> None:
    for statement, bound, expected in cases(file):
        assert described(statement, bound) == [line for line in expected if line != "-- nothing"], statement


def test_there_is_a_golden_for_every_feature() -> None:
    assert len(GOLDENS) >= 20
