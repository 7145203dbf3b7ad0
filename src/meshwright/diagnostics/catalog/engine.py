"""Codes MW-Exxx: the engine."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-E101",
        title="The SQL failed while it ran",
        meaning=(
            "A model, or a query, was understood by the engine but failed on the rows it met: a text that is no "
            "number, a value too large for its type, a division by zero. Nothing was published and no file was "
            "left behind."
        ),
        fix=("Change the text so that it cannot fail (`TRY_CAST`, `NULLIF`, a wider type), or the rows that it reads."),
        example="MW-E101 domains/operations/flights/models/late.sql:4:10 Could not convert string 'abc' to INT32",
    ),
    Code(
        code="MW-E102",
        title="A name or type in the SQL is wrong",
        meaning=(
            "The engine cannot bind the statement: a column, table or function that is not there, or a function "
            "that does not take these types. `check` finds most of these before anything runs."
        ),
        fix=(
            "Correct the name, or cast the values to types that the function takes. The names that the engine "
            "offers are listed."
        ),
        example='MW-E102 models/late.sql:2:3 Referenced column "carier" not found in FROM clause',
    ),
    Code(
        code="MW-E103",
        title="The text is not one SELECT",
        meaning="A model, a test and a query are exactly one SELECT statement that the engine can parse.",
        fix="Write one SELECT. A closing semicolon and comments may follow it, a second statement may not.",
        example="MW-E103 models/late.sql:9:1 a second statement follows the first",
    ),
    Code(
        code="MW-E104",
        title="The columns of a result cannot be stored under their names",
        meaning=(
            "Each column of a stored table needs a name of its own, letter case aside, because readers of Parquet"
            " and SQL engines differ in how they tell `a` from `A`."
        ),
        fix="Give each column of the outermost SELECT a name with AS, each name once.",
        example="MW-E104 models/late.sql:1:1 columns 'id' and 'ID' differ in letter case alone",
    ),
    Code(
        code="MW-E105",
        title="A parameter has no usable value",
        meaning=(
            "The SQL uses `$name`, and no level of the mesh gives it a value, or the value does not have the "
            "declared type."
        ),
        fix="Declare the parameter under `params`, with a value of its type; dates are written `2013-01-31`.",
        example="MW-E105 models/late.sql:1:1 parameter '$min_delay' has no value",
    ),
    Code(
        code="MW-E106",
        title="A row has no time",
        meaning=(
            "The column that cuts a dataset into intervals, or that says since when a row holds (`valid_from`), is NULL or "
            "infinite in some rows, or lies outside of the years 2 to 9998. Such a row belongs to no interval, and no row is "
            "ever left out silently."
        ),
        fix="Give every row a time, or filter out the rows that have none.",
        example=(
            "MW-E106 models/late.sql:1:1 column 'time_hour' of ops.flights.late is NULL in 3 rows, which belong to no interval"
        ),
    ),
    Code(
        code="MW-E107",
        title="A dataset cannot be cut by a column",
        meaning=(
            "The column that cuts a dataset into intervals is not among its columns, or is no DATE, TIMESTAMP (of any precision) "
            "or TIMESTAMP WITH TIME ZONE."
        ),
        fix="Name a column of time as `by`, or give the result one.",
        example="MW-E107 models/late.sql:1:1 ops.flights.late has no column 'time_hour' to be cut by",
    ),
    Code(
        code="MW-E108",
        title="A key is missing, or comes more than once",
        meaning=(
            "New rows meet those that stand by their key. A key that is NULL names no row, and of two new rows of one key nobody "
            "knows which one is to stand; by `delete+insert` a key may have several rows."
        ),
        fix="Keep one row of each key, filter out rows without one, or merge by `delete+insert`.",
        example=(
            "MW-E108 models/planes.sql:1:1 2 keys (tailnum) of ops.fleet.planes come more than once among the new rows: "
            "tailnum 'N10156', tailnum 'N102UW'"
        ),
    ),
    Code(
        code="MW-E109",
        title="Columns cannot be merged",
        meaning=(
            "A column of the key, `deleted` or `valid_from` is missing or of another type than it has to be, a name is taken, or "
            "values that stand do not become the type that the new rows have without loss."
        ),
        fix="Correct the columns or `incremental:`; where standing values are in the way, build the dataset anew.",
        example=(
            "MW-E109 models/planes.sql:1:1 the new rows of ops.fleet.planes cannot be merged: there is no column 'tailnumber' "
            "to merge by"
        ),
    ),
    Code(
        code="MW-E110",
        title="A new row is older than the one it would close",
        meaning=(
            "By `merge: scd2` a new row closes the current one of its key at its own `valid_from`. One that is older would end a "
            "row before it began."
        ),
        fix="Give changes in their order, or build the dataset anew.",
        example=(
            "MW-E110 models/planes.sql:1:1 1 new row of ops.fleet.planes would close what holds since later: tailnum 'N10156'; "
            "the first is of 2013-01-01 00:00:00, and the current one of 2013-02-01 00:00:00"
        ),
    ),
    Code(
        code="MW-E111",
        title="The process for queries of rules cannot be started",
        meaning=(
            "Queries of rules and tests run in processes of their own, which cannot reach anything but their data. The operating "
            "system refused to start one."
        ),
        fix="Free memory, or raise the limit of processes, then run again; finished steps are kept.",
        example="MW-E111 the process for queries of rules cannot be started: Resource temporarily unavailable",
    ),
    Code(
        code="MW-E201",
        title="Not enough memory",
        meaning=(
            "The engine reached its memory limit and could not put more on disk. The same step may succeed with "
            "more memory or when less runs beside it."
        ),
        fix="Raise `memory` of the engine in `mesh.yaml`, lower its `threads`, or make the step smaller.",
        example="MW-E201 models/late.sql:1:1 could not allocate block of size 256.0 KiB (47.6 MiB/47.6 MiB used)",
    ),
    Code(
        code="MW-E202",
        title="The disk is full",
        meaning=(
            "A file could not be written to its end. The unfinished file is removed; what was finished before "
            "stays and is not built again."
        ),
        fix="Free space, then run the same command again.",
        example="MW-E202 models/late.sql:1:1 Could not write file: No space left on device",
    ),
    Code(
        code="MW-E203",
        title="A stored file cannot be read",
        meaning=(
            "A Parquet file that a version is made of is missing, cut off or damaged, so the steps that read it "
            "cannot run."
        ),
        fix="`mw verify --repair` builds the versions of damaged files again; then run the command again.",
        example="MW-E203 models/late.sql:1:1 No magic bytes found at end of file '...parquet'",
    ),
    Code(
        code="MW-E204",
        title="Reading or writing failed",
        meaning="The operating system refused to read or write a file.",
        fix="Check the disk, the folder and its permissions, then run the same command again.",
        example='MW-E204 models/late.sql:1:1 Cannot open file "...": Permission denied',
    ),
    Code(
        code="MW-E205",
        title="The engine itself failed",
        meaning=(
            "DuckDB reported an error of its own. The failed step is reported, the others go on in a fresh instance."
        ),
        fix="Run again. If the error stays, report the statement to DuckDB.",
        example="MW-E205 models/late.sql:1:1 INTERNAL Error: ...",
    ),
    Code(
        code="MW-E206",
        title="The statement was interrupted",
        meaning="A person or the system asked the run to stop while the statement was running. Nothing of it is kept.",
        fix="Run the same command again, or `mw runs resume`: finished steps are not repeated.",
        example="MW-E206 the statement was interrupted",
    ),
    Code(
        code="MW-E207",
        title="The model took longer than it may",
        meaning=(
            "Building the dataset, or one part of it, took longer than the `timeout` that holds for its node, and was stopped. "
            "Nothing of it is kept. It is tried again where the node has `retry`."
        ),
        fix="Run again, give it more time, or make the step smaller.",
        example="MW-E207 domains/fleet/planes/pipeline.yaml:7:22 fleet.planes.planes took longer than its `timeout` of 60 s and was stopped",
    ),
    Code(
        code="MW-E301",
        title="The query reaches outside of the mesh",
        meaning=(
            "A query reads the datasets of the environment and nothing else: no files, no network, no settings, "
            "no writes."
        ),
        fix="Read datasets by their addresses `domain.product.dataset`.",
        example=(
            'MW-E301 query:1:15 Cannot access file "/etc/passwd" - file system operations are disabled by configuration'
        ),
    ),
    Code(
        code="MW-E401",
        title="The files for outside readers cannot be written",
        meaning=(
            "After a publication `environments/<name>.duckdb` and `<name>.sql` are written for plain DuckDB. The "
            "publication stands; only these files are as old as before."
        ),
        fix="Check the folder and its permissions; the next publication writes the files again.",
        example="MW-E401 the reader's files of environment 'prod' cannot be written: Permission denied",
    ),
)
