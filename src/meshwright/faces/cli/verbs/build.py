"""Commands of the main loop: `check`, `plan`, `run`, `test`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshwright.faces.cli.invocation import Invocation, answer, begin
from meshwright.faces.cli.options import (
    DEFAULT_ENVIRONMENT,
    DirectoryOption,
    EnvironmentOption,
    JsonOption,
    OnlyOption,
    ParamOption,
    QuietOption,
    RetestOption,
    SelectArgument,
    parse_params,
)


def check(
    context: typer.Context,
    select: SelectArgument = None,
    *,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Find what is wrong before anything runs.

    Looks at files, standards, references and the types of every column across the mesh. Reads no data but the head of a
    source that was not built yet. Status 0: no errors (warnings are fine); 2: errors.
    """
    from meshwright.app.check import check as check_mesh
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents import check_document
    from meshwright.faces.cli.status import check_status
    from meshwright.faces.cli.text import check_lines

    invocation = begin(context, directory, is_json=as_json)
    workspace = open_workspace(invocation.start)
    report = check_mesh(workspace, tuple(select or ()), environment=environment or DEFAULT_ENVIRONMENT)
    answer(
        invocation,
        status=check_status(report),
        document=lambda: check_document(report),
        lines=lambda look: check_lines(report, look),
    )


def plan(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    select: SelectArgument = None,
    *,
    environment: EnvironmentOption = None,
    params: ParamOption = None,
    only: OnlyOption = False,
    retest: RetestOption = False,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Show what a run would do, and why. Changes nothing."""
    invocation = begin(context, directory, is_json=as_json)
    _show_plan(invocation, tuple(select or ()), environment, parse_params(params), only=only, retest=retest)


def run(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    select: SelectArgument = None,
    *,
    environment: EnvironmentOption = None,
    params: ParamOption = None,
    only: OnlyOption = False,
    retest: RetestOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only show the plan, as 'mw plan' does.")] = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Build what is missing, test it, publish what passed.

    A product is published whole or not at all; what did not pass stays a candidate that can be looked at. Finished
    work is never repeated. Status 0: done; 1: a test stopped a publication, or something is blocked; 2: a model, a
    source or an option is wrong; 3: the world failed (disk, memory), a retry can help; 130: interrupted.
    """
    invocation = begin(context, directory, is_json=as_json)
    if dry_run:
        _show_plan(invocation, tuple(select or ()), environment, parse_params(params), only=only, retest=retest)
        return
    from meshwright.app.apply import RunOptions, apply
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.listening import listener_for
    from meshwright.faces.cli.verbs.answers import answer_run

    options = RunOptions(
        select=tuple(select or ()),
        environment=environment or DEFAULT_ENVIRONMENT,
        only=only,
        retest=retest,
        params=parse_params(params),
        is_environment_explicit=environment is not None,
    )
    workspace = open_workspace(invocation.start)
    with listener_for(invocation, is_quiet=quiet) as listener:
        report = apply(workspace, options, listener)
    answer_run(invocation, report)


def run_tests(
    context: typer.Context,
    select: SelectArgument = None,
    *,
    environment: EnvironmentOption = None,
    params: ParamOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Test the versions that are there, without building anything.

    Status 0: no rule stops; 1: a rule with action 'stop' failed or could not be measured.
    """
    from meshwright.app.testing import TestOptions
    from meshwright.app.testing import test as test_versions
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents import test_report_document
    from meshwright.faces.cli.status import answer_status
    from meshwright.faces.cli.text_run import rule_report_lines

    invocation = begin(context, directory, is_json=as_json)
    options = TestOptions(
        select=tuple(select or ()), environment=environment or DEFAULT_ENVIRONMENT, params=parse_params(params)
    )
    report = test_versions(open_workspace(invocation.start), options)
    answer(
        invocation,
        status=answer_status(report),
        document=lambda: test_report_document(report),
        lines=lambda look: rule_report_lines(report, look),
    )


def _show_plan(
    invocation: Invocation,
    select: tuple[str, ...],
    environment: str | None,
    params: dict[str, str],
    *,
    only: bool,
    retest: bool,
) -> None:
    from meshwright.app.planning import PlanOptions
    from meshwright.app.planning import plan as make_plan
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.documents import plain_document
    from meshwright.faces.cli.text_plan import plan_lines
    from meshwright.plan.documents import plan_document

    options = PlanOptions(
        select=select, environment=environment or DEFAULT_ENVIRONMENT, only=only, retest=retest, params=params
    )
    made = make_plan(open_workspace(invocation.start), options)
    answer(
        invocation,
        status=0,
        document=lambda: plain_document(plan_document(made)),
        lines=lambda look: plan_lines(made, look),
    )
