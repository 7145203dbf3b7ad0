"""Product documents with their findings as JSON."""

from __future__ import annotations

import json
from typing import Any  # decoded JSON: the shape is this module's own and is checked by the records made from it

from meshwright.diagnostics import Diagnostic
from meshwright.files.codecs.findings import pack_findings, pack_span, unpack_findings, unpack_span
from meshwright.files.standards import InputPort, OutputPort, ProductDocument


def encode_product(read: tuple[ProductDocument | None, tuple[Diagnostic, ...]]) -> str:
    """Write what reading a product document gave."""
    document, findings = read
    packed = [_pack_document(document) if document else None, pack_findings(findings)]
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":"))


def decode_product(encoded: str) -> tuple[ProductDocument | None, tuple[Diagnostic, ...]]:
    """Read what `encode_product` wrote. Raises ValueError or TypeError where it did not."""
    document, findings = json.loads(encoded)
    return (_unpack_document(document) if document else None, unpack_findings(findings))


def _pack_document(document: ProductDocument) -> list[object]:
    return [
        document.id,
        document.api_version,
        document.name,
        document.version,
        document.status,
        document.description,
        list(document.tags),
        [_pack_output(port) for port in document.ports],
        [_pack_input(port) for port in document.input_ports],
        document.document,
        pack_span(document.span),
    ]


def _unpack_document(packed: Any) -> ProductDocument:
    id_, api_version, name, version, status, description, tags, ports, input_ports, document, span = packed
    return ProductDocument(
        id=id_,
        api_version=api_version,
        name=name,
        version=version,
        status=status,
        description=description,
        tags=tuple(tags),
        ports=tuple(map(_unpack_output, ports)),
        input_ports=tuple(map(_unpack_input, input_ports)),
        document=document,
        span=unpack_span(span),
    )


def _pack_output(port: OutputPort) -> list[object]:
    return [
        port.name,
        port.version,
        port.contract_id,
        port.description,
        pack_span(port.span),
        pack_span(port.contract_span),
    ]


def _unpack_output(packed: Any) -> OutputPort:
    name, version, contract_id, description, span, contract_span = packed
    return OutputPort(
        name=name,
        version=version,
        contract_id=contract_id,
        description=description,
        span=unpack_span(span),
        contract_span=unpack_span(contract_span),
    )


def _pack_input(port: InputPort) -> list[object]:
    return [port.name, port.version, port.contract_id, pack_span(port.span)]


def _unpack_input(packed: Any) -> InputPort:
    name, version, contract_id, span = packed
    return InputPort(name=name, version=version, contract_id=contract_id, span=unpack_span(span))
