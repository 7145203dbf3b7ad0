"""The answers of `variation ...` as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from meshwright.checks.verdict import value_words
from meshwright.faces.text.diff import (
    cell_words,
    change_words,
    column_lines,
    rows_words,
    sample_lines,
    verdict_words,
)
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import count_words, number_words
from meshwright.model import dataset_name

if TYPE_CHECKING:
    from meshwright.app.differences import DatasetDifference, RuleDifference
    from meshwright.app.sandboxes import EnvironmentAnswer
    from meshwright.app.values import Comparison
    from meshwright.app.varied_diff import VariationDiff
    from meshwright.app.varied_drop import ListedVariation, VariationListing
    from meshwright.app.varied_promotion import VariationPromotion

_CELL = 28
#: Columns whose distributions are shown, the farthest apart first.
_COLUMNS = 12
#: Rules that are shown one by one where both sides say the same.
_RULES = 3


def variation_list_lines(listing: VariationListing, look: Look) -> list[str]:
    """Show the variations that there are."""
    if not listing.variations:
        return ["no variation is declared; they stand under 'variations' of a pipeline.yaml"]
    headings = [Heading(title=title) for title in ("variation", "sets", "builds", f"in {listing.environment}")]
    rows = [[one.address, _sets(one), _builds(one), _standing(one)] for one in listing.variations]
    return table_lines(headings, rows, look)


def _sets(one: ListedVariation) -> str:
    return ", ".join(f"{name}={value_words(value)}" for name, value in one.params.items()) or "nothing"


def _builds(one: ListedVariation) -> str:
    return count_words(len(one.nodes), "node") if one.is_declared else "no longer declared"


def _standing(one: ListedVariation) -> str:
    return count_words(len(one.published), "dataset") if one.published else "not published"


def variation_diff_lines(diff: VariationDiff, look: Look) -> list[str]:
    """Show a variation beside what it is compared with."""
    title = f"{diff.variation.address} beside {diff.other} in {diff.environment} at generation {diff.generation}"
    lines = [look.paint(title, "bold")]
    same = [one for one in diff.datasets if one.before == one.after]
    for one in diff.datasets:
        if one.before != one.after:
            lines += ["", *_dataset_lines(one, look)]
    if same:
        names = ", ".join(dataset_name(one.dataset) for one in same)
        lines += ["", f"{look.paint(look.marks.ok, 'green')} the same version: {names}"]
    notes = [f"note: {one_line(note)}" for note in diff.notes]
    return [*lines, *([""] if notes else []), *notes]


def _dataset_lines(one: DatasetDifference, look: Look) -> Iterator[str]:
    yield look.paint(one.dataset, "bold") + ("" if one.before is not None else "  stands in the variation alone")
    if one.making.reasons and one.before is not None:
        yield f"  made    {one_line('; '.join(change_words(list(one.making.reasons))))}"
    if one.columns:
        messages = [one_line(change.message) for change in one.columns]
        yield f"  schema  {one.level.value}: {'; '.join(change_words(messages))}"
    yield f"  rows    {'not compared' if one.rows is None else rows_words(one, one.rows)}"
    if one.rows is not None:
        yield from (f"    {line}" for line in column_lines(one.rows, look))
        yield from (f"    {line}" for line in _distribution_lines(one.rows, look))
        yield from (f"    {line}" for line in sample_lines(one.rows, look))
    yield from _rule_lines(one.tests)


def _distribution_lines(found: Comparison, look: Look) -> list[str]:
    """Show how the values of columns lie, the farthest apart first."""
    told = [(column.name, column.distribution) for column in found.columns if column.distribution is not None]
    told = [(name, one) for name, one in told if one.distance is None or one.distance > 0]
    if not told:
        return []
    told.sort(key=lambda each: -(each[1].distance if each[1].distance is not None else 2))
    titles = ("column", "distance", "5 %", "25 %", "median", "75 %", "95 %", "most frequent")
    rows = []
    for name, one in told[:_COLUMNS]:
        pairs = list(zip(one.before.quantiles, one.after.quantiles, strict=False))
        quantiles = [_move(old, new, look) for old, new in pairs] or [""] * 5
        rows.append(
            [
                name,
                "" if one.distance is None else f"{one.distance:.3g}",
                *quantiles,
                _move(_top(one.before.top), _top(one.after.top), look),
            ]
        )
    lines = table_lines([Heading(title=title) for title in titles], rows, look, _CELL)
    if len(told) > _COLUMNS:
        lines.append(f"and {len(told) - _COLUMNS} more columns")
    lines.append(
        look.paint("distance, from 0 to 1: of numbers and times Kolmogorov-Smirnov, of all else total variation", "dim")
    )
    return lines


def _top(top: tuple[tuple[object, int], ...]) -> str:
    return f"{cell_words(top[0][0])} ({number_words(top[0][1])})" if top else ""


def _move(old: object, new: object, look: Look) -> str:
    before, after = (value if isinstance(value, str) else cell_words(value) for value in (old, new))
    return after if before == after else f"{before} {look.marks.arrow} {after}"


def _rule_lines(rules: tuple[RuleDifference, ...]) -> Iterator[str]:
    """Show verdicts side by side: those that differ, and of the others how many."""
    both = [rule for rule in rules if rule.before is not None and rule.after is not None]
    alike = [rule for rule in both if _verdicts(rule)[0] == _verdicts(rule)[1]]
    for rule in both:
        if rule not in alike or len(alike) <= _RULES:
            before, after = _verdicts(rule)
            words = f"{after} on both" if before == after else f"{before} there, {after} here"
            yield f"  test    {one_line(rule.id)}  {words}"
    if len(alike) > _RULES:
        yield f"  tests   {count_words(len(alike), 'rule')} with the same verdict on both"
    for side, words in (
        ([rule for rule in rules if rule.after is None], "there alone; contracts are tested when it is promoted"),
        ([rule for rule in rules if rule.before is None], "here alone"),
    ):
        if side:
            yield f"  tests   {count_words(len(side), 'rule')} {words}"


def _verdicts(rule: RuleDifference) -> tuple[str, str]:
    assert rule.before is not None
    assert rule.after is not None
    return verdict_words(rule.before), verdict_words(rule.after)


def variation_promotion_lines(made: VariationPromotion, look: Look) -> list[str]:
    """Show what promotion wrote, and what comes next."""
    if not made.changes:
        same = f"{made.variation.product} has the values of {made.variation.address} already"
        return [f"{look.paint(look.marks.ok, 'green')} {same}"]
    verb = "written to" if made.is_written else "would be written to"
    lines = [f"{verb} {made.file}:"]
    for change in made.changes:
        place = f"  ({change.span})" if change.span else ""
        words = f"{value_words(change.before)} {look.marks.arrow} {value_words(change.after)}"
        lines.append(f"  {change.parameter} of {change.level}: {words}{place}")
    if made.unbuilt:
        lines.append(f"  used as well by what the variation does not build: {', '.join(made.unbuilt)}")
    if made.is_written:
        told = ", ".join(f"{made.counts.get(action, 0)} to {action}" for action in ("build", "test", "publish"))
        environment = "" if made.environment == "prod" else f" --env {made.environment}"
        lines.append(f"next: mw run {made.variation.product}{environment}  ({told})")
    return lines


def variation_drop_lines(variation: str, made: EnvironmentAnswer, look: Look) -> list[str]:
    """Show what left the environment."""
    left = count_words(len([name for name in made.changed if "/" not in name and name != variation]), "dataset")
    environment = made.environment
    done = f"{variation} left {environment.name} at generation {environment.generation}: {left}"
    notes = [f"note: {one_line(note)}" for note in made.notes]
    return [
        f"{look.paint(look.marks.ok, 'green')} {done}; 'mw gc' takes its files away when nothing holds them",
        *notes,
    ]
