"""Crash reports: what went wrong where nobody foresaw it, for the maintainers."""

from __future__ import annotations

import os
import platform
import traceback

from meshwright import __version__


def write_crash_report(error: Exception) -> str | None:
    """Write traceback and versions, no arguments and no variables (they may hold secrets), into the system's folder
    for temporary files; return the path, None where even that fails."""
    import tempfile  # lazy: never needed, one hopes

    lines = [
        f"meshwright {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n",
        *traceback.format_exception(error),
    ]
    try:
        descriptor, path = tempfile.mkstemp(prefix="meshwright-crash-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(lines)
    except OSError:
        return None
    return path
