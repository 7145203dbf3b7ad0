"""What a YAML file may cost: limits, and the checks on raw bytes before libyaml sees them."""

from __future__ import annotations

import re

from meshwright.diagnostics import Diagnostic, SourceSpan

#: Largest file, in bytes.
MAX_BYTES = 4 * 1024 * 1024
#: Deepest nesting of mappings and lists, aliases written out.
MAX_DEPTH = 64
#: Most nodes, aliases written out.
MAX_NODES = 50_000
#: Most anchors: each is kept until the end of the file.
MAX_ANCHORS = 1_000
#: Most digits of a whole number.
MAX_DIGITS = 64
#: Most findings in one file: the rest would not be read.
MAX_FINDINGS = 100
#: Most ``%`` directives: libyaml compares each with all before it.
MAX_DIRECTIVES = 8

# Everything that YAML calls printable, and a byte order mark is handled before.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def decode_bounded(data: bytes, file: str) -> tuple[str, Diagnostic | None]:
    """Return the file's text (without a byte order mark), or the finding that makes it unreadable."""
    start = SourceSpan(file=file)
    if len(data) > MAX_BYTES:
        return "", Diagnostic(
            code="MW-Y005",
            message=f"the file has {len(data):,} bytes; a YAML file may have {MAX_BYTES:,}",
            span=start,
            fix="split the file; keep data in data files",
        )
    if data.startswith(_WIDE_MARKS) or (len(data) > 3 and b"\0" in (data[:1], data[1:2])):
        return "", Diagnostic(
            code="MW-Y001",
            message="the file is not UTF-8: it looks like UTF-16 or UTF-32",
            span=start,
            fix="save the file as UTF-8",
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place(data[: error.start].decode("utf-8"))
        return "", Diagnostic(
            code="MW-Y001",
            message=f"byte 0x{data[error.start]:02x} is not UTF-8",
            span=SourceSpan(file=file, line=line, column=column),
            fix="save the file as UTF-8",
        )
    return _bounded_text(text.removeprefix("\ufeff"), file)


def _bounded_text(text: str, file: str) -> tuple[str, Diagnostic | None]:
    """Refuse control characters and floods of directives."""
    found = _UNPRINTABLE.search(text)
    if found:
        line, column = _place(text[: found.start()])
        return "", Diagnostic(
            code="MW-Y002",
            message=f"control character U+{ord(found.group()):04X} is not allowed in YAML",
            span=SourceSpan(file=file, line=line, column=column),
            fix="remove it; inside double quotes it can be written as an escape such as \\x1b",
        )
    if "%" in text:
        for count, directive in enumerate(_DIRECTIVE.finditer(text), start=1):
            if count > MAX_DIRECTIVES:
                line, column = _place(text[: directive.start()])
                return "", Diagnostic(
                    code="MW-Y019",
                    message=f"more than {MAX_DIRECTIVES} lines start with '%', which marks a YAML directive",
                    span=SourceSpan(file=file, line=line, column=column),
                    fix="remove the directives; none is needed",
                )
    return text, None


def _place(before: str) -> tuple[int, int]:
    """Return line and column, from 1, of the character that follows `before`; breaks as libyaml counts them."""
    lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", before.removeprefix("\ufeff"))
    return len(lines), len(lines[-1]) + 1
