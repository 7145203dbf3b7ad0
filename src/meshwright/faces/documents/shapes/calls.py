"""The record of calls between domains."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from meshwright.faces.documents.shapes.base import Time
from meshwright.model.calls import CallKind


class RecordedCall(TypedDict):
    """One call."""

    id: str
    at: Time
    token: str
    caller: str | None
    domain: str | None
    kind: Annotated[str, CallKind]
    action: str
    object: str | None
    status: int
    rows: int | None
    bytes: int | None
    seconds: float


class Calls(TypedDict):
    """A page of calls."""

    schema: Literal["meshwright/calls/1"]
    calls: list[RecordedCall]
    #: Cursor of the next page; null where this is the last, and where all is asked for.
    next: str | None


class CallsEdge(TypedDict):
    """All calls of one domain to another, of one kind."""

    caller: str | None
    domain: str | None
    kind: Annotated[str, CallKind]
    calls: int
    refused: int
    rows: int
    bytes: int
    last_at: Time


class CallsSummary(TypedDict):
    """Who calls whom."""

    schema: Literal["meshwright/calls-summary/1"]
    since: Time | None
    edges: list[CallsEdge]
