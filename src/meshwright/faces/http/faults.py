"""What is wrong with a request that is not as the OpenAPI document says, as diagnostics that name what is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args  # annotations of models

from fastapi import Request
from pydantic import BaseModel

from meshwright.diagnostics import Diagnostic, known_names_hint

_SEE = "the OpenAPI document at /api/v1/openapi.json says what is taken"


def request_faults(request: Request, errors: Sequence[Mapping[str, Any]]) -> list[Diagnostic]:
    """Return the diagnostics of a request's validation errors, as pydantic gives them, in their order."""
    body = _body_annotation(request)
    return [_unread(request, each) or _fault(each, body) for each in errors]


def _unread(request: Request, found: Mapping[str, Any]) -> Diagnostic | None:
    """Return what is told of a body that was not read as JSON, for nothing says that it is JSON; None of any other fault.

    curl sends `-d` as a form unless it is told otherwise, and its body then is bytes to the framework.
    """
    if tuple(found["loc"]) != ("body",) or not isinstance(found["input"], bytes):
        return None
    said = request.headers.get("content-type")
    sent = f"as {said.partition(';')[0].strip()!r}" if said else "without a Content-Type"
    return Diagnostic(
        code="MW-H010",
        message=f"the body came {sent}",
        fix="send JSON, with the header 'Content-Type: application/json'",
    )


def _fault(found: Mapping[str, Any], body: object) -> Diagnostic:
    where, *path = [str(part) for part in found["loc"]] or ["request"]
    message = str(found["msg"])
    if found["type"] == "json_invalid":
        return Diagnostic(
            code="MW-H012",
            message=f"the body is no JSON: {found.get('ctx', {}).get('error', message)}",
            fix="send JSON",
        )
    place = ".".join(path)
    names = _names(body, path[:-1]) if where == "body" and path else ()
    if found["type"] == "extra_forbidden" and names:
        return Diagnostic(
            code="MW-H010",
            message=f"no field {path[-1]!r} in the body" + (f" at {'.'.join(path[:-1])!r}" if path[1:] else ""),
            fix=known_names_hint(path[-1], names, what="fields"),
        )
    return Diagnostic(
        code="MW-H010", message=f"{where} {place}: {message}" if place else f"{where}: {message}", fix=_SEE
    )


def _body_annotation(request: Request) -> object:
    """Return the type of the body that the operation takes; None where it takes none, or takes it as it comes."""
    field = getattr(request.scope.get("route"), "body_field", None)
    return None if field is None else field.field_info.annotation


def _names(annotation: object, path: Sequence[str]) -> Sequence[str]:
    """Return the names of the fields that there are at a place of a body; none where that is not one model's."""
    models = _models(annotation)
    for part in path:
        fields = [
            field for model in models for name, field in model.model_fields.items() if part in {name, field.alias}
        ]
        # Anything else in a path is the place in a list, the name of an entry, or which model of a union was tried.
        models = [inner for field in fields for inner in _models(field.annotation)] if fields else models
    if len(models) != 1:
        return ()
    return [field.alias or name for name, field in models[0].model_fields.items()]


def _models(annotation: object) -> list[type[BaseModel]]:
    """Return the models that an annotation names, through unions, lists, maps and Annotated."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
