"""Starts a job in a process that is killed at once, as a coordinator may be: the job must be found, and run once."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

from meshwright.tools.protocol import Json


def start_and_die(
    tool: str, folder: Path, options: Mapping[str, Json], *, inputs: Mapping[str, str] | None = None, **more: object
) -> None:
    """Start a job of the class `tool` (``module:Class``) in another process, which kills itself after `start` returned."""
    module, name = tool.split(":")
    code = textwrap.dedent(
        f"""
        import json, os, pathlib, signal
        from meshwright.tools.protocol import Table
        from {module} import {name}
        from tests.tools.driving import job_of
        options, inputs, more = json.loads({json.dumps([options, inputs or {}, more])!r})
        tables = {{name: Table(files=(pathlib.Path(path),)) for name, path in inputs.items()}}
        {name}().start(job_of(pathlib.Path({str(folder)!r}), options, inputs=tables, **more))
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -9
