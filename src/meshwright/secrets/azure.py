"""``${azure:vault-name/secret}``: Azure Key Vault, through azure-keyvault-secrets and azure-identity.

Who asks comes from DefaultAzureCredential. A vault's name stands for ``https://NAME.vault.azure.net``; of another cloud the
whole host is written. A version may follow: ``${azure:vault-name/secret/version}``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any  # the client's types are not installed everywhere

from meshwright.model.references import Json
from meshwright.secrets.protocol import (
    TIMEOUT_S,
    SecretNotFound,
    library,
    not_set_up,
    split_key,
    unreachable,
    value_of_key,
)

_STORE = "Azure Key Vault"


class Azure:
    """The service; one client for each vault."""

    def __init__(self, *, timeout_s: float = TIMEOUT_S, opening: Callable[[str], Any] | None = None) -> None:
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._opening = opening or self._client
        #: URL of a vault -> its client.
        self._clients: dict[str, Any] = {}

    def value(self, name: str) -> Json:
        """Return the secret's text, or one key of it."""
        path, key = split_key(name)
        vault, secret, *version = path.split("/")
        client = self._opened(f"https://{vault if '.' in vault else f'{vault}.vault.azure.net'}")
        from azure.core import exceptions  # with the client

        try:
            found = client.get_secret(secret, version[0] if version else None).value
        except exceptions.ResourceNotFoundError as error:
            raise SecretNotFound(
                "MW-X664", f"there is no secret '{secret}' in {_STORE} '{vault}': {_words(error)}", fix="check its name"
            ) from None
        except exceptions.ClientAuthenticationError as error:
            fix = "run az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
            raise not_set_up(f"nobody is signed in to Azure: {_words(error)}", fix) from None
        except exceptions.HttpResponseError as error:
            if error.status_code is not None and error.status_code < 500 and error.status_code != 429:
                fix = "the account needs the role Key Vault Secrets User, and the secret must be enabled"
                raise SecretNotFound("MW-X663", f"{_STORE} refuses '{path}': {_words(error)}", fix=fix) from None
            raise unreachable(_STORE, error) from None
        except exceptions.AzureError as error:
            raise unreachable(_STORE, error) from None
        if found is None:
            raise SecretNotFound("MW-X664", f"the secret '{secret}' in {_STORE} '{vault}' has no value")
        return value_of_key(str(found), key, _STORE)

    def _opened(self, url: str) -> Any:
        library("azure.keyvault.secrets", "azure-keyvault-secrets", "azure", _STORE)
        with self._lock:
            if url not in self._clients:
                self._clients[url] = self._opening(url)
            return self._clients[url]

    def _client(self, url: str) -> Any:
        identity = library("azure.identity", "azure-identity", "azure", _STORE)
        module = library("azure.keyvault.secrets", "azure-keyvault-secrets", "azure", _STORE)
        return module.SecretClient(
            vault_url=url,
            credential=identity.DefaultAzureCredential(),
            connection_timeout=self._timeout_s,
            read_timeout=self._timeout_s,
            retry_total=1,
        )


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
