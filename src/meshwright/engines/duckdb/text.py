"""The user's text of one statement: its end found, its dialect made DuckDB's, its shape checked."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb

from meshwright.frozen import dataclass

#: What can hide a semicolon: strings, delimited names, dollar quotes, comments.
_TOKEN = re.compile(
    r"""
      \b[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
    | (?P<tag>\$(?:[A-Za-z_]\w*)?\$).*?(?P=tag)
    | --[^\n]* | /\* | ;
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
#: What a text is made of, as far as names and parameters go; comments and strings hide what looks like either.
_PIECE = re.compile(
    r"""
      (?P<string>\b[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | (?P<tag>\$(?:[A-Za-z_]\w*)?\$).*?(?P=tag))
    | (?P<comment>--[^\n]*) | (?P<block>/\*) | (?P<space>\s+)
    | "(?P<delimited>(?:[^"]|"")*)"
    | \$(?P<param>[^\W\d]\w*)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>\d[\w.]*)
    | .
    """,
    re.VERBOSE | re.DOTALL,
)


class NotOneStatement(ValueError):
    """The text is not exactly one SELECT."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def one_statement(text: str) -> str:
    """Return `text` up to its closing semicolon, lines unmoved. Raises NotOneStatement where more follows."""
    end = _first_semicolon(text, 0)
    if end is None:
        return text
    rest = _without_comments(text[end:])
    following = rest.lstrip("; \t\r\n\f\v")
    if following:
        line = text.count("\n", 0, end) + rest.count("\n", 0, len(rest) - len(following)) + 1
        raise NotOneStatement("a second statement follows the first", line)
    return text[:end]


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A piece of a text: a name, a parameter, blanks or a comment, or anything else. The pieces put together are the text."""

    text: str
    #: The name as the engine compares it, quotes and letter case aside.
    name: str | None = None
    #: Name of a parameter (``$name``), letter case aside.
    param: str | None = None
    is_blank: bool = False


def pieces(text: str) -> Iterator[Piece]:
    """Take one statement apart, up to its closing semicolon. Keywords are names here: nobody asks for them."""
    text = one_statement(text)
    position = 0
    while found := _PIECE.match(text, position):
        end = _comment_end(text, position) if found["block"] else found.end()
        name = found["word"] if found["delimited"] is None else found["delimited"].replace('""', '"')
        yield Piece(
            text=text[position:end],
            name=name.casefold() if name is not None else None,
            param=found["param"].casefold() if found["param"] else None,
            is_blank=bool(found["comment"] or found["block"] or found["space"]),
        )
        position = end


@dataclass(frozen=True, kw_only=True, slots=True)
class Select:
    """One SELECT that can stand between parentheses on lines of its own."""

    text: str
    #: Names of the parameters that it uses, as written.
    params: frozenset[str]


def checked_select(connection: duckdb.DuckDBPyConnection, text: str) -> Select:
    """Return the one SELECT that `text` is.

    Raises NotOneStatement, and DuckDB's ParserException with lines of the text.
    """
    return parsed_select(connection, text)[0]


def parsed_select(connection: duckdb.DuckDBPyConnection, text: str) -> tuple[Select, duckdb.Statement]:
    """Return the one SELECT that `text` is, and the statement as parsed. Raises as `checked_select`."""
    statement = one_statement(text)
    parsed = connection.extract_statements(statement)
    if not parsed:
        raise NotOneStatement("the text holds no statement")
    kinds = {str(each.type).rpartition(".")[2] for each in parsed}
    if len(parsed) == 1 and kinds == {"SELECT"}:
        return Select(text=statement, params=frozenset(parsed[0].named_parameters)), parsed[0]
    if re.search(r"\bpivot(_wider)?\b", _without_comments(statement), re.IGNORECASE):
        raise NotOneStatement(
            "a PIVOT must name its values (pivot t on x in ('a', 'b') using ...), or its columns depend on the data"
        )
    raise NotOneStatement(f"the text is {min(kinds)}, not one SELECT")


def to_duckdb(text: str, dialect: str) -> str:
    """Return `text` in DuckDB's dialect; DuckDB's own text is returned as it stands."""
    if dialect == "duckdb":
        return text
    import sqlglot  # lazy: only texts in other dialects need the parser

    return ";\n".join(sqlglot.transpile(text, read=dialect, write="duckdb"))


def _first_semicolon(text: str, start: int) -> int | None:
    """Return the place of the first semicolon outside of strings and comments."""
    position = start
    while found := _TOKEN.search(text, position):
        if found[0] == ";":
            return found.start()
        position = _comment_end(text, found.start()) if found[0] == "/*" else found.end()
    return None


def _comment_end(text: str, start: int) -> int:
    """Return the place after the block comment at `start`; such comments nest."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


def _without_comments(text: str) -> str:
    """Return `text` with comments blanked out, line breaks kept."""
    parts, position = [], 0
    while found := _TOKEN.search(text, position):
        end = _comment_end(text, found.start()) if found[0] == "/*" else found.end()
        parts.append(text[position : found.start()])
        is_comment = found[0].startswith(("--", "/*"))
        parts.append(re.sub(r"[^\n]", " ", text[found.start() : end]) if is_comment else text[found.start() : end])
        position = end
    return "".join(parts) + text[position:]
