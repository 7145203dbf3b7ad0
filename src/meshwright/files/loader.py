"""A mesh repository as `meshwright.model.Mesh`, with every problem of its files in one go.

Order: `mesh.yaml`, the map of folders, all bytes, then what is expensive to read (SQL, contracts, products) through the
parse cache, then domains and products from memory. A broken file drops that piece, and loading goes on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, InputError, SourceSpan, sort_diagnostics
from meshwright.files.cache import ParseCache
from meshwright.files.crossings import cross_products
from meshwright.files.discovery import DOMAIN_FILE, DomainFolder, find_domains, refuse_unsupported
from meshwright.files.domains import DomainDocument, check_domain_name, read_domain
from meshwright.files.fields import check_name
from meshwright.files.parameters import merge
from meshwright.files.products import BuiltProduct, build_product, source_files
from meshwright.files.reading import MeshReader
from meshwright.files.readings import read_expensive
from meshwright.files.settings import MESH_FILE, MeshSettings, read_settings
from meshwright.model import Domain, Mesh, Product, domain_of


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedMesh:
    """The mesh as far as it could be loaded, and everything that is wrong with its files."""

    #: None only where `mesh.yaml` itself is unusable.
    mesh: Mesh | None
    #: Sorted by place.
    diagnostics: tuple[Diagnostic, ...]
    #: Path relative to the root -> bytes of every file that was read.
    contents: Mapping[str, bytes]
    #: Addresses (dataset, port, product) that the files define with an error: later findings about them, or about what
    #: reads them, may only be consequences.
    broken: frozenset[str] = field(default_factory=frozenset)


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, that holds `mesh.yaml`. Raises InputError where none does."""
    first = Path(os.path.abspath(start))  # noqa: PTH100  (Path.absolute keeps "..", whose parents are not its parents)
    for folder in (first, *first.parents):
        if (folder / MESH_FILE).exists():
            return folder
    near = next(
        (folder / name for folder in (first, *first.parents) for name in _NEAR if (folder / name).exists()), None
    )
    fix = f"rename {near} to {MESH_FILE}" if near else "go to a mesh, or make one with 'mw init'"
    raise InputError(Diagnostic(code="MW-M001", message=f"there is no {MESH_FILE} in {first} or above it", fix=fix))


def load_mesh(root: Path, *, cache: ParseCache | None = None) -> LoadedMesh:
    """Read the mesh at `root`. Bad files are diagnostics, never exceptions."""
    reader = MeshReader.open(root)
    settings = read_settings(reader)
    if settings is None:
        return _loaded(reader, None, frozenset())
    refuse_unsupported(reader)
    folders = _good_domains(reader, find_domains(reader, settings.patterns))
    readings = read_expensive(reader, folders, settings, cache)
    documents: dict[str, DomainDocument] = {}
    built: list[BuiltProduct] = []
    for folder in folders:
        document = read_domain(reader, folder, settings.params)
        documents[folder.name] = document
        inherited = merge(settings.params, document.params)
        first = len(reader.findings)
        built += [
            build_product(reader, product, folder.name, inherited, settings, readings) for product in folder.products
        ]
        if not document.is_readable:
            # What it declares is not known, so nothing can be called undeclared.
            reader.findings[first:] = [finding for finding in reader.findings[first:] if finding.code != "MW-M212"]
    products = cross_products(built, reader.findings, cache)
    mesh = _mesh(reader, settings, folders, documents, products)
    return _loaded(reader, mesh, frozenset().union(*(item.broken for item in built)))


_NEAR = ("mesh.yml", "Mesh.yaml", "meshwright.yaml")


def _loaded(reader: MeshReader, mesh: Mesh | None, broken: frozenset[str]) -> LoadedMesh:
    return LoadedMesh(
        mesh=mesh,
        diagnostics=sort_diagnostics(reader.findings),
        contents=MappingProxyType(reader.contents),
        broken=broken,
    )


def _good_domains(reader: MeshReader, folders: Sequence[DomainFolder]) -> tuple[DomainFolder, ...]:
    """Return the domains with a good name of their own, and of each the products with a good name."""
    found: dict[str, DomainFolder] = {}
    for folder in folders:
        if not check_domain_name(reader, folder):
            continue
        if folder.name in found:
            reader.add(
                "MW-M108",
                f"two folders are domain '{folder.name}': '{found[folder.name].path}' and '{folder.path}'",
                f"{folder.path}/{DOMAIN_FILE}",
                "rename one of the two folders",
            )
            continue
        products = tuple(
            product
            for product in folder.products
            if check_name(
                product.name,
                SourceSpan(file=product.path),
                what="a product",
                findings=reader.findings,
                address=folder.name,
            )
        )
        found[folder.name] = DomainFolder(
            name=folder.name, path=folder.path, has_document=folder.has_document, products=products
        )
    return tuple(found[name] for name in sorted(found))


def _mesh(
    reader: MeshReader,
    settings: MeshSettings,
    folders: Sequence[DomainFolder],
    documents: Mapping[str, DomainDocument],
    products: Sequence[Product],
) -> Mesh:
    by_domain: dict[str, dict[str, Product]] = {folder.name: {} for folder in folders}
    for product in sorted(products, key=lambda product: product.address):
        by_domain[domain_of(product.address)][product.address.partition(".")[2]] = product
    domains = {
        folder.name: Domain(
            name=folder.name,
            purpose=documents[folder.name].purpose,
            owners=documents[folder.name].owners,
            products=MappingProxyType(by_domain[folder.name]),
            params=documents[folder.name].params,
            files=source_files(reader, (f"{folder.path}/{DOMAIN_FILE}",)),
            span=documents[folder.name].span,
        )
        for folder in folders
    }
    return Mesh(
        name=settings.name,
        domains=MappingProxyType(domains),
        store=settings.store,
        state=settings.state,
        engines=settings.engines,
        engine=settings.engine,
        params=settings.params,
        environments=settings.environments,
        severity=settings.severity,
        files=source_files(reader, (MESH_FILE,)),
        span=settings.span,
    )
