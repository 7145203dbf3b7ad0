"""The address of a database source: its references resolved, and which kind of database it names."""

from __future__ import annotations

from typing import NamedTuple

from meshwright.model import DatabaseSource, Node
from meshwright.sources.context import Context, source_error

_POSTGRESQL = frozenset({"postgresql", "postgres"})


class Address(NamedTuple):
    """A resolved address. It holds secrets: it lives for one call and is never shown."""

    #: ``sqlite``, ``postgresql``, or what else stands before ``://``.
    kind: str
    url: str

    def __repr__(self) -> str:
        return f"Address({self.kind})"


def address_of(node: Node, context: Context) -> Address:
    """Return the address of a database source. Raises InputError (MW-X602, MW-X643)."""
    source = source_of(node)
    url = context.resolved(source.url, node).strip()
    scheme, separator, _ = url.partition("://")
    if not separator or not scheme.replace("+", "").replace("_", "").replace(".", "").isalnum():
        raise source_error(
            "MW-X643",
            node,
            f"the address of source {node.address} is no database's",
            fix="write for example postgresql://user:${env:PASSWORD}@host/database, or sqlite:///data/shop.db",
        )
    kind = scheme.partition("+")[0].lower()
    return Address(kind="postgresql" if kind in _POSTGRESQL else kind, url=url)


def source_of(node: Node) -> DatabaseSource:
    """Return the database source of a node."""
    assert isinstance(node.source, DatabaseSource)
    return node.source


def shown_place(node: Node) -> str:
    """Return what messages call the rows of a source: its table, or its query."""
    source = source_of(node)
    return f"table {source.table}" if source.table else "the query"


def selection(node: Node, quoted_table: str | None) -> str:
    """Return the SELECT of a source, without a closing semicolon, that can stand between parentheses on lines of its own."""
    source = source_of(node)
    if source.query is None:
        return f"select * from {quoted_table}"
    return source.query.strip().rstrip(";").rstrip()


def quoted_table(name: str) -> str:
    """Quote the parts of ``schema.table``; a part that is quoted already stays."""
    parts, current, is_quoted = [], "", False
    for letter in name:
        if letter == '"':
            is_quoted = not is_quoted
        if letter == "." and not is_quoted:
            parts.append(current)
            current = ""
        else:
            current += letter
    parts.append(current)
    whole = (part if part.startswith('"') and part.endswith('"') and len(part) > 1 else _quoted(part) for part in parts)
    return ".".join(whole)


def _quoted(part: str) -> str:
    escaped = part.replace('"', '""')
    return f'"{escaped}"'
