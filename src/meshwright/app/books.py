"""Opens the books of parts: what plans and runs look up of versions, pages and parts, and of where these have rows."""

from __future__ import annotations

from collections.abc import Callable

from meshwright.engines.protocol import Session
from meshwright.frozen import dataclass
from meshwright.plan.books import Books
from meshwright.run.books import Footprints, recorded_books
from meshwright.run.parts import PartsReader
from meshwright.state.protocol import Reader
from meshwright.store.protocol import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenBooks:
    """The books with those who fill them."""

    books: Books
    parts: PartsReader
    footprints: Footprints


def open_books(reader: Reader, store: Store, session: Callable[[], Session]) -> OpenBooks:
    """Open books over the state; `session` opens an engine where data must be looked at."""
    parts = PartsReader(reader)
    footprints = Footprints(reader=reader, store=store, parts=parts, session=session)
    return OpenBooks(books=recorded_books(reader, parts, footprints.find), parts=parts, footprints=footprints)
