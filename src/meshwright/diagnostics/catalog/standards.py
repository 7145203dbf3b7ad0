"""Codes MW-Cxxx: contracts and products."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = ()
