"""New lines of logs whose every line begins with its time: of containers (docker, podman) and pods (kubectl).

The clients give lines from a time on: the cursor is the time of the last line, and how many lines of that
very time are known of each stream.
"""

from __future__ import annotations

import datetime as dt
import re

#: Lines that one look takes: a log that grows faster is taken in turns.
LINES = 5000
#: The time of a piece within a line: to more than a millionth of a second, as hardly anybody writes times but Podman.
_PIECE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7,9}(?:Z|[+-]\d\d:\d\d) ")
_TIMED = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?(.*)", re.DOTALL)


def since_words(argument: str, cursor: str) -> list[str]:
    """Return the client's argument for the lines that may be new: from a second before, as clients differ about the time itself."""
    if not cursor:
        return []
    since = dt.datetime.fromisoformat(cursor.partition(" ")[0][:19] + "+00:00") - dt.timedelta(seconds=1)
    return [argument, since.isoformat()[:19] + _padded(cursor.partition(" ")[0])[29:]]


def new_lines(out: bytes, err: bytes, cursor: str, *, has_pieces: bool = False) -> tuple[tuple[str, ...], str]:
    """Return the lines that were not told yet, in the order of their times, and the new cursor.

    `out` and `err` are what the client printed for both streams, ``time line`` each. `has_pieces`: a line that was written in
    pieces has a time before each of them, as Podman gives it.
    """
    last, *told = (cursor or "- 0 0").split()
    known = [int(each) for each in told]
    found: list[tuple[str, int, str]] = []
    for stream, printed in enumerate((out, err)):
        lines = _timed(printed, has_pieces=has_pieces)
        fresh = [each for each in lines if each[0] > last]
        same = [each for each in lines if each[0] == last]
        found += [(time, stream, line) for time, line in (*same[known[stream] :], *fresh)]
    taken = sorted(found, key=lambda each: each[0])[:LINES]  # stable: lines of one time stay in order
    if not taken:
        return (), cursor
    newest = taken[-1][0]
    counts = [
        sum(1 for time, which, _ in taken if (time, which) == (newest, stream))
        + (known[stream] if newest == last else 0)
        for stream in (0, 1)
    ]
    return tuple(line for _, _, line in taken), f"{newest} {counts[0]} {counts[1]}"


def _timed(printed: bytes, *, has_pieces: bool) -> list[tuple[str, str]]:
    """Return time and text of each line; what has no time is not a line of the log."""
    found: list[tuple[str, str]] = []
    for line in printed.decode("utf-8", "replace").split("\n"):
        timed = _TIMED.fullmatch(line.removesuffix("\r"))
        if timed is not None:
            found.append((_padded(timed[1]), _PIECE.sub("", timed[2]) if has_pieces else timed[2]))
    return found


def _padded(time: str) -> str:
    """Return a time with nine digits of a second, so that times sort as texts."""
    plain = re.fullmatch(r"(.{19})(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", time)
    assert plain is not None
    return f"{plain[1]}.{(plain[2] or '').ljust(9, '0')[:9]}{plain[3]}"
