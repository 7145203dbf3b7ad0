"""Queries that differ in the name of their dataset alone are parsed once, and each is read as if it were alone."""

from __future__ import annotations

import pytest

from meshwright.checks.queries import parse_query, quoted_address
from meshwright.sql import ParsedStatement, parse_statement

LATE, EARLY = "ops.flights.late", "ops.flights.soon"


class Parser:
    """Parses, and remembers what."""

    def __init__(self) -> None:
        self.parsed: dict[str, ParsedStatement] = {}

    def __call__(self, text: str, dialect: str) -> ParsedStatement:
        """Return `text` parsed."""
        return self.parsed.setdefault(text, parse_statement(text, dialect))


@pytest.mark.parametrize(
    "template",
    [
        "select count(*) from {object} where delay_min < $floor",
        "select count(*)\nfrom {object} as l join {object} r using (id)\nwhere l.x not in (select x from other)",
        "with l as (from {object}) select max(a) from l",
        "from {object} select *",
    ],
)
def test_a_template_is_parsed_once_for_all_its_datasets(template: str) -> None:
    parser = Parser()
    for dataset in (LATE, EARLY):
        text = template.replace("{object}", quoted_address(dataset))
        assert parse_query(text, dataset, parser) == parse_statement(text, "duckdb")
    assert len(parser.parsed) == 1


@pytest.mark.parametrize(
    "template",
    [
        "select '{object}' from {object}",
        "select {object}.delay from {object}",
        "select late from {object}",
        "select soon.x from {object} as soon, late",
        "select 1 as ____________, ____________ from {object}",
        'select "____________" from {object}',
        "select x::{object} from {object}",
        "select $${object}$$ from {object} limit 1",
        "select first(x), now() from {object}",
        "select {object}(1) from {object}",
        "select ) from {object}",
        "select 1 from {object}.x",
        "select 1 -- of {object}\n from {object} /* {object} */, late.late.late",
        "select {'k': 1}.k, l['{object}'] from {object}",
    ],
)
def test_a_text_that_holds_the_name_elsewhere_is_read_as_it_stands(template: str) -> None:
    parser = Parser()
    for dataset in (LATE, EARLY, "a.b.c", "c.c.c"):
        text = template.replace("{object}", quoted_address(dataset))
        assert parse_query(text, dataset, parser) == parse_statement(text, "duckdb")
