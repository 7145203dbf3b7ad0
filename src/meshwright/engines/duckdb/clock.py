"""A clock that stands still, for unit tests: macros that answer in place of DuckDB's functions of the time of day."""

from __future__ import annotations

import datetime as dt

from meshwright.engines.duckdb.names import address, literal, quoted

#: Functions by what they give; names without parentheses in SQL (current_date ...) are called by these names as well.
_INSTANTS = ("now", "current_timestamp", "get_current_timestamp", "transaction_timestamp")
_DATES = ("current_date", "today")
_TIMES = ("current_time", "get_current_time", "localtime", "current_localtime")
_LOCALS = ("localtimestamp", "current_localtimestamp")


def clock_macros(product: str, now: str) -> tuple[tuple[str, str], ...]:
    """Return (function, statement that creates its macro) for the schema of `product`.

    `now` is ISO 8601 with an offset; the session's time zone is UTC.
    """
    moment = dt.datetime.fromisoformat(now).astimezone(dt.UTC)
    plain = moment.replace(tzinfo=None)
    instant = f"CAST({literal(moment.isoformat())} AS TIMESTAMPTZ)"
    values = {
        **dict.fromkeys(_INSTANTS, instant),
        **dict.fromkeys(_DATES, f"CAST({literal(plain.date().isoformat())} AS DATE)"),
        **dict.fromkeys(_TIMES, f"CAST({literal(plain.time().isoformat())} AS TIME)"),
        **dict.fromkeys(_LOCALS, f"CAST({literal(plain.isoformat())} AS TIMESTAMP)"),
    }
    schema = address(product)
    return tuple((name, f"CREATE MACRO {schema}.{quoted(name)}() AS {value}") for name, value in values.items())
