"""How an error of a query is told: in the engine's words where it read the text, in our own where it read rows.

What fails on rows may fail on one that a filter leaves out, or name its value, its file or a dataset beneath a view. So
nothing that the engine says then is passed on: which kind of failure, and where in the caller's own text, is enough.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import duckdb

from meshwright.diagnostics import known_names_hint
from meshwright.engines.duckdb.errors import Statement, words_of
from meshwright.frozen import dataclass

#: What is wrong with the text although the engine says it as it says what is wrong with values.
_MACRO = re.compile(r'Function "\w+" is a Macro Function\.')
_NO_CAST = re.compile(r"Unimplemented type for cast \(([\w ,()]+ -> [\w ,()]+)\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why a query has no answer, or no more of it."""

    code: str
    message: str
    fix: str
    line: int | None = None
    column: int = 1


#: What fails without any fault of the query's: a file that is gone cannot even be asked for.
_OF_THE_WORLD = frozenset(
    {
        duckdb.IOException,
        duckdb.PermissionException,
        duckdb.InternalException,
        duckdb.FatalException,
        duckdb.ConnectionException,
    }
)
_ON_ROWS: tuple[tuple[type[Exception], str, str], ...] = (
    (duckdb.ConversionException, "a value cannot be cast", "TRY_CAST gives NULL instead"),
    (duckdb.OutOfRangeException, "a result does not fit into its type", "cast to a larger type first, or use TRY"),
    (
        duckdb.InvalidInputException,
        "a function was given a value that it cannot take",
        "leave such rows out, or use TRY",
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a failure may be told with: the caller's own text, and what it reads."""

    #: None while what the query reads is put together: no place of the text is meant then.
    text: str | None
    #: Lines that the engine was given before it.
    lines_before: int = 0
    #: The datasets that the caller may see.
    names: Collection[str] = ()
    #: The files that they are read from: an error that names one is no fault of the query.
    files: Collection[str] = ()


def of_text(error: duckdb.Error, told: Told) -> Failure:
    """Tell why a text cannot be bound: no row was read."""
    words = words_of(error, Statement(dataset="", text=told.text or "", lines_before=told.lines_before))
    if isinstance(error, duckdb.ParserException):
        return _failure("MW-E103", words.message, "correct the SQL", words.line, words.column)
    if isinstance(error, (duckdb.BinderException, duckdb.CatalogException)):
        offered = [name for name in words.candidates if "." not in name or name in told.names]
        fix = (
            known_names_hint(words.unknown or "", offered, what="names")
            if offered
            else "correct the name, or the types it is used with: a parameter or a text is cast with ::date"
        )
        return _failure("MW-E102", words.message, words.fix or fix, words.line, words.column)
    if isinstance(error, duckdb.InvalidInputException) and _MACRO.match(words.message):
        return _failure("MW-E102", words.message, "order what it reads in a subquery", words.line, words.column)
    return of_rows(error, told)


def of_rows(error: BaseException, told: Told) -> Failure:
    """Tell why a query failed while it ran, or while what it reads was put together."""
    kind, said = kind_of(error), str(error)
    if kind is duckdb.OutOfMemoryException or "File too large" in said:
        return too_much()
    if kind in _OF_THE_WORLD or any(file in said for file in told.files):
        return _failure(
            "MW-H209", "what the query reads cannot be read now", "ask again; if it stays, tell whoever runs the server"
        )
    words = words_of(error, Statement(dataset="", text=told.text or "", lines_before=told.lines_before))
    line, column = (words.line, words.column) if told.text is not None else (None, 1)
    if told.text is not None and kind is duckdb.ConversionException and (types := _NO_CAST.match(words.message)):
        return _failure("MW-E102", f"there is no cast {types[1]}", "cast by way of another type", line, column)
    for each, message, fix in _ON_ROWS:
        if kind is each:
            return _failure("MW-H204", message, fix, line, column)
    return _failure("MW-H204", "the query fails on a row", "leave such rows out, or use TRY", line, column)


def kind_of(error: BaseException) -> type[BaseException]:
    """Return DuckDB's class of an error, also of one that Arrow carries between two batches as a text."""
    if isinstance(error, MemoryError):
        return duckdb.OutOfMemoryException
    if not isinstance(error, OSError):
        return next(
            (kind for kind in type(error).__mro__ if kind.__module__.split(".")[0] in {"duckdb", "_duckdb"}),
            type(error),
        )
    said = str(error)
    for name, kind in (
        ("Out of Memory Error", duckdb.OutOfMemoryException),
        ("INTERRUPT", duckdb.InterruptException),
        ("Conversion Error", duckdb.ConversionException),
        ("Out of Range Error", duckdb.OutOfRangeException),
        ("Invalid Input Error", duckdb.InvalidInputException),
        ("IO Error", duckdb.IOException),
        ("Permission Error", duckdb.PermissionException),
        ("INTERNAL Error", duckdb.InternalException),
        ("FATAL Error", duckdb.FatalException),
    ):
        if name in said:
            return kind
    return duckdb.Error


def not_allowed(words: str) -> Failure:
    """Tell what the engine's own parser found that is not on the lists."""
    return _failure(
        "MW-H201", f"the query is refused: {words}", "write one SELECT over datasets, with functions of their columns"
    )


def too_long(seconds: float) -> Failure:
    """Tell that the time was over."""
    return _failure(
        "MW-H205",
        f"the query takes more than {seconds:g} seconds",
        "read less: filter, aggregate, or make a dataset of it",
    )


def too_much() -> Failure:
    """Tell that the memory was."""
    return _failure(
        "MW-H206",
        "the query needs more memory than a query may use",
        "read less: filter, aggregate, or make a dataset of it",
    )


def too_large(most: str) -> Failure:
    """Tell that the answer is larger than one may be."""
    return _failure(
        "MW-H207",
        f"the answer has more than {most}",
        "aggregate, or ask for less: limit, or a filter; whole ports are read by GET .../data",
    )


def _failure(code: str, message: str, fix: str, line: int | None = None, column: int = 1) -> Failure:
    return Failure(code=code, message=message, fix=fix, line=line, column=column)
