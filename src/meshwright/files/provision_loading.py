"""What sandboxes are provisioned with, read for whoever makes one: `mesh.yaml` and the components, and no product."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from meshwright.diagnostics import Diagnostic, Severity
from meshwright.files.cache import ParseCache
from meshwright.files.component_catalog import ComponentCatalog, read_catalog
from meshwright.files.component_inside import CatalogBasis
from meshwright.files.component_lock import LOCK_FILE
from meshwright.files.discovery import find_domains
from meshwright.files.outside import ToolReader
from meshwright.files.places import MESH_FILE
from meshwright.files.provisions import ProvisionRead, read_provisions
from meshwright.files.reading import MeshReader
from meshwright.files.settings import MeshSettings, read_settings
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedProvisions:
    """What sandboxes are provisioned with, and every error that is in the way of it."""

    settings: MeshSettings | None
    provisions: tuple[ProvisionRead, ...] = ()
    errors: tuple[Diagnostic, ...] = ()
    #: path -> bytes of every file that was read.
    contents: Mapping[str, bytes]


def load_provisions(root: Path, *, cache: ParseCache | None, tools: ToolReader) -> LoadedProvisions:
    """Read what sandboxes of the mesh at `root` are provisioned with. What is wrong elsewhere is in nobody's way."""
    reader = MeshReader.open(root)
    settings = read_settings(reader)
    if settings is None:
        return LoadedProvisions(settings=None, errors=_errors(reader.findings), contents=reader.contents)
    folders = find_domains(reader, settings.patterns)
    basis = CatalogBasis(cache=cache, tools=tools, severity=settings.severity)
    catalog = read_catalog(reader, folders, basis)
    provisions = read_provisions(settings, catalog)
    errors = _errors(reader.findings)
    return LoadedProvisions(
        settings=settings,
        provisions=provisions,
        errors=tuple(each for each in errors if _is_in_the_way(each, catalog, settings, provisions)),
        contents=reader.contents,
    )


def _is_in_the_way(
    found: Diagnostic, catalog: ComponentCatalog, settings: MeshSettings, provisions: tuple[ProvisionRead, ...]
) -> bool:
    if (found.object or "").startswith("provision."):
        return True
    file = found.span.file if found.span is not None else ""
    if file in {LOCK_FILE, MESH_FILE}:
        return True
    names = {entry.component.name for entry in settings.provisions}
    broken = names if any(each.definition is None for each in provisions) else set()
    return any(file.startswith(f"{each.folder.path}/") for name in broken for each in catalog.of(name)) or any(
        file.startswith(f"components/{name}/") for name in broken
    )


def _errors(findings: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(found for found in findings if found.severity is Severity.ERROR)
