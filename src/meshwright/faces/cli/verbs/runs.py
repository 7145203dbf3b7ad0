"""Commands on recorded runs: `runs list`, `runs show`, `runs logs`, `runs resume`, `runs repeat`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import DirectoryOption, JsonOption, QuietOption

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run, as 'mw runs list' shows it.")]


def runs_list(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-l", metavar="N", min=1, help="How many, newest first.")] = 20,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """List recorded runs, newest first."""
    from meshwright.app.runs import list_runs
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents import runs_document
    from meshwright.faces.cli.text_show import runs_lines

    invocation = begin(context, directory, is_json=as_json)
    runs = list_runs(open_workspace(invocation.start), limit)
    answer(invocation, status=0, document=lambda: runs_document(runs), lines=lambda look: runs_lines(runs, look))


def runs_show(
    context: typer.Context, run: RunArgument, as_json: JsonOption = False, directory: DirectoryOption = None
) -> None:
    """Show one run: its steps, times, errors and log."""
    from meshwright.app.runs import show_run
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents import run_detail_document
    from meshwright.faces.cli.text_show import run_detail_lines

    invocation = begin(context, directory, is_json=as_json)
    detail = show_run(open_workspace(invocation.start), run)
    answer(
        invocation,
        status=0,
        document=lambda: run_detail_document(detail),
        lines=lambda look: run_detail_lines(detail, look),
    )


def runs_logs(
    context: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Id of a run, as 'mw runs list' shows it; the newest without.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", "-d", metavar="DATASET", help="Only what the steps of this dataset said.")
    ] = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Print the log of a run: what Python nodes printed and logged, the way to the line that failed, errors of steps."""
    from meshwright.app.runs import run_log
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents import run_log_document
    from meshwright.faces.cli.text_show import run_log_lines

    invocation = begin(context, directory, is_json=as_json)
    log = run_log(open_workspace(invocation.start), run, dataset)
    answer(invocation, status=0, document=lambda: run_log_document(log), lines=lambda look: run_log_lines(log, look))


def runs_resume(
    context: typer.Context,
    run: RunArgument,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Continue a run that was interrupted or whose process died, from its own frozen files.

    Finished work is not repeated. Statuses are those of 'mw run'.
    """
    from meshwright.app.apply import resume
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.listening import listener_for
    from meshwright.faces.cli.verbs.answers import answer_run

    invocation = begin(context, directory, is_json=as_json)
    workspace = open_workspace(invocation.start)
    with listener_for(invocation, is_quiet=quiet) as listener:
        report = resume(workspace, run, listener)
    answer_run(invocation, report)


def runs_repeat(
    context: typer.Context,
    run: RunArgument,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Execute a recorded run again, from its own files and parameters, and compare the versions. Publishes nothing.

    Versions that are still there are taken, others are built again; the environment stays as it is. Sources are read
    as they are today: where one has changed, it and what is made from it differ, and the answer says so.

    Status 0: every version is the recorded one; 1: one is not; where something could not be built, as 'mw run'.
    """
    from meshwright.app.repeat import repeat
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents_state import repetition_document
    from meshwright.faces.cli.listening import listener_for
    from meshwright.faces.cli.status import repetition_status
    from meshwright.faces.cli.text_state import repetition_lines

    invocation = begin(context, directory, is_json=as_json)
    workspace = open_workspace(invocation.start)
    with listener_for(invocation, is_quiet=quiet) as listener:
        repetition = repeat(workspace, run, listener)
    answer(
        invocation,
        status=repetition_status(repetition),
        document=lambda: repetition_document(repetition),
        lines=lambda look: repetition_lines(repetition, look),
    )
