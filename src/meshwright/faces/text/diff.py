"""The answer of `env diff` as lines for people: a block for each product, and in it one for each dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from meshwright.app.differences import Presence
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, one_line
from meshwright.faces.text.words import count_words, list_words, number_words
from meshwright.model import product_of

if TYPE_CHECKING:
    from meshwright.app.differences import (
        DatasetDifference,
        EnvironmentDiff,
        ProductDifference,
        RuleAnswer,
        RuleDifference,
    )
    from meshwright.app.values import ColumnSummary, Comparison

#: Changes of one sort that a dataset or port shows before the rest is counted.
_LISTED = 8
#: Columns whose values differ that are shown.
_COLUMNS = 8
_CELL = 28
_STYLES = {Presence.NEW: "green", Presence.REMOVED: "red", Presence.CHANGED: "yellow"}
_SIGNS = {"added": "+", "removed": "-", "before": "<", "after": ">"}


def diff_lines(diff: EnvironmentDiff, look: Look) -> list[str]:
    """Show what a sandbox changes."""
    over = f"{diff.sandbox.name} over {diff.sandbox.base} at generation {diff.sandbox.base_generation}"
    notes = [f"note: {one_line(note)}" for note in diff.notes]
    if diff.is_empty:
        return [f"{look.paint(look.marks.ok, 'green')} {over}: nothing differs", *notes]
    counted = f"{count_words(len(diff.datasets), 'dataset')} of {count_words(len(diff.products), 'product')}"
    lines = [f"{look.paint(over, 'bold')}: {counted} {'differs' if len(diff.datasets) == 1 else 'differ'}"]
    for product in diff.products:
        lines += ["", *_product_lines(product, look)]
        for one in diff.datasets:
            if product_of(one.dataset) == product.product:
                lines += _dataset_lines(one, look)
    if diff.policies:
        lines += ["", look.paint("policies that were kept and are not:", "bold")]
        for found in diff.policies:
            about = f"{found.object}: " if found.object else ""
            lines.append(f"  {found.level:<7} {about}{one_line(found.message)} [{found.policy}]")
    return [*lines, *([""] if notes else []), *notes]


def _product_lines(product: ProductDifference, look: Look) -> Iterator[str]:
    words = look.paint(product.change.value, _STYLES[product.change])
    files = ""
    if product.before is not None and product.after is not None:
        is_same = product.before.code == product.after.code
        files = ", from the same files" if is_same else ", from other files"
    yield f"{look.paint(product.product, 'bold')}  {words}{files}"
    for port in product.ports:
        messages = [one_line(change.message) for change in port.changes] or ["promises the same in another form"]
        yield f"  port {port.port}  {port.level.value}: {'; '.join(change_words(messages))}"


def _dataset_lines(one: DatasetDifference, look: Look) -> Iterator[str]:
    yield f"  {look.paint(one.dataset, 'bold')}  {look.paint(one.change.value, _STYLES[one.change])}"
    if one.change is Presence.CHANGED:
        if one.making.reasons:
            yield f"    code    {one_line('; '.join(change_words(list(one.making.reasons))))}"
        messages = [one_line(change.message) for change in (*one.columns, *one.contract)]
        if messages:
            yield f"    schema  {one.level.value}: {'; '.join(change_words(messages))}"
    yield f"    rows    {'not compared' if one.rows is None else rows_words(one, one.rows)}"
    if one.rows is not None:
        yield from (f"      {line}" for line in column_lines(one.rows, look))
        yield from (f"      {line}" for line in sample_lines(one.rows, look))
    if one.change is Presence.CHANGED:
        yield from _rule_lines(one.tests)
    elif one.tests:
        yield f"    tests   {count_words(len(one.tests), 'rule')}, {_verdicts(one.tests)}"


def rows_words(one: DatasetDifference, found: Comparison) -> str:
    """Say how rows differ."""
    if one.change is Presence.NEW:
        return count_words(found.rows_after, "row")
    if one.change is Presence.REMOVED:
        return f"{count_words(found.rows_before, 'row')} before"
    if not (found.added or found.removed or found.changed):
        return f"{count_words(found.rows_after, 'row')}, none differs"
    counts = [(found.added, "added"), (found.removed, "removed"), (found.changed, "changed")]
    told = ", ".join(f"{number_words(count)} {word}" for count, word in counts if count is not None)
    by = f"by {', '.join(map(one_line, found.key))}" if found.key else "as wholes: no key is known"
    if found.key_problem:
        by = f"as wholes: {one_line(found.key_problem)}"
    totals = f"{number_words(found.rows_before)} before, {number_words(found.rows_after)} now"
    return f"{told}, {number_words(found.unchanged)} unchanged ({totals}; {by})"


def column_lines(found: Comparison, look: Look) -> list[str]:
    """Show the columns whose values differ: how often, and what stands in them now and did before."""
    changed = [
        column
        for column in found.columns
        if column.changed or (column.changed is None and column.before != column.after)
    ]
    if not changed:
        return []
    titles = ("column", "changed", "nulls", "distinct", "min", "max", "mean")
    rows = [
        [
            column.name,
            ""
            if column.changed is None
            else f"{number_words(column.changed)} ({100 * (column.change_rate or 0):.3g}%)",
            *_moves(column.before, column.after, look),
        ]
        for column in changed[:_COLUMNS]
    ]
    lines = table_lines([Heading(title=title) for title in titles], rows, look, _CELL)
    if len(changed) > _COLUMNS:
        lines.append(f"and {len(changed) - _COLUMNS} more columns")
    return lines


def _moves(before: ColumnSummary | None, after: ColumnSummary | None, look: Look) -> Iterator[str]:
    if before is None or after is None:
        yield from ("", "", "", "", "")
        return
    pairs: tuple[tuple[object, object], ...] = (
        (before.nulls, after.nulls),
        (before.distinct, after.distinct),
        (before.min, after.min),
        (before.max, after.max),
        (before.mean, after.mean),
    )
    for old, new in pairs:
        yield cell_words(new) if old == new else f"{cell_words(old)} {look.marks.arrow} {cell_words(new)}"


def sample_lines(found: Comparison, look: Look) -> list[str]:
    """Show the sample as a table: ``+`` added, ``-`` removed, ``<`` and ``>`` a changed row before and now."""
    rows: list[tuple[str, Mapping[str, object], int]] = []
    for row in found.sample:
        if row.before is None or row.after is None:
            sign = _SIGNS["added" if row.before is None else "removed"]
            rows.append((sign, row.after or row.before or {}, row.times))
        else:
            rows += [(_SIGNS["before"], row.before, row.times), (_SIGNS["after"], row.after, row.times)]
    if not rows:
        return []
    names = [column.name for column in found.columns]
    first = [name for name in found.key if name in names]
    changed = [column.name for column in found.columns if column.changed and column.name not in first]
    ordered = [*first, *changed, *(name for name in names if name not in first and name not in changed)]
    has_times = any(times > 1 for _, _, times in rows)
    headings = [
        Heading(title=""),
        *([Heading(title="times")] if has_times else []),
        *(Heading(title=name) for name in ordered),
    ]
    cells = [
        [sign, *([str(times)] if has_times else []), *(cell_words(values.get(name)) for name in ordered)]
        for sign, values, times in rows
    ]
    return table_lines(headings, cells, look, _CELL)


def _rule_lines(rules: tuple[RuleDifference, ...]) -> Iterator[str]:
    for rule in rules[:_LISTED]:
        yield f"    test    {one_line(rule.id)}  {_rule_words(rule)}"
    if len(rules) > _LISTED:
        yield f"    and {len(rules) - _LISTED} more rules"


def _rule_words(rule: RuleDifference) -> str:
    before, after = rule.before, rule.after
    if before is None or after is None:
        found = after or before
        assert found is not None  # a rule stands on one side
        return f"{rule.change}: {one_line(found.rule or 'no words are recorded')}, {verdict_words(found)}"
    demand = f"{one_line(after.rule or '')}: " if rule.change == "changed" and after.rule else ""
    return f"{demand}{verdict_words(before)} before, {verdict_words(after)} now"


def verdict_words(answer: RuleAnswer) -> str:
    """Say what a rule answered."""
    rows = f" ({count_words(answer.failing_rows, 'row')})" if answer.failing_rows else ""
    return f"{answer.verdict or 'no verdict'}{rows}"


def _verdicts(rules: tuple[RuleDifference, ...]) -> str:
    found = [answer.verdict or "no verdict" for rule in rules if (answer := rule.after or rule.before) is not None]
    return list_words(tuple(f"{found.count(word)} {word}" for word in dict.fromkeys(found)))


def change_words(messages: list[str]) -> list[str]:
    """Return the first messages, and how many more there are."""
    more = len(messages) - _LISTED
    return [*messages[:_LISTED], f"{more} more"] if more > 0 else messages


def cell_words(value: object) -> str:
    """Write a value of a sample or a summary."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)
