"""The shape of a CSV file, found without an engine: how many records it holds, and what no reader may pass over.

The scan is the second opinion on what DuckDB reads: it counts records and delimiters outside of quotes over all bytes,
at the speed of `bytes.count`, so that a row that is dropped, shifted or joined with another is noticed.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path

from meshwright.engines.duckdb.plainfile import PlainFile, source_problem
from meshwright.engines.protocol import SourceRead
from meshwright.frozen import dataclass

_CHUNK = 1 << 23
#: Longest text of a line that a message shows.
_SHOWN = 120
_LONGEST_FIELD = 1 << 24
#: A stretch of this many bytes without a line break makes a record unusual.
_STRETCH = 1 << 20
#: No record is longer in a file without such a stretch, however its chunks were cut.
USUAL_RECORD_BYTES = 2 * _STRETCH


@dataclass(frozen=True, kw_only=True, slots=True)
class CsvShape:
    """What the scan found."""

    #: Records, the header among them; lines that are blank count only in a file of one column.
    records: int
    #: Delimiters outside of quotes.
    delimiters: int
    #: Lines that are blank, at the end of the file.
    blank_lines: int
    #: Whether every record is known to have at most `USUAL_RECORD_BYTES`.
    is_usual: bool


class _Tally:
    """Running counts of one scan."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter.encode()
        edge = re.escape(self.delimiter)
        #: A quote that neither opens nor closes a field.
        # (Beginning with the quote itself, the pattern is found at the speed of `bytes.find`.)
        self.stray = re.compile(rb'"(?:(?<=[^%b\r\n"]")|[^%b\r\n"])' % (edge, edge))
        self.is_inside = False
        self.tail = b"\n"
        self.lf = self.crlf = self.cr = self.delimiters = self.blank = 0
        self.has_stray = self.has_long_stretch = False
        #: Line breaks of either kind, those inside of quotes too.
        self.breaks = 0

    def add(self, chunk: bytes) -> None:
        """Count one chunk."""
        self.breaks += chunk.count(b"\n") + chunk.count(b"\r")
        self.has_long_stretch = self.has_long_stretch or _has_long_stretch(chunk)
        parts = chunk.split(b'"')
        outside = b'"'.join(parts[1 if self.is_inside else 0 :: 2])
        prefix = b'"' if self.is_inside else self.tail
        self.is_inside ^= (len(parts) - 1) % 2 == 1
        text = prefix + outside
        self.has_stray = self.has_stray or self.stray.search(text + (b'"' if self.is_inside else b"")) is not None
        self.lf += outside.count(b"\n")
        self.cr += outside.count(b"\r")
        self.crlf += outside.count(b"\r\n") + (prefix == b"\r" and outside[:1] == b"\n")
        self.delimiters += outside.count(self.delimiter)
        self.blank += len(re.findall(rb"\n(?=\r?\n)", text)) + len(re.findall(rb"\r(?=\r)", text))
        # A carriage return at the very end waits for its line feed.
        self.tail = text[-1:]

    @property
    def is_usual(self) -> bool:
        """Whether records are lines, none of them long."""
        return self.breaks == self.lf + self.cr and not self.has_long_stretch


def _has_long_stretch(chunk: bytes) -> bool:
    """Whether a stretch of `_STRETCH` bytes holds no line break."""
    start = 0
    while len(chunk) - start > _STRETCH:
        end = start + _STRETCH
        found = max(chunk.rfind(b"\n", start, end), chunk.rfind(b"\r", start, end))
        if found < 0:
            return True
        start = found + 1
    return False


def scan_csv(read: SourceRead, file: PlainFile, delimiter: str) -> CsvShape:
    """Scan the whole file. Raises InputError (MW-X2xx) naming the line of whatever makes it ambiguous."""
    tally = _Tally(delimiter)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    lines = 1
    last = b"\n"
    is_first = True
    with file.path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            _check_text(read, file, decoder, chunk, lines)
            lines += chunk.count(b"\n")
            if is_first:
                chunk = chunk.removeprefix(codecs.BOM_UTF8)
                is_first = False
            tally.add(chunk)
            last = chunk[-1:] or last
    if tally.is_inside or tally.has_stray:
        raise _quote_problem(read, file, delimiter)
    kinds = {"\r\n": tally.crlf, "\n": tally.lf - tally.crlf, "\r": tally.cr - tally.crlf}
    if sum(1 for count in kinds.values() if count) > 1:
        raise _newline_problem(read, file, kinds)
    breaks = sum(kinds.values())
    ending = _trailing_blank_lines(file.path)
    is_open = last not in {b"\n", b"\r"}
    return _shape(read, file, tally, breaks + is_open, ending)


