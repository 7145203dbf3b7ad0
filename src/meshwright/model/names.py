"""Names and addresses: what a thing may be called and how it is written in full.

Addresses are plain strings everywhere: dataset ``domain.product.dataset``, product ``domain.product``,
port ``domain.product/port``.
"""

from __future__ import annotations

import re

#: Names of domains, products, datasets, ports, nodes, parameters and components.
NAME_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,47}")
#: Names of environments and variations may also hold a hyphen.
ENVIRONMENT_PATTERN = re.compile(r"[a-z][a-z0-9_-]{0,47}")
#: Names that engines or the mesh itself use.
RESERVED_NAMES = frozenset({"main", "system", "temp", "memory", "mesh", "default", "information_schema", "pg_catalog"})


def name_problem(name: str) -> str | None:
    """Say why `name` cannot name a domain, product, dataset, port, node or parameter; None where it can."""
    if not NAME_PATTERN.fullmatch(name):
        return "a name is a lower-case letter, then up to 47 lower-case letters, digits or underscores"
    if "__" in name:
        return "a name holds no double underscore"
    if name in RESERVED_NAMES:
        return f"{name!r} is reserved"
    return None


def product_of(dataset: str) -> str:
    """Return the product address of a dataset address."""
    return dataset.rpartition(".")[0]


def domain_of(address: str) -> str:
    """Return the domain of a dataset, product or port address."""
    return address.partition(".")[0]


def dataset_name(dataset: str) -> str:
    """Return the last part of a dataset address."""
    return dataset.rpartition(".")[2]


def port_address(product: str, port: str) -> str:
    """Return the address of a product's port."""
    return f"{product}/{port}"
