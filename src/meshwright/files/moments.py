"""Moments as people write them: a day, or a time with or without an offset."""

from __future__ import annotations

import datetime as dt

from meshwright.files.literals import fits_type
from meshwright.model.intervals import zone_of

MOMENT_FORM = "a day or a time, for example 2013-01-31 or 2013-01-31T12:00:00Z"


def moment_of(text: str, timezone: str = "UTC") -> dt.datetime | None:
    """Return the moment in UTC, None where the text is none; a day, and a time without an offset, is of `timezone`."""
    if not fits_type(text, "date") and not fits_type(text, "timestamp"):
        return None
    moment = dt.datetime.fromisoformat(text)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone_of(timezone))).astimezone(dt.UTC)
    except OverflowError:  # in the years 1 and 9999
        return None
