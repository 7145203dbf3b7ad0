"""Names of datasets, jobs and runs as the naming page of OpenLineage asks: a namespace, and a name that is unique in it.

What lies outside is named by where it lies, so that other producers' events are about the same dataset: ``file`` and an absolute
path, ``s3://bucket`` and a key, ``postgres://host:5432`` and ``database.schema.table``. No name holds a password.
"""

from __future__ import annotations

import posixpath
import uuid
from urllib.parse import urlsplit

from meshwright.frozen import dataclass
from meshwright.model import FileSource, TableSource
from meshwright.model.mesh import DatabaseSource, Source

#: Runs and steps are named under this, by what names them in their mesh.
_RUNS = uuid.uuid5(uuid.NAMESPACE_DNS, "meshwright.runs")
_PROD = "prod"
_FILE = "file"
_PORTS = {"postgres": 5432, "mysql": 3306, "mssql": 1433, "oracle": 1521}
#: Names of databases in SQLAlchemy's addresses, as the naming page has them.
_SCHEMES = {"postgresql": "postgres", "mariadb": "mysql"}


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class DatasetName:
    """A dataset's name."""

    namespace: str
    name: str


def job_namespace(mesh: str, namespace: str | None, environment: str) -> str:
    """Return the namespace of the jobs and datasets of an environment; that of prod is the mesh's own."""
    base = namespace or f"meshwright://{mesh}"
    return base if environment == _PROD else f"{base}/{environment}"


def run_uuid(mesh: str, run_id: str) -> str:
    """Return the UUID of a run: the same whoever asks, and whenever."""
    return str(uuid.uuid5(_RUNS, f"{mesh}/{run_id}"))


def step_uuid(mesh: str, run_id: str, key: str) -> str:
    """Return the UUID of a step of a run."""
    return str(uuid.uuid5(_RUNS, f"{mesh}/{run_id}/{key}"))


def named_dataset(namespace: str, address: str) -> DatasetName:
    """Return the name of a dataset of the mesh: its address."""
    return DatasetName(namespace=namespace, name=address)


def named_source(source: Source, root: str, node: str) -> DatasetName:
    """Return the name of what a source node reads; `root` is the absolute folder of the mesh, `node` the node's address."""
    if isinstance(source, DatabaseSource):
        return _named_table(source, root, node)
    if isinstance(source, TableSource) and source.catalog:
        uri = source.catalog.get("uri", "")
        return DatasetName(namespace=_without_credentials(uri) or "iceberg", name=source.path)
    assert isinstance(source, FileSource | TableSource)
    return named_place(source.path, root)


def named_place(path: str, root: str) -> DatasetName:
    """Return the name of a file, a folder or a glob: a path, or the URL of one."""
    scheme, separator, rest = path.partition("://")
    if not separator or scheme == _FILE:
        return DatasetName(namespace=_FILE, name=posixpath.normpath(posixpath.join(root, rest or path)))
    authority, _, name = rest.partition("/")
    return DatasetName(
        namespace=f"{scheme}://{authority.rpartition('@')[2]}", name=name.partition("?")[0].rstrip("/") or "/"
    )


def _named_table(source: DatabaseSource, root: str, node: str) -> DatasetName:
    # The result of a query is no table of the database: the node names it.
    table = source.table or node
    if source.url.startswith("sqlite:"):
        return DatasetName(namespace=_FILE, name=f"{named_place(source.url.partition(':///')[2], root).name}/{table}")
    scheme, _, rest = source.url.partition("://")
    kind = scheme.partition("+")[0]
    kind = _SCHEMES.get(kind, kind)
    authority, _, database = rest.partition("?")[0].rpartition("@")[2].partition("/")
    host = authority if ":" in authority or kind not in _PORTS else f"{authority}:{_PORTS[kind]}"
    has_schema = source.table is None or "." in table or kind != "postgres"
    return DatasetName(
        namespace=f"{kind}://{host}",
        name=".".join([*filter(None, [database]), table if has_schema else f"public.{table}"]),
    )


def _without_credentials(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.scheme and parts.netloc else ""
