"""Large JSON is read as small JSON is, and lets others run."""

from __future__ import annotations

import json
import random
import re

import pytest

from meshwright.large_json import LARGE, MOST_CONTAINERS, BadJson, Rests, read_large_json


def _value(dice: random.Random, depth: int) -> object:
    kind = dice.randrange(8 if depth else 6)
    if kind == 6:
        return [_value(dice, depth - 1) for _ in range(dice.randrange(5))]
    if kind == 7:
        return {f"k{number}é\n": _value(dice, depth - 1) for number in range(dice.randrange(5))}
    return [None, True, dice.randrange(-(10**20), 10**20), dice.random() * 1e300, 'a\u2028"\\ö', ""][kind]


@pytest.mark.parametrize("seed", range(5))
def test_a_large_text_means_what_a_small_one_does(seed: int) -> None:
    dice = random.Random(seed)
    value = [_value(dice, 5) for _ in range(3000)]
    text = json.dumps(value, indent=dice.choice([None, 2]))
    assert len(text) > LARGE
    assert read_large_json(text) == json.loads(text) == value


@pytest.mark.parametrize(
    "end", ["", "]]", "]x", ",]", '"\x00"]', '"\\ud800"]', "01]", "[1", "9" * 5000 + "]", "[" * 5000]
)
def test_what_is_refused_is_refused_in_the_same_words(end: str) -> None:
    text = "[" + "1," * LARGE + end

    def told(read: object) -> object:
        try:
            return repr(read(text))  # type: ignore[operator]
        except (ValueError, RecursionError) as error:
            return type(error), str(error) if isinstance(error, ValueError) else ""

    assert told(read_large_json) == told(json.loads)


def test_constants_can_be_refused() -> None:
    def refuse(word: str) -> object:
        raise ValueError(word)

    with pytest.raises(ValueError, match=r"^NaN$"):
        read_large_json("[" + "1," * LARGE + "NaN]", parse_constant=refuse)


@pytest.mark.parametrize("size", [0, LARGE])
@pytest.mark.parametrize(
    ("end", "told"),
    [
        ('{"a": 1, "b": {"a": 1, "a": 1}}', '"a" stands twice'),
        ("1e400", "1e400 is too large"),
        ("-1e400", "-1e400 is too large"),
        ("NaN", "NaN is no number"),
        ("-Infinity", "-Infinity is no number"),
    ],
)
def test_what_readers_take_for_different_things_is_refused(size: int, end: str, told: str) -> None:
    with pytest.raises(BadJson, match=re.escape(told)):
        read_large_json("[" + "1," * size + end + "]")


def test_a_text_that_takes_twenty_times_its_size_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadJson, match="200,000"):
        read_large_json("[" + ",".join(["[]"] * MOST_CONTAINERS) + "]")


@pytest.mark.parametrize("seed", range(3))
def test_values_of_any_size_are_read_wherever_slices_end(seed: int) -> None:
    dice = random.Random(seed)
    parts = [
        {"a": "x" * dice.randrange(40_000), "b": [dice.randrange(10**9) for _ in range(dice.randrange(9000))]},
        ['é\\"' * dice.randrange(5000), 1.5e-7, -0.25, None],
        list(range(dice.randrange(20_000))),
        {f"k{number}": {"deep": [[[number]]]} for number in range(2000)},
    ]
    value = [dice.choice(parts) for _ in range(30)]
    text = json.dumps(value, indent=dice.choice([None, 1]))
    assert read_large_json(text) == value


@pytest.mark.parametrize("word", ["12345", "-1.5e+10", "true", '"a\\u00e9"', "null", "1e5"])
def test_nothing_is_cut_where_a_slice_ends(word: str) -> None:
    for blanks in range(16 * 1024 - 12, 16 * 1024 + 4):
        text = "[" + " " * blanks + word + ', {}, "' + "x" * LARGE + '"]'
        assert read_large_json(text)[0] == json.loads(word)


@pytest.mark.parametrize(
    "part", ["1", '"a"', "{}", '{"id": "1", "data": [1, 2, 3]}', '{"a": [' + "1," * 20_000 + "1]}"]
)
def test_others_may_run_between_any_two_slices(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(Rests, "now_and_then", lambda _self: calls.append(1))
    text = "[" + ",".join([part] * (300_000 // len(part))) + "]"
    read_large_json(text)
    assert len(calls) > len(text) / (16 * 1024)
