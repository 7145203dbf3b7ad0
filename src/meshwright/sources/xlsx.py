"""What reading an .xlsx sheet's values would pass over in silence: error cells, and formulas that were never calculated."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

_CHUNK = 1 << 22
_LONGEST_CELL = 1 << 20
#: A workbook may unpack to this much, or to this many times its own size, whichever is more.
_UNPACKED_FLOOR = 1 << 30
_UNPACKED_RATIO = 200
_SMALL_PART = 16 << 20
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_NAME = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_IS_ERROR = re.compile(rb'\bt="e"')
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]+)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class TooLarge(Exception):
    """The workbook unpacks to far more than its size."""


def check_size(path: Path) -> None:
    """Raise TooLarge for an archive that says that it unpacks to far more than its size."""
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > max(_UNPACKED_FLOOR, _UNPACKED_RATIO * path.stat().st_size):
        raise TooLarge(f"it unpacks to {unpacked >> 20:,} MB")


def valueless_cells(path: Path, sheet: str) -> Iterator[tuple[int, int, str]]:
    """Yield row and column (from 0) of cells that hold an error, with its text, or a formula without a value, with ``""``."""
    with zipfile.ZipFile(path) as archive:
        part = _sheet_part(archive, sheet)
        if part is None:
            return
        with archive.open(part) as content:
            rest = b""
            while chunk := content.read(_CHUNK):
                rest += chunk
                end = 0
                for cell in _CELL.finditer(rest):
                    end = cell.end()
                    found = _judged(cell[1], cell[2])
                    if found is not None:
                        yield found
                # What follows the last whole cell may be the beginning of the next one.
                rest = rest[end:] if end else rest[-_LONGEST_CELL:]


def _judged(attributes: bytes, content: bytes | None) -> tuple[int, int, str] | None:
    if content is None:
        return None
    value = _VALUE.search(content)
    is_error = _IS_ERROR.search(attributes) is not None
    if not is_error and (value is not None or not _FORMULA.search(content) or b't="str"' in attributes):
        return None
    name = _NAME.search(attributes)
    if name is None:
        return None
    column = 0
    for letter in name[1].decode():
        column = column * 26 + ord(letter) - ord("A") + 1
    text = value[1].decode("utf-8", "replace") if is_error and value else "#ERROR" if is_error else ""
    return int(name[2]) - 1, column - 1, text


def _sheet_part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name of the part that holds a sheet's cells."""
    book = _small(archive, "xl/workbook.xml")
    links = _small(archive, "xl/_rels/workbook.xml.rels")
    if book is None or links is None:
        return None
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for element in book.iter():
        if element.tag.rpartition("}")[2] == "sheet" and element.get("name") == sheet:
            target = targets.get(element.get(_RELATION) or "", "")
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            return part if part in archive.namelist() else None
    return None


def _small(archive: zipfile.ZipFile, part: str) -> ElementTree.Element | None:
    """Return a small XML part of the workbook; expat bounds what entities may grow to."""
    try:
        with archive.open(part) as content:
            data = content.read(_SMALL_PART + 1)
        return None if len(data) > _SMALL_PART else ElementTree.fromstring(data)  # noqa: S314  bounded, see above
    except (KeyError, ElementTree.ParseError):
        return None
