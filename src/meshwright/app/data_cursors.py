"""Cursors of data queries: where in which version a page ends, told to a client to be handed back.

Nothing in a cursor is believed. It names a generation and a version, which are looked up as if the client had named them, and the
query that it belongs to and the files that it counts in by their identity.
"""

from __future__ import annotations

from meshwright.app.cursors import BadCursor, Seal
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.frozen import dataclass

_OF = ("data",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """Where to go on."""

    generation: int
    #: Id of the version that the pages are of.
    version: str
    #: Identity of what is asked: dataset, columns, filter, order.
    query: str
    #: Identity of what it is asked of, to the file.
    content: str
    #: Rows that the pages before had.
    offset: int


def cursor_text(cursor: Cursor, seal: Seal) -> str:
    """Return a cursor as clients get it."""
    return seal.text(_OF, (cursor.generation, cursor.version, cursor.query, cursor.content, cursor.offset))


def read_cursor(text: str, seal: Seal) -> Cursor:
    """Read a cursor. Raises InputError (MW-H106) for what was none."""
    try:
        generation, version, query, content, offset = seal.place(text, _OF)
    except BadCursor as error:
        raise InputError(_unusable(str(error))) from None
    assert isinstance(generation, int)  # as it was sealed
    assert isinstance(offset, int)
    return Cursor(generation=generation, version=str(version), query=str(query), content=str(content), offset=offset)


def foreign_cursor(why: str) -> InputError:
    """Return the error for a cursor that does not go on with what is asked."""
    return InputError(_unusable(why))


def _unusable(message: str) -> Diagnostic:
    fix = 'follow the link with rel="next" as it is, or leave the cursor out to begin again'
    return Diagnostic(code="MW-H106", message=message, fix=fix)
