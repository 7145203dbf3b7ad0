"""Between records and rows: times, JSON, compression, versions.

Times are integers, microseconds since 1970 in UTC: they sort, compare and index alike in every database.
"""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from sys import intern
from types import MappingProxyType
from typing import Any

from meshwright.checks.spec import Evidence, Outcome
from meshwright.model import (
    Calendar,
    Column,
    Columns,
    Footprint,
    Manifest,
    Page,
    Part,
    Restricted,
    Sample,
    Scalar,
    Sight,
    StoredFile,
    Version,
    VersionClass,
    ViewRecipe,
)

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_EMPTY: Mapping[str, str] = MappingProxyType({})
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
#: Plans and files are read rarely and written in every run: speed counts more than the last tenth of size.
_ZLIB_LEVEL = 1


def to_micros(at: dt.datetime) -> int:
    """Return an aware time as microseconds since 1970; a naive one is refused, for its zone would be a guess."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return (at - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> dt.datetime:
    """Return the time as aware UTC."""
    return _EPOCH + dt.timedelta(microseconds=micros)


def to_json(value: object) -> str:
    """Write a value as compact ASCII JSON, so that no character set or NUL byte can get in the way."""
    return _encoded(value)


def _plain(value: object) -> object:
    """Let read-only maps be written as objects and anything unexpected as its text: a record must not fail."""
    return dict(value) if isinstance(value, Mapping) else str(value)


#: One encoder for all: `json.dumps` with any option makes another one for each value.
_encoded = json.JSONEncoder(separators=(",", ":"), default=_plain).encode


def text_map(text: str) -> Mapping[str, str]:
    """Read a JSON object of plain values as a read-only map; most of them are names that others have as well, and are shared."""
    if text == "{}":
        return _EMPTY
    return MappingProxyType(
        {intern(name): intern(value) if isinstance(value, str) else value for name, value in json.loads(text).items()}
    )


def pack(data: bytes) -> bytes:
    """Compress bytes for storage."""
    return zlib.compress(data, _ZLIB_LEVEL)


def unpack(data: bytes) -> bytes:
    """Give back what `pack` was given."""
    return zlib.decompress(data)


def pack_text(text: str) -> bytes:
    """Compress a text; lone surrogates survive."""
    return pack(text.encode("utf-8", "surrogatepass"))


def unpack_text(data: bytes) -> str:
    """Give back what `pack_text` was given."""
    return unpack(data).decode("utf-8", "surrogatepass")


def storable(text: str) -> str:
    """Return words that every database takes: what is no character (lone surrogates, NUL) is written as an escape."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def is_storable(text: str) -> bool:
    """Whether `text` can be a key as it is; the name of a file need not be."""
    return storable(text) == text


def signed(number: int) -> int:
    """Return an unsigned 64-bit number (an inode) as the signed one of the same bits, which databases can hold."""
    return number - (1 << 64) if number >= 1 << 63 else number


def unsigned(number: int) -> int:
    """Give back what `signed` was given."""
    return number + (1 << 64) if number < 0 else number


def version_values(version: Version) -> dict[str, object]:
    """Return the row of a version, by column."""
    return {
        "id": version.id,
        "dataset": version.dataset,
        "columns": _columns_text(version.columns),
        "files": files_text(version.files),
        "rows": version.rows,
        "content_digest": version.content_digest,
        "fingerprint": version.fingerprint,
        "node_kind": version.node_kind,
        "is_opaque": version.is_opaque,
        "inputs": to_json(version.inputs),
        "params": to_json(version.params),
        "engine": version.engine,
        "definition": _definition_text(version),
        "run_id": version.run_id,
        "created_at": None if version.created_at is None else to_micros(version.created_at),
        "seconds": version.seconds,
        "restricted": None if version.restricted is None else _restricted_text(version.restricted),
        "manifest": None if version.manifest is None else _manifest_text(version.manifest),
        "before_id": version.before,
        "outcome": version.outcome,
    }


def version_of(row: Sequence[Any]) -> Version:
    """Return the version of a row of table `versions`, columns as the reader lists them.

    Names that other records have as well are shared with them: whoever reads many keeps many.
    """
    id_, dataset, columns, files, rows, digest, fingerprint, kind, is_opaque, *rest = row
    inputs, params, engine, definition, run_id, created_at, seconds, restricted, manifest, before, outcome = rest
    definition, view = _view_of(definition, _columns(columns)) if kind == "view" else (definition, None)
    return Version(
        id=intern(id_),
        dataset=intern(dataset),
        columns=_columns(columns),
        files=files_of(files),
        rows=rows,
        content_digest=digest,
        fingerprint=fingerprint,
        node_kind=intern(kind),
        is_opaque=bool(is_opaque),
        inputs=text_map(inputs),
        params=text_map(params),
        engine=intern(engine),
        definition=definition,
        run_id=intern(run_id),
        created_at=None if created_at is None else from_micros(created_at),
        seconds=seconds,
        view=view,
        restricted=None if restricted is None else _restricted_of(restricted),
        manifest=None if manifest is None else _manifest_of(manifest),
        before=before,
        outcome=outcome,
    )


