"""Small products with contracts, rules and tests, for the tests of checks."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.diagnostics import SourceSpan
from meshwright.model import (
    Column,
    Columns,
    Contract,
    ContractObject,
    ContractProperty,
    DatasetTests,
    FileSource,
    Node,
    Operator,
    Port,
    Product,
    QualityRule,
    Scalar,
    SqlTest,
)

PRODUCT = "ops.flights"
LATE = "ops.flights.late"


def columns(**types: str) -> Columns:
    return tuple(Column(name=name, type=stored) for name, stored in types.items())


def prop(name: str, **fields: object) -> ContractProperty:
    return ContractProperty(name=name, span=SourceSpan(file="c.odcs.yaml", line=len(name), column=7), **fields)  # type: ignore[arg-type]


def port(
    *properties: ContractProperty,
    quality: tuple[QualityRule, ...] = (),
    name: str = "late",
    api_version: str = "v3.2.0",
) -> Port:
    promised = ContractObject(
        name="late", properties=properties, quality=quality, span=SourceSpan(file="c.odcs.yaml", line=1, column=1)
    )
    contract = Contract(id=name, version="1.0.0", api_version=api_version, objects=(promised,), digest=name)
    return Port(address=f"{PRODUCT}/{name}", name=name, contract=contract, datasets=(LATE,))


def library(
    metric: str, operator: Operator | None = None, bound: Scalar | tuple[Scalar, ...] = None, **fields: object
) -> QualityRule:
    return QualityRule(type="library", metric=metric, operator=operator, bound=bound, **fields)  # type: ignore[arg-type]


def query(text: str, operator: Operator | None = Operator.MUST_BE, bound: Scalar = 0, **fields: object) -> QualityRule:
    return QualityRule(type="sql", query=text, operator=operator, bound=bound, **fields)  # type: ignore[arg-type]


def product(
    *ports: Port,
    rules: tuple[QualityRule, ...] = (),
    sql_tests: tuple[SqlTest, ...] = (),
    others: Mapping[str, Node] | None = None,
) -> Product:
    def source(name: str) -> Node:
        return Node(address=f"{PRODUCT}.{name}", kind="source", source=FileSource(path="x.csv", format="csv"))

    return Product(
        address=PRODUCT,
        nodes={"late": source("late"), "raw": source("raw"), **(others or {})},
        ports={port.name: port for port in ports},
        tests=(DatasetTests(dataset=LATE, rules=rules),) if rules else (),
        sql_tests=sql_tests,
    )
