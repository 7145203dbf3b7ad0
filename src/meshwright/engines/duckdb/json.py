"""Reading JSON and newline-delimited JSON: each top-level key a column, its type proved on every record.

DuckDB's own detection is not used: it takes a cut-off array for a whole one, whole numbers of 20 digits for DOUBLE and
mixed values for JSON. Here the records are read as they stand, and each column is settled from the kinds of its values.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NoReturn

import duckdb

from meshwright.diagnostics import InputError, known_names_hint
from meshwright.engines.duckdb.csvscan import shown
from meshwright.engines.duckdb.errors import words_of
from meshwright.engines.duckdb.names import glob_safe, literal, literals, quoted
from meshwright.engines.duckdb.plainfile import PlainFile, source_problem
from meshwright.engines.duckdb.texttypes import is_inferable, is_of_declared
from meshwright.engines.protocol import SourceRead
from meshwright.model import Column, Columns

#: A JSON document is parsed whole; newline-delimited JSON has no such bound.
_DOCUMENT_BYTES = 512 << 20
_RECORD_BYTES = 16 << 20
_NESTING = 100
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_NUMBERS = frozenset({"BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT", "DOUBLE"})
_TEXT_LADDER = ("DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
_NUMBER_LADDER = ("BIGINT", "DECIMAL(38,0)", "DOUBLE")


def json_select(
    cursor: duckdb.DuckDBPyConnection, read: SourceRead, files: list[PlainFile], folder: Path
) -> tuple[str, Columns, int]:
    """Return the SELECT that gives the typed rows, its columns and the number of rows. Raises InputError (MW-X4xx).

    `folder` takes documents rewritten with one record a line; it must last until the SELECT has run.
    """
    lines = [_as_lines(read, file, folder / f"lines{place}") for place, file in enumerate(files)]
    raw = (
        f"read_json({literals(glob_safe(str(file.path)) for file in lines)}, format = 'newline_delimited', records = false, "
        f"columns = {{'json': 'JSON'}}, maximum_object_size = {_RECORD_BYTES}, ignore_errors = false, "
        "hive_partitioning = false)"
    )
    try:
        rows = _check_records(cursor, read, lines, raw)
        names = _names(cursor, read, lines, raw)
        _check_declared(read, lines[0], names)
        settled = [_settle(cursor, read, lines, raw, name) for name in names]
    except (duckdb.InvalidInputException, duckdb.IOException) as error:
        raise json_problem(read, lines, error) from error
    items = ", ".join(f"{expression} AS {quoted(column.name)}" for column, expression in settled)
    return f"SELECT {items} FROM {raw}", tuple(column for column, _ in settled), rows


def json_problem(read: SourceRead, files: list[PlainFile], error: duckdb.Error) -> InputError:
    """Return the error for text that is no JSON, with the line that an own pass finds wrong."""
    if isinstance(error, duckdb.ConversionException):
        return source_problem(
            "MW-X307", read, files[0].name, f"a value does not fit its type: {words_of(error).message}",
            fix="declare another type; JSON keeps the values as they are",
        )  # fmt: skip
    return _own_pass(read, files) or _no_json(read, files[0], words_of(error).message, 1)


def _own_pass(read: SourceRead, files: list[PlainFile]) -> InputError | None:
    """Parse every record and return the first error. Slow."""
    for file in files:
        with file.path.open(encoding="utf-8", errors="replace") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    try:
                        _parse(read, file, line, number)
                    except json.JSONDecodeError as problem:
                        return _no_json(read, file, f"{problem.msg} in line {number}: {shown(line)}", number)
                    except InputError as problem:
                        return problem
    return None


def _as_lines(read: SourceRead, file: PlainFile, target: Path) -> PlainFile:
    """Return the file with one record a line; a document is parsed and written out beside itself."""
    if read.source.format == "ndjson":
        return file
    size = file.path.stat().st_size
    if size > _DOCUMENT_BYTES:
        raise source_problem(
            "MW-X403", read, file.name, f"a JSON document of {size >> 20} MB is too large to be read whole",
            fix="write it as newline-delimited JSON, format: ndjson",
        )  # fmt: skip
    try:
        document = _parse(read, file, file.path.read_text(encoding="utf-8-sig"), 1)
    except json.JSONDecodeError as problem:
        raise _no_json(read, file, f"{problem.msg} in line {problem.lineno}", problem.lineno) from problem
    except UnicodeDecodeError as problem:
        raise source_problem("MW-X201", read, file.name, "the file is not utf-8", fix="declare `encoding`") from problem
    records = document if isinstance(document, list) else [document]
    with target.open("w", encoding="utf-8") as stream:
        for record in records:
            stream.write(json.dumps(record, ensure_ascii=False, allow_nan=False))
            stream.write("\n")
    return PlainFile(name=file.name, path=target)


def _parse(read: SourceRead, file: PlainFile, text: str, line: int) -> object:
    """Parse one document. Raises JSONDecodeError, and InputError for what JSON readers disagree about."""
    depth = deepest = 0
    for found in _BRACKETS.finditer(text):
        depth += (found[0] in "[{") - (found[0] in "]}")
        deepest = max(deepest, depth)
    if deepest > _NESTING:
        raise source_problem(
            "MW-X403", read, file.name, f"values are nested {deepest} deep, more than {_NESTING}", line=line,
            fix="flatten the file before it is read",
        )  # fmt: skip

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        result = dict(pairs)
        if len(result) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise source_problem(
                "MW-X401",
                read,
                file.name,
                f"key '{twice}' is twice in one object",
                line=line,
                fix="keep one of the two",
            )
        return result

    def refused(word: str) -> NoReturn:
        raise source_problem(
            "MW-X401", read, file.name, f"{word} is no JSON", line=line, fix="write null, or the value as a text"
        )

    return json.loads(text, object_pairs_hook=unique, parse_constant=refused)


def _check_records(cursor: duckdb.DuckDBPyConnection, read: SourceRead, files: list[PlainFile], raw: str) -> int:
    """Return the number of records. Raises InputError unless each is an object with keys of its own."""
    keys = "json_keys(json)"
    row = cursor.execute(
        "SELECT count(*), count(*) FILTER (json_type(json) <> 'OBJECT'), "
        f"count(*) FILTER (json_type(json) = 'OBJECT' AND len({keys}) <> len(list_distinct({keys}))) FROM {raw}"
    ).fetchone()
    assert row is not None
    if row[1] or row[2]:
        for file in files:
            with file.path.open(encoding="utf-8") as stream:
                for number, line in enumerate(stream, 1):
                    if line.strip() and not isinstance(_parse(read, file, line, number), dict):
                        raise source_problem(
                            "MW-X401", read, file.name, f"record {number} is no object: {shown(line)}", line=number,
                            fix="write one object a row",
                        )  # fmt: skip
    return int(row[0])


def _names(cursor: duckdb.DuckDBPyConnection, read: SourceRead, files: list[PlainFile], raw: str) -> list[str]:
    """Return the keys of all records: those of the first one in its order, then the others by name."""
    first = cursor.execute(f"SELECT json_keys(json) FROM {raw} LIMIT 1").fetchone()
    everywhere = cursor.execute(f"SELECT DISTINCT unnest(json_keys(json)) FROM {raw}").fetchall()
    leading = list(first[0]) if first else []
    names = [*leading, *sorted({row[0] for row in everywhere} - set(leading))]
    seen: dict[str, str] = {}
    for name in names:
        if not name.strip() or name.casefold() in seen:
            what = f"'{seen[name.casefold()]}' and '{name}' are the same" if name.strip() else "a key is empty"
            raise source_problem(
                "MW-X303", read, files[0].name, f"keys name the columns, and {what}", fix="rename one in the file"
            )
        seen[name.casefold()] = name
    if not names:
        raise source_problem(
            "MW-X207", read, files[0].name, "there is no record with a key, so there are no columns",
            fix="get the file again, or remove the source",
        )  # fmt: skip
    return names


def _check_declared(read: SourceRead, file: PlainFile, names: list[str]) -> None:
    """Raise InputError for a declared column that no record has."""
    for column in read.columns:
        if column.name not in names:
            raise source_problem(
                "MW-X305", read, file.name, f"column '{column.name}' is declared, and no record has such a key",
                fix=known_names_hint(column.name, names, what="keys"),
            )  # fmt: skip


def _settle(
    cursor: duckdb.DuckDBPyConnection, read: SourceRead, files: list[PlainFile], raw: str, name: str
) -> tuple[Column, str]:
    """Return a column with the type that all its values have, and the expression that gives it."""
    path = literal("/" + name.replace("~", "~0").replace("/", "~1"))
    value, text = f"json_extract(json, {path})", f"json_extract_string(json, {path})"
    declared = {column.name: column.type for column in read.columns}.get(name)
    if declared is not None:
        return _settle_declared(cursor, read, files, raw, Column(name=name, type=declared), (value, text))
    rows = cursor.execute(f"SELECT DISTINCT json_type(json, {path}) FROM {raw}").fetchall()
    kinds = {row[0] for row in rows} - {None, "NULL"}
    if not kinds:
        return Column(name=name, type="VARCHAR"), "CAST(NULL AS VARCHAR)"
    if kinds == {"BOOLEAN"}:
        return Column(name=name, type="BOOLEAN"), f"CAST({text} AS BOOLEAN)"
    if kinds <= _NUMBERS or kinds == {"VARCHAR"}:
        ladder = _NUMBER_LADDER if kinds <= _NUMBERS else _TEXT_LADDER
        target = _first_fitting(cursor, raw, text, ladder)
        if target is None and kinds <= _NUMBERS:
            raise _own_pass(read, files) or _unsettled(
                read, files, name, "numbers of more digits than a type holds beside fractions"
            )
        found = target or "VARCHAR"
        return Column(name=name, type=found), text if found == "VARCHAR" else f"CAST({text} AS {found})"
    if kinds <= {"OBJECT"} or kinds <= {"ARRAY"}:
        return _settle_nested(cursor, read, files, raw, name, value)
    raise _unsettled(read, files, name, " and ".join(sorted(_WORDS.get(kind, "number") for kind in kinds)))


_WORDS = {"VARCHAR": "text", "OBJECT": "object", "ARRAY": "array", "BOOLEAN": "boolean"}


def _first_fitting(cursor: duckdb.DuckDBPyConnection, raw: str, text: str, ladder: tuple[str, ...]) -> str | None:
    """Return the narrowest type of `ladder` that every value has."""
    items = ", ".join(f"bool_and(coalesce({is_inferable('t', target)}, false))" for target in ladder)
    row = cursor.execute(f"SELECT {items} FROM (SELECT {text} AS t FROM {raw}) WHERE t IS NOT NULL").fetchone()
    assert row is not None
    return next((target for target, fits in zip(ladder, row, strict=True) if fits), None)


def _settle_declared(
    cursor: duckdb.DuckDBPyConnection,
    read: SourceRead,
    files: list[PlainFile],
    raw: str,
    column: Column,
    expressions: tuple[str, str],
) -> tuple[Column, str]:
    """Return the expression of a declared column. Raises InputError for the first value that is not of its type."""
    value, text = expressions
    if column.type == "JSON":
        return column, value
    is_nested = "(" in column.type.removeprefix("DECIMAL") or "[" in column.type
    source = value if is_nested else text
    test = f"TRY_CAST({value} AS {column.type}) IS NOT NULL" if is_nested else is_of_declared(text, column.type)
    if column.type == "VARCHAR":
        return column, text
    row = cursor.execute(
        f"SELECT count(*), min({text}) FROM {raw} WHERE {text} IS NOT NULL AND NOT coalesce(({test}), false)"
    ).fetchone()
    assert row is not None
    if row[0]:
        more = f", and {row[0] - 1} more" if row[0] > 1 else ""
        raise source_problem(
            "MW-X307", read, files[0].name, f"{shown(str(row[1]))} under key '{column.name}' is no {column.type}{more}",
            fix="declare another type",
        )  # fmt: skip
    return column, f"CAST({source} AS {column.type})"


def _settle_nested(
    cursor: duckdb.DuckDBPyConnection, read: SourceRead, files: list[PlainFile], raw: str, name: str, value: str
) -> tuple[Column, str]:
    """Return a column of objects or arrays, with the structure that all of them together have."""
    # DuckDB fails on deep nesting, or does not come back from it; only many brackets can be deep.
    text = f"CAST({value} AS VARCHAR)"
    brackets = f"len({text}) - len(replace(replace({text}, '[', ''), '{{', ''))"
    suspects = cursor.execute(f"SELECT {text} FROM {raw} WHERE {brackets} > {_NESTING}")
    while suspect := suspects.fetchone():
        _parse(read, files[0], suspect[0], 1)
    row = cursor.execute(f"SELECT CAST(json_group_structure({value}) AS VARCHAR) FROM {raw}").fetchone()
    assert row is not None
    structure: Any = _parse(read, files[0], str(row[0]), 1)
    type_text = _structure_type(structure)
    if type_text is None:
        raise _unsettled(read, files, name, f"values of the structure {shown(str(row[0]))}")
    described = cursor.execute(f"DESCRIBE SELECT CAST(NULL AS {type_text}) AS x").fetchone()
    assert described is not None
    # The structure is that of all values, so nothing is lost by the transformation; the cast checks whole numbers.
    whole = f"json_transform({value}, {literal(json.dumps(structure))})"
    return Column(name=name, type=described[1]), f"CAST({whole} AS {type_text})"


def _structure_type(structure: Any) -> str | None:  # noqa: ANN401 - parsed JSON
    """Return the type of a structure; None where a part of it is unsettled."""
    if isinstance(structure, list):
        child = _structure_type(structure[0])
        return f"{child}[]" if child else None
    if isinstance(structure, dict):
        children = {name: _structure_type(child) for name, child in structure.items()}
        if not children or None in children.values() or len({name.casefold() for name in children}) < len(children):
            return None
        return f"STRUCT({', '.join(f'{quoted(name)} {child}' for name, child in children.items())})"
    if structure == "JSON":
        return None
    return {"NULL": "INTEGER", "UBIGINT": "BIGINT", "HUGEINT": "DECIMAL(38,0)"}.get(structure, str(structure))


def _unsettled(read: SourceRead, files: list[PlainFile], name: str, what: str) -> InputError:
    return source_problem(
        "MW-X402", read, files[0].name, f"key '{name}' has no one type: it holds {what}",
        fix=f"declare it: columns: {{{name}: JSON}} keeps the values as they are",
    )  # fmt: skip


def _no_json(read: SourceRead, file: PlainFile, message: str, line: int) -> InputError:
    return source_problem(
        "MW-X401", read, file.name, f"the file is no {read.source.format.upper()}: {message}", line=line,
        fix="correct the file; `format: ndjson` is one object a line, `format: json` one document",
    )  # fmt: skip
