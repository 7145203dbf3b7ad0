"""Rules on datasets made of parts: a run reads what is new, an explicit wish reads everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.environments import open_state_alone
from meshwright.app.testing import TestOptions, test
from meshwright.app.workspace import open_workspace
from meshwright.diagnostics import WorldError
from meshwright.run.report import RunState, StepState
from meshwright.state.manifests import parts_of
from tests.app.incremental_mesh import DAILY, add_day, write_air

DAYS = 5


def parts_files(root: Path) -> list[Path]:
    """The files of the parts that stand of the days' dataset, in order."""
    with open_state_alone(open_workspace(root)) as opened:
        version = opened.state.reader.pointers("prod")[DAILY].revision
        found = opened.state.reader.versions([version])
        parts = parts_of(opened.state.reader, found.values())[version]
        return [Path(opened.store.absolute(file)) for part in parts for file in part.files]


def test_a_run_measures_and_publishes_a_new_day_without_a_look_at_the_others(tmp_path: Path) -> None:
    root = write_air(tmp_path / "air", DAYS)
    workspace = open_workspace(root)
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    for file in parts_files(root):
        file.unlink()
    add_day(root, DAYS + 1)
    report = apply(workspace, RunOptions())
    assert (report.state, report.published) == (RunState.SUCCEEDED, ("sales.flights",))
    found = {outcome.id: outcome.value for outcome in report.tests}
    assert found == {
        "contract:schema": 0,
        "contract:required(t)": 0,
        "test:rowCount": 2 * (DAYS + 1),
        "test:duplicateValues(t,c)": 0,
    }
    assert not any(outcome.is_recorded for outcome in report.tests)
    with pytest.raises(WorldError, match="cannot be used"):
        test(workspace, TestOptions())
    asked = apply(workspace, RunOptions(retest=True))
    assert {step.error.code for step in asked.steps if step.state is StepState.FAILED and step.error} == {"MW-R017"}


def test_a_rule_that_is_new_is_measured_on_the_whole(tmp_path: Path) -> None:
    root = write_air(tmp_path / "air", DAYS)
    workspace = open_workspace(root)
    apply(workspace, RunOptions())
    contract = root / "domains/sales/flights/contracts/daily.odcs.yaml"
    contract.write_text(contract.read_text().replace("{name: x,", "{name: x, required: true,"))
    parts_files(root)[0].unlink()
    add_day(root, DAYS + 1)
    report = apply(workspace, RunOptions())
    assert {step.error.code for step in report.steps if step.state is StepState.FAILED and step.error} == {"MW-R017"}


def test_a_rule_that_breaks_says_what_the_whole_says(tmp_path: Path) -> None:
    root = write_air(tmp_path / "air", DAYS)
    workspace = open_workspace(root)
    apply(workspace, RunOptions())
    add_day(root, 3, x=24)  # the hour of the file that was there: the same moments again
    report = apply(workspace, RunOptions())
    (broken,) = (outcome for outcome in report.tests if outcome.verdict != "pass")
    assert (broken.id, broken.failing_rows) == ("test:duplicateValues(t,c)", 2)
