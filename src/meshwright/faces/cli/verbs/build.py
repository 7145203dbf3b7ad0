"""Commands of the main loop: `check`, `plan`, `run`, `test`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshwright.faces.cli.invocation import Invocation, answer, begin
from meshwright.faces.cli.options import (
    DEFAULT_ENVIRONMENT,
    DataOption,
    DirectoryOption,
    EnvironmentOption,
    IntervalOption,
    JsonOption,
    OnlyOption,
    ParamOption,
    QuietOption,
    RefreshOption,
    RetestOption,
    SelectArgument,
    UnitOption,
    VariationOption,
    parse_cause,
    parse_params,
    require_resolved_alone,
)

if TYPE_CHECKING:
    from meshwright.app.planning import PlanOptions


def check(
    context: typer.Context,
    select: SelectArgument = None,
    *,
    environment: EnvironmentOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Find what is wrong before anything runs.

    Looks at files, standards, references, the types of every column across the mesh, and policies. Reads no data but the
    head of a source that was not built yet. Status 0: no errors (warnings are fine); 1: the files are sound, and a policy
    that blocks is not kept; 2: errors.
    """
    from meshwright.app.check import check as check_mesh
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.verbs import check_document
    from meshwright.faces.status import check_status
    from meshwright.faces.text.verbs import check_lines

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
    variation: VariationOption = None,
    environment: EnvironmentOption = None,
    params: ParamOption = None,
    only: OnlyOption = False,
    retest: RetestOption = False,
    refresh: RefreshOption = False,
    interval: IntervalOption = None,
    resolved: Annotated[
        bool,
        typer.Option(
            "--resolved",
            help="Instead write the pipelines out as YAML, whole: every value that they are run with, and where it comes from.",
        ),
    ] = False,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Show what a run would do, and why. Changes nothing.

    Status 0: there is a plan; 1: a policy that blocks is not kept; 2: the mesh or an option is wrong.
    """
    from meshwright.app.planning import PlanOptions

    invocation = begin(context, directory, is_json=as_json)
    if resolved:
        others = {"--param": params, "--only": only, "--retest": retest, "--refresh": refresh, "--interval": interval}
        require_resolved_alone(others)
        _show_resolved(invocation, tuple(select or ()), variation, environment or DEFAULT_ENVIRONMENT)
        return
    options = PlanOptions(
        select=tuple(select or ()),
        variation=variation,
        environment=environment or DEFAULT_ENVIRONMENT,
        only=only,
        retest=retest,
        refresh=refresh,
        interval=interval,
        params=parse_params(params),
    )
    _show_plan(invocation, options)


def run(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    select: SelectArgument = None,
    *,
    variation: VariationOption = None,
    environment: EnvironmentOption = None,
    params: ParamOption = None,
    only: OnlyOption = False,
    retest: RetestOption = False,
    refresh: RefreshOption = False,
    interval: IntervalOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only show the plan, as 'mw plan' does.")] = False,
    run_id: Annotated[
        str | None,
        typer.Option(
            "--run-id",
            metavar="ID",
            help="The id that the run gets; a second run of the same id is refused, so that one start is one run.",
            show_default=False,
        ),
    ] = None,
    cause: Annotated[str | None, typer.Option("--cause", metavar="JSON", hidden=True)] = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Build what is missing, test it, publish what passed.

    Variations are built when asked for: by --variation, or by '@' and its name after that of a product or dataset.
    A product is published whole or not at all; what did not pass stays a candidate that can be looked at. Finished
    work is never repeated. Status 0: done; 1: a test or a policy stopped a publication, or something is blocked; 2: a
    model, a source or an option is wrong; 3: the world failed (disk, memory), a retry can help; 130: interrupted.
    """
    from meshwright.app.apply import RunOptions, apply
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.cli.listening import listener_for
    from meshwright.faces.cli.verbs.answers import answer_run

    invocation = begin(context, directory, is_json=as_json)
    options = RunOptions(
        select=tuple(select or ()),
        variation=variation,
        environment=environment or DEFAULT_ENVIRONMENT,
        only=only,
        retest=retest,
        refresh=refresh,
        interval=interval,
        params=parse_params(params),
        is_environment_explicit=environment is not None,
        run_id=run_id,
        cause=parse_cause(cause),
    )
    if dry_run:
        _show_plan(invocation, options)
        return
    workspace = open_workspace(invocation.start)
    with listener_for(invocation, is_quiet=quiet) as listener:
        report = apply(workspace, options, listener)
    answer_run(invocation, report)


def run_tests(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    select: SelectArgument = None,
    *,
    unit: UnitOption = False,
    data: DataOption = False,
    variation: VariationOption = None,
    environment: EnvironmentOption = None,
    params: ParamOption = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Run the unit tests, and test the versions that are there, without building anything.

    Status 0: no rule stops; 1: a unit test, or a rule with action 'stop', failed or could not be measured.
    """
    from meshwright.app.testing import TestOptions
    from meshwright.app.testing import test as test_versions
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.verbs import test_report_document
    from meshwright.faces.status import answer_status
    from meshwright.faces.text.run import rule_report_lines

    invocation = begin(context, directory, is_json=as_json)
    options = TestOptions(
        select=tuple(select or ()),
        variation=variation,
        environment=environment or DEFAULT_ENVIRONMENT,
        params=parse_params(params),
        has_units=unit or not data,
        has_data=data or not unit,
    )
    report = test_versions(open_workspace(invocation.start), options)
    answer(
        invocation,
        status=answer_status(report),
        document=lambda: test_report_document(report),
        lines=lambda look: rule_report_lines(report, look),
    )


def _show_resolved(invocation: Invocation, select: tuple[str, ...], variation: str | None, environment: str) -> None:
    from meshwright.app.varied_resolved import resolve_pipelines
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.variations import resolved_document
    from meshwright.faces.text.resolved import resolved_lines

    found = resolve_pipelines(open_workspace(invocation.start), select, variation, environment)
    answer(
        invocation,
        status=0,
        document=lambda: resolved_document(found),
        lines=lambda look: resolved_lines(found, look),
    )


def _show_plan(invocation: Invocation, options: PlanOptions) -> None:
    from meshwright.app.planning import PlanRefused
    from meshwright.app.planning import plan as make_plan
    from meshwright.app.workspace import open_workspace
    from meshwright.faces.documents.plan import planned_document
    from meshwright.faces.text.plan import plan_lines

    try:
        made = make_plan(open_workspace(invocation.start), options)
    except PlanRefused as error:
        refused, refusal = error.plan, error
        answer(
            invocation,
            status=error.exit_status,
            document=lambda: planned_document(refused, refusal),
            lines=lambda look: plan_lines(refused, look),
        )
        raise
    answer(
        invocation,
        status=0,
        document=lambda: planned_document(made),
        lines=lambda look: plan_lines(made, look),
    )
