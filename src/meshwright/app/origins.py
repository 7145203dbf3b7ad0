"""What a new product reads: a file, a dataset of the mesh, or what the keys of a source name."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path
from types import MappingProxyType

from meshwright.app.judged import judge_mesh
from meshwright.app.observing import read_published
from meshwright.app.opened import OpenedMesh
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.files.authoring import NewProduct, SourceValue
from meshwright.frozen import dataclass
from meshwright.model import Column, Columns

_EXAMPLE: Columns = (Column(name="id", type="INTEGER"), Column(name="name", type="VARCHAR"))
#: Addresses of databases: they are no paths.
_DATABASES = ("postgres", "sqlite:", "mysql", "mariadb", "oracle", "mssql", "duckdb:", "snowflake:")
#: What a file leaves open, and the option that tells it; the fixes of these findings speak of `pipeline.yaml`.
_TOLD_BY: Mapping[str, str] = MappingProxyType(
    {
        "MW-M205": "--source format=csv",
        "MW-X201": "--source encoding=latin-1",
        "MW-X301": "--source delimiter=';'",
        "MW-X302": "--source delimiter=';'",
        "MW-X304": "--source header=true, or header=false",
        "MW-X612": "--source sheet=NAME",
        "MW-X614": "--source range=A1:F100, or nulls='#N/A'",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """What a new product is made from; nothing of it is an example row."""

    #: A file, an address, or a dataset of the mesh.
    name: str | None = None
    #: Further keys of the source, as in `pipeline.yaml`; a dot leads into a mapping (``options.key``).
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def reading(opened: OpenedMesh, new: NewProduct, origin: Origin) -> NewProduct:
    """Say what the new product reads, and its columns where they are known already. Raises InputError (MW-L034)."""
    if origin.name is None:
        return replace(new, source=source_keys(origin.keys)) if origin.keys else replace(new, columns=_EXAMPLE)
    if opened.mesh.node(origin.name) is not None:
        if origin.keys:
            raise _refused(f"{origin.name} is a dataset of the mesh, and no source", "leave out --source")
        return replace(new, dataset=origin.name, columns=_known_columns(opened, origin.name))
    if origin.name.count(".") == 2 and "/" not in origin.name and not _file(opened.workspace, origin.name).exists():
        hint = known_names_hint(origin.name, opened.graph.order, what="datasets")
        raise _refused(f"'{origin.name}' is neither a file nor a dataset of the mesh", hint)
    if origin.name.startswith(_DATABASES) and "://" in origin.name:
        fix = "--source database='${env:DATABASE_URL}' --source table=NAME, without --from"
        raise _refused("--from names a database, and none of its tables", fix)
    found = source_keys(origin.keys)
    return replace(new, source={**_place(opened.workspace, origin.name, found), **found})


def source_keys(keys: Mapping[str, str]) -> dict[str, SourceValue]:
    """Return the keys with the types that `pipeline.yaml` wants; what is no such value stays text, and is refused there."""
    found: dict[str, SourceValue] = {}
    for key, text in keys.items():
        outer, dot, inner = key.partition(".")
        if dot:
            within = found.setdefault(outer, {})
            if isinstance(within, dict):
                within[inner] = text
        else:
            found[key] = _typed(key, text)
    return found


def with_ways_to_tell(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the findings; where a file leaves something open, their fix says the option that tells it."""
    return tuple(
        replace(each, fix=f"{each.fix}; here: {_TOLD_BY[each.code]}") if each.code in _TOLD_BY else each
        for each in found
    )


def _typed(key: str, text: str) -> SourceValue:
    if key == "header" and text in {"true", "false"}:
        return text == "true"
    if key == "version" and text.isdecimal():
        return int(text)
    if key == "nulls":
        return text.split(",")
    return text


def _known_columns(opened: OpenedMesh, dataset: str) -> Columns:
    published = read_published(opened.state.reader, opened.environment)
    columns = judge_mesh(opened, published.versions, {}).typed.columns.get(dataset)
    if columns is None:
        raise _refused(f"the columns of {dataset} are not known", f"build it first: mw run {dataset}")
    return columns


def _place(workspace: Workspace, name: str, keys: Mapping[str, SourceValue]) -> dict[str, SourceValue]:
    """Return the path to write under ``source``: relative to the mesh root where the file lies in the mesh."""
    if "://" in name or glob.has_magic(name):
        return {"path": name}
    file = _file(workspace, name)
    is_table = (file / "_delta_log").is_dir()
    if not file.exists():
        raise _refused(f"there is no file '{name}'", "name a file, or a dataset of the mesh as domain.product.dataset")
    if file.is_dir() and not is_table and "format" not in keys:
        raise _refused(f"'{name}' is a folder", f"name a file in it, or several by a pattern: '{name}/*.parquet'")
    # Not resolved: a link in the mesh keeps its name.
    inside = Path(os.path.relpath(file, workspace.root))
    path = str(file) if inside.parts[:1] == ("..",) else inside.as_posix()
    return {"path": path, "format": "delta"} if is_table else {"path": path}


def _file(workspace: Workspace, name: str) -> Path:
    """Return the file that `name` says: from where the caller stands, else from the mesh root."""
    here = Path(name).absolute()
    return here if here.exists() else workspace.root / name


def _refused(message: str, fix: str | None) -> InputError:
    return InputError(Diagnostic(code="MW-L034", message=message, fix=fix))
