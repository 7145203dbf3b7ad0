"""Commands on recorded runs: `runs list`, `show`, `logs`, `stop`, `resume`, `repeat` and `cost`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meshwright.faces.cli.invocation import answer, begin, write_lines
from meshwright.faces.cli.options import DirectoryOption, JsonOption, QuietOption, not_together

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Id of a run, as 'mw runs list' shows it.")]

RunIdOption = Annotated[
    str | None,
    typer.Option(
        "--run-id",
        metavar="ID",
        help="The id that the new run gets; a second run of the same id is refused, so that one start is one run.",
        show_default=False,
    ),
]


def runs_list(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-l", metavar="N", min=1, help="How many, newest first.")] = 20,
    is_tree: Annotated[
        bool, typer.Option("--tree", help="Below each run those that it started, and those that repeat it.")
    ] = False,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """List recorded runs, newest first."""
    from meshwright.app.runs import list_runs, run_trees
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.verbs import run_trees_document, runs_document
    from meshwright.faces.text.record import run_tree_lines
    from meshwright.faces.text.show import runs_lines

    invocation = begin(context, directory, is_json=as_json)
    if is_tree:
        trees = run_trees(open_workspace(invocation.start), limit)
        answer(
            invocation,
            status=0,
            document=lambda: run_trees_document(trees),
            lines=lambda look: run_tree_lines(trees, look),
        )
        return
    runs = list_runs(open_workspace(invocation.start), limit)
    answer(invocation, status=0, document=lambda: runs_document(runs), lines=lambda look: runs_lines(runs, look))


def runs_show(
    context: typer.Context, run: RunArgument, as_json: JsonOption = False, directory: DirectoryOption = None
) -> None:
    """Show one run: its steps, times, errors and log."""
    from meshwright.app.runs import show_run
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.verbs import run_detail_document
    from meshwright.faces.text.show import run_detail_lines

    invocation = begin(context, directory, is_json=as_json)
    detail = show_run(open_workspace(invocation.start), run)
    answer(
        invocation,
        status=0,
        document=lambda: run_detail_document(detail),
        lines=lambda look: run_detail_lines(detail, look),
    )


def runs_logs(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Id of a run, as 'mw runs list' shows it; the newest without.")
    ] = None,
    node: Annotated[
        str | None,
        typer.Argument(metavar="[NODE]", help="Only what the steps of this node said: its address, or name."),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", "-d", metavar="DATASET", help="As NODE, without naming the run.")
    ] = None,
    search: Annotated[
        str | None,
        typer.Option("--search", "-s", metavar="TEXT", help="Only lines that hold this text, in whatever case."),
    ] = None,
    is_followed: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with each line that comes, until the run has ended.")
    ] = False,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Print the log of a run: what Python nodes printed and logged, the way to the line that failed, errors of steps."""
    from meshwright.app.runs import follow_log, run_log
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.verbs import run_log_document
    from meshwright.faces.text.record import log_line
    from meshwright.faces.text.show import run_log_lines

    invocation = begin(context, directory, is_json=as_json)
    if node is not None and dataset is not None:
        raise not_together("NODE and --dataset name the same thing", "give one of them")
    workspace = open_workspace(invocation.start)
    if is_followed:
        if as_json:
            raise not_together("--follow prints lines as they come, and --json prints one document", "leave one away")
        for line in follow_log(workspace, run, node or dataset, search):
            write_lines([log_line(line).strip()])
        return
    log = run_log(workspace, run, node or dataset, search)
    answer(invocation, status=0, document=lambda: run_log_document(log), lines=lambda look: run_log_lines(log, look))


def runs_stop(
    context: typer.Context,
    run: RunArgument,
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait until it has ended.")
    ] = 30.0,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Ask whoever carries a run out to stop, on whatever host that is, and the runs that it has started.

    It ends as interrupted: what was built is kept, what was not published is unchanged, and 'mw runs resume' goes on with it.
    Status 0: it has ended; 2: there is nothing to stop; 3: it goes on still after the time to wait.
    """
    from meshwright.app.run_stopping import stop_run
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.record import stop_document
    from meshwright.faces.status import DONE, WORLD_FAILED
    from meshwright.faces.text.record import stop_lines

    invocation = begin(context, directory, is_json=as_json)
    report = stop_run(open_workspace(invocation.start), run, wait)
    answer(
        invocation,
        status=DONE if report.is_over else WORLD_FAILED,
        document=lambda: stop_document(report),
        lines=lambda look: stop_lines(report, look),
    )


def runs_cost(
    context: typer.Context,
    by: Annotated[str, typer.Option("--by", metavar="product|domain", help="What costs are summed by.")] = "product",
    since: Annotated[
        str, typer.Option("--since", metavar="DURATION", help="Runs that began no longer ago, for example 30d.")
    ] = "30d",
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Sum what runs cost: CPU seconds, bytes given to read and written, units of tools, and what that comes to.

    Prices are those of 'prices' in mesh.yaml when a run ended.
    """
    from meshwright.app.run_costs import Grouping, run_costs
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.record import costs_report_document
    from meshwright.faces.text.record import costs_lines

    invocation = begin(context, directory, is_json=as_json)
    if by not in {grouping.value for grouping in Grouping}:
        raise not_together(f"costs are not summed by '{by}'", "write --by product or --by domain")
    report = run_costs(open_workspace(invocation.start), Grouping(by), since)
    answer(
        invocation,
        status=0,
        document=lambda: costs_report_document(report),
        lines=lambda look: costs_lines(report, look),
    )


