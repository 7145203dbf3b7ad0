"""Runs the examples of policies: each is asked of made-up tables alone. `policy test --all` runs those of every policy."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.policies import LIMITS, answer_of
from meshwright.app.policy_reports import ExamplesReport, PolicyExamples
from meshwright.app.workspace import Workspace
from meshwright.checks.mesh_tables import BY_NAME
from meshwright.checks.policies import ANSWER_COLUMNS
from meshwright.checks.policy_examples import ExampleOutcome, PolicyExample, compare
from meshwright.diagnostics import Diagnostic, InputError, Severity, sort_diagnostics
from meshwright.engines.protocol import Engine, SmallQuery, SmallTable
from meshwright.files.discovery import EXAMPLES_SUFFIX, MODEL_SUFFIX
from meshwright.files.policy_examples import read_examples
from meshwright.files.reading import MAX_FILE_BYTES
from meshwright.model import Column, Policy

_POLICY_CODES = "MW-V2"


def test_examples(workspace: Workspace) -> ExamplesReport:
    """Run the examples of every policy of the mesh and its domains.

    Raises InputError with the findings of all policies and example files that cannot be read; MW-L038 where no policy has
    examples: nothing would be tested then.
    """
    with open_mesh(workspace, "prod") as opened:
        # A policy that cannot be read is not among the mesh's: its examples would be passed over.
        broken = [found for found in opened.diagnostics if found.severity is Severity.ERROR and _is_policy(found)]
        findings: list[Diagnostic] = [*broken]
        read: list[tuple[Policy, str, tuple[PolicyExample, ...]]] = []
        untested = []
        for policy in opened.mesh.all_policies():
            path = examples_path(policy)
            data = read_file(workspace.root / path)
            if data is None:
                untested.append(policy.address)
            else:
                read.append((policy, path, read_examples(data, path, policy, findings)))
        if findings:
            raise InputError(*sort_diagnostics(findings))
        if not read:
            raise InputError(_nothing(untested))
        return ExamplesReport(
            policies=tuple(
                PolicyExamples(policy=policy, file=path, outcomes=run_examples(opened.engine, policy, examples))
                for policy, path, examples in read
            ),
            untested=tuple(untested),
        )


#: Keeps pytest from taking the function for a test case.
test_examples.__test__ = False  # type: ignore[attr-defined]


def outcomes_of(opened: OpenedMesh, policy: Policy) -> tuple[ExampleOutcome, ...] | None:
    """Return what comes of the examples beside one policy, None where it has none. Raises InputError for a file with errors."""
    if policy.span is None:  # one that is built in
        return None
    path = examples_path(policy)
    data = read_file(opened.workspace.root / path)
    if data is None:
        return None
    findings: list[Diagnostic] = []
    examples = read_examples(data, path, policy, findings)
    if findings:
        raise InputError(*sort_diagnostics(findings))
    return run_examples(opened.engine, policy, examples)


def run_examples(engine: Engine, policy: Policy, examples: tuple[PolicyExample, ...]) -> tuple[ExampleOutcome, ...]:
    """Ask a policy of each example's rows, and compare what it finds with what it is to find."""
    return tuple(_run(engine, policy, example) for example in examples)


def _run(engine: Engine, policy: Policy, example: PolicyExample) -> ExampleOutcome:
    tables = [
        SmallTable(
            name=name,
            columns=tuple(Column(name=column.name, type=column.type) for column in BY_NAME[name].columns),
            rows=rows,
        )
        for name, rows in sorted(example.given.items())
    ]
    params = {"today": example.today} if policy.uses_today else {}
    query = SmallQuery(text=policy.text, params=MappingProxyType(params), wanted=ANSWER_COLUMNS)
    (answered,) = engine.ask([query], tables, LIMITS)
    answer = answer_of(policy, answered)
    if isinstance(answer, Diagnostic):
        return ExampleOutcome(example=example, problem=answer)
    return compare(policy, example, answer)


def examples_path(policy: Policy) -> str:
    """Return where the examples of a policy lie, as its own place is written."""
    assert policy.span is not None  # a policy is written in a file
    return f"{policy.span.file.removesuffix(MODEL_SUFFIX)}{EXAMPLES_SUFFIX}"


def read_file(path: Path) -> bytes | None:
    """Return what a file of examples holds, None where there is none. Raises InputError (MW-L037)."""
    try:
        if path.stat().st_size <= MAX_FILE_BYTES:
            return path.read_bytes()
        reason = f"it is larger than {MAX_FILE_BYTES:,} bytes"
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    message = f"'{path.name}' cannot be read: {reason}"
    raise InputError(Diagnostic(code="MW-L037", message=message, fix="make it a file of examples, or remove it"))


def _is_policy(found: Diagnostic) -> bool:
    return found.code.startswith(_POLICY_CODES) or (
        found.span is not None and "policies/" in found.span.file and found.span.file.endswith(MODEL_SUFFIX)
    )


def _nothing(untested: list[str]) -> Diagnostic:
    if not untested:
        message, fix = (
            "there is no policy, so nothing was tested",
            "write one, or switch one on: mw policy list --available",
        )
    else:
        message = f"none of {len(untested)} {'policy' if len(untested) == 1 else 'policies'} has examples, so nothing was tested"
        fix = f"write {untested[0].rpartition('.')[2]}{EXAMPLES_SUFFIX} beside the policy, as 'mw policy add' does"
    return Diagnostic(code="MW-L038", message=message, fix=fix)