def _shape(read: SourceRead, file: PlainFile, tally: _Tally, lines: int, ending: int) -> CsvShape:
    """Return the shape, or raise for a blank line between records of several columns."""
    if not tally.delimiters:
        return CsvShape(records=lines, delimiters=0, blank_lines=ending, is_usual=tally.is_usual)
    if tally.blank > ending:
        for number, line in enumerate(_lines(file.path), 1):
            if not line.strip("\r\n"):
                raise source_problem(
                    "MW-X204", read, file.name, "a line between the records is blank", line=number,
                    fix="remove the blank line, or what stands above the header",
                )  # fmt: skip
    records = lines - ending
    return CsvShape(records=records, delimiters=tally.delimiters, blank_lines=ending, is_usual=tally.is_usual)


def _check_text(
    read: SourceRead, file: PlainFile, decoder: codecs.IncrementalDecoder, chunk: bytes, lines: int
) -> None:
    """Raise InputError unless `chunk` goes on as UTF-8 text without NUL."""
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        bad = error.object[error.start : error.start + 1]
        line = lines + error.object.count(b"\n", 0, error.start)
        is_utf16 = chunk[:2] in {b"\xff\xfe", b"\xfe\xff"}
        raise source_problem(
            "MW-X201", read, file.name, f"the file is not utf-8: byte 0x{bad.hex()} stands in line {line}", line=line,
            fix="declare `encoding: utf-16`" if is_utf16 else "declare `encoding`, for example latin-1 or cp1252",
        ) from error  # fmt: skip
    if b"\0" in chunk:
        line = lines + chunk.count(b"\n", 0, chunk.index(b"\0"))
        raise source_problem(
            "MW-X203", read, file.name, f"a NUL byte stands in line {line}: this is not a text file", line=line,
            fix="declare `encoding: utf-16` if it is such a file, or get the file again",
        )  # fmt: skip


def _trailing_blank_lines(path: Path) -> int:
    """Return how many blank lines end the file."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - (1 << 16)))
        end = stream.read()
    breaks = end[len(end.rstrip(b"\r\n")) :].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return max(0, len(breaks) - 1)


def _quote_problem(read: SourceRead, file: PlainFile, delimiter: str) -> Exception:
    """Return the error that names the first quote that is out of place, or the one that is never closed."""
    is_inside = False
    opened, opening = 1, ""
    fix = 'write a field with a delimiter, a line break or a quote as "...", and a quote inside it as ""'
    for number, line in enumerate(_lines(file.path), 1):
        text = line.rstrip("\r\n")
        is_inside, is_bad = _walk(text, delimiter, is_inside)
        if is_bad:
            message = f"a quote is out of place: {shown(text)}"
            return source_problem("MW-X205", read, file.name, message, line=number, fix=fix)
        if is_inside and '"' in text:
            opened, opening = number, text
    message = f"a quote is never closed: {shown(opening)}"
    return source_problem("MW-X205", read, file.name, message, line=opened, fix=fix)


def _walk(text: str, delimiter: str, is_inside: bool) -> tuple[bool, bool]:
    """Walk over one line: whether it ends inside of quotes, and whether a quote in it is out of place."""
    previous = delimiter
    place = 0
    while place < len(text):
        letter, following = text[place], text[place + 1 : place + 2]
        if is_inside and letter == '"':
            if following == '"':
                place += 1
            elif following not in {"", delimiter}:
                return False, True
            else:
                is_inside = False
        elif letter == '"':
            if previous != delimiter:
                return False, True
            is_inside = True
        previous = letter
        place += 1
    return is_inside, False


def _newline_problem(read: SourceRead, file: PlainFile, kinds: dict[str, int]) -> Exception:
    """Return the error that names the first line with the rarer ending."""
    rare = min((kind for kind, count in kinds.items() if count), key=lambda kind: kinds[kind])
    number = next((place for place, line in enumerate(_lines(file.path), 1) if _has_break(line, rare)), 1)
    names = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}
    found = " and ".join(f"{count} {names[kind]}" for kind, count in kinds.items() if count)
    return source_problem(
        "MW-X206", read, file.name, f"line endings are mixed ({found}); the first {names[rare]} is in line {number}",
        line=number, fix="write the whole file with one kind of line ending",
    )  # fmt: skip


def _has_break(line: str, kind: str) -> bool:
    """Whether a line ends with, or holds, a line break of this kind."""
    text = line.rstrip("\r\n")
    return line[len(text) :] == kind or (kind == "\r" and "\r" in text)


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file with their endings."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from stream


def shown(text: str) -> str:
    """Return a line as messages show it."""
    plain = text.rstrip("\r\n")
    return repr(plain if len(plain) <= _SHOWN else plain[:_SHOWN] + "…")


def records_with_lines(path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line it begins in: slow, for the place of an error and for the head."""
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        # The limit belongs to the process; the standard one is no rule of CSV.
        csv.field_size_limit(_LONGEST_FIELD)
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        line = 1
        for record in reader:
            yield line, record
            line = reader.line_num + 1
