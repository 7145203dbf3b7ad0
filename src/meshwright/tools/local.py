"""What all tools have in common whose jobs are programs on this machine: such a job is found, looked at and ended by its folder.

A class of such a tool adds its name and traits, checks its options and starts its program; it says more where it knows more than
that a program runs and has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from meshwright.tools.processes import cancel_program, find_program, poll_program
from meshwright.tools.protocol import Job, Json, Outline, Place, Poll


class LocalTool:
    """Five of the methods of `protocol.Tool`, as they are for a program; `problems`, `start` and `collect` are the tool's own."""

    #: Seconds that a program is given to end by itself when it is asked to.
    patience_s: ClassVar[float] = 5.0

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:  # noqa: ARG002 - see above
        """Name none: all of the node's meaning is in its options."""
        return ()

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:  # noqa: ARG002 - see above
        """Tell nothing: its datasets are named by the node, or it makes none."""
        return Outline()

    def find(self, job: Job) -> str | None:
        """Find the program by the job's folder."""
        return find_program(job)

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look whether the program has ended, and at what it printed."""
        return poll_program(job, handle, cursor)

    def cancel(self, job: Job, handle: str) -> None:
        """End the program and what it started: first asking, then without."""
        cancel_program(job, handle, patience_s=self.patience_s)
