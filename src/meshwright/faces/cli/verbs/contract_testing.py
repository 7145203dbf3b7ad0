"""The command `contract test`: data against a contract, without a mesh."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.faces.cli.invocation import answer, begin
from meshwright.faces.cli.options import DirectoryOption, JsonOption, exclusive


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
    from meshwright.faces.documents.contract_test import contract_test_document
    from meshwright.faces.status import answer_status
    from meshwright.faces.text.contract_test import contract_test_lines

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
