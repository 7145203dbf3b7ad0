"""The tables as a reference page."""

from __future__ import annotations

from meshwright.checks.mesh_tables.declared import SCHEMA, TABLES, TABLES_VERSION, MeshTable

_HEAD = f"""# Mesh tables

```sql
select product, port, file, line, 'no freshness objective' as message
from {SCHEMA}.ports where freshness_s is null
```

The mesh's own description as tables, for [policies](../how-to/policies.md). They hold what files say and what is known without
reading data; rows are made from the files as they are, not from what was published (but for `{SCHEMA}.versions` and the
columns that say so). This page is made from the code: `make docs` writes it.

- Version {TABLES_VERSION}. Tables and columns may be added; none is taken away or changes its meaning without a new version.
- Addresses are written in full: `domain.product`, `domain.product/port`, `domain.product.dataset`, `domain.product.dataset.column`.
- Lists (`VARCHAR[]`) are empty rather than null: `list_contains(tags, 'pii')`, `len(owners) = 0`.
- `file` and `line` lead to the place; a policy that selects them gives its findings that place.
- `$today` is the day of the check in UTC, a DATE. There is no clock besides.
"""


def render_mesh_tables() -> str:
    """Return the whole page."""
    listed = "\n".join(f"- [`{table.full_name}`](#mesh{table.name}): {table.description}" for table in TABLES)
    return f"{_HEAD}\n{listed}\n\n" + "\n".join(_section(table) for table in TABLES)


def _section(table: MeshTable) -> str:
    rows = "\n".join(f"| `{column.name}` | {column.type} | {column.description} |" for column in table.columns)
    return f"## {table.full_name}\n\nOne row is {table.description}.\n\n| column | type | |\n|---|---|---|\n{rows}\n"
