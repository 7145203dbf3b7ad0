"""A mesh repository as `meshwright.model.Mesh`, with every problem of its files in one go.

Order: `mesh.yaml`, the map of folders, all bytes, then what is expensive to read (SQL, contracts, products) through the
parse cache, then domains and products from memory. A broken file drops that piece, and loading goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from types import MappingProxyType

from meshwright.diagnostics import SourceSpan, sort_diagnostics
from meshwright.files.cache import ParseCache
from meshwright.files.component_catalog import ComponentCatalog, read_catalog
from meshwright.files.component_inside import CatalogBasis
from meshwright.files.component_lock import LOCK_FILE
from meshwright.files.component_reads import inside_reads
from meshwright.files.crossings import cross_products
from meshwright.files.discovery import DOMAIN_FILE, DomainFolder, find_domains, refuse_unsupported
from meshwright.files.domains import DomainDocument, check_domain_name, read_domain
from meshwright.files.fields import check_name
from meshwright.files.governed import Governed, read_governed
from meshwright.files.loaded import LoadedMesh
from meshwright.files.outside import NoTools, ToolReader, unknown_tools
from meshwright.files.overrides import check_environments
from meshwright.files.parameters import merge
from meshwright.files.places import MESH_FILE
from meshwright.files.products import ProductDomain, build_product, source_files
from meshwright.files.provisions import read_provisions
from meshwright.files.python import node_files
from meshwright.files.reading import MeshReader
from meshwright.files.readings import read_expensive
from meshwright.files.readproducts import ReadProduct
from meshwright.files.settings import MeshSettings, read_settings
from meshwright.files.standing import bases, standing_products, without
from meshwright.frozen import dataclass
from meshwright.model import Domain, Mesh, Product, bytes_identity, domain_of, identity


@dataclass(frozen=True, kw_only=True, slots=True)
class Readers:
    """What reads, or remembers, besides this package."""

    cache: ParseCache | None
    tools: ToolReader


def load_mesh(
    root: Path,
    *,
    cache: ParseCache | None = None,
    before: LoadedMesh | None = None,
    tools: ToolReader | None = None,
    moved: Mapping[str, str] | None = None,
    beside: Mapping[str, Mapping[str, bytes]] | None = None,
) -> LoadedMesh:
    """Read the mesh at `root`. Bad files are diagnostics, never exceptions.

    Products that stand as they were read `before`, from the same root, are taken over. `moved` is node -> version of a
    component (``top_n@1.1.0``) that it is read with, whatever the lock file says; `beside` are versions of components
    (``lib.top_n@1.1.0`` -> path -> bytes) that are taken for kept ones.
    """
    reader = MeshReader.open(root)
    settings = read_settings(reader)
    if settings is None:
        return _loaded(reader, None, frozenset())
    refuse_unsupported(reader)
    folders = _good_domains(reader, find_domains(reader, settings.patterns))
    documents = {folder.name: read_domain(reader, folder, settings.params) for folder in folders}
    readers = Readers(cache=cache, tools=tools or NoTools())
    reader.findings += unknown_tools(
        {name: entry.key_span for name, entry in settings.tool_places.items()}, readers.tools
    )
    basis = CatalogBasis(cache=cache, tools=readers.tools, severity=settings.severity)
    catalog = read_catalog(reader, folders, basis, moved, beside)
    read = _read_products(reader, settings, folders, documents, before, readers, catalog)
    built = [each.built for each in read]
    for use in (use for item in built for use in item.product.uses):
        catalog.of(use.component)  # of products that stand nobody has asked yet
    provisions = read_provisions(settings, catalog)
    products = cross_products(built, reader.findings, cache, store=settings.store, root=PurePath(reader.root))
    reader.findings += inside_reads(products)
    governed = read_governed(reader, folders, cache)
    mesh = _mesh(reader, settings, folders, documents, products, governed)
    paths = {path for each in catalog.definitions() for path in each.folder.files}
    files = source_files(reader, (*(file.path for file in mesh.files), LOCK_FILE, *sorted(paths)))
    uses = tuple(sorted((each.use for each in provisions), key=lambda use: use.node))
    mesh = replace(mesh, components=catalog.components(), provisions=uses, files=files)
    broken = frozenset().union(*(item.broken for item in built))
    findings = check_environments(mesh)
    # Of what cannot be read, it is not known what it declares.
    if not broken and all(document.is_readable for document in documents.values()):
        reader.findings += findings
    else:
        reader.findings += [finding for finding in findings if finding.code != "MW-M261"]
    return _loaded(reader, mesh, broken, read)


def _loaded(
    reader: MeshReader, mesh: Mesh | None, broken: frozenset[str], read: Sequence[ReadProduct] = ()
) -> LoadedMesh:
    by_product = {each.built.product.address: each for each in read}
    return LoadedMesh(
        mesh=mesh,
        diagnostics=sort_diagnostics(reader.findings),
        contents=MappingProxyType(reader.contents),
        identity=identity("mwfiles1", sorted([path, bytes_identity(data)] for path, data in reader.contents.items())),
        broken=broken,
        marks=MappingProxyType(reader.marks),
        product_keys=MappingProxyType({address: each.key for address, each in by_product.items()}),
        read=MappingProxyType(by_product),
    )


def _read_products(
    reader: MeshReader,
    settings: MeshSettings,
    folders: Sequence[DomainFolder],
    documents: Mapping[str, DomainDocument],
    before: LoadedMesh | None,
    readers: Readers,
    catalog: ComponentCatalog,
) -> list[ReadProduct]:
    """Read the products of all domains, those aside that stand as they were."""
    basis = bases(settings, folders, documents, catalog.identity)
    standing = standing_products(reader, folders, basis, before)
    changed = without(folders, standing)
    code = [
        main
        for each in catalog.definitions()
        if each.document.nodes is not None
        for main in node_files(each.document.nodes, each.folder.path, each.folder.path)
    ]
    readings = read_expensive(reader, changed, settings, readers.cache, readers.tools, code)
    found = list(standing.values())
    for folder in changed:
        document = documents[folder.name]
        inherited = merge(settings.params, document.params)
        domain = ProductDomain(name=folder.name, folder=folder.path, requires=document.requires)
        for product in folder.products:
            first = len(reader.findings)
            built = build_product(reader, product, domain, inherited, settings, readings, catalog)
            if not document.is_readable:
                # What it declares is not known, so nothing can be called undeclared.
                reader.findings[first:] = [each for each in reader.findings[first:] if each.code != "MW-M212"]
            findings = (*readings.findings.get(product.path, ()), *reader.findings[first:])
            found.append(ReadProduct(basis=basis[product.path], built=built, findings=findings))
    return sorted(found, key=lambda each: each.built.product.address)


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
        found[folder.name] = replace(folder, products=products)
    return tuple(found[name] for name in sorted(found))


def _mesh(
    reader: MeshReader,
    settings: MeshSettings,
    folders: Sequence[DomainFolder],
    documents: Mapping[str, DomainDocument],
    products: Sequence[Product],
    governed: Mapping[str | None, Governed],
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
            requires=documents[folder.name].requires,
            policies=governed[folder.name].policies,
            exemptions=governed[folder.name].exemptions,
            files=source_files(reader, (f"{folder.path}/{DOMAIN_FILE}", *governed[folder.name].paths)),
            concurrency=documents[folder.name].concurrency,
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
        environment_params=settings.environment_params,
        environment_settings=settings.environment_settings,
        sandboxes=settings.sandboxes,
        retention=settings.retention,
        severity=settings.severity,
        prices=settings.prices,
        openlineage=settings.openlineage,
        pools=settings.pools,
        concurrency=settings.concurrency,
        tool_concurrency=settings.tool_concurrency,
        policies=governed[None].policies,
        exemptions=governed[None].exemptions,
        files=source_files(reader, (MESH_FILE, *governed[None].paths)),
        span=settings.span,
    )
