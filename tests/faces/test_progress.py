"""Progress: the same events as lines and as a tree."""

from __future__ import annotations

import pytest

from meshwright.app.values import (
    Event,
    NotPublished,
    PartsBuilt,
    PartsReport,
    ProductNotPublished,
    ProductPublished,
    RunStarted,
    StepEnded,
    StepStarted,
    StepState,
)
from meshwright.faces.cli.plain import PlainProgress
from meshwright.faces.cli.progress import Progress
from meshwright.faces.cli.tree import TreeLine, tree_lines
from meshwright.faces.text.terminal import Look
from meshwright.model import VersionClass
from meshwright.plan.values import Plan, Step, StepAction, StepKind
from tests.faces.samples import ASCII, PIPE, built, outcome, plan, problem

ORDERS = "build:sales.orders.orders"


def events() -> list[Event]:
    tested = built(
        "orders", StepState.FAILED, key="test:sales.orders.orders", action=StepAction.TEST, rows=None, error=problem()
    )
    return [
        RunStarted(run_id="r1", plan=plan()),
        StepStarted(key=ORDERS, attempt=1),
        StepEnded(report=built("orders")),
        StepStarted(key="test:sales.orders.orders", attempt=1),
        StepEnded(report=tested, tests=(outcome("pass"), outcome("stop"))),
        StepEnded(
            report=built("late", StepState.BLOCKED, rows=None, seconds=0.0, error=problem(message="input is blocked"))
        ),
        ProductNotPublished(refusal=NotPublished(product="sales.orders", reason="a test stopped it")),
    ]


def shown(lines: list[TreeLine]) -> list[str]:
    return [f"{'  ' * line.depth}{line.mark and line.mark + ' '}{line.text}  {line.facts}".rstrip() for line in lines]


def test_plain_progress_is_a_line_for_each_step(capsys: pytest.CaptureFixture[str]) -> None:
    listener = PlainProgress()
    for event in events():
        listener(event)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "run r1: 4 steps, 1 reused (prod, generation 4)",
        "[1/4] done build sales.orders.orders (1,234 rows, 0.50 s)",
        "[2/4] stop test sales.orders.orders (2 tests, 1 stop, 0.50 s)",
        "        stop required on `customer_id`: 12 rows",
        "[3/4] blocked build sales.orders.late: input is blocked",
        "not published sales.orders: a test stopped it",
    ]


def test_the_tree_shows_domain_product_and_dataset_with_what_is_known() -> None:
    progress = Progress()
    for now, event in enumerate(events()[:2]):
        progress.take(event, float(now))
    assert shown(tree_lines(progress, PIPE, height=20, now=3.5)) == [
        "sales",
        "  ⠋ orders  0/2",
        "    ⠋ orders  2.5 s",
        "    · late",
        "→ run r1  0/4 steps",
    ]
    for event in events()[2:]:
        progress.take(event, 9.0)
    assert shown(tree_lines(progress, PIPE, height=20, now=9.0)) == [
        "sales",
        "  ✗ orders  not published",
        "    ✗ orders  1,234 rows, 2 tests, 1 stop, 1.0 s",
        "    ⊘ late",
        "→ run r1  3/4 steps, 1 failed, 1 not published",
    ]


def test_many_parts_are_told_each_tenth_and_what_was_made_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    listener = PlainProgress()
    listener(events()[0])
    for done in (0, 1, 35, 36, 37, 120, 200, 365):
        listener(PartsBuilt(key=ORDERS, done=done, total=365))
    parts = PartsReport(version_class=VersionClass.PURE, planned=365, built=365, kept=1200)
    listener(StepEnded(report=built("orders", parts=parts)))
    assert capsys.readouterr().err.splitlines()[1:] == [
        "        build sales.orders.orders 37/365",
        "        build sales.orders.orders 120/365",
        "        build sales.orders.orders 200/365",
        "[1/4] done build sales.orders.orders (1,234 rows, 365 parts built, 1,200 kept, 0.50 s)",
    ]


def test_few_parts_and_parts_of_unknown_steps_are_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    listener = PlainProgress()
    listener(events()[0])
    for done in range(5):
        listener(PartsBuilt(key=ORDERS, done=done, total=5))
        listener(PartsBuilt(key="build:sales.orders.nobody", done=done * 100, total=500))
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_tree_shows_parts_done_of_parts_to_do() -> None:
    progress = Progress()
    for event in (*events()[:2], PartsBuilt(key=ORDERS, done=120, total=365)):
        progress.take(event, 0.0)
    assert "    ⠋ orders  120/365, 2.5 s" in shown(tree_lines(progress, PIPE, height=20, now=2.5))


def test_a_run_that_plans_again_begins_its_picture_again() -> None:
    progress = Progress()
    for event in [*events(), events()[0]]:
        progress.take(event, 0.0)
    assert (progress.done, progress.failed, len(progress.datasets["sales.orders.orders"])) == (0, 0, 2)


def test_a_published_product_names_its_generation() -> None:
    progress = Progress()
    progress.take(events()[0], 0.0)
    progress.take(ProductPublished(product="sales.orders", generation=5), 1.0)
    assert "  ✓ orders  published, generation 5" in shown(tree_lines(progress, PIPE, height=20, now=1.0))


def test_an_ascii_terminal_gets_ascii_marks() -> None:
    progress = Progress()
    for event in events():
        progress.take(event, 0.0)
    assert all(line.isascii() for line in shown(tree_lines(progress, ASCII, height=20, now=0.0)))


def large(datasets: int) -> Plan:
    steps = tuple(
        Step(
            key=f"build:d{number % 7}.p{number % 31}.t{number}",
            kind=StepKind.NODE,
            action=StepAction.BUILD,
            dataset=f"d{number % 7}.p{number % 31}.t{number}",
        )
        for number in range(datasets)
    )
    return Plan(environment="prod", generation=0, steps=steps)


@pytest.mark.parametrize("height", [1, 2, 3, 10, 24, 60, 400])
def test_a_large_mesh_never_exceeds_the_terminal(height: int) -> None:
    progress = Progress()
    progress.take(RunStarted(run_id="r1", plan=large(900)), 0.0)
    for number in range(0, 900, 9):
        progress.take(StepStarted(key=f"build:d{number % 7}.p{number % 31}.t{number}", attempt=1), 0.0)
    lines = tree_lines(progress, PIPE, height=height, now=1.0)
    assert len(lines) <= height
    assert lines[-1].text == "run r1"


def test_a_short_terminal_keeps_what_runs_or_failed() -> None:
    progress = Progress()
    progress.take(RunStarted(run_id="r1", plan=large(200)), 0.0)
    progress.take(StepStarted(key="build:d3.p10.t10", attempt=1), 0.0)
    told = shown(tree_lines(progress, PIPE, height=12, now=1.0))
    assert "  ⠋ d3.p10.t10  1.0 s" in told
    assert len(told) == 9


def test_events_of_steps_that_the_plan_does_not_know_are_ignored() -> None:
    """A run that plans again may tell of steps that were added."""
    progress = Progress()
    progress.take(events()[0], 0.0)
    progress.take(StepStarted(key="build:x.y.z", attempt=1), 0.0)
    progress.take(StepEnded(report=built("unknown")), 0.0)
    assert progress.done == 0


def test_before_the_plan_is_there_the_tree_says_planning() -> None:
    assert shown(tree_lines(Progress(), Look(), height=5, now=0.0)) == ["⠋ planning"]
