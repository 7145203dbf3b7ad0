"""``rest``: a job of any server that has an HTTP interface, by a description of its calls (`rest_options`).

A job is begun once. Before the call that starts it a mark is made in the job's folder, and taken away only where it is certain
that nothing was begun. A coordinator that comes later and finds the mark without a handle asks the server, where the
description says how (``find``); starts again, where a second start is the same one (``idempotent``: the server honours the key
``Idempotency-Key``, which is always sent, or the address holds ``{id}``); and else begins nothing and says so.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from socket import gaierror
from ssl import SSLCertVerificationError

from meshwright.tools.http_answer import picked, refuse_unexpected, status_words
from meshwright.tools.http_guard import guarded, read_ranges
from meshwright.tools.http_options import Call, call_of
from meshwright.tools.jsonpath import parse_path
from meshwright.tools.protocol import (
    Effects,
    Job,
    JobState,
    Json,
    Outcome,
    Outline,
    Place,
    Poll,
    Problem,
    ToolFailed,
    Traits,
    Yields,
)
from meshwright.tools.replies import short
from meshwright.tools.requests import Connections, Reply
from meshwright.tools.rest_options import filled_url, part_of, rest_problems, state_of

#: Seconds that a call may take which is no start: `poll` waits for nothing.
_LOOK_S = 10.0
_LONGEST_HANDLE = 1000
#: Files of a job's folder: that the server was asked to start it, what it calls it, and that it was asked to end it.
_ASKED, _HANDLE, _CANCELLED = "asked", "handle", "cancelled"
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
#: Answers to a cancellation of what has ended already.
_ENDED = _GONE | {HTTPStatus.CONFLICT}
#: A gateway's answers: whether the call reached the server behind it is not known.
_UNKNOWN = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
#: In the place of an offset: the log is not asked for any more.
_NO_LOG = "-"


class Rest:
    """Starts, watches and cancels a job over HTTP."""

    name = "rest"
    traits = Traits(yields=Yields.NOTHING, effects=Effects.ISOLATED, poll_first_s=0.2, poll_longest_s=15.0)

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:  # noqa: ARG002 - no files
        """Check the description."""
        return rest_problems(options)

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:  # noqa: ARG002 - no files
        """Name none: all of a job is in its description."""
        return ()

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:  # noqa: ARG002 - no datasets
        """Tell nothing: a job of a server yields no datasets that we could publish."""
        return Outline()

    def start(self, job: Job) -> str:
        """Start the job, unless it was started."""
        for problem in rest_problems(job.options):
            where = ".".join(map(str, problem.path))
            message = f"{where}: {problem.message}" if where else problem.message
            raise ToolFailed(message, is_retryable=False, fix=problem.fix)
        return self.find(job) or _begun(job)

    def find(self, job: Job) -> str | None:
        """Find the job by what was kept of it; where its start got no answer, by asking the server.

        Where a second start is the same one, asking is starting.
        """
        known = _left(job)
        if known is not None or not (job.scratch / _ASKED).exists():
            return known
        find, start = job.options.get("find"), job.options["start"]
        assert isinstance(start, Mapping)
        if not isinstance(find, Mapping):
            if _is_repeatable(start):
                return _begun(job)
            raise ToolFailed(_NOT_KNOWN, is_retryable=False, fix=_NOT_KNOWN_FIX)
        call = call_of(part_of(job.options, "find", {"id": job.id}), key=None, timeout_s=_LOOK_S)
        answer = _sent(job, call)
        if answer.status in _GONE:
            return None
        refuse_unexpected(answer, call, find.get("expect"))
        try:
            handle = _handle_of(find["handle"], answer, call)
        except _NothingThere:
            return None
        return _keep(job, handle)

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Ask for the state, and for what is new of the log."""
        part = job.options["poll"]
        assert isinstance(part, Mapping)
        call = call_of(part_of(job.options, "poll", _known(job, handle)), key=None, timeout_s=_LOOK_S)
        answer = _sent(job, call)
        if answer.status in _GONE:
            return Poll(
                state=JobState.LOST, cursor=cursor, error=f"{call.shown} answered {status_words(answer.status)}"
            )
        refuse_unexpected(answer, call, part.get("expect"))
        document = answer.json()
        try:
            told = parse_path(str(part["state"])).pick(document)
        except LookupError as missing:
            raise ToolFailed(
                f"the answer of {call.shown} tells no state: {missing.args[0]}", is_retryable=False
            ) from missing
        state = state_of(part, told)
        error = None
        if state is None:
            error = f"{call.shown} tells a state that is not described: {json.dumps(told)[:100]}"
            state = JobState.FAILED
        elif state in {JobState.FAILED, JobState.CANCELLED}:
            error = _error(document, part, told)
        if state is JobState.FAILED and (job.scratch / _CANCELLED).exists():
            state = JobState.CANCELLED
        is_over = state not in {JobState.WAITING, JobState.RUNNING}
        lines, cursor = _log(job, handle, cursor, is_over=is_over)
        return Poll(state=state, lines=lines, cursor=cursor, error=error)

    def collect(self, job: Job, handle: str) -> Outcome:
        """Take the values that the description names."""
        page = job.options.get("page")
        url = filled_url(page, _known(job, handle)) if isinstance(page, str) else None
        result = job.options.get("result")
        if not isinstance(result, Mapping):
            return Outcome(url=url)
        name = "result" if result.get("url") else "poll"
        call = call_of(part_of(job.options, name, _known(job, handle)), key=None, timeout_s=_LOOK_S)
        answer = _sent(job, call)
        refuse_unexpected(answer, call, result.get("expect"))
        return Outcome(values=picked(answer.json(), result["values"], where=call.shown), url=url)

    def cancel(self, job: Job, handle: str) -> None:
        """Ask the server to end the job."""
        if job.options.get("cancel") is None:
            raise ToolFailed(
                "nothing says how this job is cancelled: it goes on",
                is_retryable=False,
                fix="describe the call: cancel: {url: ...}",
            )
        part = {"method": "POST", **part_of(job.options, "cancel", _known(job, handle))}
        call = call_of(part, key=f"{job.id}-cancel", timeout_s=_LOOK_S)
        (job.scratch / _CANCELLED).touch()
        answer = _sent(job, call)
        if answer.status not in _ENDED:
            refuse_unexpected(answer, call, part.get("expect"))


