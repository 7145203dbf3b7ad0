"""What is expensive to read, for the whole mesh at once: SQL, contracts and product documents, through the parse cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from meshwright.diagnostics import Diagnostic
from meshwright.files.cache import ParseCache
from meshwright.files.cached import cache_key, read_through
from meshwright.files.codecs.contracts import (
    DatasetRules,
    decode_contract,
    decode_rules,
    encode_contract,
    encode_rules,
)
from meshwright.files.codecs.products import decode_product, encode_product
from meshwright.files.discovery import PIPELINE_FILE, PRODUCT_FILE, DomainFolder
from meshwright.files.documents import read_mapping
from meshwright.files.outside import ToolReader
from meshwright.files.python import main_files
from meshwright.files.pythonmodules import LocalModules, MainFile, ModuleReader
from meshwright.files.reading import MeshReader
from meshwright.files.settings import MeshSettings
from meshwright.files.standards import ProductDocument, read_contract, read_product, read_quality_rules
from meshwright.files.statements import StatementRequest, parse_statements
from meshwright.files.yaml import YamlMapping
from meshwright.frozen import dataclass
from meshwright.model import Contract
from meshwright.sql import ParsedStatement

#: The dialect of all models; `mesh.yaml` admits no other yet.
_DIALECT = "duckdb"


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """What was read of all files of the mesh, by path; a file that could not be read as text is absent."""

    statements: Mapping[str, ParsedStatement]
    contracts: Mapping[str, tuple[Contract | None, tuple[Diagnostic, ...]]]
    documents: Mapping[str, tuple[ProductDocument | None, tuple[Diagnostic, ...]]]
    #: The root of every `pipeline.yaml`; absent where it is none.
    pipelines: Mapping[str, YamlMapping]
    #: Of every `pipeline.yaml` with tests: dataset -> its rules.
    rules: Mapping[str, DatasetRules]
    #: Python files, and what each node's file is made of.
    modules: ModuleReader
    local_modules: Mapping[MainFile, LocalModules]
    #: What tools tell of nodes.
    tools: ToolReader
    #: By the folder of a product: what was found while its files were read; what is wrong with what they say is beside that.
    findings: Mapping[str, tuple[Diagnostic, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tests:
    """The ``tests`` of a `pipeline.yaml`."""

    path: str
    digest: str
    tests: YamlMapping


@dataclass(frozen=True, kw_only=True, slots=True)
class _Document:
    path: str
    data: bytes
    digest: str


def read_expensive(
    reader: MeshReader,
    folders: Sequence[DomainFolder],
    settings: MeshSettings,
    cache: ParseCache | None,
    tools: ToolReader,
    code: Sequence[MainFile] = (),
) -> Readings:
    """Read all models, tests, contracts and product documents; the unreadable ones are absent, with findings.

    `code` are files of Python nodes that no pipeline names.
    """
    statements: list[StatementRequest] = []
    contracts: list[_Document] = []
    documents: list[_Document] = []
    pipelines: dict[str, YamlMapping] = {}
    mains: list[MainFile] = [main for main in code if reader.has_file(main.path)]
    modules = ModuleReader(reader=reader, cache=cache)
    findings: dict[str, tuple[Diagnostic, ...]] = {}
    for domain in folders:
        for product in domain.products:
            first = len(reader.findings)
            address = f"{domain.name}.{product.name}"
            for file in (*product.models, *product.tests):
                text = reader.read_text(file.path)
                if text is not None:
                    statements.append(
                        StatementRequest(
                            path=file.path,
                            text=text,
                            digest=reader.digest(file.path),
                            product=address,
                            dialect=_DIALECT,
                        )
                    )
            contracts += _read(reader, (file.path for file in product.contracts))
            documents += _read(reader, (f"{product.path}/{PRODUCT_FILE}",) if product.has_product else ())
            path = f"{product.path}/{PIPELINE_FILE}"
            pipeline = read_mapping(reader, path, what=PIPELINE_FILE) if product.has_pipeline else None
            if pipeline is not None:
                pipelines[path] = pipeline
                mains += (
                    main for main in main_files(pipeline, product.path, domain.path) if reader.has_file(main.path)
                )
            findings[product.path] = tuple(reader.findings[first:])
    return Readings(
        statements=parse_statements(statements, cache),
        contracts=_contracts(contracts, settings, cache),
        documents=_documents(documents, cache),
        pipelines=pipelines,
        rules=_rules(reader, pipelines, settings, cache),
        modules=modules,
        local_modules=modules.local_modules(mains),
        findings=findings,
        tools=tools,
    )


def _read(reader: MeshReader, paths: Iterable[str]) -> list[_Document]:
    read = ((path, reader.read(path)) for path in paths)
    return [_Document(path=path, data=data, digest=reader.digest(path)) for path, data in read if data is not None]


def _contracts(
    requests: Sequence[_Document], settings: MeshSettings, cache: ParseCache | None
) -> Mapping[str, tuple[Contract | None, tuple[Diagnostic, ...]]]:
    severity = _severity(settings)
    keys = {request.path: cache_key(request.digest, request.path, severity) for request in requests}
    readings = read_through(
        cache,
        "contract",
        {keys[request.path]: request for request in requests},
        make=lambda request: read_contract(request.data, request.path, settings.severity),
        encode=encode_contract,
        decode=lambda _, encoded: decode_contract(encoded),
    )
    return {path: readings[key] for path, key in keys.items()}


def _documents(
    requests: Sequence[_Document], cache: ParseCache | None
) -> Mapping[str, tuple[ProductDocument | None, tuple[Diagnostic, ...]]]:
    keys = {request.path: cache_key(request.digest, request.path) for request in requests}
    readings = read_through(
        cache,
        "product",
        {keys[request.path]: request for request in requests},
        make=lambda request: read_product(request.data, request.path),
        encode=encode_product,
        decode=lambda _, encoded: decode_product(encoded),
    )
    return {path: readings[key] for path, key in keys.items()}


def _rules(
    reader: MeshReader, pipelines: Mapping[str, YamlMapping], settings: MeshSettings, cache: ParseCache | None
) -> Mapping[str, DatasetRules]:
    severity = _severity(settings)
    requests = [
        _Tests(path=path, digest=reader.digest(path), tests=tests)
        for path, pipeline in pipelines.items()
        if isinstance(tests := pipeline.get("tests"), YamlMapping)
    ]
    keys = {request.path: cache_key(request.digest, request.path, severity) for request in requests}
    readings = read_through(
        cache,
        "rules",
        {keys[request.path]: request for request in requests},
        make=lambda request: {
            entry.key: read_quality_rules(entry.value, request.path, settings.severity) for entry in request.tests
        },
        encode=encode_rules,
        decode=lambda _, encoded: decode_rules(encoded),
    )
    return {path: readings[key] for path, key in keys.items()}


def _severity(settings: MeshSettings) -> dict[str, str]:
    return {word: action.value for word, action in settings.severity.items()}
