"""Components of other repositories and of installed packages, fetched by `component lock` and `component update` alone."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from meshwright.app.opened import OpenedMesh
from meshwright.app.toolbox import Toolbox
from meshwright.diagnostics import Diagnostic, SourceSpan, WorldError
from meshwright.files.component_documents import COMPONENT_FILE, read_component
from meshwright.files.component_folders import LIBRARY
from meshwright.files.component_sources import GitComponents
from meshwright.files.loader import load_mesh
from meshwright.files.reading import MeshReader
from meshwright.files.settings import read_settings
from meshwright.files.yaml import parse_yaml, root_mapping
from meshwright.frozen import dataclass
from meshwright.model import ComponentUse, domain_of
from meshwright.tools.gitfetch import FetchFailed, fetch_files

#: Entry points of packages with components: the name is what stands before the dot, the value the package's folder.
GROUP = "meshwright.components"
_MOST_ROUNDS = 10
#: Of a component's folder all but hidden files, Markdown and what Python leaves behind.
_LEFT_OUT = re.compile(r"(^|/)(\.|__pycache__/)|\.md$|~$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """Components that lie elsewhere, as they are to lie in the mesh's folder of components."""

    #: ``lib.top_n@1.0.0`` -> path inside the folder -> bytes.
    files: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    #: The same -> where it comes from, as the lock file says it.
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def fetch_missing(opened: OpenedMesh) -> Fetched:
    """Fetch what uses name and the mesh does not have, and what that is made of. Raises WorldError (MW-K017)."""
    return _fetched(opened, ())


def fetch_newest(opened: OpenedMesh, uses: Iterable[ComponentUse]) -> Fetched:
    """Fetch as `fetch_missing`, and also what of `uses` comes from elsewhere, as it is there now."""
    return _fetched(opened, tuple(uses))


def _fetched(opened: OpenedMesh, renewed: tuple[ComponentUse, ...]) -> Fetched:
    sources = _Sources(opened)
    files: dict[str, Mapping[str, bytes]] = {}
    told: dict[str, Mapping[str, str]] = {}
    uses = tuple(opened.mesh.uses())
    wanted = {name for use in (*renewed, *(use for use in uses if not use.component)) for name in _names(use, uses)}
    asked: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        fresh = sorted(wanted - asked)
        if not fresh:
            break
        asked.update(fresh)
        for name in fresh:
            for reference, found, source in sources.offered(name):
                files[reference], told[reference] = found, source
        if not files:
            break
        loaded = load_mesh(
            opened.workspace.tree, cache=opened.cache, tools=Toolbox(opened.workspace.tree, opened.cache), beside=files
        )
        uses = tuple(loaded.mesh.uses()) if loaded.mesh is not None else ()
        wanted = {name for use in uses if not use.component for name in _names(use, uses)}
    return Fetched(files=files, sources=told)


def _names(use: ComponentUse, uses: Iterable[ComponentUse]) -> Iterator[str]:
    """Yield the names in full that a use may mean."""
    if use.component:
        yield use.component
        return
    name = use.asked.partition("@")[0]
    if "." not in name:
        outer = next((each for each in uses if each.node == use.outer), None)
        scope = outer.component.rpartition(".")[0] if outer is not None else domain_of(use.node)
        if scope:
            yield f"{scope}.{name}"
    yield name


class _Sources:
    """The places that a mesh's components may come from, each read once and only when it is asked for."""

    def __init__(self, opened: OpenedMesh) -> None:
        settings = read_settings(MeshReader.open(opened.workspace.tree))
        self._repositories = settings.components if settings is not None else ()
        self._read: dict[GitComponents, list[tuple[str, Mapping[str, bytes], Mapping[str, str]]]] = {}

    def offered(self, name: str) -> Iterator[tuple[str, Mapping[str, bytes], Mapping[str, str]]]:
        """Yield what is offered under a name in full: name and version, files, where it comes from."""
        scope = name.rpartition(".")[0]
        if scope == LIBRARY:
            return
        repositories = [each for each in self._repositories if each.scope == scope]
        for repository in repositories:
            if repository not in self._read:
                self._read[repository] = list(_of_repository(repository))
            yield from (found for found in self._read[repository] if found[0].partition("@")[0] == name)
        if not repositories and scope:
            for point in entry_points(group=GROUP, name=scope):
                yield from (found for found in _of_package(point) if found[0].partition("@")[0] == name)


def _of_repository(source: GitComponents) -> Iterator[tuple[str, Mapping[str, bytes], Mapping[str, str]]]:
    try:
        fetched = fetch_files(source.url, source.ref, source.path)
    except FetchFailed as error:
        raise WorldError(_unreadable(f"{source.url} at {source.ref}", str(error), source.span)) from error
    for folder, name, version, files in _components(fetched.files):
        path = "/".join(part for part in (source.path, folder) if part)
        told = {"git": source.url, "ref": source.ref, "commit": fetched.commit, "path": path or "."}
        yield f"{source.scope}.{name}@{version}".removeprefix("."), files, told


def _of_package(point: EntryPoint) -> Iterator[tuple[str, Mapping[str, bytes], Mapping[str, str]]]:
    """Read a package's folder; the package is found, not imported, unless it lies inside of another one."""
    spec = importlib.util.find_spec(point.module)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not places:
        raise WorldError(_unreadable(f"package {point.module} ({point.name})", "it is no package with a folder", None))
    root = Path(places[0])
    read = {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in sorted(root.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }
    release = point.dist.version if point.dist is not None else "unknown"
    for _, name, version, files in _components(read):
        yield f"{point.name}.{name}@{version}", files, {"package": point.module, "release": release}


def _components(files: Mapping[str, bytes]) -> Iterator[tuple[str, str, str, Mapping[str, bytes]]]:
    """Yield folder, name, version and files of each component: the folder itself is one, or each folder in it."""
    for path in sorted(files):
        folder, _, last = path.rpartition("/")
        if last != COMPONENT_FILE or "/" in folder:
            continue
        tree, _ = parse_yaml(files[path], path)
        mapping = root_mapping(tree, what=path)[0] if tree is not None else None
        document = read_component(mapping, []) if mapping is not None else None
        if document is None:
            continue  # whoever uses it is told that there is no such component
        prefix = f"{folder}/" if folder else ""
        own = {
            inside: data
            for found, data in files.items()
            if found.startswith(prefix) and not _LEFT_OUT.search(inside := found.removeprefix(prefix))
        }
        yield folder, document.name, document.version, own


def _unreadable(what: str, why: str, span: SourceSpan | None) -> Diagnostic:
    return Diagnostic(
        code="MW-K017",
        message=f"{what} cannot be fetched: {why}; nothing was written",
        span=span,
        fix="check the address, the ref and your access, then run the command again",
    )
