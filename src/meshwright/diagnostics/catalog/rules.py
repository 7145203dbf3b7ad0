"""Codes MW-L045 and MW-L046: what the command line is asked about single rules."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-L045",
        title="No dataset to show rules of",
        meaning="`mw show --rules` and `--rule` are about the rules of one dataset; a domain, product or port has none of its own.",
        fix="Name a dataset of it: `mw show DOMAIN.PRODUCT` lists them.",
        example="MW-L045 'sales.orders' is no dataset, and rules are of datasets",
    ),
    Code(
        code="MW-L046",
        title="No such rule",
        meaning=(
            "The dataset has no rule of that id, and never had one that was measured; or several rules have the id without "
            "its beginning (`required(id)` for `contract:required(id)`)."
        ),
        fix="`mw show DATASET --rules` lists the ids.",
        example="MW-L046 no rule is called 'contract:requird(id)'",
    ),
)
