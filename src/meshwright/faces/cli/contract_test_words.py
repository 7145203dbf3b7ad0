"""The options of `contract test` that say where the data is and how it is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.faces.cli.options import exclusive
from meshwright.frozen import dataclass

if TYPE_CHECKING:
    from meshwright.app.contract_testing import ContractTestOptions


@dataclass(frozen=True, kw_only=True, slots=True)
class ContractTestWords:
    """What is written behind `contract test`: each field is an option."""

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
    ] = None
    table: Annotated[
        str | None,
        typer.Option("--table", metavar="TABLE", help="The table of a database: schema.table.", show_default=False),
    ] = None
    server: Annotated[
        str | None,
        typer.Option(
            "--server",
            metavar="NAME",
            help="Take the data from this server of the contract: local, s3, gcs, azure, duckdb or postgres.",
            show_default=False,
        ),
    ] = None
    only: Annotated[
        str | None, typer.Option("--object", metavar="NAME", help="Test this object alone.", show_default=False)
    ] = None
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="csv, json, ndjson, parquet, excel, avro, delta, iceberg or duckdb. Default: as the name or content shows.",
            show_default=False,
        ),
    ] = None
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", metavar="CHAR", help="Of CSV. Default: as found.", show_default=False)
    ] = None
    header: Annotated[
        bool | None,
        typer.Option(
            "--header/--no-header",
            help="Whether CSV has a line of column names. Without one, columns are the contract's in its order.",
            show_default=False,
        ),
    ] = None
    null: Annotated[
        list[str] | None,
        typer.Option("--null", metavar="TEXT", help="A text that is no value in CSV; repeatable.", show_default=False),
    ] = None
    encoding: Annotated[str, typer.Option("--encoding", metavar="NAME", help="Of CSV.")] = "utf-8"
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="The sheet of a workbook.", show_default=False)
    ] = None

    def read(self, contract: Path, base: Path) -> ContractTestOptions:
        """Return what is asked for. Raises InputError (MW-L006, MW-C206)."""
        from meshwright.app.contract_testing import ContractTestOptions  # lazy, both: no other command tests contracts
        from meshwright.app.contract_testing_places import DATA_FORMATS, DataOptions

        if self.data and self.server is not None:
            raise exclusive("--data", "--server")
        if self.form is not None and self.form not in DATA_FORMATS:
            raise InputError(
                Diagnostic(
                    code="MW-C206",
                    message=f"data of format '{self.form}' is not read",
                    fix=known_names_hint(self.form, DATA_FORMATS, what="formats"),
                )
            )
        return ContractTestOptions(
            contract=contract,
            data=tuple(self.data or ()),
            server=self.server,
            object=self.only,
            how=DataOptions(
                format=self.form,
                delimiter={"\\t": "\t", "tab": "\t"}.get(self.delimiter or "", self.delimiter),
                has_header=self.header,
                nulls=tuple(self.null) if self.null else None,
                encoding=self.encoding,
                sheet=self.sheet,
                table=self.table,
            ),
            base=base,
        )
