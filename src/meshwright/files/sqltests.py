"""Test files: ``tests/<name>.sql``, a SELECT whose rows are violations.

A test may begin with comment lines that say how it is meant; every other comment is only a comment:

    -- severity: warn          (log | warn | stop, or a word of `severity` in mesh.yaml; stop where absent)
    -- on: departures          (the dataset of the product that it guards; the first one that it reads where absent)
    -- why: Late flights must carry a reason.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.files.discovery import FoundFile
from meshwright.files.fields import check_name
from meshwright.files.models import ProductScope
from meshwright.files.standards.quality import read_severity
from meshwright.files.statements import read_addresses, sql_findings, undeclared_parameters
from meshwright.model import Action, SqlTest, dataset_name, product_of
from meshwright.sql import ParsedStatement

_HEADER = re.compile(r"(?P<lead>\s*--+\s*)(?P<key>[A-Za-z_]+)\s*:(?P<value>.*)")
_KEYS = ("severity", "on", "why")
#: Words that people write for a header; taken as plain comments they would change what the test does.
_MEANT = MappingProxyType({"level": "severity", "action": "severity", "dataset": "on"})


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderValue:
    """The value of one header line, with where it is written."""

    text: str
    span: SourceSpan


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
    header = read_header(parsed.text, file.path, findings)
    findings += sql_findings(parsed.problems, file.path, address=scope.address)
    findings += sql_findings(parsed.warnings, file.path, address=scope.address, severity=Severity.WARNING)
    findings += _impure_findings(parsed, file.path, scope.address)
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


def read_header(text: str, path: str, findings: list[Diagnostic]) -> dict[str, HeaderValue]:
    """Return the header lines of a test: those of the comment block that begins the file."""
    found: dict[str, HeaderValue] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        if not line.lstrip().startswith("--"):
            break
        match = _HEADER.match(line)
        if match is None:
            continue
        key = match["key"].lower()
        span = SourceSpan(file=path, line=number, column=match.start("key") + 1)
        if key in _KEYS:
            _keep(found, key, match["value"].strip(), span, findings)
        elif meant := _meant(key):
            findings.append(
                Diagnostic(
                    code="MW-M230",
                    message=f"'{match['key']}:' is no header of a test, and would be read as a comment",
                    span=span,
                    fix=f"did you mean '{meant}:'? headers: {', '.join(_KEYS)}",
                )
            )
    return found


def _keep(found: dict[str, HeaderValue], key: str, value: str, span: SourceSpan, findings: list[Diagnostic]) -> None:
    if key in found:
        message, fix = f"header '{key}' is there twice: first in line {found[key].span.line}", "keep one of the two"
    elif not value:
        message, fix = f"header '{key}' says nothing", f"write a value after '{key}:', or remove the line"
    else:
        found[key] = HeaderValue(text=value, span=span)
        return
    findings.append(Diagnostic(code="MW-M231", message=message, span=span, fix=fix))


def _meant(key: str) -> str | None:
    if key in _MEANT:
        return _MEANT[key]
    # Only long keys: short ones have too many neighbours among plain words.
    near = difflib.get_close_matches(key, ("severity",), n=1, cutoff=0.75)
    return near[0] if near else None


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
