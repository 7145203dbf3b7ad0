"""Our `dataclass` and the standard library's, side by side: what can be seen of a record is the same."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field, replace
from typing import Any

import pytest

from meshwright import frozen

Decorator = Callable[..., Any]


def records(dataclass: Decorator) -> tuple[type[Any], ...]:
    """Make the same classes with a decorator."""

    @dataclass(frozen=True, kw_only=True, slots=True)
    class Port:
        """A few fields of every kind."""

        name: str
        kind: str = "table"
        tags: tuple[str, ...] = field(default_factory=tuple)
        secret: str = field(default="", repr=False)
        noise: int = field(default=0, compare=False)
        _size: int | None = field(default=None, init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "_size", len(self.name))
            if not self.name:
                raise ValueError("no name")

    @dataclass(frozen=True, kw_only=True, slots=True)
    class Wider(Port):
        """Inherits fields."""

        extra: float = 1.0

    @dataclass(frozen=True, slots=True)
    class Pair:
        """Takes its values in order."""

        left: object
        right: object = None

    @dataclass(frozen=True, kw_only=True, slots=True)
    class Single:  # noqa: PLW1641 - as written, to see what becomes of its hash
        """Says itself what is equal."""

        value: object

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Single)

    @dataclass(frozen=True, kw_only=True, slots=True, order=True)
    class Rank:
        """Has an order, in which a field has no part."""

        major: int
        minor: int
        words: str = field(default="", compare=False)

    return Port, Wider, Pair, Single, Rank


def _ranks(kind: type[Any]) -> list[Any]:
    return [kind(major=1, minor=2, words="b"), kind(major=1, minor=1, words="a"), kind(major=2, minor=0, words="c")]


OURS, THEIRS = records(frozen.dataclass), records(dataclasses.dataclass)
NAN = float("nan")
#: What is done to the classes.
SEEN: dict[str, Callable[..., object]] = {
    "repr": lambda port, wider, pair, *_: (repr(port(name="a", secret="s")), repr(wider(name="b")), repr(pair(1, [2]))),
    "defaults": lambda port, *_: (port(name="a").kind, port(name="a").tags, port(name="abc")._size),
    "equal": lambda port, *_: port(name="a", noise=1) == port(name="a", noise=2),
    "unequal": lambda port, *_: port(name="a") == port(name="a", tags=("x",)),
    "of another class": lambda port, wider, *_: (port(name="a") == wider(name="a"), port(name="a") == "a"),
    "not a number": lambda _, __, pair, *___: (pair(NAN) == pair(NAN), pair(NAN) == pair(float("nan"))),
    "hash": lambda port, wider, pair, *_: (
        hash(port(name="a", noise=1)) == hash(port(name="a")),
        len({wider(name="a"), wider(name="a"), wider(name="a", extra=2.0)}),
        hash(pair(1, 2)) == hash((1, 2)),
    ),
    "own equality": lambda _, __, ___, single, ____: (
        single(value=1) == single(value=2),
        hash(single(value=1)) == hash((1,)),
    ),
    "unhashable": lambda _, __, pair, *___: hash(pair([], 1)),
    "replace": lambda port, *_: repr(replace(port(name="a"), kind="view")),
    "asdict": lambda _, wider, *__: dataclasses.asdict(wider(name="a", tags=("t",))),
    "fields": lambda _, wider, *__: [(each.name, each.init, each.compare) for each in dataclasses.fields(wider)],
    "copy": lambda _, wider, pair, *__: (copy.copy(wider(name="a")) == wider(name="a"), copy.deepcopy(pair([1])).left),
    "state": lambda port, *_: port(name="ab").__getstate__(),
    "order": lambda *kinds: [rank.words for rank in sorted(_ranks(kinds[4]), reverse=True)],
    "comparisons": lambda *kinds: [
        [one < other, one <= other, one > other, one >= other] for one in _ranks(kinds[4]) for other in _ranks(kinds[4])
    ],
    "no order with another class": lambda _, __, pair, ___, rank: rank(major=1, minor=1) < pair(1, 1),
    "no order of its own": lambda _, __, pair, *___: pair(1) < pair(2),
    "slots": lambda _, wider, pair, *__: (wider.__slots__, hasattr(pair(1), "__dict__")),
    "matched by place": lambda _, __, pair, *___: pair.__match_args__,
    "assignment": lambda port, *_: setattr(port(name="a"), "kind", "view"),
    "deletion": lambda port, *_: delattr(port(name="a"), "kind"),
    "missing": lambda port, *_: port(),
    "missing of two": lambda _, __, pair, *___: pair(),
    "unknown": lambda port, *_: port(name="a", colour="red"),
    "positional": lambda port, *_: port("a"),
    "not given at birth": lambda port, *_: port(name="a", _size=3),
    "checked at birth": lambda port, *_: port(name=""),
    "class": lambda port, *_: (port.__name__, port.__doc__, port.__init__.__qualname__.rpartition(".")[2]),
}


@pytest.mark.parametrize("seen", SEEN)
def test_a_record_is_what_the_standard_library_would_have_made(seen: str) -> None:
    found: list[object] = []
    for kinds in (OURS, THEIRS):
        for _ in range(2):  # the first call writes `__init__` out
            try:
                found.append(SEEN[seen](*kinds))
            except Exception as error:  # noqa: BLE001 - what is compared
                found.append((type(error), str(error)))
    assert found[0] == found[1] == found[2] == found[3]


@frozen.dataclass(frozen=True, kw_only=True, slots=True)
class Pickled:
    """A record that can be named."""

    name: str
    parts: tuple[int, ...] = ()


def test_a_record_is_pickled_and_comes_back() -> None:
    record = Pickled(name="a", parts=(1, 2))
    again = pickle.loads(pickle.dumps(record))
    assert again == record
    assert again is not record
    with pytest.raises(dataclasses.FrozenInstanceError):
        again.name = "b"


def test_what_is_not_frozen_is_made_by_the_standard_library() -> None:
    @frozen.dataclass(kw_only=True, slots=True)
    class Mutable:
        value: int

    mutable = Mutable(value=1)
    mutable.value = 2
    assert mutable == Mutable(value=2)
    assert Mutable.__hash__ is None
