"""Overrides are read as their parameter's type, or refused."""

from __future__ import annotations

import datetime as dt

import pytest

from meshwright.model import (
    ByAppending,
    ByInterval,
    Calendar,
    Domain,
    Grain,
    Incremental,
    Mesh,
    Node,
    Product,
    Scalar,
    SqlModel,
)
from meshwright.model.mesh import Parameter
from meshwright.model.parameters import (
    interval_params,
    parameter_types,
    parameter_values,
    resolved_parameters,
    typed_value,
    with_interval,
)


def of_type(kind: str) -> Parameter:
    return Parameter(name="least", value=None, type=kind)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "5", 5),
        ("integer", "-12", -12),
        ("integer", " +7 ", 7),
        ("integer", "007", 7),
        ("number", "5", 5.0),
        ("number", "-.5", -0.5),
        ("number", "5.", 5.0),
        ("number", "1e-3", 0.001),
        ("boolean", "TRUE", True),
        ("boolean", "0", False),
        ("string", "", ""),
        ("string", "nan", "nan"),
        ("date", "2026-01-31", "2026-01-31"),
        ("timestamp", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
    ],
)
def test_a_text_is_read_as_its_type(kind: str, text: str, value: Scalar) -> None:
    read = typed_value(text, of_type(kind))
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *[
            ("integer", text)
            for text in ("", " ", "1_0", "1.0", "1e3", "0x10", "five", "nan", "\u0663", "--1", "1 0", f"{2**63}")
        ],
        *[
            ("number", text)
            for text in ("", "nan", "NaN", "inf", "-inf", "Infinity", "1_0.5", "1e999", ".", "e5", "1,5")
        ],
        *[("boolean", text) for text in ("", "yes", "2")],
        *[("date", text) for text in ("", "2026-02-30", "31.01.2026")],
        *[("timestamp", text) for text in ("", "noon")],
    ],
)
def test_a_text_that_is_no_value_of_the_type_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=rf"^parameter 'least' takes a value of type {kind}, not "):
        typed_value(text, of_type(kind))


def test_names_that_nobody_declared_have_no_value() -> None:
    declared = {"least": (Parameter(name="least", value=3, type="integer"), "mesh")}
    assert parameter_values(declared, ("least", "", "other"), {}) == {"least": 3}
    assert parameter_values(declared, (), {"least": "4"}) == {}
    assert parameter_values(declared, ("least",), {"": "1", "least": "4"}) == {"least": 4}


START, END = (
    dt.datetime(2013, 1, 1, tzinfo=dt.UTC),
    dt.datetime(2013, 1, 2, 0, 30, tzinfo=dt.timezone(dt.timedelta(hours=1))),
)
CUT = ByInterval(by="t", calendar=Calendar(grain=Grain.DAY))


def model(incremental: Incremental | None, *params: str) -> Node:
    sql = SqlModel(text="", dialect="duckdb", fingerprint="", canonical="", reads=(), params=params)
    return Node(address="d.p.a", kind="sql", sql=sql, incremental=incremental)


def mesh() -> Mesh:
    params = {name: Parameter(name=name, value=5, type="integer") for name in ("start", "end", "least")}
    domain = Domain(name="d", purpose="", owners=(), products={"p": Product(address="d.p", nodes={}, params=params)})
    return Mesh(name="m", domains={"d": domain})


def test_the_moments_of_an_interval_are_timestamps_of_utc_without_an_offset() -> None:
    values, types = interval_params(START, END)
    assert dict(values) == {"start": "2013-01-01T00:00:00", "end": "2013-01-01T23:30:00"}
    assert dict(types) == {"start": "timestamp", "end": "timestamp"}


def test_a_node_in_intervals_never_takes_start_and_end_from_the_mesh() -> None:
    node = model(CUT, "end", "least", "start")
    assert resolved_parameters(mesh(), node, {"start": "7"}) == {"least": 5}
    assert parameter_types(mesh(), node) == {"least": "integer"}
    values, types = with_interval(node, (START, END), {"least": 5}, {"least": "integer"})
    assert values == {"least": 5, "start": "2013-01-01T00:00:00", "end": "2013-01-01T23:30:00"}
    assert types == {"least": "integer", "start": "timestamp", "end": "timestamp"}


def test_a_node_is_told_of_its_interval_what_it_asks_for() -> None:
    assert with_interval(model(CUT, "end"), (START, END), {}, {})[0] == {"end": "2013-01-01T23:30:00"}
    assert with_interval(model(CUT, "least"), (START, END), {"least": 5}, {}) == ({"least": 5}, {})
    appending = model(ByAppending(), "start")
    assert with_interval(appending, (START, END), {"start": 7}, {}) == ({"start": 7}, {})
    assert resolved_parameters(mesh(), appending, {"start": "7"}) == {"start": 7}
