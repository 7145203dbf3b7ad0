"""The content digest: a hash of a table's rows on canonical values, blind to their order and to the files they lie in.

The recipe ``mwdigest2``, over the stored file:

- a value's hash is DuckDB's ``hash()`` of its canonical form. Canonical forms: a DOUBLE is rounded to 31 significant bits
  (Dekker's split, exact on every platform), which keeps apart all numbers of 9 significant decimal digits and sees no
  difference in the last digits in which parallel sums differ; there is one NaN, and -0 is 0. NULL has a hash of its own.
  Nested values are hashed inside out with their lengths, so that NULL, ``[]`` and ``[NULL]`` differ; a MAP is blind to the
  order of its entries. A DECIMAL of more than 18 digits is hashed with its sign: DuckDB gives such a number the exclusive or
  of its halves' hashes, which is the same for 0 and -1.
- a row has one 64-bit hash, of its columns in order.
- each of two lanes is the sum, modulo 2^64, of another mix of the row hashes, so that a repeated row counts.
- the digest is ``identity("mwdigest2", [[name, type], ...], rows, lane, lane)``.

How sure equality is: docs/adr/0018.

Why 31 bits and not 9 decimal digits: rounding to decimal digits costs 4 times (a formula) or 20 times (a format) as
much, and puts its ties where decimal data lies (one in ten amounts with ten digits ends in 5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from meshwright.engines.duckdb.known import KnownStatements
from meshwright.engines.duckdb.names import glob_safe, literals, quoted
from meshwright.engines.duckdb.totals import Totals
from meshwright.engines.duckdb.typetext import TypeTree, parse_type
from meshwright.model import Columns

#: 2^22 + 1 splits a 53-bit significand after 31 bits.
_SPLIT = "4194305.0::DOUBLE"
#: Above this the split would overflow; such a number is taken as it is.
_SPLIT_LIMIT = "1e290::DOUBLE"
#: Tells the second lane's mix from the first's.
_SALT = "1640531527::UBIGINT"
_LANE = 1 << 64
#: A DECIMAL of more digits is stored in 128 bits.
_SMALL_DECIMAL = 18


def totals_of_files(
    cursor: duckdb.DuckDBPyConnection, columns: Columns, files: tuple[str, ...], known: KnownStatements
) -> Totals:
    """Return what the content digest of Parquet files with these columns is made of."""
    # The files are a parameter: tables with the same columns share a statement, which is parsed once.
    statement = known.parsed(cursor, _statement(columns, "read_parquet($files, hive_partitioning = false)"))
    row = cursor.execute(statement, {"files": [glob_safe(file) for file in files]}).fetchone()
    return _totals(row)


def totals_of(
    cursor: duckdb.DuckDBPyConnection, columns: Columns, table: str, params: Mapping[str, object] | None = None
) -> Totals:
    """Return what the content digest of what stands after FROM, which has these columns, is made of."""
    row = cursor.execute(_statement(columns, table), dict(params) if params else None).fetchone()
    return _totals(row)


def _statement(columns: Columns, table: str) -> str:
    """Return the SELECT of the number of rows and of both lanes."""
    values = ", ".join(value_hash(quoted(column.name), column.type) for column in columns)
    return (
        f"SELECT count(*), coalesce(sum(hash(h)), 0), coalesce(sum(hash(xor(h, {_SALT}))), 0) "
        f"FROM (SELECT hash({values}) AS h FROM {table})"
    )


def _totals(row: tuple[Any, ...] | None) -> Totals:
    """Return what the answer to the statement says."""
    assert row is not None
    rows, first, second = (int(value) for value in row)
    return Totals(rows=rows, sums=(first % _LANE, second % _LANE))


def footer_rows(cursor: duckdb.DuckDBPyConnection, files: Sequence[str]) -> dict[str, int]:
    """Return the rows that the footers of Parquet files count, by path; files that cannot be read are left out."""
    if not files:
        return {}
    try:
        return dict(
            cursor.execute(
                f"SELECT file_name, num_rows FROM parquet_file_metadata({literals(glob_safe(file) for file in files)})"
            ).fetchall()
        )
    except duckdb.InterruptException:
        raise
    except duckdb.Error:
        # One of them is broken: each alone tells which.
        if len(files) == 1:
            return {}
        return {path: rows for file in files for path, rows in footer_rows(cursor, (file,)).items()}


def value_hash(value: str, type_text: str) -> str:
    """Return what ``hash()`` takes for a column: the canonical form of `value`, or the hash of its parts."""
    if type_text == "DOUBLE":
        return rounded(value)
    if "(" in type_text or "[" in type_text:
        tree = parse_type(type_text)
        if tree.fields:
            return _nested(value, tree, 0)
        if _is_wide(tree):
            return _with_sign(value)
    return value


def _is_wide(tree: TypeTree) -> bool:
    """Whether a type is a DECIMAL that takes 128 bits."""
    digits = tree.text.removeprefix("DECIMAL(").partition(",")[0]
    return tree.kind == "DECIMAL" and digits.isdigit() and int(digits) > _SMALL_DECIMAL


def _with_sign(value: str) -> str:
    """Return what ``hash()`` takes for a wide DECIMAL: the sign tells 0 and -1 apart, whose own hashes are the same."""
    return f"{value}, {value} < 0"


def rounded(value: str) -> str:
    """Return the canonical form of a DOUBLE: `value` rounded to 31 significant bits."""
    scaled = f"({value} * {_SPLIT})"
    return f"CASE WHEN abs({value}) <= {_SPLIT_LIMIT} THEN {scaled} - ({scaled} - {value}) ELSE {value} END"


def _nested(value: str, tree: TypeTree, depth: int) -> str:
    """Return an expression that is never NULL: the hash of a value with its structure."""
    element = f"e{depth}"
    if tree.kind == "LIST":
        inner = _nested(element, tree.fields[0][1], depth + 1)
        body = f"hash('L', len({value}), list_transform({value}, lambda {element}: {inner}))"
    elif tree.kind == "MAP":
        key = _nested(f"{element}.key", tree.fields[0][1], depth + 1)
        item = _nested(f"{element}.value", tree.fields[1][1], depth + 1)
        hashes = f"list_transform(map_entries({value}), lambda {element}: hash({key}, {item}))"
        body = f"hash('M', len(map_entries({value})), list_sort({hashes}))"
    elif tree.kind == "STRUCT":
        parts = [
            _nested(f"struct_extract({value}, {field_literal(name)})", child, depth) for name, child in tree.fields
        ]
        body = f"hash('S', {', '.join(parts)})"
    else:
        canonical = rounded(value) if tree.kind == "DOUBLE" else _with_sign(value) if _is_wide(tree) else value
        return f"hash('V', {canonical}, {value} IS NULL)"
    return f"CASE WHEN {value} IS NULL THEN hash('N') ELSE {body} END"


def field_literal(name: str | None) -> str:
    """Return the string literal that extracts a field whose name is spelled as in a type."""
    plain = name or ""
    if plain.startswith('"'):
        plain = plain[1:-1].replace('""', '"')
    return "'" + plain.replace("'", "''") + "'"
