"""Secrets of this machine: environment variables, and files of the mesh."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from meshwright.frozen import dataclass
from meshwright.secrets.protocol import LARGEST_BYTES, SecretNotFound


@dataclass(frozen=True, kw_only=True, slots=True)
class Variables:
    """``${env:NAME}``."""

    variables: Mapping[str, str]

    def __repr__(self) -> str:
        return "Variables()"

    def value(self, name: str) -> str:
        """Return the variable's value."""
        found = self.variables.get(name)
        if found is None:
            raise SecretNotFound("MW-X602", f"environment variable {name!r} is not set", fix=f"set {name}")
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """``${file:path}``, relative to the root of the mesh; without the line ends at the end."""

    root: Path

    def value(self, name: str) -> str:
        """Return the file's text."""
        fix = "put the file there; its path is relative to the mesh root"
        try:
            with (self.root / name).open("rb") as file:
                data = file.read(LARGEST_BYTES + 1)
            text = data.decode("utf-8")
        except (OSError, ValueError):  # UnicodeDecodeError is a ValueError
            raise SecretNotFound("MW-X602", f"file {name!r} cannot be read", fix=fix) from None
        if len(data) > LARGEST_BYTES:
            raise SecretNotFound("MW-X602", f"file {name!r} is larger than 1 MiB and no secret", fix=fix)
        return text.rstrip("\r\n")
