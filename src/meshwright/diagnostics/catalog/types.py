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
)
