"""What a command says where no meshwright server answers, or something between changes what one says: never an answer."""

from __future__ import annotations

import datetime as dt
import http.server
import ipaddress
import itertools
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from meshwright.faces.cli import remote_connection
from tests.http.rich import said

OURS = {"Meshwright-Exit-Status": "0", "Meshwright-Generation": "1"}
PAGE, DOCUMENT, PROBLEM = "text/html", "application/json", "application/problem+json"
COMMANDS = ("env list", "env list --json", "query x", "query x --json", "run --quiet", "runs logs x --follow", "check")

#: Name -> status, headers, body; and the code that a command ends with.
ANSWERS: Mapping[str, tuple[int, Mapping[str, str], bytes, str]] = {
    "a page": (200, {"Content-Type": PAGE}, b"<html>welcome</html>", "MW-U100"),
    "a page of a proxy": (502, {"Content-Type": PAGE}, b"<html>bad gateway</html>", "MW-U100"),
    "a login page": (403, {"Content-Type": PAGE}, b"<html>who are you</html>", "MW-U100"),
    "another program": (200, {"Content-Type": DOCUMENT}, b'{"hello": "world"}', "MW-U100"),
    "text of another program": (200, {"Content-Type": "text/plain"}, b"hello\n", "MW-U100"),
    "nothing at all": (200, {}, b"", "MW-U100"),
    "no content": (204, {}, b"", "MW-U100"),
    "elsewhere": (302, {"Location": "https://elsewhere.example.org/x"}, b"", "MW-U101"),
    "for ever elsewhere": (308, {"Location": "/login"}, b"", "MW-U101"),
    "a problem that is a list": (404, {"Content-Type": PROBLEM}, b"[1]", "MW-U100"),
    "a problem cut in two": (404, {"Content-Type": PROBLEM}, b'{"detail": "th', "MW-U100"),
    "a problem of another program": (409, {"Content-Type": PROBLEM}, b'{"title": "No", "diagnostics": [3]}', "MW-U027"),
    "a status that is none": (409, {"Content-Type": PROBLEM}, b'{"title": "No", "exit_status": "x"}', "MW-U027"),
    "what is not compressed": (
        200,
        {"Content-Type": DOCUMENT, "Content-Encoding": "gzip", **OURS},
        b"plain",
        "MW-U025",
    ),
}


@contextmanager
def answering(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    context: ssl.SSLContext | None = None,
    first: tuple[int, Mapping[str, str], bytes] | None = None,
) -> Iterator[str]:
    """Answer every request the same, but the first one with `first`; the block is given the address."""
    answers = itertools.chain([first or (status, headers, body)], itertools.repeat((status, headers, body)))

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, body = next(answers)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = answer  # noqa: N815 - the module's names

        def log_message(self, *_: Any) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=60)


@pytest.fixture(autouse=True)
def token_at_hand(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not config.exists()
    monkeypatch.setenv("MESHWRIGHT_TOKEN", "mwt_secret")
    monkeypatch.setattr("meshwright.client.outgoing.random.uniform", lambda _low, _high: 0.001)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ANSWERS)
def test_what_no_server_of_ours_says_is_no_answer(capsys: pytest.CaptureFixture[str], name: str, command: str) -> None:
    *answer, code = ANSWERS[name]
    if command == "query x" and code == "MW-U025":
        code = "MW-U100"  # a document is no answer to it, whatever is in there
    with answering(*answer) as url:
        status, out, err = said(capsys, "--server", url, *command.split())
    told = json.loads(out)["error"]["code"] if "--json" in command else err.partition(" ")[0]
    assert (status, told) == (3, code), (out, err)
    assert out == "" or "--json" in command
    assert "mwt_secret" not in out + err


def test_documents_that_are_none_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    for body in (b'{"half": ', b"[1]", b"\xff", b"[" * 100_000):
        with answering(200, {"Content-Type": DOCUMENT, **OURS}, body) as url:
            status, out, _ = said(capsys, "--server", url, "env", "list", "--json")
        assert (status, json.loads(out)["error"]["code"]) == (3, "MW-U100")


