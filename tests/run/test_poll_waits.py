"""The longer nothing is heard of a job, the longer it waits for a look; what tells something is looked at soon again."""

from __future__ import annotations

import pytest

from meshwright.run.pollwaits import next_wait_s
from meshwright.tools.protocol import Traits


@pytest.mark.parametrize(
    ("before_s", "is_new", "waiting", "expected_s"),
    [
        (0.1, False, 0, 0.15),
        (8.0, False, 0, 10.0),
        (10.0, True, 0, 0.25),
        (0.1, True, 0, 0.15),  # something at once is no reason to look later than without
        (10.0, True, 100, 5.0),
        (10.0, True, 1000, 10.0),
    ],
)
def test_a_wait_follows_from_what_was_heard(before_s: float, is_new: bool, waiting: int, expected_s: float) -> None:
    traits = Traits(poll_first_s=0.1, poll_longest_s=10.0)
    assert next_wait_s(before_s, traits, is_new=is_new, waiting=waiting) == pytest.approx(expected_s)


def test_a_server_is_not_asked_sooner_than_its_tool_begins() -> None:
    traits = Traits(poll_first_s=1.0, poll_longest_s=15.0)
    assert next_wait_s(15.0, traits, is_new=True, waiting=1) == 1.0
