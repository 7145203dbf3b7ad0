"""What is worked out on a server and kept until what it rests on is another: one value a name. Safe for threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar, cast

_T = TypeVar("_T")
#: Names that are kept, the ones asked for last.
_MOST = 64


@dataclass(kw_only=True, slots=True)
class _Place:
    """Where the value of a name lies. Whoever holds the lock makes it; the others wait for that instead of doing it too."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    #: Stamp and value, together or not at all.
    held: tuple[Hashable, object] | None = None


class KeptValues:
    """Values by name, each good as long as its stamp is the same."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._places: OrderedDict[Hashable, _Place] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: Hashable, stamp: Hashable, make: Callable[[_T | None], _T]) -> _T:
        """Return the value of `name` for `stamp`.

        Where another stamp's is there, or none, `make` is called with that (or None) and gives the new one; what it raises
        is raised here, and nothing is kept. Threads that ask meanwhile wait, and call nothing.
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
            return made

    def _place(self, name: Hashable) -> _Place:
        with self._lock:
            place = self._places.get(name)
            if place is None:
                place = self._places[name] = _Place()
                if len(self._places) > self._most:
                    self._places.popitem(last=False)
            else:
                self._places.move_to_end(name)
            return place
