"""Codes MW-M2xx: nodes, parameters and tests of a product."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-M201",
        title="node without a kind",
        meaning="An entry under `nodes` has no kind key, and there is no model file of its name.",
        fix="Write the model, or give the node a kind.",
        example=(
            "MW-M201 domains/fleet/planes/pipeline.yaml:3:3 node 'planes' has no kind, and there is no "
            "models/planes.sql"
        ),
    ),
    Code(
        code="MW-M202",
        title="node with several kinds",
        meaning="An entry under `nodes` has more than one kind key.",
        fix="Keep one; make a second node for the other.",
        example="MW-M202 domains/fleet/planes/pipeline.yaml:4:5 node 'planes' has 2 kinds: source, python",
    ),
    Code(
        code="MW-M203",
        title="two nodes of one name",
        meaning="`pipeline.yaml` defines a node of another kind under the name of a model file.",
        fix="Rename one of the two.",
        example=(
            "MW-M203 domains/fleet/planes/pipeline.yaml:3:3 node 'planes' is a source here, and "
            "models/planes.sql is a node of the same name"
        ),
    ),
    Code(
        code="MW-M204",
        title="SQL inside pipeline.yaml",
        meaning=(
            "The SQL of a node stands in `models/<dataset>.sql`, where editors and error messages can name its lines."
        ),
        fix="Move the SELECT to a model file.",
        example=(
            "MW-M204 domains/fleet/planes/pipeline.yaml:3:5 node 'planes' holds SQL; the SQL of a node "
            "stands in a file of its own"
        ),
    ),
    Code(
        code="MW-M205",
        title="unknown format of a source",
        meaning=(
            "The ending of the source's path does not tell its format: known are .csv, .csv.gz, "
            ".csv.zip, .parquet, .json, .ndjson and .jsonl."
        ),
        fix="Add `format: csv | parquet | json | ndjson`.",
        example=(
            "MW-M205 domains/fleet/planes/pipeline.yaml:2:19 the ending of 'data/planes.txt' does not "
            "tell the format of the source of node 'planes'"
        ),
    ),
    Code(
        code="MW-M206",
        title="no type of a column",
        meaning=(
            "A value under `columns` cannot be a type. Only the shape is checked here; the engine knows"
            " which types there are."
        ),
        fix="Write a DuckDB type such as INTEGER, DECIMAL(18,3) or VARCHAR[].",
        example=(
            "MW-M206 domains/fleet/planes/pipeline.yaml:5:12 'INTEGER;' is no type of a column ('year' "
            "of node 'planes')"
        ),
    ),
    Code(
        code="MW-M207",
        title="column declared twice",
        meaning="Two keys under `columns` differ only in letter case, which engines do not tell apart.",
        fix="Keep one.",
        example=(
            "MW-M207 domains/fleet/planes/pipeline.yaml:6:7 column 'Year' is declared twice: engines "
            "compare names without letter case"
        ),
    ),
    Code(
        code="MW-M208",
        title="setting of another format",
        meaning=(
            "`nulls`, `delimiter`, `header` and `encoding` say how CSV is written; on a source of "
            "another format they would do nothing."
        ),
        fix="Remove the setting.",
        example=(
            "MW-M208 domains/fleet/planes/pipeline.yaml:3:40 'nulls' of the source of node 'planes' is "
            "about CSV files, but its format is parquet"
        ),
    ),
    Code(
        code="MW-M209",
        title="unknown node in after",
        meaning="`after` names something that is no node of the product.",
        fix="Name a node of the same product.",
        example=(
            "MW-M209 domains/fleet/planes/pipeline.yaml:4:14 'after' names 'plane', which is no node of fleet.planes"
        ),
    ),
    Code(
        code="MW-M210",
        title="value does not fit the parameter",
        meaning=(
            "The value of a parameter is not of its type, or of a kind that no parameter can hold "
            "(nothing, a list, infinity). Types: integer, number, string, boolean, date (2013-01-31), "
            "timestamp (2013-01-31T12:00:00Z)."
        ),
        fix="Write a value of the type.",
        example=(
            "MW-M210 domains/fleet/planes/pipeline.yaml:2:37 the default 'many' of parameter 'least' is"
            " not of type integer"
        ),
    ),
    Code(
        code="MW-M211",
        title="parameter with two types",
        meaning=(
            "A parameter is declared on two levels (mesh, domain, pipeline, node) with different types."
            " One name has one type, so that SQL means the same everywhere."
        ),
        fix="Give a value of the first type, or take another name.",
        example=(
            "MW-M211 domains/fleet/planes/pipeline.yaml:2:3 parameter 'currency' is of type integer "
            "here, but of type string at mesh.yaml:5:10"
        ),
    ),
    Code(
        code="MW-M212",
        title="undeclared parameter",
        meaning="A model or test uses `$name`, and neither node nor pipeline, domain or mesh declares it.",
        fix="Declare it under `params`, or correct the name.",
        example=(
            "MW-M212 domains/fleet/planes/models/old.sql:3:15 parameter '$leest' is declared nowhere: "
            "not on the node, the pipeline, the domain or the mesh"
        ),
    ),
    Code(
        code="MW-M213",
        title="tests of an unknown dataset",
        meaning="A key under `tests` in `pipeline.yaml` is no dataset of the product.",
        fix="Name a dataset of the product.",
        example=(
            "MW-M213 domains/fleet/planes/pipeline.yaml:8:3 'tests' names 'plans', which is no dataset of fleet.planes"
        ),
    ),
    Code(
        code="MW-M230",
        title="misspelt header of a test",
        meaning=(
            "A comment at the head of a test file looks like one of the headers `severity`, `on`, "
            "`why`, and would be read as a plain comment."
        ),
        fix="Correct the word.",
        example=(
            "MW-M230 domains/fleet/planes/tests/no_gaps.sql:1:4 'severty:' is no header of a test, and "
            "would be read as a comment"
        ),
    ),
    Code(
        code="MW-M216",
        title="secret written out",
        meaning=(
            "The address, an option or a header of a source holds a password, token or key as text. Every run keeps a copy "
            "of the files that it was made from, so a secret stands there only as a reference. The value is not repeated."
        ),
        fix="Write `${env:NAME}` (an environment variable) or `${file:path}` (a file, relative to the mesh root) in its place.",
        example=(
            "MW-M216 domains/fleet/planes/pipeline.yaml:3:24 'database' of the source of node 'planes' holds a secret, and "
            "every run keeps a copy of this file"
        ),
    ),
    Code(
        code="MW-M217",
        title="source does not say what to read",
        meaning=(
            "A database source reads a `table` or the result of a `query`, one of the two; a table of an open format is at "
            "a `path`, or is a `table` of a `catalog`."
        ),
        fix="Write the one key that is missing, or remove the one that is too many.",
        example=(
            "MW-M217 domains/fleet/planes/pipeline.yaml:3:15 the source of node 'planes' needs 'table' or 'query', one of "
            "the two"
        ),
    ),
    Code(
        code="MW-M221",
        title="only a model can be a view",
        meaning=(
            "`as: view` is written for a node that is not a model: a source, a Python node, a tool. A view has no data of its own, "
            "it is the SELECT of `models/<dataset>.sql` over the versions that it was built from."
        ),
        fix="Remove `as`, or write a model that reads the node and is a view.",
        example=("MW-M221 domains/fleet/planes/pipeline.yaml:4:9 node 'raw_planes' is a source and cannot be a view"),
    ),
    Code(
        code="MW-M222",
        title="view that is not deterministic",
        meaning=(
            "`as: view` stands beside `deterministic: false`. A version is one set of rows for everybody; a view that calls now(), "
            "random() or the like would show other rows to each reader, and nothing that was tested."
        ),
        fix="Make it a table, or take out what depends on when it runs.",
        example=(
            "MW-M222 domains/fleet/planes/pipeline.yaml:4:9 node 'recent' is a view and not deterministic: each reader would "
            "see other rows"
        ),
    ),
    Code(
        code="MW-M224",
        title="refresh of a deterministic node",
        meaning=(
            "`refresh: schedule` or `always` says when a node runs again although nothing that it is made of changed. A "
            "deterministic node would give the same rows, so it never runs again."
        ),
        fix="Write `deterministic: false` where the rows depend on more than code, parameters and inputs, or remove `refresh`.",
        example=(
            "MW-M224 domains/fleet/planes/pipeline.yaml:4:18 'refresh: always' of node 'planes' has no use: a deterministic "
            "node gives the same rows again"
        ),
    ),
    Code(
        code="MW-M231",
        title="bad header of a test",
        meaning="A header of a test file is there twice, or has no value.",
        fix="Keep one header with a value.",
        example="MW-M231 domains/fleet/planes/tests/no_gaps.sql:2:4 header 'on' says nothing",
    ),
    Code(
        code="MW-M232",
        title="unknown severity of a test",
        meaning=(
            "The `severity` of a test file is neither log, warn or stop nor a word that `severity` in "
            "`mesh.yaml` maps to one."
        ),
        fix="Write log, warn or stop.",
        example="MW-M232 domains/fleet/planes/tests/no_gaps.sql:1:4 'fatal' is no severity",
    ),
    Code(
        code="MW-M233",
        title="test guards nothing",
        meaning=(
            "A test file reads no dataset of its product. A test guards one of them: it runs when that "
            "dataset is built, and a stop holds that product back."
        ),
        fix="Select from a dataset of the product, or move the test.",
        example=(
            "MW-M233 domains/fleet/planes/tests/no_gaps.sql:1:1 the test reads no dataset of "
            "fleet.planes, so there is none that it could guard"
        ),
    ),
    Code(
        code="MW-M234",
        title="test guards what it does not read",
        meaning=("The `on` header of a test names no dataset of the product, or one that the test does not read."),
        fix="Name a dataset of the product that the test reads.",
        example=(
            "MW-M234 domains/fleet/planes/tests/no_gaps.sql:2:4 'on' names 'plans', which is no dataset of fleet.planes"
        ),
    ),
    Code(
        code="MW-M235",
        title="test depends on the time or on chance",
        meaning=(
            "A test calls now(), random() or the like. Its verdict is kept with the version that it is "
            "about and reused, so it may depend on data and parameters only."
        ),
        fix="Pass the value as a parameter, or compare with another dataset.",
        example=(
            "MW-M235 domains/fleet/planes/tests/fresh.sql:2:20 a test calls 'now', whose result differs"
            " from run to run, but its verdict is kept"
        ),
    ),
)
