"""One SQL statement at a time: parse, fingerprint, find its references, and follow its columns.

Pure functions over text. The parser (sqlglot, compiled) stays inside: what comes out are plain values.
"""

from meshwright.sql.names import quote_identifier, written_name
from meshwright.sql.rules import render_rule_query
from meshwright.sql.statement import (
    fingerprint_with_names,
    guard_statement,
    impure_problems,
    parse_statement,
    parser_version,
    readdressed_tables,
    same_meaning,
    statement_lineage,
    time_columns,
)
from meshwright.sql.values import (
    ColumnSource,
    FunctionUse,
    GuardedStatement,
    Influence,
    ParsedStatement,
    SqlProblem,
    TableReference,
)

__all__ = [
    "ColumnSource",
    "FunctionUse",
    "GuardedStatement",
    "Influence",
    "ParsedStatement",
    "SqlProblem",
    "TableReference",
    "fingerprint_with_names",
    "guard_statement",
    "impure_problems",
    "parse_statement",
    "parser_version",
    "quote_identifier",
    "readdressed_tables",
    "render_rule_query",
    "same_meaning",
    "statement_lineage",
    "time_columns",
    "written_name",
]
