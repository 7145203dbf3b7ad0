"""Codes MW-Qxxx: SQL models."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-Q101",
        title="No statement",
        meaning="A SQL file is empty, or holds comments alone. A model, and a test, is one SELECT.",
        fix="Write one SELECT, or delete the file.",
        example="MW-Q101 models/late.sql:1:1 there is no statement here",
    ),
    Code(
        code="MW-Q102",
        title="SQL cannot be read",
        meaning=(
            "The text is not SQL of the mesh's dialect: a missing bracket, comma or operator, a string or comment that is "
            "never closed. Nothing else about the statement can be said until it can be read."
        ),
        fix="Look at the place that is named and just before it.",
        example="MW-Q102 models/late.sql:3:8 unexpected 'from' after a comma",
    ),
    Code(
        code="MW-Q103",
        title="Several statements",
        meaning="A file holds more than one statement. A model is one SELECT, named by its file; a semicolon at the end is fine.",
        fix="Keep one SELECT and make further models of the others.",
        example="MW-Q103 models/late.sql:5:1 a second statement starts here, and a model is one SELECT",
    ),
    Code(
        code="MW-Q104",
        title="Not a SELECT",
        meaning=(
            "The statement creates, changes, copies, attaches or sets something, or only describes. A model says what rows "
            "there should be; writing them, and the engine's settings, are meshwright's part, because only then can a failed "
            "build stay invisible."
        ),
        fix="Write the SELECT alone.",
        example="MW-Q104 models/late.sql:1:1 a model is one SELECT, and this statement starts with 'create'",
    ),
    Code(
        code="MW-Q105",
        title="Template in SQL",
        meaning=(
            "The text holds a template such as {{ ref('x') }}, {{ var('y') }} or {% if %}. SQL here is plain: names are "
            "written as they are, values are parameters, and what SQL cannot say a Python node says."
        ),
        fix="Write `from departures` or `from operations.flights.departures`, and `$name` for values.",
        example="MW-Q105 models/late.sql:2:6 models are plain SQL: templates such as {{ ref('x') }} are not filled in",
    ),
    Code(
        code="MW-Q106",
        title="Statement too large or too deep",
        meaning=(
            "The statement is longer than a million characters or fifty thousand words and signs, nests brackets or CASE "
            "deeper than a hundred levels, chains more than 64 casts, fields or calls, or has more than ten joins without a condition. Parsers and engines fail badly on such "
            "texts, so they are refused before."
        ),
        fix="Name inner parts with WITH, split the model, move data into a source file.",
        example="MW-Q106 models/late.sql:1:108 the statement is nested too deeply here; 100 levels are the most",
    ),
    Code(
        code="MW-Q107",
        title="Unreadable character",
        meaning="The text holds a control character or half of a surrogate pair, often because the file is not UTF-8 text.",
        fix="Remove the character and save the file as UTF-8.",
        example="MW-Q107 models/late.sql:1:8 the character U+0000 cannot stand in SQL",
    ),
    Code(
        code="MW-Q108",
        title="Unknown SQL dialect",
        meaning="`dialect` in mesh.yaml names a dialect that the parser does not know.",
        fix="Use one of the listed dialects; `duckdb` is the default.",
        example="MW-Q108 mesh.yaml:4:10 the SQL dialect 'duckdbb' is not known",
    ),
    Code(
        code="MW-Q201",
        title="File read in SQL",
        meaning=(
            "A model names a file in FROM. A file is read through a source node, which observes it: only then does a change of "
            "the file rebuild what depends on it, and only then is the column schema known and tested."
        ),
        fix="Declare the file as a source in pipeline.yaml and read the source by its name.",
        example="MW-Q201 models/late.sql:1:15 the file 'data/flights.csv' is read directly, which a model must not",
    ),
    Code(
        code="MW-Q202",
        title="Table function not allowed",
        meaning=(
            "A function in FROM reads files, the engine's catalog or tables by computed names. Models read datasets by name; "
            "only functions whose rows come from their arguments alone may stand in FROM."
        ),
        fix="Declare a source for files; otherwise use range, generate_series, unnest and the others that the message lists.",
        example="MW-Q202 models/late.sql:1:15 'read_csv(...)' reads files, which a model must not",
    ),
    Code(
        code="MW-Q203",
        title="Table name with a wrong number of parts",
        meaning=(
            "Datasets are named by one part (the product's own) or by three (domain.product.dataset). Two parts would be "
            "ambiguous, and catalogs such as information_schema are not part of a mesh."
        ),
        fix="Write one part or all three.",
        example="MW-Q203 models/late.sql:2:6 'flights.departures' has 2 parts; a dataset is named by one or by three",
    ),
    Code(
        code="MW-Q204",
        title="SQL reads its surroundings",
        meaning=(
            "The statement reads environment variables, settings, variables, or runs text as SQL. None of it is part of a "
            "model, so two builds of one version could differ and nobody could tell why."
        ),
        fix="Declare a parameter and use it as $name.",
        example="MW-Q204 models/late.sql:1:8 'getenv' reads the surroundings of the engine, which are not part of a model",
    ),
    Code(
        code="MW-Q205",
        title="Parameter without a name",
        meaning="Parameters go by name, so that `explain` can say where a value came from; `?` and `$1` have none.",
        fix="Declare the parameter under `params` and write $name.",
        example="MW-Q205 models/late.sql:3:17 the parameter '?' has no name",
    ),
    Code(
        code="MW-Q206",
        title="SELECT INTO",
        meaning="SELECT ... INTO would write a table. The dataset that a model yields is named by its file.",
        fix="Remove INTO.",
        example="MW-Q206 models/late.sql:1:15 SELECT ... INTO writes a table, which a model must not",
    ),
    Code(
        code="MW-Q207",
        title="Call with another result at every run",
        meaning=(
            "now(), random(), uuid(), sampling without a seed and their like make a result that the recipe does not "
            "determine. A SQL node is pure unless it says otherwise: its version is named by its recipe and reused wherever the "
            "recipe is the same, which would be wrong here."
        ),
        fix="Pass the value as a parameter, or set `deterministic: false` on the node: then it is named by its content.",
        example="MW-Q207 models/late.sql:2:3 'now' gives another result at every run",
    ),
    Code(
        code="MW-Q301",
        title="Result depends on row order",
        meaning=(
            "first, last, any_value, list, string_agg and similar aggregates take rows as they arrive, and arg_max takes any "
            "of the rows that tie. Engines run on several threads, so two builds may differ. A warning."
        ),
        fix="Give the aggregate an ORDER BY that makes the order unique.",
        example="MW-Q301 models/late.sql:2:3 'first' depends on the order in which rows arrive: two builds may differ",
    ),
    Code(
        code="MW-Q302",
        title="Rows picked without order",
        meaning="LIMIT, or DISTINCT ON, without ORDER BY keeps any rows. A warning.",
        fix="Add ORDER BY with columns that make the order unique.",
        example="MW-Q302 models/late.sql:1:8 LIMIT without ORDER BY keeps any rows: two builds may differ",
    ),
    Code(
        code="MW-Q303",
        title="Window without order",
        meaning="row_number, lag, first_value and their like number or pick rows by an order, and none is given. A warning.",
        fix="Add ORDER BY to the window.",
        example="MW-Q303 models/late.sql:2:3 'row_number' has a window without ORDER BY: two builds may differ",
    ),
    Code(
        code="MW-Q304",
        title="Columns known only from data",
        meaning=(
            "A PIVOT without a list of values makes a column of every value that it meets. Columns, types and lineage cannot "
            "be checked before the model is built, and change with the data. A warning."
        ),
        fix="List the values with IN.",
        example="MW-Q304 models/wide.sql:1:7 this PIVOT takes its columns from the data",
    ),
    Code(
        code="MW-Q401",
        title="Unknown placeholder in a rule's query",
        meaning=(
            "The query of a `sql` quality rule may hold {object} (the dataset) and {property} (the column the rule stands "
            "under), also written ${object}, {table}, {column}. Other placeholders have no value."
        ),
        fix="Use {object} and {property}; a rule on the whole dataset has no {property}.",
        example="MW-Q401 contracts/departures.odcs.yaml:41:11 the query has an unknown placeholder '{dataset}'",
    ),
    Code(
        code="MW-Q501",
        title="A table that the statement may not read",
        meaning=(
            "A policy reads the mesh's own description: the tables `mesh.*`, written with their schema. It never meets "
            "datasets, files or the engine's own catalog."
        ),
        fix="Read one of the tables of [mesh tables](mesh-tables.md).",
        example="MW-Q501 policies/ports_have_slo.sql:6:6 there is no table 'mesh.prots' for a policy",
    ),
    Code(
        code="MW-Q502",
        title="A function that the statement may not call",
        meaning=(
            "What a policy may call is a list: functions of their arguments alone. Files, settings, the clock, randomness, "
            "table functions but `unnest`, and functions that make a huge value of a small one are not on it."
        ),
        fix="Use plain functions of the columns; `$today` is the day of the check.",
        example="MW-Q502 policies/hosts.sql:5:15 a policy must not call 'read_csv'",
    ),
    Code(
        code="MW-Q503",
        title="A parameter that the statement does not have",
        meaning="A policy has one parameter, `$today`: the day of the check in UTC. Parameters of the mesh are rows of `mesh.parameters`.",
        fix="Use `$today`, or read `mesh.parameters`.",
        example="MW-Q503 policies/old.sql:5:40 a policy has no parameter '$tody'",
    ),
    Code(
        code="MW-Q504",
        title="The statement reads no table",
        meaning="A policy that reads nothing of the mesh says the same whatever the mesh is: it judges nothing.",
        fix="Select from one of the tables `mesh.*`.",
        example="MW-Q504 policies/always.sql:1:1 the policy reads no table, so what it says does not depend on anything",
    ),
)
