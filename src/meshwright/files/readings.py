"""What is expensive to read, for the whole mesh at once: SQL, contracts and product documents, through the parse cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from meshwright.diagnostics import Diagnostic
from meshwright.files.cache import ParseCache
from meshwright.files.cached import cache_key, read_through
from meshwright.files.codecs.contracts import decode_contract, encode_contract
from meshwright.files.codecs.products import decode_product, encode_product
from meshwright.files.discovery import PRODUCT_FILE, DomainFolder
from meshwright.files.reading import MeshReader
from meshwright.files.settings import MeshSettings
from meshwright.files.standards import ProductDocument, read_contract, read_product
from meshwright.files.statements import StatementRequest, parse_statements
from meshwright.model import Contract, bytes_identity
from meshwright.sql import ParsedStatement

#: The dialect of all models; `mesh.yaml` admits no other yet.
_DIALECT = "duckdb"


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """What was read of all files of the mesh, by path; a file that could not be read as text is absent."""

    statements: Mapping[str, ParsedStatement]
    contracts: Mapping[str, tuple[Contract | None, tuple[Diagnostic, ...]]]
    documents: Mapping[str, tuple[ProductDocument | None, tuple[Diagnostic, ...]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Document:
    path: str
    data: bytes


def read_expensive(
    reader: MeshReader, folders: Sequence[DomainFolder], settings: MeshSettings, cache: ParseCache | None
) -> Readings:
    """Read all models, tests, contracts and product documents; the unreadable ones are absent, with findings."""
    statements: list[StatementRequest] = []
    contracts: list[_Document] = []
    documents: list[_Document] = []
    for domain in folders:
        for product in domain.products:
            address = f"{domain.name}.{product.name}"
            for file in (*product.models, *product.tests):
                text = reader.read_text(file.path)
                if text is not None:
                    statements.append(StatementRequest(path=file.path, text=text, product=address, dialect=_DIALECT))
            contracts += _read(reader, (file.path for file in product.contracts))
            documents += _read(reader, (f"{product.path}/{PRODUCT_FILE}",) if product.has_product else ())
    return Readings(
        statements=parse_statements(statements, cache),
        contracts=_contracts(contracts, settings, cache),
        documents=_documents(documents, cache),
    )


def _read(reader: MeshReader, paths: Iterable[str]) -> list[_Document]:
    read = ((path, reader.read(path)) for path in paths)
    return [_Document(path=path, data=data) for path, data in read if data is not None]


def _contracts(
    requests: Sequence[_Document], settings: MeshSettings, cache: ParseCache | None
) -> Mapping[str, tuple[Contract | None, tuple[Diagnostic, ...]]]:
    severity = {word: action.value for word, action in settings.severity.items()}
    keys = {request.path: cache_key(bytes_identity(request.data), request.path, severity) for request in requests}
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
    keys = {request.path: cache_key(bytes_identity(request.data), request.path) for request in requests}
    readings = read_through(
        cache,
        "product",
        {keys[request.path]: request for request in requests},
        make=lambda request: read_product(request.data, request.path),
        encode=encode_product,
        decode=lambda _, encoded: decode_product(encoded),
    )
    return {path: readings[key] for path, key in keys.items()}
