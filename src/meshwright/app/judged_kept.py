"""The mesh as judged, for verbs that only look: on a server it is kept until files, or what the world tells, are others."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from types import MappingProxyType

from meshwright.app.clock import utc_now
from meshwright.app.judged import judge_mesh
from meshwright.app.judged_mesh import Judged
from meshwright.app.observing import Published, look_published
from meshwright.app.opened import OpenedMesh
from meshwright.frozen import dataclass
from meshwright.graph.lineage import ColumnLineage

#: What only looking at a place tells (the columns of a source that was never built, what a job left that is not published)
#: is looked at again after so long.
_LOOK_S = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What a verb looks at that changes nothing."""

    published: Published
    judged: Judged
    #: Held by who follows lineage: it is found bit by bit, and kept.
    following: AbstractContextManager[object]

    @property
    def lineage(self) -> ColumnLineage:
        """Column lineage; see `following`."""
        return self.judged.typed.lineage


def look(opened: OpenedMesh) -> Looked:
    """Return what is published in the opened environment, and the mesh as judged, without the diagnostics of the moment."""
    published = look_published(opened)
    kept = opened.workspace.kept
    if kept is None:
        return Looked(published=published, judged=judge_mesh(opened, published.versions, {}), following=nullcontext())

    def judge(_before: Looked | None) -> Looked:
        judged = judge_mesh(opened, published.versions, {})
        return Looked(
            published=published,
            judged=replace(judged, products=MappingProxyType({})),
            following=threading.RLock(),
        )

    found = kept.values.get(("judged", opened.environment), _stamp(opened, published), judge)
    return replace(found, published=published)


def _stamp(opened: OpenedMesh, published: Published) -> tuple[object, ...]:
    """Return what the judged mesh rests on: files, day, and the versions of what no SQL tells the columns of.

    Most publications leave these as they are.
    """
    kept = opened.workspace.kept
    assert kept is not None  # who asks has one
    files = (opened.files_identity, id(opened.graph))

    def find(before: _Told | None) -> _Told:
        nodes = before.nodes if before is not None and before.files == files else _nodes_without_sql(opened)
        versions = tuple(_version_of(name, published) for name in nodes)
        has_jobs = any((node := opened.mesh.node(name)) is not None and node.outside is not None for name in nodes)
        return _Told(
            files=files,
            nodes=nodes,
            versions=versions if before is None or before.versions != versions else before.versions,
            is_whole=None not in versions and not has_jobs,
        )

    told = kept.values.get(("told", opened.environment), (files, published.stamp), find)
    when = 0.0 if told.is_whole else time.monotonic() // _LOOK_S
    return (files, utc_now().date(), told.versions, when)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """What is told of columns by the world."""

    files: tuple[str, int]
    #: The nodes whose columns follow from no SQL, and what is published of each.
    nodes: tuple[str, ...]
    versions: tuple[str | None, ...]
    #: Whether that is all: everything is published, and no tool's job left something that is not.
    is_whole: bool


def _nodes_without_sql(opened: OpenedMesh) -> tuple[str, ...]:
    return tuple(node.address for node in opened.mesh.all_nodes() if node.sql is None)


def _version_of(name: str, published: Published) -> str | None:
    found = published.versions.get(name)
    return found.id if found is not None else None
