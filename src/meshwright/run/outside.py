"""What a run needs to let tools do things, as a port: the tools, and what options refer to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol  # options are JSON of others

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.tools.protocol import Tool

#: Value of a reference to a parameter or to a node, by the text between ``${`` and ``}``: ``node:delays.rows``.
Facts = Mapping[str, Any]


class Outside(Protocol):
    """Tools, and the values of references."""

    #: Folder of the mesh.
    root: Path
    #: Folder under which every job has one of its own.
    scratch: Path
    #: Environment variables of the process.
    variables: Mapping[str, str]

    def tool(self, name: str) -> Tool:
        """Return a tool. Raises InputError (MW-J001) where it is not installed."""
        ...

    def resolved(self, options: Mapping[str, Any], facts: Facts, need: Need) -> Mapping[str, Any]:
        """Return options with their references replaced by their values. Raises InputError, WorldError."""
        ...

    def parentage(self, node: str, run_id: str, environment: str) -> Mapping[str, str]:
        """Return the variables by which what a job starts can tell OpenLineage that it runs inside of a node."""
        ...

    def is_carried_out(self, run_id: str) -> bool:
        """Whether somebody coordinates a run, as far as can be told here."""
        ...

    def hidden(self, text: str) -> str:
        """Return a text without any secret that was resolved."""
        ...


class SecretTexts(Protocol):
    """The values of parameters that are secrets."""

    def text(self, reference: str, need: Need) -> str:
        """Return what a reference leads to, asked for anew. Raises InputError, WorldError."""
        ...

    def hidden(self, text: str) -> str:
        """Return a text without any secret that was resolved."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """Who needs values, for messages."""

    #: Address of the node.
    node: str
    span: SourceSpan | None = None


#: Answers a query of one value ``holds``: true or false, None where it is NULL, words where it cannot be evaluated.
Ask = Callable[[str], bool | str | None]
