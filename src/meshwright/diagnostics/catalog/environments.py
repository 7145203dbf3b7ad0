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
        code="MW-S110",
        title="nothing to promote",
        meaning="The sandbox shows exactly what the environment beneath it showed.",
        fix="`mw run --env SANDBOX` builds what the files change; then promote.",
        example="sandbox 'fix-delays' shows what prod showed: there is nothing to promote",
    ),
    Code(
        code="MW-S111",
        title="base moved on",
        meaning="Since the generation that the sandbox lies over, the environment replaced something that the promotion would replace, "
        "or that the sandbox was built from. Promoting would undo or mix that work.",
        fix="`mw env rebase SANDBOX`, `mw run --env SANDBOX`, and promote again: only what is concerned is built anew.",
        example="prod moved on since generation 10, which sandbox 'fix-delays' lies over: it replaced operations.flights; "
        "nothing was changed",
    ),
    Code(
        code="MW-S112",
        title="pinned in the target",
        meaning="Something that the promotion would move is held on purpose in the environment.",
        fix="Ask who pinned it; then `mw promote SANDBOX --unpin` moves and lifts in one step.",
        example="operations.flights is pinned in prod by ana@build1 since 2026-11-28 09:15 UTC: wrong counts; nothing was changed",
    ),
    Code(
        code="MW-S113",
        title="other files",
        meaning="What stands in the sandbox was published from other files of a product than those that are here, so the rules that are "
        "here would judge something else.",
        fix="Run the files into the sandbox, or check out what it was run with.",
        example="files of operations.flights are not those that sandbox 'fix-delays' was run with",
    ),
    Code(
        code="MW-S114",
        title="other target",
        meaning="A sandbox is promoted to the environment that it lies over; only of that it is known what moved since.",
        fix="Leave `--to` away, or make a sandbox over the other environment.",
        example="sandbox 'fix-delays' lies over 'prod', and is promoted to that alone",
    ),
    Code(
        code="MW-S115",
        title="wrong key of a comparison",
        meaning="`--key` of `mw env diff` names columns by which rows of two versions are matched, and no dataset that differs has them "
        "in both of its versions.",
        fix="Name columns that the dataset has, or leave `--key` away: rows are then compared as wholes.",
        example="no dataset that differs has the key (order_idd) in both versions",
    ),
    Code(
        code="MW-S116",
        title="wrong tolerance",
        meaning="The distance at which two floats are equal is a finite number, 0 or greater.",
        fix="Give a number such as `1e-6`.",
        example="-1.0 is no tolerance",
    ),
    Code(
        code="MW-S120",
        title="protected environment",
        meaning="The environment is protected in `mesh.yaml`: code that is new there comes by promotion, or from the tip of its branch. "
        "Runs that build new data with the code that stands are always allowed.",
        fix="Build it in a sandbox and promote that, or commit it and run from the tip of the branch.",
        example="prod is protected, and this run would change the code of operations.flights: it was not promoted, and is not the "
        "tip of branch main; nothing was changed",
    ),
    Code(
        code="MW-S201",
        title="generation not kept",
        meaning="The environment had this generation, and it is older than `retention.generations` of `mesh.yaml`: what it showed may "
        "be deleted.",
        fix="Name one that is kept: `mw env show ENV --history` lists them.",
        example="generation 3 of prod is not kept any more",
    ),
    Code(
        code="MW-S202",
        title="no way back",
        meaning="A rollback goes one generation back unless it is told where to, and the environment has no earlier one.",
        fix="`mw env show ENV --history` lists its generations.",
        example="prod has no generation to go back to",
    ),
    Code(
        code="MW-S203",
        title="nothing to move",
        meaning="What the rollback is about shows already what it showed in that generation.",
        fix="`mw env show ENV --history` lists what changed in which generation; name an earlier one with --to.",
        example="prod shows that already; nothing was changed",
    ),
    Code(
        code="MW-S204",
        title="nothing to pin",
        meaning="Only a dataset or a product that the environment points to, or pointed to in that generation, can be held.",
        fix="Correct the name; publish it first where it is new.",
        example="no dataset or product 'operations.flight' stands in prod",
    ),
    Code(
        code="MW-S205",
        title="not pinned",
        meaning="There is no pin to lift on this object.",
        fix="`mw env show ENV` lists the pins.",
        example="'operations.flights' is not pinned in prod",
    ),
    Code(
        code="MW-S206",
        title="never published",
        meaning="A dataset is held at a version that readers have seen before, so that nothing untested can be shown by a pin.",
        fix="Name a generation, or a version that was published; a candidate is published by a run.",
        example="no version 91ab03 of operations.flights.departures was ever published in prod",
    ),
    Code(
        code="MW-S207",
        title="product not published",
        meaning="A dataset moves with the manifest of its product, and the product was not published then or is not now.",
        fix="Move the product as a whole: `mw pin PRODUCT --to GENERATION`.",
        example="product operations.flights is not published now, or was not then, so operations.flights.departures cannot move alone",
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
