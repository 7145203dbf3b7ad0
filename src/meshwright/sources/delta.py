"""Delta tables, through the library deltalake: a version is a snapshot, and what is read is what was observed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any  # the library's tables have no types

from meshwright.model import FileSource, Node, SourceObservation, Strength, TableSource, identity
from meshwright.sources.context import Context, Kind, library_errors, source_error, within
from meshwright.sources.libraries import library
from meshwright.sources.parquetfiles import write_batches
from meshwright.sources.protocol import Fetched

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def observe(node: Node, context: Context) -> SourceObservation:
    """Read the table's log, and of it the table's identity and version."""
    return within(node, context, lambda: _seen(node, _table(node, context, _source(node).version), context))


def fetch(node: Node, seen: SourceObservation, context: Context, folder: Path) -> Fetched:
    """Read the very version that was observed, whatever was committed since."""
    table = _table(node, context, seen.snapshot)
    target = folder / "delta.parquet"
    with library_errors(node, context, _source(node).path):
        reader = _reader(table)
        write_batches(target, reader, reader.schema, node, context)
    return _fetched(node, target, _seen(node, table, context))


def head(node: Node, context: Context, folder: Path) -> Fetched:
    """Read the schema alone."""
    return within(node, context, lambda: _head(node, context, folder))


def _head(node: Node, context: Context, folder: Path) -> Fetched:
    table = _table(node, context, _source(node).version)
    target = folder / "delta.parquet"
    with library_errors(node, context, _source(node).path):
        write_batches(target, (), _reader(table).schema, node, context)
    return _fetched(node, target, None)


def _source(node: Node) -> TableSource:
    assert isinstance(node.source, TableSource)
    return node.source


def _table(node: Node, context: Context, version: int | None) -> Any:
    source = _source(node)
    deltalake = library("deltalake", package="deltalake", extra="delta", node=node)
    path = context.resolved(source.path, node)
    place = path if _URL.match(path) else str(context.root / path)
    waits = {
        "timeout": f"{context.patience.timeout_s:.0f}s",
        "connect_timeout": f"{context.patience.timeout_s:.0f}s",
        "max_retries": str(context.patience.attempts),
    }
    options = context.secrets.resolved_map(source.options, span=node.span, dataset=node.address)
    with library_errors(node, context, source.path):
        try:
            table = deltalake.DeltaTable(
                place, storage_options={**waits, **options} if _URL.match(path) else options or None
            )
            if version is not None and version != table.version():
                if version > table.version():
                    raise _no_version(node, version, f"the newest is {table.version()}")
                table.load_as_version(version)
        except deltalake.exceptions.TableNotFoundError:
            raise source_error(
                "MW-X604", node, f"there is no Delta table at {source.path}", fix="correct `path` of the source"
            ) from None
        except deltalake.exceptions.DeltaError as error:
            if version is None:
                raise
            words = context.secrets.hidden(" ".join(str(error).split()))[:300]
            raise _no_version(node, version, words) from None
    return table


def _no_version(node: Node, version: int, why: str) -> Exception:
    fix = "correct `version` of the source, or leave it out for the newest"
    return source_error("MW-X604", node, f"{_source(node).path} has no version {version} to read: {why}", fix=fix)


def _reader(table: Any) -> Any:
    import pyarrow as pa  # lazy: only sources of other formats need it

    return pa.RecordBatchReader.from_stream(table.scan())


def _seen(node: Node, table: Any, context: Context) -> SourceObservation:
    with library_errors(node, context, _source(node).path):
        version, table_id = table.version(), table.metadata().id
    return SourceObservation(
        dataset=node.address,
        key=identity("mwtable1", "delta", str(table_id), version),
        strength=Strength.SNAPSHOT,
        files=(_source(node).path,),
        words=f"version {version}",
        snapshot=version,
    )


def _fetched(node: Node, target: Path, seen: SourceObservation | None) -> Fetched:
    source = FileSource(path=_source(node).path, format="parquet")
    return Fetched(source=source, files=(str(target),), names={str(target): source.path}, seen=seen)


KIND = Kind(observe=observe, fetch=fetch, head=head)
