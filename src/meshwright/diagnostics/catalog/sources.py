"""Codes MW-Xxxx: file sources."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = ()
