"""The page on compatibility names every kind of change that the code knows, with its levels, and no other."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT, sections, tables, ticked
from tests.plan.contract_cases import CASES, ELSEWHERE, GAINS

PAGE = (ROOT / "docs" / "explanation" / "compatibility.md").read_text(encoding="utf-8")
PORT_TABLES = ("Datasets and columns", "Values", "Protection and terms", "Quality and service", "People and words")
_TEXT = re.compile(r'"([a-z]+(?:_[a-z]+)+|other)"')
#: Texts of the code that look like kinds and are none.
_NO_KINDS = {"personal_data"}


def _documented(*names: str) -> dict[str, tuple[set[str], str]]:
    """Kind -> its levels, and what the column on policies says."""
    found: dict[str, tuple[set[str], str]] = {}
    for name in names:
        for header, rows in tables(sections(PAGE)[name]):
            if header[0] == "kind":
                for row in rows:
                    for kind in ticked(row[0]):
                        assert kind not in found, f"{kind} is described twice"
                        found[kind] = (set(row[1].split(", ")), row[2])
    return found


def _tried() -> dict[str, set[tuple[str, bool]]]:
    """Kind -> levels that a test has seen, each with whether it was a policy matter."""
    found = {kind: set(seen) for kind, seen in ELSEWHERE.items()}
    for case in (*CASES, *GAINS):
        found.setdefault(case.kind, set()).add((case.level, case.is_policy))
    return found


def test_every_kind_of_change_is_described() -> None:
    folder = ROOT / "src/meshwright/plan/compatibility"
    in_code = {text for file in folder.glob("*.py") for text in _TEXT.findall(file.read_text(encoding="utf-8"))}
    # Two kinds of a status are put together from the status itself.
    in_code |= {"status_deprecated", "status_retired"}
    assert {*_documented("Datasets"), *_documented(*PORT_TABLES)} == in_code - _NO_KINDS


def test_every_kind_of_a_contract_has_a_case_and_the_levels_that_the_page_says() -> None:
    documented, tried = _documented(*PORT_TABLES), _tried()
    assert {kind: levels for kind, (levels, _) in documented.items()} == {
        kind: {level for level, _ in seen} for kind, seen in tried.items()
    }
    assert len(documented) >= 80


def test_the_page_says_what_is_a_matter_of_policy() -> None:
    words = {frozenset({True}): "yes", frozenset({False}): "", frozenset({True, False}): "yes of retention"}
    said = {kind: policy for kind, (_, policy) in _documented(*PORT_TABLES).items()}
    assert said == {kind: words[frozenset(is_policy for _, is_policy in seen)] for kind, seen in _tried().items()}


def test_every_level_is_described() -> None:
    header, rows = next(iter(tables(PAGE)))
    assert header[0] == "level"
    assert [row[0] for row in rows] == ["`none`", "`patch`", "`minor`", "`major`"]
