"""Logins: who a server says that a token is."""

from __future__ import annotations

from meshwright.client.outgoing import Outgoing
from meshwright.client.problems import ClientError
from meshwright.faces.cli.remote_connection import Connection
from meshwright.faces.cli.remote_transport import as_answered
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """Who is let in, with what."""

    token: str
    id: str
    role: str
    domain: str | None
    mesh: str


def log_in(server: str, *, token: str | None = None, code: str | None = None) -> Login:
    """Ask a server who a token is, or change the code of a one-time link for one. Raises MeshwrightError."""
    with Connection(server, token=token) as connection:
        try:
            if code is not None:
                outgoing = Outgoing(method="POST", template="/api/v1/login", json={"code": code})
                answered = connection.transport.send(outgoing)
                with as_answered(connection.server, answered):
                    token = str(answered.json()["token"])
            assert token is not None  # one of the two is given
            with Connection(server, token=token) as known:
                answered = known.transport.send(Outgoing(method="GET", template="/api/v1/self"))
            with as_answered(connection.server, answered):
                found = answered.json()
                domain = found["domain"]
                return Login(
                    token=token,
                    id=str(found["id"]),
                    role=str(found["role"]),
                    domain=None if domain is None else str(domain),
                    mesh=str(found["mesh"]),
                )
        except ClientError as error:
            raise connection.told(error) from error
