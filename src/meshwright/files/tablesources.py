"""Sources that are no files: tables of open table formats, rows of databases; and the settings that lead to a place.

A secret stands in a file of the mesh only as a reference (``${env:NAME}``, ``${vault:kv/path#key}`` and others): every run
keeps a copy of the files that it was made from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from meshwright.files.fields import Fields, Keys, open_fields
from meshwright.files.yaml import YamlMapping, YamlScalar
from meshwright.model import DatabaseSource, TableSource
from meshwright.model.references import holds_secret, without_references

TABLE_FORMATS = ("delta", "iceberg")
_TABLE_KEYS = Keys(known=("path", "format", "version", "options", "catalog", "table"))
_DATABASE_KEYS = Keys(known=("database", "table", "query", "watermark"), required=("database",))
#: Names of settings whose values are secrets.
_SECRET = re.compile(
    r"secret|passw|token|credential|connection[-_.]?string|account[-_.]?key|sas|authorization|cookie|api[-_.]?key",
    re.IGNORECASE,
)
#: What such settings may say openly: these values say how to get in and are no secrets.
_OPEN = frozenset({"", "anon", "google_default", "cache", "cloud", "browser", "true", "false"})
#: A password between a user and a host.
_PASSWORD = re.compile(r"://[^/?#@:]*:([^/?#@]+)@")
_LATEST = 2**63 - 1


def read_database(node: Fields, mapping: YamlMapping) -> DatabaseSource | None:
    """Return a database source; None, with findings, where it does not say which rows of which database."""
    fields = open_fields(
        mapping, _DATABASE_KEYS, what=f"the source of {node.what}", findings=node.findings, address=node.address
    )
    url = fields.text("database", may_refer=True)
    table, query = fields.text("table"), fields.text("query")
    if ("table" in fields) == ("query" in fields):
        fields.find(
            "MW-M217",
            f"{fields.what} needs 'table' or 'query', one of the two",
            fields.mapping.span_of("query") if "query" in fields else fields.mapping.span,
            "write 'table: schema.name', or 'query: select ...'",
        )
        return None
    if url is None or (table is None and query is None) or secret_settings(fields, "database", {"": url}):
        return None
    return DatabaseSource(url=url, table=table, query=query, watermark=fields.text("watermark"))


def read_table(node: Fields, mapping: YamlMapping) -> TableSource | None:
    """Return a source of a table format; None, with findings, where it does not say which table."""
    fields = open_fields(
        mapping, _TABLE_KEYS, what=f"the source of {node.what}", findings=node.findings, address=node.address
    )
    has_catalog = "catalog" in fields
    kind = fields.choice("format", TABLE_FORMATS) if "format" in fields else "iceberg"
    if has_catalog and kind == "delta":
        fields.find(
            "MW-M208",
            f"'catalog' of {fields.what} is about Iceberg tables, but its format is delta",
            fields.mapping.span_of("catalog"),
            "remove 'catalog'",
        )
        return None
    place = "table" if has_catalog else "path"
    wrong = "path" if has_catalog else "table"
    if place not in fields or wrong in fields:
        fields.find(
            "MW-M217",
            f"{fields.what} needs '{place}'" + (f", not '{wrong}'" if wrong in fields else ""),
            fields.mapping.span_of(wrong) if wrong in fields else fields.mapping.span,
            "with a 'catalog' write 'table: namespace.name', without one 'path: folder or URL of the table'",
        )
        return None
    path = fields.text(place, may_refer=True)
    settings = {key: settings_of(fields, key) for key in ("options", "catalog")}
    has_secrets = [secret_settings(fields, key, found) for key, found in settings.items()]
    if path is None or kind is None or any(has_secrets) or secret_settings(fields, place, {"": path}):
        return None
    return TableSource(
        path=path,
        format=kind,
        version=fields.whole("version", maximum=_LATEST),
        options=settings["options"],
        catalog=settings["catalog"],
    )


def settings_of(fields: Fields, key: str) -> Mapping[str, str]:
    """Return the settings under `key`, each a text as written."""
    found: dict[str, str] = {}
    for entry in fields.entries(key):
        if isinstance(entry.value, YamlScalar) and entry.value.value is not None:
            found[entry.key] = entry.value.text
        else:
            fields.find(
                "MW-M103",
                f"'{key}.{entry.key}' of {fields.what} is {entry.value.kind}, not one value",
                entry.value.span,
                "write one value",
            )
    return MappingProxyType(found)


def secret_settings(fields: Fields, key: str, settings: Mapping[str, str]) -> bool:
    """Note the secrets that stand written out under `key`, without repeating them; whether there are any."""
    written_out = [name for name, text in settings.items() if _is_secret(name, text)]
    nested = fields.mapping.get(key)
    for name in written_out:
        span = nested.span_of(name) if isinstance(nested, YamlMapping) and name else fields.span_of(key)
        what = f"'{key}.{name}'" if name else f"'{key}'"
        fields.find(
            "MW-M216",
            f"{what} of {fields.what} holds a secret, and every run keeps a copy of this file",
            span,
            "write a reference in its place: ${env:NAME}, ${file:path}, ${vault:kv/path#key} or another store's",
        )
    return bool(written_out)


def _is_secret(name: str, text: str) -> bool:
    if _SECRET.search(name) and text.lower() not in _OPEN and not holds_secret(text):
        return True
    password = _PASSWORD.search(without_references(text, "$"))
    return password is not None and "$" not in password[1]
