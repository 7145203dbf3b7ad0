"""DuckDB's exceptions, turned into meshwright's: who must act, where in the user's text, in the engine's words."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from meshwright.diagnostics import (
    Diagnostic,
    InputError,
    InterruptedRun,
    MeshwrightError,
    SourceSpan,
    WorldError,
    known_names_hint,
)
from meshwright.engines.duckdb.names import BOUND_VIEWS
from meshwright.engines.duckdb.text import NotOneStatement
from meshwright.engines.protocol import TimeLimit
from meshwright.frozen import dataclass

_KIND = re.compile(r"^[A-Z][\w ]*? Error: ")
_LINE = re.compile(r"\n+LINE (?P<line>\d+): (?P<excerpt>[^\n]*)\n(?P<caret> *)\^", re.DOTALL)
_UNKNOWN = re.compile(
    r'Referenced column "(?P<a>[^"]+)" not found'
    r'|does not have a column named "(?P<b>[^"]+)"'
    r"|Table with name (?P<c>\S+) does not exist"
    r'|Referenced table "(?P<d>[^"]+)" not found'
    r'|Could not find key "(?P<e>[^"]+)" in struct'
    r"|Function with name (?P<f>\S+) does not exist"
)
_OFFERED = re.compile(r"(?:Candidate \w+:|Did you mean)(?P<names>[^\n]*)")
_QUOTED = re.compile(r'"([^"]+)"')
_HINTS = re.compile(
    r"\n+(?:Candidate \w+:|Did you mean|Candidate functions:|Use \"SET |Possible solutions:|Unused blocks|Launch the "
    r"database|Or set SET|Stack Trace:).*",
    re.DOTALL,
)
#: What the engine says of its own settings, which nobody here can change -> what to say, and what to do.
_OWN_WORDS = (
    (
        "Deprecated lambda arrow",
        "a lambda is written with an arrow, which is no longer read",
        "write lambda x: x + 1 instead of x -> x + 1",
    ),
)
_TRY_HINT = re.compile(r",? (?:Use|use) TRY\(.*$|,? or SET error_on_division_by_zero.*$", re.DOTALL)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FULL = re.compile(r"no space left|disk quota|file too large|max_temp_directory_size|enospc", re.IGNORECASE)
_BAD_FILE = re.compile(
    r"magic bytes|parquet file|footer length|thrift|TProtocol|decompress|page header|corrupt|No files found|Cannot open file"
    r"|Could not read|Input/output error|don't know what type",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What an exception says, taken apart."""

    #: The engine's sentence, without its kind, its excerpt and its offers.
    message: str
    #: Place in the statement as it was run, from 1; None where the engine names none.
    line: int | None = None
    column: int = 1
    unknown: str | None = None
    candidates: tuple[str, ...] = ()
    #: What to do, where it is known from the sentence alone.
    fix: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """What was run for whom, so that an error can be told in the user's terms."""

    #: Address of the dataset, for the diagnostic.
    dataset: str
    #: The user's text, whose lines the engine counted after `lines_before` lines of the wrapper.
    text: str = ""
    lines_before: int = 0
    span: SourceSpan | None = None


def words_of(error: BaseException, statement: Statement | None = None) -> Words:
    """Take an exception's text apart."""
    raw = str(error)
    found = _LINE.search(raw)
    text = raw[: found.start()] if found else raw
    unknown = _UNKNOWN.search(raw)
    offered = _OFFERED.search(raw)
    message = _TRY_HINT.sub("", _HINTS.sub("", _KIND.sub("", text))).strip().rstrip("!").strip()
    line, column = _place(found, statement) if found else (None, 1)
    fix = None
    for begins, ours, what in _OWN_WORDS:
        if message.startswith(begins):
            message, fix = ours, what
    return Words(
        message=re.sub(r"\s*\n\s*", " ", message),
        fix=fix,
        line=line,
        column=column,
        unknown=next((name for name in unknown.groups() if name), None) if unknown else None,
        candidates=tuple(filter(_is_of_the_user, _QUOTED.findall(offered["names"]))) if offered else (),
    )


def _is_of_the_user(name: str) -> bool:
    """Whether a name that the engine offers is none of those that views are bound with."""
    return not name.startswith(BOUND_VIEWS.replace('"', ""))


def _place(found: re.Match[str], statement: Statement | None) -> tuple[int, int]:
    """Return line and column in the user's text."""
    line = int(found["line"])
    column = len(found["caret"]) - len(f"LINE {line}: ") + 1
    if statement is None:
        return line, max(column, 1)
    lines = statement.text.split("\n")
    line = min(max(line - statement.lines_before, 1), len(lines))
    excerpt = found["excerpt"].strip(".").strip()
    own = lines[line - 1]
    if found["excerpt"].startswith("...") and excerpt in own:
        column = own.index(excerpt) + column - found["excerpt"].index(excerpt)
    return line, min(max(column, 1), len(own) + 1)


