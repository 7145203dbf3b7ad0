"""Expensive readings of files through the parse cache: one look-up and one store a kind, never one a file.

A key holds everything that the reading depends on, so an entry is never stale: the bytes, what stands beside them in the
call (path, dialect, severities), and the version of what reads. Bump `_FORMAT` whenever a codec or a reading
changes within one version of meshwright.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from meshwright import __version__
from meshwright.files.cache import ParseCache
from meshwright.model import identity

_FORMAT = 2

Request = TypeVar("Request")
Reading = TypeVar("Reading")


def cache_key(*parts: object) -> str:
    """Return the key of a reading that depends on `parts`."""
    return identity("mwparse1", __version__, _FORMAT, *parts)


def read_through(
    cache: ParseCache | None,
    kind: str,
    requests: Mapping[str, Request],
    *,
    make: Callable[[Request], Reading],
    encode: Callable[[Reading], str],
    decode: Callable[[Request, str], Reading],
) -> dict[str, Reading]:
    """Return the reading of every request by its key; what the cache lacks, or holds damaged, is made and stored."""
    stored = cache.get_many(kind, requests) if cache else {}
    readings = {}
    made = {}
    for key, request in requests.items():
        encoded = stored.get(key)
        reading = _decoded(decode, request, encoded) if encoded is not None else None
        if reading is None:
            reading = make(request)
            made[key] = encode(reading)
        readings[key] = reading
    if cache and made:
        cache.put_many(kind, made)
    return readings


def _decoded(decode: Callable[[Request, str], Reading], request: Request, encoded: str) -> Reading | None:
    try:
        return decode(request, encoded)
    except (ValueError, TypeError, KeyError):
        return None
