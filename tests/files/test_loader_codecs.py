"""What the parse cache keeps comes back as it went in."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan
from meshwright.files.codecs.contracts import decode_contract, decode_rules, encode_contract, encode_rules
from meshwright.files.codecs.products import decode_product, encode_product
from meshwright.files.codecs.statements import decode_statement, encode_statement
from meshwright.files.standards import InputPort, OutputPort, ProductDocument
from meshwright.model import (
    Action,
    Contract,
    ContractObject,
    ContractProperty,
    Operator,
    QualityRule,
    SlaProperty,
)
from meshwright.sql import FunctionUse, ParsedStatement, SqlProblem, TableReference

FEW = settings(max_examples=40, deadline=None)

texts = st.text(max_size=8)
maybe_text = st.none() | texts
counts = st.integers(1, 10**6)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
frozen = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(texts, inner, max_size=3).map(MappingProxyType)
    ),
    max_leaves=6,
)
maps = st.dictionaries(texts, frozen, max_size=3).map(MappingProxyType)
spans = st.builds(SourceSpan, file=texts, line=counts, column=counts)
maybe_span = st.none() | spans


def several(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


findings = several(
    st.builds(
        Diagnostic,
        code=st.sampled_from(["MW-M101", "MW-M008"]),
        message=texts,
        span=maybe_span,
        fix=maybe_text,
        severity=st.sampled_from(Severity),
        object=maybe_text,
    )
)
rules = st.builds(
    QualityRule,
    type=st.sampled_from(["library", "sql", "text", "custom"]),
    metric=maybe_text,
    column=maybe_text,
    query=maybe_text,
    arguments=maps,
    operator=st.none() | st.sampled_from(Operator),
    bound=scalars | st.tuples(scalars, scalars),
    unit=st.sampled_from(["rows", "percent"]),
    action=st.sampled_from(Action),
    id=maybe_text,
    name=maybe_text,
    description=maybe_text,
    engine=maybe_text,
    span=maybe_span,
)
properties = st.builds(
    ContractProperty,
    name=texts,
    logical_type=maybe_text,
    physical_type=maybe_text,
    logical_type_options=maps,
    is_required=st.booleans(),
    is_unique=st.booleans(),
    is_primary_key=st.booleans(),
    primary_key_position=st.none() | counts,
    classification=maybe_text,
    enum=several(scalars),
    description=maybe_text,
    tags=several(texts),
    quality=several(rules),
    span=maybe_span,
)
contracts = st.builds(
    Contract,
    id=texts,
    version=texts,
    api_version=texts,
    name=maybe_text,
    status=maybe_text,
    description=maybe_text,
    tags=several(texts),
    objects=several(
        st.builds(
            ContractObject,
            name=texts,
            properties=several(properties),
            quality=several(rules),
            description=maybe_text,
            tags=several(texts),
            span=maybe_span,
        )
    ),
    sla=several(
        st.builds(
            SlaProperty,
            property=texts,
            value=scalars,
            unit=maybe_text,
            element=maybe_text,
            driver=maybe_text,
            description=maybe_text,
            span=maybe_span,
        )
    ),
    digest=texts,
    document=texts,
    span=maybe_span,
)
documents = st.builds(
    ProductDocument,
    id=texts,
    api_version=texts,
    name=maybe_text,
    version=maybe_text,
    status=maybe_text,
    description=maybe_text,
    tags=several(texts),
    ports=several(
        st.builds(
            OutputPort,
            name=texts,
            version=maybe_text,
            contract_id=maybe_text,
            description=maybe_text,
            span=maybe_span,
            contract_span=maybe_span,
        )
    ),
    input_ports=several(st.builds(InputPort, name=texts, version=maybe_text, contract_id=maybe_text, span=maybe_span)),
    document=texts,
    span=maybe_span,
)
problems = several(st.builds(SqlProblem, code=texts, message=texts, line=counts, column=counts, fix=maybe_text))
statements = st.builds(
    ParsedStatement,
    text=texts,
    dialect=st.just("duckdb"),
    canonical=texts,
    fingerprint=texts,
    tables=several(st.builds(TableReference, parts=several(texts), line=counts, column=counts)),
    params=several(texts),
    problems=problems,
    impure=several(st.builds(FunctionUse, name=texts, line=counts, column=counts)),
    warnings=problems,
    starred=st.booleans(),
)


@FEW
@given(st.none() | contracts, findings)
def test_contracts_come_back_as_they_were(contract: Contract | None, found: tuple[Diagnostic, ...]) -> None:
    back, said = decode_contract(encode_contract((contract, found)))
    assert (back, said) == (contract, found)
    # 1, 1.0 and True are equal to Python and different to a check.
    assert repr(back) == repr(contract)


@FEW
@given(st.dictionaries(texts, st.tuples(several(rules), findings), max_size=2))
def test_rules_come_back_as_they_were(
    read: dict[str, tuple[tuple[QualityRule, ...], tuple[Diagnostic, ...]]],
) -> None:
    assert repr(decode_rules(encode_rules(read))) == repr(read)


@FEW
@given(st.none() | documents, findings)
def test_products_come_back_as_they_were(document: ProductDocument | None, found: tuple[Diagnostic, ...]) -> None:
    assert decode_product(encode_product((document, found))) == (document, found)


@FEW
@given(statements)
def test_statements_come_back_as_they_were(parsed: ParsedStatement) -> None:
    assert decode_statement(encode_statement(parsed), text=parsed.text, dialect=parsed.dialect) == parsed


@pytest.mark.parametrize("damaged", ["", "[]", "{}", "null", "[1,2,3,4,5,6,7,8]", "[[[]]", '"x"'])
def test_what_is_damaged_is_a_value_or_type_error(damaged: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        decode_statement(damaged, text="", dialect="duckdb")
    with pytest.raises((ValueError, TypeError)):
        decode_contract(damaged)
