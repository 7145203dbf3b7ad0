"""Names and addresses: what a thing may be called and how it is written in full.

Addresses are plain strings everywhere: dataset ``domain.product.dataset``, product ``domain.product``,
port ``domain.product/port``; of a variation ``domain.product.dataset@variation`` and ``domain.product@variation``.
An address without the variation is called *plain*.
"""

from __future__ import annotations

import re

#: Names of domains, products, datasets, ports, nodes, parameters and components.
NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,47}")
#: Names of environments and variations may also hold a hyphen.
ENVIRONMENT_PATTERN = re.compile(r"[a-z][a-z0-9_-]{0,47}")
#: Names that engines or the mesh itself use.
RESERVED_NAMES = frozenset({"main", "system", "temp", "memory", "mesh", "default", "information_schema", "pg_catalog"})

#: Between a node that is a component and what lies inside of it.
COMPONENT_SIGN = "__"
#: Of what lies inside of components in components; every name that people write is shorter.
LONGEST_DATASET_NAME = 200
#: Between an address and the name of a variation.
VARIATION_SIGN = "@"


def name_problem(name: str) -> str | None:
    """Say why `name` cannot name a domain, product, dataset, port, node or parameter; None where it can."""
    if not NAME_PATTERN.fullmatch(name):
        return "a name is a lower-case letter, then up to 47 lower-case letters, digits or underscores"
    if "__" in name:
        return "a name holds no double underscore"
    if name in RESERVED_NAMES:
        return f"{name!r} is reserved"
    return None


def dataset_name_problem(name: str) -> str | None:
    """Say why `name` cannot be the last part of a dataset's address; None where it can.

    What lies inside a component is called after the node that uses it: ``per_carrier__ranked``.
    """
    if len(name) > LONGEST_DATASET_NAME:
        return f"a name has at most {LONGEST_DATASET_NAME} characters"
    first, *inner = name.split(COMPONENT_SIGN)
    return next((problem for part in (first, *inner) if (problem := name_problem(part))), None)


def product_of(dataset: str) -> str:
    """Return the product address of a dataset address; that of a variation's dataset is the variation's."""
    plain, sign, variation = dataset.partition(VARIATION_SIGN)
    product = plain.rpartition(".")[0]
    return f"{product}{sign}{variation}" if sign else product


def product_of_object(address: str) -> str:
    """Return the product that a dataset, a port or a product itself belongs to."""
    if "/" in address:
        return address.partition("/")[0]
    return product_of(address) if plain_address(address).count(".") == 2 else address


def domain_of(address: str) -> str:
    """Return the domain of a dataset, product or port address."""
    return address.partition(".")[0]


def dataset_name(dataset: str) -> str:
    """Return the last part of a dataset address, without the variation."""
    return plain_address(dataset).rpartition(".")[2]


def dataset_address(product: str, name: str) -> str:
    """Return the address of dataset `name` of a product, or of a variation of a product."""
    plain, sign, variation = product.partition(VARIATION_SIGN)
    return f"{plain}.{name}{sign}{variation}"


def plain_address(address: str) -> str:
    """Return the address without its variation: what SQL calls the thing, and what its versions are called by."""
    return address.partition(VARIATION_SIGN)[0]


def variation_of(address: str) -> str | None:
    """Return the name of the variation that a dataset or product address names, None for a plain one."""
    return address.partition(VARIATION_SIGN)[2] or None


def varied_address(address: str, variation: str | None) -> str:
    """Return the plain `address` as that of `variation`; as it is for None."""
    return f"{address}{VARIATION_SIGN}{variation}" if variation else address


def port_address(product: str, port: str) -> str:
    """Return the address of a product's port."""
    return f"{product}/{port}"
