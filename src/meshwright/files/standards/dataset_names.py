"""One name for one dataset, however producers of OpenLineage spell it.

The naming page says how namespaces and names are built, and producers follow it more or less: another case, a port that goes
without saying, a slash at the end, `s3a`. Here each such spelling has one normal form. Only what cannot mean two things is taken
for the same: names of tables keep their case, for there are databases in which it counts. Snowflake says how it is with its own.

Names of jobs are left as they are: they are their scheduler's own, and mean nothing elsewhere.
"""

from __future__ import annotations

import posixpath
import re

from meshwright.model.told import ToldName

#: Spellings of schemes -> the one of the naming page.
_SCHEMES = {
    "postgresql": "postgres",
    "mariadb": "mysql",
    "sqlserver": "mssql",
    "s3a": "s3",
    "s3n": "s3",
    "gcs": "gs",
    "abfs": "abfss",
    "wasb": "wasbs",
}
#: Ports that go without saying.
_PORTS = {
    "postgres": 5432,
    "mysql": 3306,
    "mssql": 1433,
    "oracle": 1521,
    "redshift": 5439,
    "cassandra": 9042,
    "db2": 50000,
    "teradata": 1025,
    "hive": 9083,
    "kafka": 9092,
    "mongodb": 27017,
    "crate": 5432,
    "oceanbase": 2881,
}
#: The at sign parts a container from its account, and not a person from a host.
_CONTAINERS = frozenset({"abfss", "wasbs"})
#: Names in them are keys of objects, or paths.
_STORES = frozenset({"s3", "gs", "abfss", "wasbs", "hdfs", "dbfs", "oss", "cos"})
#: A file is a database, and a table in it is named behind its path.
_FILE_DATABASES = frozenset({"duckdb", "sqlite"})
_NAMESPACE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/]*)(?P<path>.*)", re.DOTALL)
#: Parts of a name: as they are, in double quotes, in backticks; no dot and no quote in any.
_PART = r'(?:[^".`]+|"[^".`]+"|`[^".`]+`)'
_QUOTED = re.compile(rf"{_PART}(?:\.{_PART})*")
_PARTS = re.compile(r'([^".`]+)|"([^".`]+)"|`([^".`]+)`')
_FILE = "file"
#: Databases in whose namespace producers write the database: how many parts the name of a table has there.
_LEVELS = {"postgres": 3, "redshift": 3, "mssql": 3, "mysql": 2}
_SNOWFLAKE, _BIGQUERY = "snowflake", "bigquery"
_SNOWFLAKE_HOST = ".snowflakecomputing.com"
#: ``orders$20260131``: a partition of a table.
_DECORATOR = re.compile(r"\$[A-Za-z0-9_$]*$")
#: A folder that holds one partition: ``dt=2026-01-31``.
_PARTITION = re.compile(r"[^=/]+=[^=/]*")
#: What lies in one: a name with an ending, or as Hive numbers them.
_FILE_NAME = re.compile(r"[^/]+\.[A-Za-z][A-Za-z0-9]*|[^/=]+\.[^/=]+|\d+_\d+(_copy_\d+)?")


def normal_name(name: ToldName) -> ToldName:
    """Return the normal form of a dataset's name; that of a normal form is the same."""
    namespace, path = name.namespace.strip(), name.name
    if _is_file(namespace):
        return _normal_file(namespace, path)
    match = _NAMESPACE.fullmatch(namespace)
    if match is None:
        table = _unquoted(path)
        return ToldName(namespace=namespace, name=_DECORATOR.sub("", table) if namespace == _BIGQUERY else table)
    scheme = match["scheme"].lower()
    driver, _, _ = scheme.partition("+")  # SQLAlchemy: postgresql+psycopg
    scheme = _SCHEMES.get(driver, driver if driver in _PORTS else scheme)
    if scheme in _FILE_DATABASES:
        return ToldName(
            namespace=f"{scheme}://{_normal_path(match['authority'] + match['path'])}", name=_unquoted(path)
        )
    authority = match["authority"]
    if scheme not in _CONTAINERS:
        authority = authority.rpartition("@")[2]
    authority = _with_port(scheme, authority.lower())
    rest = match["path"].rstrip("/")
    if scheme == _SNOWFLAKE:
        return ToldName(
            namespace=f"{scheme}://{authority.removesuffix(_SNOWFLAKE_HOST)}{rest}", name=_in_capitals(path)
        )
    if scheme in _STORES:
        if rest:  # a folder of the bucket stands in the namespace
            path, rest = f"{rest}/{path.lstrip('/')}", ""
        path = _normal_key(scheme, authority, path)
    else:
        path = _unquoted(path)
    if scheme in _LEVELS and rest:
        path, rest = _with_database(path, rest, _LEVELS[scheme]), ""
    return ToldName(namespace=f"{scheme}://{authority}{rest}", name=path)


