"""The components of a mesh, each version read once: what a use may mean, and which version it gets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.files.component_documents import ComponentDocument, read_component
from meshwright.files.component_folders import (
    LIBRARY,
    ComponentFolder,
    find_components,
    library_components,
    library_files,
    placed_component,
)
from meshwright.files.component_inside import CatalogBasis, inner_uses, inside_findings
from meshwright.files.component_lock import LOCK_FILE, ComponentLock, read_lock
from meshwright.files.component_uses import ComponentEntry
from meshwright.files.discovery import DomainFolder
from meshwright.files.documents import read_mapping
from meshwright.files.reading import MeshReader
from meshwright.frozen import dataclass
from meshwright.graph.cycles import components as strongly_connected
from meshwright.graph.cycles import shortest_cycle
from meshwright.model import Component, ComponentParameter, admits, identity, version_parts


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """A version of a component, read."""

    folder: ComponentFolder
    document: ComponentDocument
    #: Whether anything in it is wrong: what uses it is not judged.
    is_broken: bool = False

    @property
    def name(self) -> str:
        """Its name in full."""
        return self.folder.name

    @property
    def reference(self) -> str:
        """Name and version."""
        return f"{self.name}@{self.document.version}"

    @property
    def label(self) -> str:
        """Name and version, for people."""
        return f"{self.name} {self.document.version}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """What a use means."""

    definition: Definition
    #: Whether the lock file says so.
    is_locked: bool


@dataclass(kw_only=True, slots=True)
class ComponentCatalog:
    """The components that are there, and the lock file. What ships with meshwright is read when it is first asked for."""

    reader: MeshReader
    lock: ComponentLock
    basis: CatalogBasis = field(default_factory=CatalogBasis)
    #: Name in full -> its versions, oldest first; of one version the kept one is before the one that people edit.
    versions: dict[str, list[Definition]] = field(default_factory=dict)
    #: Names whose folder could not be read.
    unreadable: set[str] = field(default_factory=set)
    #: Node -> the version that it is tried with, whatever the lock file says.
    moved: Mapping[str, str] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    @property
    def identity(self) -> str:
        """Identity of all that uses depend on, but for what ships with meshwright."""
        folders = [[each.folder.path, each.folder.digest] for found in self.versions.values() for each in found]
        lock = self.reader.contents.get(LOCK_FILE, b"").decode("utf-8", "replace")
        return identity("mwcomponents1", sorted(folders), lock, dict(self.moved), sorted(self.unreadable))

    def of(self, name: str) -> Sequence[Definition]:
        """Return the versions of a name in full, oldest first."""
        scope, _, bare = name.rpartition(".")
        if scope == LIBRARY and name not in self._asked:
            self._asked.add(name)
            self.add(library_components(self.reader, bare))
        return self.versions.get(name, ())

    def names(self, scope: str) -> list[str]:
        """Return the names that a use in `scope` may write."""
        own = f"{scope}." if scope else ""
        known = {name.removeprefix(own) if own and name.startswith(own) else name for name in self.versions}
        known |= {f"{LIBRARY}.{folder.partition('@')[0]}" for folder in library_files()}
        return sorted(known)

    def resolve(self, entry: ComponentEntry, node: str, scope: str, findings: list[Diagnostic]) -> Resolved | None:
        """Return which version the use at `node` gets; None, with a finding, where there is none.

        A name without a dot is one of `scope` (a domain, a package), else one of the mesh.
        """
        name = entry.name if "." in entry.name or not scope else f"{scope}.{entry.name}"
        if not self.of(name) and "." not in entry.name and name not in self.unreadable:
            name = entry.name
        found = self.of(name)
        locked = self.lock.uses.get(node)
        tried = self.moved.get(node)
        if name in self.unreadable and not found:
            return None
        if tried is not None:
            return next((Resolved(definition=each, is_locked=True) for each in found if each.reference == tried), None)
        if locked is not None:
            is_meant = locked.reference.partition("@")[0] == name and admits(
                entry.asked, locked.reference.partition("@")[2]
            )
            if is_meant:
                return self._locked(locked.reference, node, entry, findings)
        if not found:
            findings.append(self._unknown(entry, name, scope, node))
            return None
        fitting = [each for each in found if admits(entry.asked, each.document.version)]
        if not fitting:
            listed = ", ".join(sorted({each.document.version for each in found}, key=version_parts))
            findings.append(
                Diagnostic(
                    code="MW-K003",
                    message=f"there is no version {entry.asked} of component '{name}'",
                    span=entry.span,
                    fix=f"versions: {listed}; write for example {entry.name}@{version_parts(found[-1].document.version)[0]}",
                    object=node,
                )
            )
            return None
        findings.append(_not_locked(entry, fitting[-1], node))
        return Resolved(definition=fitting[-1], is_locked=False)

    def _locked(self, reference: str, node: str, entry: ComponentEntry, findings: list[Diagnostic]) -> Resolved | None:
        name = reference.partition("@")[0]
        version = self.lock.versions.get(reference)
        there = [each for each in self.of(name) if each.reference == reference]
        for each in there:
            if version is not None and each.folder.digest == version.digest:
                return Resolved(definition=each, is_locked=True)
        if there and version is not None:
            return None  # told where it lies, see `changed_versions`
        fix = f"move it: mw component update {node}"
        if not there:
            fix += f"; or bring back the folder components/{reference}, which git has"
        findings.append(
            Diagnostic(
                code="MW-K004",
                message=f"{reference}, which {LOCK_FILE} holds for '{node}', is not there",
                span=entry.span,
                fix=fix,
                object=node,
            )
        )
        return None

    def _unknown(self, entry: ComponentEntry, name: str, scope: str, node: str) -> Diagnostic:
        prefix = name.rpartition(".")[0]
        known = self.names(scope)
        hint = known_names_hint(entry.name, known, what="components") if known else "there are no components here"
        if prefix and prefix != LIBRARY and not any(each.startswith(f"{prefix}.") for each in known):
            hint += "; what lies in another repository or package is fetched by: mw component lock"
        return Diagnostic(
            code="MW-K002",
            message=f"there is no component '{entry.name}'",
            span=entry.span,
            fix=hint,
            object=node,
        )

    def add(self, folders: Iterable[ComponentFolder]) -> None:
        """Read components, and take them in."""
        added = [each for folder in folders if (each := self._read(folder)) is not None]
        for each in added:
            self.versions.setdefault(each.name, []).append(each)
        for found in self.versions.values():
            found.sort(key=lambda each: (version_parts(each.document.version), each.folder.version is None))

    def _read(self, folder: ComponentFolder) -> Definition | None:
        findings = self.reader.findings
        first = len(findings)
        mapping = read_mapping(self.reader, folder.span.file, what=folder.span.file)
        document = read_component(mapping, findings) if mapping is not None else None
        if document is None or mapping is None:
            self.unreadable.add(folder.name)
            return None
        bare = folder.name.rpartition(".")[2]
        if document.name != bare:
            findings.append(
                Diagnostic(
                    code="MW-K001",
                    message=f"the component says that it is '{document.name}', and its folder that it is '{bare}'",
                    span=mapping.by_key["name"].value.span,
                    fix=f"write 'name: {bare}', or rename the folder",
                )
            )
        if folder.version is not None and document.version != folder.version:
            findings.append(
                Diagnostic(
                    code="MW-K001",
                    message=f"the component is of version {document.version}, and its folder says {folder.version}",
                    span=mapping.by_key["version"].value.span,
                    fix=f"write 'version: {folder.version}': the folder holds a version that is kept",
                )
            )
        inside_findings(self.reader, folder, document, self.basis)
        is_broken = any(each.severity is Severity.ERROR for each in findings[first:])
        return Definition(folder=folder, document=document, is_broken=is_broken)

    def components(self) -> tuple[Component, ...]:
        """Return the record of every version that was read, by name, oldest first; of the same files one."""
        found: dict[tuple[str, str], Component] = {}
        for name, versions in sorted(self.versions.items()):
            for each in versions:
                found[name, each.document.version] = _record(each)
        return tuple(found.values())

    def definitions(self) -> Iterator[Definition]:
        """Yield every version that was read."""
        for _, found in sorted(self.versions.items()):
            yield from found


def read_catalog(
    reader: MeshReader,
    folders: Iterable[DomainFolder],
    basis: CatalogBasis,
    moved: Mapping[str, str] | None = None,
    beside: Mapping[str, Mapping[str, bytes]] | None = None,
) -> ComponentCatalog:
    """Read the components that lie in the mesh, and the lock file; `beside` are versions to take for kept ones."""
    catalog = ComponentCatalog(reader=reader, lock=read_lock(reader), basis=basis, moved=moved or {})
    further = (
        found
        for folder, files in (beside or {}).items()
        for found in placed_component(reader, folder, files, "fetched")
    )
    catalog.add((*find_components(reader, folders), *further))
    reader.findings += changed_versions(catalog)
    reader.findings += _cycles(catalog)
    return catalog


def changed_versions(catalog: ComponentCatalog) -> Iterator[Diagnostic]:
    """Yield a finding for each version that is locked, and whose files are no longer what they were."""
    for reference, locked in catalog.lock.versions.items():
        name = reference.partition("@")[0]
        for each in catalog.of(name):
            if each.reference != reference or each.folder.digest == locked.digest:
                continue
            is_kept = each.folder.version is not None
            if is_kept and each.folder.source == "meshwright":
                message = f"{each.label} of this meshwright is not the one that {LOCK_FILE} holds"
                fix = "bring back the folder components/" + reference + ", or move its users: mw component update"
            elif is_kept:
                message = f"the files of {each.label} changed, and others use that version as it was"
                fix = (
                    f"bring back what git has: git checkout -- {each.folder.path}; a change is a new version in {name}"
                )
            else:
                message = f"the files of {each.label} changed, and it is still called {each.document.version}"
                fix = "raise 'version' in this file: who uses it stays as they are until they move; or take the change back"
            yield Diagnostic(code="MW-K005", message=message, span=_version_span(each), fix=fix)


def _version_span(definition: Definition) -> SourceSpan:
    return definition.document.span


def _cycles(catalog: ComponentCatalog) -> Iterator[Diagnostic]:
    """Yield a finding for each cycle of components that are made of each other."""
    edges: dict[str, tuple[str, ...]] = {}
    places: dict[tuple[str, str], SourceSpan] = {}
    for each in tuple(catalog.definitions()):
        targets = []
        for entry in inner_uses(each.document):
            name = entry.name
            if "." not in name and each.folder.scope and catalog.of(f"{each.folder.scope}.{name}"):
                name = f"{each.folder.scope}.{name}"
            for other in catalog.of(name):
                if admits(entry.asked, other.document.version):
                    targets.append(other.reference)
                    places.setdefault((each.reference, other.reference), entry.span)
        edges[each.reference] = tuple(dict.fromkeys((*edges.get(each.reference, ()), *targets)))
    for each in catalog.definitions():  # those of meshwright were read while looking
        edges.setdefault(each.reference, ())
    for group in strongly_connected(edges):
        if len(group) == 1 and group[0] not in edges[group[0]]:
            continue
        way = shortest_cycle(edges, group)
        first = next((pair for pair in zip(way, (*way[1:], way[0]), strict=True) if pair in places), None)
        yield Diagnostic(
            code="MW-K008",
            message=f"components are made of each other: {' -> '.join((*way, way[0]))}",
            span=places[first] if first else None,
            fix="take one of them out of the other",
        )


def _not_locked(entry: ComponentEntry, definition: Definition, node: str) -> Diagnostic:
    return Diagnostic(
        code="MW-K010",
        message=f"'{entry.text}' of '{node}' is {definition.label} now, and becomes whatever is newest: it is not locked",
        span=entry.span,
        fix="mw component lock",
        severity=Severity.WARNING,
        object=node,
    )


def _record(definition: Definition) -> Component:
    document, folder = definition.document, definition.folder
    return Component(
        name=folder.name,
        version=document.version,
        description=document.description,
        owners=document.owners,
        inputs={name: each.required for name, each in document.inputs.items()},
        outputs={name: inner for name, (inner, _) in document.outputs.items()},
        params=tuple(
            ComponentParameter(
                name=each.name,
                type=each.type,
                default=None if each.default is None else _value_text(each.default),
                values=tuple(map(str, each.values)),
                of=each.of,
                description=each.description,
            )
            for each in document.params.values()
        ),
        digest=folder.digest,
        source=folder.source,
        folder=folder.path,
        files=folder.files,
        span=folder.span,
    )


def _value_text(value: object) -> str:
    return (
        ", ".join(map(str, value))
        if isinstance(value, tuple)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
