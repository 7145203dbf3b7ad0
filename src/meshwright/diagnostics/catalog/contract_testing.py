"""Codes MW-C201 to MW-C229: testing data against a contract, without a mesh."""

from __future__ import annotations

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-C201",
        title="No data to test a contract on",
        meaning="`mw contract test` was given no data. A test of nothing would be green for no reason.",
        fix="Name the data: `--data FILE`, a folder, a table's address; `--data OBJECT=PLACE` where the contract has several objects.",
        example="MW-C201 there is no data to test the contract on",
    ),
    Code(
        code="MW-C202",
        title="Which data belongs to which object is not clear",
        meaning=(
            "The contract has several objects and one file or table was given, or two places were given for one object, or a "
            "folder holds two files that could be an object's."
        ),
        fix="Write `--data OBJECT=PLACE` once for each object, or test one of them: `--object NAME`.",
        example="MW-C202 which object 'orders.csv' is the data of is not clear: the contract has 'orders', 'lines'",
    ),
    Code(
        code="MW-C203",
        title="No such object in the contract",
        meaning="`--object` or `--data OBJECT=PLACE` names an object that is not under `schema` of the contract.",
        fix="Write the object's `name` as the contract does.",
        example="MW-C203 the contract has no object 'ordres'",
    ),
    Code(
        code="MW-C204",
        title="A contract without objects",
        meaning="The contract has no `schema`, so it promises nothing that could be tested on data.",
        fix="Describe the data under `schema`.",
        example="MW-C204 orders.odcs.yaml:1:1 contract 'shop-orders' promises no object: there is nothing to test",
    ),
    Code(
        code="MW-C205",
        title="No data at that place",
        meaning="There is no such file, no file matches the pattern, or a folder holds no file that could be data.",
        fix="Correct the path; it is relative to where the command runs, or to `-C DIR`.",
        example="MW-C205 there is no file 'ordres.csv'",
    ),
    Code(
        code="MW-C206",
        title="The format of data is not known",
        meaning="Neither the name nor the first bytes tell how the data is written, or a folder holds files of several formats.",
        fix="Add `--format`, or name files of one format by a pattern.",
        example="MW-C206 the ending of 'orders.dat' does not tell its format",
    ),
    Code(
        code="MW-C207",
        title="A DuckDB file cannot be opened",
        meaning=(
            "The file is none that this DuckDB can read, or another process has it open for writing (status 3: the same command "
            "can succeed later)."
        ),
        fix="Close it elsewhere, or test a copy; export tables of an older or newer DuckDB as Parquet.",
        example="MW-C207 'shop.duckdb' is open in another process, which may be writing",
    ),
    Code(
        code="MW-C208",
        title="No such table in a DuckDB file",
        meaning="The file holds no table or view of the name that was given (or of the object's name), or several of it.",
        fix="Name it: `--table schema.table`, or `--data duckdb:FILE#schema.table`.",
        example="MW-C208 'shop.duckdb' holds no table 'ordres'",
    ),
    Code(
        code="MW-C209",
        title="An option that is not about this data",
        meaning="An option says how data of another format is written, for example `--delimiter` for Parquet.",
        fix="Leave the option away.",
        example="MW-C209 --delimiter is about csv, but 'orders.parquet' is read as parquet",
    ),
    Code(
        code="MW-C211",
        title="No such server in the contract",
        meaning="`--server` names a server that is not under `servers` of the contract.",
        fix="Write the server's name as the contract does.",
        example="MW-C211 orders.odcs.yaml:1:1 the contract has no server 'prod'",
    ),
    Code(
        code="MW-C212",
        title="A server that data cannot be read from",
        meaning="The server is of a type that is not read here, or does not say where its data lies.",
        fix="Give the data itself, `--data PLACE`, or complete the server.",
        example="MW-C212 orders.odcs.yaml:1:1 server 'prod' is of type 'snowflake', which is not read",
    ),
    Code(
        code="MW-C220",
        title="A physical type of another system",
        meaning=(
            "A property's `physicalType` is no type of DuckDB, such as NUMBER of Oracle. It cannot be compared with the data, so "
            "`mw contract test` tests its `logicalType`, and says so."
        ),
        fix="Nothing, where the logical type says enough; else a physicalType that the data can have, such as DECIMAL(18,2).",
        example="MW-C220 orders.odcs.yaml:12:9 physicalType 'NUMBER(9)' of 'id' is no type of DuckDB: its logicalType 'integer' is tested",
    ),
)
