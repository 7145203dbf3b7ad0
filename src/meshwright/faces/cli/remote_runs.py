"""Runs through a server: asked for, followed, and told as they end.

Who interrupts the command lets go of the run, and does not stop it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any  # decoded JSON

from meshwright.client.outgoing import Outgoing, path_part, present
from meshwright.client.problems import ClientError
from meshwright.client.streams import events_of
from meshwright.diagnostics import Diagnostic, InterruptedRun
from meshwright.faces.cli.invocation import Invocation, tell
from meshwright.faces.cli.options import exclusive, parse_params
from meshwright.faces.cli.remote import Connection, answer, in_form
from meshwright.faces.cli.remote_verbs import Parameters
from meshwright.faces.text.terminal import first_line
from meshwright.faces.text.words import count_words, seconds_words

_RUNS = "/api/v1/runs"
#: Exit status by the state in which a run ended; others are the answer "no".
_STATUSES = {"succeeded": 0, "interrupted": 130}
_TOLD = frozenset({"succeeded", "failed", "blocked", "interrupted"})


def ask_for_run(given: Parameters) -> Outgoing:
    """Return the request of `mw run`. Raises InputError for options that work where the mesh lies alone."""
    for name in ("dry_run", "resolved"):
        if given.get(name):
            raise exclusive(f"--{name.replace('_', '-')}", "--server")
    body = {
        "select": list(given["select"] or ()) or None,
        "variation": given["variation"],
        "params": parse_params(given["params"]) or None,
        "environment": given["environment"],
        "interval": given["interval"],
        "only": given["only"],
        "retest": given["retest"],
        "refresh": given["refresh"],
    }
    return Outgoing(method="POST", template=_RUNS, json=present(body), is_keyed=True)


def ask_to_resume(given: Parameters) -> Outgoing:
    """Return the request of `mw runs resume`."""
    template = f"{_RUNS}/{path_part(given['run'])}/resume"
    return Outgoing(method="POST", template=template, json=present({"from": given["from_node"]}), is_keyed=True)


RUNS: Mapping[str, Callable[[Parameters], Outgoing]] = {"run": ask_for_run, "runs resume": ask_to_resume}


def run_through(connection: Connection, outgoing: Outgoing, given: Parameters, invocation: Invocation) -> None:
    """Ask for a run, follow it, and write its record; the exit status says how it ended.

    Raises MeshwrightError where the server refuses, InterruptedRun (MW-U030) on Ctrl-C: the run goes on then.
    """
    try:
        run_id = str(connection.transport.send(outgoing).json()["run_id"])
        try:
            state = _followed(connection, run_id, is_quiet=bool(given.get("quiet")))
        except KeyboardInterrupt:
            raise _let_go(run_id) from None
        record = Outgoing(method="GET", template=f"{_RUNS}/{path_part(run_id)}")
        answer(invocation, connection.transport.send(in_form(record, invocation)))
    except ClientError as error:
        raise connection.told(error) from error
    invocation.status = _STATUSES.get(state, 1)


def _followed(connection: Connection, run_id: str, *, is_quiet: bool) -> str:
    """Tell what a run does until it has ended, and return its state; a stream that breaks is gone on with."""
    state, last = "", None
    if not is_quiet:
        tell([f"run {run_id}"])
    while True:
        stream = Outgoing(
            method="GET",
            template=f"{_RUNS}/{path_part(run_id)}/stream",
            accept="text/event-stream",
            headers={"Last-Event-ID": last},
        )
        with connection.transport.stream(stream) as found:
            if found.status_code == 204:
                return state
            for event in events_of(found):
                last = event.id or last
                told = json.loads(event.data)
                if event.event in {"run", "end"}:
                    state = str(told["state"])
                if event.event == "end":
                    return state
                if event.event == "step" and not is_quiet:
                    tell(_step_lines(told))


def _step_lines(step: Mapping[str, Any]) -> list[str]:
    """Return the line of a step that ended, and the reason of a failure."""
    if step.get("state") not in _TOLD or step.get("action") in {"reuse", "publish"}:
        return []
    word = "done" if step["state"] == "succeeded" else str(step["state"])
    facts = [
        *([count_words(int(step["rows"]), "row")] if step.get("rows") is not None else []),
        *([seconds_words(float(step["seconds"]))] if step.get("seconds") else []),
    ]
    line = f"{word} {step.get('action') or ''} {step.get('dataset') or step.get('key')}"
    error = step.get("error")
    reason = [f"        {error['code']} {first_line(str(error['message']))}"] if isinstance(error, dict) else []
    return [f"{line} ({', '.join(facts)})" if facts else line, *reason]


def _let_go(run_id: str) -> InterruptedRun:
    return InterruptedRun(
        Diagnostic(
            code="MW-U030",
            message=f"let go of run {run_id}, which goes on at the server",
            fix=f"mw runs show {run_id} tells how it is, mw runs stop {run_id} ends it",
        )
    )
