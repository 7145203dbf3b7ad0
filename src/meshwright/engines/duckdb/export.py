"""Files for readers outside meshwright: an environment as one DuckDB file and as one script, views and nothing else."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.engines.duckdb.names import address, literal, parquet_scan, quoted
from meshwright.engines.protocol import Relation
from meshwright.model import domain_of, product_of

_ABANDONED_S = 3600
#: What the views were made of, so that the next generation makes only those anew that changed.
_DEFINITIONS = "meshwright.definitions"


def write_environment(folder: Path, environment: str, generation: int, relations: Mapping[str, Relation]) -> None:
    """Write ``<environment>.duckdb`` and ``<environment>.sql`` into `folder`, each replaced at once.

    The DuckDB file has a schema ``domain__product`` for each product, a view for each dataset and the view
    ``meshwright.generation``. The script is for ``duckdb -init``: it gives three-part names. Files of the
    relations must be absolute. Who has an old file open keeps reading it. Raises WorldError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        script = _script(environment, generation, relations)
        _replace(folder / f"{environment}.sql", lambda path: path.write_text(script, encoding="utf-8"))
        current = folder / f"{environment}.duckdb"
        _replace(current, lambda path: _write_database(path, current, environment, generation, relations))
    except (OSError, duckdb.Error) as error:
        raise WorldError(
            Diagnostic(
                code="MW-E401",
                message=f"the reader's files of environment '{environment}' cannot be written: {error}",
                fix=f"check the folder '{folder}'; the next publication writes them again",
            )
        ) from error


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file beside `path` and move it there in one step."""
    for left_behind in path.parent.glob(f".{path.name}.*.tmp*"):
        # A killed process leaves its file; one that is younger may be another process's work.
        if time.time() - left_behind.stat().st_mtime > _ABANDONED_S:
            left_behind.unlink(missing_ok=True)
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        write(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
        unfinished.with_name(unfinished.name + ".wal").unlink(missing_ok=True)


def _write_database(
    path: Path, previous: Path, environment: str, generation: int, relations: Mapping[str, Relation]
) -> None:
    """Write the DuckDB file: the previous one with what changed, or a new one where that cannot be used."""
    views = {
        dataset: f"CREATE VIEW {_view_name(dataset)} AS FROM {parquet_scan(relation.files)}"
        for dataset, relation in sorted(relations.items())
    }
    if previous.exists():
        shutil.copyfile(previous, path)
        try:
            _bring_up_to_date(path, environment, generation, views)
        except duckdb.Error:
            # Damaged, or of another DuckDB: the files of the store are the truth, this one is made again.
            path.unlink()
        else:
            return
    _bring_up_to_date(path, environment, generation, views)


def _bring_up_to_date(path: Path, environment: str, generation: int, views: Mapping[str, str]) -> None:
    """Make the file at `path` hold exactly `views`. Making a view reads the footer of its first file: 1 ms each."""
    connection = duckdb.connect(str(path), config={"storage_compatibility_version": "v1.0.0"})
    try:
        connection.execute("CREATE SCHEMA IF NOT EXISTS meshwright")
        connection.execute(f"CREATE TABLE IF NOT EXISTS {_DEFINITIONS} (dataset VARCHAR, definition VARCHAR)")
        present = dict(connection.execute(f"FROM {_DEFINITIONS}").fetchall())
        stale = [dataset for dataset, definition in present.items() if views.get(dataset) != definition]
        fresh = [dataset for dataset, definition in views.items() if present.get(dataset) != definition]
        products = {product_of(dataset) for dataset in views}
        statements = ["BEGIN", _generation_view("meshwright", environment, generation)]
        statements += [f"DROP VIEW {_view_name(dataset)}" for dataset in stale]
        gone = {product_of(dataset) for dataset in present} - products
        statements += [f"DROP SCHEMA {_schema_name(product)}" for product in sorted(gone)]
        statements += [f"CREATE SCHEMA IF NOT EXISTS {_schema_name(product)}" for product in sorted(products)]
        statements += [views[dataset] for dataset in fresh]
        if stale:
            listed = ", ".join(literal(dataset) for dataset in stale)
            statements.append(f"DELETE FROM {_DEFINITIONS} WHERE dataset IN ({listed})")
        if fresh:
            rows = ", ".join(f"({literal(dataset)}, {literal(views[dataset])})" for dataset in fresh)
            statements.append(f"INSERT INTO {_DEFINITIONS} VALUES {rows}")
        connection.execute(";\n".join([*statements, "COMMIT", "CHECKPOINT"]))
    finally:
        connection.close()


def _schema_name(product: str) -> str:
    return quoted(product.replace(".", "__"))


def _view_name(dataset: str) -> str:
    product, _, name = dataset.rpartition(".")
    return f"{_schema_name(product)}.{quoted(name)}"


def _script(environment: str, generation: int, relations: Mapping[str, Relation]) -> str:
    """Return the script that gives three-part names in a fresh ``duckdb``."""
    lines = [
        f"-- meshwright environment {environment}, generation {generation}.",
        "-- Written after each publication; do not edit. Use: duckdb -init <this file>",
        "CREATE SCHEMA IF NOT EXISTS meshwright;",
        f"{_generation_view('meshwright', environment, generation)};",
    ]
    lines += [f"ATTACH ':memory:' AS {quoted(domain)};" for domain in sorted({domain_of(name) for name in relations})]
    lines += [f"CREATE SCHEMA {address(product)};" for product in sorted({product_of(name) for name in relations})]
    for dataset, relation in sorted(relations.items()):
        lines.append(f"CREATE VIEW {address(dataset)} AS FROM {parquet_scan(relation.files)};")
    return "\n".join(lines) + "\n"


def _generation_view(schema: str, environment: str, generation: int) -> str:
    """Return the statement that makes the view naming environment and generation."""
    name = literal(environment)
    return (
        f"CREATE OR REPLACE VIEW {quoted(schema)}.generation AS "
        f"SELECT {name} AS environment, CAST({generation} AS BIGINT) AS generation"
    )
