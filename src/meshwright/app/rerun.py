"""The verb `runs resume` with `--from`: go on with a run, or run a node of one that has ended again with all that is below it."""

from __future__ import annotations

from meshwright.app.apply import RunOptions, apply, recorded_options, resume
from meshwright.app.frozen import ENDED, recorded_run, refuse_promotion, refuse_repetition
from meshwright.app.opened import open_mesh
from meshwright.app.run_finding import steps_of
from meshwright.app.workspace import Workspace
from meshwright.plan.nodes import node_key
from meshwright.run.events import Listener, no_listener
from meshwright.run.report import RunReport


def go_on(
    workspace: Workspace,
    run_id: str,
    listener: Listener = no_listener,
    from_node: str | None = None,
    new_id: str | None = None,
) -> RunReport:
    """Resume a run; with `from_node` go on from that node, or where the run has ended start one that does.

    What has ended stays as it is recorded. The new run has its parameters and variation, in its environment, and today's files, for
    theirs are what stands there by now; it names the run and the step that it goes on from, and gets the id `new_id` where one is
    given. Raises as `resume` and `apply`.
    """
    record = recorded_run(workspace, run_id)
    if from_node is None or record.state not in ENDED:
        return resume(workspace, run_id, listener, from_node)
    refuse_repetition(record)
    refuse_promotion(record)
    with open_mesh(workspace, record.environment) as opened:
        address, _ = steps_of(opened.state.reader, record, from_node, code="MW-R081")
    asked = recorded_options(record)
    options = RunOptions(
        select=(f"{address}+",),
        variation=asked.variation,
        environment=asked.environment,
        params=asked.params,
        refresh=True,
        retest=True,
        goes_on_from=(record.id, node_key(address)),
        run_id=new_id,
    )
    return apply(workspace, options, listener)
