"""YAML documents: values by the YAML 1.2 core schema, places, and one finding for each kind of mistake."""

from __future__ import annotations

import math

import pytest

from meshwright.diagnostics import SourceSpan
from meshwright.files.yaml import (
    YamlMapping,
    YamlScalar,
    YamlSequence,
    node_at,
    parse_yaml,
    root_mapping,
    shown,
    span_at,
    to_plain,
)


def value_of(text: str) -> object:
    document, findings = parse_yaml(f"a: {text}\n".encode(), "f.yaml")
    assert document is not None
    assert findings == ()
    plain = to_plain(document.root)
    assert isinstance(plain, dict)
    return plain["a"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", None),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("007", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("1.5", 1.5),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1e3", -1000.0),
        ("1e3", 1000.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("1.0.0", "1.0.0"),
        ("--", "--"),
        ("2020-01-31", "2020-01-31"),
        ("2020-99-99", "2020-99-99"),
        ("2020-01-31T10:00:00Z", "2020-01-31T10:00:00Z"),
        ('"12"', "12"),
        ("'true'", "true"),
        ("!!str 12", "12"),
        ('!!int "12"', 12),
        ("!!float 1", 1.0),
        ("! 12", "12"),
        ("=", "="),
        ("٣", "٣"),
        ("9" * 64, int("9" * 64)),
        ("[1, two, {three: 3}]", [1, "two", {"three": 3}]),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: object) -> None:
    found = value_of(text)
    assert found == value
    assert type(found) is type(value)


def test_nan_is_read_as_nan() -> None:
    found = value_of(".NaN")
    assert isinstance(found, float)
    assert math.isnan(found)


def test_block_scalars_keep_their_lines() -> None:
    document, findings = parse_yaml(b"a: |\n  one\n  two\nb: >-\n  one\n  two\n", "f")
    assert not findings
    assert document is not None
    assert to_plain(document.root) == {"a": "one\ntwo\n", "b": "one two"}


def test_every_node_knows_its_place() -> None:
    document, _ = parse_yaml("# note\né: 1\nlist:\n  - x: 2\n    yy: [a, b]\n".encode(), "dir/f.yaml")
    assert document is not None
    root = document.root
    assert isinstance(root, YamlMapping)
    assert root.span == SourceSpan(file="dir/f.yaml", line=2, column=1)
    assert root.span_of("é") == SourceSpan(file="dir/f.yaml", line=2, column=1)
    assert span_at(root, ["é"]) == SourceSpan(file="dir/f.yaml", line=2, column=4)
    assert span_at(root, ["list", 0, "yy", 1]) == SourceSpan(file="dir/f.yaml", line=5, column=13)
    assert span_at(root, ["list", 0, "missing", "deeper"]) == SourceSpan(file="dir/f.yaml", line=4, column=5)
    assert node_at(root, ["list", 7]) is None
    assert node_at(root, ["list", "x"]) is None
    items = root.get("list")
    assert isinstance(items, YamlSequence)
    assert len(items) == 1
    inner = items.items[0]
    assert isinstance(inner, YamlMapping)
    assert inner.keys == ("x", "yy")
    assert [entry.key for entry in inner] == ["x", "yy"]
    assert "x" in inner
    assert inner.entry("yy") is inner.entries[1]


def test_an_alias_repeats_its_value() -> None:
    document, findings = parse_yaml(b"a: &x {k: [1, 2]}\nb: *x\nc: &y text\n*y : 1\n", "f")
    assert not findings
    assert document is not None
    assert to_plain(document.root) == {"a": {"k": [1, 2]}, "b": {"k": [1, 2]}, "c": "text", "text": 1}


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# only a comment\n", b"---\n", b"null\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_empty_document(data: bytes) -> None:
    document, findings = parse_yaml(data, "f.yaml")
    assert findings == ()
    assert document is not None
    assert document.is_empty
    root, said = root_mapping(document, what="mesh.yaml")
    assert root is None
    assert [str(finding.span) for finding in said] == ["f.yaml:1:1"]
    assert said[0].code == "MW-Y017"


