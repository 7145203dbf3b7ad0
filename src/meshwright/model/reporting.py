"""Where OpenLineage events go: the `openlineage` of `mesh.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class LineageSettings:
    """References in texts are as written; they are resolved when events are sent."""

    #: Base address of a receiver, and the path below it that takes events.
    url: str | None = None
    endpoint: str = "api/v1/lineage"
    api_key: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: A file that events are appended to, one a line; relative to the mesh root.
    file: str | None = None
    #: Namespace of jobs, and what the namespace of datasets begins with; None for the mesh's name.
    namespace: str | None = None

    @property
    def is_on(self) -> bool:
        """Whether anybody gets events."""
        return self.url is not None or self.file is not None


NO_LINEAGE = LineageSettings()
