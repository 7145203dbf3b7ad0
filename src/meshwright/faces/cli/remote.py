"""A command through a server: the same answer, text, document and exit status, made there and written here."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any  # decoded JSON

from meshwright.client.outgoing import Outgoing, Settings
from meshwright.client.problems import ClientError, Problem
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
from meshwright.faces.cli.credentials import find_token, server_address
from meshwright.faces.cli.invocation import Invocation, write_document
from meshwright.faces.cli.remote_verbs import VERBS, Parameters
from meshwright.frozen import dataclass

if TYPE_CHECKING:
    import httpx

#: Commands that ask for a run and follow it, and those on runs that take more than one request.
_RUNS = frozenset({"run", "runs resume", "runs repeat", "promote"})
_RECORDS = frozenset({"runs stop", "runs logs", "runs export"})
_EXIT_STATUS = "Meshwright-Exit-Status"
#: What a sandbox is provisioned with may take long before the answer begins.
_PATIENCE_S = 3600.0


def carry_out(words: str, given: Parameters, invocation: Invocation) -> None:
    """Carry a command out through the server that the call names. Raises MeshwrightError as the command does."""
    assert invocation.server is not None  # who calls this has looked
    if words in _RUNS:
        from meshwright.faces.cli.remote_runs import RUNS, run_through  # it needs this module

        outgoing = RUNS[words](given)
        with Connection(invocation.server) as connection:
            run_through(connection, outgoing, given, invocation)
        return
    if words in _RECORDS:
        from meshwright.faces.cli.remote_records import carry_out_record  # as above

        with Connection(invocation.server) as connection:
            carry_out_record(words, connection, given, invocation)
        return
    build = VERBS.get(words)
    if build is None:
        raise InputError(
            Diagnostic(
                code="MW-U024",
                message=f"'mw {words}' works where the mesh lies, and not through a server",
                fix="leave --server away, and unset MESHWRIGHT_SERVER; or give the command on the server's machine",
            )
        )
    with Connection(invocation.server) as connection:
        answer(invocation, connection.ask(build(given), invocation))


class Connection:
    """The way to one server."""

    def __init__(self, server: str, token: str | None = None) -> None:
        self.server = server_address(server)
        token = token or find_token(self.server, os.environ)
        self.transport = Transport(Settings(url=self.server, token=token, timeout_s=_PATIENCE_S))
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

    def told(self, error: ClientError) -> MeshwrightError:
        """Return an error of a server as the command raises it where the mesh lies."""
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


def answer(invocation: Invocation, found: httpx.Response) -> None:
    """Write an answer, and set the exit status that it says."""
    invocation.status = int(found.headers.get(_EXIT_STATUS, "0"))
    if found.headers.get("content-type", "").startswith("application/json"):
        document = json.loads(found.text)
        invocation.is_answering = True
        write_document(invocation, document)
        return
    sys.stdout.write(found.text)
    sys.stdout.flush()


def error_of(document: Mapping[str, Any]) -> MeshwrightError:
    """Return the error that a problem document tells."""
    told = [_diagnostic(each) for each in document.get("diagnostics") or ()]
    if not told:
        words = str(document.get("detail") or document.get("title") or "it gave no reason")
        told = [Diagnostic(code="MW-U027", message=f"the server refused: {words}", fix=document.get("fix"))]
    kinds: dict[int, type[MeshwrightError]] = {1: RefusedError, 2: InputError, 130: InterruptedRun}
    kind = kinds.get(int(document.get("exit_status") or 3), WorldError)
    return kind(*told)


def _diagnostic(found: Mapping[str, Any]) -> Diagnostic:
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """Who is let in, with what."""

    token: str
    id: str
    role: str
    domain: str | None
    mesh: str


def log_in(server: str, *, token: str | None = None, code: str | None = None) -> Login:
    """Ask a server who a token is, or change the code of a one-time link for one. Raises MeshwrightError."""
    with Connection(server, token=token) as connection:
        try:
            if code is not None:
                outgoing = Outgoing(method="POST", template="/api/v1/login", json={"code": code})
                token = str(connection.transport.send(outgoing).json()["token"])
            assert token is not None  # one of the two is given
            with Connection(server, token=token) as known:
                found = known.transport.send(Outgoing(method="GET", template="/api/v1/self")).json()
        except ClientError as error:
            raise connection.told(error) from error
    return Login(token=token, id=found["id"], role=found["role"], domain=found["domain"], mesh=found["mesh"])
