"""Codes MW-H2xx: queries of consumers by URL."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-H201",
        title="The query uses what a query must not",
        meaning=(
            "A query by URL is one SELECT over datasets that the caller may see, with functions that work on their values. "
            "What reads files, settings, the catalog, the clock or the environment, other table functions, and whatever is on "
            "no list of what is allowed, is refused before anything runs."
        ),
        fix="Use another function; pass a moment, or what you would have read, as a parameter `$name`.",
        example="MW-H201 query:1:15 a query must not call 'read_csv'",
    ),
    Code(
        code="MW-H202",
        title="No such dataset for the caller",
        meaning=(
            "The query names a dataset that is not published in the environment, or that the caller may not see: viewers read "
            "what ports promise. Which of the two it is, is not told."
        ),
        fix="Write `domain.product.dataset` of a dataset that a port holds; `GET /api/v1/products/DOMAIN.PRODUCT` lists them.",
        example="MW-H202 query:1:15 there is no dataset 'sales.orders.lines' that you may read in prod",
    ),
    Code(
        code="MW-H203",
        title="The parameters do not fit the query",
        meaning="Each `$name` of a query needs a value in `params`, and each value a `$name`; values are texts, numbers, true, false, null and lists of them.",
        fix="Give exactly the parameters that the query names.",
        example="MW-H203 query:1:1 the parameter '$since' has no value",
    ),
    Code(
        code="MW-H204",
        title="The query fails on a row",
        meaning=(
            "A value cannot be cast, divided, or taken by a function. The value itself is not told: it may be of a row that the "
            "caller may not see."
        ),
        fix="Use TRY_CAST, TRY or NULLIF, or leave such rows out.",
        example="MW-H204 query:1:8 a value cannot be cast",
    ),
    Code(
        code="MW-H205",
        title="The query takes too long",
        meaning="From its start until its last row is taken, a query has a limited time; then its process is ended.",
        fix="Read less, aggregate, take the answer faster, or make a dataset of it.",
        example="MW-H205 the query takes more than 60 seconds",
    ),
    Code(
        code="MW-H206",
        title="The query needs too much memory",
        meaning="The memory, and the disk for what does not fit into it, of a query are limited; its process is ended beyond.",
        fix="Read less, or aggregate.",
        example="MW-H206 the query needs more memory than a query may use",
    ),
    Code(
        code="MW-H207",
        title="The answer is too large",
        meaning="The rows and bytes of an answer are limited. One that turns out larger while it is sent is cut off, as a broken connection.",
        fix="Aggregate, or ask for less with `limit`; whole ports are read by `GET .../data`.",
        example="MW-H207 the answer has more than 5,000,000 rows",
    ),
    Code(
        code="MW-H208",
        title="The query ended its own process",
        meaning="The process of the query was ended by the system: it took memory faster than is watched, or met an error of the engine. Nobody else's query was in it.",
        fix="Read less, or write the query in another way.",
        example="MW-H208 the query's process ended by itself, as it does where memory runs out or a text is nested too deeply",
    ),
    Code(
        code="MW-H209",
        title="The query cannot be answered now",
        meaning="The process of the query cannot be started, is gone, or cannot read the files of a dataset.",
        fix="Ask again; if it stays, look at the server's log and `mw verify`.",
        example="MW-H209 what the query reads cannot be read now",
    ),
    Code(
        code="MW-H210",
        title="Too many queries",
        meaning="So many queries run at once, fewer of one caller, and a limited number waits for a place. The answer has a `Retry-After`.",
        fix="Ask again in a few seconds.",
        example="MW-H210 as many queries run and wait as the server lets run and wait",
    ),
    Code(
        code="MW-H211",
        title="No such version for the caller",
        meaning=(
            "A query by URL reads versions that are, or were, published in the environment, of datasets that the caller may see; "
            "candidates are read with `mw query --version` where they were built."
        ),
        fix="Give the whole id of a published version, or leave `version` out.",
        example="MW-H211 no version '1f3a' that you may read was published in prod",
    ),
    Code(
        code="MW-H212",
        title="The answer is one that the caller has",
        meaning="`If-None-Match` names the answer that this query would have: nothing it reads has changed. It is not made again.",
        fix="Use the answer that you have.",
        example="MW-H212 the answer is the one that you have",
    ),
)
