"""The verb `runs diff`: what differs between two recorded runs, in what they were made from and in what came of them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any  # a recorded document

from meshwright.app.opened import open_mesh
from meshwright.app.run_finding import as_it_is, require_run
from meshwright.app.workspace import Workspace
from meshwright.frozen import dataclass
from meshwright.run.costs import Costs, RunCosts, recorded_costs, summed_steps
from meshwright.state.protocol import Reader
from meshwright.state.records import RunRecord, StepRecord

#: Steps that did the same are told where one took this many times as long, and this much longer.
_SLOWER, _SLOWER_S = 2.0, 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class FileDifference:
    """A file of the mesh that is not the same in both runs."""

    path: str
    #: ``added``, ``removed`` or ``changed``.
    change: str
    #: Lines of the unified difference; None of a file that is no text.
    lines_added: int | None
    lines_removed: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """A named thing with what it was in each run; None where a run does not have it."""

    name: str
    before: object
    after: object


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionDifference:
    """A dataset that stood at another version."""

    dataset: str
    #: Whether one of the runs had a step for it; else it was only read.
    is_output: bool
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StepDifference:
    """A step that did something else, or took much longer; None where a run does not have it."""

    key: str
    before: StepRecord | None
    after: StepRecord | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TestDifference:
    """A rule with another verdict or value; None where a run did not measure it."""

    #: Keeps pytest from taking the class for a test case.
    __test__ = False

    dataset: str
    id: str
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunDifference:
    """Answer of `runs diff`."""

    before: RunRecord
    after: RunRecord
    files: tuple[FileDifference, ...]
    #: What was asked for: selection, variation, interval, and each parameter as ``param.<name>``.
    options: tuple[Changed, ...]
    #: Releases of meshwright, engine and Python, and the host.
    infrastructure: tuple[Changed, ...]
    versions: tuple[VersionDifference, ...]
    steps: tuple[StepDifference, ...]
    tests: tuple[TestDifference, ...]
    costs_before: RunCosts
    costs_after: RunCosts

    @property
    def is_same(self) -> bool:
        """Whether nothing differs but times and costs."""
        return not (self.files or self.options or self.versions or self.steps or self.tests)


def run_difference(workspace: Workspace, before_id: str, after_id: str) -> RunDifference:
    """Compare two runs by their ids or unique prefixes. Raises InputError (MW-R005)."""
    with open_mesh(workspace, "prod") as opened:
        reader = opened.state.reader
        before, after = (as_it_is(require_run(reader, each), reader) for each in (before_id, after_id))
        steps_before, steps_after = reader.steps(before.id), reader.steps(after.id)
        return RunDifference(
            before=before,
            after=after,
            files=tuple(_files(before.files, after.files, reader)),
            options=_changed(_options(before), _options(after)),
            infrastructure=_changed(_infrastructure(before), _infrastructure(after)),
            versions=tuple(_versions(steps_before, steps_after)),
            steps=tuple(_steps(steps_before, steps_after)),
            tests=tuple(_tests(before, after)),
            costs_before=_costs(before, steps_before),
            costs_after=_costs(after, steps_after),
        )


def _files(before: Mapping[str, str], after: Mapping[str, str], reader: Reader) -> Iterator[FileDifference]:
    differing = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    digests = {files[path] for path in differing for files in (before, after) if path in files}
    blobs = reader.blobs(digests)
    for path in differing:
        change = "added" if path not in before else "removed" if path not in after else "changed"
        old, new = (blobs.get(files.get(path, ""), b"") for files in (before, after))
        added, removed = _lines(old, new)
        yield FileDifference(path=path, change=change, lines_added=added, lines_removed=removed)


def _lines(old: bytes, new: bytes) -> tuple[int | None, int | None]:
    """Return how many lines a unified difference adds and removes."""
    try:
        before, after = (data.decode("utf-8").splitlines() for data in (old, new))
    except UnicodeDecodeError:
        return None, None
    lines = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]  # the first two name the files
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)


def _options(run: RunRecord) -> dict[str, object]:
    found: dict[str, Any] = json.loads(run.options)
    params = found.pop("params", {})
    if isinstance(found.get("select"), list):
        found["select"] = " ".join(found["select"]) or None
    return {
        "environment": run.environment,
        **found,
        **{f"param.{name}": value for name, value in params.items()},
    }


def _infrastructure(run: RunRecord) -> dict[str, object]:
    """Return what the last process that carried a run out ran on."""
    found = json.loads(run.infrastructure)
    if not found:
        return {"meshwright": run.meshwright}
    last = found[-1]
    engine = last["engine"]
    return {
        **{name: last[name] for name in ("host", "system", "python", "meshwright", "cores", "memory_bytes")},
        **{f"engine.{name}": value for name, value in engine.items()},
    }


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Changed, ...]:
    return tuple(
        Changed(name=name, before=before.get(name), after=after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _versions(before: tuple[StepRecord, ...], after: tuple[StepRecord, ...]) -> Iterator[VersionDifference]:
    old, new = _standing(before), _standing(after)
    outputs = {step.dataset for step in (*before, *after)}
    for dataset in sorted({*old, *new}):
        if old.get(dataset) != new.get(dataset):
            yield VersionDifference(
                dataset=dataset, is_output=dataset in outputs, before=old.get(dataset), after=new.get(dataset)
            )


def _standing(steps: tuple[StepRecord, ...]) -> dict[str, str]:
    """Return dataset -> version of everything that the steps of a run made, took or read."""
    found: dict[str, str] = {}
    for step in steps:
        found |= step.inputs
    found |= {step.dataset: step.version for step in steps if step.dataset and step.version}
    return found


def _steps(before: tuple[StepRecord, ...], after: tuple[StepRecord, ...]) -> Iterator[StepDifference]:
    old, new = ({step.key: step for step in steps} for steps in (before, after))
    for key in dict.fromkeys([*old, *new]):
        was, now = old.get(key), new.get(key)
        if was is None or now is None or _did(was) != _did(now) or _is_slower(was, now):
            yield StepDifference(key=key, before=was, after=now)


def _did(step: StepRecord) -> tuple[object, ...]:
    return (step.action, step.state, step.rows)


def _is_slower(was: StepRecord, now: StepRecord) -> bool:
    less, more = sorted((was.seconds, now.seconds))
    return more - less >= _SLOWER_S and more >= less * _SLOWER


def _tests(before: RunRecord, after: RunRecord) -> Iterator[TestDifference]:
    old, new = _outcomes(before), _outcomes(after)
    for dataset, rule in sorted({*old, *new}):
        was, now = old.get((dataset, rule)), new.get((dataset, rule))
        if was != now:
            yield TestDifference(dataset=dataset, id=rule, before=was, after=now)


def _outcomes(run: RunRecord) -> dict[tuple[str, str], Mapping[str, object]]:
    """Return what a run said of each rule that it measured, or reported again."""
    return {
        (test["dataset"], test["id"]): {name: test[name] for name in ("verdict", "value", "failing_rows")}
        for test in json.loads(run.report).get("tests", ())
    }


def _costs(run: RunRecord, steps: tuple[StepRecord, ...]) -> RunCosts:
    costs = recorded_costs(run.costs)
    return costs if costs.products else RunCosts(products=summed_steps(steps))


def cost_differences(difference: RunDifference) -> dict[str, tuple[float, float]]:
    """Return unit -> what each run cost in it."""
    before: Costs = difference.costs_before.total
    after: Costs = difference.costs_after.total
    return {unit: (before.get(unit, 0), after.get(unit, 0)) for unit in sorted({*before, *after})}
