"""Commands on contracts, none of which needs a mesh: `contract lint|test|diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import DirectoryOption, JsonOption, exclusive


def contract_lint(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Contracts (ODCS), for example contracts/orders.odcs.yaml.")
    ],
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Validate contracts against the standard (ODCS 3.0, 3.1, 3.2). Needs no mesh.

    Status 0: no errors (warnings are fine); 2: errors.
    """
    from meshwright.app.contracts import lint
    from meshwright.faces.cli.documents import check_document
    from meshwright.faces.cli.status import check_status
    from meshwright.faces.cli.text import check_lines

    invocation = begin(context, directory, is_json=as_json)
    base = invocation.directory
    report = lint([base / file for file in files] if base else files)
    answer(
        invocation,
        status=check_status(report),
        document=lambda: check_document(report, "meshwright/contract-lint/1"),
        lines=lambda look: check_lines(report, look),
    )


def contract_diff(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The contract (ODCS) that stands.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The contract that is to follow it.")],
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Say what changes between two contracts, how much each change asks of readers, and whether the version says so.

    Needs no mesh. Status 0: the version rose as the changes demand, or nothing changes; 1: it did not; 2: one of the two
    cannot be read, or has errors.
    """
    from meshwright.app.contract_diff import diff_contracts
    from meshwright.faces.cli.documents_contracts import contract_diff_document
    from meshwright.faces.cli.status import answer_status
    from meshwright.faces.cli.text_contracts import contract_diff_lines

    invocation = begin(context, directory, is_json=as_json)
    base = invocation.directory or Path()
    diff = diff_contracts(base / old, base / new)
    answer(
        invocation,
        status=answer_status(diff),
        document=lambda: contract_diff_document(diff),
        lines=lambda look: contract_diff_lines(diff, look),
    )


def contract_test(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    contract: Annotated[Path, typer.Argument(metavar="CONTRACT", help="The contract (ODCS).")],
    *,
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data",
            "-d",
            metavar="[OBJECT=]PLACE",
            help="A file, pattern or folder of CSV, JSON, Parquet, Avro or Excel (local, http, s3); a Delta or Iceberg "
            "table's folder; duckdb:FILE#TABLE; postgresql://USER@HOST/DB#TABLE. With several objects once for each, or a "
            "folder or database that holds each under its name.",
            show_default=False,
        ),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option("--table", metavar="TABLE", help="The table of a database: schema.table.", show_default=False),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            "--server",
            metavar="NAME",
            help="Take the data from this server of the contract: local, s3, gcs, azure, duckdb or postgres.",
            show_default=False,
        ),
    ] = None,
    only: Annotated[
        str | None, typer.Option("--object", metavar="NAME", help="Test this object alone.", show_default=False)
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="csv, json, ndjson, parquet, excel, avro, delta, iceberg or duckdb. Default: as the name or content shows.",
            show_default=False,
        ),
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", metavar="CHAR", help="Of CSV. Default: as found.", show_default=False)
    ] = None,
    header: Annotated[
        bool | None,
        typer.Option(
            "--header/--no-header",
            help="Whether CSV has a line of column names. Without one, columns are the contract's in its order.",
            show_default=False,
        ),
    ] = None,
    null: Annotated[
        list[str] | None,
        typer.Option("--null", metavar="TEXT", help="A text that is no value in CSV; repeatable.", show_default=False),
    ] = None,
    encoding: Annotated[str, typer.Option("--encoding", metavar="NAME", help="Of CSV.")] = "utf-8",
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="The sheet of a workbook.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Test data against a contract. Needs no mesh.

    Every rule is measured: columns and types, required, unique, keys, enumerations, ranges, patterns, quality. Status 0:
    all rules were measured and kept (those of severity log or warn may fail); 1: a rule that stops is broken, or a rule, or
    an object, could not be tested; 2: contract or data cannot be read; 3: the world failed.
    """
    from meshwright.app.contract_testing import ContractTestOptions
    from meshwright.app.contract_testing import contract_test as test_contract
    from meshwright.app.contract_testing_places import DATA_FORMATS, DataOptions
    from meshwright.faces.cli.documents_contract_test import contract_test_document
    from meshwright.faces.cli.status import answer_status
    from meshwright.faces.cli.text_contract_test import contract_test_lines

    invocation = begin(context, directory, is_json=as_json)
    if data and server is not None:
        raise exclusive("--data", "--server")
    if form is not None and form not in DATA_FORMATS:
        raise InputError(
            Diagnostic(
                code="MW-C206",
                message=f"data of format '{form}' is not read",
                fix=known_names_hint(form, DATA_FORMATS, what="formats"),
            )
        )
    report = test_contract(
        ContractTestOptions(
            contract=contract,
            data=tuple(data or ()),
            server=server,
            object=only,
            how=DataOptions(
                format=form,
                delimiter={"\\t": "\t", "tab": "\t"}.get(delimiter or "", delimiter),
                has_header=header,
                nulls=tuple(null) if null else None,
                encoding=encoding,
                sheet=sheet,
                table=table,
            ),
            base=invocation.start,
        )
    )
    answer(
        invocation,
        status=answer_status(report),
        document=lambda: contract_test_document(report),
        lines=lambda look: contract_test_lines(report, look),
    )
