"""Documents of the standards, as JSON or YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any  # OpenAPI

from fastapi import Request, Response

from meshwright.app.catalog_details import WrittenStandard, standard_yaml
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.http.answering import accepted, json_bytes

_YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/plain")
#: Identity of the published revision; absent where the document is only written.
REVISION = "Meshwright-Revision"


def _standard(name: str, kind: str, required: list[str], **more: Mapping[str, Any]) -> dict[str, Any]:
    texts = ("apiVersion", "id", "name", "version", "status", "domain", "tenant")
    return {
        "description": f"A document of the {name}, as it was written; what else it holds is said there.",
        "type": "object",
        "properties": {
            **{each: {"type": "string"} for each in texts},
            "kind": {"const": kind},
            "description": {"type": "object", "additionalProperties": True},
            "tags": {"type": "array", "items": {"type": "string"}},
            **more,
        },
        "required": required,
    }


_ENTRIES = {"type": "array", "items": {"type": "object", "additionalProperties": True}}
#: What is answered here, by the names of the schemas. A product may do without a description of its own.
STANDARD_SCHEMAS: Mapping[str, dict[str, Any]] = {
    "Contract": _standard(
        "Open Data Contract Standard (ODCS)",
        "DataContract",
        ["apiVersion", "kind", "id", "version", "status"],
        schema=_ENTRIES,
        slaProperties=_ENTRIES,
    ),
    "ProductDescription": _standard(
        "Open Data Product Standard (ODPS, Bitol)", "DataProduct", [], inputPorts=_ENTRIES, outputPorts=_ENTRIES
    ),
}


def answers_standard(told: Mapping[str, Any], component: str) -> dict[str, Any]:
    """Return what a route's decorator takes (`ruled`), with the schema of what is answered."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{component}"}}}
    return {**told, "responses": {**told["responses"], 200: {"description": "The document.", "content": content}}}


def respond_standard(request: Request, found: WrittenStandard) -> Response:
    """Answer with a document as it is, without anything of ours in it. Raises InputError (MW-H402) for other forms."""
    form = accepted(request, ("application/json", *_YAML))
    headers = {REVISION: found.revision} if found.revision is not None else {}
    if form is None:
        raise InputError(
            Diagnostic(
                code="MW-H402",
                message="this document is there as JSON and as YAML, and neither is accepted",
                fix="send 'Accept: application/json' or 'Accept: application/yaml'",
            )
        )
    if form in _YAML:
        return Response(standard_yaml(found).encode(), media_type=f"{form}; charset=utf-8", headers=headers)
    return Response(json_bytes(found.document), media_type="application/json", headers=headers)
