"""The time of day. A module of its own, because verbs that only move pointers need it and nothing of a run's world."""

from __future__ import annotations

import datetime as dt


def utc_now() -> dt.datetime:
    """Return the time of day, aware UTC."""
    return dt.datetime.now(dt.UTC)
