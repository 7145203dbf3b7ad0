"""How often something may happen: a bucket for each name, which fills as time goes by."""

from __future__ import annotations

from collections import OrderedDict

#: Names that are remembered; the one longest not seen is forgotten, and begins with a full bucket.
_MOST_NAMES = 10_000


class Rates:
    """Buckets by name. For one thread."""

    def __init__(self, *, per_s: float, at_once: int, wait_s: float = 0.0) -> None:
        """`wait_s`: what is too early by no more than that may wait for its time (`take`)."""
        self._per_s = per_s
        self._at_once = float(at_once)
        self._owed = wait_s * per_s
        #: Name -> what is left, and when that was; below nothing is what waits.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def has_room(self, name: str, now_s: float) -> bool:
        """Whether it may happen once more, at once; nothing is taken."""
        return self._now(name, now_s) >= 1

    def take(self, name: str, now_s: float, amount: float = 1.0) -> float | None:
        """Let it happen once more: return the seconds to wait before; None where it may not, and nothing is taken."""
        left = self._now(name, now_s) - amount
        may = left >= -self._owed
        self._left[name] = (left if may else left + amount, now_s)
        self._left.move_to_end(name)
        if len(self._left) > _MOST_NAMES:
            self._left.popitem(last=False)
        return max(0.0, -left / self._per_s) if may else None

    def wait_s(self, name: str, now_s: float) -> float:
        """Let it happen once more, whatever was before: return the seconds to wait, no more than is waited at all."""
        wait_s = self.take(name, now_s)
        return self._owed / self._per_s if wait_s is None else wait_s

    def _now(self, name: str, now_s: float) -> float:
        left, at_s = self._left.get(name, (self._at_once, now_s))
        return min(self._at_once, left + (now_s - at_s) * self._per_s)
