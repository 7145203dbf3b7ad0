"""One product out of its folder: the pieces that other modules read, put together.

Consumers and input ports name ports of other products, so they wait until all are known: see `files.crossings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.files.aliases import read_aliases
from meshwright.files.component_catalog import ComponentCatalog
from meshwright.files.component_expansion import Expanded, expand_components
from meshwright.files.discovery import (
    CONSUMERS_FILE,
    PIPELINE_FILE,
    PRODUCT_FILE,
    ProductFolder,
    note_strays,
)
from meshwright.files.documents import read_mapping
from meshwright.files.models import Nodes, ProductScope, build_nodes
from meshwright.files.outside import OutsideScope
from meshwright.files.parameters import Parameters, merge
from meshwright.files.pipeline import PipelineDocument, read_pipeline
from meshwright.files.portpairs import contract_key
from meshwright.files.ports import build_ports
from meshwright.files.python import PythonScope, code_files
from meshwright.files.reading import MeshReader
from meshwright.files.readings import Readings
from meshwright.files.settings import MeshSettings
from meshwright.files.sqltests import build_sql_test
from meshwright.files.standards import ProductDocument
from meshwright.files.standards.dataset_names import normal_name
from meshwright.files.triggers import TriggerScope, read_triggers
from meshwright.files.unittests import build_unit_test
from meshwright.files.variations import read_variations
from meshwright.files.yaml import YamlMapping
from meshwright.frozen import dataclass
from meshwright.model import (
    Contract,
    DatasetAlias,
    DatasetTests,
    FileSource,
    Node,
    Product,
    SourceFile,
    SqlTest,
    TableSource,
    UnitTest,
    Variation,
    dataset_name,
    port_address,
    product_of,
)
from meshwright.model.told import ToldName
from meshwright.model.triggers import Trigger

#: Findings that an unreadable pipeline.yaml may cause by itself: the names that it defines are not known.
_CONSEQUENCES = frozenset(
    {
        "MW-M209",
        "MW-M212",
        "MW-M213",
        "MW-M233",
        "MW-M234",
        "MW-M240",
        "MW-M261",
        "MW-M262",
        "MW-M305",
        "MW-M317",
        "MW-O001",
        "MW-S020",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductDomain:
    """What a product takes from its domain."""

    name: str
    folder: str
    #: Requirements of the environment of its Python nodes.
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltProduct:
    """A product with what is still to be checked against the rest of the mesh."""

    product: Product
    document: ProductDocument | None = None
    #: The root of `consumers.yaml`, where it can be read.
    consumers: YamlMapping | None = None
    #: Addresses of datasets and ports with an error of their own, and of the product where its pipeline cannot be read.
    broken: frozenset[str] = field(default_factory=frozenset)


def build_product(
    reader: MeshReader,
    folder: ProductFolder,
    domain: ProductDomain,
    inherited: Parameters,
    settings: MeshSettings,
    readings: Readings,
    catalog: ComponentCatalog,
) -> BuiltProduct:
    """Return the product in `folder`; `inherited` are the parameters of mesh and domain."""
    address = f"{domain.name}.{folder.name}"
    first_finding = len(reader.findings)
    pipeline, is_pipeline_readable = _pipeline(reader, folder, address, inherited, readings)
    scope = ProductScope(
        address=address,
        params=merge(inherited, pipeline.params),
        engines=frozenset(settings.engines),
        engine=settings.engine,
        cache=readings.modules.cache,
        python=PythonScope(
            folder=folder.path,
            domain_folder=domain.folder,
            modules=readings.modules,
            local=readings.local_modules,
            requires=domain.requires,
        ),
        outside=OutsideScope(
            tools=readings.tools,
            reader=reader,
            folder=folder.path,
            settings=settings.tools,
            places=settings.tool_places,
            product=address,
            own_params=frozenset(pipeline.params),
        ),
        pools=frozenset(settings.pools),
    )
    expanded = expand_components(scope, pipeline, catalog, reader.findings)
    early = tuple(node.address for node in expanded.nodes.values() if not node.is_external)
    scope = replace(scope, siblings=expanded.names, early=early)
    nodes = _with_expanded(build_nodes(scope, folder.models, readings.statements, pipeline, reader.findings), expanded)
    document = _document(reader, folder, readings)
    ports = build_ports(
        address,
        folder,
        _contracts(reader, folder, readings),
        document,
        datasets=nodes.dataset_names,
        findings=reader.findings,
    )
    tests = _dataset_tests(reader, folder, address, pipeline, nodes, readings)
    sql_tests = _sql_tests(reader, folder, scope, nodes, settings, readings)
    unit_tests = _unit_tests(reader, folder, scope, nodes)
    variations = _variations(reader, folder, scope, nodes, readings)
    triggers = _triggers(reader, folder, scope, nodes, readings)
    aliases = _aliases(folder, address, nodes, settings, reader, readings)
    consumers = (
        read_mapping(reader, f"{folder.path}/{CONSUMERS_FILE}", what=CONSUMERS_FILE) if folder.has_consumers else None
    )
    code = code_files(folder.path, readings.local_modules)
    code = (*code, *_outside_files(nodes))
    note_strays(reader, folder, [*_source_paths(nodes), *code])
    if not is_pipeline_readable:
        kept = [finding for finding in reader.findings[first_finding:] if finding.code not in _CONSEQUENCES]
        reader.findings[first_finding:] = kept
    product = Product(
        address=address,
        nodes=nodes.nodes,
        ports=ports,
        tests=_with_component_tests(tests, expanded),
        sql_tests=sql_tests,
        unit_tests=unit_tests,
        params=pipeline.params,
        variations=variations,
        uses=expanded.uses,
        triggers=triggers,
        aliases=aliases,
        id=document.id if document else None,
        name=document.name if document else None,
        version=document.version if document else None,
        status=document.status if document else None,
        description=document.description if document else None,
        tags=document.tags if document else (),
        document=document.document if document else "{}",
        files=_files(reader, folder, (*code, *expanded.files)),
        folder=folder.path,
        concurrency=pipeline.concurrency,
        span=_span(folder),
    )
    broken = {f"{address}.{name}" for name in nodes.broken}
    keys = {contract_key(file.name) for file in folder.contracts}
    broken.update(port_address(address, key) for key in keys if key not in ports)
    if not is_pipeline_readable:
        broken.add(address)
    return BuiltProduct(product=product, document=document, consumers=consumers, broken=frozenset(broken))


def _with_expanded(nodes: Nodes, expanded: Expanded) -> Nodes:
    """Return the product's nodes with those that its components became."""
    if not expanded.names:
        return nodes
    names = nodes.names | expanded.names
    inside = {name: _after_known(node, names) for name, node in expanded.nodes.items()}
    return Nodes(
        nodes=MappingProxyType(dict(sorted({**nodes.nodes, **inside}.items()))),
        names=names,
        broken=nodes.broken | expanded.broken,
    )