@contextmanager
def engine_errors(statement: Statement) -> Iterator[None]:
    """Raise what DuckDB raises inside as InputError, WorldError or InterruptedRun."""
    try:
        yield
    except NotOneStatement as error:
        span = _moved(statement.span, error.line, 1)
        raise InputError(
            Diagnostic(
                code="MW-E103",
                message=f"{error.message}",
                span=span,
                fix="write exactly one SELECT",
                object=statement.dataset,
            )
        ) from error
    except duckdb.Error as error:
        raise translated(error, statement) from error
    except RuntimeError as error:
        # DuckDB's binding raises a bare RuntimeError where a signal arrives while a statement runs.
        if "interrupt" not in str(error).lower():
            raise
        raise interrupted(statement.dataset) from error
    except MemoryError as error:
        raise _world("MW-E201", "the process has no memory left", statement) from error
    except OSError as error:
        code = "MW-E202" if error.errno in _NO_ROOM else "MW-E204"
        place = f"'{error.filename}'" if error.filename else "a file"
        raise _world(code, f"{place} cannot be read or written: {error.strerror or error}", statement) from error


def interrupted(dataset: str | None = None) -> InterruptedRun:
    """Return the error of a statement that was stopped from outside."""
    return InterruptedRun(
        Diagnostic(code="MW-E206", message="the statement was interrupted", object=dataset, fix="run it again")
    )


def too_long(limit: TimeLimit) -> WorldError:
    """Return the error of statements that took longer than they may."""
    return WorldError(
        Diagnostic(
            code="MW-E207",
            message=f"{limit.dataset} took longer than its `timeout` of {limit.seconds:g} s and was stopped",
            span=limit.span,
            fix="run again, give it more time, or make the step smaller",
            object=limit.dataset,
        )
    )


def translated(error: duckdb.Error, statement: Statement) -> MeshwrightError:
    """Return the error to raise for `error`."""
    words = words_of(error, statement)
    if isinstance(error, duckdb.InterruptException):
        return interrupted(statement.dataset)
    if isinstance(error, duckdb.OutOfMemoryException):
        code = "MW-E202" if _FULL.search(words.message) else "MW-E201"
        return _world(code, words.message, statement)
    if isinstance(error, (duckdb.InternalException, duckdb.FatalException, duckdb.ConnectionException)):
        return _world("MW-E205", words.message, statement)
    if isinstance(error, duckdb.IOException) and _FULL.search(words.message):
        return _world("MW-E202", words.message, statement)
    if isinstance(error, duckdb.IOException) or (is_of_a_file(error) and _BAD_FILE.search(words.message)):
        return _world("MW-E203" if _BAD_FILE.search(words.message) else "MW-E204", words.message, statement)
    code = "MW-E101"
    fix = "change the text, or the rows it reads, so that it cannot fail; TRY_CAST and NULLIF help"
    if isinstance(error, duckdb.ParserException):
        code, fix = "MW-E103", "correct the SQL"
    elif isinstance(error, (duckdb.BinderException, duckdb.CatalogException)):
        code = "MW-E102"
        known = known_names_hint(words.unknown or "", words.candidates, what="names")
        fix = words.fix or (known if words.candidates else "correct the name, or the types it is used with")
    elif isinstance(error, duckdb.PermissionException):
        code, fix = "MW-E301", "read only datasets of the mesh"
    return InputError(
        Diagnostic(
            code=code,
            message=words.message,
            span=_moved(statement.span, words.line, words.column),
            fix=fix,
            object=statement.dataset,
        )
    )


def arrow_error(error: OSError) -> duckdb.Error:
    """Return the DuckDB error that Arrow's message carries."""
    message = str(error)
    if "INTERRUPT" in message:
        return duckdb.InterruptException(message)
    if "Out of Memory" in message:
        return duckdb.OutOfMemoryException(message)
    return duckdb.InvalidInputException(message)


def is_of_a_file(error: duckdb.Error) -> bool:
    """Whether DuckDB raises errors of this kind for files that are damaged; from 2.0.1 on, some of no kind at all."""
    return (
        isinstance(error, (duckdb.InvalidInputException, duckdb.SerializationException)) or type(error) is duckdb.Error
    )


_WORLD_FIX = {
    "MW-E201": "raise `memory` of the engine in mesh.yaml, lower its threads, or make the step smaller",
    "MW-E202": "free space on the disk, then run again; finished steps are kept",
    "MW-E203": "mw verify --repair builds the versions of damaged files again; then run the command again",
    "MW-E204": "check the disk and its permissions, then run again; finished steps are kept",
    "MW-E205": "run again; if it stays, report the statement to DuckDB",
}


def _world(code: str, message: str, statement: Statement) -> WorldError:
    return WorldError(
        Diagnostic(code=code, message=message, span=statement.span, fix=_WORLD_FIX[code], object=statement.dataset)
    )


def _moved(span: SourceSpan | None, line: int | None, column: int) -> SourceSpan | None:
    """Return the place in the user's file: `span` is where its text begins."""
    if span is None or line is None:
        return span
    first = column + span.column - 1 if line == 1 else column
    return SourceSpan(file=span.file, line=span.line + line - 1, column=first)
