"""Files for readers outside meshwright: an environment as one DuckDB file and as one script, views and nothing else."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import duckdb

from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.engines.duckdb.names import BOUND_VIEWS, address, glob_safe, literal, quoted
from meshwright.engines.duckdb.views import places, query_of
from meshwright.engines.protocol import Relation
from meshwright.model import domain_of, identity, plain_address, product_of

_ABANDONED_S = 3600
#: What the views were made of, so that the next generation makes only those anew that changed.
_DEFINITIONS = "meshwright.definitions"
#: A dataset of more files than this is written with all their paths in one text: of a list of thousands DuckDB makes, stores
#: and reads each entry by itself, in 60 ms instead of 15.
_MANY_FILES = 64
#: Stands between paths there.
_BETWEEN = "|"
#: Longer definitions are noted by their identity.
_LONG = 2048
#: Between the schemas of one place, where they stand as the name of its definition.
_SCHEMAS_JOINED = " "


def write_environment(
    folder: Path,
    environment: str,
    generation: int,
    relations: Mapping[str, Relation],
    *,
    prepared: Path | None = None,
    like: Path | None = None,
) -> None:
    """Write ``<environment>.duckdb`` and ``<environment>.sql`` into `folder`, each replaced at once.

    The DuckDB file has a schema ``domain__product`` for each product, a view for each dataset and the view
    ``meshwright.generation``. The script is for ``duckdb -init``: it gives three-part names. Files of the
    relations must be absolute. Who has an old file open keeps reading it. What `prepare_environment` left at `prepared` is
    used up. Where there is no file yet it is made from a copy of the one that is `like` it. Raises WorldError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        script = _script(environment, generation, relations)
        current = folder / f"{environment}.duckdb"

        def write(path: Path) -> None:
            if not _begin(path, prepared) and not _begin(path, current, is_kept=True):
                _begin(path, like, is_kept=True)
            _write_database(path, environment, generation, relations)

        _replace(current, write)
        reached(CrashPoint.READERS_REPLACED)
        # Last: its first line says that both are up to date.
        _replace(folder / f"{environment}.sql", lambda path: path.write_text(script, encoding="utf-8"))
    except (OSError, duckdb.Error) as error:
        raise WorldError(
            Diagnostic(
                code="MW-E401",
                message=f"the reader's files of environment '{environment}' cannot be written: {error}",
                fix=f"check the folder '{folder}'; the next publication writes them again",
            )
        ) from error


def prepared_file(folder: Path, environment: str) -> Path:
    """Return a new name for a file that is being prepared; one that a killed process leaves is removed an hour later."""
    return _unfinished(folder / f"{environment}.duckdb")


def prepare_environment(
    path: Path, current: Path, environment: str, generation: int, relations: Mapping[str, Relation]
) -> None:
    """Bring the file at `path`, which nobody reads, up to `relations`; at first it is made from the `current` one.

    What `write_environment` then has to do is what differs. Raises OSError, duckdb.Error.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _begin(path, current, is_kept=True)
    _write_database(path, environment, generation, relations)


def discard_prepared(path: Path) -> None:
    """Remove a file that was being prepared, where it is there."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


def environment_problem(
    folder: Path, environment: str, generation: int, relations: Mapping[str, Relation]
) -> tuple[str, str] | None:
    """Return which file of `folder` does not show exactly `relations` at `generation`, and in what; None if both do."""
    script, database = f"{environment}.sql", f"{environment}.duckdb"
    for name in (script, database):
        if not (folder / name).is_file():
            return name, "missing"
    try:
        if (folder / script).read_text(encoding="utf-8") != _script(environment, generation, relations):
            return script, f"it does not show generation {generation} as it stands"
        return _database_problem(folder / database, environment, generation, relations)
    except (OSError, UnicodeDecodeError) as error:
        return script, f"unreadable: {error}"


def _database_problem(
    path: Path, environment: str, generation: int, relations: Mapping[str, Relation]
) -> tuple[str, str] | None:
    try:
        connection = duckdb.connect(str(path), read_only=True)
        try:
            shown = connection.execute("SELECT environment, generation FROM meshwright.generation").fetchall()
            present = dict(connection.execute(f"FROM {_DEFINITIONS}").fetchall())
        finally:
            connection.close()
    except duckdb.Error as error:
        return path.name, f"unreadable: {str(error).splitlines()[0]}"
    if shown != [(environment, generation)]:
        return path.name, f"it does not show generation {generation}"
    if present != _noted(_views(relations)):
        return path.name, "its views do not lead to the files of what stands"
    return None


