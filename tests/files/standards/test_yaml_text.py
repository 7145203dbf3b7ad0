"""What is written as YAML is read back as it was, by a reader of YAML 1.2 and by one of 1.1."""

from __future__ import annotations

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.files.standards.exchange.yamltext import yaml_document
from meshwright.files.yaml import parse_yaml, to_plain

TRAPS = (
    "yes",
    "No",
    "on",
    "y",
    "~",
    "null",
    "1e5",
    "0x1F",
    "0o7",
    "1_000",
    "12:30:00",
    "2024-01-01",
    "1.0.0",
    "- a",
    "a: b",
    "a:",
    "a #b",
    "#a",
    "[a",
    "{a",
    "<<",
    "=",
    "!t",
    "&a",
    "*a",
    "%x",
    "`x",
    "@x",
    "'",
    '"',
    "a, b",
    " a",
    "a ",
    "a\nb",
    "a\n b",
    "\na",
    "a\n",
    "a\n\nb",
    "a\tb",
    "a\u2028b",
    "\x7f",
    "\x85",
    "\ufeff",
    "select {x} from 'y'",
    "a{b",
    "a'b",
    "?",
    "? a",
    "|",
    "> a",
    "---",
    "...",
    "é",
    "😀",
    ".inf",
)
TEXTS = (
    st.sampled_from(TRAPS)
    | st.text("ab1 {}'\"[],%!~|:#&*-.<>=?\n()", max_size=12)
    | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)
)
KEYS = (TEXTS | st.sampled_from(["name", "query", "type", "quality"])).filter(lambda key: bool(key) and key != "<<")
VALUES = st.recursive(
    TEXTS | st.integers(-(10**9), 10**9) | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(KEYS, inside, max_size=4),
    max_leaves=10,
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_every_value_comes_back(value: dict[str, object]) -> None:
    text = yaml_document(value)
    document, findings = parse_yaml(text.encode(), "x")
    assert document is not None
    assert findings == ()
    assert to_plain(document.root) == value
    assert yaml.safe_load(text) == value


def test_it_reads_well() -> None:
    text = yaml_document(
        {
            "version": "1.0.0",
            "schema": [
                {
                    "name": "orders",
                    "description": "One line.\nAnother line.",
                    "properties": [
                        {"name": "on", "physicalType": "DECIMAL(10,2)", "enum": [{"value": "a"}, {"value": "b, c"}]}
                    ],
                    "quality": [{"metric": "rowCount", "mustBeGreaterThan": 0}],
                    "tags": [],
                }
            ],
        }
    )
    assert text == (
        "version: 1.0.0\n"
        "schema:\n"
        "  - name: orders\n"
        "    description: |-\n"
        "      One line.\n"
        "      Another line.\n"
        "    properties:\n"
        '      - name: "on"\n'
        "        physicalType: DECIMAL(10,2)\n"
        '        enum: [{value: a}, {value: "b, c"}]\n'
        "    quality:\n"
        "      - {metric: rowCount, mustBeGreaterThan: 0}\n"
        "    tags: []\n"
    )
