"""JSON as text: documents parsed and written one record a line, and the place of whatever is no JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NoReturn

import duckdb

from meshwright.diagnostics import InputError
from meshwright.engines.duckdb.csvscan import shown
from meshwright.engines.duckdb.errors import words_of
from meshwright.engines.duckdb.plainfile import PlainFile, source_problem
from meshwright.engines.protocol import SourceRead

#: A JSON document is parsed whole; newline-delimited JSON has no such bound.
_DOCUMENT_BYTES = 512 << 20
#: Levels of nesting that are read; DuckDB fails at 128.
NESTING = 100
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


def as_lines(read: SourceRead, file: PlainFile, target: Path) -> PlainFile:
    """Return the file with one record a line; a document is parsed and written to `target`. Raises InputError."""
    if read.source.format == "ndjson":
        return file
    size = file.path.stat().st_size
    if size > _DOCUMENT_BYTES:
        raise source_problem(
            "MW-X403", read, file.name, f"a JSON document of {size >> 20} MB is too large to be read whole",
            fix="write it as newline-delimited JSON, format: ndjson",
        )  # fmt: skip
    try:
        document = parse_json(read, file, file.path.read_text(encoding="utf-8-sig"), 1)
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


def parse_json(read: SourceRead, file: PlainFile, text: str, line: int) -> object:
    """Parse one document. Raises JSONDecodeError, and InputError for what JSON readers disagree about."""
    depth = deepest = 0
    for found in _BRACKETS.finditer(text):
        depth += (found[0] in "[{") - (found[0] in "]}")
        deepest = max(deepest, depth)
    if deepest > NESTING:
        raise source_problem(
            "MW-X403", read, file.name, f"values are nested {deepest} deep, more than {NESTING}", line=line,
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


def json_problem(read: SourceRead, files: list[PlainFile], error: duckdb.Error) -> InputError:
    """Return what to raise where DuckDB fails on files of one record a line."""
    if isinstance(error, duckdb.ConversionException):
        return source_problem(
            "MW-X307", read, files[0].name, f"a value does not fit its type: {words_of(error).message}",
            fix="declare another type; JSON keeps the values as they are",
        )  # fmt: skip
    return first_bad_record(read, files) or _no_json(read, files[0], words_of(error).message, 1)


def first_bad_record(read: SourceRead, files: list[PlainFile]) -> InputError | None:
    """Parse every record and return the error of the first that is no object of JSON. Slow."""
    for file in files:
        with file.path.open(encoding="utf-8", errors="replace") as stream:
            for number, line in enumerate(stream, 1):
                if not line.strip():
                    continue
                try:
                    record = parse_json(read, file, line, number)
                except json.JSONDecodeError as problem:
                    return _no_json(read, file, f"{problem.msg} in line {number}: {shown(line)}", number)
                except InputError as problem:
                    return problem
                if not isinstance(record, dict):
                    return source_problem(
                        "MW-X401", read, file.name, f"record {number} is no object: {shown(line)}", line=number,
                        fix="write one object a row",
                    )  # fmt: skip
    return None


def _no_json(read: SourceRead, file: PlainFile, message: str, line: int) -> InputError:
    return source_problem(
        "MW-X401", read, file.name, f"the file is no {read.source.format.upper()}: {message}", line=line,
        fix="correct the file; `format: ndjson` is one object a line, `format: json` one document",
    )  # fmt: skip
