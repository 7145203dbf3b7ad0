"""The picture of a running mesh: domain, product, dataset, folded to what fits into the terminal's height."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from meshwright.app.values import StepState
from meshwright.faces.cli.progress import Progress, dataset_state, parts_words, verdict_words
from meshwright.faces.text.terminal import Look
from meshwright.faces.text.words import count_words, seconds_words
from meshwright.frozen import dataclass
from meshwright.model import dataset_name

#: What must stay visible when room is short, besides the totals.
_URGENT = {StepState.RUNNING, StepState.FAILED, StepState.BLOCKED}
_STYLES = {
    StepState.SUCCEEDED: "green",
    StepState.FAILED: "red",
    StepState.BLOCKED: "red",
    StepState.RUNNING: "cyan",
    StepState.INTERRUPTED: "yellow",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class TreeLine:
    """One line of the picture."""

    depth: int
    mark: str
    text: str
    #: Facts at the end of the line, dimmed.
    facts: str = ""
    #: Style of the mark; empty for none.
    style: str = ""


def tree_lines(progress: Progress, look: Look, *, height: int, now: float, frame: int = 0) -> list[TreeLine]:
    """Return at most `height` lines, the totals last.

    Three pictures are tried, from rich to poor: every dataset; running, failed and blocked datasets with a line a
    product; a line a domain with what runs or failed. The last one is cut to fit.
    """
    total = _total_line(progress, look, frame)
    states = {dataset: dataset_state(steps) for dataset, steps in progress.datasets.items()}
    picture = _Picture(progress=progress, look=look, now=now, frame=frame, states=states)
    urgent = sum(state in _URGENT for state in states.values())
    groups = len(progress.domains) + sum(map(len, progress.domains.values()))
    if groups + len(states) < height:
        return [*picture.products(lambda _state: True), total]
    if groups + urgent < height:
        return [*picture.products(lambda state: state in _URGENT), total]
    lines = picture.domain_lines()
    if len(lines) < height:
        return [*lines, total]
    room = max(height - 2, 0)
    hidden = TreeLine(depth=0, mark=" ", text=f"{look.marks.ellipsis} {len(lines) - room} more lines")
    return [*lines[:room], hidden, total][-height:]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Picture:
    progress: Progress
    look: Look
    now: float
    frame: int
    states: Mapping[str, StepState]

    def products(self, is_shown: Callable[[StepState], bool]) -> list[TreeLine]:
        """A line a domain and product, and the datasets whose state `is_shown`."""
        lines: list[TreeLine] = []
        for domain, products in self.progress.domains.items():
            lines.append(TreeLine(depth=0, mark="", text=domain))
            for product, datasets in products.items():
                lines.append(self._product_line(product, datasets))
                shown = (dataset for dataset in datasets if is_shown(self.states[dataset]))
                lines += [self._dataset_line(2, dataset_name(dataset), dataset) for dataset in shown]
        return lines

    def domain_lines(self) -> list[TreeLine]:
        """A line a domain, and the datasets that need attention by their full address."""
        lines: list[TreeLine] = []
        for domain, products in self.progress.domains.items():
            datasets = [dataset for product in products.values() for dataset in product]
            lines.append(self._summary_line(0, domain, datasets))
            urgent = (dataset for dataset in datasets if self.states[dataset] in _URGENT)
            lines += [self._dataset_line(1, dataset, dataset) for dataset in urgent]
        return lines

    def _product_line(self, product: str, datasets: list[str]) -> TreeLine:
        name = product.partition(".")[2]
        marks = self.look.marks
        if product in self.progress.published:
            facts = f"published, generation {self.progress.published[product]}"
            return TreeLine(depth=1, mark=marks.ok, text=name, facts=facts, style="green")
        if product in self.progress.refused:
            return TreeLine(depth=1, mark=marks.failed, text=name, facts="not published", style="red")
        return self._summary_line(1, name, datasets)

    def _summary_line(self, depth: int, name: str, datasets: list[str]) -> TreeLine:
        states = [self.states[dataset] for dataset in datasets]
        done = sum(state not in {StepState.WAITING, StepState.RUNNING} for state in states)
        state = next(
            (state for state in (StepState.FAILED, StepState.BLOCKED, StepState.RUNNING) if state in states),
            StepState.SUCCEEDED if states and done == len(states) else StepState.WAITING,
        )
        facts = f"{done}/{len(states)}" if states else ""
        return TreeLine(depth=depth, mark=self._mark(state), text=name, facts=facts, style=_STYLES.get(state, ""))

    def _dataset_line(self, depth: int, name: str, dataset: str) -> TreeLine:
        steps, state = self.progress.datasets[dataset], self.states[dataset]
        running = next((step for step in steps if step.state is StepState.RUNNING), None)
        rows = next((step.rows for step in steps if step.rows is not None), None)
        verdicts: dict[str, int] = {}
        for step in steps:
            for verdict, number in step.verdicts.items():
                verdicts[verdict] = verdicts.get(verdict, 0) + number
        seconds = sum(step.seconds for step in steps)
        if running is not None and running.began is not None:
            seconds += self.now - running.began
        is_stopped = bool(verdicts.get("stop") or verdicts.get("error"))
        facts = [
            parts_words(running) if running is not None else "",
            count_words(rows, "row") if rows is not None else "",
            "testing"
            if running is not None and running.step.dataset and running.step.checks and rows is not None
            else "",
            verdict_words(verdicts),
            seconds_words(seconds) if seconds else "",
        ]
        return TreeLine(
            depth=depth,
            mark=self.look.marks.failed if is_stopped else self._mark(state),
            text=name,
            facts=", ".join(fact for fact in facts if fact),
            style="red" if is_stopped else _STYLES.get(state, ""),
        )

    def _mark(self, state: StepState) -> str:
        marks = self.look.marks
        if state is StepState.RUNNING:
            return marks.spinner[self.frame % len(marks.spinner)]
        return {
            StepState.SUCCEEDED: marks.ok,
            StepState.SKIPPED: marks.ok,
            StepState.FAILED: marks.failed,
            StepState.BLOCKED: marks.blocked,
            StepState.INTERRUPTED: marks.warning,
        }.get(state, marks.waiting)


def _total_line(progress: Progress, look: Look, frame: int) -> TreeLine:
    if not progress.run_id:
        spinner = look.marks.spinner
        return TreeLine(depth=0, mark=spinner[frame % len(spinner)], text="planning")
    total, failed = len(progress.steps), progress.failed
    facts = [
        f"{progress.done}/{total} steps" if total else "nothing to build",
        f"{failed} failed" if failed else "",
        f"{len(progress.published)} published" if progress.published else "",
        f"{len(progress.refused)} not published" if progress.refused else "",
    ]
    is_done = progress.done == total
    return TreeLine(
        depth=0,
        mark=look.marks.ok if is_done and not failed else look.marks.arrow,
        text=f"run {progress.run_id}",
        facts=", ".join(fact for fact in facts if fact),
    )
