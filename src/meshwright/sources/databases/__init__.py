"""Databases: a table or the result of a query. PostgreSQL and SQLite have readers of their own, others SQLAlchemy's."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from meshwright.model import Node, SourceObservation
from meshwright.sources.context import Context, Kind
from meshwright.sources.databases.address import Address, address_of
from meshwright.sources.protocol import Fetched


def _observe(node: Node, context: Context) -> SourceObservation:
    address = address_of(node, context)
    seen: SourceObservation = _reader(address).observe(node, address, context)
    return seen


def _fetch(node: Node, seen: SourceObservation, context: Context, folder: Path) -> Fetched:
    del seen  # a snapshot is observed while it is read
    address = address_of(node, context)
    fetched: Fetched = _reader(address).fetch(node, address, context, folder)
    return fetched


def _head(node: Node, context: Context, folder: Path) -> Fetched:
    address = address_of(node, context)
    fetched: Fetched = _reader(address).head(node, address, context, folder)
    return fetched


def _reader(address: Address) -> ModuleType:
    """Return the module that reads this kind of database. Lazy: drivers are heavy."""
    if address.kind == "postgresql":
        from meshwright.sources.databases import postgresql

        return postgresql
    if address.kind == "sqlite":
        from meshwright.sources.databases import sqlite

        return sqlite
    from meshwright.sources.databases import others

    return others


KIND = Kind(observe=_observe, fetch=_fetch, head=_head)
