"""Formats of texts, integers and times, on values that are and that nearly are."""

from __future__ import annotations

import pytest

from meshwright.checks.formats import INTEGER_FORMATS, TEXT_FORMATS, time_format
from meshwright.checks.spec import Metric

from ..conftest import Bench

TEXTS: dict[str, tuple[list[str], list[str]]] = {
    "uuid": (
        ["123e4567-e89b-12d3-a456-426614174000", "00000000-0000-0000-0000-000000000000", "A23E4567-E89B-12D3-A456-42661417400F"],
        ["123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g", "", " 123e4567-e89b-12d3-a456-426614174000"],
    ),
    "email": (["a@b.org", "a.b+c@d-e.example", "o'neil@x.y"], ["a@", "@b.org", "a b@c.d", "a@b..org", "a@-b.org", "a@b.org\n"]),
    "uri": (["https://x.org/a?b=c#d", "urn:isbn:1", "mailto:a@b.c", "http://[::1]/"], ["x.org", "http://a b", "://x", "http://x/%zz"]),
    "hostname": (["a", "x.example.org", "a-b.c1"], ["-a", "a-", "a..b", "a_b", "a" * 64, ".".join(["a" * 63] * 4), ""]),
    "ipv4": (["0.0.0.0", "255.255.255.255", "192.168.1.10"], ["256.1.1.1", "1.2.3", "01.2.3.4", "1.2.3.4.5"]),
    "ipv6": (["::", "::1", "2001:db8::8a2e:370:7334", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4"],
             [":::", "1:2:3:4:5:6:7", "1::2::3", "12345::", "::1.2.3.400", "1:2:3:4:5:6:7:8:9"]),
    "byte": (["", "YQ==", "YWI=", "YWJj"], ["YQ", "YQ=", "Y Q=", "YWJjZ"]),
    "yyyy-MM-dd": (["2026-01-31", "2024-02-29"], ["2026-1-31", "2026-02-30", "26-01-31", "2026-01-31 "]),
    "dd.MM.yyyy HH:mm": (["31.01.2026 23:59"], ["31.01.2026 24:00", "1.01.2026 10:00", "31.01.2026"]),
    "yyyy-MM-dd'T'HH:mm:ss": (["2026-01-31T08:00:00"], ["2026-01-31 08:00:00", "2026-01-31T08:00"]),
}  # fmt: skip


@pytest.mark.parametrize("named", sorted(TEXTS))
def test_a_text_is_of_a_format_or_not(bench: Bench, named: str) -> None:
    good, bad = TEXTS[named]
    for values, wrong in ((good, 0), (bad, len(bad))):
        rows = " union all ".join(f"select '{value}' as v" for value in (each.replace("'", "''") for each in values))
        table = bench.relation(f"{rows} union all select null")
        found = bench.measure(table, Metric.INVALID_VALUES, "v", arguments={"format": named})
        assert (found.error, found.value) == (None, wrong), [row["v"] for row in found.sample]


def test_every_format_of_texts_has_examples() -> None:
    assert TEXT_FORMATS.keys() - TEXTS.keys() == set()


@pytest.mark.parametrize("named", sorted(INTEGER_FORMATS))
def test_an_integer_lies_in_the_range_of_its_bits(bench: Bench, named: str) -> None:
    low, high = INTEGER_FORMATS[named]
    inside = [each for each in (low, high) if abs(each) < 10**38]
    outside = [each for each in (low - 1, high + 1) if abs(each) < 10**38]
    for values, wrong in ((inside, 0), (outside, len(outside))):
        rows = " union all ".join(f"select cast('{value}' as decimal(38,0)) as v" for value in [*values, 0])
        found = bench.measure(bench.relation(rows), Metric.INVALID_VALUES, "v", arguments={"format": named})
        assert (found.error, found.value) == (None, wrong)


def test_a_stored_time_has_no_format_and_other_types_are_errors(bench: Bench) -> None:
    table = bench.relation("select date '2026-01-31' as d, timestamp '2026-01-31 08:00:00' as t, 1.5::double as x")
    assert bench.measure(table, Metric.INVALID_VALUES, "d", arguments={"format": "dd.MM.yyyy"}).value == 0
    assert bench.measure(table, Metric.INVALID_VALUES, "t", arguments={"format": "yyyy-MM-dd"}).value == 0
    for column, named in (("d", "email"), ("x", "i32"), ("t", "nope")):
        assert bench.measure(table, Metric.INVALID_VALUES, column, arguments={"format": named}).error


@pytest.mark.parametrize(
    ("named", "letters"),
    [
        ("yyyy-MM-dd", "%Y-%m-%d"),
        ("HH:mm:ss.SSS", "%H:%M:%S.%g"),
        ("d/M/yy", None),
        ("yyyy-'W'ww", None),
        ("'at' HH''mm", "at %H'%M"),
        ("100% yyyy", "100%% %Y"),
        ("'o''clock' HH", "o'clock %H"),
        ("words", None),
        ("--", None),
    ],
)
def test_a_format_of_times_is_tested_where_every_letter_has_a_twin(named: str, letters: str | None) -> None:
    assert time_format(named) == letters
