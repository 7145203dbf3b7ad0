"""Completes the OpenAPI document: schemas and examples of answers, which endpoints, that render documents, do not declare.

`examples.json` holds a real answer of each operation, `schemas.json` the schemas of documents by name. Both are written by
scripts/write_api.py; tests hold them against what the server gives.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any  # OpenAPI

_METHODS = ("get", "put", "post", "delete", "patch")
_REF = "#/components/schemas/"
#: What the framework writes of answers that nobody described.
_UNTOLD = "Successful Response"
_JSON, _TEXT, _PROBLEM = "application/json", "text/plain", "application/problem+json"


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Add schemas and examples to a document; in place."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas |= described("schemas.json")
    examples = described("examples.json")
    for item in document["paths"].values():
        for method in _METHODS:
            operation = item.get(method)
            if operation is not None:
                _complete(operation, examples.get(operation["operationId"]), schemas)
    return document


@cache
def described(name: str) -> Mapping[str, Any]:
    """Return one of the files beside this module."""
    found: Mapping[str, Any] = json.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
    return found


def _complete(operation: dict[str, Any], example: Mapping[str, Any] | None, schemas: Mapping[str, Any]) -> None:
    """Complete one operation."""
    responses = operation["responses"]
    parameters = {each["name"].lower() for each in operation.get("parameters", ())}
    if "if-match" in parameters:
        responses["412"] = _problem("It has changed since the caller looked.")
    if example is None:
        return
    status = str(example["status"])
    told = responses.setdefault(status, {})
    if responses.get("200", {}).get("description") == _UNTOLD and status != "200":
        del responses["200"]  # the framework's guess
    told["description"] = operation.get("summary", "The answer")
    content = told.setdefault("content", {})
    if example["media_type"] != _JSON and content.get(_JSON) == {"schema": {}}:
        del content[_JSON]
    content[example["media_type"]] = _content(example, schemas, content.get(example["media_type"], {}))
    for form in example["forms"]:
        content.setdefault(form, {"schema": {"type": "string"}})
    if example["tag"]:
        responses["304"] = {"description": "It is as the caller knows it (`If-None-Match`)."}
    for code in operation.pop("x-says-no", ()):
        # The verb's own document, of an answer that is no.
        responses[code]["content"] |= {
            media_type: {"schema": each["schema"]}
            for media_type, each in content.items()
            if media_type in {_JSON, _TEXT}
        }
    _complete_request(operation, example)


def _content(example: Mapping[str, Any], schemas: Mapping[str, Any], declared: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return how an answer is told: by the schema of its document, else as its route declares it."""
    answer = example["answer"]
    name = component_name(answer)
    if name is not None and name in schemas:
        own = {"$ref": f"{_REF}{name}"}
        several = declared.get("schema", {}).get("anyOf", ())
        return {"schema": declared["schema"] if own in several else own, "example": answer}
    if example["media_type"] != _JSON:
        return declared or {"schema": {"type": "string"}}
    schema = declared.get("schema") or {"type": "object"}
    return {"schema": schema, **({} if answer is None else {"example": answer})}


def component_name(document: object) -> str | None:
    """Return what the schema of a document is called: ``meshwright/env-diff/1`` is ``EnvDiff``; None for what has none.

    ``meshwright/show/1`` is one schema for each kind.
    """
    if not isinstance(document, dict) or not str(document.get("schema", "")).startswith("meshwright/"):
        return None
    _, name, number = str(document["schema"]).split("/")
    words = [*name.split("-"), *(str(document["kind"]).split("-") if name == "show" else ())]
    return "".join(word.capitalize() for word in words) + ("" if number == "1" else number)


def _complete_request(operation: dict[str, Any], example: Mapping[str, Any]) -> None:
    given = {**example["path"], **example["query"]}
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in given and parameter["in"] in {"path", "query"}:
            value = given[parameter["name"]]
            parameter["example"] = [value] if _takes_a_list(parameter["schema"]) and isinstance(value, str) else value
    body = operation.get("requestBody")
    if body is not None and example["body"] is not None:
        media_type = next(iter(body["content"]))
        body["content"][media_type].setdefault("example", example["body"])


def _takes_a_list(schema: Mapping[str, Any]) -> bool:
    return any(each.get("type") == "array" for each in (schema, *schema.get("anyOf", ())))


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {_PROBLEM: {"schema": {"$ref": f"{_REF}Problem"}}}}
