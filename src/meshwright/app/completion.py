"""Names for shell completion, from folder and file names alone: no YAML is read, so nodes that only
`pipeline.yaml` names are not offered. Never raises: completion must not disturb the command line."""

from __future__ import annotations

from pathlib import Path

_MESH_FILE = "mesh.yaml"


def object_names(start: str) -> tuple[str, ...]:
    """Return the domains, products and datasets of the mesh around `start`, sorted; none outside a mesh."""
    root = _root(start)
    if root is None:
        return ()
    names: set[str] = set()
    for domain_file in _glob(root, "domains/*/domain.yaml"):
        domain = domain_file.parent.name
        names.add(domain)
        for product in _glob(domain_file.parent, "*/"):
            if any((product / part).exists() for part in ("product.odps.yaml", "pipeline.yaml", "models")):
                names.add(f"{domain}.{product.name}")
        for model in _glob(domain_file.parent, "*/models/*.sql"):
            names.add(f"{domain}.{model.parent.parent.name}.{model.stem}")
    return tuple(sorted(names))


def environment_names(start: str) -> tuple[str, ...]:
    """Return the environments that readers find beside the mesh, sorted; ``prod`` always."""
    root = _root(start)
    found = {file.stem for file in _glob(root, "environments/*.duckdb")} if root else set()
    return tuple(sorted(found | {"prod"}))


def _root(start: str) -> Path | None:
    try:
        folder = Path(start).resolve()
        return next((place for place in (folder, *folder.parents) if (place / _MESH_FILE).is_file()), None)
    except OSError:
        return None


def _glob(folder: Path, pattern: str) -> tuple[Path, ...]:
    try:
        return tuple(folder.glob(pattern))
    except OSError:
        return ()
