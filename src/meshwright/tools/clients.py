"""Clients of other systems that are programs on this machine (docker, podman, kubectl): called, bounded, their words taken."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from meshwright.frozen import dataclass
from meshwright.tools.processes import find_executable
from meshwright.tools.protocol import Place, ToolFailed
from meshwright.tools.replies import short

_LAST_LINES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a program printed, and its status."""

    status: int
    out: bytes
    err: str

    @property
    def words(self) -> str:
        """The last of what it said on standard error, in one line."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        return short("; ".join(lines[-_LAST_LINES:])) or f"status {self.status}"


def called(
    words: Sequence[str],
    place: Place,
    *,
    install: str,
    variables: Mapping[str, str] | None = None,
    given: bytes = b"",
    timeout_s: float = 30.0,
    limit_bytes: int = 16 * 1024 * 1024,
) -> Said:
    """Call a program and return what it said, at most `limit_bytes` of it. Raises ToolFailed where it is not installed or hangs."""
    program = find_executable(words[0], place)
    if program is None:
        raise ToolFailed(f"the program {words[0]!r} is not installed", is_retryable=False, fix=install)
    try:
        done = subprocess.run(
            [program, *words[1:]],
            input=given,
            capture_output=True,
            env={**place.variables, **(variables or {})},
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolFailed(f"{words[0]} did not end within {timeout_s:g} s", is_retryable=True) from error
    return Said(status=done.returncode, out=done.stdout[:limit_bytes], err=done.stderr.decode("utf-8", "replace"))
