"""Service levels on a column of times: how old its moments are, and how far apart, in seconds.

A DATE is a day: its age is counted in whole days from the day of `now`. A time without a zone is in UTC. What is NULL or
infinite is no moment.
"""

from __future__ import annotations

import datetime as dt

from meshwright.checks.spec import CheckSpec, Metric, path_words
from meshwright.engines.duckdb.names import literal, quoted
from meshwright.engines.duckdb.predicates import UnusableArgument

_TIMES = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP WITH TIME ZONE"})


def seconds_statement(spec: CheckSpec, table: str, type_text: str) -> str:
    """Return the SELECT of one number, NULL where there is no moment. Raises UnusableArgument."""
    column = spec.columns[0]
    if spec.path:
        raise UnusableArgument(f"'{path_words(column, spec.path)}' is inside of a column; times are whole columns")
    if type_text not in _TIMES:
        raise UnusableArgument(f"column '{column}' is {type_text}, which is no time")
    moment = f"CAST({quoted(column)} AS TIMESTAMP)"
    if type_text == "TIMESTAMP WITH TIME ZONE":
        moment = f"timezone('UTC', {quoted(column)})"
    source = f"(SELECT {moment} AS m FROM {table} WHERE {quoted(column)} IS NOT NULL AND isfinite({quoted(column)}))"
    if spec.metric is Metric.GREATEST_GAP:
        between = (
            f"SELECT epoch_us(m) - lag(epoch_us(m)) OVER (ORDER BY m) AS gap FROM (SELECT DISTINCT m FROM {source})"
        )
        return f"SELECT max(gap) / 1000000 FROM ({between})"
    pick = "max" if spec.metric is Metric.LATEST_AGE else "min"
    now = f"CAST({literal(_now(spec, is_day=type_text == 'DATE'))} AS TIMESTAMP)"
    return f"SELECT (epoch_us({now}) - epoch_us({pick}(m))) / 1000000 FROM {source}"


def _now(spec: CheckSpec, *, is_day: bool) -> str:
    """Return the moment that the rule is measured at, as UTC without a zone."""
    said = spec.arguments.get("now")
    if not isinstance(said, str):
        raise UnusableArgument("a service level is measured at a moment, and 'now' is none")
    now = dt.datetime.fromisoformat(said).astimezone(dt.UTC).replace(tzinfo=None)
    return (now.replace(hour=0, minute=0, second=0, microsecond=0) if is_day else now).isoformat(" ")
