"""Parameters that nothing uses: declared, and read by no code and no rule below the level that declares them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshwright.checks.spec import CheckSpec
from meshwright.diagnostics import Diagnostic, Severity
from meshwright.model import Mesh, Parameter, Product


def unused_parameters(
    mesh: Mesh, checks: Mapping[str, tuple[CheckSpec, ...]], broken: frozenset[str]
) -> tuple[Diagnostic, ...]:
    """Return a warning for each parameter that nothing uses. `checks` is dataset -> its compiled rules.

    Nothing is said while anything in the mesh is `broken`: it may use what it could not be read to use.
    """
    if broken:
        return ()
    by_product = {product.address: _used(product, checks) for product in mesh.products()}
    found: list[Diagnostic] = []
    provided = frozenset(name for use in mesh.provisions for name in use.params)
    found += _unused(mesh.params, provided.union(*by_product.values()), "the mesh", None)
    for domain in mesh.domains.values():
        products = domain.products.values()
        used = frozenset().union(*(by_product[product.address] for product in products))
        found += _unused(domain.params, used, f"domain {domain.name}", domain.name)
        for product in products:
            found += _unused(
                product.params, by_product[product.address], f"pipeline {product.address}", product.address
            )
            for node in product.nodes.values():
                if node.origin is not None:  # a component's, of which each node uses some
                    continue
                found += _unused(node.params, frozenset(node.param_names), f"node {node.address}", node.address)
    return tuple(found)


def _used(product: Product, checks: Mapping[str, tuple[CheckSpec, ...]]) -> frozenset[str]:
    """Names of the parameters that the product's nodes, tests and rules use."""
    return frozenset(
        (
            *(name for node in product.nodes.values() for name in node.outer_param_names),
            *(name for test in product.sql_tests for name in test.params),
            *(name for dataset in product.datasets for spec in checks.get(dataset, ()) for name in spec.params),
        )
    )


def _unused(
    parameters: Mapping[str, Parameter], used: frozenset[str], level: str, address: str | None
) -> Iterator[Diagnostic]:
    for name, parameter in parameters.items():
        if name not in used and parameter.value is not None:
            yield Diagnostic(
                code="MW-G107",
                message=f"parameter '{name}' of {level} is used by nothing",
                span=parameter.span,
                fix=f"use it as ${name}, or remove it",
                severity=Severity.WARNING,
                object=address,
            )