def _views(relations: Mapping[str, Relation]) -> dict[str, str]:
    """The statements that make each dataset's view, in order; before them, by their schemas, the places that views stand on."""
    made: dict[str, str] = {}
    known: set[str] = set()
    for _, relation in sorted(relations.items()):
        for place in places(relation, known=known):
            schemas = [f"CREATE SCHEMA {quoted(schema)}" for schema in place.schemas]
            made[_SCHEMAS_JOINED.join(place.schemas)] = ";\n".join([*schemas, *place.statements])
    for dataset, relation in sorted(relations.items()):
        made[dataset] = f"CREATE VIEW {_view_name(dataset)} AS {_query(relation)}"
    return made


def _query(relation: Relation, catalog: str = "") -> str:
    """Return what stands after ``CREATE VIEW ... AS`` for a relation, short where it has many files."""
    files = relation.files
    if not relation.is_plain or len(files) <= _MANY_FILES or any(_BETWEEN in file for file in files):
        return query_of(relation, catalog)
    paths = literal(glob_safe(_BETWEEN.join(files)))
    return f"FROM read_parquet(string_split({paths}, {literal(_BETWEEN)}), hive_partitioning = false)"


def _noted(views: Mapping[str, str]) -> dict[str, str]:
    """Return the definitions as the file keeps them: they are compared, and never read."""
    return {name: text if len(text) <= _LONG else identity("mwreadersview1", text) for name, text in views.items()}


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file beside `path` and move it there in one step."""
    for left_behind in path.parent.glob(f".{path.name}.*.tmp*"):
        # A killed process leaves its file; one that is younger may be another process's work.
        if time.time() - left_behind.stat().st_mtime > _ABANDONED_S:
            left_behind.unlink(missing_ok=True)
    unfinished = _unfinished(path)
    try:
        write(unfinished)
        reached(CrashPoint.READERS_WRITTEN)
        unfinished.replace(path)
    finally:
        discard_prepared(unfinished)


def _unfinished(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")


def _begin(path: Path, source: Path | None, *, is_kept: bool = False) -> bool:
    """Put what is at `source` at `path`, and return whether there was anything."""
    if source is None or not source.exists():
        return False
    if is_kept:
        shutil.copyfile(source, path)
    else:
        source.replace(path)
    return True


def _write_database(path: Path, environment: str, generation: int, relations: Mapping[str, Relation]) -> None:
    """Write the DuckDB file: what is at `path` with what changed, or a new one where that cannot be used."""
    views = _views(relations)
    if path.exists():
        try:
            fresh = _bring_up_to_date(path, environment, generation, views)
            _require_readable(path, relations, fresh)
        except duckdb.Error:
            # Damaged, or of another DuckDB: the files of the store are the truth, this one is made again.
            path.unlink()
        else:
            return
    fresh = _bring_up_to_date(path, environment, generation, views)
    try:
        _require_readable(path, relations, fresh)
    except duckdb.Error:
        # Old forms of the file forget some of SQL, such as the names in union_value(k := 1); the newest does not.
        path.unlink()
        fresh = _bring_up_to_date(path, environment, generation, views, storage="latest")
        _require_readable(path, relations, fresh)


def _require_readable(path: Path, relations: Mapping[str, Relation], names: Collection[str]) -> None:
    """Raise DuckDB's error unless the views among `names` give from the file what they give here; 1 ms a view."""
    expected = {name: relations[name] for name in names if name in relations and not relations[name].is_plain}
    if not expected:
        return
    connection = duckdb.connect(str(path), read_only=True)
    try:
        for name, relation in expected.items():
            found = connection.execute(f"DESCRIBE {_view_name(name)}").fetchall()
            if [row[:2] for row in found] != [(column.name, column.type) for column in relation.columns]:
                raise duckdb.BinderException(f"view {name} has other columns when it is read from the file")
    finally:
        connection.close()


