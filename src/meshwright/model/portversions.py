"""Versions of a port that stand side by side: how they are told apart, and which one a reader gets who chooses none.

The version of a port is the major number of its contract's version: what is of one major version can be read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from meshwright.model.contracts import Port

_NUMBERS = re.compile(r"v?(\d{1,9}(?:\.\d{1,9})*)", re.ASCII)
_MAJOR = re.compile(r"v([1-9]\d{0,5})", re.ASCII)

#: What a status is worth to who chooses no version. One that is not known, or none, promises as an active one does.
_WORTH = {"retired": 0, "draft": 1, "proposed": 1, "deprecated": 2, "active": 3}
_ACTIVE = 3
_RETIRED = 0


def numbers_of(version: str | None) -> tuple[int, ...]:
    """Return the numbers of a version (``1.2.0``, ``v2``); empty where it does not begin with one."""
    found = _NUMBERS.match(version or "")
    return tuple(map(int, found[1].split("."))) if found else ()


def major_of(version: str | None) -> int | None:
    """Return the major number of a version, None where it has none."""
    return next(iter(numbers_of(version)), None)


def major_of_word(word: str) -> int | None:
    """Return the number of ``v2``, None for another word."""
    found = _MAJOR.fullmatch(word)
    return int(found[1]) if found else None


def unversioned(address: str) -> str:
    """Return ``domain.product/port`` of a port's address."""
    product, slash, key = address.partition("/")
    return f"{product}{slash}{key.partition('/')[0]}"


def version_word(port: Port) -> str:
    """Return what a port's version is called: ``v2``, or the version as written where it is no number."""
    written = port.address.partition("/")[2].partition("/")[2]
    if written:
        return written
    major = major_of(_version(port))
    return f"v{major}" if major is not None else _version(port)


def by_port(ports: Iterable[Port]) -> dict[str, list[Port]]:
    """Return the versions of each port by the address of all of them, oldest first."""
    found: dict[str, list[Port]] = {}
    for port in sorted(ports, key=_age):
        found.setdefault(unversioned(port.address), []).append(port)
    return found


def newest_active(versions: Sequence[Port]) -> Port:
    """Return the version that a reader gets who chooses none: an active one before others, the newest of them.

    A deprecated one is served still, so it comes before drafts and proposals; a retired one only where all are.
    """
    return max(versions, key=lambda port: (_worth(port), _age(port)))


def is_active(port: Port) -> bool:
    """Whether a port promises what its contract says."""
    return _worth(port) == _ACTIVE


def is_retired(port: Port) -> bool:
    """Whether nobody should read a port any more."""
    return _worth(port) == _RETIRED


def find_port(ports: Iterable[Port], address: str) -> Port | None:
    """Return the port at `address`; the version that a number means, or the newest active one, where none is exactly there.

    ``d.p/orders/v1`` is the port of ``contracts/orders.odcs.yaml`` while its version is 1, ``d.p/orders`` is
    ``d.p/orders/v2`` where that is the only one.
    """
    product, _, key = address.partition("/")
    name, slash, word = key.partition("/")
    named = [port for port in ports if port.name == name and port.address.startswith(f"{product}/")]
    exact = next((port for port in named if port.address == address), None)
    if exact is not None or not named:
        return exact
    if slash:
        return next((port for port in named if version_word(port) == word), None)
    return newest_active(named)


def _worth(port: Port) -> int:
    return _WORTH.get((port.contract.status or "").strip().casefold(), _ACTIVE)


def _age(port: Port) -> tuple[tuple[int, ...], str]:
    written = major_of_word(port.address.partition("/")[2].partition("/")[2])
    numbers = numbers_of(_version(port))
    return (written, *numbers[1:]) if written is not None else numbers, port.address


def _version(port: Port) -> str:
    return port.version or port.contract.version
