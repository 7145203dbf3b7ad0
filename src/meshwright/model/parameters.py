"""Parameter values: one precedence rule, and the type that a value must fit."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping

from meshwright.model.mesh import Mesh, Node, Parameter
from meshwright.model.names import domain_of, product_of
from meshwright.model.rules import Scalar

#: Numbers as people write them: Python's own reading also takes ``1_0``, ``nan``, ``inf`` and digits of other scripts.
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TRUE, _FALSE = {"true", "1"}, {"false", "0"}


def declared_parameters(
    mesh: Mesh, product_address: str, node: Node | None = None
) -> Mapping[str, tuple[Parameter, str]]:
    """Return the parameters that hold in a product (or node): name -> (declaration that wins, its level).

    Levels from strong to weak: node, pipeline, domain, mesh.
    """
    domain = mesh.domains[domain_of(product_address)]
    product = mesh.product(product_address)
    found: dict[str, tuple[Parameter, str]] = {}
    levels = (
        (mesh.params, "mesh"),
        (domain.params, f"domain {domain.name}"),
        (product.params if product else {}, f"pipeline {product_address}"),
        (node.params if node else {}, f"node {node.address}" if node else ""),
    )
    for parameters, level in levels:
        found.update({name: (parameter, level) for name, parameter in parameters.items()})
    return found


def resolved_parameters(mesh: Mesh, node: Node, overrides: Mapping[str, str]) -> Mapping[str, Scalar]:
    """Return the values of the parameters that a node's SQL reads, run overrides first.

    Raises ValueError (saying why) where an override does not fit its parameter's type.
    """
    if node.sql is None or not node.sql.params:
        return {}
    declared = declared_parameters(mesh, product_of(node.address), node)
    return parameter_values(declared, node.sql.params, overrides)


def parameter_types(mesh: Mesh, node: Node) -> Mapping[str, str]:
    """Return the declared types of the parameters that a node's SQL reads."""
    if node.sql is None or not node.sql.params:
        return {}
    declared = declared_parameters(mesh, product_of(node.address), node)
    return {name: declared[name][0].type for name in node.sql.params if name in declared}


def parameter_values(
    declared: Mapping[str, tuple[Parameter, str]], names: tuple[str, ...], overrides: Mapping[str, str]
) -> Mapping[str, Scalar]:
    """Return the values of `names` among `declared`; an override is read as its parameter's type."""
    values: dict[str, Scalar] = {}
    for name in names:
        if name not in declared:
            continue  # the loader has reported it
        parameter, _ = declared[name]
        values[name] = typed_value(overrides[name], parameter) if name in overrides else parameter.value
    return values


def typed_value(text: str, parameter: Parameter) -> Scalar:
    """Read the text of an override as a value of the parameter's type. Raises ValueError saying what was expected."""
    try:
        match parameter.type:
            case "integer":
                return _whole(text)
            case "number":
                return _number(text)
            case "boolean":
                return _boolean(text)
            case "date":
                return dt.date.fromisoformat(text).isoformat()
            case "timestamp":
                dt.datetime.fromisoformat(text)
                return text
    except ValueError:
        raise ValueError(f"parameter {parameter.name!r} takes a value of type {parameter.type}, not {text!r}") from None
    return text


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text.strip()):
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text.strip()) or not math.isfinite(value := float(text)):
        raise ValueError(text)
    return value


def _boolean(text: str) -> bool:
    folded = text.strip().lower()
    if folded not in _TRUE | _FALSE:
        raise ValueError(text)
    return folded in _TRUE
