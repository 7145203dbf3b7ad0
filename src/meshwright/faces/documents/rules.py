"""Rules and their histories as JSON documents."""

from __future__ import annotations

from collections.abc import Iterable

from meshwright.app.rule_history import RuleChange, RuleEntry, RuleHistory, RuleListing, RuleState
from meshwright.app.values import test_document
from meshwright.faces.documents.plainvalues import Document, plain_document

#: Of a test, what a verdict in a history has too.
_TOLD = (
    *("version", "id", "action", "rule", "operator", "bound"),
    *("verdict", "value", "failing_rows", "finding", "sample", "error"),
)


def rules_document(listing: RuleListing) -> Document:
    """`show DATASET --rules`."""
    return {
        "schema": "meshwright/rules/1",
        "dataset": listing.dataset,
        "environment": listing.environment,
        "rules": [_state(state) for state in listing.rules],
    }


def rule_document(history: RuleHistory) -> Document:
    """`show DATASET --rule ID`."""
    return {
        "schema": "meshwright/rule/1",
        "dataset": history.dataset,
        "environment": history.environment,
        "id": history.id,
        "names": list(history.names),
        "now": _state(history.rule) if history.rule is not None else None,
        "history": [{**_entry(entry), "edited": _changes(entry.changes)} for entry in history.entries],
        "cut": history.is_cut,
    }


def _state(state: RuleState) -> Document:
    return {
        "id": state.id,
        "rule": state.words,
        "action": state.action,
        "demand": state.demand,
        "port": state.port,
        "file": state.span.file if state.span else None,
        "line": state.span.line if state.span else None,
        "latest": _entry(state.latest) if state.latest is not None else None,
        "edited": _changes(state.changes),
    }


def _entry(entry: RuleEntry) -> Document:
    """One verdict; whom it concerned is told by the documents of runs and tests."""
    test = test_document(entry.outcome)
    told = plain_document({name: test[name] for name in _TOLD})
    return {
        "at": entry.at.isoformat() if entry.at is not None else None,
        "run_id": entry.run_id,
        "environment": entry.environment or None,
        "published": entry.is_published,
        **told,
    }


def _changes(changes: Iterable[RuleChange]) -> list[Document]:
    return [{"what": change.what, "before": change.before, "after": change.after} for change in changes]
