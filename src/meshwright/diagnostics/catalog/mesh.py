"""Codes MW-Mxxx: mesh files and references."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = ()
