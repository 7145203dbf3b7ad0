"""The folders of components: those that people edit, the versions that are kept for who has not moved, meshwright's own.

``components/<name>/`` belongs to the mesh, ``domains/<d>/components/<name>/`` to a domain, and in the mesh's folder
``<name in full>@<version>`` is a kept version, written by ``mw component lock``. Meshwright's own (``std``) lie in its
package; they are read as if they were kept, so that a run's frozen files hold what it was made of.
"""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources.abc import Traversable
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, Severity, SourceSpan
from meshwright.files.component_documents import COMPONENT_FILE
from meshwright.files.discovery import MODEL_SUFFIX, DomainFolder, FoundFile
from meshwright.files.fields import check_name
from meshwright.files.places import COMPONENTS_FOLDER
from meshwright.files.reading import Entry, MeshReader
from meshwright.frozen import dataclass
from meshwright.model import bytes_identity, identity

#: The name before the dot of the components that ship with meshwright.
LIBRARY = "std"
_PACKAGE = "meshwright.templates"
_KEPT = re.compile(r"((?:[a-z][a-z0-9_]*\.)?[a-z][a-z0-9_]*)@(\d+\.\d+\.\d+)", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentFolder:
    """A folder with a component, and the files in it that make it."""

    #: In full: ``top_n``, ``operations.top_n``, ``std.top_n``.
    name: str
    #: ``mesh``, ``domain <name>``, ``kept`` or ``meshwright``.
    source: str
    path: str
    models: tuple[FoundFile, ...]
    #: Every file, relative to the mesh root, sorted.
    files: tuple[str, ...]
    #: Identity of all files, blind to where the folder lies and to line ends.
    digest: str
    #: A kept version: what its folder's name says.
    version: str | None = None

    @property
    def scope(self) -> str:
        """What stands before the dot of its name: names without a dot are looked up there first; empty for the mesh."""
        return self.name.rpartition(".")[0]

    @property
    def span(self) -> SourceSpan:
        """The component's file as a whole."""
        return SourceSpan(file=f"{self.path}/{COMPONENT_FILE}")


def find_components(reader: MeshReader, domains: Iterable[DomainFolder]) -> list[ComponentFolder]:
    """Return the components whose folders lie in the mesh, and read their files."""
    found: list[ComponentFolder] = []
    for entry in reader.folder("", COMPONENTS_FOLDER.__eq__):
        if not entry.is_folder:
            reader.add("MW-M003", f"'{entry.path}' is a file, a folder is expected", entry.path, "make it a folder")
            continue
        for child in reader.folder(entry.path):
            kept = _KEPT.fullmatch(child.name)
            if kept is not None and child.is_folder:
                found += _component(reader, child, kept[1], "kept", version=kept[2])
            else:
                found += _named(reader, child, "", "mesh")
    for domain in domains:
        for child in reader.folder(domain.components) if domain.components else ():
            found += _named(reader, child, f"{domain.name}.", f"domain {domain.name}")
    return found


def _named(reader: MeshReader, entry: Entry, scope: str, source: str) -> Iterator[ComponentFolder]:
    if not entry.is_folder:
        _ignored(reader, entry, "a folder of components holds one folder a component")
    elif check_name(entry.name, SourceSpan(file=entry.path), what="a component", findings=reader.findings):
        yield from _component(reader, entry, f"{scope}{entry.name}", source)


def _component(
    reader: MeshReader, entry: Entry, name: str, source: str, *, version: str | None = None
) -> Iterator[ComponentFolder]:
    files: list[str] = []
    models: list[FoundFile] = []
    has_document = False
    for child in reader.folder(entry.path):
        if child.name == COMPONENT_FILE:
            has_document = True
            files.append(child.path)
        elif child.name == "models" and child.is_folder:
            for model in reader.folder(child.path):
                if model.is_folder or not model.name.endswith(MODEL_SUFFIX):
                    _ignored(reader, model, "models holds one <node>.sql file a node")
                    continue
                models.append(FoundFile(name=model.name.removesuffix(MODEL_SUFFIX), path=model.path))
                files.append(model.path)
        else:
            files += _below(reader, child)
    if not has_document:
        near = [
            child.name
            for child in reader.folder(entry.path)
            if child.name.lower() in {"component.yml", "components.yaml"}
        ]
        fix = (
            f"rename {near[0]} to {COMPONENT_FILE}"
            if near
            else f"write {entry.path}/{COMPONENT_FILE}, or remove the folder"
        )
        reader.add("MW-K001", f"'{entry.path}' holds no {COMPONENT_FILE}, and is no component", entry.path, fix)
        return
    read = {path: data for path in sorted(files) if (data := reader.read(path)) is not None}
    if len(read) == len(files):
        yield ComponentFolder(
            name=name,
            source=source,
            path=entry.path,
            models=tuple(models),
            files=tuple(read),
            digest=files_digest({path.removeprefix(f"{entry.path}/"): data for path, data in read.items()}),
            version=version,
        )


def _below(reader: MeshReader, entry: Entry) -> Iterator[str]:
    """Yield a file of a component, or those in a folder: modules, and what nodes of tools name."""
    if not entry.is_folder:
        yield entry.path
        return
    for child in reader.folder(entry.path):
        yield from _below(reader, child)


def _ignored(reader: MeshReader, entry: Entry, rule: str) -> None:
    reader.findings.append(
        Diagnostic(
            code="MW-M008",
            message=f"'{entry.path}' is not read: {rule}",
            span=SourceSpan(file=entry.path),
            fix="move it away, or give it a name that begins with a dot",
            severity=Severity.WARNING,
        )
    )


def files_digest(files: Mapping[str, bytes]) -> str:
    """Return the identity of a component's files, path inside its folder -> bytes."""
    return identity(
        "mwcomponent1", sorted([path, bytes_identity(data.replace(b"\r\n", b"\n"))] for path, data in files.items())
    )


def library_files() -> Mapping[str, Mapping[str, bytes]]:
    """Return what ships with meshwright: folder (``deduplicate@1.0.0``) -> path inside it -> bytes."""
    root = importlib.resources.files(_PACKAGE).joinpath("components")
    return MappingProxyType(
        {folder.name: dict(_walk(folder, "")) for folder in root.iterdir() if _KEPT.fullmatch(folder.name)}
    )


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for child in folder.iterdir():
        if child.is_dir():
            if child.name != "__pycache__":
                yield from _walk(child, f"{prefix}{child.name}/")
        elif not child.name.endswith(".md"):
            yield f"{prefix}{child.name}", child.read_bytes()


def library_components(reader: MeshReader, name: str) -> Iterator[ComponentFolder]:
    """Yield the versions of `name` that ship with meshwright; `reader` takes over their files.

    One that lies in the mesh as a kept version is not among them.
    """
    for folder, files in library_files().items():
        if folder.partition("@")[0] == name:
            yield from placed_component(reader, f"{LIBRARY}.{folder}", files, "meshwright")


def placed_component(
    reader: MeshReader, folder: str, files: Mapping[str, bytes], source: str
) -> Iterator[ComponentFolder]:
    """Yield a version (``lib.top_n@1.0.0``) that lies elsewhere as if it were kept; `reader` takes over its files.

    Nothing where it is kept in the mesh.
    """
    kept = _KEPT.fullmatch(folder)
    path = f"{COMPONENTS_FOLDER}/{folder}"
    if kept is None or reader.has_folder(path):
        return
    placed = {f"{path}/{inside}": data for inside, data in sorted(files.items())}
    reader.contents.update(placed)
    prefix = f"{path}/models/"
    yield ComponentFolder(
        name=kept[1],
        source=source,
        path=path,
        models=tuple(
            FoundFile(name=file.removeprefix(prefix).removesuffix(MODEL_SUFFIX), path=file)
            for file in placed
            if file.startswith(prefix)
        ),
        files=tuple(placed),
        digest=files_digest(files),
        version=kept[2],
    )
