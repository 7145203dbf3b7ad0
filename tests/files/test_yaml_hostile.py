"""Hostile YAML: bounded in depth, size and time, and never an exception."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.diagnostics import has_errors
from meshwright.files.yaml import parse_yaml, to_plain
from meshwright.files.yaml_bounds import MAX_BYTES, MAX_DEPTH, MAX_FINDINGS

LAUGHS = b"a0: &a0 [x, x]\n" + b"".join(
    f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}]\n".encode() for i in range(1, 40)
)

HOSTILE = {
    "brackets": (b"[" * 100_000, "MW-Y006"),
    "closed brackets": (b"[" * 100_000 + b"]" * 100_000, "MW-Y006"),
    "braces": (b"{" * 100_000, "MW-Y006"),
    "mappings in braces": (b"{a: " * 50_000, "MW-Y006"),
    "brackets on lines": (b"[\n" * 100_000, "MW-Y006"),
    "dashes": (b"- " * 100_000, "MW-Y006"),
    "question marks": (b"? " * 100_000, "MW-Y006"),
    "indentation": (b"".join(b" " * i + b"a:\n" for i in range(2_000)), "MW-Y006"),
    "nesting through aliases": (
        b"- &a " + b"[" * 40 + b"]" * 40 + b"\n- " + b"[" * 40 + b"*a" + b"]" * 40,
        "MW-Y006",
    ),
    "billion laughs": (LAUGHS, "MW-Y007"),
    "many aliases": (b"- &a [1, 2, 3]\n" + b"- *a\n" * 100_000, "MW-Y007"),
    "many values": (b"- 1\n" * 1_000_000, "MW-Y007"),
    "many anchors": (b"".join(b"- &a%d x\n" % i for i in range(200_000)), "MW-Y007"),
    "a large file": (b"a" * (MAX_BYTES + 1), "MW-Y005"),
    "directives": (b"".join(b"%%TAG !a%d! x\n" % i for i in range(100_000)), "MW-Y019"),
    "quotes": (b'"' * 1_000_000, "MW-Y003"),
    "merge chain": (
        b"a: &a {x: 1}\n" + b"".join(b"b%d: {<<: [*a, *a, *a]}\n" % i for i in range(20_000)),
        "MW-Y014",
    ),
    "duplicates": (b"a: 1\n" * 500_000, "MW-Y008"),
    "long number": (b"a: " + b"9" * 1_000_000, "MW-Y015"),
    "long float": (b"a: 1." + b"9" * 1_000_000 + b"e99999", "MW-Y015"),
    "anchors in themselves": (b"&a [*a]\n", "MW-Y013"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_ends_in_a_finding_and_soon(name: str) -> None:
    data, code = HOSTILE[name]
    start = time.process_time()
    _, findings = parse_yaml(data, "f.yaml")
    assert code in {finding.code for finding in findings}
    assert len(findings) <= MAX_FINDINGS
    assert all(finding.span is not None and len(str(finding)) < 1000 for finding in findings)
    # Not a measurement: minutes or a dead process are what this guards against.
    assert time.process_time() - start < 20


def test_nesting_up_to_the_limit_is_read() -> None:
    document, findings = parse_yaml(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "f")
    assert document is not None
    assert not findings
    _, findings = parse_yaml(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "f")
    assert [finding.code for finding in findings] == ["MW-Y006"]


SEED = b"""# a contract
apiVersion: v3.2.0
schema: &s
  - name: "t"
    tags: [a, 'b', *x]
    properties:
      ? k
      : |
        text
      n: !!int 12
    more: {a: 1.5, b: ~, c: 0x1F}
...
"""
PIECES = [b"[", b"{", b"- ", b": ", b"\n", b"\t", b"&a ", b"*a", b"!!x ", b"<<: ", b"|", b">", b'"', b"'", b"\0", b"%",
          b"---\n", b"\xff", b"\xef\xbb\xbf", b"\\", b"\xe2\x80\xa8", b"? ", b"1e999", b"#"]  # fmt: skip


EDITS = st.lists(
    st.tuples(st.integers(0, len(SEED)), st.integers(0, 8), st.sampled_from(PIECES) | st.binary(max_size=4)),
    min_size=1,
    max_size=5,
)


def mutated(edits: list[tuple[int, int, bytes]]) -> bytes:
    data = SEED
    for at, cut, piece in edits:
        data = data[:at] + piece + data[at + cut :]
    return data


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200)
    | EDITS.map(mutated)
    | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))
)
def test_no_bytes_raise_and_every_finding_has_a_place(data: bytes) -> None:
    document, findings = parse_yaml(data, "f.yaml")
    lines = data.count(b"\n") + data.count(b"\r") + data.count(b"\xc2\x85") + data.count(b"\xe2\x80") + 2
    for finding in findings:
        assert finding.span is not None
        assert finding.span.file == "f.yaml"
        assert 1 <= finding.span.line <= lines
        assert finding.span.column >= 1
        assert finding.fix
    if document is None:
        assert has_errors(findings)
    else:
        to_plain(document.root)
