"""The reference page of every diagnostic code, written from the catalog."""

from __future__ import annotations

from itertools import groupby

from meshwright.diagnostics.codes import all_codes

_AREAS = {
    "B": "Events, subscriptions, deliveries",
    "C": "Contracts and products (ODCS, ODPS)",
    "D": "The state database and the store",
    "E": "The engine",
    "G": "Dependencies and selection",
    "H": "The server and its requests",
    "K": "Components",
    "L": "The command line",
    "J": "Nodes of tools and their jobs",
    "M": "Mesh files and references",
    "N": "Python nodes",
    "O": "Jobs and datasets of outside tools",
    "P": "Plan and gate",
    "Q": "SQL models",
    "S": "Environments: sandboxes, promotion, rollback, pins, what is kept",
    "R": "Runs",
    "T": "Columns and types across the mesh",
    "U": "Clients of a server, keys of idempotency, the record of calls",
    "V": "Policies",
    "X": "File sources",
    "Y": "YAML documents",
}

_HEAD = """# Diagnostic codes

Every finding has a code, a place (`file:line:column`, counted from 1) and a fix. A code never changes its meaning.
This page is written from the code by `make docs`.
"""


def area_of(code: str) -> str:
    """Return the area letter of a code."""
    return code.removeprefix("MW-")[0]


def render_diagnostics() -> str:
    """Return the page as Markdown: areas, then codes in order."""
    codes = sorted(all_codes().values(), key=lambda entry: entry.code)
    parts = [_HEAD]
    for area, entries in groupby(codes, key=lambda entry: area_of(entry.code)):
        parts.append(f"\n## {_AREAS[area]}\n")
        for entry in entries:
            parts.append(f"\n### {entry.code}: {entry.title}\n\n{entry.meaning}\n\n**Fix.** {entry.fix}\n")
            if entry.example:
                parts.append(f"\n```text\n{entry.example}\n```\n")
    return "".join(parts)
