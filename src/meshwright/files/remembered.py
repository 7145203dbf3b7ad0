"""The mesh as the last command loaded it, taken over as far as what it was read from has not changed.

Every folder that was listed and every file that was read is looked at (one stat each, 6 ms for a thousand models). Where
all look as they did none is opened; where some do not, the products that stand are taken over and the others read. See
`files.marks` for what counts as unchanged: what is too young to tell is kept as looking like nothing, and so read again.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from meshwright.diagnostics import has_errors
from meshwright.files.cache import ParseCache
from meshwright.files.decoded import decode_once
from meshwright.files.loaded import LoadedMesh
from meshwright.files.marks import Mark, is_settled, mark_of
from meshwright.files.records import UnreadableRecord, collected_later, decode_record, encode_record
from meshwright.files.snapshots import keep_value, kept_value
from meshwright.frozen import dataclass
from meshwright.model import Mesh, Product, domain_of

if TYPE_CHECKING:
    from meshwright.files.outside import ToolReader

#: The file in the private folder that holds the loaded mesh between commands.
MESH_SNAPSHOT = "mesh.snapshot"
#: The mark of what is too young for its mark to mean anything: nothing looks like this.
_YOUNG: Mark = (0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _KeptProduct:
    """A product, encoded by itself, so that it is written again as it lies where it did not change."""

    basis: str
    product: bytes
    #: What else reading it gave, which only reading a part of the mesh anew takes.
    rest: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """A loaded mesh on disk."""

    #: Without its products.
    loaded: LoadedMesh
    products: Mapping[str, _KeptProduct]


def remembered_mesh(root: Path, folder: Path, cache: ParseCache, tools: ToolReader | None = None) -> LoadedMesh:
    """Return the mesh at `root`, as `loader.load_mesh` does; what was loaded is kept in `folder`."""
    place = folder / MESH_SNAPSHOT
    found = kept_value(place, str(root))
    kept = found if isinstance(found, _Kept) else None
    before = None
    if kept is not None:
        try:
            if stands(root, kept.loaded.marks):
                return _with_products(kept, _products(kept))
            before = _as_read(kept)
        except UnreadableRecord:  # its checksum was right: somebody else wrote it
            kept = None
    began_ns = _file_system_time(folder)
    from meshwright.files.loader import load_mesh  # lazy: the readers of all formats

    loaded = load_mesh(root, cache=cache, before=before, tools=tools)
    # A file that could not be read has no mark, and a mesh with errors is about to change anyway.
    if began_ns is not None and not has_errors(loaded.diagnostics):
        keep_value(place, str(root), _kept(loaded, began_ns, before, kept))
    return loaded


def _kept(loaded: LoadedMesh, began_ns: int, before: LoadedMesh | None, kept: _Kept | None) -> _Kept:
    """Return what is kept of a mesh; products that are those of `before` are not encoded again, but `kept` as they are."""
    assert loaded.mesh is not None  # without one there is an error
    products: dict[str, _KeptProduct] = {}
    for product in loaded.mesh.products():
        read = loaded.read[product.address]
        if before is not None and kept is not None and read is before.read.get(product.address):
            was = before.mesh.product(product.address) if before.mesh is not None else None
            if product is was or product == was:
                products[product.address] = kept.products[product.address]
                continue
        products[product.address] = _KeptProduct(
            basis=read.basis, product=encode_record(product), rest=encode_record(read.rest)
        )
    marks = {path: mark if is_settled(mark, began_ns) else _YOUNG for path, mark in loaded.marks.items()}
    shell = replace(loaded, mesh=_holding(loaded.mesh, {}), marks=MappingProxyType(marks), read=MappingProxyType({}))
    return _Kept(loaded=shell, products=products)


def _products(kept: _Kept) -> dict[str, Product]:
    with collected_later():
        return {address: cast("Product", decode_once(each.product)) for address, each in kept.products.items()}


def _with_products(kept: _Kept, products: Mapping[str, Product]) -> LoadedMesh:
    assert kept.loaded.mesh is not None  # as above
    return replace(kept.loaded, mesh=_holding(kept.loaded.mesh, products))


def _as_read(kept: _Kept) -> LoadedMesh:
    """Return the kept mesh with how its products were read."""
    from meshwright.files.standing import read_before  # lazy: the readers of all formats, which are needed by now

    products = _products(kept)
    read = {
        address: read_before(products[address], each.basis, decode_record(each.rest), kept.loaded.contents)
        for address, each in kept.products.items()
    }
    return replace(_with_products(kept, products), read=MappingProxyType(read))


def _holding(mesh: Mesh, products: Mapping[str, Product]) -> Mesh:
    """Return the mesh with `products`, which are in order, instead of its own."""
    by_domain: dict[str, dict[str, Product]] = {name: {} for name in mesh.domains}
    for address, product in products.items():
        by_domain[domain_of(address)][address.partition(".")[2]] = product
    domains = {
        name: replace(domain, products=MappingProxyType(by_domain[name])) for name, domain in mesh.domains.items()
    }
    return replace(mesh, domains=MappingProxyType(domains))


def stands(root: Path, marks: Mapping[str, Mark]) -> bool:
    """Whether every file and folder looks as it did."""
    prefix = f"{root}/"
    try:
        return all(mark_of(os.stat(prefix + path)) == mark for path, mark in marks.items())  # noqa: PTH116 - hot
    except OSError:
        return False


def _file_system_time(folder: Path) -> int | None:
    """Return the time of the clock that stamps the files, None where nothing can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            return os.fstat(file.fileno()).st_mtime_ns
    except OSError:
        return None
