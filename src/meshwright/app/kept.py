"""What a server keeps between requests: the loaded mesh, its graphs, the open state. Safe for threads.

Verbs know nothing of it: `open_mesh`, `open_cache` and `open_mesh_state` look into the `Workspace`, and lend out what is kept.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from meshwright.app.allocation import give_back_memory
from meshwright.app.kept_values import KeptValues
from meshwright.app.workspace import Workspace, open_cache, open_mesh_state
from meshwright.diagnostics import InputError, MeshwrightError, has_errors, sort_diagnostics
from meshwright.files.marks import is_settled
from meshwright.files.remembered import stands

if TYPE_CHECKING:
    from meshwright.app.prepared import PreparedMesh
    from meshwright.files.cache import ParseCache
    from meshwright.files.loaded import LoadedMesh
    from meshwright.model import Mesh
    from meshwright.state.protocol import State

#: The files are looked at no more often than this,
_LOOK_S = 1.0
#: nor so often that looking takes more than one part in so many of the time.
_SHARE = 20
#: A look that took longer goes on beside the request that found it due, which is answered from what there is.
_INLINE_S = 0.01
#: Environments (sandboxes among them) whose graphs are kept.
_MOST_PREPARED = 16


class KeptMesh:
    """The mesh of one root and its state, open for as long as a server lives.

    A change of the files is seen within a second, or twenty times as long as it takes to look at them all; until it has been
    read, and where `mesh.yaml` became unusable, requests are answered from what there was.
    """

    def __init__(self, workspace: Workspace, load: Callable[[ParseCache], LoadedMesh]) -> None:
        """Open cache, mesh and state; `load` reads the mesh. Raises InputError, WorldError."""
        self._workspace = workspace
        self._load = load
        with ExitStack() as stack:
            self.cache = stack.enter_context(open_cache(workspace))
            self._loaded = self._first()
            self._state = open_mesh_state(workspace, _usable(self._loaded), create=True)
            stack.pop_all()
        self._look = threading.Lock()
        self._look_at_s = time.monotonic() + _LOOK_S
        self._is_young = _is_young(self._loaded)
        self._prepared: OrderedDict[tuple[int, str], PreparedMesh] = OrderedDict()
        self._prepared_lock = threading.Lock()
        #: How long the last look took.
        self._took_s = 0.0
        #: Why the files as they are could not be read; empty where they were.
        self.problem = ""
        #: How often the mesh was read anew.
        self.readings = 1
        #: What verbs worked out of mesh and state.
        self.values = KeptValues()

    def state(self) -> State:
        """Return the open state; closing it ends nothing."""
        return self._state.lent()

    def loaded(self) -> LoadedMesh:
        """Return the mesh as its files are, or were within the last second."""
        if time.monotonic() >= self._look_at_s and self._look.acquire(blocking=False):
            if self._took_s > _INLINE_S:
                threading.Thread(target=self._refresh_and_release, name="meshwright-look", daemon=True).start()
            else:
                self._refresh_and_release()
        return self._loaded

    def look(self) -> None:
        """Look at the files now, whatever was looked at before."""
        with self._look:
            self._refresh()

    def _refresh_and_release(self) -> None:
        try:
            self._refresh()
        finally:
            self._look.release()

    def _refresh(self) -> None:
        """Read the mesh again where its files changed; where that fails, `problem` says why, and the next look tries again."""
        began, readings = time.monotonic(), self.readings
        try:
            if self._is_young or self.problem or not stands(self._workspace.root, self._loaded.marks):
                self._take(self._load(self.cache))
        except MeshwrightError as error:
            self.problem = error.first.message
        ended = time.monotonic()
        self._took_s = ended - began
        self._look_at_s = ended + max(_LOOK_S, _SHARE * self._took_s)
        if self.readings > readings:
            give_back_memory()

    def _first(self) -> LoadedMesh:
        """Read the mesh. One that had to be read from its files is read again as it was kept, where what is equal is there once."""
        found = self._load(self.cache)
        if found.read and not has_errors(found.diagnostics) and not _is_young(found):
            del found
            found = self._load(self.cache)
        give_back_memory()
        return found

    def _take(self, found: LoadedMesh) -> None:
        self.readings += 1
        if found.mesh is None:
            self.problem = sort_diagnostics(found.diagnostics)[0].message
            return
        self.problem = ""
        self._is_young = _is_young(found)
        if found.identity != self._loaded.identity or found.marks != self._loaded.marks:
            self._loaded = found

    def prepared(
        self, loaded: LoadedMesh, base: str, prepare: Callable[[LoadedMesh, str], PreparedMesh]
    ) -> PreparedMesh:
        """Return what `prepare` makes of a mesh for an environment, made once for as long as the mesh is the same."""
        key = (id(loaded), base)
        with self._prepared_lock:
            found = self._prepared.get(key)
            if found is not None and found.loaded is loaded:
                self._prepared.move_to_end(key)
                return found
        made = prepare(loaded, base)
        with self._prepared_lock:
            for old in [each for each, kept in self._prepared.items() if kept.loaded is not self._loaded]:
                del self._prepared[old]
            self._prepared[key] = made
            while len(self._prepared) > _MOST_PREPARED:
                self._prepared.popitem(last=False)
        return made

    def close(self) -> None:
        """Close state and cache, when nobody looks at the files."""
        with self._look:
            self._state.close()
            self.cache.close()


def _usable(loaded: LoadedMesh) -> Mesh:
    if loaded.mesh is None:
        raise InputError(*sort_diagnostics(loaded.diagnostics))
    return loaded.mesh


def _is_young(loaded: LoadedMesh) -> bool:
    """Whether a file was changed so shortly before it was read that another change would look the same."""
    now_ns = time.time_ns()
    return not all(is_settled(mark, now_ns) for mark in loaded.marks.values())
