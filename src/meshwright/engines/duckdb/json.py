"""Reading JSON and newline-delimited JSON: each top-level key a column, its type proved on every record.

DuckDB's own detection is not used: it takes a cut-off array for a whole one, whole numbers of 20 digits for DOUBLE and
mixed values for JSON. Here the records are read as they stand, and each column is settled from the kinds of its values.
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from meshwright.diagnostics import InputError, known_names_hint
from meshwright.engines.duckdb.csvscan import shown
from meshwright.engines.duckdb.jsontext import NESTING, as_lines, first_bad_record, json_problem, parse_json
from meshwright.engines.duckdb.names import glob_safe, literal, literals, quoted
from meshwright.engines.duckdb.plainfile import PlainFile, column_problem, source_problem
from meshwright.engines.duckdb.texttypes import is_inferable, is_of_declared
from meshwright.engines.protocol import SourceRead
from meshwright.frozen import dataclass
from meshwright.model import Column, Columns

_RECORD_BYTES = 16 << 20
_NUMBERS = frozenset({"BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "DOUBLE"})
_WORDS = {"VARCHAR": "text", "OBJECT": "object", "ARRAY": "array", "BOOLEAN": "boolean"}
_TEXT_LADDER = ("DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
_NUMBER_LADDER = ("BIGINT", "DECIMAL(38,0)", "DOUBLE")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Records:
    """The records of all files, one a line."""

    cursor: duckdb.DuckDBPyConnection
    read: SourceRead
    files: list[PlainFile]

    @property
    def scan(self) -> str:
        """The table function call that gives each record in the column ``json``."""
        return (
            f"read_json({literals(glob_safe(str(file.path)) for file in self.files)}, format = 'newline_delimited', "
            f"records = false, columns = {{'json': 'JSON'}}, maximum_object_size = {_RECORD_BYTES}, "
            "ignore_errors = false, hive_partitioning = false)"
        )

    def row(self, select: str) -> tuple[object, ...]:
        """Return the one row of an aggregate."""
        found = self.cursor.execute(select).fetchone()
        assert found is not None
        return tuple(found)

    def problem(self, code: str, message: str, fix: str) -> InputError:
        """Return an error about the first file."""
        return source_problem(code, self.read, self.files[0].name, message, fix=fix)


def json_select(
    cursor: duckdb.DuckDBPyConnection, read: SourceRead, files: list[PlainFile], folder: Path
) -> tuple[str, Columns, int]:
    """Return the SELECT that gives the typed rows, its columns and the number of rows. Raises InputError (MW-X4xx).

    `folder` takes documents rewritten with one record a line; it must last until the SELECT has run.
    """
    lines = [as_lines(read, file, folder / f"lines{place}") for place, file in enumerate(files)]
    records = _Records(cursor=cursor, read=read, files=lines)
    declared = {column.name: column for column in read.columns}
    try:
        rows = _count(records)
        names = _names(records)
        for name in declared:
            if name not in names:
                message = f"column '{name}' is declared, and no record has such a key"
                raise records.problem("MW-X305", message, known_names_hint(name, names, what="keys"))
        settled = [
            _settle_declared(records, declared[name]) if name in declared else _settle(records, name) for name in names
        ]
    except (duckdb.InvalidInputException, duckdb.IOException) as error:
        raise json_problem(read, lines, error) from error
    items = ", ".join(f"{expression} AS {quoted(column.name)}" for column, expression in settled)
    return f"SELECT {items} FROM {records.scan}", tuple(column for column, _ in settled), rows


def _count(records: _Records) -> int:
    """Return the number of records. Raises InputError unless each is an object with keys of its own."""
    keys = "json_keys(json)"
    rows, others, repeated = records.row(
        "SELECT count(*), count(*) FILTER (json_type(json) <> 'OBJECT'), "
        f"count(*) FILTER (json_type(json) = 'OBJECT' AND len({keys}) <> len(list_distinct({keys}))) FROM {records.scan}"
    )
    if (others or repeated) and (problem := first_bad_record(records.read, records.files)):
        raise problem
    return int(str(rows))


def _names(records: _Records) -> list[str]:
    """Return the keys of all records: those of the first one in its order, then the others by name."""
    first = records.cursor.execute(f"SELECT json_keys(json) FROM {records.scan} LIMIT 1").fetchone()
    everywhere = records.cursor.execute(f"SELECT DISTINCT unnest(json_keys(json)) FROM {records.scan}").fetchall()
    leading = list(first[0]) if first else []
    names = [*leading, *sorted({row[0] for row in everywhere} - set(leading))]
    seen: dict[str, str] = {}
    for name in names:
        if not name.strip() or name.casefold() in seen:
            what = f"'{seen[name.casefold()]}' and '{name}' are the same" if name.strip() else "a key is empty"
            raise records.problem("MW-X303", f"keys name the columns, and {what}", "rename one in the file")
        seen[name.casefold()] = name
    if not names:
        message = "there is no record with a key, so there are no columns"
        raise records.problem("MW-X207", message, "get the file again, or remove the source")
    return names


def _pointer(name: str) -> str:
    """Return the JSON pointer of a top-level key, as a literal."""
    return literal("/" + name.replace("~", "~0").replace("/", "~1"))


def _settle(records: _Records, name: str) -> tuple[Column, str]:
    """Return a column with the type that all its values have, and the expression that gives it."""
    text = f"json_extract_string(json, {_pointer(name)})"
    rows = records.cursor.execute(f"SELECT DISTINCT json_type(json, {_pointer(name)}) FROM {records.scan}").fetchall()
    kinds = {row[0] for row in rows} - {None, "NULL"}
    if not kinds:
        return Column(name=name, type="VARCHAR"), "CAST(NULL AS VARCHAR)"
    if kinds == {"BOOLEAN"}:
        return Column(name=name, type="BOOLEAN"), f"CAST({text} AS BOOLEAN)"
    if kinds == {"VARCHAR"}:
        target = _first_fitting(records, text, _TEXT_LADDER)
        return Column(name=name, type=target or "VARCHAR"), f"CAST({text} AS {target})" if target else text
    if kinds <= _NUMBERS:
        target = _first_fitting(records, text, _NUMBER_LADDER)
        if target is None:
            what = "numbers that no one type holds with all their digits"
            raise first_bad_record(records.read, records.files) or _unsettled(records, name, what)
        return Column(name=name, type=target), f"CAST({text} AS {target})"
    if kinds in ({"OBJECT"}, {"ARRAY"}):
        return _settle_nested(records, name)
    raise _unsettled(records, name, " and ".join(sorted(_WORDS.get(kind, "number") for kind in kinds)))


def _first_fitting(records: _Records, text: str, ladder: tuple[str, ...]) -> str | None:
    """Return the narrowest type of `ladder` that every value has."""
    items = ", ".join(f"bool_and(coalesce({is_inferable('t', target)}, false))" for target in ladder)
    row = records.row(f"SELECT {items} FROM (SELECT {text} AS t FROM {records.scan}) WHERE t IS NOT NULL")
    return next((target for target, fits in zip(ladder, row, strict=True) if fits), None)


def _settle_declared(records: _Records, column: Column) -> tuple[Column, str]:
    """Return the expression of a declared column. Raises InputError for the first value that is not of its type."""
    value = f"json_extract(json, {_pointer(column.name)})"
    text = f"json_extract_string(json, {_pointer(column.name)})"
    if column.type == "JSON":
        return column, value
    if column.type == "VARCHAR":
        return column, text
    is_nested = "(" in column.type.removeprefix("DECIMAL(") or "[" in column.type
    cast = f"TRY_CAST({value} AS {column.type}) IS NOT NULL"
    test = cast if is_nested else is_of_declared(text, column.type)
    failing, example = records.row(
        f"SELECT count(*), first({text} ORDER BY n) FROM (SELECT json, row_number() OVER () AS n FROM {records.scan}) "
        f"WHERE {text} IS NOT NULL AND NOT coalesce(({test}), false)"
    )
    if failing:
        more = f", and {int(str(failing)) - 1} more" if failing != 1 else ""
        message = f"{shown(str(example))} under key '{column.name}' is no {column.type}{more}"
        fix = "declare another type; JSON keeps the values as they are"
        raise column_problem("MW-X307", records.read, records.files[0].name, message, fix=fix, columns=(column.name,))
    return column, f"CAST({value if is_nested else text} AS {column.type})"


def _settle_nested(records: _Records, name: str) -> tuple[Column, str]:
    """Return a column of objects or arrays, with the structure that all of them together have."""
    value = f"json_extract(json, {_pointer(name)})"
    # DuckDB fails on deep nesting, or does not come back from it; only many brackets can be deep.
    text = f"CAST({value} AS VARCHAR)"
    brackets = f"len({text}) - len(replace(replace({text}, '[', ''), '{{', ''))"
    suspects = records.cursor.execute(f"SELECT {text} FROM {records.scan} WHERE {brackets} > {NESTING}")
    while suspect := suspects.fetchone():
        parse_json(records.read, records.files[0], suspect[0], 1)
    (found,) = records.row(f"SELECT CAST(json_group_structure({value}) AS VARCHAR) FROM {records.scan}")
    structure: object = json.loads(str(found))
    type_text = _structure_type(structure)
    if type_text is None:
        raise _unsettled(records, name, f"values of the structure {shown(str(found))}")
    described = records.row(f"DESCRIBE SELECT CAST(NULL AS {type_text}) AS x")
    # The structure is that of all values, so nothing is lost by the transformation; the cast checks whole numbers.
    whole = f"json_transform({value}, {literal(str(found))})"
    return Column(name=name, type=str(described[1])), f"CAST({whole} AS {type_text})"


def _structure_type(structure: object) -> str | None:
    """Return the type of a structure as DuckDB's ``json_structure`` writes it; None where a part is unsettled."""
    if isinstance(structure, list):
        child = _structure_type(structure[0])
        return f"{child}[]" if child else None
    if isinstance(structure, dict):
        # Sorted: the order in which the engine meets fields differs from run to run.
        children = {name: _structure_type(structure[name]) for name in sorted(structure)}
        if not children or None in children.values() or len({name.casefold() for name in children}) < len(children):
            return None
        return f"STRUCT({', '.join(f'{quoted(name)} {child}' for name, child in children.items())})"
    if structure == "JSON":
        return None
    return {"NULL": "INTEGER", "UBIGINT": "BIGINT", "HUGEINT": "DECIMAL(38,0)"}.get(str(structure), str(structure))


def _unsettled(records: _Records, name: str, what: str) -> InputError:
    fix = f"declare it: columns: {{{name}: JSON}} keeps the values as they are"
    message = f"key '{name}' has no one type: it holds {what}"
    return column_problem("MW-X402", records.read, records.files[0].name, message, fix=fix, columns=(name,))
