"""Pages of the catalog's lists: cursors that carry the catalog they began in."""

from __future__ import annotations

from fastapi import Request

from meshwright.app.catalog_lists import PageWish, Place
from meshwright.faces.http.paging import Asked, Cursor, bad_cursor, decode_cursor, encode_cursor

#: Between a catalog's stamp and where in it a list goes on; neither has it.
_BETWEEN = " "


def wish_of(cursor: str | None, limit: int, query: Asked) -> PageWish:
    """Return which page is asked for. Raises InputError (MW-H020) where the cursor is none, or of another list."""
    found = decode_cursor(cursor, query)
    if found is None:
        return PageWish(limit=limit)
    stamp, between, after = found.after.partition(_BETWEEN)
    if not between:
        raise bad_cursor("this is no cursor")
    return PageWish(place=Place(stamp=stamp, after=after), limit=limit)


def next_cursor(place: Place | None, query: Asked) -> str | None:
    """Return the cursor of the next page; None where there is none."""
    if place is None:
        return None
    generation = int(place.stamp.partition(".")[0])
    return encode_cursor(Cursor(after=f"{place.stamp}{_BETWEEN}{place.after}", generation=generation), query)


def next_links(request: Request, place: Place | None, query: Asked) -> dict[str, object]:
    """Return what a page says of the next one: its cursor, and its URL."""
    cursor = next_cursor(place, query)
    return {"next": cursor, "links": {"next": next_url(request, cursor)} if cursor is not None else {}}


def next_url(request: Request, cursor: str) -> str:
    """Return the URL of the page of a cursor: the request's own, with it."""
    url = request.url.include_query_params(cursor=cursor)
    return f"{url.path}?{url.query}"
