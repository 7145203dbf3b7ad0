"""Makes the datasets that a caller may see exist in an instance, and shuts every other way to data.

A whole dataset is a view over its files. Of one that is reduced, or computed from what the caller may not see, the rows are
computed first into a table, and nothing stays of what they were computed from: DuckDB sees through its own views (statistics,
errors on rows that a filter leaves out), and a table holds nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from meshwright.engines.duckdb.consumers.values import Shown
from meshwright.engines.duckdb.names import BOUND_VIEWS, address, glob_safe, literals, quoted
from meshwright.engines.duckdb.namespaces import Namespace
from meshwright.engines.duckdb.views import files_of
from meshwright.engines.protocol import Relation

#: The catalog in which what is reduced lies while it is computed. No domain can have this name.
_WHOLE = "whole-rows"


def show_and_lock(connection: duckdb.DuckDBPyConnection, datasets: Mapping[str, Shown], product: str | None) -> None:
    """Make exactly `datasets` exist under their addresses, bare ones in `product`. Raises duckdb.Error."""
    namespace = Namespace(connection)
    for dataset in sorted(datasets):
        if not datasets[dataset].is_whole:
            namespace.ensure_product(dataset.rpartition(".")[0])
            _compute(connection, dataset, datasets[dataset])
    whole = {dataset: shown.relation for dataset, shown in datasets.items() if shown.is_whole}
    namespace.show(whole)
    if product:
        namespace.ensure_product(product)
        connection.execute(f"USE {address(product)}")
    _lock(connection, whole)


def _compute(connection: duckdb.DuckDBPyConnection, dataset: str, shown: Shown) -> None:
    """Make the table of a reduced dataset, by an instance beside: its names never were in this one."""
    columns = "*" if shown.columns is None else ", ".join(map(quoted, shown.columns))
    rows = "" if shown.rows is None else f" WHERE {shown.rows}"
    beside = Namespace(connection)
    name = f"{_WHOLE}.{_WHOLE}.{dataset.rpartition('.')[2]}"
    beside.show({name: shown.relation})
    connection.execute(f"CREATE TABLE {address(dataset)} AS SELECT {columns} FROM {address(name)}{rows}")
    for catalog in (quoted(_WHOLE), BOUND_VIEWS.rstrip(".")):
        connection.execute(f"DETACH DATABASE IF EXISTS {catalog}")


def _lock(connection: duckdb.DuckDBPyConnection, relations: Mapping[str, Relation]) -> None:
    """Let the files of whole datasets be read, and nothing else be reached or set."""
    # A path is looked up twice: as the text of the scan, and as the file that is found.
    allowed = dict.fromkeys(path for file in sorted(files_of(relations)) for path in (file, glob_safe(file)))
    connection.execute(f"SET allowed_paths = {literals(allowed)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
