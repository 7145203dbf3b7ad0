"""The mesh as judged, for verbs that only look: on a server it is kept until files, or what the world tells, are others."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from types import MappingProxyType

from meshwright.app.clock import utc_now
from meshwright.app.judged import Judged, judge_mesh
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

    Any publication changes those at most; one of a model leaves it as it is.
    """
    told = _told_nodes(opened)
    versions = tuple(found.id if (found := published.versions.get(name)) is not None else None for name in told.nodes)
    is_told = None not in versions and not told.has_jobs
    when = 0.0 if is_told else time.monotonic() // _LOOK_S
    return (opened.files_identity, id(opened.graph), utc_now().date(), versions, when)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """The nodes whose columns follow from no SQL."""

    nodes: tuple[str, ...]
    #: Whether a tool's job is among them: it may leave something that is not published.
    has_jobs: bool


def _told_nodes(opened: OpenedMesh) -> _Told:
    kept = opened.workspace.kept
    assert kept is not None  # who asks has one

    def find(_before: _Told | None) -> _Told:
        nodes = [node for node in opened.mesh.all_nodes() if node.sql is None]
        has_jobs = any(node.outside is not None for node in nodes)
        return _Told(nodes=tuple(node.address for node in nodes), has_jobs=has_jobs)

    return kept.values.get(("told", opened.mesh.environment), (opened.files_identity, id(opened.graph)), find)
