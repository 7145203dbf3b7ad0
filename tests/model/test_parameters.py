"""Overrides are read as their parameter's type, or refused."""

from __future__ import annotations

import pytest

from meshwright.model import Scalar
from meshwright.model.mesh import Parameter
from meshwright.model.parameters import parameter_values, typed_value


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
