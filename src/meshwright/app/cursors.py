"""Cursors as text: where a list, or the rows of a query, go on. Only a server of this mesh's state makes one.

A cursor holds no secret and gives no right: what it leads to is looked up as if it had been asked for in plain words. It is sealed
all the same, so that one that was altered or made up is refused, and not passed over or taken for another place.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import field

from meshwright.frozen import dataclass
from meshwright.model import identity
from meshwright.state.protocol import State

#: Key of the note that holds the state's own secret for cursors.
_NOTE = "cursor_key"
_KEY_BYTES = 32
_SEAL_BYTES = 16
_FORM = 1
_LONGEST = 2000
#: A place in a list: numbers and texts, whose meaning is that of the list alone.
Place = Sequence[str | int | None]


class BadCursor(ValueError):
    """A cursor that nobody gave, or that was given for something else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seal:
    """What makes cursors, and knows its own."""

    key: bytes = field(repr=False)

    def text(self, of: Place, place: Place) -> str:
        """Return a cursor: a place in a list, `of` which it is (its name, filters, order)."""
        content = json.dumps([_FORM, _name(of), *place], separators=(",", ":")).encode()
        return f"{_encoded(content)}.{_encoded(self._mark(content))}"

    def place(self, text: str, of: Place) -> Place:
        """Return the place that a cursor of a list means. Raises BadCursor."""
        content, between, mark = text[:_LONGEST].partition(".")
        found = _decoded(content)
        if (
            not between
            or found is None
            or not hmac.compare_digest(_encoded(self._mark(found)).encode(), mark.encode("utf-8", "replace"))
        ):
            raise BadCursor("this is no cursor, or it was altered")
        values: list[str | int | None] = json.loads(found)
        form, name, *place = values
        if form != _FORM:
            raise BadCursor("this is a cursor of another release")
        if name != _name(of):
            raise BadCursor("this cursor is of another list, or of one with other filters")
        return place

    def _mark(self, content: bytes) -> bytes:
        return hmac.digest(self.key, content, "sha256")[:_SEAL_BYTES]


def seal_of(state: State) -> Seal:
    """Return what seals cursors of a state; its secret is made once and stays, for all servers and after every restart."""
    found = state.reader.note(_NOTE) or state.writer.settle_note(_NOTE, secrets.token_hex(_KEY_BYTES))
    return Seal(key=bytes.fromhex(found))


def _name(of: Place) -> str:
    return identity("mwcursor1", list(of))[:16]


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes | None:
    """Return what a text encodes; None where it is not exactly as `_encoded` writes it."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    return data if _encoded(data) == text else None
