"""Tables of a statement under other names: the text of a person, but for the names that mean another dataset.

Nothing else of the text changes, no line is added, and a renamed table is still called in the statement what it was
called: it gets its old name as an alias where it has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from meshwright.sql.names import fold, quote_identifier, written_name
from meshwright.sql.parse import Tree, read_tree
from meshwright.sql.tables import find_tables, place_of
from meshwright.sql.values import SqlProblem

#: First offset, offset behind the last character, what stands there instead.
_Edit = tuple[int, int, str]


def substitute(text: str, dialect: str, names: Mapping[tuple[str, ...], str], as_read: str) -> str:
    """Return `text` with tables renamed: `names` maps whole references (lower case) to addresses of datasets.

    `as_read` is parsed for it, a text of the same length. What cannot be read is returned as it is.
    """
    tree = read_tree(as_read, dialect)
    if isinstance(tree, SqlProblem):
        return text
    for start, end, instead in sorted(_edits(tree, names), reverse=True):
        text = f"{text[:start]}{instead}{text[end:]}"
    return text


def _edits(tree: Tree, names: Mapping[tuple[str, ...], str]) -> Iterator[_Edit]:
    bare = set()
    for table in find_tables(tree.root, tree.nodes).references:
        parts = tuple(fold(part.name) for part in table.parts)
        first, last = place_of(table.parts[0]), place_of(table.parts[-1])
        if parts not in names or first is None or last is None:
            continue
        renamed = tuple(names[parts].split("."))
        if (
            renamed[:-1] == parts[:-1]
        ):  # of the same product: what stands before the dataset's name stays as it is written
            first, renamed = last, renamed[-1:]
        instead = ".".join(map(written_name, renamed))
        if not table.alias:
            bare.add(parts)
            instead += f" as {quote_identifier(table.name)}"
        yield first[0], last[1] + 1, instead
    for column in tree.nodes.of(exp.Column):
        # `sales.orders.orders.amount` names the table by its whole name, which an alias hides.
        qualifier = tuple(fold(part.name) for part in column.parts[:-1])
        first, last = place_of(column.parts[0]), place_of(column.parts[-2]) if len(column.parts) > 1 else None
        if len(qualifier) > 1 and first and last and any(parts[-len(qualifier) :] == qualifier for parts in bare):
            yield first[0], last[1] + 1, quote_identifier(column.parts[-2].name)
