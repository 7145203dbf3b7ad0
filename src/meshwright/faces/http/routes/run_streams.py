"""Process query: a run, followed by server-sent events."""

from __future__ import annotations

from typing import Annotated

import anyio.to_thread
from fastapi import Header, Request, Response

from meshwright.access import Action
from meshwright.app.run_following import Place, find_followed, place_of, standing_of
from meshwright.faces.http.callers import Caller
from meshwright.faces.http.event_stream import EventStream
from meshwright.faces.http.letting_in import until_refused
from meshwright.faces.http.routes.runs import RunId
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.run_feeds import Follower, RunFeeds
from meshwright.faces.http.served import ServedWorkspace

router = ruled_router()

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID", max_length=100, description="Id of the last event that came: it is gone on behind it."
    ),
]


@router.get(
    "/runs/{run_id}/stream",
    summary="Follow a run",
    response_class=EventStream,
    status_code=200,
    **ruled(Action.READ_RUNS),
)
async def follow_run(
    request: Request, run_id: RunId, caller: Caller, workspace: ServedWorkspace, last_event_id: LastEventId = None
) -> Response:
    """Follow a run by server-sent events: `run` (its state), `step`, `log`, and `end` when it has ended.

    It begins with the whole present state, or behind the event that `Last-Event-ID` names; nothing is left out, and nothing told
    twice. Where all has been told and the run has ended, the answer is 204: there is nothing to come back for.
    """
    principal = caller.may(Action.READ_RUNS)
    found = await anyio.to_thread.run_sync(find_followed, workspace, run_id)
    place = Place() if last_event_id is None else place_of(last_event_id, found)
    if place.state:
        stands = await anyio.to_thread.run_sync(standing_of, workspace, found)
        if place.is_beyond(stands):  # of a state that is there no more: from the beginning, so that nothing is left out
            place = Place()
        elif stands.is_over and not place.is_behind(stands):
            return Response(status_code=204)
    feeds: RunFeeds = request.app.state.run_feeds
    feeds.require_room(principal.id)
    url = f"{str(request.base_url).rstrip('/')}/api/v1/runs/{found}"
    follower = Follower(run_id=found, place=place, caller=principal.id, url=url)
    return EventStream(feeds.follow(follower), lambda: until_refused(request))
