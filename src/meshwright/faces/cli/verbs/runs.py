"""Commands on recorded runs: `runs list`, `runs show`, `runs resume`."""

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
