"""The verb `contract export`: a contract as DDL, as a schema, as models or as a page. No mesh is needed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from meshwright.app.contract_formats import (
    check_dialect,
    check_output,
    check_patterns,
    read_file,
    require_format,
    selected,
    told,
    write_output,
)
from meshwright.diagnostics import Diagnostic, InputError, Severity, SourceSpan
from meshwright.files.standards.exchange.documents import tables_of
from meshwright.files.standards.exchange.formats import TARGETS, Format, told_by_name, writer
from meshwright.files.standards.exchange.outcome import Subject
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportOptions:
    """What `contract export` is asked for."""

    #: The contract's file, as given.
    contract: str
    #: None: told by `output`.
    format: str | None = None
    #: Names of objects, ``*`` for any text; empty for all.
    select: tuple[str, ...] = ()
    #: Of SQL types.
    dialect: str | None = None
    output: Path | None = None
    is_forced: bool = False
    #: The directory that paths are relative to.
    base: Path = Path()


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportReport:
    """The text of another format, and what it does not say."""

    format: str
    text: str
    notes: tuple[Diagnostic, ...]
    #: Where it was written, as given; None where it was not.
    file: str | None


def export_contract(options: ExportOptions) -> ExportReport:
    """Write a contract in another format. Raises InputError (MW-C230 ...) and WorldError; then nothing was written."""
    output = options.base / options.output if options.output is not None else None
    check_output(output, str(options.output), is_forced=options.is_forced)
    format_ = _format(options)
    check_dialect(options.dialect, format_, _dialects(format_))
    written = writer(format_.name)(_subject(options, format_))
    if output is not None:
        write_output(output, str(options.output), written.text, is_forced=options.is_forced)
    return ExportReport(
        format=format_.name,
        text=written.text,
        notes=told(written.notes, "MW-C261"),
        file=None if options.output is None else str(options.output),
    )


def _format(options: ExportOptions) -> Format:
    if options.format is not None:
        return require_format(options.format, TARGETS, "--to")
    name = told_by_name(options.output.name, TARGETS) if options.output is not None else None
    if name is None:
        where = f"'{options.output}' does not tell the format" if options.output is not None else "no format is named"
        fix = f"name it: --to {'|'.join(TARGETS)}"
        raise InputError(Diagnostic(code="MW-C230", message=where, fix=fix))
    return TARGETS[name]


def _dialects(format_: Format) -> Sequence[str]:
    if not format_.has_dialect:
        return ()
    from meshwright.sql.ddl import WRITTEN_DIALECTS  # lazy: sqlglot

    return tuple(WRITTEN_DIALECTS)


def _subject(options: ExportOptions, format_: Format) -> Subject:
    """Read the contract and what of it is asked for. Raises InputError (MW-C231, MW-C235, MW-C245)."""
    from meshwright.files.standards import DEFAULT_SEVERITIES, read_contract  # lazy: pulls in the validator

    shown = options.contract
    contract, findings = read_contract(read_file(options.base / shown, shown), shown, DEFAULT_SEVERITIES)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if contract is None or errors:
        message, fix = "the contract has errors, so it is not exported", "correct what follows"
        raise InputError(Diagnostic(code="MW-C245", message=message, span=SourceSpan(file=shown), fix=fix), *errors)
    document = json.loads(contract.document)
    tables = tables_of(document)
    check_patterns(options.select, [("", table.name) for table in tables], shown)
    is_wanted = selected(options.select)
    kept = tuple(table for table in tables if is_wanted("", table.name))
    if not kept and format_.name != "html":
        message, fix = "the contract has no object to export", "add one under 'schema'; --to html needs none"
        raise InputError(Diagnostic(code="MW-C235", message=message, span=SourceSpan(file=shown), fix=fix))
    return Subject(document=document, tables=kept, dialect=options.dialect or "duckdb")