def name_of_text(text: str) -> ToldName | None:
    """Return what a name written as one text means: ``postgres://db/shop.public.orders``, ``s3://lake/marts``, ``/data/a.csv``.

    None where it is not told where its namespace ends.
    """
    if text.startswith("/"):
        return normal_name(ToldName(namespace=_FILE, name=text))
    if text.startswith("file:"):
        return normal_name(ToldName(namespace=_FILE, name=text))
    match = _NAMESPACE.fullmatch(text)
    if match is None or not match["path"].strip("/") or match["scheme"].lower() in _FILE_DATABASES:
        return None
    namespace = f"{match['scheme']}://{match['authority']}"
    return normal_name(ToldName(namespace=namespace, name=match["path"].removeprefix("/")))


def _is_file(namespace: str) -> bool:
    return namespace.lower() == _FILE or namespace.lower().startswith("file:")


def _normal_file(namespace: str, name: str) -> ToldName:
    """Return the name of a file of the host that tells of it, or of another host."""
    # Producers write the host, or the beginning of the path, into the namespace: file://host, file:///data.
    rest = namespace[len(_FILE) :].removeprefix(":")
    host, folder = "", rest
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        folder = slash + path
    match = re.match(r"file:(?://(?P<host>[^/]*))?(?P<path>/.*)", name, re.DOTALL | re.IGNORECASE)
    if match is not None:
        host, folder, name = match["host"] or host, "", match["path"]
    host = host.strip().lower()
    host = "" if host == "localhost" else host
    path = name if not folder.strip("/") or name.startswith(f"{folder}/") else f"{folder}/{name}"
    return ToldName(namespace=f"file://{host}" if host else _FILE, name=_without_partitions(_normal_path(path)))


def _normal_path(path: str) -> str:
    """Return a path from the root, without dots and slashes that say nothing."""
    return "/" + posixpath.normpath(f"/{path}").lstrip("/")


def _normal_key(scheme: str, authority: str, key: str) -> str:
    """Return a key without what producers set before and after it; a bucket as a whole is ``/``."""
    schemes = "|".join((scheme, *(spelling for spelling, one in _SCHEMES.items() if one == scheme)))
    before = re.match(rf"(?:/*(?:{schemes})://{re.escape(authority)}(?:/+|$))+", key)
    return _without_partitions((key if before is None else key[before.end() :]).strip("/")) or "/"


def _without_partitions(path: str) -> str:
    """Return the folder of a table that one partition of it lies in: ``orders/dt=2026-01-31/a.parquet`` is ``orders``.

    Only what ends so is one: a folder further up may be called as it likes.
    """
    parts = path.split("/")
    end = len(parts) - (1 if _FILE_NAME.fullmatch(parts[-1]) else 0)
    kept = end
    while kept > 1 and parts[kept - 1] and _PARTITION.fullmatch(parts[kept - 1]):
        kept -= 1
    return path if kept == end or not parts[kept - 1] else "/".join(parts[:kept])


def _in_capitals(name: str) -> str:
    """Return the name of a table of Snowflake: what stands in no quotes is in capitals, and quotes that say otherwise stay."""
    if _QUOTED.fullmatch(name) is None:
        return name
    parts = []
    for bare, quoted, ticked in _PARTS.findall(name):
        kept = quoted or ticked
        parts.append(bare.upper() if bare else kept if kept == kept.upper() else f'"{kept}"')
    return ".".join(parts)


def _with_database(name: str, rest: str, levels: int) -> str:
    """Return the name of a table with the database that stands behind the host, where it does not name one."""
    database = rest.lstrip("/").partition("?")[0].rstrip("/")
    is_named = name.count(".") + 1 >= levels or "/" in database or not database
    return name if is_named else f"{database}.{name}"


def _unquoted(name: str) -> str:
    """Return the name of a table without the quotes of SQL around its parts, where they keep nothing apart.

    One producer writes both, in one event: ``"wh"."lake"."orders"`` and ``wh.lake.orders``.
    """
    if _QUOTED.fullmatch(name) is None:
        return name
    return ".".join(bare or quoted or ticked for bare, quoted, ticked in _PARTS.findall(name))


def _with_port(scheme: str, authority: str) -> str:
    port = _PORTS.get(scheme)
    if port is None or not authority:
        return authority
    if "," in authority:  # brokers of one cluster, in any order
        return ",".join(sorted({_with_port(scheme, each.strip()) for each in authority.split(",") if each.strip()}))
    _, _, behind = authority.rpartition("]")  # of an address of IPv6
    return authority if ":" in behind else f"{authority}:{port}"