def files_text(files: Sequence[StoredFile]) -> str:
    """Return what a row says of files."""
    return to_json([_file_entry(file) for file in files])


def _file_entry(file: StoredFile) -> list[object]:
    entry: list[object] = [file.path, file.size_bytes, file.checksum, file.rows]
    return entry if file.shared_by is None else [*entry, file.shared_by]


def files_of(text: str) -> tuple[StoredFile, ...]:
    """Give back what `files_text` was given."""
    return tuple(
        [
            StoredFile(path=path, size_bytes=size, checksum=checksum, rows=count, shared_by=by[0] if by else None)
            for path, size, checksum, count, *by in json.loads(text)
        ]
    )


def part_values(part: Part) -> dict[str, object]:
    """Return the row of a part, by column."""
    return {
        "id": part.id,
        "dataset": part.dataset,
        "start_at": None if part.start is None else to_micros(part.start),
        "end_at": None if part.end is None else to_micros(part.end),
        "columns": _columns_text(part.columns),
        "files": files_text(part.files),
        "size_bytes": part.size_bytes,
        "rows": part.rows,
        "sum_a": signed(part.sums[0]),
        "sum_b": signed(part.sums[1]),
        "fingerprint": part.fingerprint,
        "inputs": to_json(part.inputs),
        "params": to_json(part.params),
        "engine": part.engine,
        "run_id": part.run_id,
        "created_at": None if part.created_at is None else to_micros(part.created_at),
        "seconds": part.seconds,
        "restricted": None if part.restricted is None else _restricted_text(part.restricted),
    }


def part_of(row: Sequence[Any]) -> Part:
    """Return the part of a row of table `parts`, columns as the reader lists them."""
    id_, dataset, start, end, columns, files, rows, sum_a, sum_b, fingerprint, inputs, *rest = row
    params, engine, run_id, created_at, seconds, restricted = rest
    return Part(
        id=id_,
        dataset=dataset,
        start=None if start is None else from_micros(start),
        end=None if end is None else from_micros(end),
        columns=_columns(columns),
        files=files_of(files),
        rows=rows,
        sums=(unsigned(sum_a), unsigned(sum_b)),
        fingerprint=fingerprint,
        inputs=MappingProxyType({dataset: tuple(ids) for dataset, ids in json.loads(inputs).items()}),
        params=text_map(params),
        engine=engine,
        run_id=run_id,
        created_at=None if created_at is None else from_micros(created_at),
        seconds=seconds,
        restricted=None if restricted is None else _restricted_of(restricted),
    )


def entries_text(entries: Sequence[tuple[int, str]]) -> str:
    """Write numbers with ids as JSON: a list for each run of numbers, its first one and then the ids.

    Most numbers follow each other, so that a full page takes 4.5 KB and not 6.
    """
    return to_json(_as_runs(entries))


def entries_of(text: str) -> tuple[tuple[int, str], ...]:
    """Give back what `entries_text` was given."""
    return _of_runs(json.loads(text))


def entry_ids(text: str) -> tuple[str, ...]:
    """Return the ids alone of what `entries_text` was given."""
    return tuple(id_ for _, *ids in json.loads(text) for id_ in ids)


def _as_runs(entries: Sequence[tuple[int, str]]) -> list[list[int | str]]:
    runs: list[list[int | str]] = []
    following: int | None = None
    for number, id_ in entries:
        if number != following:
            runs.append([number])
        runs[-1].append(id_)
        following = number + 1
    return runs


def _of_runs(runs: Sequence[Sequence[Any]]) -> tuple[tuple[int, str], ...]:
    return tuple((number, id_) for first, *ids in runs for number, id_ in enumerate(ids, first))


def page_of(row: Sequence[Any]) -> Page:
    """Return the page of a row: its id and its entries."""
    id_, entries = row
    return Page(id=id_, entries=entries_of(entries))


def _manifest_text(manifest: Manifest) -> str:
    return to_json(
        {
            "class": manifest.version_class.value,
            "by": manifest.by,
            "calendar": None if manifest.calendar is None else manifest.calendar.rule,
            "pages": _as_runs(manifest.pages),
            "first": manifest.first,
            "last": manifest.last,
            "count": manifest.count,
            "sums": manifest.sums,
            "size_bytes": manifest.size_bytes,
            "earlier": manifest.earlier,
        }
    )


