"""A client of a meshwright server, typed, with and without `await`. It needs httpx, and pyarrow where tables are asked for.

    with Client("http://127.0.0.1:8080", token) as client:
        client.development.create_environment(name="fix-delays")

`Client` and `AsyncClient` are written from the server's OpenAPI document; `problems` are what they raise.
"""

from __future__ import annotations

from meshwright.client.client import AsyncClient, Client
from meshwright.client.outgoing import Outgoing, Settings
from meshwright.client.problems import (
    Changed,
    ClientError,
    Forbidden,
    Gone,
    Malformed,
    NotFound,
    Problem,
    Refused,
    TooLarge,
    TooMany,
    Unauthorized,
    Unavailable,
    UnexpectedAnswer,
    Unreachable,
    WrongInput,
)
from meshwright.client.streams import ServerEvent, etag_of
from meshwright.client.transport import AsyncTransport, Transport

__all__ = [
    "AsyncClient",
    "AsyncTransport",
    "Changed",
    "Client",
    "ClientError",
    "Forbidden",
    "Gone",
    "Malformed",
    "NotFound",
    "Outgoing",
    "Problem",
    "Refused",
    "ServerEvent",
    "Settings",
    "TooLarge",
    "TooMany",
    "Transport",
    "Unauthorized",
    "Unavailable",
    "UnexpectedAnswer",
    "Unreachable",
    "WrongInput",
    "etag_of",
]