@pytest.mark.parametrize(("data", "kind"), [(b"- a\n", "a list"), (b"text\n", "text"), (b"12\n", "a whole number")])
def test_a_file_without_keys_is_not_a_mapping(data: bytes, kind: str) -> None:
    document, _ = parse_yaml(data, "f.yaml")
    assert document is not None
    root, said = root_mapping(document, what="mesh.yaml")
    assert root is None
    assert said[0].code == "MW-Y018"
    assert kind in said[0].message


MISTAKES = [
    ("latin one", b"a: b\nc: \xe9\n", "MW-Y001", "2:4", "UTF-8"),
    ("utf-16 with a mark", "a: b".encode("utf-16"), "MW-Y001", "1:1", "UTF-8"),
    ("utf-16 without a mark", "a: b".encode("utf-16-le"), "MW-Y001", "1:1", "UTF-8"),
    ("utf-32", "a: b".encode("utf-32-be"), "MW-Y001", "1:1", "UTF-8"),
    ("nul byte", b"a: b\nc: d\0e\n", "MW-Y002", "2:5", "remove"),
    ("control byte after text beyond ascii", "é: b\x07\n".encode(), "MW-Y002", "1:5", "remove"),
    ("nul escape", b'a: "x\\0"\n', "MW-Y002", "1:4", "remove"),
    ("byte order mark inside", "a: \ufeffb\n".encode(), "MW-Y002", "1:4", "remove"),
    ("tab indentation", b"a:\n\tb: c\n", "MW-Y004", "2:1", "spaces"),
    ("two colons", b"a: b: c\n", "MW-Y003", "1:5", "quotes"),
    ("open quote", b'a: "b\n', "MW-Y003", "2:1", "close"),
    ("open list", b"a: [1, 2\nb: c\n", "MW-Y003", "2:2", "']'"),
    ("open mapping", b"a: {b: 1\nc: 2\n", "MW-Y003", "2:2", "'}'"),
    ("percent at the start of a value", b"a: %b\n", "MW-Y003", "1:4", "quotes"),
    ("at sign", b"a: @b\n", "MW-Y003", "1:4", "quotes"),
    ("list beside a key", b"a: - b\n", "MW-Y003", "1:4", "line of its own"),
    ("odd indentation", b"a:\n    b: 1\n  c: 2\n", "MW-Y003", "3:3", "align"),
    ("key without a colon", b"a: 1\nbcd\ne: 2\n", "MW-Y003", "3:1", "key: value"),
    ("unknown escape", b'a: "\\q"\n', "MW-Y003", "1:5", "backslash"),
    ("duplicate key", b"a: 1\nb: 2\na: 3\n", "MW-Y008", "3:1", "keep one"),
    ("duplicate key in braces", b'x: {a: 1, "a": 2}\n', "MW-Y008", "1:11", "keep one"),
    ("number as a key", b"2013: x\n", "MW-Y009", "1:1", '"2013"'),
    ("true as a key", b"true: x\n", "MW-Y009", "1:1", '"true"'),
    ("null as a key", b"~: x\n", "MW-Y009", "1:1", "quotes"),
    ("list as a key", b"[a]: x\n", "MW-Y009", "1:1", "plain text"),
    ("mapping as a key", b"? {a: b}\n: x\n", "MW-Y009", "1:3", "plain text"),
    ("two documents", b"a: 1\n---\nb: 2\n", "MW-Y010", "2:1", "remove"),
    ("python tag", b"a: !!python/object/apply:os.system [ls]\n", "MW-Y011", "1:4", "remove the tag"),
    ("own tag", b"a: !secret x\n", "MW-Y011", "1:4", "remove the tag"),
    ("timestamp tag", b"a: !!timestamp 2020-01-01\n", "MW-Y011", "1:4", "remove the tag"),
    ("set tag", b"a: !!set {x, y}\n", "MW-Y011", "1:4", "remove the tag"),
    ("undeclared handle", b"a: !x!y z\n", "MW-Y011", "1:4", "tag"),
    ("alias to nothing", b"a: *b\n", "MW-Y012", "1:4", "quotes"),
    ("alias to a later anchor", b"a: *x\nb: &x 1\n", "MW-Y012", "1:4", "anchor"),
    ("alias inside itself", b"&a [1, *a]\n", "MW-Y013", "1:8", "write the value out"),
    ("alias inside its own mapping", b"a: &x\n  b: *x\n", "MW-Y013", "2:6", "write the value out"),
    ("merge key", b"a: &x {k: 1}\nb:\n  <<: *x\n", "MW-Y014", "3:3", "write the keys out"),
    ("integer of 100,000 digits", b"a: " + b"9" * 100_000, "MW-Y015", "1:4", "quotes"),
    ("hexadecimal integer too long", b"a: 0x" + b"f" * 100, "MW-Y015", "1:4", "quotes"),
    ("float out of range", b"a: 1e999\n", "MW-Y015", "1:4", "quotes"),
    ("misfit of a tag", b"a: !!int abc\n", "MW-Y016", "1:4", "quotes"),
    ("misfit of a bool tag", b"a: !!bool maybe\n", "MW-Y016", "1:4", "quotes"),
    ("YAML of the future", b"%YAML 2.0\n---\na: 1\n", "MW-Y019", "1:1", "remove"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "code", "place", "fix"), [case[1:] for case in MISTAKES], ids=[c[0] for c in MISTAKES]
)
def test_a_mistake_is_one_finding_with_its_place(data: bytes, code: str, place: str, fix: str) -> None:
    _, findings = parse_yaml(data, "f.yaml")
    assert [(finding.code, str(finding.span)) for finding in findings] == [(code, f"f.yaml:{place}")]
    assert findings[0].fix is not None
    assert fix in findings[0].fix


