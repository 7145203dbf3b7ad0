"""A command through a server: the same answer, text, document and exit status, made there and written here."""

from __future__ import annotations

import json
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
from meshwright.faces.cli.invocation import Invocation, tell, write_document, write_lines
from meshwright.faces.cli.remote_places import refused
from meshwright.faces.cli.remote_transport import EXIT_STATUS, ServerTransport, not_ours
from meshwright.faces.cli.remote_verbs import VERBS, Parameters
from meshwright.faces.text.findings import error_lines
from meshwright.frozen import dataclass

if TYPE_CHECKING:
    import httpx

#: Commands that ask for a run and follow it, and those on runs that take more than one request.
_RUNS = frozenset({"run", "runs resume", "runs repeat", "promote"})
_RECORDS = frozenset({"runs stop", "runs logs", "runs export"})
#: How many lines at the end of a text are what the command says on standard error.
_TOLD_LINES = "Meshwright-Told-Lines"
_PLAN = "meshwright/plan/1"
#: What a sandbox is provisioned with may take long before the answer begins.
_PATIENCE_S = 3600.0


def carry_out(words: str, given: Parameters, invocation: Invocation) -> None:
    """Carry a command out through the server that the call names. Raises MeshwrightError as the command does."""
    try:
        _carry_out("plan" if words == "run" and given["dry_run"] else words, given, invocation)
    except UnicodeEncodeError as error:  # words of the shell that are bytes of no text
        raise InputError(
            Diagnostic(
                code="MW-L003",
                message=f"a word of the command is no text in UTF-8: {error.object[error.start : error.end]!r} is in it",
                fix="a server is sent text alone: write the word in UTF-8",
            )
        ) from None
    except json.JSONDecodeError as error:
        raise _no_json(str(invocation.server), error) from error


def _carry_out(words: str, given: Parameters, invocation: Invocation) -> None:
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
    if words == "query":
        from meshwright.faces.cli.remote_query import query_through  # as above

        query_through(given, invocation)
        return
    build = VERBS.get(words)
    if build is None:
        raise refused(words)
    outgoing = build(given)
    with Connection(invocation.server) as connection:
        answer(invocation, connection.ask(outgoing, invocation))


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


def answer(invocation: Invocation, found: httpx.Response) -> None:
    """Write an answer, and set the exit status that it says. Raises WorldError (MW-U100) for what is none of a verb."""
    status = found.headers.get(EXIT_STATUS, "")
    if not (status.isascii() and status.isdigit()):
        raise _no_answer(found)
    kind = found.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        document = _document(found)
        invocation.status, invocation.is_answering = int(status), True
        write_document(invocation, document)
        if document.get("schema") == _PLAN and document.get("error"):
            tell(error_lines(map(_diagnostic, document["error"]["diagnostics"]), invocation.err))
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
    if not isinstance(document, dict):
        raise _no_answer(found)
    return document


def _no_json(server: str, error: json.JSONDecodeError) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-U100",
            message=f"{server} answered JSON that is none: {error}",
            fix="see what stands between: a proxy must pass /api/v1 on as it is",
        )
    )


def _no_answer(found: httpx.Response) -> WorldError:
    return not_ours(f"{found.request.url.scheme}://{found.request.url.netloc.decode()}", found.request, found)


def error_of(document: Mapping[str, Any]) -> MeshwrightError:
    """Return the error that a problem document tells."""
    try:
        told = [_diagnostic(each) for each in document.get("diagnostics") or ()]
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
        except json.JSONDecodeError as error:
            raise _no_json(server, error) from error
    return Login(token=token, id=found["id"], role=found["role"], domain=found["domain"], mesh=found["mesh"])
