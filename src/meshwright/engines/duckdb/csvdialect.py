"""How a CSV file is written: its delimiter and its header, as declared or as the file leaves no doubt about."""

from __future__ import annotations

import csv
import io
import itertools
import re

from meshwright.diagnostics import known_names_hint
from meshwright.engines.duckdb.csvscan import records_with_lines, scan_csv, shown
from meshwright.engines.duckdb.plainfile import HEAD_BYTES, PlainFile, source_problem
from meshwright.engines.protocol import SourceRead
from meshwright.frozen import dataclass

_CANDIDATES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
_SAMPLE_RECORDS = 1000
_IDENTIFIER = re.compile(r"[^\W\d][\w .\-/()%#:&?+*'°€$£@]*")
_PLAIN_NAME = re.compile(r"[^\W\d]\w*")
#: A first line of such texts is data: numbers, dates, times, truth values.
_VALUE = re.compile(
    r"[+-]?[\d.,]+([eE][+-]?\d+)?%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d{1,2}:\d\d.*|true|false", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CsvDialect:
    """How to read one file."""

    delimiter: str
    has_header: bool
    #: Names of the columns in the file's order.
    names: tuple[str, ...]


def settle_delimiter(read: SourceRead, file: PlainFile) -> str:
    """Return the delimiter. Raises InputError where more than one, or none, fits the head of the file."""
    declared = read.source.delimiter
    if declared is not None:
        if len(declared) != 1 or declared in '"\r\n':
            raise source_problem(
                "MW-X301", read, file.name, f"{declared!r} cannot be a delimiter", fix="declare one character"
            )
        return declared
    head = _head(file)
    if not head.strip("\r\n"):
        raise source_problem(
            "MW-X207", read, file.name, "the file is empty, not even a header", fix="get the file again, or remove it"
        )
    widths = {candidate: _widths(head, candidate) for candidate in _CANDIDATES}
    fitting = [each for each, found in widths.items() if found and min(found) > 1 and min(found) == max(found)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        both = " and ".join(_CANDIDATES[each] for each in fitting)
        raise source_problem(
            "MW-X301", read, file.name, f"both {both} could be the delimiter: {shown(head.splitlines()[0])}",
            fix="declare `delimiter`",
        )  # fmt: skip
    seen = [each for each, found in widths.items() if found is None or max(found, default=1) > 1]
    if not seen:
        return ","
    likely = max(seen, key=head.partition("\n")[0].count)
    # What is wrong with the text as a whole explains more than what is wrong with its fields.
    scan_csv(read, file, likely)
    check_widths(read, file, likely)
    raise source_problem(
        "MW-X301", read, file.name, f"no delimiter fits every line: {shown(head.splitlines()[0])}",
        fix="declare `delimiter`",
    )  # fmt: skip


def check_widths(read: SourceRead, file: PlainFile, delimiter: str) -> None:
    """Raise InputError at the first record that has more or fewer fields than the first one. Slow."""
    width, first = 0, ""
    try:
        for line, record in records_with_lines(file.path, delimiter):
            if not width:
                width, first = len(record), delimiter.join(record)
            elif record and len(record) != width:
                text = shown(delimiter.join(record))
                raise source_problem(
                    "MW-X302", read, file.name,
                    f"line {line} has {_fields(len(record))}, line 1 has {width}: {text} under {shown(first)}", line=line,
                    fix="correct the line; quote fields that hold the delimiter, and declare `delimiter` if it is another",
                )  # fmt: skip
    except csv.Error as error:
        raise source_problem(
            "MW-X302", read, file.name, f"the file cannot be split into records: {error}", fix="declare `delimiter`"
        ) from error


def settle_header(read: SourceRead, file: PlainFile, delimiter: str) -> CsvDialect:
    """Return the dialect with the columns' names. Raises InputError where the first line may be either."""
    try:
        records = [record for _, record in itertools.islice(records_with_lines(file.path, delimiter), _SAMPLE_RECORDS)]
    except csv.Error as error:
        raise source_problem(
            "MW-X302", read, file.name, f"the file cannot be split into records: {error}", fix="declare `delimiter`"
        ) from error
    if not records or not records[0]:
        raise source_problem("MW-X207", read, file.name, "the file is empty, not even a header", fix="get it again")
    first = [field.strip() for field in records[0]]
    if read.source.has_header is False:
        names = _positional_names(read, file, len(first))
        return CsvDialect(delimiter=delimiter, has_header=False, names=names)
    if read.source.has_header is None:
        _check_is_header(read, file, first, records[1:])
    return CsvDialect(delimiter=delimiter, has_header=True, names=_checked_names(read, file, first))


def _positional_names(read: SourceRead, file: PlainFile, width: int) -> tuple[str, ...]:
    """Return the names of a file without a header: the declared ones in order, else ``column1``, ``column2``, ..."""
    if not read.columns:
        return tuple(f"column{place}" for place in range(1, width + 1))
    if len(read.columns) != width:
        raise source_problem(
            "MW-X303", read, file.name,
            f"the file has no header and {_fields(width)} in its first line, but {len(read.columns)} columns are declared",
            fix="declare every column, in the file's order",
        )  # fmt: skip
    return tuple(column.name for column in read.columns)


def _checked_names(read: SourceRead, file: PlainFile, names: list[str]) -> tuple[str, ...]:
    """Return the header's names. Raises InputError for one that is empty or there twice."""
    seen: dict[str, str] = {}
    for place, name in enumerate(names, 1):
        if not name:
            raise source_problem(
                "MW-X303", read, file.name, f"column {place} has no name in the header: {shown(','.join(names))}",
                fix="name it in the file, or declare `header: false` with all `columns`",
            )  # fmt: skip
        if name.casefold() in seen:
            raise source_problem(
                "MW-X303", read, file.name, f"the header names '{seen[name.casefold()]}' and '{name}', which are the same",
                fix="rename one in the file, or declare `header: false` with all `columns` and drop the line",
            )  # fmt: skip
        seen[name.casefold()] = name
    return tuple(names)


def _check_is_header(read: SourceRead, file: PlainFile, first: list[str], others: list[list[str]]) -> None:
    """Raise InputError unless the first line is surely the header."""
    declared = {column.name.casefold() for column in read.columns}
    names = {name.casefold() for name in first}
    if declared & names and declared <= names:
        return
    fix = "declare `header: true`, or `header: false` with `columns`"
    odd = [name for name in first if not name or _VALUE.fullmatch(name) or not _IDENTIFIER.fullmatch(name)]
    if odd:
        raise source_problem(
            "MW-X304", read, file.name,
            f"the first line may be data, not column names: {odd[0]!r} in {shown(','.join(first))}", fix=fix,
        )  # fmt: skip
    if declared - names and declared:
        missing = min(declared - names)
        raise source_problem(
            "MW-X305", read, file.name, f"column '{missing}' is declared, and the header does not have it",
            fix=known_names_hint(missing, first, what="columns"),
        )  # fmt: skip
    if others and all(_looks_like_data(name, place, others) for place, name in enumerate(first)):
        raise source_problem(
            "MW-X304",
            read,
            file.name,
            f"the first line looks like the lines below it: {shown(','.join(first))}",
            fix=fix,
        )


def _looks_like_data(name: str, place: int, others: list[list[str]]) -> bool:
    """Whether `name` could as well be one of the texts of its column."""
    values = [record[place].strip() for record in others if len(record) > place and record[place].strip()]
    if not values:
        return False
    if any(_VALUE.fullmatch(value) for value in values):
        return False
    if name in values:
        return True
    if not _PLAIN_NAME.fullmatch(name):
        return True
    return all(_PLAIN_NAME.fullmatch(value) and _case(value) == _case(name) for value in values)


def _case(text: str) -> str:
    """Return how letters are cased in `text`."""
    letters = "".join(letter for letter in text if letter.isalpha())
    return "lower" if letters.islower() else "upper" if letters.isupper() else "mixed"


def _head(file: PlainFile) -> str:
    """Return the text of the first whole records."""
    with file.path.open("rb") as stream:
        data = stream.read(HEAD_BYTES)
    text = data.decode("utf-8-sig", errors="replace")
    if len(data) == HEAD_BYTES and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    return text


def _widths(head: str, delimiter: str) -> set[int] | None:
    """Return the numbers of fields of the first records; None where the text cannot be read with this delimiter."""
    csv.field_size_limit(HEAD_BYTES)
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=True)
    try:
        return {len(record) for record in itertools.islice(reader, _SAMPLE_RECORDS) if record}
    except csv.Error:
        return None


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"