def test_all_duplicate_keys_are_reported_and_the_first_value_is_kept() -> None:
    document, findings = parse_yaml(b"a: 1\na: 2\nb: {c: 1, c: 2}\na: 3\n", "f")
    assert [str(finding.span) for finding in findings] == ["f:2:1", "f:3:11", "f:4:1"]
    assert "first in line 1, column 1" in findings[2].message
    assert document is not None
    assert to_plain(document.root) == {"a": 1, "b": {"c": 1}}


def test_the_first_document_is_kept_where_there_are_two() -> None:
    document, _ = parse_yaml(b"a: 1\n---\nb: 2\n", "f")
    assert document is not None
    assert to_plain(document.root) == {"a": 1}


def test_quoted_keys_are_text() -> None:
    document, findings = parse_yaml(b'"2013": a\n\'true\': b\n"<<": c\nno: d\n', "f")
    assert not findings
    assert document is not None
    assert to_plain(document.root) == {"2013": "a", "true": "b", "<<": "c", "no": "d"}


def test_windows_line_ends_and_a_byte_order_mark_are_fine() -> None:
    document, findings = parse_yaml(b"\xef\xbb\xbfa: 1\r\nb:\r\n  - x\r\n", "f")
    assert not findings
    assert document is not None
    assert to_plain(document.root) == {"a": 1, "b": ["x"]}
    assert str(span_at(document.root, ["b", 0])) == "f:3:5"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("x", "text"), ("1", "a whole number"), ("1.5", "a number"), ("true", "true or false"), ("~", "nothing")],
)
def test_a_scalar_says_its_kind(text: str, kind: str) -> None:
    document, _ = parse_yaml(f"[{text}]".encode(), "f")
    assert document is not None
    scalar = node_at(document.root, [0])
    assert isinstance(scalar, YamlScalar)
    assert scalar.kind == kind


def test_long_text_is_cut_in_messages() -> None:
    assert shown("a\nb  c") == "a b c"
    assert len(shown("x" * 1000)) == 80
