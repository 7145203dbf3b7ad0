"""Where the data of a contract's objects lies: the words of ``--data``, ``--table`` and the like, understood."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, InputError, SourceSpan, known_names_hint
from meshwright.files.sources import FORMATS, format_of
from meshwright.files.tablesources import TABLE_FORMATS
from meshwright.frozen import dataclass
from meshwright.model import DatabaseSource, FileSource, Source, TableSource

#: What ``--format`` takes.
DATA_FORMATS = (*FORMATS, *TABLE_FORMATS, "duckdb")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_DUCKDB = "duckdb:"
#: Schemes of files; every other one is a database's.
_FILE_SCHEMES = frozenset({"http", "https", "s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory", "file"})
#: Further endings of files that a mesh would want `format` for.
_ENDINGS = {".tsv": "csv", ".psv": "csv", ".tsv.gz": "csv", ".pq": "parquet", ".duckdb": "duckdb", ".ddb": "duckdb"}
_PARTITION = re.compile(r"[^/=]+=[^/]*/")
_GLOB = re.compile(r"[*?\[]")
#: What stands before a sign of equality and is no part of a path or an address.
_NAME = re.compile(r"[^/\\.:?&]+")
_SNIFFED_BYTES = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class DataOptions:
    """How data is written, where the place does not say it; None for what is found."""

    format: str | None = None
    delimiter: str | None = None
    has_header: bool | None = None
    nulls: tuple[str, ...] | None = None
    encoding: str = "utf-8"
    sheet: str | None = None
    #: ``schema.table`` of a database.
    table: str | None = None
    #: Settings of the storage behind a URL.
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class DuckDBFile:
    """A table inside a DuckDB file."""

    path: str
    table: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where data lies."""

    #: As messages show it: without a password.
    shown: str
    source: Source | DuckDBFile
    #: Absolute paths of local files that an engine reads as they are; empty for every other kind.
    files: tuple[str, ...] = ()
    #: Whether files lie in folders ``column=value``.
    is_partitioned: bool = False
    #: Whether it was given for one object alone, and so holds that one whatever it is called there.
    is_only: bool = True

    @property
    def is_database(self) -> bool:
        """Whether one place may hold the data of several objects."""
        return isinstance(self.source, (DatabaseSource, DuckDBFile))


def words_by_object(words: Sequence[str], objects: Sequence[str], base: Path) -> dict[str | None, str]:
    """Return object -> the place given for it; None for the place that is given without an object.

    Raises InputError (MW-C202, MW-C203).
    """
    found: dict[str | None, str] = {}
    for word in words:
        before, equals, _ = word.partition("=")
        # The longest first: a name may hold the sign itself.
        named = (each for each in sorted(objects, key=len, reverse=True) if word.startswith(f"{each}="))
        key = next(named, None) or next((each for each in objects if each.casefold() == before.casefold()), None)
        key = key if equals else None
        place = word if key is None else word[len(key) + 1 :]
        if key is None and equals and _NAME.fullmatch(before) and not (base / word).exists():
            raise _wrong(
                "MW-C203", f"the contract has no object '{before}'", known_names_hint(before, objects, what="objects")
            )
        if key in found:
            what = f"for object '{key}'" if key is not None else "without an object's name"
            raise _wrong("MW-C202", f"--data is given twice {what}", "write --data OBJECT=PLACE, once for each object")
        found[key] = place
    return found


def find_place(word: str, options: DataOptions, base: Path) -> Place:
    """Understand one place. Raises InputError (MW-C205, MW-C206, MW-C209)."""
    if word.startswith(_DUCKDB):
        path, _, table = word.removeprefix(_DUCKDB).removeprefix("//").partition("#")
        return _duckdb_file(path, table or options.table, base)
    scheme = _URL.match(word)
    if scheme is not None and scheme[1].lower() not in _FILE_SCHEMES and options.format not in TABLE_FORMATS:
        url, _, table = word.partition("#")
        return Place(shown=_without_password(url), source=DatabaseSource(url=url, table=table or options.table))
    if scheme is not None:
        return _elsewhere(word, options)
    path, _, table = word.partition("#")
    if table and not (base / word).exists() and (base / path).is_file():
        return _duckdb_file(path, table, base)
    return _local(word, options, base)


