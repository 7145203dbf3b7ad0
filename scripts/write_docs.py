"""Writes the reference pages that are made from the code. `make docs` runs it, a test keeps them true."""

from __future__ import annotations

from pathlib import Path

from meshwright.app.starter_reference import render_starter_policies
from meshwright.checks.mesh_tables.reference import render_mesh_tables
from meshwright.diagnostics.reference import render_diagnostics
from meshwright.faces.cli.reference import render_reference

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
PAGES = {
    "diagnostics.md": render_diagnostics,
    "cli.md": render_reference,
    "mesh-tables.md": render_mesh_tables,
    "starter-policies.md": render_starter_policies,
}


def main() -> None:
    """Write every page."""
    for name, render in PAGES.items():
        (REFERENCE / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
