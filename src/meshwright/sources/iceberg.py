"""Iceberg tables, through the library pyiceberg: by a catalog, or by the table's metadata file. A snapshot is what is read.

Deletes, changed schemas and changed partitioning are the library's business; rows come as the snapshot's schema has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any  # the library's tables have no types

from meshwright.model import FileSource, Node, SourceObservation, Strength, TableSource, identity
from meshwright.sources.context import Context, Kind, library_errors, source_error, within
from meshwright.sources.libraries import library
from meshwright.sources.parquetfiles import write_batches
from meshwright.sources.protocol import Fetched

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_NUMBER = re.compile(r"v?(\d+)")


def observe(node: Node, context: Context) -> SourceObservation:
    """Read the table's metadata, and of it the table's identity and snapshot."""
    return within(node, context, lambda: _seen(node, _table(node, context), _source(node).version, context))


def fetch(node: Node, seen: SourceObservation, context: Context, folder: Path) -> Fetched:
    """Read the very snapshot that was observed, whatever was committed since."""
    table = _table(node, context)
    told = _seen(node, table, seen.snapshot, context)
    target = folder / "iceberg.parquet"
    with library_errors(node, context, _source(node).path):
        scan = table.scan(snapshot_id=seen.snapshot)
        if table.metadata.snapshots:
            reader = scan.to_arrow_batch_reader()
            write_batches(target, reader, reader.schema, node, context)
        else:
            write_batches(target, (), _schema(scan), node, context)
    return _fetched(node, target, told)


def head(node: Node, context: Context, folder: Path) -> Fetched:
    """Read the schema alone."""
    return within(node, context, lambda: _head(node, context, folder))


def _head(node: Node, context: Context, folder: Path) -> Fetched:
    table = _table(node, context)
    _seen(node, table, _source(node).version, context)
    target = folder / "iceberg.parquet"
    with library_errors(node, context, _source(node).path):
        write_batches(target, (), _schema(table.scan(snapshot_id=_source(node).version)), node, context)
    return _fetched(node, target, None)


def _schema(scan: Any) -> Any:
    return scan.projection().as_arrow()


def _source(node: Node) -> TableSource:
    assert isinstance(node.source, TableSource)
    return node.source


def _table(node: Node, context: Context) -> Any:
    source = _source(node)
    library("pyiceberg", package="pyiceberg", extra="iceberg", node=node)
    exceptions = library("pyiceberg.exceptions", package="pyiceberg", extra="iceberg", node=node)
    options = context.secrets.resolved_map(source.options, span=node.span, dataset=node.address)
    path = context.resolved(source.path, node)
    with library_errors(node, context, source.path):
        try:
            if source.catalog:
                return _catalog(node, context, options).load_table(path)
            from pyiceberg.table import StaticTable  # lazy: an extra

            return StaticTable.from_metadata(_metadata_place(node, context, path), properties=options)
        except (
            exceptions.NoSuchTableError,
            exceptions.NoSuchNamespaceError,
            exceptions.NoSuchIdentifierError,
            FileNotFoundError,
        ):
            raise source_error(
                "MW-X604", node, f"there is no Iceberg table {source.path}", fix="correct what the source names"
            ) from None


def _catalog(node: Node, context: Context, options: Mapping[str, str]) -> Any:
    from pyiceberg.catalog import load_catalog  # lazy: an extra

    written = context.secrets.resolved_map(_source(node).catalog, span=node.span, dataset=node.address)
    properties = {
        name: _rooted(text, context) if name in {"uri", "warehouse"} else text for name, text in written.items()
    }
    # A catalog in a database is kept under its name, and would make its tables there where they are missing.
    name = properties.pop("name", "default")
    return load_catalog(name, **{"init_catalog_tables": "false", **properties, **options})


def _rooted(text: str, context: Context) -> str:
    """Return a path, or the path of an SQLite address, relative to the mesh root."""
    prefix = "sqlite:///"
    if text.startswith(prefix):
        return f"{prefix}{context.root / text.removeprefix(prefix)}"
    return text if _URL.match(text) else str(context.root / text)


def _metadata_place(node: Node, context: Context, path: str) -> str:
    """Return the place of the metadata: as given, else the newest file of a table's folder here."""
    if _URL.match(path):
        return path
    place = context.root / path
    if not place.is_dir() or (place / "metadata" / "version-hint.text").is_file():
        return str(place)
    numbered: dict[int, list[Path]] = {}
    for file in (place / "metadata").glob("*.metadata.json"):
        number = _NUMBER.match(file.name)
        numbered.setdefault(int(number[1]) if number else -1, []).append(file)
    if not numbered:
        raise source_error("MW-X604", node, f"there is no Iceberg table at {path}", fix="correct `path` of the source")
    newest = numbered[max(numbered)]
    if len(newest) > 1:
        listed = ", ".join(sorted(file.name for file in newest)[:3])
        raise source_error(
            "MW-X604", node, f"which metadata file of {path} is the newest is not clear: {listed}",
            fix="name the file itself as `path`, or the table's `catalog`",
        )  # fmt: skip
    return str(newest[0])


def _seen(node: Node, table: Any, version: int | None, context: Context) -> SourceObservation:
    with library_errors(node, context, _source(node).path):
        snapshot = table.current_snapshot() if version is None else table.snapshot_by_id(version)
        schema_id = table.metadata.current_schema_id if version is None or snapshot is None else snapshot.schema_id
        table_id = str(table.metadata.table_uuid)
    if snapshot is None and version is not None:
        fix = "correct `version` of the source, or leave it out for the newest"
        raise source_error("MW-X604", node, f"{_source(node).path} has no snapshot {version}", fix=fix)
    snapshot_id = snapshot.snapshot_id if snapshot is not None else None
    return SourceObservation(
        dataset=node.address,
        key=identity("mwtable1", "iceberg", table_id, snapshot_id, schema_id),
        strength=Strength.SNAPSHOT,
        files=(_source(node).path,),
        words=f"snapshot {snapshot_id}" if snapshot_id is not None else "no snapshot yet",
        snapshot=snapshot_id,
    )


def _fetched(node: Node, target: Path, seen: SourceObservation | None) -> Fetched:
    source = FileSource(path=_source(node).path, format="parquet")
    return Fetched(source=source, files=(str(target),), names={str(target): source.path}, seen=seen)


KIND = Kind(observe=observe, fetch=fetch, head=head)