_NOT_KNOWN = "the server was asked to start the job, no answer came, and whether it began is not known"
_NOT_KNOWN_FIX = (
    "look there; describe find: {url: ...{id}, handle: ...}, or say start: {idempotent: true} where the server begins one job "
    "for one Idempotency-Key"
)


class _NothingThere(ToolFailed):
    """An answer names no job."""


def _begun(job: Job) -> str:
    """Ask the server to start the job, and return what it calls it."""
    start = job.options["start"]
    assert isinstance(start, Mapping)
    # Another attempt is another job, so the key is the job's own id.
    call = call_of(part_of(job.options, "start", {"id": job.id}), key=job.id)
    mark = job.scratch / _ASKED
    mark.touch()
    try:
        answer = _sent(job, call)
    except ToolFailed as failure:
        if not _is_unsent(failure):
            raise _unknown(failure, job.options) from failure
        mark.unlink()
        raise
    try:
        refuse_unexpected(answer, call, start.get("expect"))
    except ToolFailed as failure:
        if answer.status in _UNKNOWN:
            raise _unknown(failure, job.options) from failure
        mark.unlink()
        raise
    try:
        handle = _handle_of(start["handle"], answer, call)
    except ToolFailed as failure:
        raise _unknown(failure, job.options) from failure
    return _keep(job, handle)


def _sent(job: Job, call: Call) -> Reply:
    allow = job.options.get("allow", ())
    return _connections(tuple(str(each) for each in allow)).call(call.server, call.request)  # type: ignore[union-attr]


@functools.cache
def _connections(allow: tuple[str, ...]) -> Connections:
    """Return the connections that are kept for one set of ranges: what was judged for one is not used for another."""
    return Connections(resolve=guarded(read_ranges(allow)))


def _is_unsent(failure: ToolFailed) -> bool:
    """Whether it is certain that the server began nothing: it was not reached, or sent us elsewhere."""
    cause = failure.__cause__
    return cause is None or isinstance(
        cause, ConnectionRefusedError | gaierror | UnicodeError | SSLCertVerificationError
    )


