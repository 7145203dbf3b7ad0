"""Hashes that name things. Every hash is tagged, so that no two kinds of thing can share one.

The recipe is public: BLAKE2b with 16 bytes over the canonical JSON of ``[tag, ...parts]`` (UTF-8, keys
sorted, no spaces, no NaN), written as 32 lower-case hexadecimal digits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping


def canonical_json(value: object) -> str:
    """Write a JSON value (maps may be read-only, tuples count as lists) so that the same value always gives the same text.

    Raises TypeError for what JSON does not have, ValueError for NaN and infinity.
    """
    return _encoded(value)


def identity(tag: str, *parts: object) -> str:
    """Return the identity of `parts` under `tag`: 32 hexadecimal digits."""
    return hashlib.blake2b(canonical_json([tag, *parts]).encode(), digest_size=16).hexdigest()


def bytes_identity(data: bytes) -> str:
    """Return the identity of raw bytes, for files and blobs: 32 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _plain(value: object) -> object:
    """Let read-only maps be written as objects."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


#: One encoder for all: `json.dumps` with any option makes another one for each value.
_encoded = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
).encode
