"""Codes of datasets that are built in parts: their plan (P2xx) and their run (R07x)."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-P201",
        title="A dependence by interval that cannot be",
        meaning=(
            "`depends` says that intervals depend on an input by interval, and the input is not made of parts, or"
            " has no column that says when its rows are. Its rows of one interval cannot be told from the others."
        ),
        fix=("Write `as_of` or `whole` for that input, or build it by interval too."),
        example=(
            "operations.flights.departures depends on operations.flights.raw by interval, and "
            "operations.flights.raw is not made of parts"
        ),
    ),
    Code(
        code="MW-P202",
        title="No input says which intervals there are",
        meaning=(
            "Intervals run from the earliest to the latest `by` that the inputs hold, and no input of the node "
            "has such a column: neither one that becomes `by` in the result, nor one of its name."
        ),
        fix=(
            "Let the column come straight from an input (renamed, cast or truncated it may be), or name another "
            "column under `by`."
        ),
        example=(
            "operations.flights.departures is built by 'time_hour', and no input of it has a column of that name "
            "(it reads operations.flights.raw)"
        ),
    ),
    Code(
        code="MW-P203",
        title="An input went back in time",
        meaning=(
            "The dataset has intervals that lie after everything that its input holds now, and the input is a "
            "table that is read as a whole. Rows were lost or withdrawn; built as it is, the dataset would lose "
            "them silently, so nothing is built. What is published stays."
        ),
        fix=(
            "Bring the rows back. If they are to go, `mw run DATASET --refresh` builds everything from what is there."
        ),
        example=(
            "operations.flights.departures has intervals to 2013-12-31, and what it reads "
            "(operations.flights.raw) now ends with 2013-06-30: it went back in time"
        ),
    ),
    Code(
        code="MW-P204",
        title="Some intervals alone of another definition",
        meaning=(
            "With `--interval` only some intervals would be built, and the dataset is defined otherwise than when"
            " the version that stands was built, so that the others could not be kept: the new version would lack"
            " them."
        ),
        fix=(
            "Run without `--interval`, which builds all of them; set `forward_only: true`, and the others keep "
            "their definition; or try the intervals in a sandbox, whose versions may lack some."
        ),
        example=(
            "operations.flights.departures is defined otherwise than when 1b2c3d4e5f60 was built: with some "
            "intervals alone it would lose all the others"
        ),
    ),
    Code(
        code="MW-P205",
        title="The inputs hold nothing there",
        meaning=("`--interval` asks for intervals of which no input holds a row."),
        fix=("Ask for intervals between the ones that the message names."),
        example=(
            "the inputs of operations.flights.departures hold nothing from 2014-01-01T00:00Z to "
            "2014-02-01T00:00Z; they hold 2013-01-01 to 2013-12-31"
        ),
    ),
    Code(
        code="MW-P206",
        title="Parts that stay cannot be read with a new type",
        meaning=(
            "A dataset with `forward_only: true` keeps the parts of its earlier definition, and reads them with the columns of "
            "the present one. A column has a type now that does not hold every value of its old one."
        ),
        fix="Name the new column otherwise, keep or widen its type, or take `forward_only` away, so that all is built anew.",
        example=(
            "operations.flights.departures goes forward only, and column 'delay' was VARCHAR and is INTEGER now: "
            "parts that stay cannot be read as that"
        ),
    ),
    Code(
        code="MW-R070",
        title="A part has other columns than the others",
        meaning=(
            "All parts of one definition must have the same columns. A Python function gave a table with other "
            "columns, or of other types, for one interval than for another; types that are inferred from the "
            "values (a column that is empty on one day) do this."
        ),
        fix=("Declare the node's `columns`, so that every part is stored with these types."),
        example=(
            "the interval from 2013-01-05T00:00Z of operations.flights.delays has other columns than the others: "
            "'minutes' INTEGER (elsewhere DOUBLE)"
        ),
    ),
    Code(
        code="MW-R071",
        title="A part was collected meanwhile",
        meaning=(
            "A garbage collection deleted a part that the run had found, before the version that lists it was "
            "recorded. Nothing is lost: the version was not made."
        ),
        fix=("Run the command again; it builds what is missing."),
        example=("a part of operations.flights.departures was collected as garbage while its version was put together"),
    ),
    Code(
        code="MW-R072",
        title="Not an interval",
        meaning=(
            "`--interval` takes two ends joined by two dots, the end excluded; each is a date, a month or a moment."
        ),
        fix=("Write for example `--interval 2013-01-01..2013-02-01`."),
        example=("'2013-02-01..2013-01-01' is no interval: its end is not after its start"),
    ),
    Code(
        code="MW-R073",
        title="An interval off the grain",
        meaning=(
            "An end of `--interval` is not where an interval of a selected dataset begins. Parts are whole "
            "intervals, so nothing can be built for a piece of one."
        ),
        fix=(
            "Write one of the two moments that the message names; where datasets of several grains are selected, "
            "an end must fit all of them."
        ),
        example=("2013-01-05T07:30Z is not where a day of operations.flights.departures begins"),
    ),
    Code(
        code="MW-R074",
        title="Nothing is built by interval",
        meaning=("`--interval` was given, and none of the datasets that the selection names is built by interval."),
        fix=("Select datasets that have `incremental: {by, grain}`, or leave `--interval` out."),
        example=("--interval asks for intervals, and nothing that is selected is built by interval"),
    ),
    Code(
        code="MW-R075",
        title="A file of an appended source changed",
        meaning=(
            "A source with `incremental: {append: true}` reads each file once and keeps its rows. A file that was read has "
            "other bytes now; reading it again would count its old rows twice. Nothing is built of it; what is published "
            "stays. A file that was renamed, or that is gone, changes nothing: its rows stay."
        ),
        fix="Put new rows into new files. To take the files as they are now, `mw run DATASET --refresh` reads all of them anew.",
        example=(
            "drop/2013-01-05.csv changed since operations.flights.raw read it, and what is appended is never read twice: "
            "the source does not only grow"
        ),
    ),
)