def member_places(
    folder: str, names: Mapping[str, Sequence[str]], options: DataOptions, base: Path
) -> dict[str, Place]:
    """Return object -> its place, for the objects with a file or folder of their name in `folder`.

    `names` are, for each object, what its file may be called. Raises InputError (MW-C202) where two files could be meant.
    """
    entries = sorted(each for each in (base / folder).iterdir() if not each.name.startswith((".", "_")))
    found: dict[str, Place] = {}
    for name, possible in names.items():
        stems = {each.casefold() for each in possible}
        own = [each for each in entries if each.name.casefold() in stems or _stem(each.name).casefold() in stems]
        if len(own) > 1:
            listed = ", ".join(each.name for each in own[:4])
            raise _wrong(
                "MW-C202",
                f"which file of '{folder}' holds object '{name}' is not clear: {listed}",
                f"name it: --data '{name}={folder}/{own[0].name}'",
            )
        if own:
            found[name] = find_place(str(Path(folder) / own[0].name), options, base)
    return found


def is_plain_folder(word: str, options: DataOptions, base: Path) -> bool:
    """Whether a place is a folder on this machine that is no table by itself."""
    if _URL.match(word) or word.startswith(_DUCKDB) or not (base / word).is_dir():
        return False
    return options.format not in TABLE_FORMATS and _table_format(base / word) is None


def _stem(name: str) -> str:
    """``orders`` for ``orders.csv.gz``, ``sales.orders`` for ``sales.orders.parquet``."""
    for packed in (".gz", ".zip"):
        name = name.removesuffix(packed)
    return name.rpartition(".")[0] or name


def _local(word: str, options: DataOptions, base: Path) -> Place:
    place = base / word
    if _GLOB.search(word) and not place.exists():
        from meshwright.sources.localfiles import matching_files  # lazy: only globs need it

        files = matching_files(base, word)
        if not files:
            raise _wrong(
                "MW-C205", f"no file matches '{word}'", "check the pattern; it is relative to where the command runs"
            )
        return _files(word, files, options)
    if place.is_dir():
        return _folder(word, options, base)
    if not place.exists():
        raise _wrong("MW-C205", f"there is no file '{word}'", _absent_fix(place))
    kind = options.format or _kind_of(place)
    if kind == "duckdb":
        return _duckdb_file(word, options.table, base)
    if kind == "sqlite":
        url = f"sqlite:///{place.absolute()}"
        return Place(shown=word, source=DatabaseSource(url=url, table=options.table))
    return _files(word, (str(place.absolute()),), options)


def _absent_fix(place: Path) -> str:
    try:
        names = sorted(each.name for each in place.parent.iterdir())
    except OSError:
        return "check the path; it is relative to where the command runs"
    return known_names_hint(place.name, names, what="files there")


def _folder(word: str, options: DataOptions, base: Path) -> Place:
    """A table of an open table format, or all data files below a folder, which must be of one format."""
    folder = base / word
    table = options.format if options.format in TABLE_FORMATS else _table_format(folder)
    if table is not None and options.format in {None, table}:
        return Place(shown=word, source=TableSource(path=word, format=table))
    files = sorted(
        each
        for each in folder.rglob("*")
        if each.is_file() and not any(part.startswith((".", "_")) for part in each.relative_to(folder).parts)
    )
    by_kind: dict[str, list[str]] = {}
    for each in files:
        by_kind.setdefault(options.format or _kind_of(each) or "?", []).append(str(each.absolute()))
    readable = {kind: each for kind, each in by_kind.items() if kind in FORMATS}
    if not readable:
        raise _wrong(
            "MW-C205", f"folder '{word}' holds no data file", "name a file, or a folder of Parquet, CSV or JSON"
        )
    if len(by_kind) > 1:
        told = ", ".join(f"{len(each)} {kind}" for kind, each in sorted(by_kind.items()))
        raise _wrong(
            "MW-C206", f"folder '{word}' holds files of several formats: {told}",
            f"name a pattern, for example '{word}/*.parquet'",
        )  # fmt: skip
    ((kind, paths),) = readable.items()
    is_partitioned = kind == "parquet" and all(
        _PARTITION.search(str(Path(each).relative_to(folder.absolute()))) for each in paths
    )
    return _files(word, tuple(paths), options, kind=kind, is_partitioned=is_partitioned)


