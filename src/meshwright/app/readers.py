"""Writes what plain readers open: ``environments/<name>.duckdb`` and ``<name>.sql``, after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from meshwright.app.observing import Published, read_published
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import WorldError
from meshwright.engines.protocol import Relation
from meshwright.model import Version
from meshwright.run.relations import Relations, bound_versions

if TYPE_CHECKING:
    from meshwright.state.protocol import State
    from meshwright.store.protocol import Store


class Readable(Protocol):
    """Where reader files are written, and from what."""

    @property
    def workspace(self) -> Workspace:
        """Where `environments/` lies."""
        ...

    @property
    def state(self) -> State:
        """What stands."""
        ...

    @property
    def store(self) -> Store:
        """Where the files of versions lie."""
        ...


def export_environment(
    opened: Readable, environment: str, *, always: bool = False, prepared: Path | None = None
) -> bool:
    """Bring the reader files of an environment up to its newest generation; return whether anything was written.

    They may lag, never mislead: whoever was killed between a publication and its export is made up for by the next run.
    With `always` they are written whatever they say; what was `prepared` of them is made use of. Raises WorldError where
    they cannot be written; what was published stands all the same.
    """
    generation = opened.state.reader.generation(environment)
    folder = readers_folder(opened)
    if generation == 0 or (not always and _generation_of(folder, environment) == generation):
        return False
    from meshwright.engines.duckdb.export import write_environment  # lazy: pulls in duckdb

    published = read_published(opened.state.reader, environment)
    relations = _relations(opened, published)
    like = similar_file(opened, environment)
    write_environment(folder, environment, published.generation, relations, prepared=prepared, like=like)
    return True


def similar_file(opened: Readable, environment: str) -> Path:
    """Return the environment's own file or, where a sandbox has none yet, its base's: most of its views are the same."""
    own = readers_folder(opened) / f"{environment}.duckdb"
    if own.exists():
        return own
    found = opened.state.reader.environment(environment)
    return own if found is None or found.base is None else own.with_name(f"{found.base}.duckdb")


def readers_problem(opened: Readable, environment: str, published: Published) -> tuple[str, str] | None:
    """Say which reader file of an environment does not show what stands, and how; None where both do."""
    from meshwright.engines.duckdb.export import environment_problem  # lazy: pulls in duckdb

    try:
        relations = _relations(opened, published)
    except WorldError as error:  # a view stands on a version that is not recorded
        return f"{environment}.duckdb", error.first.message
    return environment_problem(readers_folder(opened), environment, published.generation, relations)


def readers_folder(opened: Readable) -> Path:
    """Return where the files of all environments are."""
    return opened.workspace.root / "environments"


def _relations(opened: Readable, published: Published) -> Mapping[str, Relation]:
    return relations_of(opened, published.versions)


def relations_of(opened: Readable, versions: Mapping[str, Version]) -> dict[str, Relation]:
    """Return versions, by dataset, as an engine sees them; views with all that they stand on."""
    bound = bound_versions(versions.values(), opened.state.reader.versions)
    return Relations(store=opened.store, bound=bound).of_all(versions)


def _generation_of(folder: Path, environment: str) -> int | None:
    """Return the generation that the files say they show; None where one is missing. Costs no database.

    The script is written last, so what it says holds for both.
    """
    if not (folder / f"{environment}.duckdb").exists():
        return None
    try:
        with (folder / f"{environment}.sql").open(encoding="utf-8") as script:
            number = script.readline().rstrip(".\n").rpartition(" generation ")[2]
    except (OSError, UnicodeDecodeError):
        return None
    return int(number) if number.isascii() and number.isdigit() else None
