"""What can be said of a statement from its tree: parameters, references, and what must not stand in a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from meshwright.sql.names import fold
from meshwright.sql.nodes import Nodes
from meshwright.sql.scan import Places
from meshwright.sql.tables import TablesFound, offset_of
from meshwright.sql.values import SqlProblem, TableReference

_FILE_ENDINGS = (
    ".csv",
    ".parquet",
    ".json",
    ".ndjson",
    ".jsonl",
    ".tsv",
    ".txt",
    ".gz",
    ".zst",
    ".xlsx",
    ".db",
    ".duckdb",
)


def parameters(nodes: Nodes, tokens: Sequence[Token], places: Places) -> tuple[tuple[str, ...], tuple[SqlProblem, ...]]:
    """Names of ``$name`` parameters; a problem for each one that goes by position."""
    names: set[str] = set()
    positional = False
    for node in nodes.of(exp.Placeholder, exp.Parameter):
        name = node.name if isinstance(node.this, exp.Expr) else str(node.this or "")
        if not name or name.isdigit():
            positional = True
        else:
            names.add(fold(name))
    if not positional:
        return tuple(sorted(names)), ()
    problems = []
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        numbered = token.text == "$" and following is not None and following.token_type is TokenType.NUMBER
        if token.token_type is TokenType.PLACEHOLDER or numbered:
            line, column = places.at(token.start)
            written = f"${following.text}" if numbered and following is not None else "?"
            problems.append(
                SqlProblem(
                    code="MW-Q205",
                    message=f"the parameter '{written}' has no name",
                    line=line,
                    column=column,
                    fix="declare it under 'params' in pipeline.yaml and write $name",
                )
            )
    return tuple(sorted(names)), tuple(problems)


def references(
    found_tables: TablesFound, text: str, places: Places
) -> tuple[tuple[TableReference, ...], tuple[SqlProblem, ...]]:
    """Tables by name, each once, and a problem for those that are files or have a wrong number of parts."""
    found: dict[tuple[str, ...], TableReference] = {}
    problems: list[SqlProblem] = []
    for table in found_tables.references:
        offset = offset_of(table.this) if len(table.parts) == 1 else min(offset_of(part) for part in table.parts)
        line, column = places.at(offset)
        parts = tuple(fold(part.name) for part in table.parts)
        if _is_file(parts, text[offset : offset + 1]):
            problems.append(_file_problem(table.name, line, column))
            continue
        if len(parts) not in {1, 3}:
            problems.append(_parts_problem(parts, line, column))
            continue
        found.setdefault(parts, TableReference(parts=parts, line=line, column=column))
    return tuple(found.values()), tuple(problems)


def _is_file(parts: tuple[str, ...], first: str) -> bool:
    if len(parts) != 1:
        return False
    name = parts[0]
    return first == "'" or "/" in name or "\\" in name or "*" in name or name.endswith(_FILE_ENDINGS)


def _file_problem(name: str, line: int, column: int) -> SqlProblem:
    return SqlProblem(
        code="MW-Q201",
        message=f"the file '{name}' is read directly, which a model must not: nobody could tell when it changes",
        line=line,
        column=column,
        fix="declare a source node in pipeline.yaml (source: {path: ..., format: ...}) and read it by its name",
    )


def _parts_problem(parts: tuple[str, ...], line: int, column: int) -> SqlProblem:
    return SqlProblem(
        code="MW-Q203",
        message=f"'{'.'.join(parts)}' has {len(parts)} parts; a dataset is named by one or by three",
        line=line,
        column=column,
        fix=f"write '{parts[-1]}' for the product's own dataset, or domain.product.{parts[-1]} for any other",
    )


def into_problems(nodes: Nodes, places: Places) -> Iterator[SqlProblem]:
    """Yield a problem for each SELECT ... INTO."""
    for into in nodes.of(exp.Into):
        line, column = places.at(offset_of(into))
        yield SqlProblem(
            code="MW-Q206",
            message="SELECT ... INTO writes a table, which a model must not",
            line=line,
            column=column,
            fix="remove INTO: the model's file name is the name of its dataset",
        )


def pivot_warnings(nodes: Nodes, places: Places) -> Iterator[SqlProblem]:
    """Warn of a PIVOT whose columns only the data knows."""
    for pivot in nodes.of(exp.Pivot):
        if pivot.args.get("unpivot") or not pivot.args.get("using"):
            continue
        if any(not isinstance(item, exp.In) for item in pivot.expressions):
            line, column = places.at(offset_of(pivot))
            yield SqlProblem(
                code="MW-Q304",
                message="this PIVOT takes its columns from the data, so they cannot be known before it is built",
                line=line,
                column=column,
                fix="list the values: pivot ... on column in ('a', 'b') using ...",
            )


def is_starred(nodes: Nodes) -> bool:
    """Whether a star selects columns; the one of ``count(*)`` does not."""
    return nodes.have(exp.Columns) or any(not isinstance(star.parent, exp.Func) for star in nodes.of(exp.Star))
