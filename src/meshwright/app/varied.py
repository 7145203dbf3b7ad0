"""The rules that hold for the datasets of a variation: those of its product, with the variation's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.checks.compile import compile_checks
from meshwright.checks.queries import Parse
from meshwright.checks.spec import CheckSpec, varied_spec
from meshwright.model import Mesh, Product, Scalar, plain_address
from meshwright.model.parameters import declared_parameters


def varied_checks(
    mesh: Mesh, derived: Product, values: Mapping[str, Scalar], parse: Parse
) -> dict[str, tuple[CheckSpec, ...]]:
    """Return the rules of a variation's datasets: ``tests:`` and test files, not contracts, for it has no ports."""
    product = mesh.product(plain_address(derived.address))
    assert product is not None  # a variation is derived from one
    types = {name: parameter.type for name, (parameter, _) in declared_parameters(mesh, derived.address).items()}
    portless = replace(product, ports=MappingProxyType({}))
    compiled = compile_checks(portless, values, param_types=types, parse=parse)
    names = {plain_address(dataset): dataset for dataset in derived.datasets}
    return {
        names[dataset]: tuple(varied_spec(spec, names) for spec in specs)
        for dataset, specs in compiled.items()
        if dataset in names
    }
