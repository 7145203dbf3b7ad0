"""The header `Prefer` (RFC 7240): whether to wait for the end of a run, and how long."""

from __future__ import annotations

from fastapi import Request

from meshwright.frozen import dataclass

#: Nobody is kept waiting longer: a run goes on all the same, and can be followed.
MOST_WAIT_S = 600
#: Says what of `Prefer` was kept.
APPLIED = "Preference-Applied"

#: A parameter of what asks for a run; this module reads the header itself.
PREFER = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`wait=SECONDS` (RFC 7240): answer when the run has ended, with what came of it, and after so many seconds (600 "
    "at most) that it goes on. `respond-async`: do not wait.",
    "schema": {"type": "string", "examples": ["wait=60"]},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """How long a request waits."""

    seconds: int
    #: What the answer says of it; none where nobody asked.
    headers: dict[str, str]


def waiting_of(request: Request, default_s: int = 0) -> Waiting:
    """Return how long a request wants to wait; what is none of ours, or makes no sense, is left aside (RFC 7240, 2)."""
    is_async, wait_s = False, None
    for word in ",".join(request.headers.getlist("prefer")).split(","):
        name, _, value = word.partition(";")[0].partition("=")
        name, value = name.strip().lower(), value.strip().strip('"')
        if name == "respond-async":
            is_async = True
        elif name == "wait" and wait_s is None and value.isascii() and value.isdigit():
            wait_s = min(int(value[:6]), MOST_WAIT_S)
    applied = [*(["respond-async"] if is_async else []), *([f"wait={wait_s}"] if wait_s is not None else [])]
    seconds = wait_s if wait_s is not None else 0 if is_async else default_s
    return Waiting(seconds=seconds, headers={APPLIED: ", ".join(applied)} if applied else {})
