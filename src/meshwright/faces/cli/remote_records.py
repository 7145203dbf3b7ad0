"""Commands on runs that a server has: stopped, their logs followed, written into archives. Each answers as where the mesh lies."""

from __future__ import annotations

import datetime as dt
import io
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any  # decoded JSON
from zipfile import is_zipfile

from meshwright.app.values import LogLine, RunState
from meshwright.client.outgoing import Outgoing, QueryValue, path_part
from meshwright.client.problems import ClientError
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.cli.invocation import Invocation, answer, write_lines
from meshwright.faces.cli.options import not_together
from meshwright.faces.cli.remote_answers import answer as answer_as_told
from meshwright.faces.cli.remote_connection import Connection, in_form
from meshwright.faces.cli.remote_streams import events_through
from meshwright.faces.cli.remote_transport import as_answered, not_ours
from meshwright.faces.cli.remote_verbs import Parameters
from meshwright.faces.cli.verbs.answers import answer_archive_check

_RUNS = "/api/v1/runs"
#: What is called interrupted by the server and has not begun, or goes on, is not over.
_GOING_ON = frozenset({"waiting", "running"})
#: The newest runs, among which one that was recorded is looked for.
_NEWEST = 50
_ARCHIVE = "application/zip"


def stop_through(connection: Connection, given: Parameters, invocation: Invocation) -> None:
    """Carry `runs stop` out. Raises MeshwrightError as the command does."""
    from meshwright.app.run_stopping import StopReport, nothing_to_stop  # lazy, all: few commands stop a run
    from meshwright.faces.documents.record import stop_document
    from meshwright.faces.status import DONE, WORLD_FAILED
    from meshwright.faces.text.record import stop_lines

    started, wait_s = time.monotonic(), float(given["wait"])
    path = f"{_RUNS}/{path_part(given['run'])}/stop"
    asked: tuple[str, ...] = ()
    while True:
        left_s = max(wait_s - (time.monotonic() - started), 0.0)
        stop = Outgoing(method="POST", template=path, headers={"Prefer": f"wait={math.ceil(left_s)}"}, is_keyed=True)
        found = connection.transport.send(stop)
        with as_answered(connection.server, found):
            told = found.json()
            run_id, told_state = str(told["run_id"]), str(told["state"])
            asked_now = tuple(str(each) for each in told["asked"])
            state = RunState.RUNNING if told_state in _GOING_ON else RunState(told_state)
        asked = asked or asked_now
        if not asked_now or told_state not in _GOING_ON or time.monotonic() - started >= wait_s:
            break
    if not asked:
        raise InputError(nothing_to_stop(run_id, state))
    seconds = time.monotonic() - started
    report = StopReport(run_id=run_id, state=state, asked=asked, seconds=seconds)
    answer(
        invocation,
        status=DONE if report.is_over else WORLD_FAILED,
        document=lambda: stop_document(report),
        lines=lambda look: stop_lines(report, look),
    )


def logs_through(connection: Connection, given: Parameters, invocation: Invocation) -> None:
    """Carry `runs logs` out: of the newest run where none is named, and with each line that comes where it is followed."""
    from meshwright.faces.text.record import log_line

    if given["node"] is not None and given["dataset"] is not None:
        raise not_together("NODE and --dataset name the same thing", "give one of them")
    if given["is_followed"] and invocation.is_json:
        raise not_together("--follow prints lines as they come, and --json prints one document", "leave one away")
    node, search = given["node"] or given["dataset"], given["search"]
    run_id = given["run"] or _newest(connection)
    query: Mapping[str, QueryValue] = {"dataset": node, "search": search, "limit": 1 if given["is_followed"] else None}
    log = Outgoing(method="GET", template=f"{_RUNS}/{path_part(run_id)}/log", query=query)
    if not given["is_followed"]:
        answer_as_told(invocation, connection.transport.send(in_form(log, invocation)))
        return
    connection.transport.send(log)  # which refuses a node that the run has not
    for line in _followed(connection, run_id, node, search):
        write_lines([log_line(line).strip()])


def _newest(connection: Connection) -> str:
    listed = connection.transport.send(Outgoing(method="GET", template=_RUNS, query={"limit": _NEWEST}))
    with as_answered(connection.server, listed):
        runs = listed.json()["runs"]
        found = next((str(run["run_id"]) for run in runs if run["started_at"] is not None), None)
    if found is None:
        raise InputError(Diagnostic(code="MW-R005", message="no run yet", fix="mw runs list shows the recent ones"))
    return found


def _followed(connection: Connection, run_id: str, node: str | None, search: str | None) -> Iterator[LogLine]:
    """Yield the lines of a run's log until it has ended; a stream that breaks is gone on with."""
    text = search.casefold() if search else ""
    for event in events_through(connection, run_id):
        if event.kind == "log":
            with as_answered(connection.server, event.answer):
                line = _line(event.data)
                is_meant = (node is None or _is_of(line, node)) and text in line.text.casefold()
            if is_meant:
                yield line


def _is_of(line: LogLine, node: str) -> bool:
    """Whether a step said a line: a node is named by its address, or by the last part of it."""
    address = (line.step or "").partition(":")[2]
    return node in {address, address.rpartition(".")[2]}


def _line(told: Mapping[str, Any]) -> LogLine:
    at = dt.datetime.fromisoformat(told["at"])
    step = told["step"]
    return LogLine(
        number=int(told["number"]),
        at=at,
        level=str(told["level"]),
        step=None if step is None else str(step),
        text=str(told["text"]),
    )


def export_through(connection: Connection, given: Parameters, invocation: Invocation) -> None:
    """Carry `runs export` out: the archive is made at the server, and written here. One is checked here."""
    from meshwright.app.run_archive import write_archive  # lazy, as above
    from meshwright.faces.documents.record import archived_document
    from meshwright.faces.text.record import archived_lines

    run, file, checked = given["run"], given["file"], given["checked"]
    if checked is not None:
        if run is not None or file is not None:
            raise not_together("--check takes an archive, and no run", "write mw runs export --check FILE")
        answer_archive_check(invocation, checked)
        return
    if run is None or file is None:
        raise not_together("a run and a file are needed", "write mw runs export RUN FILE.zip, or --check FILE.zip")
    asked = Outgoing(method="GET", template=f"{_RUNS}/{path_part(run)}/archive", accept=_ARCHIVE)
    found = connection.transport.send(asked)
    if found.headers.get("content-type", "").partition(";")[0].strip() != _ARCHIVE or not is_zipfile(
        io.BytesIO(found.content)
    ):
        raise not_ours(connection.server, found.request, found)
    archived = write_archive(found.content, file)
    answer(
        invocation,
        status=0,
        document=lambda: archived_document(archived),
        lines=lambda look: archived_lines(archived, look),
    )


RECORDS: Mapping[str, Callable[[Connection, Parameters, Invocation], None]] = {
    "runs stop": stop_through,
    "runs logs": logs_through,
    "runs export": export_through,
}


def carry_out_record(words: str, connection: Connection, given: Parameters, invocation: Invocation) -> None:
    """Carry one of these commands out. Raises MeshwrightError."""
    try:
        RECORDS[words](connection, given, invocation)
    except ClientError as error:
        raise connection.told(error) from error
