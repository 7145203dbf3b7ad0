"""Codes MW-M24x: unit tests."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-M240",
        title="unit test of no node",
        meaning=(
            "A unit test is about a node of its product that has code: the one that `dataset:` names, or the one of "
            "the file's name. Here there is none, or it is a source."
        ),
        fix="Name the node with `dataset:`, or name the file after it.",
        example=(
            "MW-M240 domains/operations/flights/tests/departure.unit.yaml:1:1 unit test 'departure' is about "
            "'departure', which is no node of operations.flights"
        ),
    ),
    Code(
        code="MW-M241",
        title="rows given for something that is not read",
        meaning="`given` names a dataset that the node does not read, or names one twice.",
        fix="Name the datasets that the node reads, each once.",
        example=(
            "MW-M241 domains/operations/flights/tests/departures.unit.yaml:4:3 'given' names "
            "operations.flights.raw_flight, which operations.flights.departures does not read"
        ),
    ),
    Code(
        code="MW-M242",
        title="an input without rows",
        meaning="The node reads a dataset for which `given` holds nothing; nothing is guessed.",
        fix="Give it rows, or `[]` for none.",
        example=(
            "MW-M242 domains/operations/flights/tests/departures.unit.yaml:2:1 operations.flights.departures reads "
            "weather.observations.hourly, and 'given' holds no rows for it"
        ),
    ),
    Code(
        code="MW-M243",
        title="rows that are none",
        meaning="Rows are a list of mappings, column: value, at most 10,000; letter case of columns does not count.",
        fix="Write `- {column: value}` for each row, `[]` for none.",
        example=(
            "MW-M243 domains/operations/flights/tests/departures.unit.yaml:5:7 a row of 'expect' is text, not a "
            "mapping of columns"
        ),
    ),
    Code(
        code="MW-M244",
        title="parameter of a unit test",
        meaning="`params` names a parameter that the node does not take, or gives a value of another type.",
        fix="Name a parameter that the node uses, with a value of its type.",
        example=(
            "MW-M244 domains/operations/flights/tests/departures.unit.yaml:3:10 operations.flights.departures takes "
            "no parameter 'min_distanse'"
        ),
    ),
    Code(
        code="MW-M245",
        title="clock or tolerance of a unit test",
        meaning="`now` is a time with or without offset (UTC without), `tolerance` a number from 0.",
        fix="Write `now: 2013-01-31T12:00:00Z`, `tolerance: 0.001`.",
        example="MW-M245 domains/operations/flights/tests/departures.unit.yaml:3:1 'now: noon' is no time",
    ),
    Code(
        code="MW-M246",
        title="unknown column in a unit test",
        meaning="A row names a column that its dataset, or the node's result, does not have.",
        fix="Correct the name; a column that matters not can be left out.",
        example=(
            "MW-M246 domains/operations/flights/tests/departures.unit.yaml:6:9 operations.flights.raw_flights has no "
            "column 'dep_tme'"
        ),
    ),
    Code(
        code="MW-M247",
        title="a value that is none of its type",
        meaning="A value of a row cannot be cast to the type of the column that it stands in.",
        fix="Write a value of that type; dates and times as text.",
        example=(
            "MW-M247 domains/operations/flights/tests/departures.unit.yaml:6:9 column 'dep_time' of "
            "operations.flights.raw_flights: 'early' is no BIGINT"
        ),
    ),
    Code(
        code="MW-M248",
        title="interval of a unit test",
        meaning=(
            "The code of a node that is cut into intervals asks for the start or the end of its interval, and the test "
            "does not say which that is; or it says one that nothing asks for, or that is none."
        ),
        fix="Write `interval: 2013-01-01..2013-01-02` where the code uses `$start` or `$end`, and nowhere else.",
        example=(
            "MW-M248 domains/operations/flights/tests/departures.unit.yaml:1:1 operations.flights.departures uses $start, "
            "and the test says no interval"
        ),
    ),
)
