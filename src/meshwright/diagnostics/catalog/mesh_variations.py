"""Codes MW-M26x: variations of pipelines, and the parameter values that variations and environments set."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-M261",
        title="value for an undeclared parameter",
        meaning=(
            "A variation or an environment sets a parameter that nothing declares where it holds: for a variation the "
            "product's nodes, its pipeline, the domain or the mesh, for an environment anything in the mesh. "
            "Variations and environments set values, they declare nothing."
        ),
        fix="Correct the name, or declare the parameter under `params` of the pipeline, the domain or the mesh.",
        example=(
            "MW-M261 domains/fleet/planes/pipeline.yaml:9:30 variation 'canary' sets parameter 'leest', which is "
            "declared nowhere in fleet.planes"
        ),
    ),
    Code(
        code="MW-M262",
        title="unknown node in a variation",
        meaning=(
            "A word under `nodes` of a variation names no node of the product, or is no such word: names of nodes, with "
            "`+` before or after for what is up or down stream in the product, `*` for any name."
        ),
        fix="Name nodes of the product.",
        example=(
            "MW-M262 domains/fleet/planes/pipeline.yaml:9:40 '+plans' of variation 'canary' names no node of fleet.planes"
        ),
    ),
    Code(
        code="MW-M263",
        title="variation without nodes",
        meaning="`nodes` of a variation is an empty list, so there is nothing that it could build.",
        fix="Name nodes, or leave `nodes` out for all of them.",
        example="MW-M263 domains/fleet/planes/pipeline.yaml:9:22 variation 'canary' chooses no node",
    ),
    Code(
        code="MW-M264",
        title="variation leaves out what a node waits for",
        meaning=(
            "A node that a variation chooses comes `after` another node that the variation leaves out. It would wait for "
            "something that the variation never does."
        ),
        fix="Choose the other node as well.",
        example=(
            "MW-M264 domains/fleet/planes/pipeline.yaml:9:22 variation 'canary' chooses 'old', which comes after "
            "'planes', but leaves 'planes' out"
        ),
    ),
)
