"""Commands that bring contracts from other formats and into them: `contract import`, `contract export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from meshwright.faces.cli.invocation import answer, begin, tell
from meshwright.faces.cli.options import DirectoryOption, JsonOption, parse_source_keys

OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Write it there. Default: standard output.", show_default=False
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite the file of -o.")]
SelectOption = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        "-s",
        metavar="NAME",
        help="Only tables of this name ('*' stands for any text, a schema may stand before a dot); repeatable.",
        show_default=False,
    ),
]


def contract_import(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A file, or the address of a database: postgresql://user:${env:PASSWORD}@host/db, sqlite:///FILE, duckdb:///FILE.",
        ),
    ],
    *,
    format_: Annotated[
        str | None,
        typer.Option(
            "--from",
            "--format",
            "-f",
            metavar="FORMAT",
            help="parquet, csv, sql, jsonschema, dbt, postgresql, sqlite or duckdb. Default: told by the source.",
            show_default=False,
        ),
    ] = None,
    select: SelectOption = None,
    dialect: Annotated[
        str | None,
        typer.Option("--dialect", metavar="NAME", help="SQL dialect of the text. Default: duckdb.", show_default=False),
    ] = None,
    keys: Annotated[
        list[str] | None,
        typer.Option(
            "--source",
            metavar="KEY=VALUE",
            help="What a CSV file leaves open: delimiter, header, encoding, nulls; repeatable.",
            show_default=False,
        ),
    ] = None,
    id_: Annotated[
        str | None,
        typer.Option("--id", metavar="ID", help="Id of the contract. Default: after the source.", show_default=False),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", metavar="TEXT", help="Name of the contract. Default: after the source.", show_default=False
        ),
    ] = None,
    output: OutputOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Make a contract (ODCS 3.2.0, a draft) of a data file, DDL, a schema, a dbt manifest or a database. Needs no mesh.

    What a contract has no words for is told on standard error. Status 0: it is valid; 2: the source cannot be read or makes no
    valid contract; 3: the world failed.
    """
    from meshwright.app.contract_importing import ImportOptions, import_contract
    from meshwright.faces.documents.exchange import import_document
    from meshwright.faces.text.exchange import import_lines, note_lines

    invocation = begin(context, directory, is_json=as_json)
    report = import_contract(
        ImportOptions(
            source=source,
            format=format_,
            select=tuple(select or ()),
            keys=parse_source_keys(keys),
            dialect=dialect,
            id=id_,
            name=name,
            output=output,
            is_forced=force,
            base=invocation.start,
        )
    )
    if not as_json:
        tell(note_lines(report.notes, invocation.err))
    answer(
        invocation,
        status=0,
        document=lambda: import_document(report),
        lines=lambda look: import_lines(report, look),
    )


def contract_export(  # noqa: PLR0913 - typer takes one parameter for each option
    context: typer.Context,
    contract: Annotated[
        str, typer.Argument(metavar="CONTRACT", help="A contract (ODCS), for example contracts/orders.odcs.yaml.")
    ],
    *,
    format_: Annotated[
        str | None,
        typer.Option(
            "--to",
            "--format",
            "-t",
            metavar="FORMAT",
            help="sql, jsonschema, avro, pydantic, dbt, mermaid or html. Default: told by the name after -o.",
            show_default=False,
        ),
    ] = None,
    select: SelectOption = None,
    dialect: Annotated[
        str | None,
        typer.Option(
            "--dialect",
            metavar="NAME",
            help="SQL dialect: duckdb, postgres, sqlite, snowflake, spark, databricks, bigquery or redshift. Default: duckdb.",
            show_default=False,
        ),
    ] = None,
    output: OutputOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
    directory: DirectoryOption = None,
) -> None:
    """Write a contract as SQL DDL, JSON Schema, Avro schema, Pydantic models, dbt schema.yml, Mermaid or HTML. Needs no mesh.

    What the format has no words for is told on standard error. Status 0: done; 2: the contract has errors, or an option is wrong;
    3: the world failed.
    """
    from meshwright.app.contract_exporting import ExportOptions, export_contract
    from meshwright.faces.documents.exchange import export_document
    from meshwright.faces.text.exchange import export_lines, note_lines

    invocation = begin(context, directory, is_json=as_json)
    report = export_contract(
        ExportOptions(
            contract=contract,
            format=format_,
            select=tuple(select or ()),
            dialect=dialect,
            output=output,
            is_forced=force,
            base=invocation.start,
        )
    )
    if not as_json:
        tell(note_lines(report.notes, invocation.err))
    answer(
        invocation,
        status=0,
        document=lambda: export_document(report),
        lines=lambda look: export_lines(report, look),
    )
