"""What is told of a DAG run while it goes on, and when it failed: new lines of the logs of its tasks, and Airflow's own words."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from meshwright.tools.airflow_api import Api, DagRun
from meshwright.tools.airflow_logs import (
    MOST_LOGS,
    ReadUpTo,
    Seen,
    Try,
    failure_in,
    lines_of,
    new_entries,
    tries_with_news,
)
from meshwright.tools.airflow_steps import Instance
from meshwright.tools.protocol import ToolFailed
from meshwright.tools.requests import Refused, ReplyTooLarge

#: A look reads logs for so long, at most; the rest comes with the next.
_LOOK_S = 3.0
#: A DAG run that is queued for longer may be so because its DAG is paused.
_QUEUED_LONG = dt.timedelta(seconds=20)
_FAILURES_TOLD = 3
_LAST_LINES = 10


def why_queued(api: Api, dag: str, run: DagRun, seen: Seen) -> tuple[tuple[str, ...], Seen]:
    """Tell once, of a DAG run that does not begin, that its DAG was paused."""
    is_long = run.queued_at is not None and dt.datetime.now(dt.UTC) - run.queued_at > _QUEUED_LONG
    if not is_long or "paused" in seen.hints or not api.dag(dag)["is_paused"]:
        return (), seen
    line = f"the DAG {dag!r} is paused: this run waits until it is unpaused (`airflow dags unpause {dag}`)"
    return (line,), replace(seen, hints=(*seen.hints, "paused"))


def new_lines(
    api: Api, dag: str, run_id: str, instances: Sequence[Instance], seen: Seen
) -> tuple[tuple[str, ...], Seen, bool]:
    """Return new lines, how far was read now, and whether those were all."""
    lines: list[str] = []
    logs, hints = dict(seen.logs), seen.hints
    until = time.monotonic() + _LOOK_S
    tries = tries_with_news(instances, seen)
    is_all = True
    for one in tries:
        if time.monotonic() > until:
            is_all = False
            break
        told, logs[one.key] = _log(api, dag, run_id, one, logs.get(one.key, ReadUpTo()))
        lines += told
    if len(logs) >= MOST_LOGS and "logs" not in hints:
        hints = (*hints, "logs")
        lines.append(f"logs of more than {MOST_LOGS} tries of tasks are not told here; they are in Airflow")
    return tuple(lines), replace(seen, logs=logs, hints=hints), is_all


def _log(api: Api, dag: str, run_id: str, one: Try, read: ReadUpTo) -> tuple[Sequence[str], ReadUpTo]:
    try:
        try:
            content, token = api.log(dag, run_id, one.instance, one.number, read.token)
        except Refused as refusal:
            if refusal.status != 400 or read.token is None:
                raise
            # Airflow was started anew and does not know its own mark: from the beginning, without what was told.
            read = ReadUpTo(entries=read.entries)
            content, token = api.log(dag, run_id, one.instance, one.number, None)
    except ReplyTooLarge:
        return [f"[{one.title}] its log is too large to be told here; it is in Airflow"], ReadUpTo(is_over=True)
    except ToolFailed as failure:  # what became of the DAG run is not to wait for where its logs are kept
        if not one.is_over:
            return [], read
        return [f"[{one.title}] its log could not be read: {failure}"], ReadUpTo(is_over=True)
    entries, count = new_entries(content, read)
    now = ReadUpTo(token=token, entries=count, is_over=one.is_over and token is None)
    return list(lines_of(one.title, entries)), now


def failure_of(api: Api, dag: str, run_id: str, instances: Sequence[Instance]) -> tuple[str, Mapping[str, str]]:
    """Say in Airflow's words how the DAG run failed: its tasks that failed, and the last of their logs."""
    failed = [each for each in instances if each.state == "failed"]
    if not failed:
        count = ", ".join(sorted({each.state or "no state" for each in instances}))
        return f"the DAG run {run_id!r} of {dag!r} failed, none of its tasks did (they are: {count})", {}
    parts, errors = [], {}
    for each in failed[:_FAILURES_TOLD]:
        try:
            entries, _ = new_entries(api.log(dag, run_id, each, each.tries, None)[0], ReadUpTo())
        except ToolFailed:
            entries = ()
        errors[each.name] = failure_in(entries) or "it told no error in its log"
        tries = f" (try {each.tries} of {each.most_tries})" if each.most_tries > 1 else ""
        last = list(lines_of(each.name, entries))[-_LAST_LINES:]
        parts.append("\n".join([f"task {each.name!r} failed{tries}: {errors[each.name]}", *last]))
    if len(failed) > _FAILURES_TOLD:
        parts.append(f"and {len(failed) - _FAILURES_TOLD} more tasks failed")
    return "\n".join(parts), errors
