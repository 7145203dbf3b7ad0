"""Codes MW-O0xx: what outside tools tell of their jobs, runs and datasets, and the names by which datasets are known outside."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-O001",
        title="alias of no dataset",
        meaning="`aliases` of a pipeline gives another name to something that is no dataset of the product.",
        fix="Correct the name: `aliases` is dataset -> list of names that outside tools know it by.",
        example=(
            "MW-O001 domains/operations/flights/pipeline.yaml:3:3 'aliases' names 'departure', which is no dataset of "
            "operations.flights"
        ),
    ),
    Code(
        code="MW-O002",
        title="no name of a dataset",
        meaning="An alias is neither `{namespace: ..., name: ...}`, as OpenLineage names datasets, nor one text that says both.",
        fix=(
            'Write `{namespace: "snowflake://acme", name: DB.SCHEMA.TABLE}`, a path (`/data/orders`) or a URL with something behind '
            "its host (`s3://lake/marts/orders`)."
        ),
        example=(
            "MW-O002 domains/operations/flights/pipeline.yaml:4:7 'orders' does not say in which namespace the name is: an alias of "
            "departures"
        ),
    ),
    Code(
        code="MW-O003",
        title="one alias of two datasets",
        meaning="Two datasets have the same alias, in whatever spelling; what outside tools tell of it would be about both.",
        fix="Keep it with the dataset that it is another name of.",
        example=(
            "MW-O003 domains/fleet/planes/pipeline.yaml:4:7 's3://lake/marts/orders' is an alias of operations.flights.departures "
            "already: domains/operations/flights/pipeline.yaml:4:7"
        ),
    ),
    Code(
        code="MW-O004",
        title="alias of another dataset's place",
        meaning="An alias of one dataset is the place in the store, or the view in `environments/`, of another one of the mesh; what "
        "outside tools tell of that one would be about the wrong dataset.",
        fix="Remove it: what is told of a place of ours is found without an alias.",
        example=(
            "MW-O004 domains/fleet/planes/pipeline.yaml:4:7 'file:/mesh/.meshwright/store/operations/flights/departures' is where "
            "operations.flights.departures lies: an alias of fleet.planes.planes"
        ),
    ),
    Code(
        code="MW-O010",
        title="no event of OpenLineage",
        meaning=(
            "What was sent is no run, job or dataset event of OpenLineage (core 2), a facet that is read of it has another shape than "
            "its schema says, or it is larger or deeper than is read. Nothing of the body was taken in."
        ),
        fix="Correct what the message names; `docs/reference/observe.md` has the bounds.",
        example="MW-O010 event 3: 'run.runId' 'nightly' is no UUID",
    ),
    Code(
        code="MW-O011",
        title="idempotency key of another event",
        meaning=(
            "An event came with an idempotency key (`id`, or `Idempotency-Key`) that an event of another content has. It was not taken "
            "in: one of the two is not what its sender means."
        ),
        fix="Give each event its own key; send the same event again with the same key.",
        example="MW-O011 the idempotency key 'load-17' is that of another event",
    ),
    Code(
        code="MW-O012",
        title="event that is not as it should be",
        meaning="An event of an outside tool lacks what it is about, or says something that cannot be.",
        fix="Correct what the message names; `docs/reference/observe.md` describes each kind of event.",
        example="MW-O012 event 2: 'time' lies more than a day from now",
    ),
    Code(
        code="MW-O020",
        title="nothing outside is called so",
        meaning="No outside job, run or dataset of this name or id was told of; what nothing was heard of is forgotten after `retention.events`.",
        fix="`GET /api/v1/jobs` lists the jobs that were told of.",
        example="MW-O020 no outside job is called 'airflow://prod/nightly.lod'",
    ),
)
