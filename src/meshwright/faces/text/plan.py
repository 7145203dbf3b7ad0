"""A plan as lines for people: steps by product with reasons, compatibility, who else is affected, and counts."""

from __future__ import annotations

from collections.abc import Iterator

from meshwright.diagnostics import Diagnostic
from meshwright.faces.text.changes import change_lines, named_products
from meshwright.faces.text.terminal import Look, one_line, pad
from meshwright.faces.text.words import count_words, list_words
from meshwright.model import product_of
from meshwright.plan.reasons import ALREADY_BUILT
from meshwright.plan.values import Affected, Plan, Step, StepAction

_STYLES = {
    StepAction.BUILD: "green",
    StepAction.REUSE: "dim",
    StepAction.PENDING: "yellow",
    StepAction.BLOCKED: "red",
    StepAction.TEST: "cyan",
    StepAction.PUBLISH: "blue",
    StepAction.TOOL: "green",
    StepAction.SKIP: "dim",
}
#: What the counts call an action, where that is another word.
_TO_DO = {StepAction.TOOL.value: "run"}
#: Several reasons stand on one line up to this width.
_LINE = 100
_WIDTH = max(len(action.value) for action in StepAction)


def plan_lines(plan: Plan, look: Look) -> list[str]:
    """What a run would do. Reused datasets are only counted, a line a product, unless they are another version for a reason."""
    header = f"plan for {plan.environment} at generation {plan.generation}"
    notes = [f"{look.paint('note:', 'yellow')} {one_line(note)}" for note in plan.notes]
    if plan.is_empty:
        reused = count_words(plan.counts[StepAction.REUSE.value], "dataset")
        stand = f"{plan.environment} is up to date ({reused}, generation {plan.generation})"
        done = f"{look.paint(look.marks.ok, 'green')} nothing to do: {stand}"
        return [done, *_move_lines(plan, look), *notes]
    lines = [look.paint(header, "bold")]
    told: set[Diagnostic] = set()
    for product, steps in _by_product(plan).items():
        lines += _product_lines(product, steps, look, told)
    changes = list(change_lines(plan.changes, plan.level, look))
    if changes:
        lines += ["", *changes]
    if plan.impacts:
        from meshwright.faces.text.impact import impact_lines  # lazy: few plans break anything

        breaks = list(impact_lines(plan.impacts, look))
        lines += ["", *breaks] if breaks else []
    named = named_products(plan.changes)
    affected = [item for item in plan.affected if item.product not in named]
    if affected:
        lines += ["", look.paint("affected:", "bold"), *(_affected_line(item) for item in affected)]
    lines += _move_lines(plan, look)
    if notes:
        lines += ["", *notes]
    return [*lines, "", _counts_line(plan, look)]


def _move_lines(plan: Plan, look: Look) -> list[str]:
    if not plan.moves:
        return []
    from meshwright.faces.text.components import move_lines  # lazy: few meshes have any

    return ["", *move_lines(plan.moves, look)]


def _by_product(plan: Plan) -> dict[str, list[Step]]:
    """Steps by product in the order in which products first appear; a joint publication stands under each of its products."""
    grouped: dict[str, list[Step]] = {}
    for step in plan.steps:
        for product in step.products or ((product_of(step.dataset),) if step.dataset else ()):
            grouped.setdefault(product, []).append(step)
    return grouped


def _product_lines(product: str, steps: list[Step], look: Look, told: set[Diagnostic]) -> list[str]:
    if all(step.action is StepAction.REUSE for step in steps):
        return []
    work = [step for step in steps if step.action is not StepAction.REUSE or step.reasons not in {(), (ALREADY_BUILT,)}]
    reused = len(steps) - len(work)
    lines = ["", look.paint(product, "bold")]
    for step in work:
        lines += _step_lines(step, look, told)
    if reused:
        lines.append(look.paint(f"  {pad('reuse', _WIDTH)}  {count_words(reused, 'dataset')}", "dim"))
    return lines


def _step_lines(step: Step, look: Look, told: set[Diagnostic]) -> Iterator[str]:
    """The step with its reasons; a problem stands with the first step that it blocks, and is not `told` again below."""
    action = look.paint(pad(step.action.value, _WIDTH), _STYLES[step.action])
    reasons = [one_line(reason) for reason in step.reasons]
    joined = f"{_what(step)}: {'; '.join(reasons)}" if reasons else _what(step)
    if len(reasons) <= 1 or len(joined) <= _LINE:
        yield f"  {action}  {joined}"
    else:
        yield f"  {action}  {_what(step)}:"
        yield from (f"  {' ' * _WIDTH}    - {reason}" for reason in reasons)
    if step.problem is not None and step.problem not in told:
        told.add(step.problem)
        message = one_line(step.problem.message)
        parts = (step.problem.code, step.problem.span, None if message in reasons else message)
        yield f"  {' ' * _WIDTH}    {' '.join(str(part) for part in parts if part)}"
        if step.problem.fix:
            yield f"  {' ' * _WIDTH}    fix: {one_line(step.problem.fix)}"


def _what(step: Step) -> str:
    if step.dataset is None:
        return " + ".join(step.products)
    name = step.dataset.rpartition(".")[2]
    if step.action is StepAction.TEST and step.checks:
        return f"{name} ({count_words(len(step.checks), 'rule')})"
    return name


def _affected_line(item: Affected) -> str:
    parts = []
    if item.columns:
        parts.append(f"reads {list_words(item.columns, 3)}")
    if item.consumers:
        parts.append(f"consumers: {list_words(item.consumers)}")
    if item.outside:
        parts.append(f"outside jobs: {one_line(list_words(item.outside, 3))}")
    return f"  {item.product}" + (f": {'; '.join(parts)}" if parts else "")


def _counts_line(plan: Plan, look: Look) -> str:
    words = [
        f"{number} to {_TO_DO.get(action, action)}"
        for action, number in plan.counts.items()
        if number and action not in {"reuse", "blocked", "pending"}
    ]
    counts = plan.counts
    if counts["pending"]:
        words.append(f"{counts['pending']} pending (known after what they read is built)")
    if counts["reuse"]:
        words.append(f"{counts['reuse']} reused")
    if counts["blocked"]:
        words.append(look.paint(f"{counts['blocked']} blocked", "red"))
    return ", ".join(words)
