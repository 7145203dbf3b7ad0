"""What a store of secrets is: something that gives the value behind a name, and says in its own words why it does not."""

from __future__ import annotations

import importlib
import json
from typing import Any, Protocol  # Any: what optional libraries give has no types here

from meshwright.model.references import Json

#: Seconds that one secret may take, connecting, signing in and trying again included.
PATIENCE_S = 20.0
#: Seconds without an answer to one request.
TIMEOUT_S = 8.0
#: A larger value is no secret.
LARGEST_BYTES = 1 << 20


class SecretNotFound(Exception):
    """A store gave no value. The message may hold nothing secret but what `Secrets` hides."""

    def __init__(self, code: str, message: str, *, fix: str | None = None, is_retryable: bool = False) -> None:
        super().__init__(message)
        #: A code of the catalog: MW-X602 and MW-X66x.
        self.code = code
        self.message = message
        self.fix = fix
        #: Whether the same question may be answered later.
        self.is_retryable = is_retryable


class Store(Protocol):
    """A store of secrets. It lives for one command; a step asks it anew."""

    def value(self, name: str) -> Json:
        """Return the value behind the name of a reference. Raises SecretNotFound."""
        ...


def not_set_up(what: str, fix: str) -> SecretNotFound:
    """Return the failure of a store that is not told where it is or who asks."""
    return SecretNotFound("MW-X666", what, fix=fix)


def unreachable(store: str, error: BaseException) -> SecretNotFound:
    """Return the failure of a store that does not answer, or says that it cannot just now."""
    words = " ".join(str(error).split())[:300] or type(error).__name__
    fix = "check the address and the network, and run again"
    return SecretNotFound("MW-X662", f"{store} cannot be reached: {words}", fix=fix, is_retryable=True)


def library(module: str, package: str, extra: str, store: str) -> Any:
    """Import a store's client. Raises SecretNotFound (MW-X661), naming the package, where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise SecretNotFound(
            "MW-X661",
            f"{store} needs the package '{package}', which is not installed",
            fix=f"install it beside meshwright: pip install 'meshwright[{extra}]'",
        ) from None


def split_key(name: str) -> tuple[str, str | None]:
    """Split ``name#key``."""
    path, sign, key = name.partition("#")
    return path, key if sign else None


def value_of_key(text: str, key: str | None, store: str) -> Json:
    """Return the text itself, or what the JSON object that it is holds under `key`. Raises SecretNotFound."""
    if key is None:
        return text
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        message = f"the secret in {store} is no JSON object, so it has no key '{key}'"
        raise SecretNotFound("MW-X664", message, fix=f"leave '#{key}' out for the whole text")
    return chosen(found, key, store)


def chosen(fields: dict[str, Json], key: str, store: str) -> Json:
    """Return the field called `key`. Raises SecretNotFound (MW-X664) that names the others."""
    if key in fields:
        return fields[key]
    others = ", ".join(sorted(map(str, fields))[:12]) or "none"
    raise SecretNotFound("MW-X664", f"the secret in {store} has no key '{key}'", fix=f"its keys: {others}")


def decoded(data: bytes, store: str) -> str:
    """Return bytes as text. Raises SecretNotFound (MW-X665) where they are none."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        message = f"the secret in {store} is no text: its bytes are not UTF-8"
        raise SecretNotFound("MW-X665", message, fix="store it as text, for example in base64") from None
