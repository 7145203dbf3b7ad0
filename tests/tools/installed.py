"""Foreign tools in places of their own, installed when a test first asks for one (scripts/install_tool.sh)."""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

_SCRIPT = Path(__file__).parents[2] / "scripts" / "install_tool.sh"


def tool_bin(name: str) -> Path:
    """Return the folder of a tool's programs, its ``python`` among them."""
    return tool_place(name) / "bin"


@functools.cache
def tool_place(name: str) -> Path:
    """Return where a tool is, installed if it was not. Installing waits for another one that is at it."""
    # The venv's Python is the system's: a test run from a virtual environment of its own must not lend its packages.
    variables = {
        key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    }
    done = subprocess.run([_SCRIPT, name], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"could not install {name}:\n{done.stderr}"
    place = Path(os.environ.get("MESHWRIGHT_TOOLS") or Path.home() / ".cache" / "meshwright" / "tools")
    return place / name