def _manifest_of(text: str) -> Manifest:
    found = json.loads(text)
    return Manifest(
        version_class=VersionClass(found["class"]),
        by=found["by"],
        calendar=None if found["calendar"] is None else Calendar.of_rule(found["calendar"]),
        pages=_of_runs(found["pages"]),
        first=found["first"],
        last=found["last"],
        count=found["count"],
        sums=(found["sums"][0], found["sums"][1]),
        size_bytes=found["size_bytes"],
        earlier=MappingProxyType(found["earlier"]),
    )


def listed_pages(manifest: str) -> tuple[str, ...]:
    """Return the ids of the pages that a manifest lists, as its version's row says it."""
    return tuple(id_ for _, *ids in json.loads(manifest)["pages"] for id_ in ids)


def footprint_values(of: str, column: str, calendar: Calendar, footprint: Footprint) -> dict[str, object]:
    """Return the row of a footprint, by column."""
    return {
        "of": of,
        "column": column,
        "calendar": calendar.rule,
        "ranges": to_json(footprint.ranges),
        "outside": footprint.outside,
    }


def footprint_of(ranges: str, outside: int) -> Footprint:
    """Return the footprint of what its row says."""
    return Footprint(ranges=tuple((first, last) for first, last in json.loads(ranges)), outside=outside)


def _restricted_text(restricted: Restricted) -> str:
    """Return what the row says of a version that was not built from everything."""
    seen = {
        dataset: {
            "masked": list(sight.masked),
            "clear": None if sight.clear is None else list(sight.clear),
            "method": sight.method,
            "sample": None if sight.sample is None else sight.sample.rule,
        }
        for dataset, sight in restricted.seen.items()
    }
    return to_json({"reasons": list(restricted.reasons), "seen": seen})


def _restricted_of(text: str) -> Restricted:
    found = json.loads(text)
    return Restricted(
        reasons=tuple(found["reasons"]),
        seen=MappingProxyType({dataset: _sight_of(**sight) for dataset, sight in found["seen"].items()}),
    )


def _sight_of(*, masked: list[str], clear: list[str] | None, method: str, sample: str | None) -> Sight:
    return Sight(
        masked=tuple(masked),
        clear=None if clear is None else tuple(clear),
        method=method,
        sample=None if sample is None else Sample.of_rule(sample),
    )


def _definition_text(version: Version) -> str:
    """Return what the row says of a version's definition: the text alone, or a view's with what it is read with."""
    view = version.view
    if view is None:
        return version.definition
    computed = [column.type for column in view.computed]
    return to_json(
        {"computed": computed, "dialect": view.dialect, "params": view.param_types, "text": version.definition}
    )


def _view_of(definition: str, columns: Columns) -> tuple[str, ViewRecipe]:
    """Give back a view's text, and what it is read with."""
    found = json.loads(definition)
    computed = tuple(_column(column.name, type_) for column, type_ in zip(columns, found["computed"], strict=True))
    return found["text"], ViewRecipe(
        dialect=found["dialect"], computed=computed, param_types=MappingProxyType(found["params"])
    )


def _columns_text(columns: Columns) -> str:
    return to_json([[column.name, column.type] for column in columns])


@lru_cache(maxsize=8192)
def _columns(text: str) -> Columns:
    return tuple(_column(name, type_) for name, type_ in json.loads(text))


@lru_cache(maxsize=65536)
def _column(name: str, type_: str) -> Column:
    """Return a column; a mesh has many alike, and making the records is most of reading a version."""
    return Column(name=name, type=type_)


def evidence_values(evidence: Evidence) -> dict[str, object]:
    """Return the row of an evidence, by column."""
    return {
        "version": evidence.version,
        "check_id": evidence.check,
        "others": evidence.others,
        "outcome": evidence.outcome.value,
        "value": to_json(evidence.value),
        "failing_rows": evidence.failing_rows,
        "sample": to_json(evidence.sample),
        "error": None if evidence.error is None else storable(evidence.error),
        "run_id": evidence.run_id,
        "seconds": evidence.seconds,
    }


@lru_cache(maxsize=8192)
def _scalar(text: str) -> Scalar:
    """Return a measured value; most are one of a few."""
    value: Scalar = json.loads(text)
    return value


def evidence_of(row: Sequence[Any]) -> Evidence:
    """Return the evidence of a row of table `evidence`, columns as the reader lists them."""
    version, check, others, outcome, value, failing_rows, sample, error, run_id, seconds = row
    return Evidence(
        version=version,
        check=check,
        others=others,
        outcome=_OUTCOMES[outcome],
        value=_scalar(value),
        failing_rows=failing_rows,
        sample=tuple(MappingProxyType(entry) for entry in json.loads(sample)) if sample != "[]" else (),
        error=error,
        run_id=run_id,
        seconds=seconds,
    )
