"""What loading a mesh gives, and where a mesh is found. Light to import: the readers of the formats are not needed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.files.marks import Mark
from meshwright.files.places import MESH_FILE
from meshwright.frozen import dataclass
from meshwright.model import Mesh, bytes_identity, identity

if TYPE_CHECKING:
    from meshwright.files.readproducts import ReadProduct

_NEAR = ("mesh.yml", "Mesh.yaml", "meshwright.yaml")


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedMesh:
    """The mesh as far as it could be loaded, and everything that is wrong with its files."""

    #: None only where `mesh.yaml` itself is unusable.
    mesh: Mesh | None
    #: Sorted by place.
    diagnostics: tuple[Diagnostic, ...]
    #: Path relative to the root -> bytes of every file that was read.
    contents: Mapping[str, bytes]
    #: Addresses (dataset, port, product) that the files define with an error: later findings about them, or about what
    #: reads them, may only be consequences.
    broken: frozenset[str] = field(default_factory=frozenset)
    #: Path relative to the root -> what every folder that was listed and every file that was read looked like before.
    marks: Mapping[str, Mark] = field(default_factory=lambda: MappingProxyType({}), compare=False, repr=False)
    #: Product -> identity of all that its record follows from.
    product_keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Product -> how it was read, for the next time; empty where nothing was read.
    read: Mapping[str, ReadProduct] = field(default_factory=lambda: MappingProxyType({}), compare=False, repr=False)

    @property
    def identity(self) -> str:
        """Identity of the files' bytes and places: what everything that loading finds depends on."""
        return identity("mwfiles1", sorted([path, bytes_identity(data)] for path, data in self.contents.items()))


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, that holds `mesh.yaml`. Raises InputError where none does."""
    first = Path(os.path.abspath(start))  # noqa: PTH100  (Path.absolute keeps "..", whose parents are not its parents)
    for folder in (first, *first.parents):
        if (folder / MESH_FILE).exists():
            return folder
    near = next(
        (folder / name for folder in (first, *first.parents) for name in _NEAR if (folder / name).exists()), None
    )
    fix = f"rename {near} to {MESH_FILE}" if near else "go to a mesh, or make one with 'mw init'"
    raise InputError(Diagnostic(code="MW-M001", message=f"there is no {MESH_FILE} in {first} or above it", fix=fix))
