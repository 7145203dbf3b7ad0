"""Rules and their histories as lines for people."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from meshwright.app.rule_history import RuleChange, RuleEntry, RuleHistory, RuleListing, RuleState
from meshwright.faces.text.run import failing_row_lines, value_words
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look, one_line, pad
from meshwright.faces.text.words import time_words

_LABEL = 12
_ID_DIGITS = 12


def rules_lines(listing: RuleListing, look: Look) -> list[str]:
    """`show DATASET --rules`: a line a rule, with its latest verdict."""
    if not listing.rules:
        return [f"no rule gates {listing.dataset}: write some under tests: in pipeline.yaml, or in a contract"]
    headings = [Heading(title=title) for title in ("rule", "action", "verdict", "what it found", "when", "version")]
    lines = table_lines(headings, [_rule_row(state) for state in listing.rules], look, cell_width=80)
    example = next((rule.id for rule in listing.rules if _is_bad(rule)), listing.rules[0].id)
    return [*lines, "", f"history and failing rows: mw show {listing.dataset} --rule {shlex.quote(example)}"]


def rule_lines(history: RuleHistory, look: Look) -> list[str]:
    """`show DATASET --rule ID`: the rule, every verdict, and the rows that failed last."""
    rule = history.rule
    lines = [look.paint(f"rule {one_line(history.id)} of {history.dataset}", "bold")]
    if rule is not None:
        place = f"{one_line(rule.span.file)}:{rule.span.line}" if rule.span else ""
        port = f", of port {rule.port}" if rule.port else ""
        lines += [_field("demands", f"{one_line(rule.words)}; action {rule.action}"), _field("written", place + port)]
    else:
        lines.append(_field("demands", "nothing: the rule is not there any more"))
    if history.names:
        lines.append(_field("was called", ", ".join(map(one_line, history.names))))
    if not history.entries:
        return [*lines, "", "it was never measured: mw test measures it on what is published"]
    headings = [
        Heading(title=title) for title in ("when", "environment", "verdict", "value", "bound", "version", "run")
    ]
    if any(entry.changes for entry in history.entries):
        headings.append(Heading(title="edited before that"))
    rows = [_entry_row(entry, has_changes=len(headings) > 7) for entry in history.entries]
    lines += ["", *table_lines(headings, rows, look, cell_width=100)]
    if history.is_cut:
        lines.append("older verdicts: --all")
    if rule is not None and rule.changes:
        lines += ["", f"edited since and not measured: {_changes_words(rule.changes)}"]
    return [*lines, *_failing_lines(history.entries, look)]


def _failing_lines(entries: Sequence[RuleEntry], look: Look) -> list[str]:
    """The rows that broke the rule when it was last broken."""
    broken = next((entry for entry in entries if entry.outcome.verdict != "pass"), None)
    if broken is None:
        return []
    outcome = broken.outcome
    title = f"{one_line(outcome.finding or outcome.words)} (version {outcome.version})"
    lines = ["", look.paint(title, "bold")]
    if outcome.error:
        return [*lines, f"  could not be measured: {one_line(outcome.error)}"]
    if not outcome.sample:
        return [*lines, "  no failing row is kept: the rule is not about rows, or the version is gone"]
    return [*lines, *(f"  {line}" for line in failing_row_lines(outcome.sample, look, most=len(outcome.sample)))]


def _rule_row(state: RuleState) -> list[str]:
    latest = state.latest
    if latest is None:
        return [state.id, state.action, "never measured", state.words, "", ""]
    edited = " (edited since)" if state.changes else ""
    finding = latest.outcome.finding or latest.outcome.words
    return [state.id, state.action, f"{latest.outcome.verdict}{edited}", finding, _when(latest), _version(latest)]


def _entry_row(entry: RuleEntry, *, has_changes: bool) -> list[str]:
    outcome = entry.outcome
    value = "not measured" if outcome.error else value_words(outcome.value)
    row = [_when(entry), entry.environment, outcome.verdict, value, outcome.demand, _version(entry), entry.run_id or ""]
    return [*row, _changes_words(entry.changes)] if has_changes else row


def _when(entry: RuleEntry) -> str:
    return time_words(entry.at) if entry.at is not None else "before histories were kept"


def _version(entry: RuleEntry) -> str:
    return f"{entry.outcome.version[:_ID_DIGITS]}{' published' if entry.is_published else ''}"


def _changes_words(changes: Iterable[RuleChange]) -> str:
    return "; ".join(one_line(f"{change.what}: {change.before} -> {change.after}") for change in changes)


def _is_bad(state: RuleState) -> bool:
    return state.latest is not None and state.latest.outcome.verdict != "pass"


def _field(label: str, text: str) -> str:
    return f"{pad(label, _LABEL)} {text}"
