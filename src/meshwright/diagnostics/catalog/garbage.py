"""Codes MW-S4xx: garbage collection and compaction."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-S401",
        title="garbage is being collected",
        meaning="Another `mw gc` is at work on this state; two at once would only be in each other's way.",
        fix="Wait for it to end. One that was killed is not waited for; one on another host that died, for a minute.",
        example="another collection is at work: ana@alpha (pid 4711)",
    ),
    Code(
        code="MW-S402",
        title="nothing to explain",
        meaning="`mw gc --explain` takes the id of a version, the beginning of one (6 characters or more) that no other has, "
        "or the name of a dataset that has versions.",
        fix="`mw show DATASET` lists the versions of a dataset.",
        example="no version or dataset 'sales.ordrs.orders'",
    ),
    Code(
        code="MW-S403",
        title="file not deleted",
        meaning="A version was deleted, and the file system would not delete a file of it. Nothing shows the file; it is waste.",
        fix="Mend what the message names; the next `mw gc` deletes it.",
        example="'sales/orders/orders/4f5c/a-0.parquet' was not deleted: the store failed: Input/output error",
    ),
    Code(
        code="MW-S404",
        title="deleted meanwhile",
        meaning="What was to be shown was needless for longer than `retention.grace`, and garbage collection deleted it "
        "between the plan and the publication. A run plans again by itself; a rollback or a rebase looks again when it is "
        "given again.",
        fix="Run the command again.",
        example="what 'sales.orders.orders' would show was deleted by garbage collection meanwhile; nothing was changed in prod",
    ),
    Code(
        code="MW-S405",
        title="parts not compacted",
        meaning="`mw compact` left parts in the files that they have: one of these is not as it was written, or what was "
        "written together does not hold the very rows of the parts. Nothing was changed.",
        fix="`mw verify --repair` builds damaged parts again; then give `mw compact` again.",
        example="128 parts of operations.flights.departures from 2024-01-01 stay as they are: "
        "operations/flights/departures/4f5c/a-0.parquet: missing",
    ),
)
