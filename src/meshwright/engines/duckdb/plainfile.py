"""Source files made plain: unpacked and in UTF-8, on disk, so that they can be scanned and read twice."""

from __future__ import annotations

import codecs
import gzip
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, SourceSpan, WorldError
from meshwright.engines.protocol import SourceRead
from meshwright.frozen import dataclass

_CHUNK = 1 << 22
#: How much of each file `read_head` looks at.
HEAD_BYTES = 1 << 20
#: An archive may unpack to this much, or to this many times its own size, whichever is more.
_UNPACKED_FLOOR = 256 << 20
_UNPACKED_RATIO = 200
_ZIP_MAGIC = frozenset({b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"})
_SUFFIXES = {
    "csv": (".csv", ".tsv", ".txt", ".psv"),
    "json": (".json",),
    "ndjson": (".ndjson", ".jsonl", ".json"),
    "parquet": (".parquet", ".pq"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainFile:
    """A file that can be read as it lies."""

    #: What messages call it: the path as in the mesh, with the member of an archive.
    name: str
    path: Path
    #: Whether it holds only the head of the file, cut at the end of a record where there is one.
    is_head: bool = False


class ColumnProblem(InputError):
    """Columns of source files are not as they were declared; a reader that can do without the declarations may go on."""

    def __init__(self, diagnostic: Diagnostic, columns: tuple[str, ...]) -> None:
        super().__init__(diagnostic)
        #: Names of the columns, as declared.
        self.columns = columns


def column_problem(
    code: str, read: SourceRead, name: str, message: str, *, columns: tuple[str, ...], line: int = 1, fix: str = ""
) -> ColumnProblem:
    """Return the error about declared columns of a source file."""
    return ColumnProblem(source_problem(code, read, name, message, line=line, fix=fix).first, columns)


def source_problem(code: str, read: SourceRead, name: str, message: str, *, line: int = 1, fix: str = "") -> InputError:
    """Return the error about a place in a source file."""
    span = SourceSpan(file=name, line=line)
    return InputError(Diagnostic(code=code, message=message, span=span, fix=fix or None, object=read.dataset))


def shown_name(read: SourceRead, file: str) -> str:
    """Return the path of `file` as the mesh writes it: relative to the root where the source's path is."""
    if file in read.names:
        return read.names[file]
    pattern = read.source.path
    if Path(pattern).is_absolute() or "**" in pattern:
        return file
    parts = Path(file).parts
    depth = len(Path(pattern).parts)
    return "/".join(parts[-depth:]) if depth < len(parts) else file


def plain_files(read: SourceRead, folder: Path, *, is_head: bool = False) -> list[PlainFile]:
    """Return the plain files of `read`; what must be unpacked or recoded is written to `folder`."""
    found: list[PlainFile] = []
    for file in read.files:
        name = shown_name(read, file)
        with _file_errors(read, name):
            # Opening first: a missing or forbidden file is told before anything of it is read.
            with Path(file).open("rb") as stream:
                magic = stream.read(4)
            if magic in _ZIP_MAGIC and not file.endswith((".parquet", ".pq")):
                found += _members(read, Path(file), name, folder, len(found), is_head)
            elif magic[:2] == b"\x1f\x8b":
                packed = Path(file).stat().st_size
                with gzip.open(file, "rb") as content:
                    stream_ = cast("BinaryIO", content)
                    found.append(_write_plain(read, stream_, name, folder / str(len(found)), packed, is_head))
            elif is_head or not _is_utf8(read, name) or magic[:3] == codecs.BOM_UTF8:
                with Path(file).open("rb") as stream:
                    found.append(_write_plain(read, stream, name, folder / str(len(found)), None, is_head))
            else:
                found.append(PlainFile(name=name, path=Path(file)))
    return found


def _members(read: SourceRead, file: Path, name: str, folder: Path, start: int, is_head: bool) -> list[PlainFile]:
    """Return the members of a zip archive that are data."""
    with zipfile.ZipFile(file) as archive:
        members = [
            each
            for each in archive.infolist()
            if not each.is_dir() and not Path(each.filename).name.startswith(".") and "__MACOSX" not in each.filename
        ]
        suffixes = _SUFFIXES[read.source.format]
        chosen = [each for each in members if each.filename.lower().endswith(suffixes)] or members[:2]
        if not chosen or (len(chosen) > 1 and not chosen[0].filename.lower().endswith(suffixes)):
            listed = ", ".join(sorted(each.filename for each in members)[:5]) or "nothing"
            raise source_problem(
                "MW-X103", read, name, f"it is not clear which member of the archive is the data: it holds {listed}",
                fix=f"keep one member, or name the data members with {' or '.join(suffixes)}",
            )  # fmt: skip
        plain = []
        for place, member in enumerate(sorted(chosen, key=lambda each: each.filename)):
            if member.flag_bits & 1:
                raise source_problem(
                    "MW-X102", read, name, f"member '{member.filename}' is encrypted", fix="store it without a password"
                )
            inner = name if len(chosen) == 1 else f"{name}/{member.filename}"
            with archive.open(member) as content:
                target = folder / str(start + place)
                packed = max(member.compress_size, 1)
                plain.append(_write_plain(read, cast("BinaryIO", content), inner, target, packed, is_head))
        return plain


def _write_plain(
    read: SourceRead, content: BinaryIO, name: str, target: Path, packed_bytes: int | None, is_head: bool
) -> PlainFile:
    """Write `content` to `target` in UTF-8, whole or its head."""
    limit = max(_UNPACKED_FLOOR, _UNPACKED_RATIO * packed_bytes) if packed_bytes is not None else None
    decoder = None if _is_utf8(read, name) else codecs.getincrementaldecoder(read.source.encoding)("strict")
    written, lines = 0, 1
    is_cut = False
    with target.open("wb") as stream:
        while chunk := content.read(min(_CHUNK, HEAD_BYTES) if is_head else _CHUNK):
            if not written and decoder is None and read.source.format != "parquet":
                chunk = chunk.removeprefix(codecs.BOM_UTF8)
            written += len(chunk)
            if limit is not None and written > limit:
                raise source_problem(
                    "MW-X104", read, name, f"it unpacks to more than {limit >> 20} MB, {_UNPACKED_RATIO} times its size",
                    fix="unpack it yourself, if it is what it should be",
                )  # fmt: skip
            if decoder is not None:
                try:
                    chunk = decoder.decode(chunk).encode()
                except UnicodeError as error:
                    raise _encoding_problem(read, name, lines, str(error)) from error
                lines += chunk.count(b"\n")
            if is_head and written >= HEAD_BYTES and content.read(1):
                chunk, is_cut = _whole_records(chunk), True
            stream.write(chunk)
            if is_cut:
                break
        if decoder is not None and not is_cut:
            try:
                stream.write(decoder.decode(b"", final=True).encode())
            except UnicodeError as error:
                raise _encoding_problem(read, name, lines, str(error)) from error
    return PlainFile(name=name, path=target, is_head=is_cut)


def _encoding_problem(read: SourceRead, name: str, line: int, reason: str) -> InputError:
    return source_problem(
        "MW-X201", read, name, f"the file is not {read.source.encoding}: {reason}", line=line, fix="declare `encoding`"
    )


def _whole_records(head: bytes) -> bytes:
    """Return `head` up to the last line break outside of quotes; all of it where there is none."""
    end = len(head)
    while (end := head.rfind(b"\n", 0, end)) > 0:
        if head.count(b'"', 0, end) % 2 == 0:
            return head[: end + 1]
    return head


def _is_utf8(read: SourceRead, name: str) -> bool:
    """Whether the file needs no recoding. Raises InputError for an encoding that is not known."""
    if read.source.format == "parquet":
        return True
    try:
        return codecs.lookup(read.source.encoding).name in {"utf-8", "ascii"}
    except LookupError as error:
        raise source_problem(
            "MW-X202", read, name, f"the encoding '{read.source.encoding}' is not known",
            fix="write utf-8, latin-1, cp1252, utf-16 or another name that Python knows",
        ) from error  # fmt: skip


@contextmanager
def _file_errors(read: SourceRead, name: str) -> Iterator[None]:
    """Raise what files and archives raise as meshwright's errors."""
    try:
        yield
    except MeshwrightError:
        raise
    except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise source_problem(
            "MW-X102", read, name, f"the archive cannot be unpacked: {error}", fix="get the file again"
        ) from error
    except (FileNotFoundError, IsADirectoryError) as error:
        raise source_problem(
            "MW-X101", read, name, f"the file cannot be read: {os.strerror(error.errno or 0)}", fix="correct the path"
        ) from error
    except OSError as error:
        raise WorldError(
            Diagnostic(
                code="MW-E204",
                message=f"'{name}' cannot be read: {os.strerror(error.errno or 0)}",
                fix="check the disk and the permissions, then run again",
                object=read.dataset,
            )
        ) from error
