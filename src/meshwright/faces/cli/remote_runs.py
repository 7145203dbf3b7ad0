"""Runs through a server: asked for, followed, and answered as the command answers where the mesh lies.

Who interrupts the command lets go of the run, and does not stop it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any  # decoded JSON

from meshwright.client.outgoing import Outgoing, path_part, present
from meshwright.client.problems import ClientError
from meshwright.diagnostics import Diagnostic, InterruptedRun
from meshwright.faces.cli.invocation import Invocation, tell
from meshwright.faces.cli.options import exclusive, parse_params
from meshwright.faces.cli.remote_answers import answer
from meshwright.faces.cli.remote_connection import Connection, in_form
from meshwright.faces.cli.remote_streams import events_through
from meshwright.faces.cli.remote_transport import as_answered
from meshwright.faces.cli.remote_verbs import Parameters
from meshwright.faces.text.terminal import first_line, printable
from meshwright.faces.text.words import count_words, seconds_words

_RUNS = "/api/v1/runs"
_TOLD = frozenset({"succeeded", "failed", "blocked", "interrupted"})
#: What is sent does not wait: the run is followed.
_ASYNC: Mapping[str, str | None] = {"Prefer": "respond-async"}


def _ask_for_run(given: Parameters) -> Outgoing:
    """Return the request of `mw run`. Raises InputError for options that work where the mesh lies alone."""
    for name in ("dry_run", "resolved", "run_id"):
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
    return _asking(_RUNS, present(body))


def _ask_to_resume(given: Parameters) -> Outgoing:
    _require_no_id(given)
    return _asking(f"{_RUNS}/{path_part(given['run'])}/resume", present({"from": given["from_node"]}))


def _ask_to_repeat(given: Parameters) -> Outgoing:
    _require_no_id(given)
    return _asking(f"{_RUNS}/{path_part(given['run'])}/repeat", None)


def _ask_to_promote(given: Parameters) -> Outgoing:
    _require_no_id(given, "run_id")
    body = present({key: given[key] for key in ("to", "unpin", "reason")})
    return _asking(f"/api/v1/environments/{path_part(given['sandbox'])}/promote", body)


def _asking(path: str, body: object) -> Outgoing:
    template = path.replace("{", "{{").replace("}", "}}")
    return Outgoing(method="POST", template=template, json=body, headers=_ASYNC, is_keyed=True)


def _require_no_id(given: Parameters, name: str = "new_id") -> None:
    """Raise InputError where a run is to have an id: through a server it follows from the request."""
    if given.get(name):
        raise exclusive("--run-id", "--server")


RUNS: Mapping[str, Callable[[Parameters], Outgoing]] = {
    "run": _ask_for_run,
    "runs resume": _ask_to_resume,
    "runs repeat": _ask_to_repeat,
    "promote": _ask_to_promote,
}


def run_through(connection: Connection, outgoing: Outgoing, given: Parameters, invocation: Invocation) -> None:
    """Ask for a run, follow it, and write what came of it, with the exit status that it says.

    Raises MeshwrightError where the server or the run refuses, InterruptedRun (MW-U030) on Ctrl-C: the run goes on then.
    """
    try:
        found = connection.transport.send(outgoing)
        with as_answered(connection.server, found):
            run_id = _id_of(found.json())
        try:
            _follow(connection, run_id, is_quiet=bool(given.get("quiet")))
        except KeyboardInterrupt:
            raise _let_go(run_id) from None
        report = Outgoing(method="GET", template=f"{_RUNS}/{path_part(run_id)}/report")
        answer(invocation, connection.transport.send(in_form(report, invocation)))
    except ClientError as error:
        raise connection.told(error) from error


def _id_of(document: Mapping[str, Any]) -> str:
    """Return the id of the run that was asked for. Raises KeyError, TypeError, ValueError where there is none."""
    run_id = document["run_id"]
    if not isinstance(run_id, str) or not run_id:
        raise ValueError("run_id is no id")
    return run_id


def _follow(connection: Connection, run_id: str, *, is_quiet: bool) -> None:
    """Tell what a run does until it has ended."""
    if not is_quiet:
        tell([f"run {printable(run_id)}"])
    for event in events_through(connection, run_id):
        with as_answered(connection.server, event.answer):
            # Told whoever wants no progress as well: nothing happens until somebody does something.
            lines = _queued_lines(event.data) if event.kind == "queued" else []
            if event.kind == "step" and not is_quiet:
                lines = _step_lines(event.data)
        tell(lines)


def _queued_lines(warning: Mapping[str, Any]) -> list[str]:
    """Return what keeps a run from beginning."""
    fix = [f"        fix: {printable(str(warning['fix']))}"] if warning.get("fix") else []
    return [f"{printable(str(warning.get('code')))} {printable(str(warning.get('message')))}", *fix]


def _step_lines(step: Mapping[str, Any]) -> list[str]:
    """Return the line of a step that ended, and the reason of a failure."""
    if step.get("state") not in _TOLD or step.get("action") == "reuse":
        return []
    if step.get("action") == "publish":
        product = str(step["key"]).partition(":")[2]
        return [f"published {product}"] if step["state"] == "succeeded" else [f"not published {product}"]
    word = "done" if step["state"] == "succeeded" else str(step["state"])
    facts = [
        *(
            [count_words(int(step["rows"]), "row")]
            if step.get("rows") is not None and step.get("action") != "test"
            else []
        ),
        *([seconds_words(float(step["seconds"]))] if step.get("seconds") else []),
    ]
    line = f"{word} {step.get('action') or ''} {step.get('dataset') or step.get('key')}"
    error = step.get("error")
    reason = [f"        {first_line(error)}"] if isinstance(error, str) and step["state"] == "failed" else []
    return [f"{line} ({', '.join(facts)})" if facts else line, *reason]


def _let_go(run_id: str) -> InterruptedRun:
    return InterruptedRun(
        Diagnostic(
            code="MW-U030",
            message=f"let go of run {run_id}, which goes on at the server",
            fix=f"mw runs show {run_id} tells how it is, mw runs stop {run_id} ends it",
        )
    )
