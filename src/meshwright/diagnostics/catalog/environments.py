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
        code="MW-S301",
        title="version for sandboxes alone",
        meaning=(
            "The version was built from masked or sampled data, or from what was. An environment that is no sandbox never "
            "points to it, whoever asks: its readers would take pseudonyms for values and a sample for all rows."
        ),
        fix="Run into the environment itself, or promote: both build the dataset from everything.",
        example="version 5c1e09 of crm.report.by_city was built from masked or sampled data and cannot stand in 'prod'; nothing was published",
    ),
    Code(
        code="MW-S302",
        title="wrong sample",
        meaning="A sandbox sees a share of the rows, more than 0 and up to 100 per cent, or a number of rows of at least 1; not both.",
        fix="Write for example `--sample 1%`, or `--rows 1000`.",
        example="'half' is no share of rows to see",
    ),
)
