"""The formats that contracts come from and go to: one table, and how a format is told by a name or by what a file holds."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final  # what a module is asked for by name has no type here

from meshwright.files.standards.exchange.outcome import Read, Subject, Written
from meshwright.frozen import dataclass

_PACKAGE: Final = "meshwright.files.standards.exchange"


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """A format by its name on the command line."""

    name: str
    #: For messages and help.
    title: str
    #: How names of its files end.
    endings: tuple[str, ...]
    #: Whether types are written in an SQL dialect.
    has_dialect: bool = False
    #: ``module:function`` in this package, imported when it is needed; None for what is read elsewhere (data, databases).
    function: str | None = None


#: Formats that contracts come from; the first whose ending fits is taken.
SOURCES: Final[Mapping[str, Format]] = MappingProxyType(
    {
        each.name: each
        for each in (
            Format(name="parquet", title="Parquet", endings=(".parquet", ".pq")),
            Format(name="csv", title="CSV", endings=(".csv", ".tsv", ".psv", ".csv.gz", ".tsv.gz", ".csv.zip")),
            Format(name="sql", title="SQL DDL", endings=(".sql", ".ddl"), has_dialect=True, function="ddl:read_sql"),
            Format(
                name="jsonschema", title="JSON Schema", endings=(".schema.json",),
                function="jsonschema_reading:read_json_schema",
            ),
            Format(name="dbt", title="dbt manifest", endings=("manifest.json",), function="dbt_reading:read_dbt_manifest"),
            Format(name="postgresql", title="PostgreSQL", endings=()),
            Format(name="sqlite", title="SQLite", endings=(".sqlite", ".sqlite3", ".db")),
            Format(name="duckdb", title="DuckDB", endings=(".duckdb", ".ddb")),
        )
    }
)  # fmt: skip

#: Formats that contracts go to.
TARGETS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        each.name: each
        for each in (
            Format(name="sql", title="SQL DDL", endings=(".sql", ".ddl"), has_dialect=True, function="ddl:write_sql"),
            Format(
                name="jsonschema", title="JSON Schema", endings=(".json",), function="jsonschema_writing:write_json_schema"
            ),
            Format(name="avro", title="Avro schema", endings=(".avsc",), function="avro:write_avro"),
            Format(name="pydantic", title="Pydantic models", endings=(".py",), function="pydantic:write_pydantic"),
            Format(
                name="dbt", title="dbt schema.yml", endings=(".yml", ".yaml"), has_dialect=True, function="dbt_writing:write_dbt"
            ),
            Format(name="mermaid", title="Mermaid", endings=(".mmd", ".mermaid"), function="mermaid:write_mermaid"),
            Format(name="html", title="HTML", endings=(".html", ".htm"), function="html:write_html"),
        )
    }
)  # fmt: skip
_SCHEMES: Final[Mapping[str, str]] = MappingProxyType(
    {"postgresql": "postgresql", "postgres": "postgresql", "sqlite": "sqlite", "duckdb": "duckdb"}
)
_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9]*)(?:\+\w+)?://")


def scheme_of(source: str) -> str | None:
    """Return the format of a database's address; None for what is none."""
    found = _URL.match(source)
    return _SCHEMES.get(found[1].lower()) if found else None


def told_by_name(name: str, formats: Mapping[str, Format]) -> str | None:
    """Return the format that the name of a file tells."""
    lower = name.lower()
    return next((each.name for each in formats.values() if lower.endswith(each.endings)), None)


def told_by_content(head: bytes) -> str | None:
    """Return the format that the first bytes of a file tell."""
    if head[:4] in {b"PAR1", b"PARE"}:
        return "parquet"
    if head.startswith(b"SQLite format 3\0"):
        return "sqlite"
    if head[8:12] == b"DUCK":
        return "duckdb"
    text = head.decode("utf-8-sig", "replace").lstrip()
    if text.startswith("{"):
        is_manifest = "dbt_schema_version" in text and "/dbt/manifest/" in text
        return "dbt" if is_manifest else "jsonschema"
    if re.search(r"^\s*create\s+(or\s+replace\s+)?(\w+\s+){0,2}table\b", text, re.IGNORECASE | re.MULTILINE):
        return "sql"
    return None


def reader(name: str) -> Callable[..., Read]:
    """Return what reads a format that is a text: a function of its bytes, the file's name, and the dialect where it has one."""
    found: Callable[..., Read] = _function(SOURCES[name])
    return found


def writer(name: str) -> Callable[[Subject], Written]:
    """Return what writes a format."""
    found: Callable[[Subject], Written] = _function(TARGETS[name])
    return found


def _function(format_: Format) -> Any:
    assert format_.function is not None
    module, _, function = format_.function.partition(":")
    # Lazy: a format brings libraries that the others do without.
    return getattr(importlib.import_module(f"{_PACKAGE}.{module}"), function)
