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
)
