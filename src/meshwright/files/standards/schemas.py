"""The standards' own JSON schemas as validators, each built once a process.

ODCS 3.2.0 comes from the installed package `open-data-contract-standard`, found without importing it (its
import pulls in pydantic). ODPS 1.0.0 and 1.1.0 lie beside this module, as published.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.frozen import dataclass

if TYPE_CHECKING:
    import jsonschema_rs

    from meshwright.files.yaml import PlainValue

Schema: TypeAlias = "Mapping[str, object]"


@dataclass(frozen=True, kw_only=True, slots=True)
class StandardSchema:
    """One schema and its validator."""

    #: What a document of it is, for messages: ``contract``, ``product``.
    noun: str
    document: Schema
    validator: jsonschema_rs.Validator

    def errors(self, value: PlainValue) -> Iterator[jsonschema_rs.ValidationError]:
        """Yield what the schema says against `value`."""
        return self.validator.iter_errors(value)

    def keys_at(self, path: Sequence[str | int]) -> frozenset[str]:
        """Return every key that the schema at `path` of the document knows, under whatever condition."""
        node: object = self.document
        for step in path:
            node = _below(node, step)
        return frozenset(self._keys(node, frozenset()))

    def _keys(self, node: object, seen: frozenset[str]) -> Iterator[str]:
        if not isinstance(node, Mapping):
            return
        properties = node.get("properties")
        if isinstance(properties, Mapping):
            yield from properties
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            target: object = self.document
            for step in reference.removeprefix("#/").split("/"):
                target = _below(target, step)
            yield from self._keys(target, seen | {reference})
        for word in ("allOf", "anyOf", "oneOf"):
            branches = node.get(word)
            for branch in branches if isinstance(branches, list) else ():
                yield from self._keys(branch, seen)
        for word in ("then", "else"):
            yield from self._keys(node.get(word), seen)


@cache
def odcs_schema() -> StandardSchema:
    """Return the ODCS 3.2.0 schema, with one condition read as it is meant.

    The schema's rules for each logical type are conditions on `logicalType` that also hold where the key is
    absent, so that every property without a logical type would need a `map`. Here they ask for the key.
    """
    spec = importlib.util.find_spec("open_data_contract_standard")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    text = _read(Path(folders[0]) / "schema.json" if folders else Path("open_data_contract_standard/schema.json"))
    document = json.loads(text)
    for branch in document["$defs"]["SchemaBaseProperty"]["allOf"]:
        if "if" in branch:
            branch["if"]["required"] = ["logicalType"]
    return _compile("contract", document)


@cache
def quality_schema() -> StandardSchema:
    """Return the part of the ODCS schema that describes a list of quality rules."""
    document = odcs_schema().document
    part = {"$schema": document["$schema"], "$ref": "#/$defs/DataQualityChecks", "$defs": document["$defs"]}
    return _compile("quality rule", part)


@cache
def odps_schema(version: str) -> StandardSchema:
    """Return the ODPS schema of `version`: ``1.0.0`` or ``1.1.0``."""
    return _compile("product", json.loads(_read(Path(__file__).parent / "schemas" / f"odps-{version}.schema.json")))


def is_linear_pattern(pattern: str) -> bool:
    """Whether `pattern` is a regular expression that engines match in linear time (RE2's kind)."""
    import jsonschema_rs  # only for documents that hold a pattern

    try:
        jsonschema_rs.validator_for({"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions())
    except (ValueError, jsonschema_rs.ValidationError):
        return False
    return True


def _compile(noun: str, document: dict[str, object]) -> StandardSchema:
    import jsonschema_rs  # compiled; verbs that read everything from the parse cache do without

    validator = jsonschema_rs.validator_for(document)
    return StandardSchema(noun=noun, document=document, validator=validator)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise WorldError(
            Diagnostic(
                code="MW-C099",
                message=f"the standard's schema {path.name} is not installed with meshwright: {error.strerror}",
                fix="install meshwright again with its dependencies: pip install --force-reinstall meshwright",
            )
        ) from error


def _below(node: object, step: str | int) -> object:
    """Return the part of a schema under one step of a path, None where there is none."""
    if isinstance(node, Mapping):
        return node.get(step)
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node[step]
    return None
