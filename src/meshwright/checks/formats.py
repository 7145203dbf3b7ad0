"""`format` of logicalTypeOptions: which formats are tested, and how; the others describe.

A format of texts is a pattern that the whole text must match, as its standard has it. One of integers is the range of its bits.
One of times (JDK's letters) is tested where the column holds texts: a stored time has no format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from meshwright.model import ContractProperty

_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(\.{_OCTET}){{3}}"
_H16 = r"[0-9A-Fa-f]{1,4}"
_LS32 = rf"({_H16}:{_H16}|{_IPV4})"
#: RFC 4291 section 2.2, the grammar of RFC 3986 (IPv6address).
_IPV6 = "|".join(
    (
        rf"({_H16}:){{6}}{_LS32}",
        rf"::({_H16}:){{5}}{_LS32}",
        rf"({_H16})?::({_H16}:){{4}}{_LS32}",
        rf"(({_H16}:){{0,1}}{_H16})?::({_H16}:){{3}}{_LS32}",
        rf"(({_H16}:){{0,2}}{_H16})?::({_H16}:){{2}}{_LS32}",
        rf"(({_H16}:){{0,3}}{_H16})?::{_H16}:{_LS32}",
        rf"(({_H16}:){{0,4}}{_H16})?::{_LS32}",
        rf"(({_H16}:){{0,5}}{_H16})?::{_H16}",
        rf"(({_H16}:){{0,6}}{_H16})?::",
    )
)
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOSTNAME = rf"{_LABEL}(\.{_LABEL})*"
#: Format of texts -> the pattern that the whole text matches. RE2, so that every engine has it.
TEXT_FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "uuid": r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
        # What HTML takes for an address: RFC 5322 without comments and quotes, which nobody means.
        "email": rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_HOSTNAME}",
        # RFC 3986: a scheme, and after it none but the letters that an address is written with.
        "uri": r"[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*",
        "hostname": _HOSTNAME,
        "ipv4": _IPV4,
        "ipv6": _IPV6,
        # RFC 4648, with its padding.
        "byte": r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
    }
)
#: A name of a host is no longer than this (RFC 1123).
HOSTNAME_LETTERS = 253
#: Format of integers -> least and greatest value.
INTEGER_FORMATS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {f"i{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64, 128)}
    | {f"u{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64, 128)}
)
#: JDK's letters of times -> those of C's strftime, for the ones that mean the same.
_LETTERS: Mapping[str, str] = MappingProxyType(
    {
        "yyyy": "%Y",
        "uuuu": "%Y",
        "yy": "%y",
        "MM": "%m",
        "MMM": "%b",
        "MMMM": "%B",
        "dd": "%d",
        "DDD": "%j",
        "HH": "%H",
        "hh": "%I",
        "mm": "%M",
        "ss": "%S",
        "SSS": "%g",
        "SSSSSS": "%f",
        "a": "%p",
        "EEE": "%a",
        "EEEE": "%A",
    }
)
_TOKEN = re.compile(r"([A-Za-z])\1*|'(?:[^']|'')*'|[^A-Za-z']+")


def checked_format(promise: ContractProperty) -> str | None:
    """Return the format of a property where it is one that is tested."""
    named = promise.logical_type_options.get("format")
    if not isinstance(named, str):
        return None
    match promise.logical_type:
        case "string":
            return named if named in TEXT_FORMATS else None
        case "integer":
            return named if named in INTEGER_FORMATS else None
        case "date" | "timestamp" | "time":
            return named if time_format(named) is not None else None
        case _:
            return None


def time_format(named: str) -> str | None:
    """Return a format of times with C's letters; None where a letter has none that means the same."""
    found = []
    place = 0
    while place < len(named):
        token = _TOKEN.match(named, place)
        if token is None:
            return None
        text = token[0]
        place = token.end()
        if text.startswith("'"):
            text = text[1:-1].replace("''", "'") or "'"
        elif token[1]:
            letters = _LETTERS.get(text)
            if letters is None:
                return None
            found.append(letters)
            continue
        found.append(text.replace("%", "%%"))
    return "".join(found) if any(each.startswith("%") for each in found) else None
