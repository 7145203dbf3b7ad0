"""The way to one server: what is sent in which form, and what it refuses as the command does where the mesh lies."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any  # decoded JSON

from meshwright.client.outgoing import Outgoing, Settings
from meshwright.client.problems import ClientError, Problem, UnexpectedAnswer
from meshwright.client.transport import Transport
from meshwright.diagnostics import (
    Diagnostic,
    InputError,
    InterruptedRun,
    MeshwrightError,
    RefusedError,
    Severity,
    SourceSpan,
    WorldError,
)
from meshwright.diagnostics.codes import is_known_code
from meshwright.faces.cli.credentials import find_token, require_token, server_address
from meshwright.faces.cli.invocation import Invocation
from meshwright.faces.cli.remote_transport import ServerTransport, not_ours

if TYPE_CHECKING:
    import httpx

#: What a sandbox is provisioned with, and tests, may take long before the answer begins.
_PATIENCE_S = 3600.0


class Connection:
    """The way to one server."""

    def __init__(self, server: str, token: str | None = None) -> None:
        self.server = server_address(server)
        token = require_token(token) if token else find_token(self.server, os.environ)
        settings = Settings(url=self.server, token=token, timeout_s=_PATIENCE_S)
        self.transport = Transport(settings, ServerTransport(self.server))
        self._has_token = token is not None

    def __enter__(self) -> Connection:
        """Open a block at whose end the connections are closed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.transport.close()

    def ask(self, outgoing: Outgoing, invocation: Invocation) -> httpx.Response:
        """Send a request and return its answer, in the form that the call asks for. Raises MeshwrightError."""
        try:
            return self.transport.send(in_form(outgoing, invocation))
        except ClientError as error:
            if isinstance(error, Problem) and not error.is_problem_document:
                return error.answer  # a document that says no
            raise self.told(error) from error

    @contextmanager
    def reading(self, outgoing: Outgoing) -> Iterator[httpx.Response]:
        """Give an answer whose body is read while the block goes on. Raises MeshwrightError."""
        try:
            with self.transport.stream(outgoing) as found:
                yield found
        except ClientError as error:
            raise self.told(error) from error

    def told(self, error: ClientError) -> MeshwrightError:
        """Return an error of a server as the command raises it where the mesh lies."""
        if isinstance(error, UnexpectedAnswer):
            return not_ours(self.server, error.answer.request, error.answer)
        if not isinstance(error, Problem):
            return WorldError(
                Diagnostic(
                    code="MW-U025",
                    message=str(error),
                    fix="see whether mw serve runs, at this address, and give the same command again",
                )
            )
        if error.status == 401 and not self._has_token:
            return InputError(
                Diagnostic(
                    code="MW-U026",
                    message=f"nobody is logged in at {self.server}",
                    fix=f"mw login {self.server}; or set MESHWRIGHT_TOKEN",
                )
            )
        return error_of(error.document)


def in_form(outgoing: Outgoing, invocation: Invocation) -> Outgoing:
    """Return a request for a document, or for text as it is to be shown here."""
    if invocation.is_json:
        return replace(outgoing, accept="application/json")
    look = invocation.out
    drawn = {
        "Meshwright-Width": str(look.width) if look.width else None,
        "Meshwright-Color": "1" if look.has_color else None,
        "Meshwright-Ascii": None if look.has_unicode else "1",
    }
    return replace(outgoing, accept="text/plain, application/json;q=0.5", headers={**outgoing.headers, **drawn})


def error_of(document: Mapping[str, Any]) -> MeshwrightError:
    """Return the error that a problem document tells."""
    try:
        told = [told_diagnostic(each) for each in document.get("diagnostics") or ()]
    except (AttributeError, KeyError, TypeError, ValueError):  # of a release that tells findings in another form
        told = []
    if not told:
        words, fix = (document.get(name) for name in ("detail", "fix"))
        reason = str(words or document.get("title") or "it gave no reason")
        told = [Diagnostic(code="MW-U027", message=f"the server refused: {reason}", fix=str(fix) if fix else None)]
    status = document.get("exit_status")
    kinds: dict[int, type[MeshwrightError]] = {1: RefusedError, 2: InputError, 130: InterruptedRun}
    kind = kinds.get(status, WorldError) if isinstance(status, int) else WorldError
    return kind(*told)


def told_diagnostic(found: Mapping[str, Any]) -> Diagnostic:
    """Return a finding that a document tells. Raises KeyError, TypeError, ValueError, AttributeError for what tells none."""
    file, code, message = found.get("file"), str(found["code"]), str(found["message"])
    if not is_known_code(code):  # of a newer server
        code, message = "MW-U027", f"{code} {message}"
    return Diagnostic(
        code=code,
        severity=Severity(found.get("severity") or "error"),
        message=message,
        span=SourceSpan(file=str(file), line=int(found["line"]), column=int(found["column"])) if file else None,
        fix=found.get("fix"),
        object=found.get("object"),
    )
