"""How a script of ours is launched for a job, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """A program of `tools/inside/`, the Python that runs it, and what it is given."""

    python: str
    script: str
    #: What it reads from its file; nothing secret.
    request: Mapping[str, object]
    #: Environment variables: the place for what is secret.
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Where it runs; the pipeline's folder where none is named.
    folder: Path | None = None
