"""Variations: from what `pipeline.yaml` declares to products of their own, which everything above treats as such.

A variation V of product ``d.p`` becomes the derived product ``d.p@V``. It holds the chosen nodes as ``d.p.ds@V``; such a
node reads ``@V`` of the chosen nodes of its product, and every other dataset as it is. Only addresses differ: code,
fingerprints and the names in SQL stay, so that a node whose recipe is the same shares its versions with the plain one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.model.incremental import ByInterval
from meshwright.model.mesh import DatasetTests, Mesh, Node, Product, Variation
from meshwright.model.names import dataset_name, plain_address, product_of, varied_address


def with_variations(mesh: Mesh) -> Mesh:
    """Return the mesh with the derived products of all variations under `varied`."""
    varied = {
        derived.address: derived
        for product in mesh.products()
        for _, variation in sorted(product.variations.items())
        for derived in (derived_product(product, variation),)
    }
    return replace(mesh, varied=MappingProxyType(varied)) if varied else mesh


def derived_product(product: Product, variation: Variation) -> Product:
    """Return the product of a variation. It has no ports and no consumers: it is never served as the product."""
    chosen = {name: product.nodes[name] for name in variation.nodes if name in product.nodes}
    names = {node.address: varied_address(node.address, variation.name) for node in chosen.values()}
    tests = tuple(
        DatasetTests(dataset=names[tests.dataset], rules=tests.rules)
        for tests in product.tests
        if tests.dataset in names
    )
    sql_tests = tuple(
        replace(test, dataset=names[test.dataset], reads=_renamed(test.reads, names))
        for test in product.sql_tests
        if test.dataset in names
    )
    return Product(
        address=varied_address(product.address, variation.name),
        nodes=MappingProxyType({name: renamed_node(node, names) for name, node in chosen.items()}),
        tests=tests,
        sql_tests=sql_tests,
        params=product.params,
        id=product.id,
        name=product.name,
        version=product.version,
        status=product.status,
        description=product.description,
        tags=product.tags,
        document=product.document,
        files=product.files,
        folder=product.folder,
        concurrency=product.concurrency,
        triggers=(variation.schedule,) if variation.schedule is not None else (),
        span=variation.span,
    )


def renamed_node(node: Node, names: Mapping[str, str]) -> Node:
    """Return the node under its new address, reading what is renamed under its new name. `names` is old -> new.

    The text of a SQL node stays as it is.
    """
    sql = replace(node.sql, reads=_renamed(node.sql.reads, names)) if node.sql else None
    python = node.python
    if python is not None:
        inputs = tuple(replace(given, dataset=names.get(given.dataset, given.dataset)) for given in python.inputs)
        python = replace(python, inputs=inputs)
    outside = node.outside
    if outside is not None:
        handed = tuple(replace(given, dataset=names.get(given.dataset, given.dataset)) for given in outside.inputs)
        outside = replace(outside, inputs=handed)
    left = node.table_of
    if left is not None:
        left = replace(left, node=names.get(left.node, left.node))
    incremental = node.incremental
    if isinstance(incremental, ByInterval):
        depends = {names.get(read, read): how for read, how in incremental.depends.items()}
        time_columns = {names.get(read, read): column for read, column in incremental.time_columns.items()}
        incremental = replace(
            incremental, depends=MappingProxyType(depends), time_columns=MappingProxyType(time_columns)
        )
    item = replace(node.item, node=names.get(node.item.node, node.item.node)) if node.item else None
    return replace(
        node,
        item=item,
        address=names.get(node.address, node.address),
        sql=sql,
        python=python,
        outside=outside,
        table_of=left,
        incremental=incremental,
        after=_renamed(node.after, names),
    )


def plain_node(node: Node) -> Node:
    """Return a variation's node under the plain names that its code uses."""
    addresses = (node.address, *node.reads, *node.after)
    return renamed_node(node, {address: plain_address(address) for address in addresses})


def _renamed(addresses: Collection[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names.get(address, address) for address in addresses))


def plain_reads(node: Node) -> Mapping[str, str]:
    """Return what a node reads by the name that its code uses: plain address -> address."""
    return {plain_address(read): read for read in node.reads}


def variation_names(mesh: Mesh, product: str | None = None) -> tuple[str, ...]:
    """Return the names of the variations of a product, or of all products, sorted, each once."""
    products = [mesh.product(product)] if product else list(mesh.products())
    return tuple(sorted({name for found in products if found for name in found.variations}))


def plain_twin(mesh: Mesh, node: Node) -> Node | None:
    """Return the node that a variation's node was derived from."""
    product = mesh.product(plain_address(product_of(node.address)))
    return product.nodes.get(dataset_name(node.address)) if product else None
