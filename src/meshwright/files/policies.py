"""Policies: ``policies/<name>.sql`` of the mesh and of a domain, a SELECT over `mesh.*` whose rows are violations.

A policy begins with comment lines; all three are needed, every other comment is only a comment:

    -- level: block            (advise | warn | block)
    -- why: Consumers plan around freshness.
    -- fix: Add slaProperties with property: freshness to the contract.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any  # decoded JSON: the shape is this module's own and is checked by the records made from it

from meshwright.checks.built_in import BUILT_IN_NAMES
from meshwright.checks.mesh_tables import BY_NAME, TABLES_VERSION
from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, has_errors, known_names_hint
from meshwright.files.cache import ParseCache
from meshwright.files.cached import cache_key, read_through
from meshwright.files.discovery import PolicyFolder
from meshwright.files.fields import check_name
from meshwright.files.headers import HeaderForm, HeaderValue, read_header
from meshwright.files.reading import MeshReader
from meshwright.files.statements import sql_findings
from meshwright.frozen import dataclass
from meshwright.model import Policy, PolicyLevel
from meshwright.sql import GuardedStatement, SqlProblem, guard_statement, parser_version

LEVELS = tuple(level.value for level in PolicyLevel)
HEADERS = HeaderForm(
    what="a policy",
    keys=("level", "why", "fix"),
    meant=MappingProxyType({"severity": "level", "action": "level", "reason": "why", "remedy": "fix"}),
    near=("level",),
    unknown_code="MW-V203",
    unusable_code="MW-V203",
)
#: The one parameter of a policy: the day of the check.
PARAMS = ("today",)
#: Counts the changes of what `sql.guard_statement` allows, within one version of meshwright.
_RULES = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyText:
    """A policy's file, read as text."""

    path: str
    name: str
    text: str


def read_policies(
    reader: MeshReader,
    folder: PolicyFolder,
    domain: str | None,
    cache: ParseCache | None,
    *,
    taken: Collection[str] = (),
) -> tuple[Policy, ...]:
    """Return the sound policies of `folder`, by name; `taken` are the names that a domain's policy must not have."""
    texts = []
    for file in folder.policies:
        text = reader.read_text(file.path)
        if text is not None:
            texts.append(PolicyText(path=file.path, name=file.name, text=text))
    statements = _guarded(texts, cache)
    found = []
    for item in texts:
        span = SourceSpan(file=item.path)
        if not check_name(item.name, span, what="a policy", findings=reader.findings, address=domain):
            continue
        if item.name in BUILT_IN_NAMES:
            reader.add(
                "MW-V204",
                f"policy '{item.name}' is built in, and no file replaces it",
                item.path,
                f"rename it, for example to 'our_{item.name}'",
            )
            continue
        if item.name in taken:
            reader.add(
                "MW-V204",
                f"the mesh has a policy '{item.name}' already: a domain adds policies and replaces none",
                item.path,
                f"rename it, for example to '{domain}_{item.name}'",
            )
            continue
        policy = build_policy(item, domain, statements[item.path], reader.findings)
        if policy is not None:
            found.append(policy)
    return tuple(found)


def read_draft(item: PolicyText, domain: str | None, findings: list[Diagnostic]) -> Policy | None:
    """Return the policy that the text of any file is, None, with findings, where it is none; headers that it lacks are
    warnings, and the policy advises."""
    statement = guard_statement(item.text, tables=BY_NAME, params=PARAMS, what="policy")
    return build_policy(item, domain, statement, findings, is_draft=True)


def build_policy(
    item: PolicyText,
    domain: str | None,
    statement: GuardedStatement,
    findings: list[Diagnostic],
    *,
    is_draft: bool = False,
) -> Policy | None:
    """Return the policy; None, with findings, where a header or the SQL is wrong. A draft may lack headers."""
    before = len(findings)
    header = read_header(item.text, item.path, HEADERS, findings)
    for key in HEADERS.keys:
        # A header that is there and says nothing is a finding already.
        if key not in header and not any(f"header '{key}'" in found.message for found in findings[before:]):
            findings.append(
                Diagnostic(
                    code="MW-V201",
                    message=f"policy '{item.name}' does not say '{key}'",
                    span=SourceSpan(file=item.path),
                    fix=f"begin the file with '-- {key}: {_EXAMPLES[key]}'",
                    severity=Severity.WARNING if is_draft else Severity.ERROR,
                    object=domain,
                )
            )
    level = _level(header, findings)
    findings += sql_findings(statement.problems, item.path, address=domain)
    if has_errors(findings[before:]) or level is None:
        return None
    return Policy(
        name=item.name,
        domain=domain,
        level=level,
        why=header["why"].text if "why" in header else "not said yet",
        fix=header["fix"].text if "fix" in header else "not said yet",
        text=item.text,
        reads=statement.tables,
        uses_today="today" in statement.params,
        span=SourceSpan(file=item.path),
    )


_EXAMPLES = {
    "level": "warn",
    "why": "Consumers plan around freshness.",
    "fix": "Add a freshness objective to the contract.",
}


def _level(header: Mapping[str, HeaderValue], findings: list[Diagnostic]) -> PolicyLevel | None:
    written = header.get("level")
    if written is None:
        return PolicyLevel.ADVISE  # of a draft; elsewhere its absence is an error
    word = written.text.lower()
    if word in LEVELS:
        return PolicyLevel(word)
    findings.append(
        Diagnostic(
            code="MW-V202",
            message=f"'{written.text[:60]}' is no level of a policy",
            span=written.span,
            fix=known_names_hint(_FOREIGN.get(word, word), LEVELS, what="levels"),
        )
    )
    return None


#: Words of tests and of other tools, with the level that is meant.
_FOREIGN = {"stop": "block", "error": "block", "deny": "block", "warning": "warn", "info": "advise", "log": "advise"}


def _guarded(texts: Sequence[PolicyText], cache: ParseCache | None) -> dict[str, GuardedStatement]:
    """Return the statements by path, through the parse cache."""
    keys = {item.path: cache_key(parser_version(), TABLES_VERSION, _RULES, item.text) for item in texts}
    readings = read_through(
        cache,
        "policy statement",
        {keys[item.path]: item.text for item in texts},
        make=lambda text: guard_statement(text, tables=BY_NAME, params=PARAMS, what="policy"),
        encode=_encode,
        decode=lambda _, encoded: _decode(encoded),
    )
    return {path: readings[key] for path, key in keys.items()}


def _encode(statement: GuardedStatement) -> str:
    problems = [[found.code, found.message, found.line, found.column, found.fix] for found in statement.problems]
    return json.dumps([list(statement.tables), list(statement.params), problems], ensure_ascii=False)


def _decode(encoded: str) -> GuardedStatement:
    packed: Any = json.loads(encoded)
    tables, params, problems = packed
    return GuardedStatement(
        tables=tuple(tables),
        params=tuple(params),
        problems=tuple(
            SqlProblem(code=code, message=message, line=line, column=column, fix=fix)
            for code, message, line, column, fix in problems
        ),
    )
