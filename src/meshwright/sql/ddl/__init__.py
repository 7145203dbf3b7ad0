"""Data definition: CREATE TABLE of any dialect into tables, and tables into CREATE TABLE of the dialects that are known.

Pure functions over text; sqlglot stays inside.
"""

from meshwright.sql.ddl.drafts import ColumnDraft, TableDraft, add_condition
from meshwright.sql.ddl.reading import DIALECTS, TablesRead, read_condition, read_tables
from meshwright.sql.ddl.types import read_type
from meshwright.sql.ddl.typewriting import settled, type_text
from meshwright.sql.ddl.writing import WRITTEN_DIALECTS, TablesWritten, write_tables

__all__ = [
    "DIALECTS",
    "WRITTEN_DIALECTS",
    "ColumnDraft",
    "TableDraft",
    "TablesRead",
    "TablesWritten",
    "add_condition",
    "read_condition",
    "read_tables",
    "read_type",
    "settled",
    "type_text",
    "write_tables",
]
