"""How long a job waits for the next look at it."""

from __future__ import annotations

from meshwright.tools.protocol import Traits

_GROWTH = 1.5
#: A job of which something is heard is looked at again after this long, at most so many of them in a second.
_LIVELY_S = 0.25
_LIVELY_A_SECOND = 20.0


def next_wait_s(before_s: float, traits: Traits, *, is_new: bool, waiting: int) -> float:
    """Return the seconds until the next look: the longer the less is heard, short again after new lines or steps.

    `waiting` is how many jobs wait for a look: a thousand that all have something to tell are looked at no more often than
    one coordinator can.
    """
    grown_s = min(before_s * _GROWTH, traits.poll_longest_s)
    if not is_new:
        return grown_s
    return min(grown_s, max(traits.poll_first_s, _LIVELY_S, waiting / _LIVELY_A_SECOND))
