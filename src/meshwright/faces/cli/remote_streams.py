"""What a server tells of a run while it goes on, read with care: what answers may be none of ours, or say nothing for ever."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any  # decoded JSON

from meshwright.client.outgoing import Outgoing, backoff_s, path_part
from meshwright.client.streams import events_of
from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.faces.cli.remote_connection import Connection
from meshwright.faces.cli.remote_transport import as_answered
from meshwright.frozen import dataclass

if TYPE_CHECKING:
    import httpx

#: A stream that ends so often one after the other without anything new is left: a minute, with the pauses between.
_IN_VAIN = 8
_OVER = 204


@dataclass(frozen=True, kw_only=True, slots=True)
class RunEvent:
    """One event of a run."""

    kind: str
    data: Mapping[str, Any]
    #: What it came in.
    answer: httpx.Response


def events_through(connection: Connection, run_id: str) -> Iterator[RunEvent]:
    """Yield what a run does until it has ended; a stream that ends before is gone on with.

    Raises ClientError where a stream breaks, WorldError for what is no event (MW-U100), and where nothing new comes (MW-U025).
    """
    last, in_vain = None, 0
    while True:
        stream = Outgoing(
            method="GET",
            template=f"/api/v1/runs/{path_part(run_id)}/stream",
            accept="text/event-stream",
            headers={"Last-Event-ID": last},
        )
        with connection.transport.stream(stream) as found:
            if found.status_code == _OVER:
                return
            for event in events_of(found):
                if event.id not in {None, last}:
                    last, in_vain = event.id, 0
                with as_answered(connection.server, found):
                    data = json.loads(event.data)
                    told = RunEvent(kind=event.event, data={**data}, answer=found)
                if event.event == "end":
                    return
                yield told
        in_vain += 1
        if in_vain == _IN_VAIN:
            raise WorldError(
                Diagnostic(
                    code="MW-U025",
                    message=f"{connection.server} ends the stream of run {run_id} again and again, and tells nothing of it",
                    fix=f"mw runs show {run_id} tells how it is; a proxy between must pass streams on as they come",
                )
            )
        time.sleep(backoff_s(in_vain))
