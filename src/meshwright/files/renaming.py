"""A product under whose names other datasets are meant: its nodes, tests and rules name these instead, in their SQL too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic
from meshwright.files.cache import ParseCache
from meshwright.files.cached import cache_key, read_through
from meshwright.files.portqueries import RuleQuery
from meshwright.files.statements import StatementRequest, parse_statements, read_addresses
from meshwright.model import GivenRows, Node, Port, PortRead, Product, QualityRule, SqlTest, UnitTest, bytes_identity
from meshwright.model.variations import renamed_node
from meshwright.sql import ParsedStatement, blank_placeholders, parser_version, substitute_tables

_DIALECT = "duckdb"


def renamed_product(
    product: Product,
    through: Mapping[str, PortRead],
    queries: Iterable[RuleQuery],
    cache: ParseCache | None,
    findings: list[Diagnostic],
) -> Product:
    """Return the product that reads the datasets that `through` gives for its names; `queries` are those that read any."""
    names = {name: read.dataset for name, read in through.items() if read.dataset != name}
    models = [node.sql.text for node in product.nodes.values() if node.sql and _reads_any(node.reads, names)]
    tests = [test.text for test in product.sql_tests if _reads_any(test.reads, names)]
    rules = [query.query for query in queries if _reads_any(query.reads, names)]
    texts = _renamed_texts((*models, *tests, *rules), names, cache)
    parsed = _parsed([texts[text] for text in (*models, *tests)], product.address, cache)
    statements = {text: parsed[texts[text]] for text in (*models, *tests)}
    renamed = replace(
        product,
        nodes=MappingProxyType({name: _node(node, through, names, statements) for name, node in product.nodes.items()}),
        sql_tests=tuple(_sql_test(test, product.address, statements) for test in product.sql_tests),
        unit_tests=tuple(_unit_test(test, names, findings) for test in product.unit_tests),
    )
    if not rules:
        return renamed
    return replace(
        renamed,
        ports=MappingProxyType({key: _port(port, texts) for key, port in product.ports.items()}),
        tests=tuple(replace(tests, rules=_rules(tests.rules, texts)) for tests in product.tests),
    )


def _reads_any(reads: Iterable[str], names: Mapping[str, str]) -> bool:
    return any(read in names for read in reads)


def _renamed_texts(texts: Iterable[str], names: Mapping[str, str], cache: ParseCache | None) -> dict[str, str]:
    """Return each text with the names renamed. What stands for a rule's object or column is kept."""
    keys = {text: cache_key(parser_version(), _DIALECT, text, dict(sorted(names.items()))) for text in texts}
    if not keys:
        return {}
    parts = {tuple(name.split(".")): dataset for name, dataset in names.items()}
    found = read_through(
        cache,
        "renamed",
        {key: text for text, key in keys.items()},
        make=lambda text: substitute_tables(text, _DIALECT, parts, as_read=blank_placeholders(text)),
        encode=json.dumps,
        decode=lambda _, encoded: str(json.loads(encoded)),
    )
    return {text: found[key] for text, key in keys.items()}


def _parsed(texts: Iterable[str], product: str, cache: ParseCache | None) -> dict[str, ParsedStatement]:
    requests = [
        StatementRequest(path=text, text=text, digest=bytes_identity(text.encode()), product=product, dialect=_DIALECT)
        for text in texts
    ]
    return parse_statements(requests, cache) if requests else {}


def _node(
    node: Node, through: Mapping[str, PortRead], names: Mapping[str, str], statements: Mapping[str, ParsedStatement]
) -> Node:
    reads = tuple(through[read] for read in node.reads if read in through)
    if not reads:
        return node
    found = replace(renamed_node(node, names), through=reads)
    parsed = statements.get(node.sql.text) if node.sql is not None else None
    if parsed is None or found.sql is None:
        return found
    sql = replace(found.sql, text=parsed.text, canonical=parsed.canonical, fingerprint=parsed.fingerprint)
    return replace(found, sql=replace(sql, written=found.sql.written or found.sql.text))


def _sql_test(test: SqlTest, product: str, statements: Mapping[str, ParsedStatement]) -> SqlTest:
    parsed = statements.get(test.text)
    if parsed is None:
        return test
    reads = read_addresses(parsed, product)
    return replace(test, text=parsed.text, reads=reads, fingerprint=parsed.fingerprint, written=test.text)


def _unit_test(test: UnitTest, names: Mapping[str, str], findings: list[Diagnostic]) -> UnitTest:
    """Return the test that gives rows to the datasets that its names mean."""
    given: dict[str, GivenRows] = {}
    for rows in test.given:
        dataset = names.get(rows.dataset, rows.dataset)
        if dataset in given:
            findings.append(
                Diagnostic(
                    code="MW-M241",
                    message=f"'given' names {dataset} twice: {rows.dataset} means it as well",
                    span=rows.span,
                    fix="keep one of the two",
                    object=test.dataset,
                )
            )
            continue
        given[dataset] = replace(rows, dataset=dataset)
    return replace(test, given=tuple(given.values()))


def _port(port: Port, texts: Mapping[str, str]) -> Port:
    """Return the port whose contract's rules read datasets; its document stays what was written."""
    objects = tuple(
        replace(
            item,
            quality=_rules(item.quality, texts),
            properties=tuple(replace(inner, quality=_rules(inner.quality, texts)) for inner in item.properties),
        )
        for item in port.contract.objects
    )
    return replace(port, contract=replace(port.contract, objects=objects))


def _rules(rules: tuple[QualityRule, ...], texts: Mapping[str, str]) -> tuple[QualityRule, ...]:
    return tuple(replace(rule, query=texts.get(rule.query, rule.query)) if rule.query else rule for rule in rules)
