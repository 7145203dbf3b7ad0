"""Putting other names in the place of the tables that a statement reads; the rest of its text stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sqlglot import exp

from meshwright.sql.names import fold, quote_identifier
from meshwright.sql.parse import Tree, read_tree
from meshwright.sql.rules import PLACEHOLDER
from meshwright.sql.tables import find_tables, place_of

_NO_NAME = re.compile(r"\W")


def readdress(text: str, names: Mapping[tuple[str, ...], str]) -> str:
    """Return `text`, in DuckDB's dialect, with its references to the tables that `names` knows replaced.

    Each keeps its old last name as an alias, so that columns which are written with it still mean it. Placeholders of rules
    (``{object}``) stay as they are.
    """
    # Of the same length: places in the one are places in the other.
    tree = read_tree(PLACEHOLDER.sub(lambda match: _NO_NAME.sub("_", match[0]), text), "duckdb")
    if not isinstance(tree, Tree):
        return text
    for start, end, instead in sorted(_edits(tree, names), reverse=True):
        text = f"{text[:start]}{instead}{text[end:]}"
    return text


def _edits(tree: Tree, names: Mapping[tuple[str, ...], str]) -> Iterator[tuple[int, int, str]]:
    """Yield first offset, offset behind the last character, and what stands there instead."""
    bare = set()
    for table in find_tables(tree.root, tree.nodes).references:
        parts = tuple(fold(part.name) for part in table.parts)
        places = [place for part in table.parts if (place := place_of(part)) is not None]
        if parts not in names or len(places) != len(parts):
            continue
        has_alias = isinstance(table.args.get("alias"), exp.TableAlias)
        alias = "" if has_alias else f" AS {quote_identifier(table.parts[-1].name)}"
        if not has_alias:
            bare.add(parts)
        yield min(first for first, _ in places), max(last for _, last in places) + 1, names[parts] + alias
    for column in tree.nodes.of(exp.Column):
        # `crm.orders.amount` names the table by its whole name, which the alias hides.
        qualifier = tuple(fold(part.name) for part in column.parts[:-1])
        places = [place for part in column.parts[:-1] if (place := place_of(part)) is not None]
        if len(qualifier) > 1 and qualifier in bare and len(places) == len(qualifier):
            yield places[0][0], places[-1][1] + 1, quote_identifier(column.parts[-2].name)
