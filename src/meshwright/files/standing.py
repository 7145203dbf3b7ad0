"""Products that stand as they were read before: their folders need not be read again.

What reading a product's folder gives depends on what lies in it (`discovery` looks each time), on the bytes of its files,
and on a few things of its mesh and domain, the basis. A product with Python nodes depends on more: which file an
import means is looked up in the folders of its domain, so it stands only while the whole domain does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any  # a decoded record: `ReadProduct.rest`

from meshwright.files.discovery import CONSUMERS_FILE, DomainFolder
from meshwright.files.domains import DomainDocument
from meshwright.files.loaded import LoadedMesh
from meshwright.files.marks import mark_of
from meshwright.files.parameters import merge
from meshwright.files.products import BuiltProduct
from meshwright.files.reading import MeshReader
from meshwright.files.readproducts import ReadProduct
from meshwright.files.settings import MeshSettings
from meshwright.files.yaml import parse_yaml, root_mapping
from meshwright.model import Product, identity

#: A place that never looks as it did: what a tool's node rests on, the tool alone knows.
_NOWHERE = ".meshwright/nowhere"


def read_before(product: Product, basis: str, rest: Any, contents: Mapping[str, bytes]) -> ReadProduct:
    """Put together again how a product was read. Its consumers are read from their file, which was sound."""
    document, broken, findings = rest
    consumers = None
    data = contents.get(f"{product.folder}/{CONSUMERS_FILE}")
    if data is not None:
        tree, _ = parse_yaml(data, f"{product.folder}/{CONSUMERS_FILE}")
        consumers = root_mapping(tree, what=CONSUMERS_FILE)[0] if tree is not None else None
    # Both are found by holding the product against the others, which may have changed.
    alone = (
        replace(product, consumers=(), chosen=MappingProxyType({})) if product.consumers or product.chosen else product
    )
    built = BuiltProduct(product=alone, document=document, consumers=consumers, broken=broken)
    return ReadProduct(basis=basis, built=built, findings=findings)


def bases(
    settings: MeshSettings, folders: Sequence[DomainFolder], documents: Mapping[str, DomainDocument], components: str
) -> dict[str, str]:
    """Return what each product takes from elsewhere than its own files, as an identity by the product's folder.

    `components` is the identity of the mesh's components.

    Values are taken as they are written out, places in files among them: a parameter that moved is told elsewhere.
    """
    shared = [sorted(settings.engines), settings.engine, {word: each.value for word, each in settings.severity.items()}]
    shared += [{name: dict(options) for name, options in settings.tools.items()}, dict(settings.pools), components]
    shared += [repr(settings.tool_places)]
    found: dict[str, str] = {}
    for folder in folders:
        document = documents[folder.name]
        inherited = repr(dict(merge(settings.params, document.params)))
        above = identity(
            "mwbasis1", shared, folder.name, folder.path, inherited, list(document.requires), document.is_readable
        )
        found.update((product.path, identity("mwbasis1", above, repr(product))) for product in folder.products)
    return found


def standing_products(
    reader: MeshReader, folders: Sequence[DomainFolder], basis: Mapping[str, str], before: LoadedMesh | None
) -> dict[str, ReadProduct]:
    """Return, by folder, the products that are as they were `before`; `reader` takes over their files and findings."""
    if before is None:
        return {}
    found: dict[str, ReadProduct] = {}
    for folder in folders:
        for product in folder.products:
            read = before.read.get(f"{folder.name}.{product.name}")
            if read is not None and read.basis == basis[product.path]:
                files = _rests_on(read, folder, before)
                if _take_over(reader, before, files):
                    reader.findings.extend(read.findings)
                    found[product.path] = read
    return found


def without(folders: Iterable[DomainFolder], standing: Mapping[str, ReadProduct]) -> tuple[DomainFolder, ...]:
    """Return the folders with those products alone that must be read."""
    return tuple(
        replace(folder, products=tuple(product for product in folder.products if product.path not in standing))
        for folder in folders
    )


def _rests_on(read: ReadProduct, folder: DomainFolder, before: LoadedMesh) -> list[str]:
    """Return the places that must look as they did."""
    product = read.built.product
    if any(node.outside is not None for node in product.nodes.values()):
        return [_NOWHERE]
    if not any(node.python is not None for node in product.nodes.values()):
        # What ships with meshwright has no place in the mesh, and changes with the program alone.
        return [file.path for file in product.files if file.path in before.marks]
    inside = f"{folder.path}/"
    return [path for path in before.marks if path == folder.path or path.startswith(inside)]


def _take_over(reader: MeshReader, before: LoadedMesh, paths: Sequence[str]) -> bool:
    """Take over what was read at `paths`, where all of it looks as it did; whether that is so."""
    marks = {}
    for path in paths:
        try:
            marks[path] = mark_of(os.stat(f"{reader.root}/{path}"))  # noqa: PTH116 - hot
        except OSError:
            return False
        if marks[path] != before.marks.get(path):
            return False
    for path, mark in marks.items():
        reader.marks.setdefault(path, mark)
        if path in before.contents:
            reader.contents.setdefault(path, before.contents[path])
    return True
