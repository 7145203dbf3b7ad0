"""What endpoints work with: the server's `Workspace`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from meshwright.app.serving import Server
from meshwright.app.workspace import Workspace


def server_of(request: Request) -> Server:
    """Return the server that a request came to."""
    server: Server = request.app.state.server
    return server


# Coroutines: what is none is called in a thread, and changing over costs more than all that they do.
async def _server_of(request: Request) -> Server:
    return server_of(request)


async def _workspace_of(request: Request) -> Workspace:
    return server_of(request).workspace


#: Parameters of endpoints.
Served = Annotated[Server, Depends(_server_of)]
ServedWorkspace = Annotated[Workspace, Depends(_workspace_of)]
