"""Putting other names in the place of the tables that a statement reads; the rest of its text stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

from meshwright.sql.names import fold, quote_identifier
from meshwright.sql.parse import Tree, read_tree
from meshwright.sql.rules import PLACEHOLDER
from meshwright.sql.tables import find_tables, place_of

_NO_NAME = re.compile(r"\W")


def rename_references(text: str, names: Mapping[tuple[str, ...], str]) -> str:
    """Return `text`, in DuckDB's dialect, with its references to the tables that `names` knows replaced.

    Each keeps its old last name as an alias, so that columns which are written with it still mean it. Placeholders of rules
    (``{object}``) stay as they are.
    """
    # Of the same length: places in the one are places in the other.
    tree = read_tree(PLACEHOLDER.sub(lambda match: _NO_NAME.sub("_", match[0]), text), "duckdb")
    if not isinstance(tree, Tree):
        return text
    for table in reversed(find_tables(tree.root, tree.nodes).references):
        new = names.get(tuple(fold(part.name) for part in table.parts))
        places = [place for part in table.parts if (place := place_of(part)) is not None]
        if new is None or len(places) != len(table.parts):
            continue
        has_alias = isinstance(table.args.get("alias"), exp.TableAlias)
        alias = "" if has_alias else f" AS {quote_identifier(table.parts[-1].name)}"
        start, end = min(first for first, _ in places), max(last for _, last in places)
        text = f"{text[:start]}{new}{alias}{text[end + 1 :]}"
    return text
