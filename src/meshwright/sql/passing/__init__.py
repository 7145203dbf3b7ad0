"""Which columns pass through a statement unchanged, but for being cut to an interval: what `incremental: {by}` rests on.

Lineage (`sql.lineage`) widens where it cannot tell; here the opposite is safe: what cannot be told from the query's shape
alone does not count. The columns of tables are not known, so a table is a relation that may hold a column of any name.
"""

from meshwright.sql.passing.timecolumns import find_time_columns

__all__ = ["find_time_columns"]
