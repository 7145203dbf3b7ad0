"""The verb `contract import`: a contract from a file, a schema, DDL, a dbt manifest or a database. No mesh is needed."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from meshwright.app.contract_formats import (
    check_dialect,
    check_output,
    check_patterns,
    read_file,
    require_format,
    selected,
    told,
    unreadable,
    write_output,
)
from meshwright.app.origins import with_ways_to_tell
from meshwright.diagnostics import Diagnostic, InputError, Severity, SourceSpan, known_names_hint
from meshwright.files.standards.exchange.documents import Heading, contract_document
from meshwright.files.standards.exchange.formats import (
    SOURCES,
    Format,
    reader,
    scheme_of,
    told_by_content,
    told_by_name,
)
from meshwright.files.standards.exchange.yamltext import yaml_document
from meshwright.frozen import dataclass
from meshwright.model import Columns, FileSource
from meshwright.model.shapes import Note, Shape, TableShape

if TYPE_CHECKING:
    from meshwright.engines.protocol import Engine, SourceRead

_DATABASES = ("postgresql", "sqlite", "duckdb")
_HEAD_BYTES = 1 << 16
_NOT_OF_AN_ID = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportOptions:
    """What `contract import` is asked for."""

    #: A path or a database's address, as given.
    source: str
    #: None: told by the source.
    format: str | None = None
    #: Names of tables or models, ``*`` for any text; empty for all.
    select: tuple[str, ...] = ()
    #: What a CSV file leaves open: ``delimiter``, ``header``, ``encoding``, ``nulls``.
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Of DDL.
    dialect: str | None = None
    id: str | None = None
    name: str | None = None
    #: Where the contract is written; None for standard output.
    output: Path | None = None
    is_forced: bool = False
    #: The directory that paths are relative to.
    base: Path = Path()


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """A contract, and what could not be carried over."""

    format: str
    #: The contract as plain values.
    document: Mapping[str, object]
    #: The same as YAML.
    text: str
    notes: tuple[Diagnostic, ...]
    #: Where it was written, as given; None where it was not.
    file: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    tables: tuple[TableShape, ...]
    notes: tuple[Note, ...] = ()
    #: What the source calls itself.
    name: str | None = None


def import_contract(options: ImportOptions) -> ImportReport:
    """Make a contract of a source. Raises InputError (MW-C230 ...) and WorldError; then nothing was written."""
    output = options.base / options.output if options.output is not None else None
    check_output(output, str(options.output), is_forced=options.is_forced)
    format_ = _format(options)
    check_dialect(options.dialect, format_, _dialects(format_))
    if options.keys and format_.name != "csv":
        message = f"'--source' does not belong to format {format_.name}"
        raise InputError(
            Diagnostic(code="MW-C239", message=message, fix="leave it out: only CSV files leave something open")
        )
    found = _read(options, format_)
    _check_names(found.tables, _shown(options))
    if not found.tables:
        fix = "name a source that describes tables"
        raise InputError(_problem("MW-C235", options, "the source describes no table", fix))
    document = contract_document(found.tables, _heading(options, found))
    text = yaml_document(document)
    _check_valid(text, options)
    if output is not None:
        write_output(output, str(options.output), text, is_forced=options.is_forced)
    return ImportReport(
        format=format_.name,
        document=document,
        text=text,
        notes=told(found.notes, "MW-C260"),
        file=None if options.output is None else str(options.output),
    )


def _problem(code: str, options: ImportOptions, message: str, fix: str) -> Diagnostic:
    span = None if scheme_of(options.source) else SourceSpan(file=_shown(options))
    return Diagnostic(code=code, message=message, span=span, fix=fix)


def _shown(options: ImportOptions) -> str:
    """Return what messages call the source: an address without user, password and options."""
    if scheme_of(options.source) is None:
        return options.source
    parts = urlsplit(options.source)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def _format(options: ImportOptions) -> Format:
    """Tell the format: as asked for, by the address, by the file's name, by what it holds. Raises InputError."""
    if options.format is not None:
        return require_format(options.format, SOURCES, "--from")
    scheme = scheme_of(options.source)
    if scheme is not None:
        return SOURCES[scheme]
    if "://" in options.source:
        message = f"there is no reader for addresses of '{options.source.partition('://')[0]}'"
        fix = "name a file, or a database: postgresql://..., sqlite:///..., duckdb:///..."
        raise InputError(Diagnostic(code="MW-C230", message=message, fix=fix))
    path = options.base / options.source
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except (OSError, ValueError) as error:
        raise unreadable(options.source, error) from None
    name = told_by_name(options.source, SOURCES)
    by_content = told_by_content(head)
    # A name that several kinds of files share (.db, .json) gives way to what the file holds.
    told_ = by_content if name is None or (name in {"sqlite", "dbt"} and by_content is not None) else name
    if told_ is None:
        fix = f"name it: --from {'|'.join(SOURCES)}"
        raise InputError(_problem("MW-C230", options, f"the format of '{options.source}' cannot be told", fix))
    return SOURCES[told_]


