"""Codes MW-Mxxx: mesh files and references, in tables by their first digits."""

from meshwright.diagnostics.catalog import (
    mesh_files,
    mesh_incremental,
    mesh_later,
    mesh_nodes,
    mesh_ports,
    mesh_running,
    mesh_units,
    mesh_variations,
)
from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    *mesh_files.CODES,
    *mesh_nodes.CODES,
    *mesh_units.CODES,
    *mesh_variations.CODES,
    *mesh_ports.CODES,
    *mesh_running.CODES,
    *mesh_later.CODES,
    *mesh_incremental.CODES,
)
