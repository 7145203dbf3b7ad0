"""How often something may happen: a bucket for each name, which fills as time goes by."""

from __future__ import annotations

from collections import OrderedDict

#: Names that are remembered; the one longest not seen is forgotten, and begins with a full bucket.
_MOST_NAMES = 10_000


class Rates:
    """Buckets by name. For one thread."""

    def __init__(self, *, per_s: float, at_once: int) -> None:
        self._per_s = per_s
        self._at_once = float(at_once)
        #: Name -> what is left, and when that was.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def has_room(self, name: str, now_s: float) -> bool:
        """Whether it may happen once more; nothing is taken."""
        return self._now(name, now_s) >= 1

    def take(self, name: str, now_s: float) -> bool:
        """Let it happen once more, and say whether it may."""
        left = self._now(name, now_s)
        may = left >= 1
        self._left[name] = (left - 1 if may else left, now_s)
        self._left.move_to_end(name)
        if len(self._left) > _MOST_NAMES:
            self._left.popitem(last=False)
        return may

    def _now(self, name: str, now_s: float) -> float:
        left, at_s = self._left.get(name, (self._at_once, now_s))
        return min(self._at_once, left + (now_s - at_s) * self._per_s)
