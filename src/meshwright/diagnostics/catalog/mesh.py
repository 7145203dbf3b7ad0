"""Codes MW-Mxxx: mesh files and references, in four tables by their first digit."""

from meshwright.diagnostics.catalog import mesh_files, mesh_later, mesh_nodes, mesh_ports
from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (*mesh_files.CODES, *mesh_nodes.CODES, *mesh_ports.CODES, *mesh_later.CODES)
