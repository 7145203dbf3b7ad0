"""One SQL statement at a time: parse, fingerprint, find its references, and follow its columns.

Pure functions over text. The parser (sqlglot, compiled) stays inside: what comes out are plain values.
"""

from meshwright.sql.names import quote_identifier, written_name
from meshwright.sql.rules import blank_placeholders, render_rule_query
from meshwright.sql.statement import (
    fingerprint_with_names,
    guard_statement,
    impure_problems,
    nearest_rule_function,
    parse_statement,
    parser_version,
    placed_columns,
    same_meaning,
    statement_lineage,
    substitute_tables,
    time_columns,
)
from meshwright.sql.values import (
    ColumnSource,
    FunctionUse,
    GuardedStatement,
    Influence,
    ParsedStatement,
    PlacedText,
    SqlProblem,
    TableReference,
)

__all__ = [
    "ColumnSource",
    "FunctionUse",
    "GuardedStatement",
    "Influence",
    "ParsedStatement",
    "PlacedText",
    "SqlProblem",
    "TableReference",
    "blank_placeholders",
    "fingerprint_with_names",
    "guard_statement",
    "impure_problems",
    "nearest_rule_function",
    "parse_statement",
    "parser_version",
    "placed_columns",
    "quote_identifier",
    "render_rule_query",
    "same_meaning",
    "statement_lineage",
    "substitute_tables",
    "time_columns",
    "written_name",
]
