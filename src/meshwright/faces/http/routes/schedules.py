"""Schedules and other triggers by URL: what will start when and why, and holding it up."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from meshwright.access import Action
from meshwright.app.scheduling import PauseReport, list_schedules, pause, resume
from meshwright.faces.documents.schedules import pause_document, schedules_document
from meshwright.faces.http.answering import respond
from meshwright.faces.http.callers import Caller
from meshwright.faces.http.keyed import Key, Made, Work, respond_once
from meshwright.faces.http.parameters import DEFAULT_ENVIRONMENT, EnvironmentName
from meshwright.faces.http.rendered import rendered
from meshwright.faces.http.ruled import ruled, ruled_router
from meshwright.faces.http.served import Served, ServedWorkspace
from meshwright.faces.text.schedules import pause_lines, schedules_lines
from meshwright.model import domain_of

router = ruled_router()

TriggerName = Annotated[
    str,
    Path(
        max_length=300, description="A trigger, or a product for all of its triggers.", examples=["operations.flights"]
    ),
]
_MOMENTS = 20


class PauseWish(BaseModel):
    """Why something is held up."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[
        str, Field(min_length=1, max_length=500, description="Why, for whoever asks later.", examples=["maintenance"])
    ]


class ResumeWish(BaseModel):
    """How something goes on."""

    model_config = ConfigDict(extra="forbid")

    catch_up: Annotated[bool, Field(description="Make up for what was missed, as the schedule says.")] = False


@router.get("/schedules", summary="List schedules", **ruled(Action.READ_SCHEDULES))
def get_schedules(
    request: Request,
    workspace: ServedWorkspace,
    name: Annotated[str | None, Query(max_length=300, description="Only this trigger, or those of a product.")] = None,
    moments: Annotated[int, Query(alias="next", ge=0, le=1000, description="How many moments to come.")] = _MOMENTS,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
) -> Response:
    """List what starts runs by itself: what will happen when and why, what happened last, and whether anybody is there."""

    def make() -> Response:
        report = list_schedules(workspace, env, name, moments)
        return respond(
            request, document=lambda: schedules_document(report), lines=lambda look: schedules_lines(report, look)
        )

    return rendered(request, None, make)


@router.post("/schedules/{name:path}/pause", summary="Pause a schedule", **ruled(Action.CHANGE_SCHEDULES))
def pause_schedule(
    request: Request,
    name: TriggerName,
    body: PauseWish,
    caller: Caller,
    server: Served,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
    key: Key = None,
) -> Response:
    """Let a trigger, or all those of a product, start nothing until it is resumed. What is paused already keeps its reason."""
    principal = caller.may(Action.CHANGE_SCHEDULES, {domain_of(name)})
    work = Work(do=lambda: pause(server.workspace, env, name, body.reason), made=_told)
    return respond_once(request, server, principal, key, body, work)


@router.post("/schedules/{name:path}/resume", summary="Resume a schedule", **ruled(Action.CHANGE_SCHEDULES))
def resume_schedule(
    request: Request,
    name: TriggerName,
    caller: Caller,
    server: Served,
    body: ResumeWish | None = None,
    env: EnvironmentName = DEFAULT_ENVIRONMENT,
    key: Key = None,
) -> Response:
    """Let go on what was paused; moments that fell into the pause are passed over unless they are to be caught up with."""
    principal = caller.may(Action.CHANGE_SCHEDULES, {domain_of(name)})
    catch_up = body is not None and body.catch_up
    work = Work(do=lambda: resume(server.workspace, env, name, catch_up=catch_up), made=_told)
    return respond_once(request, server, principal, key, body, work)


def _told(report: PauseReport) -> Made:
    return Made(document=lambda: pause_document(report), lines=lambda look: pause_lines(report, look))