def _dialects(format_: Format) -> Sequence[str]:
    if not format_.has_dialect:
        return ()
    from meshwright.sql.ddl import DIALECTS  # lazy: sqlglot

    return DIALECTS


def _read(options: ImportOptions, format_: Format) -> _Found:
    if format_.name in _DATABASES:
        return _read_database(options, format_.name)
    if format_.name in {"parquet", "csv"}:
        return _read_data(options, format_.name)
    shown = _shown(options)
    data = read_file(options.base / options.source, shown)
    arguments = (options.dialect or "duckdb",) if format_.has_dialect else ()
    read = reader(format_.name)(data, shown, *arguments)
    if read.problems:
        hinted = [_with_dialect_hint(each, options, format_) for each in read.problems]
        raise InputError(*hinted)
    check_patterns(options.select, ((table.schema or "", table.name) for table in read.tables), shown)
    is_wanted = selected(options.select)
    tables = tuple(table for table in read.tables if is_wanted(table.schema or "", table.name))
    return _Found(tables=tables, notes=_notes_about(read.notes, read.tables, tables), name=read.name)


def _with_dialect_hint(problem: Diagnostic, options: ImportOptions, format_: Format) -> Diagnostic:
    """Say that the dialect may be another one where nobody named it."""
    if format_.name != "sql" or options.dialect is not None or problem.code != "MW-C233":
        return problem
    hint = "read as duckdb; if it is another dialect, name it: --dialect postgres"
    return replace(problem, fix=f"{problem.fix}; {hint}" if problem.fix else hint)


def _notes_about(notes: Sequence[Note], all_: Sequence[TableShape], kept: Sequence[TableShape]) -> tuple[Note, ...]:
    """Leave out what is about tables that were not selected."""
    dropped = {table.name for table in all_} - {table.name for table in kept}
    return tuple(
        note for note in notes if not any(note.about == name or note.about.startswith(f"{name}.") for name in dropped)
    )


def _read_database(options: ImportOptions, kind: str) -> _Found:
    from meshwright.secrets import Secrets
    from meshwright.sources.catalogs import read_catalog  # lazy: drivers

    place = options.source
    if kind != "postgresql" and "://" in place:
        parts = urlsplit(place)
        # As SQLAlchemy has it: three slashes for a relative path, four for an absolute one.
        place = unquote(parts.path)[1:]
    is_wanted = selected(options.select)

    def wanted(schema: str, name: str, is_visible: bool) -> bool:
        return is_wanted(schema, name) if options.select else is_visible

    root = options.base.absolute()
    catalog = read_catalog(kind, place, wanted, root=root, secrets=Secrets(root, os.environ))
    names = [
        (each.rpartition(".")[0], each.rpartition(".")[2]) if kind != "sqlite" else ("", each) for each in catalog.known
    ]
    check_patterns(options.select, names, None if scheme_of(options.source) else options.source)
    return _Found(tables=catalog.tables, notes=catalog.notes)


