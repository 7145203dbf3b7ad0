"""What the coordinator asks of Python workers, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol  # Any: values of users

from meshwright.diagnostics import SourceSpan
from meshwright.engines.protocol import Relation
from meshwright.frozen import dataclass
from meshwright.model import Frame, Scalar


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleText:
    """A module of the node: the worker imports these texts and no file of the mesh."""

    #: Relative to the mesh root, as findings name it.
    path: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PythonBuild:
    """One call of a node's function."""

    dataset: str
    #: The node's own module first, then the local modules that it imports.
    modules: tuple[ModuleText, ...]
    #: Folders whose modules can be imported by name, relative to the mesh root, nearest first.
    roots: tuple[str, ...]
    function: str
    #: Line of the function in the first module, 0 where it is not known.
    line: int = 0
    #: Argument -> what it is given, and in which frame.
    inputs: Mapping[str, tuple[Frame, Relation]]
    #: Argument -> value, with the parameter's declared type.
    params: Mapping[str, tuple[str, Scalar]] = field(default_factory=lambda: MappingProxyType({}))
    #: Requirements of the environment to run in; none: beside meshwright.
    requires: tuple[str, ...] = ()
    timeout_s: float | None = None
    memory_bytes: int | None = None
    #: Whether it gives values and no table.
    is_none: bool = False
    #: Where the node is written.
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HandedTable:
    """What the function returned: in a scratch file, or, where it is small, at hand."""

    #: Where it is, or, of one at hand, may be written.
    file: str
    rows: int
    #: The same for files of the same columns; empty where it is not told.
    schema: str = ""
    #: The table, as the messages of an Arrow stream; empty where it is in the file.
    table: bytes = b""
    #: The most memory that the process had.
    peak_bytes: int
    #: What a function that gives no table returned.
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


#: Takes a line of what a worker printed or logged, with its level (``info``, ``warning``, ...). From any thread.
LogSink = Callable[[str, str], None]

#: Takes what a call cost, by unit (``cpu_s``), however it ended. From the thread that called.
CostSink = Callable[[str, float], None]


def charge_nobody(_unit: str, _amount: float) -> None:
    """Take a cost that nobody asks for."""


class Workers(Protocol):
    """Calls functions of nodes in processes of their own. Methods may be called from several threads at once."""

    def scratch(self, dataset: str) -> AbstractContextManager[Path]:
        """Make a folder for one call; it goes with what is in it when the context closes."""
        ...

    def call(self, build: PythonBuild, folder: Path, log: LogSink, costs: CostSink = charge_nobody) -> HandedTable:
        """Call the function, with files of its own in `folder`.

        Raises InputError (MW-N...) at the line of the user's file that failed, WorldError where the world did,
        InterruptedRun where the run is stopped.
        """
        ...

    def close(self) -> None:
        """End every process."""
        ...
