"""Codes MW-C230 to MW-C269: contracts from other formats, and into them."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-C230",
        title="format that is not known or cannot be told",
        meaning="`mw contract import` tells the format by the file's name, by what the file holds or by the address; "
        "`mw contract export` by `--to`, else by the name after `-o`. This one tells nothing, or names no format.",
        fix="Name the format: `--from sql`, `--to jsonschema`.",
        example="MW-C230 the format of 'orders.txt' cannot be told",
    ),
    Code(
        code="MW-C231",
        title="file to import that cannot be read",
        meaning="The file is missing, is a folder, may not be read, or is larger than anyone reads.",
        fix="Check the path and the file's rights.",
        example="MW-C231 orders.parquet:1:1 there is no file 'orders.parquet'",
    ),
    Code(
        code="MW-C232",
        title="file that is no JSON",
        meaning="A JSON Schema and a manifest of dbt are JSON in UTF-8. This file is not, or it is cut off.",
        fix="Correct the file at the place that is named, or get it again.",
        example="MW-C232 target/manifest.json:1:50331 the file is no JSON: unterminated string starting at",
    ),
    Code(
        code="MW-C233",
        title="DDL that cannot be read",
        meaning="A CREATE TABLE, ALTER TABLE or COMMENT statement is not SQL of the dialect. Statements that are not about "
        "tables (functions, grants, data) are passed over and cannot cause this.",
        fix="Correct the statement, or name the dialect of the text: `--dialect postgres`.",
        example="MW-C233 schema.sql:12:3 unexpected ')' here",
    ),
    Code(
        code="MW-C234",
        title="SQL dialect that is not known",
        meaning="`--dialect` names no dialect that can be read, or none that can be written.",
        fix="Take one of those that the fix lists.",
        example="MW-C234 the SQL dialect 'postgre' is not known",
    ),
    Code(
        code="MW-C235",
        title="nothing to import or to export",
        meaning="The source describes no table, `--select` names none that is there, or the contract has no object.",
        fix="Correct `--select` (`*` stands for any text), or name another source.",
        example="MW-C235 schema.sql:1:1 nothing is selected by 'order'",
    ),
    Code(
        code="MW-C236",
        title="file that is no manifest of dbt",
        meaning="A manifest has `metadata.dbt_schema_version` and `nodes`. dbt writes it to `target/manifest.json` with "
        "`dbt parse`, `dbt compile`, `dbt run` or `dbt build`; versions 9 (dbt 1.5) and later are read.",
        fix="Name the file `target/manifest.json` of a dbt project.",
        example="MW-C236 package.json:1:1 the file is no manifest of dbt: it has no 'metadata'",
    ),
    Code(
        code="MW-C237",
        title="JSON Schema that describes no table",
        meaning="A table is an object with properties, directly, as items of an array, or under `$defs`. The schema has none, "
        "or a reference in it leads nowhere, or its references unfold into more than anyone reads.",
        fix="Correct the reference, or name a schema whose root is an object.",
        example="MW-C237 order.json:9:15 the reference '#/$defs/Adress' leads nowhere",
    ),
    Code(
        code="MW-C238",
        title="output file that is there already",
        meaning="`-o` overwrites nothing: the file could be a contract that somebody edited.",
        fix="Take another name, or say --force.",
        example="MW-C238 contracts/orders.odcs.yaml:1:1 'contracts/orders.odcs.yaml' is there already",
    ),
    Code(
        code="MW-C239",
        title="option that does not belong to the format",
        meaning="`--dialect` is for SQL and dbt alone: other formats have no dialects.",
        fix="Leave the option out.",
        example="MW-C239 '--dialect' does not belong to format avro",
    ),
    Code(
        code="MW-C240",
        title="database that cannot be read",
        meaning="The database or its file is not there, refuses the connection, or is held by another program.",
        fix="Check the address, the rights and that no other program has the file open.",
        example="MW-C240 shop.duckdb:1:1 'shop.duckdb' is no DuckDB database",
    ),
    Code(
        code="MW-C241",
        title="Parquet file that cannot be read",
        meaning="The file is no Parquet file, is cut off, or its footer is encrypted: then nothing tells its columns.",
        fix="Get the file again; of an encrypted one, write its schema without encryption.",
        example="MW-C241 orders.parquet:1:1 the footer of 'orders.parquet' is encrypted",
    ),
    Code(
        code="MW-C242",
        title="name that is there twice",
        meaning="A contract names each object once, and each property of an object once.",
        fix="Select one of the two, or rename it in the source.",
        example="MW-C242 dump.sql:40:1 two tables are called 'orders': sales.orders and archive.orders",
    ),
    Code(
        code="MW-C243",
        title="output file that cannot be written",
        meaning="The folder is missing or may not be written to, or the disk is full.",
        fix="Make the folder, or room.",
        example="MW-C243 out/orders.sql:1:1 'out/orders.sql' cannot be written: No such file or directory",
    ),
    Code(
        code="MW-C244",
        title="import that makes no valid contract",
        meaning="What the source describes breaks a rule of the standard, so that `mw contract lint` would refuse the "
        "contract. The findings that follow say which; their lines are those of the contract that was not written.",
        fix="Correct the source, or leave the part out with `--select`.",
        example="MW-C244 orders.json:1:1 the contract would not be valid: pattern '(?=x)' is no regular expression ...",
    ),
    Code(
        code="MW-C245",
        title="contract that cannot be exported",
        meaning="The contract has errors: what it promises is not sure.",
        fix="Correct the findings of `mw contract lint` first.",
        example="MW-C245 orders.odcs.yaml:1:1 the contract has errors, so it is not exported",
    ),
    Code(
        code="MW-C260",
        title="not carried over by an import",
        meaning="The source says something that a contract has no words for. It is told, never dropped in silence.",
        fix="Nothing, or say it in the contract by hand: as a quality rule of type sql or text, for example.",
        example="MW-C260 schema.sql:3:1 DEFAULT is not carried over: what is written where nothing is given is no promise: "
        "orders.state",
    ),
    Code(
        code="MW-C261",
        title="not said by an export",
        meaning="The contract promises something that the format has no words for. Who reads the text alone does not know it.",
        fix="Nothing, or give readers the contract itself too.",
        example="MW-C261 JSON Schema judges one row: what is unique is not said: orders.order_id",
    ),
)
