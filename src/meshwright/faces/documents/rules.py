"""Rules and their histories as JSON documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from meshwright.app.rule_history import RuleChange, RuleEntry, RuleHistory, RuleListing, RuleState
from meshwright.faces.documents.outcomes import outcome_document
from meshwright.faces.documents.plainvalues import moment

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import tests as shapes


def rules_document(listing: RuleListing) -> shapes.Rules:
    """`show DATASET --rules`."""
    return {
        "schema": "meshwright/rules/1",
        "dataset": listing.dataset,
        "environment": listing.environment,
        "rules": [_state(state) for state in listing.rules],
    }


def rule_document(history: RuleHistory) -> shapes.Rule:
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


def _state(state: RuleState) -> shapes.ListedRule:
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


def _entry(entry: RuleEntry) -> shapes.Verdict:
    """One verdict; whom it concerned is told by the documents of runs and tests."""
    told = outcome_document(entry.outcome)
    return {
        "at": moment(entry.at),
        "run_id": entry.run_id,
        "environment": entry.environment or None,
        "published": entry.is_published,
        "version": told["version"],
        "id": told["id"],
        "action": told["action"],
        "rule": told["rule"],
        "operator": told["operator"],
        "bound": told["bound"],
        "verdict": told["verdict"],
        "value": told["value"],
        "failing_rows": told["failing_rows"],
        "finding": told["finding"],
        "sample": told["sample"],
        "error": told["error"],
    }


def _changes(changes: Iterable[RuleChange]) -> list[shapes.Edit]:
    return [{"what": change.what, "before": change.before, "after": change.after} for change in changes]
