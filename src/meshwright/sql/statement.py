"""The public functions of this package, light to import: the parser is loaded by the first call that needs it.

Commands whose statements are all in the parse cache never pay for sqlglot (138 ms).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from functools import cache
from importlib.metadata import version

from meshwright.model import Calendar, Columns
from meshwright.sql.fingerprints import fingerprint_of, rename_tables
from meshwright.sql.values import ColumnSource, GuardedStatement, ParsedStatement, PlacedText, SqlProblem

#: Counts the changes of canonical forms, findings and lineage made here; part of what the parse cache is keyed by.
_OWN_VERSION = 3


@cache
def parser_version() -> str:
    """Return what canonical forms depend on: they may differ between two versions, and never within one."""
    return f"sqlglot {version('sqlglot')} / mw {_OWN_VERSION}"


def parse_statement(text: str, dialect: str = "duckdb") -> ParsedStatement:
    """Read one SELECT; whatever is wrong with it is in the answer's `problems`, nothing is raised."""
    from meshwright.sql.parse import parse  # lazy: sqlglot

    return parse(text, dialect)


def nearest_rule_function(name: str) -> str | None:
    """Return what a rule or a test may call and was probably meant; None where nothing is very like it."""
    from meshwright.sql.allowed import RULE_FUNCTIONS  # lazy: asked for where something is wrong

    return next(iter(difflib.get_close_matches(name, RULE_FUNCTIONS, n=1, cutoff=0.8)), None)


def guard_statement(text: str, *, tables: Collection[str], params: Collection[str], what: str) -> GuardedStatement:
    """Read one SELECT, in DuckDB's dialect, that is not trusted: it may read `tables` (``schema.table``), use the
    parameters `params` and call what cannot reach further or cost without bound. `what` it is called in messages."""
    from meshwright.sql.guarded import guard  # lazy: sqlglot

    return guard(text, tables=tables, params=params, what=what)


def fingerprint_with_names(parsed: ParsedStatement, resolved: Mapping[tuple[str, ...], str]) -> tuple[str, str]:
    """Return canonical form and fingerprint with table names as full addresses.

    `resolved` maps reference parts (as in `parsed.tables`) to dataset addresses; names that it does not hold
    stay as written. Without a canonical form both are empty.
    """
    if not parsed.canonical:
        return "", ""
    canonical = rename_tables(parsed.canonical, resolved)
    return canonical, fingerprint_of(canonical, parsed.dialect)


def substitute_tables(
    text: str, dialect: str, names: Mapping[tuple[str, ...], str], *, as_read: str | None = None
) -> str:
    """Return `text` with the tables that `names` holds renamed, and nothing else of it changed.

    `names` maps reference parts (as in `parsed.tables`) to addresses of datasets. `as_read` is what
    can be parsed in the place of a text with placeholders (`blank_placeholders`).
    """
    from meshwright.sql.substitution import substitute  # lazy: sqlglot

    return substitute(text, dialect, names, text if as_read is None else as_read)


def placed_columns(
    text: str, dialect: str, columns: Mapping[str, tuple[str, ...]], *, lists: frozenset[str] = frozenset()
) -> PlacedText:
    """Return `text` with columns by their names, quoted, in the places of the parameters that `columns` holds.

    `lists` are those that may be several columns; they stand where a list may.
    """
    from meshwright.sql.placing import place_columns  # lazy: sqlglot

    return place_columns(text, dialect, columns, lists)


def same_meaning(old_text: str, new_text: str, dialect: str) -> bool:
    """Whether two texts have one canonical form under the parser of today; false where one cannot be read.

    This is the rule of upgrades: a fingerprint taken by an older parser is not compared, its text is.
    """
    if old_text == new_text:
        return True
    old, new = parse_statement(old_text, dialect), parse_statement(new_text, dialect)
    return bool(old.canonical) and old.canonical == new.canonical


def statement_lineage(
    text: str, dialect: str, *, tables: Mapping[tuple[str, ...], tuple[str, Columns]], output: Columns | None
) -> tuple[ColumnSource, ...]:
    """Return which input columns each output column is made from, sorted, each source once with its strongest kind.

    `tables` maps reference parts as written (lower case) to dataset address and columns. `output` are the
    statement's columns as the engine bound them; they name outputs by position. A statement that cannot be
    read gives nothing. Where a source cannot be told exactly, every column that could be one is named.
    """
    from meshwright.sql.lineage import follow_columns  # lazy: sqlglot

    return follow_columns(text, dialect, tables=tables, output=output)


def time_columns(
    text: str, dialect: str, *, by: str, calendar: Calendar, addresses: Mapping[tuple[str, ...], str]
) -> dict[str, str]:
    """Return input -> its column that becomes the output column `by` without leaving its interval of `calendar`.

    It does so as it is, cast between dates and timestamps, or truncated to at most the grain, for every use that the
    statement makes of the input; what the query's shape alone does not prove is left out. Columns are spelled as in the
    statement, and whether an input has that column is not known here. `addresses` maps reference parts as written
    (lower case) to datasets. A statement that cannot be read gives nothing.
    """
    from meshwright.sql.passing import find_time_columns  # lazy: sqlglot

    return find_time_columns(text, dialect, by=by, calendar=calendar, addresses=addresses)


def impure_problems(parsed: ParsedStatement) -> tuple[SqlProblem, ...]:
    """Return a problem for each call that a node without ``deterministic: false`` must not make."""
    return tuple(
        SqlProblem(
            code="MW-Q207",
            message=f"'{use.name}' gives another result at every run, so the version would not be named by its recipe",
            line=use.line,
            column=use.column,
            fix="pass the value as a parameter ($name), or set 'deterministic: false' on the node in pipeline.yaml",
        )
        for use in parsed.impure
    )
