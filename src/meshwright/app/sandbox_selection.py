"""What a sandbox is about, where nothing else is said."""

from __future__ import annotations

import json

from meshwright.state.records import Environment


def default_selection(sandbox: Environment | None) -> tuple[str, ...]:
    """Return what runs into a sandbox are about where they say nothing else; empty for everything."""
    return tuple(json.loads(sandbox.options).get("select", ())) if sandbox is not None else ()
