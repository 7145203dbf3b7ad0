"""Parameter values: one precedence rule, and the type that a value must fit; beside them those of an interval."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import replace

from meshwright.frozen import dataclass
from meshwright.model.components import ComponentOrigin
from meshwright.model.incremental import INTERVAL_PARAMETERS
from meshwright.model.items import ITEM_PARAMETER, ItemOf
from meshwright.model.mesh import Mesh, Node, Parameter
from meshwright.model.names import domain_of, plain_address, product_of, variation_of
from meshwright.model.rules import Scalar

#: Type of a component's parameter whose value is a reference, ``${vault:kv/salts#shop}``: what it leads to is known to the
#: call that needs it, and to nothing that is kept.
SECRET_TYPE = "secret"  # noqa: S105 - the name of a type
#: Values of a parameter of type integer.
INTEGERS = range(-(2**63), 2**63)
#: Numbers as people write them: Python's own reading also takes ``1_0``, ``nan``, ``inf`` and digits of other scripts.
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TRUE, _FALSE = {"true", "1"}, {"false", "0"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What one level says of a parameter."""

    #: In words: ``mesh``, ``domain sales``, ``pipeline sales.orders``, ``node sales.orders.raw``, ``environment qa``,
    #: ``variation canary of sales.orders``.
    level: str
    #: Typed as declared; `span` is where this level writes it.
    parameter: Parameter


def parameter_settings(mesh: Mesh, product_address: str, node: Node | None = None) -> Mapping[str, tuple[Setting, ...]]:
    """Return what the levels say of each parameter that holds in a product (or node), the weakest first.

    From weak to strong: mesh, domain, pipeline, node, environment, variation; a run's overrides stand above them
    all. Environments and variations set values of what is declared below them, they declare nothing. A node of a
    component sees what its use binds, else the component's own defaults, and nothing else.
    """
    if node is not None and node.item is not None:
        others = parameter_settings(mesh, product_address, replace(node, item=None))
        return {**others, ITEM_PARAMETER: (_item_setting(node.item),)}
    if node is not None and node.origin is not None:
        return _component_settings(mesh, product_address, node, node.origin)
    plain = plain_address(product_address)
    domain = mesh.domains[domain_of(plain)]
    product = mesh.product(plain)
    found: dict[str, tuple[Setting, ...]] = {}
    for level, parameters in (
        ("mesh", mesh.params),
        (f"domain {domain.name}", domain.params),
        (f"pipeline {plain}", product.params if product else {}),
        (f"node {plain_address(node.address)}" if node else "", node.params if node else {}),
    ):
        for name, parameter in parameters.items():
            found[name] = (*found.get(name, ()), Setting(level=level, parameter=parameter))
    variation = product.variations.get(variation_of(product_address) or "") if product else None
    for level, overrides in (
        (f"environment {mesh.environment}", mesh.environment_params.get(mesh.environment, {})),
        (f"variation {variation.name} of {plain}" if variation else "", variation.params if variation else {}),
    ):
        for name, override in overrides.items():
            if name in found:
                value = overriding_value(found[name][-1].parameter, override)
                found[name] = (*found[name], Setting(level=level, parameter=value))
    return found


def _item_setting(item: ItemOf) -> Setting:
    """Return what says which item a node is for; no other level has a say."""
    parameter = Parameter(name=ITEM_PARAMETER, value=item.value, type=item.type, span=item.span)
    return Setting(level=f"node {plain_address(item.node)}", parameter=parameter)


def _component_settings(
    mesh: Mesh, product_address: str, node: Node, origin: ComponentOrigin
) -> Mapping[str, tuple[Setting, ...]]:
    found: dict[str, tuple[Setting, ...]] = {}
    outside = parameter_settings(mesh, product_address) if origin.references else {}
    for name, parameter in node.params.items():
        reference = origin.references.get(name)
        if reference is not None and reference in outside:
            found[name] = outside[reference]
            continue
        level = f"node {origin.node}" if name in origin.given else f"component {origin.label}"
        found[name] = (Setting(level=level, parameter=parameter),)
    return found


def overriding_value(declared: Parameter, override: Parameter) -> Parameter:
    """Return a declared parameter with the value, and the place, of a stronger level."""
    value = override.value
    if declared.type == "number" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)  # as the declaration holds it: 1 and 1.0 mean the same version
    return replace(declared, value=value, span=override.span)


def declared_parameters(
    mesh: Mesh, product_address: str, node: Node | None = None
) -> Mapping[str, tuple[Parameter, str]]:
    """Return the parameters that hold in a product (or node): name -> (the setting that wins, its level)."""
    settings = parameter_settings(mesh, product_address, node)
    return {name: (found[-1].parameter, found[-1].level) for name, found in settings.items()}


def resolved_parameters(mesh: Mesh, node: Node, overrides: Mapping[str, str]) -> Mapping[str, Scalar]:
    """Return the values of the parameters that a node's code uses, run overrides first.

    Raises ValueError (saying why) where an override does not fit its parameter's type.
    """
    if not node.param_names:
        return {}
    declared = declared_parameters(mesh, product_of(node.address), node)
    return parameter_values(declared, node.param_names, node_overrides(node, overrides))


def node_overrides(node: Node, overrides: Mapping[str, str]) -> Mapping[str, str]:
    """Return a run's overrides, which speak of products' parameters, by the names that the node's code uses."""
    if node.item is not None:
        overrides = {name: value for name, value in overrides.items() if name != ITEM_PARAMETER}
    if node.origin is None:
        return overrides
    references = node.origin.references
    return {name: overrides[outer] for name, outer in references.items() if outer in overrides}


def secret_names(types: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the parameters that are secrets, sorted; `types` as `parameter_types` gives them."""
    return tuple(sorted(name for name, kind in types.items() if kind == SECRET_TYPE))


def parameter_types(mesh: Mesh, node: Node) -> Mapping[str, str]:
    """Return the declared types of the parameters that a node's code uses."""
    if not node.param_names:
        return {}
    declared = declared_parameters(mesh, product_of(node.address), node)
    return {name: declared[name][0].type for name in node.param_names if name in declared}


def interval_params(start: dt.datetime, end: dt.datetime) -> tuple[Mapping[str, Scalar], Mapping[str, str]]:
    """Return the values and the types of `INTERVAL_PARAMETERS` for the interval [start, end), given as aware moments.

    Values are ISO texts in UTC without an offset, so that engines take them for TIMESTAMP.
    """
    moments = (start, end)
    texts = (moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat() for moment in moments)
    return dict(zip(INTERVAL_PARAMETERS, texts, strict=True)), dict.fromkeys(INTERVAL_PARAMETERS, "timestamp")


def with_interval(
    node: Node,
    interval: tuple[dt.datetime, dt.datetime],
    params: Mapping[str, Scalar],
    types: Mapping[str, str],
) -> tuple[Mapping[str, Scalar], Mapping[str, str]]:
    """Return values and types of a node's parameters, with those of the interval that its code uses."""
    if not node.interval_param_names:
        return params, types
    values, kinds = interval_params(*interval)
    used = node.interval_param_names
    return {**params, **{name: values[name] for name in used}}, {**types, **{name: kinds[name] for name in used}}


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
    if not _WHOLE.fullmatch(text.strip()) or (value := int(text)) not in INTEGERS:
        raise ValueError(text)
    return value


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text.strip()) or not math.isfinite(value := float(text)):
        raise ValueError(text)
    return value


def _boolean(text: str) -> bool:
    folded = text.strip().lower()
    if folded not in _TRUE | _FALSE:
        raise ValueError(text)
    return folded in _TRUE