def _after_known(node: Node, names: frozenset[str]) -> Node:
    """Return a node of a component without the nodes of its product that are not there: told where its use names them."""
    product = product_of(node.address)
    known = tuple(each for each in node.after if product_of(each) != product or dataset_name(each) in names)
    return node if len(known) == len(node.after) else replace(node, after=known)


def _with_component_tests(tests: tuple[DatasetTests, ...], expanded: Expanded) -> tuple[DatasetTests, ...]:
    """Add the tests of components: those of one dataset stand together, the product's own first."""
    found = {each.dataset: each for each in tests}
    for each in expanded.tests:
        own = found.get(each.dataset)
        found[each.dataset] = replace(each, rules=(*own.rules, *each.rules)) if own else each
    return tuple(found.values())


def _pipeline(
    reader: MeshReader, folder: ProductFolder, address: str, inherited: Parameters, readings: Readings
) -> tuple[PipelineDocument, bool]:
    """Return the pipeline's document, and whether it could be read whole enough to know its nodes."""
    if not folder.has_pipeline:
        return PipelineDocument(), True
    mapping = readings.pipelines.get(f"{folder.path}/{PIPELINE_FILE}")
    if mapping is None:
        return PipelineDocument(), False
    models = frozenset(file.name for file in folder.models)
    pipeline = read_pipeline(
        mapping,
        product=address,
        models=models,
        inherited=inherited,
        findings=reader.findings,
        tools=readings.tools,
    )
    nodes = mapping.get("nodes")
    return pipeline, nodes is None or isinstance(nodes, YamlMapping)


def _document(reader: MeshReader, folder: ProductFolder, readings: Readings) -> ProductDocument | None:
    read = readings.documents.get(f"{folder.path}/{PRODUCT_FILE}")
    if read is None:
        return None
    document, findings = read
    reader.findings.extend(findings)
    return document


def _contracts(reader: MeshReader, folder: ProductFolder, readings: Readings) -> Mapping[str, Contract]:
    found = {}
    for file in folder.contracts:
        contract, findings = readings.contracts.get(file.path, (None, ()))
        reader.findings.extend(findings)
        if contract is not None:
            found[file.path] = contract
    return MappingProxyType(found)


def _dataset_tests(
    reader: MeshReader,
    folder: ProductFolder,
    address: str,
    pipeline: PipelineDocument,
    nodes: Nodes,
    readings: Readings,
) -> tuple[DatasetTests, ...]:
    """Return the sound rules of each dataset that ``tests`` names."""
    by_dataset = readings.rules.get(f"{folder.path}/{PIPELINE_FILE}", {})
    found = []
    for dataset, span in pipeline.tests:
        rules, findings = by_dataset[dataset]
        reader.findings.extend(findings)
        if dataset in nodes.dataset_names:
            found.append(DatasetTests(dataset=f"{address}.{dataset}", rules=rules))
            continue
        reader.findings.append(
            Diagnostic(
                code="MW-M213",
                message=f"'tests' names '{dataset}', which is no dataset of {address}",
                span=span,
                fix=known_names_hint(dataset, nodes.dataset_names, what="datasets"),
                object=address,
            )
        )
    return tuple(found)


