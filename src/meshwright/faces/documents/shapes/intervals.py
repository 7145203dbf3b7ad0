"""The parts that a version is made of."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from meshwright.faces.documents.shapes.base import Time
from meshwright.model.incremental import VersionClass
from meshwright.model.intervals import Grain
from meshwright.plan.shapes import TimeSpan


class CountedSpan(TimeSpan):
    """A run of intervals, and how many they are."""

    count: int


class Part(TypedDict):
    """A part of a version; without moments where parts are appended."""

    number: int
    id: str
    start: Time | None
    end: Time | None
    rows: int
    size_bytes: int
    built_at: Time | None
    run_id: str
    definition: Literal["present", "earlier"]
    restricted: list[str]
    files_read: list[str]


Intervals = TypedDict(
    "Intervals",
    {
        "schema": Literal["meshwright/intervals/1"],
        "dataset": str,
        "environment": str,
        "version": str,
        "class": Annotated[str, VersionClass],
        "by": str | None,
        "grain": Annotated[str, Grain] | None,
        "timezone": str | None,
        "range": TimeSpan | None,
        "count": int,
        "rows": int,
        "size_bytes": int,
        "gaps": list[CountedSpan],
        "missing": list[CountedSpan],
        "due": list[CountedSpan],
        "unknown": str | None,
        "parts": list[Part],
    },
)
Intervals.__doc__ = "The parts that a version is made of, and which ones a run would build."
