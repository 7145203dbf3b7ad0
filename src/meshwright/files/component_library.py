"""The components that ship with meshwright, read by themselves: for those who look for one."""

from __future__ import annotations

from pathlib import Path

from meshwright.files.component_catalog import ComponentCatalog
from meshwright.files.component_folders import LIBRARY, library_files
from meshwright.files.component_lock import NO_LOCK
from meshwright.files.reading import MeshReader
from meshwright.model import Component


def library_records() -> tuple[Component, ...]:
    """Return every version that ships with meshwright, by name, oldest first."""
    # A root without components: what lies in the package is taken over, nothing is read below it.
    reader = MeshReader.open(Path(__file__).parent)
    catalog = ComponentCatalog(reader=reader, lock=NO_LOCK)
    for folder in library_files():
        catalog.of(f"{LIBRARY}.{folder.partition('@')[0]}")
    return catalog.components()
