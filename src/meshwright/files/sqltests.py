"""Test files: ``tests/<name>.sql``, a SELECT whose rows are violations.

A test may begin with comment lines that say how it is meant; every other comment is only a comment:

    -- severity: warn          (log | warn | stop, or a word of `severity` in mesh.yaml; stop where absent)
    -- on: departures          (the dataset of the product that it guards; the first one that it reads where absent)
    -- why: Late flights must carry a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.files.discovery import FoundFile
from meshwright.files.fields import check_name
from meshwright.files.headers import HeaderForm, HeaderValue, read_header
from meshwright.files.models import ProductScope
from meshwright.files.standards.quality import read_severity
from meshwright.files.statements import read_addresses, sql_findings, undeclared_parameters
from meshwright.model import Action, SqlTest, dataset_name, product_of
from meshwright.sql import ParsedStatement, nearest_rule_function

_FORM = HeaderForm(
    what="a test",
    keys=("severity", "on", "why"),
    meant=MappingProxyType({"level": "severity", "action": "severity", "dataset": "on"}),
    near=("severity",),
    unknown_code="MW-M230",
    unusable_code="MW-M231",
)


def build_sql_test(
    scope: ProductScope,
    file: FoundFile,
    parsed: ParsedStatement,
    *,
    datasets: frozenset[str],
    severity: Mapping[str, Action],
    findings: list[Diagnostic],
) -> SqlTest | None:
    """Return the test; None where its name or SQL is bad, or where it guards no dataset of the product.

    `datasets` are the names of the product's datasets.
    """
    span = SourceSpan(file=file.path)
    if not check_name(file.name, span, what="a test", findings=findings, address=scope.address):
        return None
    header = read_header(parsed.text, file.path, _FORM, findings)
    findings += sql_findings(parsed.problems, file.path, address=scope.address)
    findings += sql_findings(parsed.warnings, file.path, address=scope.address, severity=Severity.WARNING)
    findings += _impure_findings(parsed, file.path, scope.address)
    findings += _unlisted_findings(parsed, file.path, scope.address)
    findings += undeclared_parameters(parsed, file.path, declared=scope.params, address=scope.address)
    reads = read_addresses(parsed, scope.address)
    action = _action(header, severity, findings)
    guarded = _guarded(scope, header, reads, datasets, span, findings) if parsed.fingerprint else None
    if guarded is None:
        return None
    why = header.get("why")
    return SqlTest(
        name=file.name,
        dataset=guarded,
        text=parsed.text,
        reads=reads,
        fingerprint=parsed.fingerprint,
        action=action,
        description=why.text if why else None,
        params=parsed.params,
        span=span,
    )


def _action(header: Mapping[str, HeaderValue], severity: Mapping[str, Action], findings: list[Diagnostic]) -> Action:
    written = header.get("severity")
    if written is None:
        return Action.STOP
    action, hint = read_severity(written.text, severity)
    if action is None:
        findings.append(
            Diagnostic(
                code="MW-M232",
                message=f"'{written.text}' is no severity",
                span=written.span,
                fix=hint,
            )
        )
    return action or Action.STOP


def _guarded(
    scope: ProductScope,
    header: Mapping[str, HeaderValue],
    reads: tuple[str, ...],
    datasets: frozenset[str],
    span: SourceSpan,
    findings: list[Diagnostic],
) -> str | None:
    """Return the dataset that the test guards; None, with a finding, where it is none of the product's."""
    own = [address for address in reads if product_of(address) == scope.address]
    written = header.get("on")
    if written is None:
        if not own:
            findings.append(
                Diagnostic(
                    code="MW-M233",
                    message=f"the test reads no dataset of {scope.address}, so there is none that it could guard",
                    span=span,
                    fix="select from a dataset of the product, or move the test to the product that it is about",
                    object=scope.address,
                )
            )
        known = [address for address in own if dataset_name(address) in datasets]
        return next(iter(known or own), None)
    name = written.text.removeprefix(f"{scope.address}.")
    address = f"{scope.address}.{name}"
    if name not in datasets:
        message = f"'on' names '{written.text}', which is no dataset of {scope.address}"
        fix = known_names_hint(written.text, datasets, what="datasets")
    elif address not in own:
        message = f"'on' names '{name}', which the test does not read"
        fix = f"select from {name}, or name one of: {', '.join(own) or 'none is read'}"
    else:
        return address
    findings.append(Diagnostic(code="MW-M234", message=message, span=written.span, fix=fix, object=scope.address))
    return None


def _impure_findings(parsed: ParsedStatement, path: str, address: str) -> list[Diagnostic]:
    """A verdict is kept with the version that it is about, so it may depend on nothing but data."""
    return [
        Diagnostic(
            code="MW-M235",
            message=f"a test calls '{use.name}', whose result differs from run to run, but its verdict is kept",
            span=SourceSpan(file=path, line=use.line, column=use.column),
            fix="pass the value as a parameter ($name), or compare with another dataset",
            object=address,
        )
        for use in parsed.impure
    ]


def _unlisted_findings(parsed: ParsedStatement, path: str, address: str) -> list[Diagnostic]:
    """A test reads datasets and computes; what could reach further is on no list."""
    return [
        Diagnostic(
            code="MW-C123",
            message=f"a test must not call '{use.name}'",
            span=SourceSpan(file=path, line=use.line, column=use.column),
            fix=f"did you mean '{near}'?"
            if (near := nearest_rule_function(use.name))
            else "use functions of values: a test reads datasets, nothing else",
            object=address,
        )
        for use in parsed.unlisted
    ]