def _bring_up_to_date(
    path: Path, environment: str, generation: int, views: Mapping[str, str], *, storage: str = "v1.0.0"
) -> list[str]:
    """Make the file at `path` hold exactly `views`, and return the names of those made anew.

    A new file has the form `storage`, which any DuckDB from that release on reads; one that is there keeps its own.
    Making a view reads the footer of its first file: 1 ms each.
    """
    connection = duckdb.connect(str(path), config={"storage_compatibility_version": storage})
    try:
        connection.execute("CREATE SCHEMA IF NOT EXISTS meshwright")
        connection.execute(f"CREATE TABLE IF NOT EXISTS {_DEFINITIONS} (dataset VARCHAR, definition VARCHAR)")
        present = dict(connection.execute(f"FROM {_DEFINITIONS}").fetchall())
        noted = _noted(views)
        stale = [dataset for dataset, definition in present.items() if noted.get(dataset) != definition]
        fresh = [dataset for dataset, definition in noted.items() if present.get(dataset) != definition]
        products = {_product(dataset) for dataset in views if _is_dataset(dataset)}
        known = {_product(dataset) for dataset in present if _is_dataset(dataset)}
        statements = ["BEGIN", _generation_view("meshwright", environment, generation)]
        statements += [statement for name in stale for statement in _drop(name)]
        statements += [f"DROP SCHEMA {_schema_name(product)}" for product in sorted(known - products)]
        statements += [f"CREATE SCHEMA {_schema_name(product)}" for product in sorted(products - known)]
        statements += [views[dataset] for dataset in fresh]
        if stale:
            listed = ", ".join(literal(dataset) for dataset in stale)
            statements.append(f"DELETE FROM {_DEFINITIONS} WHERE dataset IN ({listed})")
        if fresh:
            rows = ", ".join(f"({literal(dataset)}, {literal(noted[dataset])})" for dataset in fresh)
            statements.append(f"INSERT INTO {_DEFINITIONS} VALUES {rows}")
        # One by one: given a text of many statements DuckDB reads what is left of it again and again.
        for statement in connection.extract_statements(";\n".join([*statements, "COMMIT", "CHECKPOINT"])):
            connection.execute(statement)
    finally:
        connection.close()
    return fresh


def _is_dataset(name: str) -> bool:
    """Whether a definition is that of a dataset, and not of a place that views stand on."""
    return "." in name


def _drop(name: str) -> list[str]:
    if _is_dataset(name):
        return [f"DROP VIEW {_view_name(name)}"]
    return [f"DROP SCHEMA {quoted(schema)} CASCADE" for schema in name.split(_SCHEMAS_JOINED)]


def _product(dataset: str) -> str:
    """The product that a dataset's view stands in; a variation's stands beside the plain one, as ``"dataset@variation"``."""
    return plain_address(product_of(dataset))


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
    lines += [f"CREATE SCHEMA {address(product)};" for product in sorted({_product(name) for name in relations})]
    lines += _script_places(relations)
    for dataset, relation in sorted(relations.items()):
        lines.append(f"CREATE VIEW {address(dataset)} AS {_query(relation, BOUND_VIEWS)};")
    return "\n".join(lines) + "\n"


def _script_places(relations: Mapping[str, Relation]) -> list[str]:
    """Return the lines that make what views stand on; views are computed in the time zone that meshwright computes in."""
    lines: list[str] = []
    known: set[str] = set()
    for _, relation in sorted(relations.items()):
        for place in places(relation, BOUND_VIEWS, known):
            lines += [f"CREATE SCHEMA {BOUND_VIEWS}{quoted(schema)};" for schema in place.schemas]
            lines += [f"{statement};" for statement in place.statements]
    if not lines:
        return []
    return ["SET TimeZone = 'UTC';", f"ATTACH ':memory:' AS {BOUND_VIEWS.rstrip('.')};", *lines]


def _generation_view(schema: str, environment: str, generation: int) -> str:
    """Return the statement that makes the view naming environment and generation."""
    name = literal(environment)
    return (
        f"CREATE OR REPLACE VIEW {quoted(schema)}.generation AS "
        f"SELECT {name} AS environment, CAST({generation} AS BIGINT) AS generation"
    )
