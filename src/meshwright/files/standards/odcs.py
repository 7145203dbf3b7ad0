"""ODCS contracts: the standard's text into `model.Contract`.

The whole document is validated against the standard's 3.2.0 schema, then against what the schema cannot say.
Documents of 3.0.x and 3.1.0 are read with the same schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from meshwright.checks.service_levels import service_level_findings
from meshwright.diagnostics import Diagnostic, SourceSpan, sort_diagnostics
from meshwright.files.standards.document import (
    StandardVersions,
    description,
    empty_text_finding,
    kind_mismatch,
    mappings,
    text,
    texts,
    unfinite_findings,
    version_finding,
)
from meshwright.files.standards.odcs_objects import ObjectReader
from meshwright.files.standards.quality import QualityReader
from meshwright.files.standards.rules_of_3_0 import modernised
from meshwright.files.standards.schedules import schedule_findings
from meshwright.files.yaml import (
    PlainValue,
    YamlMapping,
    YamlScalar,
    YamlSequence,
    node_at,
    parse_yaml,
    root_mapping,
    to_plain,
)
from meshwright.model import Action, Contract, SlaProperty, canonical_json, identity

_VERSIONS = StandardVersions(
    name="ODCS",
    read=("v3.2.0", "v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0"),
    pattern=re.compile(r"v3\.0\.\d+|v3\.1\.0|v3\.2\.0", re.ASCII),
    old=re.compile(r"v?[012](\.\d+)*", re.ASCII),
    old_fix="convert the contract to v3.2.0, for example with the export of the tool that wrote it",
)


def read_contract(
    data: bytes, file: str, severities: Mapping[str, Action]
) -> tuple[Contract | None, tuple[Diagnostic, ...]]:
    """Read an ODCS contract of 3.0.x, 3.1.0 or 3.2.0. Never raises for bad input.

    `severities` maps foreign severity words of quality rules. A contract comes together with errors where
    its objects and properties can all be named, so that the rest of the mesh can be checked in the same go;
    otherwise it is None.
    """
    document, findings = parse_yaml(data, file)
    if document is None:
        return None, findings
    root, shape = root_mapping(document, what="a contract")
    if root is None:
        return None, (*findings, *shape)
    foreign = kind_mismatch(root, wanted="ODCS")
    if foreign:
        return None, (*findings, foreign)
    wrong_version, is_readable = version_finding(root, _VERSIONS)
    if not is_readable and wrong_version:
        return None, (*findings, wrong_version)
    unfinite = unfinite_findings(data, root)
    said = [*findings, *([wrong_version] if wrong_version else [])]
    quality = QualityReader(file=file, severities=severities, is_3_0=_is_3_0(root))
    objects = ObjectReader(quality=quality)
    contract = _contract(root, objects)
    plain = to_plain(root)
    said += objects.findings
    said += quality.findings
    said += _schema_findings(plain, root, quality)
    said += (finding for node in mappings(root, "slaProperties") for finding in schedule_findings(node))
    said += service_level_findings(contract) if contract is not None and objects.is_whole else ()
    said += filter(None, (empty_text_finding(root, key, what="the contract") for key in ("id", "version", "name")))
    places = {finding.span for finding in unfinite}
    said = [*unfinite, *(finding for finding in said if finding.span not in places)]
    if contract is None or not objects.is_whole or unfinite:
        return None, sort_diagnostics(said)
    contract = replace(contract, digest=identity("mwcontract1", plain), document=canonical_json(plain))
    return contract, sort_diagnostics(said)


def _is_3_0(root: YamlMapping) -> bool:
    return (text(root, "apiVersion") or "").startswith("v3.0.")


def _schema_findings(plain: PlainValue, root: YamlMapping, quality: QualityReader) -> list[Diagnostic]:
    """Ask the standard's schema; what is said about quality rules already is not said again."""
    # Validating pulls in jsonschema_rs, which a verb that reads everything from the parse cache does without.
    from meshwright.files.standards.schemas import odcs_schema
    from meshwright.files.standards.violations import schema_findings

    value = modernised(plain) if quality.is_3_0 else plain
    if isinstance(value, dict) and isinstance(value.get("apiVersion"), str):
        value = {**value, "apiVersion": "v3.2.0"}  # `version_finding` judges it; the schema lists not every patch
    if isinstance(value, dict) and quality.is_flooded:
        value = {**value, "schema": _without_rules(value.get("schema"))}
    findings = schema_findings(odcs_schema(), value, root)
    return [finding for path, finding in findings if not _is_said(path, finding, root, quality)]


def _without_rules(value: PlainValue) -> PlainValue:
    """Leave quality rules out: the schema has a dozen words for each broken one, and many would take long."""
    if isinstance(value, list):
        return [_without_rules(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_rules(below) for key, below in value.items() if key != "quality"}
    return value


def _is_said(path: tuple[str | int, ...], finding: Diagnostic, root: YamlMapping, quality: QualityReader) -> bool:
    """Whether a finding of the schema repeats one that the readers of objects and rules make better."""
    if path[-1:] == ("enum",) and finding.code == "MW-C008" and len(path) == 5:
        return "repeats" in finding.message  # MW-C014 names the entry
    at = path.index("quality") if "quality" in path[1:] else None
    rules = node_at(root, path[: at + 1]) if at is not None else None
    if at is None or rules is None:
        return False
    return not isinstance(rules, YamlSequence) or quality.has_said(rules, path[at + 1 :])


def _contract(root: YamlMapping, objects: ObjectReader) -> Contract | None:
    """Read what can be read; None without an id, a version and a standard's version."""
    schema = objects.read(root)
    id_, version, api_version = (text(root, key) for key in ("id", "version", "apiVersion"))
    if id_ is None or version is None or api_version is None:
        return None
    return Contract(
        id=id_,
        version=version,
        api_version=api_version,
        name=text(root, "name"),
        status=text(root, "status"),
        description=description(root),
        tags=texts(root, "tags"),
        objects=schema,
        sla=tuple(_sla(root)),
        span=SourceSpan(file=root.file),
    )


def _sla(root: YamlMapping) -> list[SlaProperty]:
    """Read `slaProperties`; an element that is not written is the contract's `slaDefaultElement` (3.0)."""
    default = text(root, "slaDefaultElement")
    found = []
    for node in mappings(root, "slaProperties"):
        name = text(node, "property")
        value = node.get("value")
        if name is not None and isinstance(value, YamlScalar):
            found.append(
                SlaProperty(
                    property=name,
                    value=value.value,
                    unit=text(node, "unit"),
                    element=text(node, "element") or default,
                    driver=text(node, "driver"),
                    description=text(node, "description"),
                    id=text(node, "id"),
                    schedule=text(node, "schedule"),
                    scheduler=text(node, "scheduler"),
                    span=node.span,
                )
            )
    return found
