"""ODPS products: read in 1.0.0 and 1.1.0, refused with a place and a way out."""

from __future__ import annotations

import json

import pytest

from meshwright.files.standards import read_product

PRODUCT = """\
apiVersion: v1.1.0
kind: DataProduct
id: flights
name: Flights
version: 1.0.0
status: active
description:
  purpose: All flights.
tags: [core]
inputPorts:
  - {name: weather, version: 1.0.0, contractId: weather-hourly}
outputPorts:
  - name: departures
    version: 1.0.0
    contractId: operations-departures
    description: Every departure.
  - name: delays
"""
OLD = PRODUCT.replace("v1.1.0", "v1.0.0").replace("  - name: delays\n", "")


def test_a_product_is_read() -> None:
    product, findings = read_product(PRODUCT.encode(), "p.yaml")
    assert findings == ()
    assert product is not None
    assert (product.id, product.name, product.version, product.status) == ("flights", "Flights", "1.0.0", "active")
    assert (product.api_version, product.description, product.tags) == ("v1.1.0", "All flights.", ("core",))
    departures, delays = product.ports
    assert (departures.name, departures.version, departures.contract_id) == (
        "departures",
        "1.0.0",
        "operations-departures",
    )
    assert (departures.description, str(departures.span)) == ("Every departure.", "p.yaml:13:5")
    assert str(departures.contract_span) == "p.yaml:15:5"
    assert (delays.name, delays.version, delays.contract_id) == ("delays", None, None)
    assert [(port.name, port.version, port.contract_id) for port in product.input_ports] == [
        ("weather", "1.0.0", "weather-hourly")
    ]
    assert json.loads(product.document)["outputPorts"][1] == {"name": "delays"}


def test_a_product_of_1_0_is_read_by_the_schema_of_1_0() -> None:
    product, findings = read_product(OLD.encode(), "p.yaml")
    assert findings == ()
    assert product is not None
    assert product.api_version == "v1.0.0"
    _, findings = read_product(OLD.replace("status: active\n", "").encode(), "p.yaml")
    assert [(finding.code, str(finding.span)) for finding in findings] == [("MW-C004", "p.yaml:1:1")]
    product, findings = read_product((OLD + "  - name: delays\n").encode(), "p.yaml")
    assert [(finding.code, str(finding.span)) for finding in findings] == [("MW-C004", "p.yaml:17:5")]
    assert product is not None


BROKEN = [
    ("empty file", "", "MW-Y017", "1:1", "keys"),
    ("version 0.9", PRODUCT.replace("v1.1.0", "v0.9.0"), "MW-C002", "1:13", "v1.1.0"),
    ("version of the future", PRODUCT.replace("v1.1.0", "v2.0.0"), "MW-C003", "1:13", "v1.1.0"),
    ("another standard", "schema: x\nopenDataProduct: {}\n", "MW-C002", "2:1", "ODPS of Bitol"),
    ("no id", PRODUCT.replace("id: flights\n", ""), "MW-C004", "1:1", "add 'id"),
    ("empty id", PRODUCT.replace("id: flights", "id: ''"), "MW-C019", "3:5", "write the id"),
    ("wrong kind", PRODUCT.replace("DataProduct", "Product"), "MW-C007", "2:7", "DataProduct"),
    ("misspelt key", PRODUCT.replace("outputPorts", "outputports"), "MW-C005", "12:1", "did you mean 'outputPorts'"),
    ("version as a number", PRODUCT.replace("version: 1.0.0\nstatus", "version: 1\nstatus"), "MW-C006", "5:10", '"1"'),
    ("description as text", PRODUCT.replace("\n  purpose:", ""), "MW-C006", "7:14", "key: value"),
    ("port without a name", PRODUCT + "  - version: 1.0.0\n", "MW-C004", "18:5", "add 'name"),
    ("port with an empty name", PRODUCT + "  - name: ''\n", "MW-C019", "18:11", "write the name"),
    ("port twice", PRODUCT + "  - {name: departures, version: 1.0.0}\n", "MW-C041", "18:5", "version of its own"),
    ("misspelt key in a port", PRODUCT + "    contractID: x\n", "MW-C005", "18:5", "did you mean 'contractId'"),
    ("ports as a mapping", PRODUCT.replace("inputPorts:\n  - {", "inputPorts:\n    {"), "MW-C006", "11:5", "list"),
    ("not a number", PRODUCT + "customProperties: [{property: a, value: .NaN}]\n", "MW-C010", "18:41", "finite"),
]


@pytest.mark.parametrize(("text", "code", "place", "fix"), [case[1:] for case in BROKEN], ids=[c[0] for c in BROKEN])
def test_a_mistake_is_one_finding(text: str, code: str, place: str, fix: str) -> None:
    _, findings = read_product(text.encode(), "p.yaml")
    assert [(finding.code, str(finding.span)) for finding in findings] == [(code, f"p.yaml:{place}")]
    assert findings[0].fix is not None
    assert fix in findings[0].fix


def test_one_port_may_have_two_versions() -> None:
    product, findings = read_product((PRODUCT + "  - {name: departures, version: 2.0.0}\n").encode(), "p.yaml")
    assert findings == ()
    assert product is not None
    assert len(product.ports) == 3


def test_a_product_with_a_nameless_port_is_not_given() -> None:
    product, findings = read_product((PRODUCT + "  - version: 1.0.0\n").encode(), "p.yaml")
    assert product is None
    assert findings