def runs_diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A", help="Id of a run, as 'mw runs list' shows it.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Id of another one, mostly a later one.")],
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Compare two recorded runs: code, options, versions of what they read and made, steps, verdicts and costs. Status 0."""
    from meshwright.app.run_differences import run_difference
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.record import run_difference_document
    from meshwright.faces.text.record import run_difference_lines

    invocation = begin(context, directory, is_json=as_json)
    difference = run_difference(open_workspace(invocation.start), before, after)
    answer(
        invocation,
        status=0,
        document=lambda: run_difference_document(difference),
        lines=lambda look: run_difference_lines(difference, look),
    )


def runs_export(
    context: typer.Context,
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="Id of a run, as 'mw runs list' shows it.")] = None,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The archive to write, a zip file.")] = None,
    checked: Annotated[
        Path | None, typer.Option("--check", metavar="FILE", help="Check an archive instead; needs no mesh.")
    ] = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Write the whole record of a run into one archive, or check one: its files, plan, steps, tests, log, versions, events.

    It holds no data and no secrets; the same record gives the same bytes. Status of --check: 0: all is as it was written; 1: it
    is not.
    """
    from meshwright.app.run_archive import export_run
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.verbs.answers import answer_archive_check
    from meshwright.faces.documents.record import archived_document
    from meshwright.faces.status import DONE
    from meshwright.faces.text.record import archived_lines

    invocation = begin(context, directory, is_json=as_json)
    if checked is not None:
        if run is not None or file is not None:
            raise not_together("--check takes an archive, and no run", "write mw runs export --check FILE")
        answer_archive_check(invocation, checked)
        return
    if run is None or file is None:
        raise not_together("a run and a file are needed", "write mw runs export RUN FILE.zip, or --check FILE.zip")
    archived = export_run(open_workspace(invocation.start), run, file)
    answer(
        invocation,
        status=DONE,
        document=lambda: archived_document(archived),
        lines=lambda look: archived_lines(archived, look),
    )


def runs_openlineage(
    context: typer.Context, run: RunArgument, as_json: JsonOption = False, directory: DirectoryOption = None
) -> None:
    """Print the OpenLineage events of a recorded run, one a line: what was sent while it went on, or would have been.

    With --json they stand in one document. Nothing is sent.
    """
    from meshwright.app.run_openlineage import run_events
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.record import run_events_document, run_events_lines

    invocation = begin(context, directory, is_json=as_json)
    found = run_events(open_workspace(invocation.start), run)
    answer(
        invocation, status=0, document=lambda: run_events_document(found), lines=lambda _look: run_events_lines(found)
    )


def runs_resume(
    context: typer.Context,
    run: RunArgument,
    from_node: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="NODE",
            help="From this node on: it and all below it, opaque nodes again and every rule again. Also of a run that has ended.",
        ),
    ] = None,
    new_id: RunIdOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Continue a run that was interrupted or whose process died, from its own frozen files.

    Finished work is not repeated. With --from, one that has succeeded or failed is gone on with by a new run: its parameters,
    today's files, from that node on. Statuses are those of 'mw run'.
    """
    from meshwright.app.rerun import go_on
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.listening import listener_for
    from meshwright.faces.cli.verbs.answers import answer_run

    invocation = begin(context, directory, is_json=as_json)
    workspace = open_workspace(invocation.start)
    with listener_for(invocation, is_quiet=quiet) as listener:
        report = go_on(workspace, run, listener, from_node, new_id)
    answer_run(invocation, report)


def runs_repeat(
    context: typer.Context,
    run: RunArgument,
    new_id: RunIdOption = None,
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
    from meshwright.faces.cli.listening import listener_for
    from meshwright.faces.documents.state import repetition_document
    from meshwright.faces.status import repetition_status
    from meshwright.faces.text.state import repetition_lines

    invocation = begin(context, directory, is_json=as_json)
    workspace = open_workspace(invocation.start)
    with listener_for(invocation, is_quiet=quiet) as listener:
        repetition = repeat(workspace, run, listener, new_id)
    answer(
        invocation,
        status=repetition_status(repetition),
        document=lambda: repetition_document(repetition),
        lines=lambda look: repetition_lines(repetition, look),
    )
