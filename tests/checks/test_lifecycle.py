"""Who reads what goes away is told, where it is read."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from meshwright.checks.lifecycle import lifecycle_findings
from meshwright.diagnostics import Severity, SourceSpan
from meshwright.model import (
    Consumer,
    Contract,
    Domain,
    Frame,
    Mesh,
    Node,
    Port,
    Product,
    PythonInput,
    PythonModel,
    SlaProperty,
    SqlModel,
    SqlTest,
)

LATE = "ops.flights.late"
FILE = "domains/biz/one/models/x.sql"


def model(text: str) -> SqlModel:
    return SqlModel(text=text, dialect="duckdb", fingerprint="f", canonical=text, reads=(LATE,))


def reader(text: str = f"select 1\nfrom {LATE}") -> Node:
    return Node(address="biz.one.x", kind="sql", sql=model(text), span=SourceSpan(file=FILE))


def port(name: str = "late", status: str | None = "active", **more: Any) -> Port:
    contract = Contract(id=f"c-{name}", version="1.0.0", api_version="v3.2.0", status=status, **more)
    return Port(address=f"ops.flights/{name}", name=name, contract=contract, datasets=(LATE,))


def mesh(
    *ports: Port,
    status: str | None = "active",
    own: Node | None = None,
    consumers: tuple[Consumer, ...] = (),
    description: str | None = None,
    **one: Any,
) -> Mesh:
    node = own or reader()
    late = Node(
        address=LATE,
        kind="sql",
        sql=SqlModel(text="select 1", dialect="duckdb", fingerprint="f", canonical="", reads=()),
    )
    flights = Product(
        address="ops.flights", nodes={"late": late}, ports={each.name: each for each in ports}, status=status,
        consumers=consumers, description=description,
    )  # fmt: skip
    product = Product(address="biz.one", nodes={"x": node}, **one)
    return Mesh(
        name="test",
        domains={
            "ops": Domain(name="ops", purpose="p", owners=("team:ops",), products={"flights": flights}),
            "biz": Domain(name="biz", purpose="p", owners=("team:biz",), products={"one": product}),
        },
    )


def told(found: Mesh, agreed: Collection[str] = ()) -> list[tuple[str, Severity]]:
    return [(one.code, one.severity) for one in lifecycle_findings(found, agreed)]


DEPRECATED = [("MW-P313", Severity.WARNING)]
RETIRED = [("MW-P314", Severity.ERROR)]


@pytest.mark.parametrize(
    ("contract", "product", "expected"),
    [
        ("active", "active", []),
        ("draft", "proposed", []),
        (None, None, []),
        ("deprecated", "active", DEPRECATED),
        ("Deprecated", None, DEPRECATED),
        ("active", "deprecated", DEPRECATED),
        ("retired", "active", RETIRED),
        ("deprecated", "retired", RETIRED),
        ("active", "retired", RETIRED),
    ],
)
def test_a_port_is_what_its_contract_says_or_its_product_where_that_is_less(
    contract: str | None, product: str | None, expected: list[tuple[str, Severity]]
) -> None:
    assert told(mesh(port(status=contract), status=product)) == expected


def test_what_was_agreed_to_is_a_warning() -> None:
    found = mesh(port(status="retired"))
    assert told(found, {"ops.flights/late"}) == [("MW-P314", Severity.WARNING)]
    assert told(found, {"ops.flights/other"}) == RETIRED


def test_one_port_that_stays_is_enough_unless_another_is_named() -> None:
    ports = (port(status="retired"), port("new"))
    assert told(mesh(*ports)) == []
    assert told(mesh(port(status="retired"), port("new", status="deprecated"))) == DEPRECATED
    named = json.dumps({"inputPorts": [{"name": "l", "contractId": "c-late"}]})
    assert told(mesh(*ports, document=named)) == RETIRED
    other = json.dumps({"inputPorts": [{"name": "l", "contractId": "c-new"}]})
    assert told(mesh(*ports, document=other)) == []


def test_a_dataset_without_a_port_is_as_its_product() -> None:
    assert told(mesh(status="retired")) == RETIRED
    assert told(mesh(status="active")) == []


def test_a_retired_reader_and_the_product_itself_are_not_told() -> None:
    assert told(mesh(port(status="retired"), **{"own": reader(), "name": "One"})) == RETIRED
    retired = mesh(port(status="retired"))
    one = replace(retired.domains["biz"].products["one"], status="retired")
    biz = replace(retired.domains["biz"], products={"one": one})
    assert told(replace(retired, domains={**retired.domains, "biz": biz})) == []
    inside = mesh(port(status="retired"), own=reader("select 1"))
    again = Node(address="ops.flights.again", kind="sql", sql=model(f"select 1 from {LATE}"))
    flights = inside.domains["ops"].products["flights"]
    ops = replace(
        inside.domains["ops"], products={"flights": replace(flights, nodes={**flights.nodes, "again": again})}
    )
    assert [found.object for found in lifecycle_findings(replace(inside, domains={"ops": ops}), ())] == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"select 1\nfrom {LATE}", (2, 6)),
        ('select 1 from "ops"."flights".late', (1, 15)),
        ("select 1 from OPS.flights . Late as l", (1, 15)),
        ("select 1 from elsewhere", (1, 1)),
    ],
)
def test_the_place_is_where_the_query_names_the_dataset(text: str, place: tuple[int, int]) -> None:
    (found,) = lifecycle_findings(mesh(port(status="deprecated"), own=reader(text)), ())
    assert found.span == SourceSpan(file=FILE, line=place[0], column=place[1])
    assert found.object == "biz.one.x"


def test_a_python_node_is_told_where_its_input_is_listed() -> None:
    span = SourceSpan(file="pipeline.yaml", line=4, column=9)
    given = PythonInput(argument="late", dataset=LATE, frame=Frame.ARROW, span=span)
    python = PythonModel(file="x.py", function="f", inputs=(given,), fingerprint="f", definition="")
    node = Node(address="biz.one.x", kind="python", python=python, span=SourceSpan(file="pipeline.yaml"))
    (found,) = lifecycle_findings(mesh(port(status="deprecated"), own=node), ())
    assert found.span == span


def test_a_test_that_reads_what_is_retired_is_warned() -> None:
    test = SqlTest(
        name="t", dataset="biz.one.x", text=f"select 1 from {LATE}", reads=("biz.one.x", LATE), fingerprint="f",
        span=SourceSpan(file="t.sql"),
    )  # fmt: skip
    plain = Node(address="biz.one.x", kind="sql", sql=replace(model("select 1"), reads=()))
    assert told(mesh(port(status="retired"), own=plain, sql_tests=(test,))) == [("MW-P314", Severity.WARNING)]


def test_the_message_tells_until_when_what_to_do_and_whom_to_ask() -> None:
    going = port(
        status="deprecated",
        description="Late flights.\nLimitations: Deprecated since March, read late_2 instead. Sorry.",
        sla=(SlaProperty(property="endOfSupport", value="2027-01-31"), SlaProperty(property="latency", value=1)),
    )
    (found,) = lifecycle_findings(mesh(going), ())
    assert found.message == (
        "'biz.one.x' reads ops.flights.late (port ops.flights/late), which is deprecated (endOfSupport 2027-01-31): "
        "Limitations: Deprecated since March, read late_2 instead."
    )
    assert found.fix == "read what takes its place; ask its owners (team:ops)"


def test_ports_that_stay_are_named() -> None:
    named = json.dumps({"inputPorts": [{"name": "l", "contractId": "c-late"}]})
    (found,) = lifecycle_findings(mesh(port(status="deprecated"), port("new"), document=named), ())
    assert found.fix == "read what takes its place (ops.flights/new); ask its owners (team:ops)"


def test_other_ports_of_the_product_are_named_where_none_has_the_dataset() -> None:
    elsewhere = replace(port("days"), datasets=("ops.flights.days",))
    (found,) = lifecycle_findings(mesh(port(status="deprecated"), elsewhere), ())
    assert found.fix == "read what takes its place (ops.flights/days); ask its owners (team:ops)"


@pytest.mark.parametrize(("status", "expected"), [("deprecated", 1), ("retired", 1), ("active", 0)])
def test_declared_consumers_are_told_of(status: str, expected: int) -> None:
    board = Consumer(
        name="board", kind="dashboard", owner="team:board", uses=(("ops.flights/late", ()),),
        span=SourceSpan(file="consumers.yaml", line=2),
    )  # fmt: skip
    found = [
        one for one in lifecycle_findings(mesh(port(status=status), consumers=(board,)), ()) if one.code == "MW-P315"
    ]
    assert len(found) == expected
    for one in found:
        assert one.message == f"dashboard board (team:board) uses ops.flights/late, which is {status}"
        assert (one.severity, str(one.span)) == (Severity.WARNING, "consumers.yaml:2:1")
