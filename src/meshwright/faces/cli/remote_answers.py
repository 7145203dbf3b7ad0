"""Answers of a server, written as the command writes them where the mesh lies: documents, texts, exit statuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any  # decoded JSON

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.faces.cli.invocation import Invocation, tell, write_document, write_lines
from meshwright.faces.cli.remote_connection import told_diagnostic
from meshwright.faces.cli.remote_transport import EXIT_STATUS, as_answered, not_ours
from meshwright.faces.text.findings import error_lines

if TYPE_CHECKING:
    import httpx

#: How many lines at the end of a text are what the command says on standard error.
_TOLD_LINES = "Meshwright-Told-Lines"
_PLAN = "meshwright/plan/1"
#: What a command ends with.
_STATUSES = frozenset({"0", "1", "2", "3", "130"})


def answer(invocation: Invocation, found: httpx.Response) -> None:
    """Write an answer, and set the exit status that it says. Raises WorldError (MW-U100) for what is none of a verb."""
    status = found.headers.get(EXIT_STATUS, "")
    if status not in _STATUSES:
        raise _no_answer(found)
    kind = found.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        document = _document(found)
        findings = _findings(found, document)
        invocation.status, invocation.is_answering = int(status), True
        write_document(invocation, document)
        if findings:
            tell(error_lines(findings, invocation.err))
        return
    if kind != "text/plain" or invocation.is_json:
        raise _no_answer(found)
    invocation.status = int(status)
    lines = found.text.split("\n")[:-1]  # every one ends with a line feed
    count = found.headers.get(_TOLD_LINES, "")
    end = len(lines) - (int(count) if count.isascii() and count.isdigit() else 0)
    write_lines(lines[:end])
    tell(lines[end:])


def _document(found: httpx.Response) -> dict[str, Any]:
    try:
        document = json.loads(found.text)
    except (ValueError, RecursionError):
        raise _no_answer(found) from None
    # Every document of a verb names its schema.
    if not isinstance(document, dict) or not str(document.get("schema", "")).startswith("meshwright/"):
        raise _no_answer(found)
    return document


def _findings(found: httpx.Response, document: dict[str, Any]) -> list[Diagnostic]:
    """Return what a plan that could not be made tells beside its document."""
    if document["schema"] != _PLAN or not document.get("error"):
        return []
    with as_answered(_server_of(found), found):
        return [told_diagnostic(each) for each in document["error"]["diagnostics"]]


def _no_answer(found: httpx.Response) -> WorldError:
    return not_ours(_server_of(found), found.request, found)


def _server_of(found: httpx.Response) -> str:
    return f"{found.request.url.scheme}://{found.request.url.netloc.decode()}"


def no_json(server: str, error: json.JSONDecodeError) -> WorldError:
    """Return the error about JSON that is none (MW-U100)."""
    return WorldError(
        Diagnostic(
            code="MW-U100",
            message=f"{server} answered JSON that is none: {error}",
            fix="see what stands between: a proxy must pass /api/v1 on as it is",
        )
    )
