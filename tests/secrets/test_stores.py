"""The other stores: AWS against a server (moto), the keyring against its package, Google's and Azure's clients against fakes.

Google's client speaks to a transport, and Azure's to a transport, that answer as the services document it: neither service
has a server that could run here.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from meshwright.diagnostics import InputError, MeshwrightError, WorldError
from meshwright.secrets import Need, Secrets
from meshwright.secrets.gcp import Gcp
from meshwright.secrets.protocol import Store
from tests.s3_server import s3_server
from tests.secrets.azureservice import azure_client

NEED = Need(by="node a.b.c", object="a.b.c")


def asked(reference: str, **stores: Store) -> object:
    return Secrets(Path(), {}, stores=stores).resolved_value(reference, NEED)


def failure(reference: str, **stores: Store) -> MeshwrightError:
    with pytest.raises(MeshwrightError) as caught:
        asked(reference, **stores)
    assert "canary" not in str(caught.value)
    return caught.value


# --- this machine


def test_variables_and_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(b"canary\nsecond\r\n\n")
    secrets = Secrets(tmp_path, {"HOOK": "https://x", "EMPTY": ""})
    found = secrets.resolved_value(
        {"a": ["${env:HOOK}/y", 1, True], "${env:HOOK}": "${file:key.pem}${env:EMPTY}"}, NEED
    )
    assert found == {"a": ["https://x/y", 1, True], "${env:HOOK}": "canary\nsecond"}


@pytest.mark.parametrize("reference", ["${env:NO}", "${file:no.txt}", "${file:.}", "${file:binary}", "${file:large}"])
def test_what_is_not_here_is_told(tmp_path: Path, reference: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_bytes(b"x" * (1 << 21))
    with pytest.raises(InputError) as caught:
        Secrets(tmp_path, {}).resolved_value(reference, NEED)
    assert caught.value.first.code == "MW-X602"
    assert caught.value.first.message.endswith("and node a.b.c needs it")


def test_values_of_a_run_come_from_who_knows_them() -> None:
    secrets = Secrets(Path(), {"X": "x"})
    found = secrets.resolved_value(
        ["${node:a.rows}", "${param:p}: ${env:X}"], NEED, values=lambda known: {"node": 7}.get(known.kind, "v")
    )
    assert found == [7, "v: x"]
    with pytest.raises(InputError) as caught:
        secrets.resolved_value("${param:p}", NEED)
    assert caught.value.first.code == "MW-X651"


def test_secrets_show_nothing() -> None:
    secrets = Secrets(Path(), {"X": "canary"})
    secrets.resolved_value("${env:X}", NEED)
    assert "canary" not in repr(secrets)


# --- AWS


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
def account(aws: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    import boto3

    for name, value in {
        "AWS_ENDPOINT_URL": aws,
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "canary-key",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return boto3


def test_secrets_manager_is_read(account: Any) -> None:
    client = account.client("secretsmanager")
    client.create_secret(Name="prod/db", SecretString=json.dumps({"password": "canary-pw", "port": 5432}))
    arn = client.create_secret(Name="plain", SecretString="canary-plain")["ARN"]
    client.create_secret(Name="bytes", SecretBinary=b"\x00canary")
    client.create_secret(Name="gone", SecretString="canary-gone")
    client.delete_secret(SecretId="gone")
    assert asked("${aws:prod/db#password}") == "canary-pw"
    assert asked("${aws:prod/db#port}") == 5432
    assert asked("${aws:plain}") == "canary-plain"
    assert asked(f"${{aws:{arn}}}") == "canary-plain"
    assert failure("${aws:prod/db#pasword}").first.fix == "its keys: password, port"
    assert failure("${aws:plain#password}").first.code == "MW-X664"
    assert failure("${aws:bytes}").first.code == "MW-X665"
    assert failure("${aws:nowhere}").first.code == "MW-X664"
    gone = failure("${aws:gone}")
    assert "deleted" in gone.first.message


def test_parameters_of_systems_manager_are_read(account: Any) -> None:
    client = account.client("ssm")
    client.put_parameter(Name="/shop/password", Value="canary-ssm", Type="SecureString")
    assert asked("${aws-ssm:/shop/password}") == "canary-ssm"
    assert failure("${aws-ssm:/shop/nowhere}").first.code == "MW-X664"


def test_nobody_signed_in_no_region_and_nobody_there_are_told(
    account: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    error = failure("${aws:plain}")
    assert isinstance(error, WorldError)
    assert error.first.code == "MW-X662"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    nobody = failure("${aws:plain}")
    assert (nobody.first.code, "AWS_PROFILE" in str(nobody.first.fix)) == ("MW-X666", True)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert "region" in failure("${aws:plain}").first.message


# --- keyring


@pytest.fixture
def ring() -> Iterator[dict[tuple[str, str], str]]:
    import keyring
    from keyring.backend import KeyringBackend

    passwords: dict[tuple[str, str], str] = {}

    class Memory(KeyringBackend):
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            return passwords.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            passwords[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del passwords[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    yield passwords
    keyring.set_keyring(before)


def test_the_keyring_is_read(ring: dict[tuple[str, str], str]) -> None:
    import keyring

    keyring.set_password("https://db/shop", "ana", "canary-ring")
    assert asked("${keyring:https://db/shop/ana}") == "canary-ring"
    error = failure("${keyring:shop/bo}")
    assert (error.first.code, error.first.fix) == ("MW-X664", "keep it there: keyring set shop bo")


def test_a_machine_without_a_keyring_is_told(ring: dict[tuple[str, str], str]) -> None:
    import keyring
    from keyring.backends.fail import Keyring as NoKeyring

    keyring.set_keyring(NoKeyring())
    assert failure("${keyring:shop/ana}").first.code == "MW-X666"


# --- Google Cloud


class _Google:
    """Answers as the service does, in place of its client."""

    def __init__(self, secrets: dict[str, bytes], error: Exception | None = None) -> None:
        self._secrets = secrets
        self._error = error

    def access_secret_version(self, *, request: dict[str, str], timeout: float) -> Any:
        from google.api_core import exceptions

        assert timeout > 0
        if self._error:
            raise self._error
        if request["name"] not in self._secrets:
            raise exceptions.NotFound(f"Secret [{request['name']}] not found or has no versions.")
        return SimpleNamespace(payload=SimpleNamespace(data=self._secrets[request["name"]]))


def test_google_s_secret_manager_is_read_by_shape() -> None:
    from google.api_core import exceptions
    from google.auth.exceptions import DefaultCredentialsError

    known = {
        "projects/p/secrets/s/versions/latest": b"canary-g",
        "projects/p/secrets/s/versions/2": b'{"k": "canary-2"}',
        "projects/p/secrets/b/versions/latest": b"\xff",
    }
    store = Gcp(client=_Google(known))
    assert asked("${gcp:projects/p/secrets/s}", gcp=store) == "canary-g"
    assert asked("${gcp:projects/p/secrets/s/versions/2#k}", gcp=store) == "canary-2"
    assert failure("${gcp:projects/p/secrets/no}", gcp=store).first.code == "MW-X664"
    assert failure("${gcp:projects/p/secrets/b}", gcp=store).first.code == "MW-X665"
    for error, code in (
        (exceptions.PermissionDenied("no access"), "MW-X663"),
        (exceptions.FailedPrecondition("it is in DISABLED state"), "MW-X663"),
        (exceptions.ServiceUnavailable("later"), "MW-X662"),
        (exceptions.DeadlineExceeded("later"), "MW-X662"),
        (DefaultCredentialsError("nobody"), "MW-X666"),
    ):
        assert failure("${gcp:projects/p/secrets/s}", gcp=Gcp(client=_Google({}, error))).first.code == code


def test_google_s_own_client_asks_for_what_the_service_documents() -> None:
    """The real client over its REST transport, against a local server."""
    import base64
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import secretmanager
        from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
            SecretManagerServiceRestTransport,
        )

    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path.partition("?")[0])
            is_known = "/secrets/s/" in self.path
            body = {"name": "x", "payload": {"data": base64.b64encode(b"canary-real").decode()}}
            data = json.dumps(
                body if is_known else {"error": {"code": 404, "message": "not found", "status": "NOT_FOUND"}}
            ).encode()
            self.send_response(200 if is_known else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        transport = SecretManagerServiceRestTransport(
            host=f"127.0.0.1:{server.server_port}", url_scheme="http", credentials=AnonymousCredentials()
        )
        client = secretmanager.SecretManagerServiceClient(transport=transport)
        assert asked("${gcp:projects/p/secrets/s}", gcp=Gcp(client=client)) == "canary-real"
        assert failure("${gcp:projects/p/secrets/no}", gcp=Gcp(client=client)).first.code == "MW-X664"
        assert paths[0] == "/v1/projects/p/secrets/s/versions/latest:access"
    finally:
        server.shutdown()
        server.server_close()


# --- Azure


def test_azure_s_own_client_asks_for_what_the_service_documents() -> None:
    urls: list[str] = []
    store = azure_client(
        {
            "/secrets/db-password/": (
                200,
                {"value": "canary-az", "id": "https://v.vault.azure.net/secrets/db-password/1"},
            ),
            "/secrets/json/": (200, {"value": '{"k": "canary-k"}', "id": "https://v.vault.azure.net/secrets/json/1"}),
            "/secrets/refused/": (403, {"error": {"code": "Forbidden", "message": "not authorized"}}),
            "/secrets/later/": (503, {"error": {"code": "x", "message": "later"}}),
            "/secrets/lost/": (0, {}),
        },
        urls,
    )
    assert asked("${azure:v/db-password}", azure=store) == "canary-az"
    assert asked("${azure:v.vault.azure.cn/json#k}", azure=store) == "canary-k"
    assert urls[0].startswith("https://v.vault.azure.net/secrets/db-password/?api-version=")
    assert failure("${azure:v/nowhere}", azure=store).first.code == "MW-X664"
    assert failure("${azure:v/refused}", azure=store).first.code == "MW-X663"
    assert failure("${azure:v/later}", azure=store).first.code == "MW-X662"
    assert failure("${azure:v/lost}", azure=store).first.code == "MW-X662"


# --- absent clients, and clients that fail in ways of their own


@pytest.mark.parametrize(
    ("reference", "module", "install"),
    [
        ("${aws:x}", "boto3", "meshwright[aws]"),
        ("${keyring:a/b}", "keyring", "meshwright[keyring]"),
        ("${gcp:projects/p/secrets/s}", "google.cloud.secretmanager", "meshwright[gcp]"),
        ("${azure:v/s}", "azure.keyvault.secrets", "meshwright[azure]"),
    ],
)
def test_a_client_that_is_not_installed_is_named(
    reference: str, module: str, install: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, module, None)
    error = failure(reference)
    assert (error.first.code, install in str(error.first.fix)) == ("MW-X661", True)


def test_a_client_that_fails_in_a_way_of_its_own_is_told_without_a_value() -> None:
    class Broken:
        def value(self, name: str) -> str:
            raise RuntimeError("boom with canary-before")

    secrets = Secrets(Path(), {"X": "canary-before"}, stores={"vault": Broken()})
    secrets.resolved_value("${env:X}", NEED)
    with pytest.raises(WorldError) as caught:
        secrets.resolved_value("${vault:kv/a#b}", NEED)
    assert caught.value.first.code == "MW-X667"
    assert "canary" not in str(caught.value)
