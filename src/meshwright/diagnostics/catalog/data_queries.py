"""Codes MW-H1xx: data by URL."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-H101",
        title="filter, order or columns that cannot be read",
        meaning="The text does not follow the grammar. The place counts its characters from 1. Nothing was read.",
        fix="See [filters](data-filters.md); texts stand in single quotes, names with other characters in double quotes.",
        example="filter:1:9 a value is missing, and 'ana' stands there",
    ),
    Code(
        code="MW-H102",
        title="unknown column in a data query",
        meaning="The port's contract has no column, or its column no field, of this name. Nothing was read.",
        fix="Use a name of the contract: `mw show DOMAIN.PRODUCT/PORT`.",
        example="filter:1:1 no column 'custmer' in sales.orders/orders",
    ),
    Code(
        code="MW-H103",
        title="value or test that does not suit a column",
        meaning="A value in a filter is none of its column's type: a number with more places, a day that is none, a text where "
        "there are numbers. Values are never rounded to fit. Lists, maps, objects and JSON can be asked for `is null` alone.",
        fix="Write the value as the fix shows.",
        example="filter:1:10 'yesterday' is no value of placed, which is DATE",
    ),
    Code(
        code="MW-H104",
        title="data query that is too long",
        meaning="Filters, orders and lists of columns are bounded in characters, conditions, values and depth.",
        fix="Ask for less at a time, or fetch more rows and choose among them.",
        example="a filter has at most 1,000 values",
    ),
    Code(
        code="MW-H105",
        title="parameter of a data query that cannot be used",
        meaning="A parameter is unknown, given twice, no number where one is needed, or contradicts another one.",
        fix="Write it as the fix shows.",
        example="limit is 'many', and is a whole number from 0 to 1000000000",
    ),
    Code(
        code="MW-H106",
        title="cursor that does not go on with this query",
        meaning="A cursor is good for the query that it came from: the same dataset, columns, filter, order and environment. "
        "It is opaque; whatever it says is looked at as if it were written by hand.",
        fix="Follow the link with rel=\"next\" as it is, or leave the cursor out to begin again.",
        example="the cursor comes from another query",
    ),
    Code(
        code="MW-H107",
        title="port, version or dataset of a port that is not published",
        meaning="Data is read through ports as they were published. A port in the files alone is not there yet; a dataset is read "
        "through the ports whose contract holds it.",
        fix="Use one that the fix names, or publish it: `mw run DOMAIN.PRODUCT`.",
        example="no port 'order' of sales.orders is published in prod",
    ),
    Code(
        code="MW-H108",
        title="port that holds several datasets",
        meaning="The address names the port alone, and its contract has several schema objects.",
        fix="Name the dataset: `/ports/PORT/DATASET/data`.",
        example="sales.orders/orders holds orders and lines",
    ),
    Code(
        code="MW-H109",
        title="version that was not published here",
        meaning="By its id a version is read where it stands, or stood in a generation that is kept, under this dataset's name in "
        "this environment. Candidates and versions of others are not.",
        fix="Use an id that the answers of this address had as Meshwright-Version, or leave it out for what stands now.",
        example="version 'abc123' was not published as sales.orders.orders in prod",
    ),
    Code(
        code="MW-H110",
        title="the rows that a cursor goes on with are not there any more",
        meaning="The version's files were written anew since (a repair, a compaction), or what is hidden in the sandbox changed, so "
        "that positions mean other rows.",
        fix="Begin again without the cursor.",
        example="sales.orders.orders was rewritten since the cursor was made",
    ),
    Code(
        code="MW-H111",
        title="format that is not written",
        meaning="Rows are written as json, ndjson, csv, parquet and arrow. `format` says which; without it the Accept header does.",
        fix="Use one of those, or Accept: application/json.",
        example="format 'xml' is not written",
    ),
    Code(
        code="MW-H112",
        title="too many readers at once",
        meaning="A server lets so many answers be read at the same time, and as many as there is memory for, so that no client takes it "
        "from the others. Requests wait for room in their order.",
        fix="Try again in the seconds that Retry-After says.",
        example="8 answers are being read, and within 30 seconds there was no room for one more",
    ),
    Code(
        code="MW-H113",
        title="answer that took too long",
        meaning="An answer has a time limit, in which its client has to take it as well. One that was begun is cut off: the "
        "connection ends without the mark of its end.",
        fix="Ask for fewer columns or rows, page by `limit`, or order by nothing.",
        example="the rows were not ready within 600 seconds",
    ),
    Code(
        code="MW-H114",
        title="rows that need too much memory",
        meaning="All data queries of a server share a bound of memory (160 MB in DuckDB, or what `mw serve --data-memory` says) and "
        "of disk to spill to. Rows in their own order stream through it whatever their number; to order them takes room, and so do "
        "2,048 rows of texts that have megabytes each.",
        fix="Order by nothing, or ask for fewer columns and rows. A whole dataset as Parquet needs no memory where it is one file.",
        example="the rows of sales.orders.orders in this order need more memory or disk than data queries may use",
    ),
    Code(
        code="MW-H115",
        title="nothing that is promised now",
        meaning="What is promised now bounds what is read of the past and of sandboxes: of an old generation or version a viewer reads "
        "the columns that the contract promised then and some port of the product promises still, and of a sandbox those that its "
        "base promises. Here nothing is left of them: the dataset is in no port any more, or not yet in one of the base.",
        fix="Read another port. A token of the domain, or an administrator's, reads all that was published.",
        example="sales.orders/orders (orders) holds nothing that is promised now",
    ),
)  # fmt: skip