def _read_data(options: ImportOptions, kind: str) -> _Found:
    """Read the columns of a data file: their types are those with which a mesh would store it."""
    from meshwright.engines.duckdb.engine import DuckDBEngine  # lazy: duckdb
    from meshwright.engines.protocol import SourceRead
    from meshwright.sql.ddl import read_type

    shown = options.source
    path = (options.base / options.source).absolute()
    try:
        if not path.is_file():
            path.open("rb").close()  # says why not
        if kind == "parquet":
            from meshwright.sources.catalogs.parquet import check_readable

            check_readable(path, shown)
    except (OSError, ValueError) as error:
        raise unreadable(shown, error) from None
    name = Path(options.source).name.partition(".")[0] or "rows"
    source = _file_source(shown, kind, options.keys)
    read = SourceRead(dataset=name, source=source, files=(str(path),), names={str(path): shown})
    engine = DuckDBEngine()
    if kind == "parquet":
        columns = engine.read_head(read)
    else:
        columns = _proved_columns(engine, read)
    notes: list[Note] = []
    shapes = []
    for column in columns:
        shape = read_type(column.type, "duckdb")
        if shape is None:
            notes.append(Note(what="a type that a contract has no logical type for", about=f"{name}.{column.name}"))
        shapes.append(replace(shape or Shape(physical=column.type), name=column.name))
    if kind == "parquet":
        from meshwright.sources.catalogs.parquet import with_nullability

        shapes = list(with_nullability(shapes, path, shown))
    check_patterns(options.select, [("", name)], shown)
    return _Found(tables=(TableShape(name=name, columns=tuple(shapes)),), notes=tuple(notes))


def _proved_columns(engine: Engine, read: SourceRead) -> Columns:
    """Return columns with types that all rows prove: the head of a file may hold numbers where a text follows."""
    from meshwright.engines.limits import Limits  # lazy: with the engine

    try:
        with (
            tempfile.TemporaryDirectory(prefix="meshwright-") as folder,
            engine.open(Limits(temp_directory=folder)) as session,
        ):
            return session.build_source(read, str(Path(folder) / "rows")).columns
    except InputError as error:
        raise InputError(*with_ways_to_tell(error.diagnostics)) from None


def _file_source(path: str, kind: str, keys: Mapping[str, str]) -> FileSource:
    """Return how the file is read. Raises InputError (MW-C239) for a key that CSV does not have."""
    known = ("delimiter", "header", "encoding", "nulls")
    unknown = [key for key in keys if key not in known]
    if unknown:
        fix = known_names_hint(unknown[0], known, what="keys")
        raise InputError(Diagnostic(code="MW-C239", message=f"'--source {unknown[0]}' is no key of CSV", fix=fix))
    header = keys.get("header")
    if header not in {None, "true", "false"}:
        raise InputError(Diagnostic(code="MW-C239", message=f"'--source header={header}' is neither true nor false",
                                    fix="--source header=true, or header=false"))  # fmt: skip
    return FileSource(
        path=path,
        format=kind,
        delimiter=keys.get("delimiter"),
        has_header=None if header is None else header == "true",
        encoding=keys.get("encoding", "utf-8"),
        nulls=tuple(keys["nulls"].split(",")) if "nulls" in keys else ("",),
    )


def _check_names(tables: Sequence[TableShape], shown: str) -> None:
    """Raise InputError (MW-C242) for tables of one name: a contract could not tell them apart."""
    problems = []
    first: dict[str, TableShape] = {}
    for table in tables:
        before = first.setdefault(table.name, table)
        if before is table:
            continue
        names = [f"{each.schema}.{each.name}" if each.schema else each.name for each in (before, table)]
        message = f"two tables are called '{table.name}': {names[0]} and {names[1]}"
        span = table.span or SourceSpan(file=shown)
        fix = f"select one of them: --select {names[0]}"
        problems.append(Diagnostic(code="MW-C242", message=message, span=span, fix=fix))
    if problems:
        raise InputError(*problems)


def _heading(options: ImportOptions, found: _Found) -> Heading:
    """Return id and name: as asked for, else after the one table, the source's own name, or the file."""
    file = Path(urlsplit(options.source).path if scheme_of(options.source) else options.source).name
    stem = found.tables[0].name if len(found.tables) == 1 else found.name or file.partition(".")[0]
    plain = _NOT_OF_AN_ID.sub("-", stem).strip("-").lower() or "contract"
    name = options.name or stem.replace("_", " ").replace("-", " ").strip().capitalize() or None
    return Heading(id=options.id or plain, name=name)


def _check_valid(text: str, options: ImportOptions) -> None:
    """Raise InputError (MW-C244) where `contract lint` would refuse the contract."""
    from meshwright.files.standards import DEFAULT_SEVERITIES, read_contract  # lazy: pulls in the validator

    file = str(options.output) if options.output is not None else "contract.odcs.yaml"
    _, findings = read_contract(text.encode(), file, DEFAULT_SEVERITIES)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        message = f"the contract would not be valid: {errors[0].message}"
        fix = "correct the source, or leave the part out with --select"
        raise InputError(_problem("MW-C244", options, message, fix), *errors)
