"""Streams and text widths."""

from __future__ import annotations

import io

import pytest

from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, display_width, first_line, look_of, one_line, pad, shorten
from meshwright.faces.text.words import bytes_words, seconds_words
from tests.faces.samples import ASCII, NARROW, PIPE


class Tty(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def tty(encoding: str = "utf-8") -> Tty:
    return Tty(io.BytesIO(), encoding=encoding)


@pytest.mark.parametrize(
    ("environ", "has_color"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colour_follows_the_environment(environ: dict[str, str], has_color: bool) -> None:
    assert look_of(tty(), environ).has_color is has_color


def test_a_pipe_has_no_colour_unless_forced() -> None:
    pipe = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert not look_of(pipe, {}).has_color
    assert look_of(pipe, {"FORCE_COLOR": "1"}).has_color
    assert not look_of(pipe, {"FORCE_COLOR": "1", "NO_COLOR": "1"}).has_color


def test_a_latin_terminal_gets_ascii_marks() -> None:
    look = look_of(tty("iso-8859-1"), {"COLUMNS": "33"})
    assert (look.has_unicode, look.width) == (False, 33)
    assert all(
        str(mark).isascii() for mark in (look.marks.ok, look.marks.failed, look.marks.ellipsis, look.marks.spinner)
    )


def test_widths_count_columns_not_characters() -> None:
    assert [display_width(text) for text in ("abc", "日本", "é", "e\u0301")] == [3, 4, 1, 1]
    assert shorten("日本語", 5) == "日本…"
    assert shorten("abcdef", 4, "...") == "a..."
    assert pad("日", 4, is_right=True) == "  日"


def test_lines_cannot_be_broken_by_what_they_show() -> None:
    assert first_line("no environment:\nERROR: pip\x1b[31m") == "no environment"
    assert first_line("a\tb") == "a\\tb"
    assert one_line("a\nb\x1b[31m\tc\x9b\ud800") == "a\\nb\\x1b[31m\\tc\\x9b\\ud800"


def test_a_table_leaves_out_columns_that_have_no_room() -> None:
    headings = [Heading(title="name"), Heading(title="rows", is_right=True), Heading(title="words")]
    rows = [["orders", "12", "x" * 30], ["raw", "3,456", "y"]]
    assert table_lines(headings, rows, NARROW) == [
        "name     rows",
        "─────────────",
        "orders     12",
        "raw     3,456",
        "(1 more columns have no room: words)",
    ]
    assert table_lines(headings, rows, PIPE)[2] == f"orders     12  {'x' * 30}"
    assert table_lines(headings, rows, ASCII)[1] == "-" * 45


def test_a_single_wide_column_is_cut() -> None:
    lines = table_lines([Heading(title="text")], [["z" * 100]], Look(width=10), cell_width=60)
    assert max(map(display_width, lines)) == 10


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.00 s"),
        (0.994, "0.99 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (3600, "1 h 00 min"),
        (7265, "2 h 01 min"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert seconds_words(seconds) == words


@pytest.mark.parametrize(("size", "words"), [(0, "0 B"), (999, "999 B"), (999_999, "1.0 MB"), (31_100_000, "31.1 MB")])
def test_sizes(size: int, words: str) -> None:
    assert bytes_words(size) == words
