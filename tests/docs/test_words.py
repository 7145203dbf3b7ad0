"""`words.md` has a row for each word of its own, and the list of decisions one for each record."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT, tables

WORDS = (ROOT / "docs" / "explanation" / "words.md").read_text(encoding="utf-8")
RECORDS = ROOT / "docs" / "adr"


def words() -> list[str]:
    return [row[0] for _, rows in tables(WORDS) for row in rows]


def test_words_of_parts_are_told() -> None:
    expected = {"interval", "grain", "calendar", "part", "page", "manifest", "footprint", "window", "lookback", "class"}
    assert expected - {word.partition(" (")[0] for word in words()} == set()


def test_words_of_the_server_are_told() -> None:
    expected = {
        *("kept mesh", "request (of a run)", "launcher", "turn (of a run)", "turn (of a caller)", "follower", "stamp"),
        *("subscription", "delivery", "lane", "dispatcher", "chain (of causes)", "call", "problem", "token"),
    }
    assert expected - set(words()) == set()


def test_no_word_is_told_twice() -> None:
    assert sorted({word for word in words() if words().count(word) > 1}) == []


def test_decisions_are_listed_in_their_order_and_none_is_left_out() -> None:
    listed = re.findall(
        r"^\| \[(\d{4})\]\(([^)]+)\) \|", (RECORDS / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [file for _, file in listed] == sorted(path.name for path in RECORDS.glob("[0-9]*.md"))
    assert [file[:4] for _, file in listed] == [number for number, _ in listed]


def test_a_decision_has_the_number_of_its_file() -> None:
    wrong = [
        path.name
        for path in RECORDS.glob("[0-9]*.md")
        if not path.read_text(encoding="utf-8").startswith(f"# {path.name[:4]}: ")
    ]
    assert wrong == []
