"""Values kept in files of the private folder between commands: whole, or not at all.

A file is a checksum, the key that the value was kept under, and the value. Another key, another program, a flipped bit,
a torn write, a file that cannot be read: all are as if nothing had been kept. Nothing is raised, nothing is repaired:
the next value replaces the file in one move.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import xxhash

from meshwright.files.marks import program_identity
from meshwright.files.records import UnreadableRecord, decode_record, encode_record

_MAGIC = b"mwsnapshot1\n"
_CHECKSUM_BYTES = 16


def kept_value(path: Path, key: str) -> object | None:
    """Return what was kept at `path` under `key` by this very program, None where it was not."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + _CHECKSUM_BYTES
    body = memoryview(data)[start:]
    if not data.startswith(_MAGIC) or xxhash.xxh3_128_digest(body) != data[len(_MAGIC) : start]:
        return None
    head = _head(key)
    if bytes(body[: len(head)]) != head:
        return None
    try:
        return decode_record(bytes(body[len(head) :]))
    except UnreadableRecord:
        return None


def keep_value(path: Path, key: str, value: object) -> None:
    """Keep `value` at `path` under `key`, in place of what was there. Does nothing where the disk will not have it.

    Raises UnreadableRecord for a value that could not be read again: a mistake of the program.
    """
    body = _head(key) + encode_record(value)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + xxhash.xxh3_128_digest(body) + body)
        Path(temporary).replace(path)
    except OSError:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _head(key: str) -> bytes:
    return f"{program_identity()} {key}\n".encode()
