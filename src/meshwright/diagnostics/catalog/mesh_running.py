"""Codes MW-M42x: how nodes run: limits, and lists that they fan out over."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-M420",
        title="settings of no tool",
        meaning="A warning: `tools` of `mesh.yaml` names what no installed tool is called. Its options and its `concurrency` hold for nobody.",
        fix="Correct the name, or install the package that brings the tool.",
        example="MW-M420 mesh.yaml:4:9 'tools' names 'airfow', and no installed tool is called so: what it says has no effect",
    ),
    Code(
        code="MW-M421",
        title="for_each that cannot be",
        meaning=(
            "`for_each` of a model or a Python node is a list of at most 500 values of one type, written out where it stands: a plan "
            "knows every item. It stands beside neither `incremental`, `as: none` nor `source`."
        ),
        fix="Write such a list; or let the node read the list from a dataset, or a node of a tool fan out.",
        example=(
            "MW-M421 domains/fleet/planes/pipeline.yaml:4:30 'for_each' of node 'loads' is a reference, and the list must be "
            "known before anything runs"
        ),
    ),
    Code(
        code="MW-M422",
        title="rows that would come twice",
        meaning="An item stands twice in `for_each`, or the model or function does not use `item`: the same rows would come of several items.",
        fix="Keep an item once; use `$item` in the model, or a parameter `item` in the function.",
        example="MW-M422 domains/fleet/planes/pipeline.yaml:4:34 'eu' stands twice in 'for_each' of node 'loads': its rows would be there twice",
    ),
    Code(
        code="MW-M423",
        title="parameter hidden by an item",
        meaning="A parameter is called `item`, which in the code of a node with `for_each` is the item.",
        fix="Rename the parameter.",
        example="MW-M423 domains/fleet/planes/pipeline.yaml:4:12 parameter 'item' of node 'loads' is hidden: there $item is an item of 'for_each'",
    ),
)
