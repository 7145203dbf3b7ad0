"""Azure's real client over a transport that answers as Key Vault documents it: there is no server that could run here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken
from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import HttpTransport
from azure.keyvault.secrets import SecretClient

from meshwright.secrets.azure import Azure

#: Path of a secret -> status and body; status 0 for a service that cannot be reached.
Answers = Mapping[str, tuple[int, dict[str, Any]]]
_ABSENT = (404, {"error": {"code": "SecretNotFound", "message": "A secret with that name was not found"}})


class _Answer:
    def __init__(self, request: Any, status: int, body: dict[str, Any]) -> None:
        self.request, self.status_code, self.reason, self.url = request, status, "", request.url
        self.content = json.dumps(body).encode()
        self.headers = {"Content-Type": "application/json"}
        if status == 401:
            domain = urlsplit(request.url).netloc.partition(".")[2]
            challenge = f'authorization="https://login.microsoftonline.com/t", resource="https://{domain}"'
            self.headers["WWW-Authenticate"] = f"Bearer {challenge}"
        self.content_type, self.encoding = "application/json", "utf-8"
        self.is_closed = self.is_stream_consumed = True

    def body(self) -> bytes:
        return self.content

    read = body

    def text(self, *_: object) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)

    def close(self) -> None:
        pass


class _Transport(HttpTransport):  # type: ignore[type-arg]
    def __init__(self, answers: Answers, urls: list[str]) -> None:
        self._answers = answers
        self._urls = urls

    def send(self, request: Any, **_: Any) -> Any:
        self._urls.append(request.url)
        if "Authorization" not in request.headers:
            return _Answer(request, 401, {})
        status, body = self._answers.get(urlsplit(request.url).path, _ABSENT)
        if not status:
            raise ServiceRequestError("no route to host")
        return _Answer(request, status, body)

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


class _Credential:
    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken("token", 2**40)


def azure_client(answers: Answers, urls: list[str]) -> Azure:
    """Return the store, its client speaking to the answers; what is asked for is noted in `urls`."""

    def opened(url: str) -> Any:
        return SecretClient(vault_url=url, credential=_Credential(), transport=_Transport(answers, urls), retry_total=0)

    return Azure(opening=opened)
