"""Which display follows a run: the live tree on a terminal, plain lines elsewhere, none where nobody wants one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from meshwright.app.values import Listener, no_listener
from meshwright.faces.cli.invocation import Invocation


@contextlib.contextmanager
def listener_for(invocation: Invocation, *, is_quiet: bool) -> Iterator[Listener]:
    """Give the listener for a run; the terminal is itself again when the block ends."""
    if is_quiet:
        yield no_listener
    elif invocation.err.is_terminal and os.environ.get("TERM") != "dumb":
        from meshwright.faces.cli.live import LiveProgress  # lazy: rich, which only a terminal needs

        with LiveProgress(invocation.err) as live:
            yield live
    else:
        from meshwright.faces.cli.plain import PlainProgress

        yield PlainProgress()
