"""Codes MW-S0xx: triggers, the scheduler, and runs that others than persons start."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-S001",
        title="run id taken",
        meaning=(
            "A run was to begin under an id that its starter chose (`mw run --run-id`), and a run of this id is recorded "
            "already. It is refused, so that one start is one run however often it is asked for."
        ),
        fix="Look at the run that there is: `mw runs show ID`. For another run take another id.",
        example="MW-S001 there is a run 20260131T050000-load already; nothing was started",
    ),
    Code(
        code="MW-S002",
        title="no id of a run",
        meaning="The value of `--run-id` cannot be an id: 6 to 64 letters, digits, `.`, `_` or `-`, the first a letter or digit.",
        fix="Take another id, or leave it away.",
        example="MW-S002 'my run' cannot be the id of a run",
    ),
    Code(
        code="MW-S003",
        title="cause of a run cannot be read",
        meaning="A program that starts a run said why in a form that is not the one of causes.",
        fix="Give an object with `kind`, `name`, `at` (with a time zone), `events` and `key`.",
        example="MW-S003 '--cause' cannot be read: 'name'",
    ),
)
