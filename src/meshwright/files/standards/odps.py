"""ODPS products (Bitol's Open Data Product Standard) into an own record."""

from __future__ import annotations

import re
from collections.abc import Iterator

from meshwright.diagnostics import Diagnostic, SourceSpan, sort_diagnostics
from meshwright.files.standards.document import (
    StandardVersions,
    description,
    empty_text_finding,
    kind_mismatch,
    mappings,
    repeated_findings,
    text,
    texts,
    unfinite_findings,
    version_finding,
)
from meshwright.files.standards.status import status_finding
from meshwright.files.yaml import PlainValue, YamlMapping, YamlScalar, parse_yaml, root_mapping, to_plain
from meshwright.frozen import dataclass
from meshwright.model import canonical_json

_VERSIONS = StandardVersions(
    name="ODPS",
    read=("v1.1.0", "v1.0.0"),
    pattern=re.compile(r"v1\.[01]\.0", re.ASCII),
    old=re.compile(r"v?0(\.\d+)*", re.ASCII),
    old_fix="write the product in v1.1.0: change apiVersion, then correct what is reported",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputPort:
    """A port as the product declares it."""

    name: str
    version: str | None = None
    #: The `id` of its ODCS contract.
    contract_id: str | None = None
    description: str | None = None
    span: SourceSpan | None = None
    #: Where the contract's id is written, for findings about it.
    contract_span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InputPort:
    """What the product says that it reads."""

    name: str
    version: str | None = None
    contract_id: str | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductDocument:
    """One ODPS document."""

    id: str
    #: The standard's version it is written in, for example ``v1.1.0``.
    api_version: str
    name: str | None = None
    version: str | None = None
    status: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    ports: tuple[OutputPort, ...] = ()
    input_ports: tuple[InputPort, ...] = ()
    #: The whole document as canonical JSON.
    document: str = "{}"
    span: SourceSpan | None = None


def read_product(data: bytes, file: str) -> tuple[ProductDocument | None, tuple[Diagnostic, ...]]:
    """Read an ODPS product of 1.0.0 or 1.1.0. Never raises for bad input.

    A product comes together with errors where its id is known and all its ports can be named; else None.
    """
    document, findings = parse_yaml(data, file)
    if document is None:
        return None, findings
    root, shape = root_mapping(document, what="a product")
    if root is None:
        return None, (*findings, *shape)
    foreign = kind_mismatch(root, wanted="ODPS of Bitol")
    if foreign:
        return None, (*findings, foreign)
    wrong_version, is_readable = version_finding(root, _VERSIONS)
    if not is_readable and wrong_version:
        return None, (*findings, wrong_version)
    unfinite = unfinite_findings(data, root)
    plain = to_plain(root)
    said = [*findings, *([wrong_version] if wrong_version else [])]
    said += _schema_findings(plain, root)
    said += _port_findings(root)
    said += filter(None, (empty_text_finding(root, key, what="the product") for key in ("id", "name", "version")))
    said += filter(None, (status_finding(root),))
    places = {finding.span for finding in unfinite}
    said = [*unfinite, *(finding for finding in said if finding.span not in places)]
    product = None if unfinite else _product(root, plain)
    return product, sort_diagnostics(said)


def _schema_findings(plain: PlainValue, root: YamlMapping) -> Iterator[Diagnostic]:
    # Validating pulls in jsonschema_rs, which a verb that reads everything from the parse cache does without.
    from meshwright.files.standards.schemas import odps_schema
    from meshwright.files.standards.violations import schema_findings

    version = text(root, "apiVersion")
    schema = odps_schema("1.0.0" if version == "v1.0.0" else "1.1.0")
    if isinstance(plain, dict) and version is not None:
        plain = {**plain, "apiVersion": "v1.0.0"}  # in both schemas; `version_finding` judges what is written
    for _, finding in schema_findings(schema, plain, root):
        yield finding


def _port_findings(root: YamlMapping) -> Iterator[Diagnostic]:
    """Report ports that are there twice under one version, and empty names."""
    for key, what in (("outputPorts", "output port"), ("inputPorts", "input port")):
        named = []
        for node in mappings(root, key):
            empty = empty_text_finding(node, "name", what=f"an {what}")
            if empty:
                yield empty
            name, version = text(node, "name"), text(node, "version")
            if name:
                named.append((f"{name} {version}" if version else name, node.span))
        fix = "remove one, or give it a version of its own"
        yield from repeated_findings(iter(named), code="MW-C041", what=what, fix=fix)


def _product(root: YamlMapping, plain: PlainValue) -> ProductDocument | None:
    """Read what can be read; None without an id, a standard's version and names for all ports."""
    id_, api_version = text(root, "id"), text(root, "apiVersion")
    if not id_ or api_version is None:
        return None
    for key in ("outputPorts", "inputPorts"):
        ports = root.get(key)
        names = [text(node, "name") for node in mappings(root, key)]
        if ports is not None and (
            not all(names) or isinstance(ports, YamlScalar | YamlMapping) or len(ports) > len(names)
        ):
            return None
    return ProductDocument(
        id=id_,
        api_version=api_version,
        name=text(root, "name"),
        version=text(root, "version"),
        status=text(root, "status"),
        description=description(root),
        tags=texts(root, "tags"),
        ports=tuple(
            OutputPort(
                name=text(node, "name") or "",
                version=text(node, "version"),
                contract_id=text(node, "contractId"),
                description=text(node, "description"),
                span=node.span,
                contract_span=node.span_of("contractId"),
            )
            for node in mappings(root, "outputPorts")
        ),
        input_ports=tuple(
            InputPort(
                name=text(node, "name") or "",
                version=text(node, "version"),
                contract_id=text(node, "contractId"),
                span=node.span,
            )
            for node in mappings(root, "inputPorts")
        ),
        document=canonical_json(plain),
        span=SourceSpan(file=root.file),
    )
