"""Chains of causes in a request's headers, as W3C Baggage carries them: `meshwrightdepth`, `correlationid`, `causationid`.

A webhook brings them. Whatever its receiver asks of us because of it brings them back: by itself where its HTTP client is
instrumented by OpenTelemetry, which passes baggage on unless it is told otherwise; else by copying the header. The attributes of
CloudEvents in `ce-` headers say the same, and come first.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote

from meshwright.model.chains import CAUSATION, CORRELATION, DEPTH, NO_CHAIN, Chain, depth_of

HEADER = "baggage"
_NAMES = (DEPTH, CORRELATION, CAUSATION)
#: A header may hold what others carry too (section 3.3.2: at least 8,192 bytes and 64 members).
_MOST_CHARACTERS, _MOST_MEMBERS = 16_384, 180


def baggage_of(chain: Chain) -> str:
    """Write a chain as the value of the header."""
    values = (str(chain.depth), chain.correlation, chain.causation)
    return ",".join(f"{name}={quote(value, safe='')}" for name, value in zip(_NAMES, values, strict=True) if value)


def chain_of_headers(headers: Mapping[str, str]) -> Chain | None:
    """Return the chain that a request goes on with; None where it carries none, or nothing that could be one.

    `headers` have names in lower case. What others put into the header is passed over.
    """
    found = {name: unquote(headers[f"ce-{name}"]) for name in _NAMES if f"ce-{name}" in headers}
    if DEPTH not in found:
        found = _members(headers.get(HEADER, ""))
    depth = depth_of(found.get(DEPTH))
    return None if depth is None else NO_CHAIN.at(depth, found.get(CORRELATION, ""), found.get(CAUSATION, ""))


def _members(text: str) -> dict[str, str]:
    """Read the members that are ours (section 3.3.1): ``name=value;property, name=value``."""
    found: dict[str, str] = {}
    for member in text[:_MOST_CHARACTERS].split(",", _MOST_MEMBERS):
        name, is_there, value = member.partition(";")[0].partition("=")
        if is_there and name.strip() in _NAMES:
            found.setdefault(name.strip(), unquote(value.strip()))
    return found
