"""The history of rules: between `RuleVerdict` and rows of `verdicts` and `rules`, and the statements that read them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from meshwright.checks.spec import CheckSpec, Into, Metric, PathStep
from meshwright.model import Action, Operator
from meshwright.state.codec import evidence_of, from_micros, storable, to_json, to_micros
from meshwright.state.connection import Connection
from meshwright.state.records import RuleVerdict
from meshwright.state.statements import among, batches, insert_rows, marks, upsert

#: The sample is that of the evidence, where it still says the same: its rows go with the version that they are of.
_VERDICTS = (
    "SELECT v.rule, v.dataset, v.action, v.environment, v.at, r.definition, v.version, v.check_id, v.others, v.outcome,"
    " v.value, v.failing_rows, coalesce(e.sample, '[]'), v.error, v.run_id, coalesce(e.seconds, 0.0)"
    " FROM verdicts v JOIN rules r ON r.check_id = v.check_id"
    " LEFT JOIN evidence e ON e.version = v.version AND e.check_id = v.check_id AND e.others = v.others AND e.outcome = v.outcome"
)


def record_verdicts(connection: Connection, verdicts: Sequence[RuleVerdict]) -> None:
    """Append verdicts to the history, and note what their rules demand where that is new."""
    insert_rows(connection, "verdicts", [_values(each) for each in verdicts])
    specs = {each.evidence.check: each.spec for each in verdicts}
    known: set[str] = set()
    for batch in batches(specs):
        found = connection.rows(f"SELECT check_id FROM rules WHERE check_id IN {marks(batch)}", batch)
        known.update(check for (check,) in found)
    # Writing a rule down is the dearest part of it, and most rules are as they were.
    fresh = [
        {"check_id": check, "definition": _definition(spec)} for check, spec in specs.items() if check not in known
    ]
    upsert(connection, "rules", ("check_id",), fresh)


def rule_checks(connection: Connection, dataset: str) -> Mapping[str, frozenset[str]]:
    """Return the ids that rules of a dataset ever had, each with the fingerprints that it stood for."""
    found: dict[str, set[str]] = {}
    for rule, check in connection.rows("SELECT DISTINCT rule, check_id FROM verdicts WHERE dataset = ?", (dataset,)):
        found.setdefault(rule, set()).add(check)
    return {rule: frozenset(checks) for rule, checks in found.items()}


def history(connection: Connection, dataset: str, rules: Collection[str], limit: int) -> tuple[RuleVerdict, ...]:
    """Return the newest verdicts on a dataset of rules by their ids, newest first."""
    condition, wanted = among(connection, "v.rule", sorted(rules))
    query = f"{_VERDICTS} WHERE v.dataset = ? AND {condition} ORDER BY v.number DESC LIMIT ?"
    return tuple(map(_verdict_of, connection.rows(query, (dataset, wanted, limit))))


def latest(connection: Connection, dataset: str, environments: Sequence[str]) -> Mapping[str, RuleVerdict]:
    """Return the newest verdict of each rule of a dataset in any of some environments, by the rule's id."""
    newest = (
        f"SELECT max(number) FROM verdicts WHERE dataset = ? AND environment IN {marks(environments)} GROUP BY rule"
    )
    rows = connection.rows(f"{_VERDICTS} WHERE v.number IN ({newest})", (dataset, *environments))
    return {verdict.spec.id: verdict for verdict in map(_verdict_of, rows)}


def forget(connection: Connection, before: int) -> None:
    """Forget verdicts from before a time on versions that are gone, and the rules that none names any more."""
    connection.change(
        "DELETE FROM verdicts WHERE at < ? AND NOT EXISTS (SELECT 1 FROM versions v WHERE v.id = verdicts.version)",
        (before,),
    )
    connection.change("DELETE FROM rules WHERE check_id NOT IN (SELECT check_id FROM verdicts)")


def _values(verdict: RuleVerdict) -> dict[str, object]:
    evidence = verdict.evidence
    return {
        "dataset": verdict.spec.dataset,
        "rule": storable(verdict.spec.id),
        "action": verdict.spec.action.value,
        "version": evidence.version,
        "check_id": evidence.check,
        "others": evidence.others,
        "environment": verdict.environment,
        "at": to_micros(verdict.at),
        "outcome": evidence.outcome.value,
        "value": to_json(evidence.value),
        "failing_rows": evidence.failing_rows,
        "error": None if evidence.error is None else storable(evidence.error),
        "run_id": evidence.run_id,
    }


def _verdict_of(row: Sequence[Any]) -> RuleVerdict:
    rule, dataset, action, environment, at, definition, *evidence = row
    return RuleVerdict(
        spec=_spec_of(definition, rule, dataset, action),
        evidence=evidence_of(evidence),
        environment=environment,
        at=from_micros(at),
    )


def _definition(spec: CheckSpec) -> str:
    """Return what a rule demands, as it is told later; what only matters to who measures it is left out."""
    return to_json(
        {
            "metric": spec.metric.value,
            "columns": list(spec.columns),
            "path": [[step.into.value, step.name] for step in spec.path],
            "arguments": dict(spec.arguments),
            "operator": spec.operator.value,
            "bound": list(spec.bound) if isinstance(spec.bound, tuple) else spec.bound,
            "unit": spec.unit,
            "query": spec.query,
            "reads": list(spec.reads),
            "params": dict(spec.params),
            "origin": spec.origin,
        }
    )


@lru_cache(maxsize=1024)
def _spec_of(definition: str, rule: str, dataset: str, action: str) -> CheckSpec:
    found = json.loads(definition)
    bound = found["bound"]
    return CheckSpec(
        id=rule,
        dataset=dataset,
        metric=Metric(found["metric"]),
        columns=tuple(found["columns"]),
        path=tuple(PathStep(into=Into(into), name=name) for into, name in found["path"]),
        arguments=MappingProxyType(found["arguments"]),
        operator=Operator(found["operator"]),
        bound=tuple(bound) if isinstance(bound, list) else bound,
        unit=found["unit"],
        action=Action(action),
        query=found["query"],
        reads=tuple(found["reads"]),
        params=MappingProxyType(found["params"]),
        origin=found["origin"],
    )
