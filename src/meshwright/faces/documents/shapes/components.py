"""Components: what each asks for and gives, in which versions, and who uses it."""

from __future__ import annotations

from typing import Literal, TypedDict

from meshwright.faces.documents.shapes.base import Json


class ComponentParameter(TypedDict):
    """A parameter of a component."""

    name: str
    type: str
    default: Json
    enum: list[Json]
    of: str | None
    description: str | None


class ComponentVersion(TypedDict):
    """A version of a component: `inputs` are name -> column -> type, `outputs` name -> node."""

    version: str
    description: str | None
    owners: list[str]
    inputs: dict[str, dict[str, str]]
    outputs: dict[str, str]
    params: list[ComponentParameter]
    digest: str
    source: str
    folder: str


class ComponentUse(TypedDict):
    """A node that is a component."""

    node: str
    asked: str
    version: str
    locked: bool
    inside: str | None
    datasets: list[str]
    file: str
    line: int


class ListedComponent(TypedDict):
    """A component with its versions and users."""

    name: str
    newest: str
    versions: list[ComponentVersion]
    uses: list[ComponentUse]


class Components(TypedDict):
    """The components that pipelines may use."""

    schema: Literal["meshwright/components/1"]
    components: list[ListedComponent]


class Component(ListedComponent):
    """One component."""

    schema: Literal["meshwright/component/1"]
