"""The `servers` of a contract as places of data: what would be written after ``--data`` for them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from meshwright.app.contract_testing_places import DataOptions
from meshwright.diagnostics import Diagnostic, InputError, SourceSpan, known_names_hint
from meshwright.frozen import dataclass
from meshwright.model import Contract

#: Stands in the path of a server for an object's name.
_OBJECT = re.compile(r"\{(?:object|model|schema|table)\}")
_KINDS = ("local", "s3", "gcs", "azure", "duckdb", "postgres", "postgresql")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerData:
    """Where a server has the data of a contract's objects."""

    #: Words as after ``--data``.
    words: tuple[str, ...]
    how: DataOptions


def server_names(contract: Contract) -> tuple[str, ...]:
    """Return the names of a contract's servers."""
    return tuple(str(each["server"]) for each in _servers(contract))


def server_data(contract: Contract, name: str, tables: Mapping[str, str], how: DataOptions, folder: Path) -> ServerData:
    """Return where server `name` has the objects; `tables` is object -> what its table is called.

    Paths are relative to the contract's own `folder`. Raises InputError (MW-C211, MW-C212).
    """
    found = next((each for each in _servers(contract) if each["server"] == name), None)
    if found is None:
        fix = known_names_hint(name, server_names(contract), what="servers")
        raise _wrong(contract, "MW-C211", f"the contract has no server '{name}'", fix)
    kind = str(found.get("type", "")).lower()
    if kind in {"postgres", "postgresql"}:
        return ServerData(words=_postgresql(contract, found, tables), how=how)
    if kind == "duckdb":
        file = folder / _said(contract, found, "database")
        return ServerData(words=_in_schema(f"duckdb:{file}", found, tables), how=how)
    if kind in _KINDS:
        return _files(contract, found, tables, how, folder)
    raise _wrong(
        contract,
        "MW-C212",
        f"server '{name}' is of type '{kind}', which is not read",
        f"give the data itself, --data PLACE; types of servers: {', '.join(_KINDS)}",
    )


def _servers(contract: Contract) -> Sequence[Mapping[str, object]]:
    listed = json.loads(contract.document).get("servers") or ()
    return [each for each in listed if isinstance(each, dict) and isinstance(each.get("server"), str)]


def _postgresql(contract: Contract, server: Mapping[str, object], tables: Mapping[str, str]) -> tuple[str, ...]:
    """Return addresses without user and password: those are in the environment (PGUSER, PGPASSWORD), not in a contract."""
    host, database = _said(contract, server, "host"), _said(contract, server, "database")
    port = server.get("port", 5432)
    return _in_schema(f"postgresql://{host}:{port}/{quote(database, safe='')}", server, tables)


def _in_schema(address: str, server: Mapping[str, object], tables: Mapping[str, str]) -> tuple[str, ...]:
    schema = server.get("schema")
    prefix = f"{schema}." if isinstance(schema, str) and schema else ""
    return tuple(f"{name}={address}#{table if '.' in table else prefix + table}" for name, table in tables.items())


def _files(
    contract: Contract, server: Mapping[str, object], tables: Mapping[str, str], how: DataOptions, folder: Path
) -> ServerData:
    path = _said(contract, server, "path" if server.get("type") == "local" else "location")
    if not _URL.match(path):
        path = str(folder / path)
    parts = _OBJECT.split(path)
    words = tuple(f"{name}={name.join(parts)}" for name in tables) if len(parts) > 1 else (path,)
    written, delimiter = server.get("format"), server.get("delimiter")
    lines = {"new_line": "ndjson", "array": "json"}
    form = str(written).lower() if isinstance(written, str) else None
    if form == "json":
        form = lines.get(str(delimiter), None if delimiter is None else "json")
        delimiter = None
    endpoint = server.get("endpointUrl")
    return ServerData(
        words=words,
        how=replace(
            how,
            format=how.format or form,
            delimiter=how.delimiter or (delimiter if isinstance(delimiter, str) else None),
            options=MappingProxyType({"endpoint_url": endpoint} if isinstance(endpoint, str) else {}),
        ),
    )


def _said(contract: Contract, server: Mapping[str, object], key: str) -> str:
    value = server.get(key)
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise _wrong(
        contract, "MW-C212", f"server '{server['server']}' does not say its '{key}'", f"add '{key}' to the server"
    )


def _wrong(contract: Contract, code: str, message: str, fix: str) -> InputError:
    span = SourceSpan(file=contract.span.file) if contract.span is not None else None
    return InputError(Diagnostic(code=code, message=message, span=span, fix=fix))
