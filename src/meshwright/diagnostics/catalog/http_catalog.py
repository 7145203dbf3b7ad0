"""Codes MW-H4xx: the catalog by URL."""

from meshwright.diagnostics.catalog.entry import Code

CODES: tuple[Code, ...] = (
    Code(
        code="MW-H401",
        title="list cannot be gone on with",
        meaning=(
            "A cursor goes on in what the catalog was when its list began. That is kept for some minutes, and can be made "
            "again as long as the mesh's files are the same and the generation is kept; neither is so any more."
        ),
        fix="Ask for the list again, without `cursor`.",
        example="MW-H401 what this list showed of prod is not kept any more",
    ),
    Code(
        code="MW-H402",
        title="no such form of a document",
        meaning="Contracts and descriptions of products are there as JSON and as YAML; the request accepts neither.",
        fix="Send `Accept: application/json` or `Accept: application/yaml`.",
        example="MW-H402 this document is there as JSON and as YAML, and neither is accepted",
    ),
)
