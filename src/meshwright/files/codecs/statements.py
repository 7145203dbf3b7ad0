"""Parsed statements as JSON. The text itself is not kept: who reads the cache has it."""

from __future__ import annotations

import json
from typing import Any  # decoded JSON: the shape is this module's own and is checked by the records made from it

from meshwright.sql import FunctionUse, ParsedStatement, SqlProblem, TableReference


def encode_statement(parsed: ParsedStatement) -> str:
    """Write `parsed`, without its text and dialect."""
    return json.dumps(
        [
            parsed.canonical,
            parsed.fingerprint,
            [[list(table.parts), table.line, table.column] for table in parsed.tables],
            list(parsed.params),
            [_pack_problem(problem) for problem in parsed.problems],
            [[use.name, use.line, use.column] for use in parsed.impure],
            [_pack_problem(problem) for problem in parsed.warnings],
            parsed.starred,
            [[use.name, use.line, use.column] for use in parsed.unlisted],
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def decode_statement(encoded: str, *, text: str, dialect: str) -> ParsedStatement:
    """Read what `encode_statement` wrote. Raises ValueError or TypeError where it did not."""
    canonical, fingerprint, tables, params, problems, impure, warnings, starred, unlisted = json.loads(encoded)
    return ParsedStatement(
        text=text,
        dialect=dialect,
        canonical=canonical,
        fingerprint=fingerprint,
        tables=tuple(TableReference(parts=tuple(parts), line=line, column=column) for parts, line, column in tables),
        params=tuple(params),
        problems=tuple(map(_unpack_problem, problems)),
        impure=tuple(FunctionUse(name=name, line=line, column=column) for name, line, column in impure),
        warnings=tuple(map(_unpack_problem, warnings)),
        starred=starred,
        unlisted=tuple(FunctionUse(name=name, line=line, column=column) for name, line, column in unlisted),
    )


def _pack_problem(problem: SqlProblem) -> list[object]:
    return [problem.code, problem.message, problem.line, problem.column, problem.fix]


def _unpack_problem(packed: Any) -> SqlProblem:
    code, message, line, column, fix = packed
    return SqlProblem(code=code, message=message, line=line, column=column, fix=fix)
