"""Codes MW-V0xx: verbs about variations."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-V001",
        title="no such variation",
        meaning="`mw variation` is about one variation of one product, and what was given names none that the files declare "
        "or the environment has.",
        fix="Write `domain.product@variation`; `mw variation list` shows them.",
        example="MW-V001 operations.flights has no variation 'cannary'",
    ),
    Code(
        code="MW-V002",
        title="variation not published",
        meaning="The variation, or the product that it is compared with, is not published in the environment, so there is "
        "nothing to compare or to drop.",
        fix="Build it: `mw run operations.flights --variation canary`.",
        example="MW-V002 operations.flights@canary is not published in prod",
    ),
    Code(
        code="MW-V003",
        title="variation not as its files say",
        meaning="What is published of the variation is not what its files and sources would give now: what was tested and compared "
        "is not what would be promoted. Nothing was changed.",
        fix="Run the variation, compare again, then promote.",
        example="MW-V003 operations.flights@canary is not published as its files say: 1 dataset would be built",
    ),
    Code(
        code="MW-V004",
        title="a stronger level sets the parameter",
        meaning="Promoting a variation writes its values into `pipeline.yaml`, and the environment sets one of them itself, which is "
        "stronger. Nothing was changed.",
        fix="Change the value where the message says, then promote again.",
        example="MW-V004 mesh.yaml:7:28 environment qa sets min_distance to 50, which is stronger than pipeline.yaml",
    ),
    Code(
        code="MW-V005",
        title="nothing to promote",
        meaning="The variation sets no parameter: what it builds is what the product's own pipeline builds.",
        fix="Nothing needs to be done; `mw variation drop` takes its datasets out of the environment.",
        example="MW-V005 operations.flights@canary sets no parameter, so there is nothing to promote",
    ),
    Code(
        code="MW-V006",
        title="pipeline.yaml cannot be changed",
        meaning="A value cannot be written into the file without changing something else (an anchor that others use, a form "
        "that is not understood). The file is as it was.",
        fix="Write the values that the message names yourself.",
        example="MW-V006 domains/operations/flights/pipeline.yaml:3:3 the value of min_distance cannot be written here",
    ),
)
