"""Broken contracts: each mistake is one finding, with its code, its place and a way out."""

from __future__ import annotations

import pytest
from contract_samples import FULL, HEAD, with_rule
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.diagnostics import Diagnostic
from meshwright.files.standards import DEFAULT_SEVERITIES, read_contract


def findings_of(text: str) -> tuple[Diagnostic, ...]:
    return read_contract(text.encode(), "c.yaml", DEFAULT_SEVERITIES)[1]


PROPERTY = "        "  # indentation of a property's keys; the first further one stands in line 10

BROKEN = [
    # the document
    ("empty file", "", "MW-Y017", "1:1", "write the keys"),
    ("a list", "- a\n", "MW-Y018", "1:1", "key: value"),
    ("no YAML", "a: [\n", "MW-Y003", "2:1", "value"),
    ("duplicate key", HEAD + "id: b\n", "MW-Y008", "10:1", "keep one"),
    ("another specification", "dataContractSpecification: 1.1.0\nid: a\n", "MW-C002", "1:1", "ODCS"),
    ("version 2", HEAD.replace("v3.2.0", "v2.2.2"), "MW-C002", "1:13", "convert"),
    ("version of the future", HEAD.replace("v3.2.0", "v3.3.0"), "MW-C003", "1:13", "did you mean 'v3"),
    ("version without a v", HEAD.replace("v3.2.0", "3.2.0"), "MW-C003", "1:13", "did you mean 'v3.2.0'"),
    ("version of two numbers", HEAD.replace("v3.2.0", "v3.1"), "MW-C003", "1:13", "did you mean 'v3.1.0'"),
    ("version as a number", HEAD.replace("v3.2.0", "3.2"), "MW-C006", "1:13", '"3.2"'),
    ("no standard's version", HEAD.replace("apiVersion: v3.2.0\n", ""), "MW-C004", "1:1", "add 'apiVersion"),
    ("no version", HEAD.replace("version: 1.0.0\n", ""), "MW-C004", "1:1", "add 'version"),
    ("no id, after a comment", "# hi\n" + HEAD.replace("id: a\n", ""), "MW-C004", "1:1", "add 'id"),
    ("misspelt key", HEAD.replace("version: 1", "verison: 1"), "MW-C005", "4:1", "did you mean 'version'"),
    ("unknown key", HEAD + "owner: me\n", "MW-C005", "10:1", "keys: "),
    ("wrong kind", HEAD.replace("DataContract", "DataProduct"), "MW-C007", "2:7", "DataContract"),
    ("version 1.0", HEAD.replace("1.0.0", "1.0"), "MW-C006", "4:10", '"1.0"'),
    ("empty id", HEAD.replace("id: a", "id: ''"), "MW-C019", "3:5", "write the id"),
    ("id without a value", HEAD.replace("id: a", "id:"), "MW-C006", "3:4", "write a value"),
    ("description as text", HEAD + "description: nice\n", "MW-C006", "10:14", "key: value"),
    ("tags as text", HEAD + "tags: a, b\n", "MW-C006", "10:7", "list"),
    ("a tag that is a number", HEAD + "tags: [a, 1]\n", "MW-C006", "10:11", '"1"'),
    ("not a number", HEAD + "customProperties: [{property: a, value: .nan}]\n", "MW-C010", "10:41", "finite"),
    ("infinite", HEAD + "price: {priceAmount: -.inf}\n", "MW-C010", "10:22", "finite"),
    ("team member without a name", HEAD + "team:\n  - {role: boss}\n", "MW-C004", "11:5", "username"),
    ("unknown key in a team member", HEAD + "team:\n  - {username: a, nam: b}\n", "MW-C005", "11:19", "'name'"),
    ("team as text", HEAD + "team: us\n", "MW-C006", "10:7", "list"),
    ("unknown server type", HEAD + "servers: [{server: a, type: postgress}]\n", "MW-C007", "10:29", "postgres"),
    ("server without its keys", HEAD + "servers: [{server: a, type: local, path: x}]\n", "MW-C004", "10:11", "format"),
    ("service level without a value", HEAD + "slaProperties: [{property: a}]\n", "MW-C004", "10:17", "value"),
    ("misspelt service level key", HEAD + "slaProperties: [{property: a, vaule: 1}]\n", "MW-C005", "10:31", "'value'"),
    # objects and properties
    ("schema as a mapping", HEAD.replace("  - name: t\n    properties:\n      - name: c\n        logicalType: string\n",
                                         "  name: t\n"), "MW-C006", "6:3", "list"),
    ("object without a name", HEAD.replace("  - name: t\n", "  - physicalName: t\n"), "MW-C004", "6:5", "name"),
    ("object twice", HEAD + "  - name: t\n", "MW-C011", "10:5", "name of its own"),
    ("property twice", HEAD + "      - name: c\n", "MW-C012", "10:9", "name of its own"),
    ("property without a name", HEAD + "      - logicalType: string\n", "MW-C004", "10:9", "name"),
    ("property with an empty name", HEAD + "      - name: ' '\n", "MW-C019", "10:15", "write the name"),
    ("property as text", HEAD + "      - d\n", "MW-C006", "10:9", "key: value"),
    ("misspelt key in an object", HEAD + "    qualitty: []\n", "MW-C005", "10:5", "did you mean 'quality'"),
    ("misspelt key in a property", HEAD + PROPERTY + "requird: true\n", "MW-C005", "10:9", "did you mean 'required'"),
    ("unknown type", HEAD.replace("string", "int"), "MW-C007", "9:22", "did you mean 'integer'"),
    ("required as text", HEAD + PROPERTY + "required: 'yes'\n", "MW-C006", "10:19", "true or false"),
    ("required as yes", HEAD + PROPERTY + "required: yes\n", "MW-C006", "10:19", "true or false"),
    ("position as text", HEAD + PROPERTY + "primaryKeyPosition: one\n", "MW-C006", "10:29", "whole number"),
    ("position without a key", HEAD + PROPERTY + "primaryKeyPosition: 1\n", "MW-C013", "10:9", "primaryKey: true"),
    ("position 0", HEAD + PROPERTY + "primaryKey: true\n        primaryKeyPosition: 0\n", "MW-C013", "11:9", "from 1"),
    ("position twice", HEAD + PROPERTY + "primaryKey: true\n        primaryKeyPosition: 1\n"
     "      - {name: d, primaryKey: true, primaryKeyPosition: 1}\n", "MW-C013", "12:37", "its own position"),
    ("enum of plain values", HEAD + PROPERTY + "enum: [a]\n", "MW-C006", "10:16", "- value: a"),
    ("enum value twice", HEAD + PROPERTY + "enum: [{value: a}, {value: a}]\n", "MW-C014", "10:36", "keep each"),
    ("enum value twice with labels", HEAD + PROPERTY + "enum: [{value: a, label: b}, {value: a}]\n", "MW-C014",
     "10:46", "keep each"),
    ("empty enum", HEAD + PROPERTY + "enum: []\n", "MW-C008", "10:15", "add"),
    ("misspelt enum key", HEAD + PROPERTY + "enum: [{vale: a}]\n", "MW-C005", "10:17", "did you mean 'value'"),
    ("misspelt option", HEAD + PROPERTY + "logicalTypeOptions: {maxlength: 3}\n", "MW-C005", "10:30", "'maxLength'"),
    ("option of another type", HEAD + PROPERTY + "logicalTypeOptions: {multipleOf: 3}\n", "MW-C005", "10:30", "maxLen"),
    ("a date that is none", HEAD.replace("string", "date") + PROPERTY + "logicalTypeOptions: {minimum: 31.1.2026}\n",
     "MW-C044", "10:39", "ISO 8601"),
    ("a key of another length", HEAD + "    relationships: [{from: [t.c], to: [t.a, t.b]}]\n", "MW-C040", "10:35", "as many"),
    ("a query about items", HEAD.replace("string", "array") + PROPERTY
     + "items: {quality: [{type: sql, query: 'select count({property}) from {object}', mustBe: 0}]}\n",
     "MW-C045", "10:46", "unnest"),
    ("a schedule of six fields", with_rule("{metric: nullValues, mustBe: 0, schedule: '0 0 20 * * *'}"), "MW-C046", "11:55",
     "'0 20 * * *'"),
    ("a schedule at hour 30", HEAD + "slaProperties: [{property: a, value: 1, scheduler: cron, schedule: 0 30 * * *}]\n",
     "MW-C046", "10:68", "minute, hour"),
    ("a scheduler without a schedule", with_rule("{metric: nullValues, mustBe: 0, scheduler: cron}"), "MW-C046", "11:45", "add"),
    ("negative length", HEAD + PROPERTY + "logicalTypeOptions: {minLength: -1}\n", "MW-C008", "10:41", "0 or more"),
    ("lengths in the wrong order", HEAD + PROPERTY + "logicalTypeOptions: {minLength: 3, maxLength: 2}\n", "MW-C017",
     "10:30", "exchange"),
    ("broken pattern", HEAD + PROPERTY + "logicalTypeOptions: {pattern: '[a'}\n", "MW-C018", "10:39", "brackets"),
    ("pattern that looks around", HEAD + PROPERTY + "logicalTypeOptions: {pattern: '(?=a)'}\n", "MW-C018", "10:39",
     "look-around"),
    ("nested properties of a text", HEAD + PROPERTY + "properties: [{name: x}]\n", "MW-C009", "10:9", "object"),
    ("items of a text", HEAD + PROPERTY + "items: {logicalType: string}\n", "MW-C009", "10:9", "array"),
    ("map without a map", HEAD.replace("string", "map"), "MW-C004", "8:9", "map"),
    ("vector without dimensions", HEAD.replace("string", "vector") + PROPERTY + "logicalTypeOptions: {}\n", "MW-C004",
     "10:29", "dimensions"),
    ("misspelt key in a nested property", HEAD.replace("string", "object")
     + PROPERTY + "properties: [{name: x, logicaltype: string}]\n", "MW-C005", "10:32", "logicalType"),
    ("identifier with a space", HEAD + PROPERTY + "id: a b\n", "MW-C008", "10:13", "letters"),
    ("from in a property's relationship", HEAD + PROPERTY + "relationships: [{from: t.c, to: u.d}]\n", "MW-C008",
     "10:25", "remove 'from'"),
    # quality rules
    ("rules as a mapping", HEAD + PROPERTY + "quality: {metric: nullValues}\n", "MW-C006", "10:18", "- "),
    ("rule as text", with_rule("nullValues"), "MW-C006", "11:13", "metric"),
    ("rule of nothing", with_rule("{mustBe: 0}"), "MW-C020", "11:13", "rowCount"),
    ("misspelt metric key", with_rule("{metrc: nullValues, mustBe: 0}"), "MW-C005", "11:14", "'metric'"),
    ("misspelt metric", with_rule("{metric: nullvalues, mustBe: 0}"), "MW-C021", "11:22", "did you mean 'nullValues'"),
    ("metric as a list", with_rule("{metric: [nullValues], mustBe: 0}"), "MW-C006", "11:22", "library metric"),
    ("no operator", with_rule("{metric: nullValues}"), "MW-C022", "11:13", "mustBe: 0"),
    ("two operators", with_rule("{metric: nullValues, mustBeGreaterThan: 0, mustBeLessThan: 3}"), "MW-C023", "11:56",
     "mustBeBetween"),
    ("misspelt operator", with_rule("{metric: nullValues, mustbe: 0, mustBe: 0}"), "MW-C005", "11:34", "mustBe"),
    ("bound as text", with_rule("{metric: nullValues, mustBe: '0'}"), "MW-C024", "11:42", "without quotes"),
    ("bound without a value", with_rule("{metric: nullValues, mustBe: }"), "MW-C024", "11:42", "mustBe: 0"),
    ("null bound", with_rule("{metric: nullValues, mustBe: null}"), "MW-C024", "11:42", "mustBe: 0"),
    ("true bound", with_rule("{metric: nullValues, mustBe: true}"), "MW-C024", "11:42", "number"),
    ("bound as a list", with_rule("{metric: nullValues, mustBeLessThan: [1]}"), "MW-C024", "11:50", "mustBeLessThan: 0"),
    ("range of one", with_rule("{metric: nullValues, mustBeBetween: [1]}"), "MW-C025", "11:49", "[low, high]"),
    ("range as a number", with_rule("{metric: nullValues, mustBeBetween: 1}"), "MW-C025", "11:49", "[low, high]"),
    ("range of texts", with_rule("{metric: nullValues, mustBeBetween: [a, 2]}"), "MW-C025", "11:50", "[low, high]"),
    ("range backwards", with_rule("{metric: nullValues, mustBeBetween: [3, 1]}"), "MW-C025", "11:49", "[1, 3]"),
    ("range of equals", with_rule("{metric: nullValues, mustNotBeBetween: [3, 3]}"), "MW-C025", "11:52", "[low, high]"),
    ("row count of a property", with_rule("{metric: rowCount, mustBe: 0}"), "MW-C027", "11:14", "of the object"),
    ("nulls of an object", with_rule("{metric: nullValues, mustBe: 0}", on_object=True), "MW-C027", "11:10",
     "of a property"),
    ("valid values not said", with_rule("{metric: invalidValues, mustBe: 0}"), "MW-C028", "11:13", "validValues"),
    ("misspelt argument", with_rule("{metric: invalidValues, mustBe: 0, arguments: {validvalues: [a]}}"), "MW-C028",
     "11:60", "did you mean 'validValues'"),
    ("argument beside the metric", with_rule("{metric: nullValues, mustBe: 0, pattern: a}"), "MW-C009", "11:45",
     "arguments"),
    ("argument as text", with_rule("{metric: invalidValues, mustBe: 0, arguments: {validValues: a}}"), "MW-C028",
     "11:73", "[...]"),
    ("empty argument", with_rule("{metric: missingValues, mustBe: 0, arguments: {missingValues: []}}"), "MW-C028",
     "11:75", "[...]"),
    ("arguments as a list", with_rule("{metric: missingValues, mustBe: 0, arguments: [a]}"), "MW-C006", "11:59",
     "name: value"),
    ("broken pattern in a rule", with_rule("{metric: invalidValues, mustBe: 0, arguments: {pattern: '('}}"), "MW-C018",
     "11:69", "groups"),
    ("duplicates of what", with_rule("{metric: duplicateValues, mustBe: 0}", on_object=True), "MW-C028", "11:9",
     "properties"),
    ("duplicates of an unknown property",
     with_rule("{metric: duplicateValues, mustBe: 0, arguments: {properties: [cc]}}", on_object=True), "MW-C015", "11:9",
     "did you mean 'c'"),
    ("unknown unit", with_rule("{metric: nullValues, mustBe: 0, unit: percentage}"), "MW-C029", "11:51", "'percent'"),
    ("percent of a row count", with_rule("{metric: rowCount, mustBe: 1, unit: percent}", on_object=True), "MW-C029",
     "11:45", "remove"),
    ("unknown severity", with_rule("{metric: nullValues, mustBe: 0, severity: wran}"), "MW-C030", "11:55",
     "did you mean 'warn'"),
    ("unknown type of rule", with_rule("{type: sqll, query: select 1, mustBe: 0}"), "MW-C007", "11:20", "'sql'"),
    ("query without a type", with_rule("{query: select 1, mustBe: 0}"), "MW-C004", "11:13", "type: sql"),
    ("sql without a query", with_rule("{type: sql, mustBe: 0}"), "MW-C004", "11:13", "SELECT"),
    ("empty query", with_rule("{type: sql, query: '', mustBe: 0}"), "MW-C019", "11:32", "SELECT"),
    ("query of a property on an object", with_rule("{type: sql, query: 'select {property}', mustBe: 0}", on_object=True),
     "MW-C034", "11:28", "move the rule"),
    ("metric and query", with_rule("{metric: nullValues, mustBe: 0, query: select 1}"), "MW-C009", "11:45", "type"),
    ("operator of a text rule", with_rule("{type: text, mustBe: 0}"), "MW-C009", "11:26", "type"),
    ("custom rule without an engine", with_rule("{type: custom, implementation: a}"), "MW-C004", "11:13", "engine"),
    ("custom rule of a number", with_rule("{type: custom, engine: a, implementation: 3}"), "MW-C006", "11:55", "quotes"),
    ("unknown dimension", with_rule("{metric: nullValues, mustBe: 0, dimension: accurate}"), "MW-C007", "11:56",
     "did you mean 'accuracy'"),
    ("rule of 3.0 in 3.2", with_rule("{rule: nullCheck, mustBe: 0}"), "MW-C032", "11:14", "metric: nullValues"),
    ("rule of 3.0 without an equal", with_rule("{rule: minCheck}").replace("v3.2.0", "v3.0.0"), "MW-C031", "11:20",
     "type: sql"),
    ("rule of 3.0 without an operator", with_rule("{rule: countCheck, type: library}", on_object=True)
     .replace("v3.2.0", "v3.0.0"), "MW-C022", "11:9", "mustBe: 0"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "place", "fix"), [case[1:] for case in BROKEN], ids=[c[0] for c in BROKEN])
