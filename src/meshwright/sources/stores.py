"""Files in stores elsewhere (s3://, gs://, az://, sftp:// and every other protocol that fsspec knows), with globs.

An object's ETag, generation or version is a snapshot; of stores that tell none, size and time are taken, which is weak.
"""

from __future__ import annotations

import glob
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any  # fsspec's file systems have no types

from meshwright.frozen import dataclass
from meshwright.model import FileSource, Node, SourceObservation, Strength, identity
from meshwright.sources.context import Context, Kind, Patience, library_errors, source_error, unseen_key, within
from meshwright.sources.libraries import library, missing
from meshwright.sources.parquetfiles import parquet_writer
from meshwright.sources.protocol import Fetched

#: How much of a text file `check` asks for: more than an engine looks at, so that it cuts at the end of a record.
_HEAD_BYTES = (1 << 20) + (1 << 16)
#: A file that must be whole to be understood is fetched for `check` up to this size.
_WHOLE_BYTES = 64 << 20
#: `check` looks at this many files of a pattern.
_HEADS = 4
_NAMES = ("ETag", "etag", "e_tag", "generation", "content_md5", "md5Hash", "VersionId")
_TIMES = ("LastModified", "last_modified", "mtime", "modified", "updated", "modify", "created")
#: Package that brings a protocol -> the extra that installs it.
EXTRAS = {"s3fs": "s3"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Object:
    """An object of a store."""

    path: str
    size: int
    #: What tells its content from another one's; None where the store tells nothing.
    mark: str | None
    is_snapshot: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Store:
    """An open store, with the objects that a source's path names; lives for one call."""

    system: Any
    objects: tuple[_Object, ...]


def observe(node: Node, context: Context) -> SourceObservation:
    """List the objects and take what the store tells of each."""
    return within(node, context, lambda: _seen(node, _opened(node, context)))


def fetch(node: Node, seen: SourceObservation, context: Context, folder: Path) -> Fetched:
    """Copy every object here. The store is looked at again afterwards, so what changed meanwhile is not taken."""
    del seen
    store = _opened(node, context)
    files: dict[str, str] = {}
    for place, each in enumerate(store.objects):
        context.check_stop(node)
        target = folder / _file_name(place, each.path)
        with library_errors(node, context, _source(node).path):
            store.system.get_file(each.path, str(target))
        if target.stat().st_size != each.size:
            raise source_error(
                "MW-X606", node, f"{_shown(store, each)} was cut off: {target.stat().st_size:,} bytes of {each.size:,} came",
                fix="run again", world=True,
            )  # fmt: skip
        files[str(target)] = _shown(store, each)
    told = _seen(node, store)
    is_unseen = told.strength is Strength.UNSEEN
    return Fetched(source=_source(node), files=tuple(files), names=files, seen=told if is_unseen else None)


def head(node: Node, context: Context, folder: Path) -> Fetched:
    """Fetch the beginnings of the first objects, or the whole of small ones that are no plain text."""
    return within(node, context, lambda: _head(node, context, folder))


def _head(node: Node, context: Context, folder: Path) -> Fetched:
    source = _source(node)
    store = _opened(node, context)
    files: dict[str, str] = {}
    for place, each in enumerate(store.objects[:_HEADS]):
        target = folder / _file_name(place, each.path)
        is_begun = source.format in {"csv", "ndjson", "avro"} and not each.path.lower().endswith((".gz", ".zip"))
        with library_errors(node, context, _shown(store, each)):
            if source.format == "parquet":
                _copy_schema(node, store, each, target)
            elif is_begun:
                target.write_bytes(store.system.cat_file(each.path, start=0, end=min(_HEAD_BYTES, each.size)))
            elif each.size <= _WHOLE_BYTES:
                store.system.get_file(each.path, str(target))
            else:
                raise source_error(
                    "MW-X608", node,
                    f"{_shown(store, each)} is larger than {_WHOLE_BYTES >> 20} MB and must be whole to show its columns",
                    fix="declare `columns`, or build it once",
                )  # fmt: skip
        files[str(target)] = _shown(store, each)
    return Fetched(source=source, files=tuple(files), names=files)


def _source(node: Node) -> FileSource:
    assert isinstance(node.source, FileSource)
    return node.source


def _shown(store: _Store, each: _Object) -> str:
    protocol = store.system.protocol
    return f"{protocol if isinstance(protocol, str) else protocol[0]}://{each.path.lstrip('/')}"


def _file_name(place: int, path: str) -> str:
    """Return a local name in the order of the objects, with the ending by which archives are told."""
    suffixes = "".join(PurePosixPath(path).suffixes[-2:])
    return f"{place:06}{suffixes}" if suffixes.isprintable() and len(suffixes) < 32 else f"{place:06}"


def _opened(node: Node, context: Context) -> _Store:
    """Open the store and list what the path names. Raises InputError where there is nothing."""
    source = _source(node)
    fsspec = library("fsspec", package="fsspec", extra="s3", node=node)
    url = context.resolved(source.path, node)
    options = context.secrets.resolved_map(source.options, span=node.span, dataset=node.address)
    with library_errors(node, context, source.path):
        try:
            system, path = fsspec.core.url_to_fs(url, **store_arguments(url, options, context.patience))
        except ImportError as error:
            package = str(error).partition(" to access")[0].rpartition(" ")[2] or "fsspec"
            raise missing(package, EXTRAS.get(package), node) from None
        try:
            found = system.glob(path, detail=True) if glob.has_magic(path) else {path: system.info(path)}
        except FileNotFoundError:
            found = {}
        except PermissionError as error:
            words = context.secrets.hidden(" ".join(str(error).split()))
            raise source_error(
                "MW-X605",
                node,
                f"{source.path} may not be read: {words}",
                fix="give credentials in `options`, as references",
            ) from None
        except (ConnectionError, TimeoutError) as error:
            words = context.secrets.hidden(" ".join(str(error).split()))
            raise source_error(
                "MW-X603",
                node,
                f"{source.path} cannot be reached: {words}",
                fix="check the place and run again",
                world=True,
            ) from None
    objects = tuple(_object(name, info) for name, info in sorted(found.items()) if info.get("type") != "directory")
    if not objects:
        raise source_error("MW-X604", node, f"no object matches {source.path}", fix="correct `path` of the source")
    return _Store(system=system, objects=objects)


def store_arguments(url: str, options: Mapping[str, str], patience: Patience) -> dict[str, Any]:
    """Return the options as a file system takes them: no memory of earlier listings, and bounded waits."""
    arguments: dict[str, Any] = {
        name: text == "true" if text in {"true", "false"} else int(text) if name == "port" else text
        for name, text in options.items()
    }
    if url.startswith(("s3://", "s3a://")):
        waits = {"connect_timeout": patience.timeout_s, "read_timeout": patience.timeout_s}
        arguments["config_kwargs"] = {**waits, "retries": {"max_attempts": patience.attempts}}
    return {"skip_instance_cache": True, "use_listings_cache": False, **arguments}


def _object(path: str, info: Mapping[str, Any]) -> _Object:
    mark, is_snapshot = mark_of(info)
    return _Object(path=path, size=int(info.get("size") or 0), mark=mark, is_snapshot=is_snapshot)


def mark_of(info: Mapping[str, Any]) -> tuple[str | None, bool]:
    """Return what tells an object's content from another one's (None where the store tells nothing), and if it is a snapshot."""
    name = next((f"{key}={info[key]}" for key in _NAMES if info.get(key)), None)
    time = next((f"{key}={info[key]}" for key in _TIMES if info.get(key)), None)
    return name or time, name is not None


def _seen(node: Node, store: _Store) -> SourceObservation:
    marks = [[each.path, each.size, each.mark or ""] for each in store.objects]
    size_bytes = sum(each.size for each in store.objects)
    if all(each.is_snapshot for each in store.objects):
        strength = Strength.SNAPSHOT
    elif all(each.mark is not None for each in store.objects):
        strength = Strength.SIZE_AND_TIME
    else:
        strength = Strength.UNSEEN
    count = len(store.objects)
    return SourceObservation(
        dataset=node.address,
        key=unseen_key() if strength is Strength.UNSEEN else identity("mwobjects1", marks),
        strength=strength,
        files=tuple(_shown(store, each) for each in store.objects),
        size_bytes=size_bytes,
        words=f"{count:,} object{'' if count == 1 else 's'}, {size_bytes / 1e6:.1f} MB",
    )


def _copy_schema(node: Node, store: _Store, each: _Object, target: Path) -> None:
    """Write a Parquet file without rows: its footer is all that is asked for."""
    import pyarrow.parquet as pq  # lazy: only sources elsewhere need it

    with store.system.open(each.path, "rb") as stream:
        schema = pq.read_schema(stream)
    with parquet_writer(target, schema.remove_metadata(), node):
        pass


KIND = Kind(observe=observe, fetch=fetch, head=head)
