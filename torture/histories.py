"""Is a history of concurrent promotions and reads linearizable? Decides it exactly, in one pass over time.

The object is an environment: pointers, and a generation that counts moves. A move says what must stand for it (all that
it replaces, and all that it was made from) and what it puts there; it is done if that stands, and else refused. A
history is linearizable (Herlihy and Wing, 1990) if the operations can be put in one order in which each got its right
answer and none stands before one that had ended before it began.

That is easy to decide here, where it is hard in general: moves that were done carry their generation, which orders them;
every state is different from all others, so a read says after which move it belongs; and a refusal belongs to any
time at which something that it needed did not stand. Taking for each operation the earliest place that its answer and
those before it allow therefore finds an order if there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

#: Object -> what stands there; what is absent has no key.
Standing = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One call, by the clock that all processes share."""

    who: str
    called_ns: int
    ended_ns: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Move(Operation):
    """A promotion: what must stand, what it puts there (None: nothing), and what came of it."""

    needs: Mapping[str, str | None]
    puts: Mapping[str, str | None]
    #: The generation that it made; None where it was refused.
    generation: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Look(Operation):
    """A read of all pointers at once, or of the generation alone (`standing` is None then)."""

    standing: Standing | None = None
    generation: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """What was recorded, and how it began."""

    first: int
    standing: Standing
    operations: Sequence[Move | Look] = field(default_factory=tuple)


def problems_of(history: History) -> Iterator[str]:
    """Yield what keeps a history from being linearizable; nothing where it is."""
    done: dict[int, Move] = {}
    for one in history.operations:
        if isinstance(one, Move) and one.generation is not None:
            if one.generation in done:
                yield f"{one.who} and {done[one.generation].who} both made generation {one.generation}"
            done[one.generation] = one
    numbers = range(history.first + 1, history.first + len(done) + 1)
    if sorted(done) != list(numbers):
        yield f"generations {sorted(done)} are not those after {history.first}"
        return
    states = [dict(history.standing)]
    for number in numbers:
        move = done[number]
        if lacking := _lacking(move, states[-1]):
            yield f"{move.who} was done as generation {number} although {lacking} had moved"
        states.append(_after(move, states[-1]))
    yield from _out_of_time(history, states)


def _lacking(move: Move, standing: Standing) -> list[str]:
    return sorted(name for name, revision in move.needs.items() if standing.get(name) != revision)


def _after(move: Move, standing: Standing) -> dict[str, str]:
    after = {**standing, **move.puts}
    return {name: revision for name, revision in after.items() if revision is not None}


def _out_of_time(history: History, states: Sequence[Standing]) -> Iterator[str]:
    """Put every operation at its earliest place, in the order of their calls, and yield those that have none.

    Places are counted so that state g is 2g, and the move to it 2g - 1.
    """
    known = {frozenset(state.items()): at for at, state in enumerate(states)}
    if len(known) != len(states):
        yield "a state stood twice, so that reads cannot be told apart"
        return
    ended: list[tuple[int, int]] = []  # (when, place) of what was placed already
    for one in sorted(history.operations, key=lambda each: each.called_ns):
        not_before = max((place for when, place in ended if when < one.called_ns), default=0)
        places = list(_places(one, history.first, states, known))
        place = next((each for each in places if each >= not_before), None)
        if place is None:
            yield _words(one, places, not_before, history.first)
        else:
            ended = [*_still_telling(ended, not_before, one.called_ns), (one.ended_ns, place)]


def _still_telling(ended: Iterable[tuple[int, int]], not_before: int, now_ns: int) -> Iterator[tuple[int, int]]:
    """Drop what later operations cannot learn from: all that is over, but for the latest place among it."""
    yield now_ns - 1, not_before
    yield from ((when, place) for when, place in ended if when >= now_ns)


def _places(
    one: Move | Look, first: int, states: Sequence[Standing], known: Mapping[frozenset[tuple[str, str]], int]
) -> Iterable[int]:
    if isinstance(one, Move):
        if one.generation is not None:
            return [2 * (one.generation - first) - 1]
        return [2 * at for at, state in enumerate(states) if _lacking(one, state)]
    if one.standing is None:
        assert one.generation is not None
        return [2 * (one.generation - first)] if 0 <= one.generation - first < len(states) else []
    at = known.get(frozenset(one.standing.items()))
    if at is None or (one.generation is not None and at != one.generation - first):
        return []
    return [2 * at]


def _words(one: Move | Look, places: Sequence[int], not_before: int, first: int) -> str:
    if isinstance(one, Move) and one.generation is None:
        return f"{one.who} was refused although all that it needs stood" + (" when it ended" if places else "")
    if not places:
        return f"{one.who} saw what never stood (generation {one.generation})"
    what = "made" if isinstance(one, Move) else "saw"
    number = places[0] // 2 + first if one.generation is None else one.generation
    return f"{one.who} {what} generation {number} when a later one was over: {not_before // 2 + first}"
