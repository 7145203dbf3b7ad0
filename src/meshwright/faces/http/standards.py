"""Documents of the standards, as JSON or YAML."""

from __future__ import annotations

from fastapi import Request, Response

from meshwright.app.catalog_details import WrittenStandard, standard_yaml
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.http.answering import accepted, json_bytes

_YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/plain")
#: Identity of the published revision; absent where the document is only written.
REVISION = "Meshwright-Revision"


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
