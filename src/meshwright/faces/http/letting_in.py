"""Long answers end with the token that they are given to: whoever may not ask any more is not told any more either."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from meshwright.app.serving import is_let_in
from meshwright.diagnostics import MeshwrightError
from meshwright.faces.http.callers import caller_of
from meshwright.faces.http.protocol import ABORT
from meshwright.faces.http.served import server_of

#: A token that ends takes its answers along within this time.
_ADMIT_S = 2.0


async def until_refused(request: Request) -> None:
    """Return when the caller of a request, who was let in just now, would be let in no more."""
    server, principal = server_of(request), caller_of(request).principal
    if principal is None:
        await asyncio.Event().wait()  # nobody has nothing to lose
        return
    with suppress(MeshwrightError):  # who cannot be asked about may not go on either
        while True:
            await asyncio.sleep(_ADMIT_S)
            if not await run_in_threadpool(is_let_in, server, principal.id):
                return


def abort(scope: Scope) -> None:
    """End a request's connection at once: what waits in it to be taken is thrown away."""
    end = scope.get("extensions", {}).get(ABORT)
    if end is not None:  # there is a connection: in tests there may be none
        end["abort"]()