def test_a_mistake_is_one_finding(text: str, code: str, place: str, fix: str) -> None:
    findings = findings_of(text)
    assert [(finding.code, str(finding.span)) for finding in findings] == [(code, f"c.yaml:{place}")], findings
    assert findings[0].fix is not None
    assert fix in findings[0].fix


def test_all_mistakes_are_reported_in_one_go_in_the_order_of_the_file() -> None:
    text = (
        HEAD.replace("id: a", "id: 5").replace("string", "text")
        + "        requird: true\n        quality: [{metric: x, mustBe: 0}, {metric: nullValues, dimension: y}]\n"
        + "tagz: []\n"
    )
    assert [finding.code for finding in findings_of(text)] == [
        "MW-C006",
        "MW-C007",
        "MW-C005",
        "MW-C021",
        "MW-C022",
        "MW-C007",
        "MW-C005",
    ]


def test_a_flood_of_mistakes_is_cut() -> None:
    keys = "".join(f"unknown_{number}: 1\n" for number in range(5_000))
    rules = "        quality:\n" + "          - {metric: x}\n" * 5_000
    assert len(findings_of(HEAD + rules + keys)) < 700


LINES = FULL.splitlines(keepends=True)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(LINES) - 1),
            st.sampled_from(["drop", "null", "list", "number", "swap", "indent", "nan", "mapping"]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_no_spoilt_contract_raises(edits: list[tuple[int, str]]) -> None:
    lines = list(LINES)
    for at, edit in edits:
        key, colon, _ = lines[at].partition(":")
        lines[at] = {
            "drop": "",
            "null": f"{key}{colon}\n",
            "list": f"{key}{colon} [a, 1]\n",
            "number": f"{key}{colon} 3\n",
            "nan": f"{key}{colon} .nan\n",
            "mapping": f"{key}{colon} {{a: b}}\n",
            "swap": lines[-at - 1],
            "indent": "  " + lines[at],
        }[edit]
    for finding in findings_of("".join(lines)):
        assert finding.span is not None
        assert finding.fix
