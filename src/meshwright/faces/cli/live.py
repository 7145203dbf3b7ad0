"""The live tree on a terminal: rich redraws the picture of `tree` while the run goes on."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from meshwright.app.values import Event
from meshwright.faces.cli.progress import Progress
from meshwright.faces.cli.tree import TreeLine, tree_lines
from meshwright.faces.text.terminal import Look, one_line

_REDRAWS_PER_SECOND = 10


class LiveProgress:
    """A listener that draws; a context manager that gives the terminal back.

    Events come from the coordinator's thread, redraws from rich's: one lock keeps them apart.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self._progress = Progress()
        self._lock = threading.Lock()
        self._console = Console(
            stderr=True, no_color=not look.has_color, highlight=False, markup=False, emoji=False, legacy_windows=False
        )
        self._live = Live(
            console=self._console,
            get_renderable=self._picture,
            refresh_per_second=_REDRAWS_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )

    def __call__(self, event: Event) -> None:
        """Take one event; the next redraw shows it."""
        with self._lock:
            self._progress.take(event, time.monotonic())

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def _picture(self) -> Group:
        now = time.monotonic()
        height = max(self._console.size.height - 1, 1)
        with self._lock:
            lines = tree_lines(self._progress, self._look, height=height, now=now, frame=int(now * _REDRAWS_PER_SECOND))
        return Group(*(self._text(line) for line in lines))

    def _text(self, line: TreeLine) -> Text:
        """One line that is cut, not wrapped, at the terminal's edge; `Text` takes names literally, markup and all."""
        text = Text(no_wrap=True, overflow="ellipsis" if self._look.has_unicode else "crop")
        text.append("  " * line.depth)
        if line.mark:
            text.append(f"{line.mark} ", style=line.style or None)
        text.append(one_line(line.text), style=None if line.mark else "bold")
        if line.facts:
            text.append(f"  {line.facts}", style="dim")
        return text
