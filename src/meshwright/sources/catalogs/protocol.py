"""What is asked of a catalog, and what it answers."""

from __future__ import annotations

from collections.abc import Callable

from meshwright.frozen import dataclass
from meshwright.model.shapes import Note, TableShape

#: Whether a table is asked for: its schema (empty where there are none), its name, and whether it is found without one.
Wanted = Callable[[str, str, bool], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalog:
    """The tables of a database that are asked for."""

    tables: tuple[TableShape, ...]
    notes: tuple[Note, ...] = ()
    #: Every name that can be asked for.
    known: tuple[str, ...] = ()
