"""The graph of a tool as a run records it."""

from __future__ import annotations

import datetime as dt

from meshwright.run.innersteps import inner_records
from meshwright.state.records import InnerStepRecord
from meshwright.tools.protocol import InnerStep, InnerTest

NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def test_steps_come_as_they_are_the_last_of_a_name_stands() -> None:
    steps = (
        InnerStep(name="stg", kind="model", state="running", started_at=NOW),
        InnerStep(name="dim", kind="model", state="waiting", after=("stg",), dataset="dim"),
        InnerStep(name="stg", kind="model", state="succeeded", started_at=NOW, ended_at=NOW),
    )
    assert inner_records(steps) == (
        InnerStepRecord(name="stg", kind="model", state="succeeded", started_at=NOW, ended_at=NOW),
        InnerStepRecord(name="dim", kind="model", state="waiting", after=("stg",), dataset="dim"),
    )


def test_tests_of_a_tool_are_steps_with_what_they_found() -> None:
    tests = (
        InnerTest(name="unique", verdict="pass", dataset="dim"),
        InnerTest(name="not_null", verdict="stop", dataset="dim", column="id", failing_rows=3, message="3 nulls"),
        InnerTest(name="fresh", verdict="warn"),
    )
    steps = (InnerStep(name="not_null", kind="test", state="succeeded", after=("dim",)),)
    found = {each.name: (each.kind, each.state, each.error, each.after) for each in inner_records(steps, tests)}
    assert found == {
        "not_null": ("test", "failed", "stop: column id: 3 failing rows: 3 nulls", ("dim",)),
        "unique": ("test", "succeeded", None, ()),
        "fresh": ("test", "succeeded", "warn", ()),
    }


def test_items_of_a_fan_out_are_told_apart() -> None:
    steps = (
        InnerStep(name="a", kind="task", state="succeeded"),
        InnerStep(name="b", kind="task", state="failed", after=("a",)),
    )
    first, second = (inner_records(steps, item=item) for item in (0, 1))
    assert [each.name for each in (*first, *second)] == ["[1] a", "[1] b", "[2] a", "[2] b"]
    assert second[1].after == ("[2] a",)
