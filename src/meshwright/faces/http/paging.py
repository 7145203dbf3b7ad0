"""Lists page by page: a cursor says where to go on, in what, and of which generation."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.frozen import dataclass
from meshwright.model.identity import identity

_T = TypeVar("_T")

Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many.")]
CursorText = Annotated[
    str | None, Query(max_length=2000, description="Where to go on: `next` of the page before.", examples=[None])
]
#: What is listed, by which filters, for whom.
Asked = Sequence[str | int | None]
DEFAULT_LIMIT = 100
#: What a database takes for a number.
_GENERATIONS = 2**62


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """Where a list goes on."""

    #: Key of the last one that was listed.
    after: str
    #: The generation that is listed; None where the list has none.
    generation: int | None = None

    @property
    def number(self) -> int:
        """The key, where keys are numbers. Raises InputError (MW-H020) where this one is none."""
        if not (self.after.isascii() and self.after.isdigit() and len(self.after) < 19):
            raise bad_cursor("this is no cursor")
        return int(self.after)


def encode_cursor(cursor: Cursor, query: Asked) -> str:
    """Return a cursor as text, for one query: what is listed, by which filters, for whom."""
    content = [1, cursor.after, cursor.generation, _name(query)]
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).rstrip(b"=").decode("ascii")


def decode_cursor(text: str | None, query: Asked) -> Cursor | None:
    """Read a cursor; None where there is none. Raises InputError (MW-H020) where it is none, or of another query."""
    if text is None:
        return None
    try:
        data = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        form, after, generation, name = json.loads(data)
    except (ValueError, binascii.Error, TypeError, RecursionError):
        raise bad_cursor("this is no cursor") from None
    is_generation = generation is None or (type(generation) is int and 0 <= generation < _GENERATIONS)
    if form != 1 or not isinstance(after, str) or not is_generation:
        raise bad_cursor("this is no cursor")
    if name != _name(query):
        raise bad_cursor("this cursor is of another list, or of one with other filters")
    return Cursor(after=after, generation=generation)


def page_of(
    items: Sequence[_T],
    key: Callable[[_T], str],
    *,
    cursor: str | None,
    limit: int,
    query: Asked,
    generation: int | None = None,
) -> tuple[Sequence[_T], str | None]:
    """Cut a page out of a list that is in the order of its keys; return it and the cursor of the next one."""
    start = decode_cursor(cursor, query)
    rest = items if start is None else [each for each in items if key(each) > start.after]
    page = rest[:limit]
    if len(rest) <= limit:
        return page, None
    return page, encode_cursor(Cursor(after=key(page[-1]), generation=generation), query)


def cut(found: Sequence[_T], limit: int, key: Callable[[_T], str], query: Asked) -> tuple[Sequence[_T], str | None]:
    """Return a page of a list of which one more than `limit` was asked for, and the cursor of the next one."""
    page = found[:limit]
    return page, encode_cursor(Cursor(after=key(page[-1])), query) if len(found) > limit else None


def _name(query: Asked) -> str:
    return identity("mwcursor1", list(query))[:16]


def bad_cursor(message: str) -> InputError:
    """Return the error of a cursor that is none."""
    return InputError(Diagnostic(code="MW-H020", message=message, fix="begin again without 'cursor'"))
