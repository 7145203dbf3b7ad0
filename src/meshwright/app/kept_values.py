"""What is worked out on a server and kept until what it rests on is another: one value a name. Safe for threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from meshwright.app.allocation import give_back_memory

_T = TypeVar("_T")
#: Environments, sandboxes among them, of which a kind of value is kept, those asked for last; and what is large of each.
_MOST = 8
_MOST_OF: Mapping[str, int] = {"judged": 2}
#: Kinds that are made of much that is not kept.
_LARGE = frozenset({"catalog", "judged"})
#: Kind and environment.
Name = tuple[str, str]


@dataclass(kw_only=True, slots=True)
class _Place:
    """Where the value of a name lies. Whoever holds the lock makes it; the others wait for that instead of doing it too."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    #: Stamp and value, together or not at all.
    held: tuple[Hashable, object] | None = None


class KeptValues:
    """Values by name, each good as long as its stamp is the same."""

    def __init__(self) -> None:
        self._places: dict[str, OrderedDict[Name, _Place]] = {}
        self._lock = threading.Lock()

    def get(self, name: Name, stamp: Hashable, make: Callable[[_T | None], _T]) -> _T:
        """Return the value of `name` for `stamp`.

        Where another stamp's is there, or none, `make` is called with that (or None) and gives the new one; what it raises
        is raised here, and nothing is kept. Threads that ask meanwhile wait, and call nothing. `make` asks for no value.
        """
        place = self._place(name)
        held = place.held
        if held is not None and held[0] == stamp:
            return cast("_T", held[1])
        with place.lock:
            held = place.held
            if held is not None and held[0] == stamp:
                return cast("_T", held[1])
            made = make(None if held is None else cast("_T", held[1]))
            place.held = (stamp, made)
            if name[0] in _LARGE:
                give_back_memory()
            return made

    def peek(self, name: Name) -> object | None:
        """Return the value that is there, whatever its stamp; None where there is none."""
        with self._lock:
            places = self._places.get(name[0])
            place = places.get(name) if places is not None else None
        held = place.held if place is not None else None
        return held[1] if held is not None else None

    def _place(self, name: Name) -> _Place:
        with self._lock:
            places = self._places.setdefault(name[0], OrderedDict())
            place = places.get(name)
            if place is None:
                place = places[name] = _Place()
                if len(places) > _MOST_OF.get(name[0], _MOST):
                    places.popitem(last=False)
            else:
                places.move_to_end(name)
            return place
