"""The way to one server: what is trusted, how long is waited, and which answers cannot be its own."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import httpx

from meshwright.diagnostics import Diagnostic, WorldError

#: On every answer of a verb; queries tell the generation that they read.
EXIT_STATUS, GENERATION = "Meshwright-Exit-Status", "Meshwright-Generation"
_STREAM = "text/event-stream"
_NOTHING = 204


class ServerTransport(httpx.BaseTransport):
    """Sends requests to a server, and refuses what it does not say itself: redirects, pages, certificates of nobody."""

    def __init__(self, server: str) -> None:
        self._server = server
        # Of the environment SSL_CERT_FILE and SSL_CERT_DIR count, and no proxy: it would be sent the token.
        self._inner = httpx.HTTPTransport(trust_env=True)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises WorldError for what sending again does not mend, else what httpx raises."""
        try:
            found = self._inner.handle_request(request)
        except httpx.ConnectError as error:
            untrusted = _verification(error)
            if untrusted is None:
                raise
            raise _not_trusted(self._server, untrusted) from error
        except httpx.ReadTimeout as error:  # it was waited for so long that nobody wants it again
            raise _silent(self._server, request) from error
        if found.status_code >= 400:  # said by a problem, or it counts as no answer
            return found
        if found.status_code >= 300:
            found.close()
            raise _sends_elsewhere(self._server, found)
        if not _is_ours(request, found):
            found.close()
            raise not_ours(self._server, request, found)
        return found


@contextmanager
def as_answered(server: str, found: httpx.Response) -> Iterator[None]:
    """Read fields of an answer in this block. Raises WorldError (MW-U100) where it has not what a server of ours answers."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise not_ours(server, found.request, found) from error


def not_ours(server: str, request: httpx.Request, found: httpx.Response) -> WorldError:
    """Return the error about an answer that is none of a meshwright server (MW-U100)."""
    try:
        words = f"{found.status_code} {HTTPStatus(found.status_code).phrase}"
    except ValueError:
        words = str(found.status_code)
    kind = found.headers.get("content-type", "").partition(";")[0].strip()[:60]
    got = f"{request.method} {request.url.path} gave {words}" + (f", {kind}" if kind else "")
    return WorldError(
        Diagnostic(
            code="MW-U100",
            message=f"{server} did not answer as a meshwright server does: {got}",
            fix="look at the address with curl; a proxy between must pass /api/v1 on as it is",
        )
    )


def _is_ours(request: httpx.Request, found: httpx.Response) -> bool:
    """Whether an answer has what a server of ours says beside documents, texts and rows."""
    if EXIT_STATUS in found.headers or GENERATION in found.headers:
        return True
    kind = str(found.headers.get("content-type", "")).partition(";")[0].strip()
    if found.status_code == _NOTHING:  # a stream that is over
        return bool(request.headers.get("accept") == _STREAM)
    return kind == _STREAM or not (kind in {"", "application/json"} or kind.startswith("text/") or "html" in kind)


def _verification(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """Return what a certificate is refused for, where that is why nobody could be connected to."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _not_trusted(server: str, error: ssl.SSLCertVerificationError) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-U102",
            message=f"{server} cannot be trusted, and nothing was sent: {error.verify_message or error.reason}",
            fix="mend its certificate; one that your organisation signed is trusted with SSL_CERT_FILE=/path/to/its-ca.pem",
        )
    )


def _sends_elsewhere(server: str, found: httpx.Response) -> WorldError:
    target = found.headers.get("location", "nowhere")[:300]
    return WorldError(
        Diagnostic(
            code="MW-U101",
            message=f"{server} sends to {target}, and a token goes to the server that was named alone",
            fix="name the server's own address: --server, MESHWRIGHT_SERVER, mw login",
        )
    )


def _silent(server: str, request: httpx.Request) -> WorldError:
    seconds = request.extensions.get("timeout", {}).get("read") or 0
    return WorldError(
        Diagnostic(
            code="MW-U025",
            message=f"{server} took the request and did not answer within {seconds:,.0f} s; it may be at work on it still",
            fix="look what became of it before you give the command again",
        )
    )