def _unknown(failure: ToolFailed, options: Mapping[str, Json]) -> ToolFailed:
    """Return the failure of a start of which nobody knows whether it began. It can be tried again where that begins nothing new."""
    start = options["start"]
    assert isinstance(start, Mapping)
    if options.get("find") is not None or _is_repeatable(start):
        return ToolFailed(str(failure), is_retryable=True, fix=failure.fix)
    return ToolFailed(f"{failure}; whether the job began is not known", is_retryable=False, fix=_NOT_KNOWN_FIX)


def _is_repeatable(start: Mapping[str, Json]) -> bool:
    return start.get("idempotent") is True or start.get("method") == "PUT"


def _handle_of(described: Json, answer: Reply, call: Call) -> str:
    """Return what the server calls the job: in a header, or in its answer. Raises ToolFailed where it does not say."""
    if isinstance(described, Mapping):
        name = str(described["header"])
        found: Json = answer.headers.get(name.lower())
        if found is None:
            raise _NothingThere(f"the answer of {call.shown} has no header {name}", is_retryable=False)
    else:
        try:
            found = parse_path(str(described)).pick(answer.json())
        except LookupError as missing:
            message = f"the answer of {call.shown} names no job: {missing.args[0]}"
            raise _NothingThere(message, is_retryable=False) from missing
    if isinstance(found, list) and len(found) < 2:
        found = found[0] if found else None
    if found is None or found == "":
        raise _NothingThere(f"the answer of {call.shown} names no job", is_retryable=False)
    if not isinstance(found, str | int) or isinstance(found, bool) or len(str(found)) > _LONGEST_HANDLE:
        shown = short(json.dumps(found), 100)
        raise ToolFailed(f"the answer of {call.shown} names the job by no short text: {shown}", is_retryable=False)
    return str(found)


def _keep(job: Job, handle: str) -> str:
    new = job.scratch / f"{_HANDLE}.new"
    new.write_text(handle, "utf-8")
    new.replace(job.scratch / _HANDLE)
    return handle


def _left(job: Job) -> str | None:
    try:
        return (job.scratch / _HANDLE).read_text("utf-8")
    except FileNotFoundError:
        return None


def _known(job: Job, handle: str) -> dict[str, str]:
    return {"id": job.id, "handle": handle}


def _error(document: Json, part: Mapping[str, Json], state: Json) -> str:
    """Return the failure in the server's words; its state where it has no others."""
    said: Json = None
    if part.get("error") is not None:
        try:
            said = parse_path(str(part["error"])).pick(document)
        except LookupError:
            said = None  # a server that leaves the message away where there is none
    if said is None or said in ("", []):
        return f"the server tells the state {json.dumps(state)}"
    return said if isinstance(said, str) else json.dumps(said)


def _log(job: Job, handle: str, cursor: str, *, is_over: bool) -> tuple[tuple[str, ...], str]:
    """Return what is new of the log, and the number of lines that are known then. A log that fails does not fail its job."""
    described = job.options.get("log")
    if described is None or cursor == _NO_LOG:
        return (), cursor
    offset = int(cursor or 0)
    part = {"url": described} if isinstance(described, str) else described
    assert isinstance(part, Mapping)
    known = {**_known(job, handle), "offset": str(offset)}
    call = call_of(part_of(job.options, "log", known), key=None, timeout_s=_LOOK_S)
    try:
        answer = _sent(job, call)
        if answer.status in _GONE and not is_over:  # not there yet
            return (), cursor
        refuse_unexpected(answer, call, part.get("expect"))
        lines = _lines(answer, part.get("lines"), is_over=is_over)
    except (ToolFailed, LookupError) as failure:
        if isinstance(failure, ToolFailed) and failure.is_retryable and not is_over:
            return (), cursor
        return (f"(the log cannot be read: {failure})",), _NO_LOG
    new = lines if "{offset}" in str(part.get("url")) else lines[offset:]
    return tuple(new), str(offset + len(new))


def _lines(answer: Reply, path: Json, *, is_over: bool) -> list[str]:
    if path is None:
        text = answer.body.decode("utf-8", "replace")
    else:
        found = parse_path(str(path)).pick(answer.json())
        if isinstance(found, list):
            return [each if isinstance(each, str) else json.dumps(each) for each in found]
        text = found if isinstance(found, str) else json.dumps(found)
    lines = text.splitlines()
    return lines[:-1] if lines and not is_over and not text.endswith("\n") else lines
