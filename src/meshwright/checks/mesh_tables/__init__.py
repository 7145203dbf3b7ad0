"""The mesh's own description as small typed tables: what policies are written over. Pure values in, pure values out."""

from meshwright.checks.mesh_tables.declared import BY_NAME, SCHEMA, TABLES, TABLES_VERSION, MeshTable, TableColumn
from meshwright.checks.mesh_tables.facts import Cell, MeshFacts, Row
from meshwright.checks.mesh_tables.make import make_rows

__all__ = [
    "BY_NAME",
    "SCHEMA",
    "TABLES",
    "TABLES_VERSION",
    "Cell",
    "MeshFacts",
    "MeshTable",
    "Row",
    "TableColumn",
    "make_rows",
]
