"""Codes MW-Txxx: columns and types carried through the mesh without data."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-T001",
        title="unknown column in a query",
        meaning="A model, a test file or the query of a rule names a column that none of its inputs has. Found by binding it "
        "against the types of its inputs, before anything runs.",
        fix="Use one of the columns that the inputs have, or add the column upstream.",
        example="'carier' is not among the columns that the inputs of operations.flights.departures have",
    ),
    Code(
        code="MW-T002",
        title="query does not bind",
        meaning="The engine refuses a model, a test file or the query of a rule for the types of its inputs: a wrong argument "
        "type, an ambiguous name, an unknown function, a missing GROUP BY, ... Or the query of a rule gives several columns, "
        "where one value is to be compared.",
        fix="Correct the expression that the message shows.",
        example="No function matches the given name and argument types 'sum(VARCHAR)'",
    ),
    Code(
        code="MW-T003",
        title="columns unknown",
        meaning="The columns of a dataset cannot be known before it is built, so what reads it is not checked yet.",
        fix="Declare `columns` for it in pipeline.yaml, or build it once.",
        example="columns of operations.flights.raw_flights are not known yet",
    ),
    Code(
        code="MW-T004",
        title="declared column differs",
        meaning="`columns` in pipeline.yaml declares a column that the model does not give, or gives with another type.",
        fix="Correct the declaration, or cast in the model.",
        example="column 'delay' is declared INTEGER, but the model gives BIGINT",
    ),
    Code(
        code="MW-T005",
        title="source not looked at",
        meaning="The place of a source that was not built yet cannot be reached from here, or needs a secret or a library "
        "that is not here. `check` goes on without it: its columns are those that are declared, or those of its last build.",
        fix="Check again where the place can be reached, or declare `columns`.",
        example="https://data.example.org/rates.csv cannot be reached: timed out; its declared columns are taken",
    ),
    Code(
        code="MW-T006",
        title="no time to cut by",
        meaning="A dataset is built by interval, and the column that `by` names is not among its columns, or says no time. "
        "`timezone` needs a column that is a moment: a TIMESTAMP WITHOUT TIME ZONE is the same letters everywhere.",
        fix="Name a column of the result that is a DATE, TIMESTAMP or TIMESTAMP WITH TIME ZONE, or cast one in the model.",
        example="operations.flights.departures is cut by 'hour', which is INTEGER and no time",
    ),
    Code(
        code="MW-T007",
        title="rows that cannot be merged",
        meaning="A source merges new rows into those that stand, and its columns do not fit what `incremental` says: a column "
        "of the key is missing, what says which rows are deleted is no BOOLEAN, or a column has a name that merging adds.",
        fix="Correct the names under `incremental`, or the columns of the source.",
        example="there is no column 'id' to merge by",
    ),
)
