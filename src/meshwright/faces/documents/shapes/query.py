"""The answer of a query."""

from __future__ import annotations

from typing import Literal, TypedDict

from meshwright.faces.documents.shapes.base import Json


class QueryColumn(TypedDict):
    """A column of an answer."""

    name: str
    type: str


class Query(TypedDict):
    """Rows, each an object by column, and what the columns are."""

    schema: Literal["meshwright/query/1"]
    columns: list[QueryColumn]
    rows: list[dict[str, Json]]
