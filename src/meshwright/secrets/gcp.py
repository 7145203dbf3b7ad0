"""``${gcp:projects/P/secrets/S}``: Google Cloud Secret Manager, through google-cloud-secret-manager.

Who asks comes from the application default credentials of the client. Without a version the latest one is meant.
"""

from __future__ import annotations

import threading
from typing import Any  # the client's types are not installed everywhere

from meshwright.model.references import Json
from meshwright.secrets.protocol import (
    TIMEOUT_S,
    SecretNotFound,
    decoded,
    library,
    not_set_up,
    split_key,
    unreachable,
    value_of_key,
)

_STORE = "Google Cloud Secret Manager"
#: Names of the client's exceptions (google.api_core.exceptions) that say no for good.
_REFUSED = frozenset({"PermissionDenied", "Forbidden", "Unauthenticated", "Unauthorized", "FailedPrecondition"})


class Gcp:
    """The service; one client for a command."""

    def __init__(self, *, timeout_s: float = TIMEOUT_S, client: Any = None) -> None:
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._client = client

    def value(self, name: str) -> Json:
        """Return the secret's text, or one key of it."""
        path, key = split_key(name)
        whole = path if "/versions/" in path else f"{path}/versions/latest"
        client = self._opened()
        from google.api_core.exceptions import GoogleAPIError  # with the client
        from google.auth.exceptions import GoogleAuthError

        try:
            answer = client.access_secret_version(request={"name": whole}, timeout=self._timeout_s)
            data: bytes = answer.payload.data
        except GoogleAuthError as error:
            raise _nobody(error) from None
        except GoogleAPIError as error:
            raise _told(error, path) from None
        return value_of_key(decoded(data, _STORE), key, _STORE)

    def _opened(self) -> Any:
        module = library("google.cloud.secretmanager", "google-cloud-secret-manager", "gcp", _STORE)
        from google.auth.exceptions import GoogleAuthError  # with the client

        with self._lock:
            if self._client is None:
                try:
                    self._client = module.SecretManagerServiceClient()
                except GoogleAuthError as error:
                    raise _nobody(error) from None
            return self._client


def _nobody(error: Exception) -> SecretNotFound:
    words = " ".join(str(error).split())[:200]
    fix = "set GOOGLE_APPLICATION_CREDENTIALS, or run gcloud auth application-default login"
    return not_set_up(f"nobody is signed in to Google Cloud: {words}", fix)


def _told(error: Exception, path: str) -> SecretNotFound:
    """Return what the service said, in its words."""
    kind, words = type(error).__name__, " ".join(str(error).split())[:300]
    if kind == "NotFound":
        return SecretNotFound("MW-X664", f"there is no secret '{path}' in {_STORE}: {words}", fix="check its name")
    if kind in _REFUSED:
        fix = "the account needs the role Secret Manager Secret Accessor, and the version must be enabled"
        return SecretNotFound("MW-X663", f"{_STORE} refuses '{path}': {words}", fix=fix)
    return unreachable(_STORE, error)
