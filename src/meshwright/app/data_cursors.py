"""Cursors: where in which version a page ends, told to a client to be handed back.

Nothing in a cursor is believed. It names a generation and a version, which are looked up as if the client had named them, and the
query that it belongs to and the files that it counts in by their identity; so a forged one reads nothing that the client could
not ask for in plain words, and there is no secret to keep.
"""

from __future__ import annotations

import base64
import binascii
import json
import re

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.frozen import dataclass

_FORMAT = 1
_LONGEST = 400
_DIGEST = re.compile(r"[0-9a-f]{8,64}", re.ASCII)
#: The greatest number that is a position or a generation.
_MOST = 2**53


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


def cursor_text(cursor: Cursor) -> str:
    """Return a cursor as clients get it."""
    values = [_FORMAT, cursor.generation, cursor.version, cursor.query, cursor.content, cursor.offset]
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """Read a cursor. Raises InputError (MW-H106) for what was none."""
    padded = text[:_LONGEST] + "=" * (-len(text[:_LONGEST]) % 4)
    try:
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        format_, generation, version, query, content, offset = values
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise InputError(_unusable("the cursor cannot be read")) from None
    numbers = (format_, generation, offset)
    digests = (version, query, content)
    are_numbers = all(type(each) is int and 0 <= each <= _MOST for each in numbers)
    if (
        not are_numbers
        or format_ != _FORMAT
        or not all(isinstance(each, str) and _DIGEST.fullmatch(each) for each in digests)
    ):
        raise InputError(_unusable("the cursor cannot be read"))
    return Cursor(generation=generation, version=version, query=query, content=content, offset=offset)


def foreign_cursor(why: str) -> InputError:
    """Return the error for a cursor that does not go on with what is asked."""
    return InputError(_unusable(why))


def _unusable(message: str) -> Diagnostic:
    fix = 'follow the link with rel="next" as it is, or leave the cursor out to begin again'
    return Diagnostic(code="MW-H106", message=message, fix=fix)
