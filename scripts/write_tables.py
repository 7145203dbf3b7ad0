"""Writes `state/tables.sql`, the tables of a new SQLite state, from their description in `state/schema`; a test compares."""

from __future__ import annotations

from pathlib import Path

import meshwright.state
from meshwright.state.tables import creation

_HEAD = "-- The tables of a new SQLite state, as scripts/write_tables.py says them: importing SQLAlchemy for it takes 0.1 s."


def main() -> None:
    """Write the file."""
    statements = [
        "\n".join(line.rstrip().replace("\t", "    ") for line in statement.strip().splitlines())
        for statement in creation("sqlite")
    ]
    target = Path(meshwright.state.__file__).with_name("tables.sql")
    target.write_text(f"{_HEAD}\n\n" + ";\n\n".join(statements) + ";\n", encoding="utf-8")


if __name__ == "__main__":
    main()
