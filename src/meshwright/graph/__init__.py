"""Datasets and how they hang together: the graph, the selection syntax, column lineage. Pure values, no parser loaded."""

from meshwright.graph.build import build_graph
from meshwright.graph.dag import Graph
from meshwright.graph.lineage import (
    ColumnEdge,
    ColumnLineage,
    Influence,
    compose_lineage,
    downstream_columns,
    upstream_columns,
    used_columns,
)
from meshwright.graph.nested import nested_findings
from meshwright.graph.offers import Offers
from meshwright.graph.references import place_of_reference
from meshwright.graph.selection import CHANGED, names_changed, select, split_words
from meshwright.graph.uses import told_once
from meshwright.graph.variations import is_plain, of_variation, plain_graph, without_echoes
from meshwright.graph.walk import ancestors, descendants

__all__ = [
    "CHANGED",
    "ColumnEdge",
    "ColumnLineage",
    "Graph",
    "Influence",
    "Offers",
    "ancestors",
    "build_graph",
    "compose_lineage",
    "descendants",
    "downstream_columns",
    "is_plain",
    "names_changed",
    "nested_findings",
    "of_variation",
    "place_of_reference",
    "plain_graph",
    "select",
    "split_words",
    "told_once",
    "upstream_columns",
    "used_columns",
    "without_echoes",
]
