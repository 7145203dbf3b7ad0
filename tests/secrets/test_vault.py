"""Vault, by the answers that it documents (a fake server: there is no Vault in the package registries)."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from meshwright.diagnostics import InputError, MeshwrightError, SourceSpan, WorldError
from meshwright.secrets import Need, Secrets
from meshwright.secrets.vault import Vault
from tests.secrets.vaultserver import FakeVault, vault_server

SPAN = SourceSpan(file="pipeline.yaml", line=2, column=3)


@pytest.fixture
def vault() -> Iterator[FakeVault]:
    fake = FakeVault(
        secrets={
            "kv/team/shop": {"password": "canary-pw", "port": 5432, "hosts": ["a"]},
            "old/shop": {"password": "canary-old"},
        }
    )
    with vault_server(fake):
        yield fake


def secrets(vault: FakeVault, variables: Mapping[str, str] | None = None, **kwargs: object) -> Secrets:
    settings = {"VAULT_ADDR": vault.address, "VAULT_TOKEN": vault.token} if variables is None else dict(variables)
    found = Secrets(Path(), settings, **kwargs)  # type: ignore[arg-type]
    found._stores["vault"] = Vault(settings, hide=found.hide, timeout_s=0.5)
    return found


def asked(found: Secrets, text: str) -> object:
    return found.resolved_value(text, Need(by="node a.b.c", span=SPAN, object="a.b.c"))


def failure(found: Secrets, text: str) -> MeshwrightError:
    with pytest.raises(MeshwrightError) as caught:
        asked(found, text)
    return caught.value


def test_both_versions_of_the_store_are_read(vault: FakeVault) -> None:
    found = secrets(vault)
    assert asked(found, "${vault:kv/team/shop#password}") == "canary-pw"
    assert asked(found, "${vault:old/shop#password}") == "canary-old"
    assert [path for _, path, _ in vault.asked] == [
        "sys/internal/ui/mounts/kv/team/shop",
        "kv/data/team/shop",
        "sys/internal/ui/mounts/old/shop",
        "old/shop",
    ]


def test_a_value_keeps_its_type_where_it_stands_alone(vault: FakeVault) -> None:
    found = secrets(vault)
    assert asked(found, "${vault:kv/team/shop#port}") == 5432
    assert asked(found, "${vault:kv/team/shop#hosts}") == ["a"]
    assert asked(found, "h:${vault:kv/team/shop#port}") == "h:5432"
    error = failure(found, "h:${vault:kv/team/shop#hosts}")
    assert (error.first.code, "is a list" in error.first.message) == ("MW-X665", True)


def test_a_reference_is_asked_for_once_a_step(vault: FakeVault) -> None:
    found = secrets(vault)
    for _ in range(3):
        asked(found, "${vault:kv/team/shop#password}")
    assert len(vault.asked) == 2
    vault.secrets["kv/team/shop"] = {"password": "canary-rotated"}
    assert asked(found.fresh(), "${vault:kv/team/shop#password}") == "canary-rotated"
    assert asked(found, "${vault:kv/team/shop#password}") == "canary-pw"
    assert found.hidden("canary-pw canary-rotated") == "${vault:kv/team/shop#password} ${vault:kv/team/shop#password}"


def test_a_service_signs_in_as_an_approle_and_again_when_its_token_expires(vault: FakeVault) -> None:
    variables = {"VAULT_ADDR": vault.address, "VAULT_ROLE_ID": "role-1", "VAULT_SECRET_ID": "canary-secret-id"}
    found = secrets(vault, variables)
    assert asked(found, "${vault:kv/team/shop#password}") == "canary-pw"
    vault.token = "hvs.canary-second"
    assert asked(found.fresh(), "${vault:kv/team/shop#password}") == "canary-pw"
    assert vault.logins == 2
    wrong = failure(secrets(vault, variables | {"VAULT_SECRET_ID": "canary-wrong"}), "${vault:kv/team/shop#password}")
    assert wrong.first.code == "MW-X663"
    assert "invalid role or secret ID" in wrong.first.message
    assert "canary" not in str(wrong)


def test_the_token_of_vault_login_is_taken(vault: FakeVault, tmp_path: Path) -> None:
    (tmp_path / ".vault-token").write_text(f"{vault.token}\n")
    found = secrets(vault, {"VAULT_ADDR": vault.address, "HOME": str(tmp_path)})
    assert asked(found, "${vault:kv/team/shop#password}") == "canary-pw"
    nobody = failure(secrets(vault, {"VAULT_ADDR": vault.address, "HOME": "/nowhere"}), "${vault:kv/a#b}")
    assert (nobody.first.code, "vault login" in str(nobody.first.fix)) == ("MW-X666", True)


def test_a_namespace_is_told(vault: FakeVault) -> None:
    vault.namespace = "team/eu"
    settings = {"VAULT_ADDR": vault.address, "VAULT_TOKEN": vault.token}
    assert failure(secrets(vault, settings), "${vault:kv/team/shop#password}").first.code == "MW-X663"
    found = secrets(vault, settings | {"VAULT_NAMESPACE": "team/eu"})
    assert asked(found, "${vault:kv/team/shop#password}") == "canary-pw"


@pytest.mark.parametrize(
    ("reference", "code", "words", "fix"),
    [
        ("${vault:kv/team/shop#pasword}", "MW-X664", "no key 'pasword'", "hosts, password, port"),
        ("${vault:kv/nowhere#x}", "MW-X664", "no secret 'kv/nowhere'", "without 'data/'"),
        ("${vault:other/shop#x}", "MW-X663", "403 preflight capability check", "policies"),
        ("${vault:kv/gone#x}", "MW-X664", "is deleted", None),
        ("${vault:pki/cert#x}", "MW-X664", "of type 'pki'", "kv store"),
    ],
)
def test_what_is_not_there_is_named_without_a_value(
    vault: FakeVault, reference: str, code: str, words: str, fix: str | None
) -> None:
    vault.secrets["kv/gone"] = None
    vault.mounts["pki/"] = ("pki", "")
    error = failure(secrets(vault), reference)
    assert isinstance(error, InputError)
    assert (error.first.code, error.first.span, error.first.object) == (code, SPAN, "a.b.c")
    assert words in error.first.message
    assert error.first.message.endswith("and node a.b.c needs it")
    assert (fix is None) or (fix in str(error.first.fix))
    assert "canary" not in str(error)


@pytest.mark.parametrize(
    ("first", "code", "words"),
    [
        ([(503, b'{"errors":["Vault is sealed"]}')] * 2, "MW-X662", "503 Vault is sealed"),
        ([(429, b"")] * 2, "MW-X662", "429"),
        ([(200, b"<html>hello")], "MW-X667", "no JSON object"),
        ([(200, b"[]")], "MW-X667", "no JSON object"),
        ([(200, b'{"data": 1}')], "MW-X667", "no fields"),
        ([(302, b"")], "MW-X667", "302"),
        ([(200, b"[" * 100_000)], "MW-X667", "no JSON object"),
    ],
)
def test_answers_that_help_nobody_are_told(
    vault: FakeVault, first: list[tuple[int, bytes]], code: str, words: str
) -> None:
    vault.first = list(first)
    error = failure(secrets(vault), "${vault:kv/team/shop#password}")
    assert error.first.code == code
    assert words in error.first.message
    assert isinstance(error, WorldError) is (code == "MW-X662")


def test_a_vault_that_cannot_just_now_is_asked_twice(vault: FakeVault) -> None:
    vault.first = [(503, b'{"errors":["Vault is sealed"]}')]
    assert asked(secrets(vault), "${vault:kv/team/shop#password}") == "canary-pw"


def test_a_standby_s_redirect_is_followed_once(vault: FakeVault) -> None:
    with vault_server(FakeVault(redirect_to=vault.address)) as standby:
        found = secrets(vault, {"VAULT_ADDR": standby.address, "VAULT_TOKEN": vault.token})
        assert asked(found, "${vault:kv/team/shop#password}") == "canary-pw"
        with vault_server(FakeVault(redirect_to=standby.address)) as further:
            lost = secrets(vault, {"VAULT_ADDR": further.address, "VAULT_TOKEN": vault.token})
            assert failure(lost, "${vault:kv/team/shop#password}").first.code == "MW-X667"


def test_nobody_there_and_nobody_who_answers_are_told_in_time(vault: FakeVault) -> None:
    nobody = {"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "canary-token"}
    error = failure(secrets(vault, nobody), "${vault:kv/a#b}")
    assert isinstance(error, WorldError)
    assert error.first.code == "MW-X662"
    vault.delay = threading.Event()
    slow = failure(secrets(vault, patience_s=0.1), "${vault:kv/team/shop#password}")
    assert "did not answer within" in slow.first.message
    assert isinstance(slow, WorldError)


@pytest.mark.parametrize("address", ["", "vault.example.org:8200", "file:///etc/passwd"])
def test_an_address_that_is_none_is_told(vault: FakeVault, address: str) -> None:
    error = failure(secrets(vault, {"VAULT_ADDR": address, "VAULT_TOKEN": "x"}), "${vault:kv/a#b}")
    assert (error.first.code, "VAULT_ADDR" in error.first.message) == ("MW-X666", True)


def test_a_file_of_certificates_that_is_not_there_is_told(vault: FakeVault) -> None:
    settings = {"VAULT_ADDR": "https://127.0.0.1:1", "VAULT_TOKEN": "x", "VAULT_CACERT": "/nowhere.pem"}
    assert failure(secrets(vault, settings), "${vault:kv/a#b}").first.code == "MW-X666"


def test_the_token_itself_is_hidden(vault: FakeVault) -> None:
    body = f'{{"errors":["token {vault.token} has expired"]}}'.encode()
    vault.first = [(403, body)]
    error = failure(secrets(vault), "${vault:kv/team/shop#password}")
    assert "token *** has expired" in error.first.message
    role = {"VAULT_ADDR": vault.address, "VAULT_ROLE_ID": "role-1", "VAULT_SECRET_ID": "canary-secret-id"}
    found = Secrets(Path(), role)
    asked(found, "${vault:kv/team/shop#password}")
    assert found.hidden(f"{vault.token} canary-secret-id") == "*** ***"