def _sql_tests(
    reader: MeshReader,
    folder: ProductFolder,
    scope: ProductScope,
    nodes: Nodes,
    settings: MeshSettings,
    readings: Readings,
) -> tuple[SqlTest, ...]:
    found = []
    for file in folder.tests:
        parsed = readings.statements.get(file.path)
        if parsed is None:
            continue
        test = build_sql_test(
            scope, file, parsed, datasets=nodes.dataset_names, severity=settings.severity, findings=reader.findings
        )
        if test is not None:
            found.append(test)
    return tuple(found)


def _unit_tests(reader: MeshReader, folder: ProductFolder, scope: ProductScope, nodes: Nodes) -> tuple[UnitTest, ...]:
    found = []
    for file in folder.unit_tests:
        mapping = read_mapping(reader, file.path, what="a unit test")
        if mapping is None or file.name in nodes.broken:
            continue
        test = build_unit_test(
            file,
            mapping,
            product=scope.address,
            nodes=nodes.nodes,
            params=scope.params,
            broken=nodes.broken,
            findings=reader.findings,
        )
        if test is not None:
            found.append(test)
    return tuple(found)


def _variations(
    reader: MeshReader, folder: ProductFolder, scope: ProductScope, nodes: Nodes, readings: Readings
) -> Mapping[str, Variation]:
    mapping = readings.pipelines.get(f"{folder.path}/{PIPELINE_FILE}")
    return MappingProxyType({}) if mapping is None else read_variations(mapping, scope, nodes, reader.findings)


def _triggers(
    reader: MeshReader, folder: ProductFolder, scope: ProductScope, nodes: Nodes, readings: Readings
) -> tuple[Trigger, ...]:
    mapping = readings.pipelines.get(f"{folder.path}/{PIPELINE_FILE}")
    if mapping is None or not ("triggers" in mapping or "schedule" in mapping):
        return ()
    levels = (scope.params, *(node.params for node in nodes.nodes.values()))
    return read_triggers(mapping, TriggerScope(product=scope.address, levels=levels), reader.findings)


def _aliases(
    folder: ProductFolder, address: str, nodes: Nodes, settings: MeshSettings, reader: MeshReader, readings: Readings
) -> tuple[DatasetAlias, ...]:
    mapping = readings.pipelines.get(f"{folder.path}/{PIPELINE_FILE}")
    if mapping is None or "aliases" not in mapping:
        return ()
    from meshwright.files.standards.openlineage.names import job_namespace  # lazy: few products have aliases

    own = ToldName(namespace=job_namespace(settings.name, settings.openlineage.namespace, "prod"), name="x")
    return read_aliases(
        mapping,
        product=address,
        datasets=nodes.dataset_names,
        own_namespace=normal_name(own).namespace,
        findings=reader.findings,
    )


def _source_paths(nodes: Nodes) -> list[str]:
    """Return the places that the product's sources name; of databases there are none."""
    sources = (node.source for node in nodes.nodes.values())
    return [source.path for source in sources if isinstance(source, (FileSource, TableSource))]


def _outside_files(nodes: Nodes) -> tuple[str, ...]:
    """Return the files that tools read for the product's nodes."""
    found = (path for node in nodes.nodes.values() if node.outside is not None for path in node.outside.files)
    return tuple(dict.fromkeys(found))


def _files(reader: MeshReader, folder: ProductFolder, code: tuple[str, ...]) -> tuple[SourceFile, ...]:
    """Return the files of the product that were read, by path; `code` are those of its Python nodes."""
    single = [f"{folder.path}/{name}" for name in (PRODUCT_FILE, PIPELINE_FILE, CONSUMERS_FILE)]
    named = [
        file.path for files in (folder.contracts, folder.models, folder.tests, folder.unit_tests) for file in files
    ]
    return source_files(reader, (*single, *named, *code))


def source_files(reader: MeshReader, paths: tuple[str, ...]) -> tuple[SourceFile, ...]:
    """Return those of `paths` that were read, sorted, with their digests."""
    return tuple(SourceFile(path=path, digest=reader.digest(path)) for path in sorted(paths) if path in reader.contents)


def _span(folder: ProductFolder) -> SourceSpan:
    """Return the product's place: its document, else its pipeline, else its folder."""
    if folder.has_product:
        return SourceSpan(file=f"{folder.path}/{PRODUCT_FILE}")
    if folder.has_pipeline:
        return SourceSpan(file=f"{folder.path}/{PIPELINE_FILE}")
    return SourceSpan(file=folder.path)