def test_an_answer_that_is_cut_off_is_told_and_leaves_no_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cut = (200, {"Content-Type": DOCUMENT, "Content-Length": "1000", **OURS}, b'[{"a": 1}')
    with answering(*cut) as url:
        assert said(capsys, "--server", url, "env", "list", "--json")[0] == 3
        file = tmp_path / "rows.json"
        status, _, err = said(capsys, "--server", url, "query", "x", "--format", "json", "-o", str(file))
    assert (status, err.partition(" ")[0]) == (3, "MW-U025")
    assert not file.exists()


def test_what_speaks_no_http_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            for _ in range(8):
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                caller.sendall(b"SSH-2.0-OpenSSH_9.7\r\n")
                caller.close()

        threading.Thread(target=speak, daemon=True).start()
        status, out, _ = said(
            capsys, "--server", f"http://127.0.0.1:{server.getsockname()[1]}", "env", "list", "--json"
        )
    assert (status, json.loads(out)["error"]["code"]) == (3, "MW-U025")


def test_a_server_that_is_silent_is_left_after_a_while_and_not_asked_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_connection, "_PATIENCE_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        status, out, _ = said(capsys, "--server", url, "env", "list", "--json")
        error = json.loads(out)["error"]
        server.settimeout(0)
        server.accept()[0].close()
        with pytest.raises(BlockingIOError):  # it was connected to once
            server.accept()
    assert (status, error["code"], "may be at work" in error["message"]) == (3, "MW-U025", True)


def authority_and_server(folder: Path, *, days: int = 1) -> tuple[Path, Path]:
    """Write a certificate of an authority, and one that it signed for this machine, with its key."""
    now = dt.datetime.now(dt.UTC)

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def begun(subject: str, key: ec.EllipticCurvePrivateKey, *, is_authority: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(named(subject))
            .issuer_name(named("authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=30))
            .not_valid_after(now + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    authority = begun("authority", authority_key, is_authority=True).sign(authority_key, hashes.SHA256())
    certificate = begun("server", key, is_authority=False).add_extension(names, critical=False)
    signed = certificate.sign(authority_key, hashes.SHA256())
    (folder / "authority.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return folder / "authority.pem", folder / "server.pem"


def test_a_certificate_of_nobody_is_refused_and_one_that_is_trusted_taken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, server = authority_and_server(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    body = b'{"schema": "meshwright/env-list/1", "environments": []}'
    with answering(200, {"Content-Type": DOCUMENT, **OURS}, body, context) as url:
        status, out, _ = said(capsys, "--server", url, "env", "list", "--json")
        error = json.loads(out)["error"]
        assert (status, error["code"], "SSL_CERT_FILE" in error["fix"]) == (3, "MW-U102", True)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        assert said(capsys, "--server", url, "env", "list", "--json")[:2] == (0, f"{body.decode()}\n")
        status, out, _ = said(capsys, "--server", url.replace("127.0.0.1", "localhost"), "env", "list", "--json")
        assert (status, json.loads(out)["error"]["code"]) == (3, "MW-U102"), "of another name"
        plain = url.replace("https", "http")
        status, out, _ = said(capsys, "--server", plain, "env", "list", "--json")
        assert (status, json.loads(out)["error"]["code"]) == (3, "MW-U025")


def test_an_expired_certificate_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, server = authority_and_server(tmp_path, days=-1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with answering(200, {"Content-Type": DOCUMENT, **OURS}, b"{}", context) as url:
        status, out, _ = said(capsys, "--server", url, "env", "list", "--json")
    error = json.loads(out)["error"]
    assert (status, error["code"], "expired" in error["message"]) == (3, "MW-U102", True)


@pytest.mark.parametrize("token", ["two words", "umläut", "line\nfeed", "x" * 5000])
def test_what_can_be_no_token_is_not_sent_and_not_repeated(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("MESHWRIGHT_TOKEN", token)
    status, out, err = said(capsys, "--server", "http://127.0.0.1:9", "env", "list")
    assert (status, err.partition(" ")[0]) == (2, "MW-U028")
    assert token not in out + err


def test_a_word_that_is_no_text_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = said(capsys, "--server", "http://127.0.0.1:9", "query", "select '\udcff'")
    assert (status, err.partition(" ")[0]) == (2, "MW-L003")
