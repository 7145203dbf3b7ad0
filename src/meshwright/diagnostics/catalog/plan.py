"""Codes MW-Pxxx: plan gate and publication."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-P101",
        title="An input was never published",
        meaning=(
            "The command was given a selection, and a selected dataset reads one that is outside the selection. Datasets "
            "outside the selection are read as they stand in the environment, and this one has no published version there, "
            "so there is nothing to read. The dataset and what is built from it are blocked; the rest of the plan goes on."
        ),
        fix="Run the input too: put '+' before the dataset in the selection, or leave the selection out.",
        example="operations.flights.late reads weather.observations.hourly, which was never published in this environment",
    ),
    Code(
        code="MW-P102",
        title="A rule reads a dataset that was never published",
        meaning=(
            "A stop rule of a selected dataset reads another dataset that is neither selected nor published in the "
            "environment. The rule cannot be measured, and what a stop rule has not passed is not published. Rules that log "
            "or warn are left unmeasured instead, with a note."
        ),
        fix="Select the other dataset as well, or run the whole mesh once.",
        example=(
            "rule 'file:same_rows' of operations.flights.late reads reference.airports.all, "
            "which was never published in this environment"
        ),
    ),
    Code(
        code="MW-P103",
        title="A source was not observed",
        meaning=(
            "Sources are looked at before planning, and the plan got no observation of this one. This does not come from "
            "your files: meshwright asked for a plan without having looked at all sources in it."
        ),
        fix="Run the command again; if it happens again, report it as a defect.",
        example="source operations.flights.raw_flights was not observed before planning",
    ),
)
