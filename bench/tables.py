"""The table of figures beside their goals, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.measures import Figure
from bench.moves import IN_WORDS


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """What a figure is to reach."""

    words: str
    is_met: Callable[[Figure], bool]


def _seconds(most: float) -> Goal:
    return Goal(words=f"at most {most} s", is_met=lambda figure: figure.seconds <= most)


def _ratio(most: float) -> Goal:
    return Goal(words=f"at most {most} x raw", is_met=lambda figure: (figure.ratio or 0) <= most)


def _over_raw(most: float) -> Goal:
    return Goal(
        words=f"at most {most} s over raw", is_met=lambda figure: figure.seconds - (figure.raw_seconds or 0) <= most
    )


def _as_with_one_row(most: float) -> Goal:
    return Goal(words=f"at most {most} x one row", is_met=lambda figure: (figure.ratio or 0) <= most)


def _a_step(most_ms: float) -> Goal:
    return Goal(words=f"at most {most_ms} ms a step", is_met=lambda figure: _ms_a_step(figure) <= most_ms)


def _ms_a_step(figure: Figure) -> float:
    return float(figure.note.split(" steps, ")[1].split()[0])


#: (figure, models) -> goal, at two CPUs.
GOALS = {
    ("help", 1000): _seconds(0.2),
    ("check cold", 1000): _seconds(5.0),
    ("check warm", 1000): _seconds(0.8),
    ("full build with tests", 1000): _ratio(1.15),
    ("peak memory of the full build", 1000): _ratio(0.8),
    ("plan, nothing to do", 1000): _seconds(0.8),
    ("run, nothing to do", 1000): _seconds(0.8),
    ("one change in the middle", 1000): _over_raw(1.0),
    ("column lineage of everything", 1000): _seconds(3.0),
    ("coordinator", 1000): _a_step(2.0),
    ("publish 10,000 pointers", 1000): _seconds(0.05),
    ("env create", 1000): _seconds(0.4),
    ("promote", 1000): _seconds(1.0),
    ("rollback", 1000): _seconds(0.4),
    ("one change in a sandbox", 1000): _over_raw(1.0),
    (f"env create, {IN_WORDS}", 1000): _as_with_one_row(1.1),
    (f"promote, {IN_WORDS}", 1000): _as_with_one_row(1.1),
    (f"rollback, {IN_WORDS}", 1000): _as_with_one_row(1.1),
    ("plan warm", 5000): _seconds(2.0),
    ("plan, nothing to do", 5000): _seconds(2.0),
}


def table_lines(figures: Iterable[Figure]) -> Sequence[str]:
    """Return the table, a line a figure."""
    lines = [
        "| models | figure | meshwright, s | CPU s | peak MB | raw, s | raw CPU s | raw peak MB | ratio | goal | met | |",
        "|--:|---|--:|--:|--:|--:|--:|--:|--:|---|---|---|",
    ]
    for one in figures:
        goal = GOALS.get((one.figure, one.models))
        cells = [
            f"{one.models:,}",
            one.figure,
            _number(one.seconds, 3),
            _number(one.cpu_s, 2),
            _number(one.peak_mb, 0),
            _number(one.raw_seconds, 3),
            _number(one.raw_cpu_s, 2),
            _number(one.raw_peak_mb, 0),
            _number(one.ratio, 2),
            goal.words if goal else "",
            ("yes" if goal.is_met(one) else "**no**") if goal else "",
            one.note,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"
