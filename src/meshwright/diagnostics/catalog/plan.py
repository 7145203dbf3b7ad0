"""Codes MW-Pxxx: plan gate and publication."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-P301",
        title="The version of a contract does not answer its changes",
        meaning=(
            "`contract diff` compared two contracts, and the version of the new one did not rise as the greatest level of the "
            "changes demands: a new first number for what breaks readers, a new second one for more to rely on, a new third one for "
            "words (below 1.0.0 each one further). Readers tell from the version whether a change asks something of them. In a mesh "
            "the policy `rising_versions` says the same (MW-V101)."
        ),
        fix="Set the version that the message names, or a later one; or take back what breaks readers.",
        example=(
            "MW-P301 new.odcs.yaml:4:10 version is 1.0.0 still, where 2.0.0 is the least that will do (its changes are major: "
            "column mail of dataset orders removed)"
        ),
    ),
    Code(
        code="MW-P302",
        title="The version of a contract is no number",
        meaning=(
            "Whether a version rose can be told of sequences of numbers alone (`1.2.0`, `v2`, `2.0.0-rc.1`); one of the two is "
            "something else, so that nobody can tell whether it answers the changes."
        ),
        fix="Write versions as numbers, for example 1.2.0.",
        example="MW-P302 new.odcs.yaml:4:10 whether version 'spring' rises from '1.0.0' as it should cannot be judged: 'spring' is no number",
    ),
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
