"""The verbs `component lock` and `component update`: who stands at which version of a component.

Both read the mesh's files, decide the new lock file and the versions to keep as values, and then write: kept versions first,
each as a folder that appears whole, the lock file last, in one move. What fails before that leaves everything as it was;
what fails in between leaves folders that nothing names, and the same command goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.app.component_fetching import Fetched, fetch_missing, fetch_newest
from meshwright.app.component_files import written_lock
from meshwright.app.component_moves import new_problems
from meshwright.app.component_reports import LockReport
from meshwright.app.components import unknown_name
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.toolbox import Toolbox
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, Severity
from meshwright.files.component_lock import LOCK_FILE, ComponentLock, LockedUse, LockedVersion, read_lock
from meshwright.files.loaded import LoadedMesh
from meshwright.files.loader import load_mesh
from meshwright.files.reading import MeshReader
from meshwright.frozen import dataclass
from meshwright.graph import build_graph
from meshwright.model import Component, ComponentUse, Mesh, admits, domain_of
from meshwright.plan.component_moves import changed_datasets, newer_version
from meshwright.plan.movable import ComponentMove

#: Findings about components that must be put right before anything is locked.
_IN_THE_WAY = frozenset(
    {"MW-K001", "MW-K002", "MW-K003", "MW-K004", "MW-K005", "MW-K006", "MW-K007", "MW-K008", "MW-K009"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateWish:
    """What `component update` is asked for, as written."""

    #: Nodes and components; empty for every use.
    names: tuple[str, ...] = ()
    #: The version to move to; None for the newest in range.
    to: str | None = None
    is_dry: bool = False


def lock_components(workspace: Workspace) -> LockReport:
    """Lock what is not locked yet, each use at the version that it has now, and keep the versions that are used.

    Fetches what lies in other repositories and packages. Raises InputError with all that is in the way, WorldError (MW-K017).
    """
    with open_mesh(workspace, "prod") as opened:
        fetched = fetch_missing(opened)
        return _settle(opened, fetched, moved={}, is_dry=False)


def update_components(workspace: Workspace, wish: UpdateWish) -> LockReport:
    """Move uses to the newest version that they ask for, or to `wish.to`. Raises as `lock_components`, and MW-K016, MW-K003."""
    with open_mesh(workspace, "prod") as opened:
        uses = _wished(opened.mesh, wish)
        fetched = fetch_newest(opened, uses)
        loaded = _loaded(opened, fetched, {})
        assert loaded.mesh is not None  # as it was opened
        moved, beyond = _moved(uses, loaded.mesh, wish)
        report = _settle(opened, fetched, moved=moved, is_dry=wish.is_dry)
        return replace(report, beyond=beyond)


def _wished(mesh: Mesh, wish: UpdateWish) -> list[ComponentUse]:
    uses = list(mesh.uses())
    if not wish.names:
        return uses
    found: list[ComponentUse] = []
    for name in wish.names:
        chosen = [use for use in uses if name in {use.node, use.component}]
        if not chosen:
            known = sorted({*(use.node for use in uses), *(use.component for use in uses if use.component)})
            raise InputError(unknown_name(name, known))
        found += chosen
    return list(dict.fromkeys(found))


def _moved(uses: list[ComponentUse], mesh: Mesh, wish: UpdateWish) -> tuple[dict[str, str], tuple[ComponentMove, ...]]:
    """Return node -> version to move to, and the uses whose range ends before the newest version."""
    now = {use.node: use for use in mesh.uses()}
    moved: dict[str, str] = {}
    beyond: list[ComponentMove] = []
    for use in (_named(now.get(each.node, each), mesh) for each in uses):
        asked = use.asked.partition("@")[2]
        there = [each.version for each in mesh.components if each.name == use.component]
        if wish.to is not None:
            if wish.to not in there or not admits(asked, wish.to):
                why = "there is no such version" if wish.to not in there else f"'{use.asked}' does not admit it"
                fix = (
                    f"versions: {', '.join(there)}"
                    if wish.to not in there
                    else f"write {use.asked.partition('@')[0]}@{wish.to.partition('.')[0]} in the pipeline"
                )
                message = f"'{use.node}' cannot move to {use.component} {wish.to}: {why}"
                raise InputError(Diagnostic(code="MW-K003", message=message, span=use.span, fix=fix, object=use.node))
            moved[use.node] = f"{use.component}@{wish.to}"
            continue
        fitting = [version for version in there if admits(asked, version)]
        if fitting:
            moved[use.node] = f"{use.component}@{fitting[-1]}"
        newer = newer_version(use, mesh.components)
        if newer is not None and not admits(asked, _newest(there)):
            beyond.append(
                ComponentMove(
                    node=use.node,
                    component=use.component,
                    version=fitting[-1] if fitting else use.version,
                    newest=_newest(there),
                    is_in_range=False,
                )
            )
    return moved, tuple(beyond)


def _named(use: ComponentUse, mesh: Mesh) -> ComponentUse:
    """Return a use with the name in full of what it asks for, where no version was found for it."""
    if use.component:
        return use
    names = {each.name for each in mesh.components}
    asked = use.asked.partition("@")[0]
    own = f"{domain_of(use.node)}.{asked}"
    return replace(use, component=own if own in names else asked, version="0.0.0")


def _newest(versions: list[str]) -> str:
    return versions[-1]  # components are in order


def _loaded(opened: OpenedMesh, fetched: Fetched, moved: Mapping[str, str]) -> LoadedMesh:
    """Return the mesh with what was fetched as if it lay in its folder already."""
    return load_mesh(
        opened.workspace.tree,
        cache=opened.cache,
        tools=Toolbox(opened.workspace.tree, opened.cache),
        moved=moved,
        beside=fetched.files,
    )


def _settle(opened: OpenedMesh, fetched: Fetched, *, moved: Mapping[str, str], is_dry: bool) -> LockReport:
    before = read_lock(MeshReader.open(opened.workspace.root))
    loaded = _loaded(opened, fetched, moved)
    mesh = loaded.mesh
    assert mesh is not None  # as it was opened
    wrong = [
        found
        for found in loaded.diagnostics
        if found.severity is Severity.ERROR and _is_in_the_way(found) and not _is_about(found, moved)
    ]
    if wrong:
        raise InputError(*wrong)
    problems = new_problems(mesh.uses(), opened.diagnostics, loaded.diagnostics, moved)
    if problems:
        raise InputError(*_unfit(moved, problems, loaded))
    lock, components = _new_lock(mesh, before, fetched)
    unsound = _unsound(lock, before, components, loaded)
    if unsound:
        raise InputError(*unsound)
    files = written_lock(opened.workspace.root, before, lock, components, loaded.contents)
    moves = _moves(opened, mesh, before, lock)
    if not is_dry:
        files.write(opened.workspace.root)
    return LockReport(
        moves=moves,
        dropped=tuple(sorted(set(before.uses) - set(lock.uses))),
        written=files.written,
        removed=files.removed,
        is_dry=is_dry,
    )


def _unsound(
    lock: ComponentLock, before: ComponentLock, components: Mapping[str, Component], loaded: LoadedMesh
) -> list[Diagnostic]:
    """Return what is wrong in the files of versions that would be kept from now on: kept files are corrected by nobody."""
    files = {
        file for reference in lock.versions.keys() - before.versions.keys() for file in components[reference].files
    }
    return [
        found
        for found in loaded.diagnostics
        if found.severity is Severity.ERROR and found.span is not None and found.span.file in files
    ]


def _is_in_the_way(found: Diagnostic) -> bool:
    return found.code in _IN_THE_WAY or (found.span is not None and found.span.file == LOCK_FILE)


def _is_about(found: Diagnostic, moved: Mapping[str, str]) -> bool:
    """Whether a finding that a version is not there is about a use that moves away from it."""
    return found.code == "MW-K004" and found.object in moved


def _unfit(moved: Mapping[str, str], problems: Mapping[str, str], loaded: LoadedMesh) -> list[Diagnostic]:
    told = set(problems.values())
    nodes = ", ".join(f"{node} to {moved[node]}" for node in sorted(problems))
    return [
        replace(each, message=f"{each.message} (moving {nodes}); nothing was moved")
        for each in loaded.diagnostics
        if f"{each.code} {each.message}" in told
    ]


def _new_lock(mesh: Mesh, before: ComponentLock, fetched: Fetched) -> tuple[ComponentLock, Mapping[str, Component]]:
    """Return the lock file as it is to be, and the components that it holds, by name and version."""
    there = {component.reference: component for component in mesh.components}
    uses = {use.node: f"{use.component}@{use.version}" for use in mesh.uses() if use.component}
    versions: dict[str, LockedVersion] = {}
    for reference in sorted(set(uses.values())):
        known = before.versions.get(reference)
        source = fetched.sources.get(reference) or (known.source if known is not None else {})
        digest = known.digest if known is not None else there[reference].digest
        versions[reference] = LockedVersion(digest=digest, source=MappingProxyType(dict(source)))
    lock = ComponentLock(
        versions=MappingProxyType(versions),
        uses=MappingProxyType({node: LockedUse(reference=reference) for node, reference in uses.items()}),
    )
    return lock, {reference: there[reference] for reference in versions}


def _moves(opened: OpenedMesh, after: Mesh, before: ComponentLock, lock: ComponentLock) -> tuple[ComponentMove, ...]:
    graph, _ = build_graph(opened.mesh, broken=opened.broken)
    stood = {use.node: use for use in opened.mesh.uses()}
    moves = []
    for node, use in sorted(lock.uses.items()):
        was = before.uses.get(node)
        if was is not None and was.reference == use.reference:
            continue
        name, _, version = use.reference.partition("@")
        old = stood.get(node)
        moves.append(
            ComponentMove(
                node=node,
                component=name,
                version=was.reference.partition("@")[2] if was is not None else "",
                newest=version,
                is_in_range=True,
                datasets=changed_datasets(opened.mesh, after, graph, old) if old is not None and old.component else (),
            )
        )
    return tuple(moves)
