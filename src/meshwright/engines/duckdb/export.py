"""Files for readers outside meshwright: an environment as one DuckDB file and as one script, views and nothing else."""

from __future__ import annotations

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
        _replace(
            folder / f"{environment}.duckdb", lambda path: _write_database(path, environment, generation, relations)
        )
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


def _write_database(path: Path, environment: str, generation: int, relations: Mapping[str, Relation]) -> None:
    """Write the DuckDB file."""
    connection = duckdb.connect(str(path), config={"storage_compatibility_version": "v1.0.0"})
    try:
        statements = ["BEGIN", "CREATE SCHEMA meshwright", _generation_view("meshwright", environment, generation)]
        products = sorted({product_of(dataset) for dataset in relations})
        statements += [f"CREATE SCHEMA {quoted(product.replace('.', '__'))}" for product in products]
        for dataset, relation in sorted(relations.items()):
            domain, product, name = dataset.split(".")
            view = f"{quoted(f'{domain}__{product}')}.{quoted(name)}"
            statements.append(f"CREATE VIEW {view} AS FROM {parquet_scan(relation.files)}")
        statements += ["COMMIT", "CHECKPOINT"]
        connection.execute(";\n".join(statements))
    finally:
        connection.close()


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
