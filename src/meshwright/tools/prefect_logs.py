"""New lines of a flow run's log, once each.

Records are sent by several processes, some seconds late and so not in the order of their times: what was told already is known
by its id, for as long as something may still come from before it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from meshwright.frozen import dataclass
from meshwright.tools.prefect_api import Row
from meshwright.tools.prefect_runs import moment

#: How late a record may come.
_LATE = dt.timedelta(seconds=10)
_LEVELS = ((50, "CRITICAL"), (40, "ERROR"), (30, "WARNING"))
#: Characters of a record's id that tell it from others of the same seconds.
_ID = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What was told of a run: the cursor of its looks."""

    #: Time of the newest record.
    newest: str | None = None
    #: Record -> its time, of those that may be given again.
    told: tuple[tuple[str, str], ...] = ()
    #: Name of the state that was told last.
    state: str | None = None
    #: Seconds since 1970 when we first saw that it had ended.
    ended: float | None = None

    @property
    def since(self) -> str | None:
        """The time from which records are asked for."""
        newest = moment(self.newest)
        return None if newest is None else (newest - _LATE).isoformat()

    @classmethod
    def read(cls, cursor: str) -> Seen:
        """Read a cursor."""
        if not cursor:
            return cls()
        found = json.loads(cursor)
        told = tuple((str(key), str(time)) for key, time in found["told"])
        return cls(newest=found["newest"], told=told, state=found["state"], ended=found["ended"])

    def text(self) -> str:
        """Write the cursor."""
        return json.dumps({"newest": self.newest, "told": self.told, "state": self.state, "ended": self.ended})

    def changed(self, **changes: Any) -> Seen:
        """Return it with changes."""
        return replace(self, **changes)


def lines_of(records: Sequence[Row], seen: Seen) -> tuple[tuple[str, ...], Seen]:
    """Return the lines of the records that were not told yet, and what is told then."""
    known = dict(seen.told)
    lines: list[str] = []
    newest = seen.newest
    for record in records:
        key, time = str(record["id"])[-_ID:], str(record.get("timestamp"))
        if key in known:
            continue
        known[key] = time
        newest = max(newest or time, time)
        level = record.get("level")
        word = next((name for floor, name in _LEVELS if isinstance(level, int) and level >= floor), None)
        lines.extend(f"{word}: {line}" if word else line for line in str(record.get("message")).splitlines())
    since = replace(seen, newest=newest).since
    first = moment(since)
    kept = tuple((key, time) for key, time in known.items() if first is None or (moment(time) or first) >= first)
    return tuple(lines), replace(seen, newest=newest, told=kept)
