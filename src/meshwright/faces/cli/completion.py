"""What the shell offers for names: objects and environments, from folder and file names alone, so that it is instant.

Imported by every command; imports `app.completion` only when the shell asks.
"""

from __future__ import annotations

import typer


def complete_objects(context: typer.Context, incomplete: str) -> list[str]:
    """Offer domains, then the products of a domain, then the datasets of a product."""
    from meshwright.app.completion import object_names  # light, but not needed otherwise

    plus = "+" if incomplete.startswith("+") else ""
    wanted = incomplete.removeprefix("+")
    depth = wanted.count(".")
    return [
        plus + name for name in object_names(_start(context)) if name.startswith(wanted) and name.count(".") == depth
    ]


def complete_selection(context: typer.Context, incomplete: str) -> list[str]:
    """Offer what `complete_objects` offers, and the words of the selection syntax."""
    plus = "+" if incomplete.startswith("+") else ""
    wanted = incomplete.removeprefix("+")
    words = (plus + word for word in ("changed", "owner:", "tag:") if word.startswith(wanted))
    return [*complete_objects(context, incomplete), *words]


def complete_environments(context: typer.Context, incomplete: str) -> list[str]:
    """Offer the environments that were written out."""
    from meshwright.app.completion import environment_names  # light, but not needed otherwise

    return [name for name in environment_names(_start(context)) if name.startswith(incomplete)]


def _start(context: typer.Context) -> str:
    """Return the directory that ``-C`` asks for, else the current one."""
    parts: list[str] = []
    current: typer.Context | None = context
    while current is not None:
        directory = current.params.get("directory")
        if directory:
            parts.insert(0, str(directory))
        current = current.parent  # type: ignore[assignment]
    return "/".join(parts) if parts else "."
