"""Lists page by page: a cursor says where to go on, in what, and of which generation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query, Request

from meshwright.app.cursors import BadCursor, Seal
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.http.served import server_of
from meshwright.frozen import dataclass

_T = TypeVar("_T")

Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many.")]
CursorText = Annotated[
    str | None, Query(max_length=2000, description="Where to go on: `next` of the page before.", examples=[None])
]
DEFAULT_LIMIT = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What is listed."""

    #: The list, and by which filters.
    words: Sequence[str | int | None]
    #: What makes its cursors.
    seal: Seal


def asked_of(request: Request, *words: str | int | None) -> Asked:
    """Return what is listed: the list's name and its filters."""
    return Asked(words=words, seal=server_of(request).seal)


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
    """Return a cursor as text, for what is listed."""
    return query.seal.text(query.words, (cursor.after, cursor.generation))


def decode_cursor(text: str | None, query: Asked) -> Cursor | None:
    """Read a cursor; None where there is none. Raises InputError (MW-H020) where it is none of ours, or of another query."""
    if text is None:
        return None
    try:
        after, generation = query.seal.place(text, query.words)
    except BadCursor as error:
        raise bad_cursor(str(error)) from None
    assert isinstance(after, str)  # as it was sealed
    assert generation is None or isinstance(generation, int)
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


def bad_cursor(message: str) -> InputError:
    """Return the error of a cursor that is none."""
    return InputError(Diagnostic(code="MW-H020", message=message, fix="begin again without 'cursor'"))