def _files(
    word: str, files: tuple[str, ...], options: DataOptions, *, kind: str | None = None, is_partitioned: bool = False
) -> Place:
    kind = kind or options.format or _kind_of(Path(files[0]))
    if kind is None:
        raise _unknown_format(word)
    if kind in TABLE_FORMATS:
        return Place(shown=word, source=TableSource(path=word, format=kind))
    source = _file_source(word, kind, options)
    is_plain = kind not in {"excel", "avro"}
    return Place(shown=word, source=source, files=files if is_plain else (), is_partitioned=is_partitioned)


def _elsewhere(url: str, options: DataOptions) -> Place:
    shown = _without_password(url)
    kind = options.format or _told_by_name(url)
    if kind in TABLE_FORMATS:
        return Place(shown=shown, source=TableSource(path=url, format=kind, options=options.options))
    if kind is None or kind == "duckdb":
        raise _unknown_format(shown)
    return Place(shown=shown, source=_file_source(url, kind, options))


def _file_source(path: str, kind: str, options: DataOptions) -> FileSource:
    """Return how files are read. Raises InputError (MW-C209) for an option that is not about their format."""
    given = {
        "--delimiter": (options.delimiter is not None, {"csv"}),
        "--header": (options.has_header is not None, {"csv", "excel"}),
        "--null": (options.nulls is not None, {"csv", "excel"}),
        "--encoding": (options.encoding != "utf-8", {"csv"}),
        "--sheet": (options.sheet is not None, {"excel"}),
        "--table": (options.table is not None, set[str]()),
    }
    for option, (is_given, kinds) in given.items():
        if is_given and kind not in kinds:
            about = " and ".join(sorted(kinds)) or "tables of databases"
            raise _wrong(
                "MW-C209", f"{option} is about {about}, but '{path}' is read as {kind}", f"leave {option} away"
            )
    return FileSource(
        path=path,
        format=kind,
        nulls=("",) if options.nulls is None else ("", *options.nulls),
        delimiter=options.delimiter,
        has_header=options.has_header,
        encoding=options.encoding,
        sheet=options.sheet,
        options=options.options,
    )


def _duckdb_file(path: str, table: str | None, base: Path) -> Place:
    place = base / path
    if not place.is_file():
        raise _wrong("MW-C205", f"there is no file '{path}'", _absent_fix(place))
    return Place(shown=path, source=DuckDBFile(path=str(place.absolute()), table=table))


def _kind_of(file: Path) -> str | None:
    """Return the format of a local file: as its name says, else as its first bytes show."""
    told = _told_by_name(file.name)
    if told == "json":
        return "ndjson" if _is_lines(file) else "json"
    return told or _sniffed(file)


def _told_by_name(path: str) -> str | None:
    folded = path.lower()
    return format_of(path) or next((kind for ending, kind in _ENDINGS.items() if folded.endswith(ending)), None)


def _sniffed(file: Path) -> str | None:
    head = _head(file)
    if head[:4] == b"PAR1":
        return "parquet"
    if head[8:12] == b"DUCK":
        return "duckdb"
    if head[:16] == b"SQLite format 3\0":
        return "sqlite"
    if head[:4] == b"Obj\x01":
        return "avro"
    text = head.lstrip()
    if text[:1] == b"[" or text[:1] == b"{":
        return "ndjson" if _is_lines(file) else "json"
    return None


def _is_lines(file: Path) -> bool:
    """Whether a file that is called JSON holds an object a line, as its first lines show."""
    lines = [line for line in _head(file).split(b"\n") if line.strip()][:3]
    return len(lines) > 1 and all(line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}") for line in lines[:2])


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_SNIFFED_BYTES)
    except OSError:
        return b""  # told when the file is read


def _table_format(folder: Path) -> str | None:
    if (folder / "_delta_log").is_dir():
        return "delta"
    metadata = folder / "metadata"
    is_iceberg = (metadata / "version-hint.text").is_file() or any(metadata.glob("*.metadata.json"))
    return "iceberg" if is_iceberg else None


def _without_password(url: str) -> str:
    """Return a URL as messages show it: the password and all that is in its query may be secret."""
    whole = re.sub(r"^([^:/]+://[^:/@?#]*):.*@", r"\1:***@", url)
    return whole.partition("?")[0]


def _unknown_format(word: str) -> InputError:
    return _wrong(
        "MW-C206", f"the ending of '{word}' does not tell its format", f"add --format: {', '.join(DATA_FORMATS)}"
    )


def _wrong(code: str, message: str, fix: str, span: SourceSpan | None = None) -> InputError:
    return InputError(Diagnostic(code=code, message=message, fix=fix, span=span))
