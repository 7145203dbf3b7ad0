"""What the server says of itself."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from meshwright.access import Role
from meshwright.faces.documents.shapes.base import Json


class Api(TypedDict):
    """What answers here."""

    schema: Literal["meshwright/api/1"]
    meshwright: str
    links: dict[str, Json]


class Self(TypedDict):
    """Who calls."""

    schema: Literal["meshwright/self/1"]
    id: str
    role: Annotated[str, Role]
    domain: str | None
    mesh: str


class ProblemCode(TypedDict):
    """What a code means."""

    schema: Literal["meshwright/problem-code/1"]
    code: str
    title: str
    meaning: str
    fix: str
    example: str


class Health(TypedDict):
    """That the server is alive."""

    schema: Literal["meshwright/health/1"]
    ok: bool


class Ready(TypedDict):
    """Whether the server can do its work."""

    schema: Literal["meshwright/ready/1"]
    ok: bool
    #: What was looked at -> ``ok``, or what is wrong with it.
    checks: dict[str, str]
