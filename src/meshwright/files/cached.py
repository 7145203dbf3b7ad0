"""Expensive readings of files through the parse cache: one look-up and one store a kind, never one a file.

A key holds everything that the reading depends on, so an entry is never stale: the bytes, what stands beside them in the
call (path, dialect, severities), and the version of what reads. Bump `_FORMAT` whenever a codec or a reading
changes within one version of meshwright.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

from meshwright import __version__
from meshwright.beside import beside
from meshwright.files.cache import ParseCache
from meshwright.model import identity

_FORMAT = 4
#: So many readings are worth a second process.
_MANY = 200

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
    known = {key: _decoded(decode, requests[key], encoded) for key, encoded in stored.items()}
    missing = {key: request for key, request in requests.items() if known.get(key) is None}
    made = _make_all(missing, make, encode, decode)
    if cache and made:
        cache.put_many(kind, {key: encoded for key, (_, encoded) in made.items()})
    return {key: made[key][0] if key in made else cast("Reading", known[key]) for key in requests}


def _make_all(
    requests: Mapping[str, Request],
    make: Callable[[Request], Reading],
    encode: Callable[[Reading], str],
    decode: Callable[[Request, str], Reading],
) -> dict[str, tuple[Reading, str]]:
    """Make the readings, with what they are encoded as; of many, a second process makes half."""

    def made(keys: Sequence[str]) -> dict[str, tuple[Reading, str]]:
        readings = ((key, make(requests[key])) for key in keys)
        return {key: (reading, encode(reading)) for key, reading in readings}

    keys = tuple(requests)
    if len(keys) < _MANY:
        return made(keys)
    middle = len(keys) // 2
    found = made(keys[:1])  # by which all is imported that making takes, for both processes
    there = keys[middle:]
    with beside(lambda: json.dumps([encoded for _, encoded in made(there).values()]).encode()) as answer:
        found |= made(keys[1:middle])
        data = answer()
    for key, encoded in zip(there, json.loads(data) if data else (), strict=False):
        reading = _decoded(decode, requests[key], encoded)
        if reading is not None:
            found[key] = reading, encoded
    return found | made([key for key in there if key not in found])


def _decoded(decode: Callable[[Request, str], Reading], request: Request, encoded: str) -> Reading | None:
    try:
        return decode(request, encoded)
    except (ValueError, TypeError, KeyError):
        return None
