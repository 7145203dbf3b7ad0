"""Policies and exemptions as JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.app.policy_reports import (
    AddedExemption,
    AddedPolicies,
    ExampleOutcome,
    ExamplesReport,
    ExemptionReport,
    PolicyReport,
    PolicyState,
    PolicyTest,
    StarterReport,
    Violation,
)
from meshwright.diagnostics import SourceSpan
from meshwright.faces.documents.findings import Document, diagnostic_document
from meshwright.model import Exemption, Policy

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import policies


def policies_document(report: PolicyReport) -> policies.Policies:
    """`policy list`."""
    return {
        "schema": "meshwright/policies/1",
        "judged": report.is_judged,
        "policies": [_policy_state(state) for state in report.policies],
    }


def policy_test_document(report: PolicyTest) -> policies.PolicyTest:
    """`policy test`."""
    verdict = report.verdict
    return {
        "schema": "meshwright/policy-test/1",
        "ok": report.ok,
        **_policy(verdict.policy),
        "violations": [_violation(violation) for violation in verdict.violations],
        "elsewhere": verdict.foreign,
        "examples": [_example(outcome) for outcome in report.examples or ()],
        "diagnostics": [diagnostic_document(found) for found in report.findings],
    }


def examples_document(report: ExamplesReport) -> policies.PolicyExamples:
    """`policy test --all`."""
    return {
        "schema": "meshwright/policy-examples/1",
        "ok": report.ok,
        "policies": [
            {
                "policy": tested.policy.address,
                "ok": tested.ok,
                "file": tested.file,
                "examples": [_example(outcome) for outcome in tested.outcomes],
            }
            for tested in report.policies
        ],
        "untested": list(report.untested),
    }


def starter_document(report: StarterReport) -> Document:
    """`policy list --available`."""
    return {
        "schema": "meshwright/starter-policies/1",
        "policies": [
            {
                "policy": policy.name,
                "level": policy.level,
                "why": policy.why,
                "fix": policy.fix,
                "text": policy.text,
                "examples": policy.examples,
                "files": list(files),
            }
            for policy, files in report.policies
        ],
    }


def added_policies_document(report: AddedPolicies) -> Document:
    """`policy add`."""
    return {
        "schema": "meshwright/added-policies/1",
        "added": list(report.added),
        "files": list(report.files),
        "left": [{"policy": name, "reason": why} for name, why in report.left],
    }


def _example(outcome: ExampleOutcome) -> policies.ExampleOutcome:
    return {
        "name": outcome.example.name,
        "ok": outcome.ok,
        **_place(outcome.example.span),
        "missing": [{"object": each.object, "message": each.message} for each in outcome.missing],
        "unexpected": [{"object": each.object, "message": each.message} for each in outcome.unexpected],
        "problem": diagnostic_document(outcome.problem) if outcome.problem else None,
    }


def exemptions_document(report: ExemptionReport) -> policies.Exemptions:
    """`exemption list`."""
    return {
        "schema": "meshwright/exemptions/1",
        "day": report.day.isoformat(),
        "exemptions": [
            {**exemption_document(item.exemption), "state": item.state, "covers": item.covers}
            for item in report.exemptions
        ],
    }


def added_exemption_document(report: AddedExemption) -> Document:
    """`exemption add`."""
    return {
        "schema": "meshwright/exemption/1",
        **{key: value for key, value in exemption_document(report.exemption).items() if key != "line"},
        "file": report.file,
        "covers": report.covers,
    }


def exemption_document(item: Exemption) -> policies.DescribedExemption:
    """One exemption."""
    return {
        "policy": item.policy,
        "domain": item.domain,
        "object": item.object,
        "owner": item.owner,
        "reason": item.reason,
        "expires": item.expires.isoformat(),
        **_place(item.span),
    }


def _policy_state(state: PolicyState) -> policies.ListedPolicy:
    verdict = state.verdict
    is_judged = verdict is not None and verdict.problem is None
    return {
        **_policy(state.policy),
        "violations": len(verdict.standing) if verdict is not None and is_judged else None,
        "exempted": len(verdict.exempted) if verdict is not None and is_judged else None,
        "exemptions": state.exemptions,
        "problem": diagnostic_document(verdict.problem) if verdict is not None and verdict.problem else None,
    }


def _policy(policy: Policy) -> policies.DescribedPolicy:
    return {
        "policy": policy.address,
        "domain": policy.domain,
        "level": policy.level.value,
        "why": policy.why,
        "fix": policy.fix,
        "reads": list(policy.reads),
        "built_in": policy.is_built_in,
        **_place(policy.span),
    }


def _violation(violation: Violation) -> policies.Violation:
    return {
        "object": violation.object,
        "message": violation.message,
        **_place(violation.span),
        "exemption": exemption_document(violation.exemption) if violation.exemption else None,
    }


def _place(span: SourceSpan | None) -> policies.Place:
    return {"file": span.file if span else None, "line": span.line if span else None}
