"""``${vault:mount/path#key}``: the key-value store of HashiCorp Vault (and OpenBao), versions 1 and 2, over its HTTP API.

Set by the variables that Vault's own command reads: VAULT_ADDR, VAULT_TOKEN (or ``~/.vault-token``), VAULT_NAMESPACE,
VAULT_CACERT, VAULT_SKIP_VERIFY; a service signs in as an AppRole by VAULT_ROLE_ID and VAULT_SECRET_ID.

Source: https://developer.hashicorp.com/vault/api-docs/secret/kv, .../api-docs/auth/approle; which version a mount has is
asked as Vault's own command asks it, of ``sys/internal/ui/mounts``.
"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any  # bodies of answers
from urllib.parse import quote, urljoin, urlsplit

from meshwright.model.references import Json
from meshwright.secrets.protocol import (
    LARGEST_BYTES,
    TIMEOUT_S,
    SecretNotFound,
    chosen,
    not_set_up,
    split_key,
    unreachable,
)

_WORTH_A_RETRY = frozenset({412, 429, 472, 473, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Vault:
    """One Vault. Signs in once, and asks each mount's version once."""

    def __init__(
        self, variables: Mapping[str, str], *, hide: Callable[[Json], None], timeout_s: float = TIMEOUT_S
    ) -> None:
        self._variables = variables
        #: Told of every token, before anything is asked with it.
        self._hide = hide
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._token: str | None = None
        #: Whether we signed in ourselves, and can do so again when the token has expired.
        self._is_role = False
        #: Path of a mount, with a slash at its end -> version of its key-value store.
        self._mounts: dict[str, int] = {}

    def __repr__(self) -> str:
        return "Vault()"

    def value(self, name: str) -> Json:
        """Return the value of a key."""
        path, key = split_key(name)
        assert key is not None  # its form was checked
        with self._lock:
            mount, version = self._mount(path)
            rest = path.removeprefix(mount)
            status, body = self._ask(f"{mount}data/{rest}" if version == 2 else path)
        fields = body.get("data")
        if version == 2 and isinstance(fields, dict):
            if isinstance(metadata := fields.get("metadata"), dict) and (
                metadata.get("deletion_time") or metadata.get("destroyed")
            ):
                raise SecretNotFound("MW-X664", f"the newest version of the secret '{path}' in Vault is deleted")
            fields = fields.get("data")
        if status == 404:
            raise SecretNotFound(
                "MW-X664",
                f"there is no secret '{path}' in Vault",
                fix="write the mount and the path below it, without 'data/': ${vault:kv/shop#password}",
            )
        if not isinstance(fields, dict):
            raise _malformed("no fields under 'data'")
        return chosen(fields, key, f"Vault at '{path}'")

    def _mount(self, path: str) -> tuple[str, int]:
        """Return the mount that a path lies in, with a slash at its end, and its version."""
        for mount, version in self._mounts.items():
            if path.startswith(mount):
                return mount, version
        status, body = self._ask(f"sys/internal/ui/mounts/{path}")
        if status == 404:  # a Vault before 0.10 knows no such question, and no version 2
            return f"{path.partition('/')[0]}/", 1
        data = body.get("data")
        if not isinstance(data, dict):
            raise _malformed("no fields under 'data'")
        mount = str(data.get("path")).rstrip("/") + "/"
        if not path.startswith(mount):
            raise _malformed("no mount for the path")
        if data.get("type") not in {"kv", "generic"}:
            message = f"'{mount}' in Vault is of type {data.get('type')!r}, and only key-value stores are read"
            raise SecretNotFound("MW-X664", message, fix="name a secret of a kv store")
        options = data.get("options")
        version = 2 if isinstance(options, dict) and str(options.get("version")) == "2" else 1
        self._mounts[mount] = version
        return mount, version

    def _ask(self, path: str) -> tuple[int, dict[str, Any]]:
        """Ask as who we are; signs in first where that is needed, and again where a role's token has expired."""
        is_new = self._token is None
        if self._token is None:
            self._sign_in()
        try:
            return self._request("GET", path, token=self._token)
        except SecretNotFound as failure:
            if is_new or not self._is_role or failure.code != "MW-X663":
                raise
        self._sign_in()
        return self._request("GET", path, token=self._token)

    def _sign_in(self) -> None:
        self._token = self._signed_in()
        self._hide(self._token)

    def _signed_in(self) -> str:
        known = self._variables
        if token := known.get("VAULT_TOKEN", "").strip():
            return token
        role, secret = known.get("VAULT_ROLE_ID"), known.get("VAULT_SECRET_ID")
        if role:
            mount = known.get("VAULT_APPROLE_MOUNT", "approle").strip("/")
            body = {"role_id": role} | ({"secret_id": secret} if secret else {})
            status, answer = self._request("POST", f"auth/{mount}/login", body=body)
            auth = answer.get("auth")
            found = auth.get("client_token") if isinstance(auth, dict) else None
            if status != 200 or not isinstance(found, str):
                raise _malformed("no token for the AppRole")
            self._is_role = True
            return found
        if home := known.get("HOME"):
            try:
                if token := (Path(home) / ".vault-token").read_text("utf-8").strip():
                    return token
            except (OSError, UnicodeDecodeError):  # not there: as if not signed in
                pass
        raise not_set_up(
            "nobody is signed in to Vault", "set VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID, or run vault login"
        )

    def _request(
        self, method: str, path: str, *, token: str | None = None, body: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Send a request, twice where the first finds nobody; answers but 200 and 404 raise SecretNotFound."""
        address = self._variables.get("VAULT_ADDR", "").strip()
        if urlsplit(address).scheme not in {"http", "https"}:
            what = f"VAULT_ADDR is {address!r}, which is no address" if address else "VAULT_ADDR is not set"
            raise not_set_up(what, "set it to the address of Vault, for example https://vault.example.org:8200")
        headers = {"X-Vault-Request": "true", "Accept": "application/json", "User-Agent": "meshwright"}
        if token is not None:
            headers["X-Vault-Token"] = token
        if namespace := self._variables.get("VAULT_NAMESPACE", "").strip():
            headers["X-Vault-Namespace"] = namespace
        data = None if body is None else json.dumps(body).encode()
        url = urljoin(address.rstrip("/") + "/", f"v1/{quote(path)}")
        for attempt in range(2):
            try:
                status, text = self._send(method, url, headers, data)
            except SecretNotFound as failure:
                if attempt or not failure.is_retryable:
                    raise
                continue
            if status not in _WORTH_A_RETRY or attempt:
                break
        return status, _understood(status, text, path)

    def _send(self, method: str, url: str, headers: Mapping[str, str], data: bytes | None) -> tuple[int, bytes]:
        """Send one request. A redirect, as a standby's to the active node, is followed once, and never out of TLS."""
        opener = urllib.request.build_opener(_NoRedirect(), urllib.request.HTTPSHandler(context=self._tls()))
        for hop in range(2):
            request = urllib.request.Request(url, data=data, headers=dict(headers), method=method)  # noqa: S310  http and https alone
            try:
                with opener.open(request, timeout=self._timeout_s) as answer:
                    return answer.status, answer.read(LARGEST_BYTES)
            except urllib.error.HTTPError as error:
                with error:
                    target = urljoin(url, error.headers.get("Location", ""))
                    is_safe = urlsplit(target).scheme == "https" or urlsplit(url).scheme == "http"
                    if error.code in _REDIRECTS and target != url and is_safe and not hop:
                        url = target
                        continue
                    return error.code, _rest(error)
            except (OSError, http.client.HTTPException) as error:  # URLError is an OSError
                raise unreachable("Vault", getattr(error, "reason", None) or error) from None
        raise unreachable("Vault", OSError("it redirects twice"))

    def _tls(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self._variables.get("VAULT_CACERT") or None)
        except OSError:
            raise not_set_up("the file of VAULT_CACERT cannot be read", "name a file of certificates (PEM)") from None
        if self._variables.get("VAULT_SKIP_VERIFY", "").lower() in {"1", "t", "true"}:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to us."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


def _rest(error: urllib.error.HTTPError) -> bytes:
    try:
        return error.read(LARGEST_BYTES)
    except (OSError, http.client.HTTPException):
        return b""


def _understood(status: int, text: bytes, path: str) -> dict[str, Any]:
    """Return the body of an answer; what Vault refuses is told in its words."""
    try:
        body = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        body = None
    errors = body.get("errors") if isinstance(body, dict) else None
    said = "; ".join(" ".join(str(each).split()) for each in errors)[:300] if isinstance(errors, list) else ""
    if status in _WORTH_A_RETRY:
        raise unreachable("Vault", OSError(f"it answers {status} {said}".strip()))
    if status in {400, 401, 403}:
        raise SecretNotFound(
            "MW-X663",
            f"Vault refuses '{path}': {status} {said}".strip(),
            fix="check the token's policies and the namespace (VAULT_NAMESPACE); a token may have expired",
        )
    if status not in {200, 404} or not isinstance(body, dict):
        raise _malformed(f"{status}, and no JSON object")
    return body


def _malformed(what: str) -> SecretNotFound:
    return SecretNotFound(
        "MW-X667", f"Vault's answer is not understood: {what}", fix="check that VAULT_ADDR is the address of a Vault"
    )
