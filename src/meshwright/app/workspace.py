"""Where a verb works: the mesh root and the ports opened for it."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from meshwright.app.address import filled, state_address
from meshwright.files.loaded import find_root
from meshwright.frozen import dataclass
from meshwright.model import Mesh

if TYPE_CHECKING:
    from meshwright.app.kept_values import KeptValues
    from meshwright.app.prepared import PreparedMesh
    from meshwright.engines.protocol import Engine
    from meshwright.files.cache import ParseCache
    from meshwright.files.loaded import LoadedMesh
    from meshwright.files.settings import MeshSettings
    from meshwright.sources.protocol import Sources
    from meshwright.state.protocol import State
    from meshwright.store.protocol import Store


class Kept(Protocol):
    """What is open already, and lent to whoever works with a `Workspace`. `app.kept` has it."""

    cache: ParseCache
    #: What verbs worked out of mesh and state.
    values: KeptValues

    def state(self) -> State:
        """Return the open state; closing it ends nothing."""
        ...

    def loaded(self) -> LoadedMesh:
        """Return the mesh as its files are."""
        ...

    def prepared(
        self, loaded: LoadedMesh, base: str, prepare: Callable[[LoadedMesh, str], PreparedMesh]
    ) -> PreparedMesh:
        """Return what `prepare` makes of a mesh for an environment, made once."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """A mesh on disk, as a verb finds it. Making one reads nothing but the place of `mesh.yaml`."""

    root: Path
    #: Where mesh files are read from: the root, or the frozen files of a run that is resumed.
    tree: Path
    #: `state` and `store` where they are not what the tree's `mesh.yaml` says: the state may have moved since files froze.
    state: str | None = None
    store: str | None = None
    #: On a server, what is open already.
    kept: Kept | None = field(default=None, compare=False, repr=False)

    @property
    def private(self) -> Path:
        """The folder of everything that meshwright keeps for itself."""
        return self.root / ".meshwright"


def open_workspace(start: Path) -> Workspace:
    """Find the mesh that `start` lies in. Raises InputError where there is none."""
    root = find_root(start)
    return Workspace(root=root, tree=root)


#: In whose name this thread, or task, acts; None: in that of who started the process.
_ACTING: ContextVar[str | None] = ContextVar("meshwright_acting", default=None)


@contextmanager
def acting_as(name: str) -> Iterator[None]:
    """Let `who` name somebody else while the block runs: on a server, the caller."""
    before = _ACTING.set(name)
    try:
        yield
    finally:
        _ACTING.reset(before)


def lend_cache(workspace: Workspace) -> AbstractContextManager[ParseCache]:
    """Return the parse cache for a block: the kept one, or one that is opened and closed."""
    return nullcontext(workspace.kept.cache) if workspace.kept is not None else open_cache(workspace)


def open_cache(workspace: Workspace) -> ParseCache:
    """Open the parse cache."""
    from meshwright.files.cache import ParseCache  # lazy: pulls in sqlite3

    return ParseCache.open(workspace.private / "cache.db")


def open_mesh_state(workspace: Workspace, mesh: Mesh | MeshSettings, *, create: bool) -> State:
    """Open the state database that a mesh, or its `mesh.yaml` alone, names.

    Without `create` a database that is not there reads as empty and stays absent. A kept one is lent.
    """
    if workspace.kept is not None:
        return workspace.kept.state()
    from meshwright.state.database import open_state  # lazy: pulls in sqlite3

    url = state_address(workspace.state or mesh.state, os.environ)
    return open_state(url, root=workspace.root, host=host_identity(), create=create)


def open_store(workspace: Workspace, mesh: Mesh | MeshSettings) -> Store:
    """Open the store of version files."""
    from meshwright.store.local import LocalStore

    return LocalStore(workspace.root / filled(workspace.store or mesh.store, os.environ))


def open_sources(workspace: Workspace) -> Sources:
    """Make the readers of sources; references in sources take their values from the environment."""
    from meshwright.sources.readers import SourceReaders

    return SourceReaders(workspace.root, workspace.private / "spill", os.environ)


def open_engine(mesh: Mesh | MeshSettings) -> Engine:
    """Make the mesh's default engine."""
    from meshwright.engines.duckdb.engine import DuckDBEngine  # lazy: pulls in duckdb when used

    settings = mesh.engines.get(mesh.engine)
    if settings is None:
        return DuckDBEngine()
    return DuckDBEngine(memory_bytes=settings.memory_bytes, threads=settings.threads)


def who() -> str:
    """Return who acts, for records: ``user@host``, or who a server acts for."""
    acting = _ACTING.get()
    if acting is not None:
        return acting
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def host_identity() -> str:
    """Return what tells this host from others: its machine id, or its name where it has none."""
    try:
        return Path("/etc/machine-id").read_text(encoding="ascii").strip() or socket.gethostname()
    except (OSError, UnicodeDecodeError):
        return socket.gethostname()
