"""The SQL of models and tests: parsed through the cache, its names turned into addresses, its findings into diagnostics."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.files.cache import ParseCache
from meshwright.files.cached import cache_key, read_through
from meshwright.files.codecs.statements import decode_statement, encode_statement
from meshwright.frozen import dataclass
from meshwright.model import INTERVAL_PARAMETERS, ByInterval
from meshwright.sql import (
    ParsedStatement,
    SqlProblem,
    fingerprint_with_names,
    parse_statement,
    parser_version,
    time_columns,
)

_INTERVAL_HINT = (
    "only models that are built by interval know '$start' and '$end': add 'incremental: {by, grain}' in pipeline.yaml"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementRequest:
    """A SQL file to parse."""

    path: str
    text: str
    #: Identity of the file's bytes.
    digest: str
    #: Address of the product that it belongs to: what bare names mean.
    product: str
    dialect: str


def parse_statements(requests: Sequence[StatementRequest], cache: ParseCache | None) -> dict[str, ParsedStatement]:
    """Return the statements by path; canonical form and fingerprint are on full addresses, `tables` as written."""
    keys = {
        request.path: cache_key(parser_version(), request.dialect, request.product, request.digest)
        for request in requests
    }
    readings = read_through(
        cache,
        "statement",
        {keys[request.path]: request for request in requests},
        make=_parse,
        encode=encode_statement,
        decode=lambda request, encoded: decode_statement(encoded, text=request.text, dialect=request.dialect),
    )
    return {path: readings[key] for path, key in keys.items()}


def dataset_address(parts: tuple[str, ...], product: str) -> str | None:
    """Return the address that a reference means inside `product`; None for neither one nor three parts."""
    if len(parts) == 1:
        return f"{product}.{parts[0]}"
    return ".".join(parts) if len(parts) == 3 else None


def read_addresses(parsed: ParsedStatement, product: str) -> tuple[str, ...]:
    """Return the datasets that the statement reads, in order of first appearance, each once.

    References of another form than one or three parts are among `parsed.problems`; whether the datasets exist is the
    graph's to say.
    """
    addresses = (dataset_address(table.parts, product) for table in parsed.tables)
    return tuple(dict.fromkeys(address for address in addresses if address is not None))


def statements_time_columns(
    cuts: Sequence[tuple[ParsedStatement, ByInterval]], product: str, cache: ParseCache | None
) -> list[dict[str, str]]:
    """Return, for statements of one product, input -> its column that becomes the one that cuts the result.

    See `sql.time_columns`. One look-up in the cache for all.
    """
    keys = [
        cache_key(parser_version(), parsed.dialect, product, cut.by, cut.calendar.rule, parsed.text)
        for parsed, cut in cuts
    ]
    requests = dict(zip(keys, cuts, strict=True))
    found = read_through(
        cache,
        "time columns",
        requests,
        make=lambda request: _time_columns(*request, product),
        encode=json.dumps,
        decode=lambda _, encoded: _decoded(encoded),
    )
    return [found[key] for key in keys]


def _time_columns(parsed: ParsedStatement, cut: ByInterval, product: str) -> dict[str, str]:
    addresses = _addresses(parsed, product)
    return time_columns(parsed.text, parsed.dialect, by=cut.by, calendar=cut.calendar, addresses=addresses)


def _decoded(encoded: str) -> dict[str, str]:
    return {str(address): str(column) for address, column in json.loads(encoded).items()}


def sql_findings(
    problems: Sequence[SqlProblem], path: str, *, address: str | None, severity: Severity = Severity.ERROR
) -> list[Diagnostic]:
    """Return what parsing found as diagnostics at their places in the file."""
    return [
        Diagnostic(
            code=problem.code,
            message=problem.message,
            span=SourceSpan(file=path, line=problem.line, column=problem.column),
            fix=problem.fix,
            severity=severity,
            object=address,
        )
        for problem in problems
    ]


def undeclared_parameters(
    parsed: ParsedStatement, path: str, *, declared: Collection[str], address: str
) -> list[Diagnostic]:
    """Return a finding for each parameter that the statement uses and no level declares."""
    return [
        Diagnostic(
            code="MW-M212",
            message=f"parameter '${name}' is declared nowhere: not on the node, the pipeline, the domain or the mesh",
            span=_parameter_span(parsed.text, name, path),
            fix=_INTERVAL_HINT if name in INTERVAL_PARAMETERS else known_names_hint(name, declared, what="parameters"),
            object=address,
        )
        for name in parsed.params
        if name not in declared
    ]


def _parse(request: StatementRequest) -> ParsedStatement:
    parsed = parse_statement(request.text, request.dialect)
    canonical, fingerprint = fingerprint_with_names(parsed, _addresses(parsed, request.product))
    return replace(parsed, canonical=canonical, fingerprint=fingerprint)


def _addresses(parsed: ParsedStatement, product: str) -> dict[tuple[str, ...], str]:
    """Return what each reference of a statement means inside `product`."""
    return {
        table.parts: address
        for table in parsed.tables
        if (address := dataset_address(table.parts, product)) is not None
    }


def _parameter_span(text: str, name: str, path: str) -> SourceSpan:
    """Return where ``$name`` first stands in the text; 1:1 where letter case or quoting hides it."""
    offset = text.casefold().find(f"${name}")
    if offset < 0 or len(text.casefold()) != len(text):
        return SourceSpan(file=path)
    before = text[:offset]
    return SourceSpan(file=path, line=before.count("\n") + 1, column=offset - (before.rfind("\n") + 1) + 1)
