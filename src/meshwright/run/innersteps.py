"""The graph of a tool inside of a step, as the record of a run keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from meshwright.state.records import InnerStepRecord
from meshwright.tools.protocol import InnerStep, InnerTest

#: What a tool's own test found -> how it stands as a step. Those that only warn have ended well.
_STATES = {"pass": "succeeded", "log": "succeeded", "warn": "succeeded"}


def inner_records(
    steps: Iterable[InnerStep], tests: Iterable[InnerTest] = (), item: int | None = None
) -> tuple[InnerStepRecord, ...]:
    """Return steps and tests of a tool as they are recorded; `item` is the place of a fan-out's item, from 0, told in the names."""
    found = {each.name: each for each in _records(steps, tests)}
    if item is None:
        return tuple(found.values())
    mark = f"[{item + 1}] "
    return tuple(
        replace(each, name=mark + each.name, after=tuple(mark + name for name in each.after)) for each in found.values()
    )


def _records(steps: Iterable[InnerStep], tests: Iterable[InnerTest]) -> Iterator[InnerStepRecord]:
    known: dict[str, InnerStepRecord] = {}
    for step in steps:
        known[step.name] = InnerStepRecord(
            name=step.name,
            kind=step.kind,
            state=step.state,
            after=step.after,
            started_at=step.started_at,
            ended_at=step.ended_at,
            error=step.error,
            dataset=step.dataset,
        )
    yield from known.values()
    for test in tests:
        as_step = known.get(test.name) or InnerStepRecord(name=test.name, kind="test", state="", dataset=test.dataset)
        state, words = _STATES.get(test.verdict, "failed"), _words(test)
        yield replace(as_step, state=state, error=as_step.error if test.verdict == "pass" else words)


def _words(test: InnerTest) -> str:
    """Say what a test found that did not pass."""
    facts = [
        test.verdict,
        f"column {test.column}" if test.column else "",
        f"{test.failing_rows} failing rows" if test.failing_rows is not None else "",
        test.message or "",
    ]
    return ": ".join(filter(None, facts))
