"""Which version a change demands, and what is said where it did not rise that far."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshwright.model import PolicyLevel
from meshwright.plan.compatibility import Change, Level
from meshwright.plan.compatibility.versions import Rise, VersionNumber, least_version, parse_version, version_rise
from meshwright.plan.rising_versions import version_breach, version_text


def number(text: str) -> VersionNumber:
    found = parse_version(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    ("standing", "level", "least"),
    [
        ("1.4.2", "major", "2.0.0"),
        ("1.4.2", "minor", "1.5.0"),
        ("1.4.2", "patch", "1.4.3"),
        ("1.4.2", "none", "1.4.2"),
        ("0.4.2", "major", "0.5.0"),
        ("0.4.2", "minor", "0.4.3"),
        ("0.4.2", "patch", "0.4.3"),
        ("2", "major", "3"),
        ("2", "minor", "2.1"),
        ("2", "patch", "2.0.1"),
        ("v2", "major", "v3"),
        ("V1.2", "minor", "V1.3"),
        ("1.2.3.4", "major", "2.0.0.0"),
        ("2.0.0-rc.1", "major", "2.0.0"),
        ("1.0.0+build.7", "patch", "1.0.1"),
        ("99999999999999999999.0.0", "major", "100000000000000000000.0.0"),
    ],
)
def test_the_least_version_for_a_level(standing: str, level: str, least: str) -> None:
    assert str(least_version(number(standing), Level(level))) == least


@pytest.mark.parametrize(
    ("standing", "version", "level", "rise"),
    [
        ("1.4.2", "2.0.0", "major", "enough"),
        ("1.4.2", "2.0.0-rc.1", "major", "enough"),
        ("1.4.2", "7", "major", "enough"),
        ("1.4.2", "1.5.0", "major", "short"),
        ("1.4.2", "1.4.2", "patch", "short"),
        ("1.4.2", "1.4.3", "minor", "short"),
        ("1.4.2", "1.4.3", "patch", "enough"),
        ("1.4.2", "1.4.2.1", "patch", "enough"),
        ("1.4.2", "v1.4.2", "none", "enough"),
        ("1.0", "1.0.0", "none", "enough"),
        ("1.4.2", "1.4.1", "none", "fell"),
        ("1.4.2", "1.3.9", "major", "fell"),
        ("2.0.0", "2.0.0-rc.1", "none", "fell"),
        ("0.4.2", "0.5.0", "major", "enough"),
        ("0.4.2", "0.4.3", "major", "short"),
        ("0.4.2", "0.4.3", "minor", "enough"),
        ("2.0.0-rc.1", "2.0.0-rc.1", "major", "short"),
        ("2.0.0-rc.1", "2.0.0-rc.2", "major", "enough"),
        ("2.0.0-rc.9", "2.0.0-rc.10", "patch", "enough"),
        ("2.0.0-rc.10", "2.0.0-rc.9", "patch", "fell"),
        ("2.0.0-rc", "2.0.0-rc.1", "patch", "enough"),
        ("2.0.0-1", "2.0.0-a", "patch", "enough"),
        ("2.0.0-rc.1", "2.0.0", "major", "enough"),
    ],
)
def test_whether_a_version_rose_far_enough(standing: str, version: str, level: str, rise: str) -> None:
    assert version_rise(number(standing), number(version), Level(level)) is Rise(rise)


@pytest.mark.parametrize(
    "text", ["", "spring", "2026-01-31", "1.x", "1..2", "v", "1.0.0-", "\u0661.\u0662", "1" * 101, "-1"]
)
def test_other_texts_are_no_versions(text: str) -> None:
    assert parse_version(text) is None
    assert version_rise(parse_version(text), number("1.0.0"), Level.MAJOR) is Rise.UNKNOWN


@given(st.lists(st.integers(0, 30), min_size=1, max_size=4), st.sampled_from(list(Level)))
def test_the_least_version_is_enough_and_the_standing_one_is_not(numbers: list[int], level: Level) -> None:
    standing = number(".".join(map(str, numbers)))
    least = least_version(standing, level)
    assert version_rise(standing, least, level) is Rise.ENOUGH
    assert number(str(least)).numbers == least.numbers
    if level is not Level.NONE:
        assert version_rise(standing, standing, level) is Rise.SHORT


def breach(before: object, after: object, *levels: Level) -> tuple[str, PolicyLevel | None, str] | None:
    changes = [Change(path="p", kind="k", level=level, message=f"{level.value} {n}") for n, level in enumerate(levels)]
    found = version_breach("a.b/p", {"version": before}, {"version": after}, changes)
    return None if found is None else (found.message, found.level, found.fix)


def test_a_breach_says_the_version_the_level_and_what_changes() -> None:
    assert breach("1.0.0", "1.1.0", Level.PATCH, Level.MAJOR, Level.MAJOR, Level.MAJOR) == (
        "its version rose from 1.0.0 to 1.1.0 alone, where 2.0.0 is the least that will do "
        "(its changes are major: major 1; major 2; 1 more)",
        PolicyLevel.BLOCK,
        "set version: 2.0.0 in the contract, or take back what breaks its readers",
    )
    assert breach("1.0.0", "1.0.0", Level.MINOR) == (
        "its version is 1.0.0 still, where 1.1.0 is the least that will do (its changes are minor: minor 0)",
        PolicyLevel.WARN,
        "set version: 1.1.0 in the contract",
    )


def test_a_version_that_fell_is_told_even_where_nothing_else_changes() -> None:
    found = breach("1.1.0", "1.0.0")
    assert found is not None
    assert found[:2] == (
        "its version fell from 1.1.0 to 1.0.0, where 1.1.0 is the least that will do (nothing else changes)",
        PolicyLevel.WARN,
    )
    assert breach("1.1.0", "1.2.0") is None


def test_what_is_no_number_is_a_warning_that_it_cannot_be_judged() -> None:
    found = breach("1.0.0", "spring", Level.MAJOR)
    assert found is not None
    assert found[1] is PolicyLevel.WARN
    assert "'spring' is no number" in found[0]
    assert breach("spring", "autumn") is None


def test_a_version_that_is_written_as_a_number_is_one() -> None:
    assert version_text({"version": 2}) == "2"
    assert version_text({}) == version_text({"version": ["1"]}) == ""
    assert breach(1, 2, Level.MAJOR) is None
