"""The scan of a CSV file: a file whose records are called usual has none that is longer than it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.engines.duckdb import csvscan
from meshwright.engines.duckdb.csvscan import USUAL_RECORD_BYTES, scan_csv
from meshwright.engines.duckdb.plainfile import PlainFile
from meshwright.engines.protocol import SourceRead
from meshwright.model import FileSource

SHORT = "1,x\n" * 300_000


def is_usual(folder: Path, text: str) -> bool:
    file = folder / "in.csv"
    file.write_text(text, newline="")
    read = SourceRead(dataset="a.b.c", source=FileSource(path="in.csv", format="csv"), files=(str(file),))
    return scan_csv(read, PlainFile(path=file, name="in.csv"), ",").is_usual


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", True),
        (SHORT * 8, True),
        (SHORT.replace("\n", "\r"), True),
        (SHORT.replace("\n", "\r\n"), True),
        (SHORT + '1,"quoted, in one line"\n', True),
        (SHORT + '1,"quoted\nin two"\n', False),
        (SHORT + "1," + "x" * USUAL_RECORD_BYTES + "\n" + SHORT, False),
        ("1," + "x" * USUAL_RECORD_BYTES, False),
    ],
    ids=["small", "large", "cr", "crlf", "quoted", "line-break-inside", "long-inside", "long-at-end"],
)
def test_usual_records_are_short_lines(tmp_path: Path, text: str, expected: bool) -> None:
    assert is_usual(tmp_path, text) is expected


@pytest.mark.parametrize("length", [csvscan._STRETCH + 10, USUAL_RECORD_BYTES - 10, USUAL_RECORD_BYTES + 10])
def test_a_record_across_two_chunks_is_never_longer_than_a_usual_one(tmp_path: Path, length: int) -> None:
    before = csvscan._CHUNK - csvscan._STRETCH // 2
    text = ("1,x\n" * (before // 4)) + "1," + "x" * length + "\n" + SHORT
    assert not (is_usual(tmp_path, text) and length > USUAL_RECORD_BYTES)
