"""Codes MW-Sxxx: sandboxes, promotion, rollback, pins and what is kept."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-S101",
        title="name taken",
        meaning="There is an environment or a sandbox of this name already, and making one anew would lose what it shows.",
        fix="Take another name, or give the sandbox up with `mw env delete NAME`.",
        example="there is an environment 'fix-delays' already; nothing was changed",
    ),
    Code(
        code="MW-S102",
        title="sandbox expired",
        meaning="The sandbox was not used for as long as it was to be kept; garbage collection may take it away at any time.",
        fix="`mw env extend NAME` puts its end off, `mw env delete NAME` gives it up.",
        example="sandbox 'fix-delays' expired at 2026-11-28 09:15 UTC; nothing was changed",
    ),
    Code(
        code="MW-S103",
        title="base gone",
        meaning="The environment that the sandbox lies over is not declared in `mesh.yaml` any more, so nobody knows its settings.",
        fix="Declare the environment again, or give the sandbox up with `mw env delete NAME`.",
        example="sandbox 'fix-delays' lies over environment 'qa', which mesh.yaml does not declare any more",
    ),
    Code(
        code="MW-S104",
        title="sandbox over a sandbox",
        meaning="A sandbox lies over an environment that the mesh declares, never over another sandbox.",
        fix="Make it over what the other one lies over.",
        example="'fix-delays' is a sandbox itself, and sandboxes lie over environments that are none",
    ),
    Code(
        code="MW-S105",
        title="no sandbox",
        meaning="What was asked for is done to sandboxes alone, and this is an environment that the mesh declares.",
        fix="Name a sandbox; `mw env list` shows them.",
        example="'prod' is no sandbox: mesh.yaml declares it",
    ),
    Code(
        code="MW-S106",
        title="wrong time to live",
        meaning="The time after which a sandbox expires is not a duration of at least a second, nor `never`.",
        fix="Write an integer and ms, s, m, h, d or w, for example `7d`; or `never`.",
        example="'a week' is no time to keep a sandbox",
    ),
    Code(
        code="MW-S107",
        title="wrong name of a sandbox",
        meaning="Sandboxes are named like environments: a lower-case letter, then up to 47 lower-case letters, digits, `_` or `-`.",
        fix="Take another name.",
        example="'Fix Delays' cannot name a sandbox",
    ),
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
)
