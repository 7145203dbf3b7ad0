"""The secrets that sign webhooks: those that follow from the mesh's own key, and those that a variable of the environment holds.

No secret stands in the state. A subscription's own is ``HMAC-SHA256(key, "mwhook1 ID NUMBER")``: whoever has the key has all of
them, and the state alone gives none away. See docs/adr/0041.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.model.subscriptions import Webhook

#: Holds the key where it is no file: several servers of one mesh need the same one.
KEY_VARIABLE = "MESHWRIGHT_WEBHOOK_KEY"
#: Names of variables that may hold the secret of a webhook; of others nothing may leave the server, not even as a signature.
SECRET_VARIABLES = "MESHWRIGHT_WEBHOOK_"  # noqa: S105 - the beginning of names
_FILE = "webhooks.key"
_PREFIX = "whsec_"
_SHORTEST = 16


def mesh_key(private: Path, variables: Mapping[str, str]) -> bytes:
    """Return the mesh's key, made where there is none. Raises WorldError (MW-B010) where it cannot be read, or is too short."""
    key = variables.get(KEY_VARIABLE, "").strip()
    found = key.encode() if key else _of_file(private / _FILE)
    if len(found) < _SHORTEST:
        where = KEY_VARIABLE if key else str(private / _FILE)
        raise WorldError(
            Diagnostic(
                code="MW-B010",
                message=f"the key of webhooks in {where} is shorter than {_SHORTEST} characters",
                fix="take a long random text: openssl rand -base64 32",
            )
        )
    return found


def name_of_key(key: bytes) -> str:
    """Return what tells a key from others, and nothing about it."""
    return hmac.digest(key, b"mwhookkey1", hashlib.sha256).hex()[:16]


def own_secret(key: bytes, subscription: str, number: int) -> str:
    """Return the secret of a subscription that follows from the key, as Standard Webhooks writes it."""
    found = hmac.digest(key, f"mwhook1 {subscription} {number}".encode(), hashlib.sha256)
    return _PREFIX + base64.b64encode(found).decode()


def variable_of(reference: str) -> str | None:
    """Return the variable that a reference names; None where it is no reference that may hold a webhook's secret."""
    name = reference.removeprefix("${env:").removesuffix("}")
    is_reference = reference == f"${{env:{name}}}" and name.startswith(SECRET_VARIABLES) and name != KEY_VARIABLE
    return name if is_reference and name.replace("_", "").isalnum() and name.isascii() else None


def signing_secrets(
    hook: Webhook, subscription: str, key: bytes, variables: Mapping[str, str], *, with_previous: bool
) -> tuple[str, ...]:
    """Return the secrets that sign a request, the newest first.

    Raises InputError (MW-B011) where a variable is not set, (MW-B013) where the secret follows from a key that is not the mesh's.
    """
    if hook.secret:
        name = variable_of(hook.secret) or ""
        found = variables.get(name, "")
        if not found:
            raise InputError(
                Diagnostic(
                    code="MW-B011",
                    message=f"the secret of subscription {subscription} is in the variable {name}, which is not set",
                    fix=f"set {name} where the server runs; what waits is sent then",
                )
            )
        return (found,)
    if hook.key_name != name_of_key(key):
        raise InputError(
            Diagnostic(
                code="MW-B013",
                message=f"the secret of subscription {subscription} follows from another key of webhooks than this server has",
                fix=f"bring .meshwright/{_FILE} back, or set {KEY_VARIABLE} as on the mesh's other hosts; where it is lost, "
                f"mw subscription rotate {subscription} makes another secret",
            )
        )
    numbers = [hook.secret_number, hook.secret_number - 1] if with_previous else [hook.secret_number]
    return tuple(own_secret(key, subscription, number) for number in numbers if number > 0)


def signature(secret: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """Sign a message as Standard Webhooks says: ``v1,`` and Base64 of HMAC-SHA256 over id, time and body."""
    key = secret.encode()
    if secret.startswith(_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except ValueError:
            key = secret.encode()  # a text that only begins so
    content = f"{message_id}.{timestamp_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def _of_file(path: Path) -> bytes:
    """Read the key, or make it: whoever makes it first, all others read it."""
    try:
        return path.read_bytes().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unreadable(path, error) from error
    new = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_urlsafe(32).encode())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(new, path)
        return path.read_bytes().strip()
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        new.unlink(missing_ok=True)


def _unreadable(path: Path, error: OSError) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-B010",
            message=f"the key of webhooks, {path}, cannot be read or made: {error.strerror}",
            fix=f"let the server's user read it, or set {KEY_VARIABLE}",
        )
    )
