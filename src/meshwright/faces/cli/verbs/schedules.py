"""Commands on triggers: `schedule list|pause|resume`, `event send|list`, `worker`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from meshwright.faces.cli.invocation import answer, begin, tell
from meshwright.faces.cli.options import DEFAULT_ENVIRONMENT, DirectoryOption, EnvironmentOption, JsonOption, exclusive

NameArgument = Annotated[
    str,
    typer.Argument(metavar="NAME", help="A trigger (domain.product:name), or a product for all of its triggers."),
]


def schedule_list(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A trigger, or a product for all of its triggers.", show_default=False),
    ] = None,
    *,
    limit: Annotated[
        int, typer.Option("--next", "-n", metavar="N", min=0, max=10_000, help="How many moments, the next ones first.")
    ] = 20,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Show what starts runs by itself: what will happen when and why, and what happened last.

    Moments are told in the schedule's own time zone and in UTC. Whether anybody will be there is told as well: 'mw worker'
    runs the schedules.
    """
    from meshwright.app.scheduling import list_schedules
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.schedules import schedules_document
    from meshwright.faces.text.schedules import schedules_lines

    invocation = begin(context, directory, is_json=as_json)
    workspace = open_workspace(invocation.start)
    report = list_schedules(workspace, environment or DEFAULT_ENVIRONMENT, name, limit)
    answer(
        invocation,
        status=0,
        document=lambda: schedules_document(report),
        lines=lambda look: schedules_lines(report, look),
    )


def schedule_pause(
    context: typer.Context,
    name: NameArgument,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for whoever asks later.")],
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Let a trigger, or all those of a product, start nothing until it is resumed. Runs that go on go on."""
    from meshwright.app.scheduling import pause
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.schedules import pause_document
    from meshwright.faces.text.schedules import pause_lines

    invocation = begin(context, directory, is_json=as_json)
    report = pause(open_workspace(invocation.start), environment or DEFAULT_ENVIRONMENT, name, reason)
    answer(invocation, status=0, document=lambda: pause_document(report), lines=lambda look: pause_lines(report, look))


def schedule_resume(
    context: typer.Context,
    name: NameArgument,
    *,
    catch_up: Annotated[
        bool,
        typer.Option("--catch-up", help="Make up for what was missed meanwhile as 'missed' of the schedule says."),
    ] = False,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Let go on what was paused.

    Moments of schedules that fell into the pause are passed over; events, publications and files that came meanwhile
    start what they start now.
    """
    from meshwright.app.scheduling import resume
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.schedules import pause_document
    from meshwright.faces.text.schedules import pause_lines

    invocation = begin(context, directory, is_json=as_json)
    workspace = open_workspace(invocation.start)
    report = resume(workspace, environment or DEFAULT_ENVIRONMENT, name, catch_up=catch_up)
    answer(invocation, status=0, document=lambda: pause_document(report), lines=lambda look: pause_lines(report, look))


def event_send(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="One event (CloudEvents 1.0, structured JSON) or a list of them; '-': standard input."
        ),
    ],
    *,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Send events: triggers with 'event: TYPE' start a run for each.

    All are taken in or none. An event that was sent before (same source and id) is not taken in again.
    """
    from meshwright.app.scheduling_events import event_bytes, send_events
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.schedules import sent_document
    from meshwright.faces.text.schedules import sent_lines

    invocation = begin(context, directory, is_json=as_json)
    workspace = open_workspace(invocation.start)
    data = event_bytes(file, sys.stdin.buffer)
    sent = send_events(workspace, data, str(file))
    answer(invocation, status=0, document=lambda: sent_document(sent), lines=lambda look: sent_lines(sent, look))


def event_list(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option("--limit", "-l", metavar="N", min=1, help="How many, newest first.")] = 20,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """List events, newest first: those that were sent, and what meshwright noticed itself (late runs, files that arrived)."""
    from meshwright.app.scheduling_events import list_events
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.schedules import events_document
    from meshwright.faces.text.schedules import events_lines

    invocation = begin(context, directory, is_json=as_json)
    events = list_events(open_workspace(invocation.start), limit)
    answer(
        invocation, status=0, document=lambda: events_document(events), lines=lambda look: events_lines(events, look)
    )


def worker(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Look once, start what is due, wait for it, and end. For cron and CI.")
    ] = False,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End as soon as nothing goes on and nothing is due.")
    ] = False,
    parallel: Annotated[int, typer.Option("--parallel", metavar="N", min=1, max=1000, help="Runs at once.")] = 4,
    environment: EnvironmentOption = None,
    also: Annotated[
        list[str] | None,
        typer.Option(
            "--also", metavar="ENV", help="A further environment whose schedules are run.", show_default=False
        ),
    ] = None,
    server_socket: Annotated[int | None, typer.Option("--server-socket", metavar="FD", hidden=True)] = None,
    look: Annotated[Path | None, typer.Option("--look", metavar="FILE", hidden=True)] = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Start runs when their triggers fire (schedules, events, publications, files), and those that are asked for by URL.

    Runs are processes of their own. Ctrl-C or SIGTERM ends the worker: nothing new is started, and what goes on goes on;
    the next worker follows it. Two workers share nothing: one is active, the other takes over when it ends.
    Status 0: everything that it started succeeded; 1: something did not.
    """
    if once and until_idle:
        raise exclusive("--once", "--until-idle")
    if look is not None:
        _answer_worker(begin(context, directory, is_json=as_json).start, look)
        return
    from meshwright.app.scheduling_worker import WorkerOptions, work
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.schedules import worker_document
    from meshwright.faces.text.schedules import worker_line, worker_lines

    invocation = begin(context, directory, is_json=as_json)
    options = WorkerOptions(
        environment=environment or DEFAULT_ENVIRONMENT,
        is_environment_explicit=environment is not None,
        parallel=parallel,
        is_once=once,
        is_until_idle=until_idle,
        also=tuple(also or ()),
        server=server_socket,
    )
    report = work(open_workspace(invocation.start), options, lambda text: tell([worker_line(text)]))
    answer(
        invocation,
        status=0 if report.ok else 1,
        document=lambda: worker_document(report),
        lines=lambda look: worker_lines(report, look),
    )


def _answer_worker(start: Path, file: Path) -> None:
    """Look at the mesh for a worker, as it asks in a file, and write the answer to standard output."""
    from meshwright.app.scheduling_apart import answer_look
    from meshwright.app.workspace import open_workspace

    sys.stdout.buffer.write(answer_look(open_workspace(start), file))
    sys.stdout.buffer.flush()
