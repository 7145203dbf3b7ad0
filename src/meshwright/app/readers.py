"""Writes what plain readers open: ``environments/<name>.duckdb`` and ``<name>.sql``, after the commit."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from meshwright.app.observing import Published, read_published
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.engines.protocol import Relation
from meshwright.model import Part, Veil, Version
from meshwright.run.parts import PartsReader
from meshwright.run.relations import Relations, bound_versions

if TYPE_CHECKING:
    from meshwright.app.opened import OpenedMesh
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
    opened: OpenedMesh, environment: str, *, always: bool = False, prepared: Path | None = None
) -> bool:
    """Bring the reader files of an environment up to its newest generation; return whether anything was written.

    They may lag, never mislead: whoever was killed between a publication and its export is made up for by the next run.
    With `always` they are written whatever they say. A file that was `prepared` is brought up to date and put in place, where
    there is anything to write. Raises WorldError where they cannot be written; what was published stands all the same.
    """
    if not always and _is_written(opened, environment):
        return False
    with _one_at_a_time(opened):
        published = read_published(opened.state.reader, environment)
        _write(opened, environment, published, _relations(opened, environment, published), prepared)
    return True


def export_unveiled(opened: Readable, environment: str) -> bool:
    """As `export_environment` for one that is no sandbox, and so hides nothing: it needs no mesh."""
    if _is_written(opened, environment):
        return False
    with _one_at_a_time(opened):
        published = read_published(opened.state.reader, environment)
        _write(opened, environment, published, unveiled_relations(opened, published.versions), None)
    return True


@contextmanager
def _one_at_a_time(opened: Readable) -> Iterator[None]:
    """Let one process of this host write reader files while the block runs.

    Whoever comes last reads what stands last, so that an older generation never takes the place of a newer one. Locks of a
    killed process are the system's to give up. Raises WorldError where the lock cannot be made.
    """
    path = opened.workspace.private / "readers.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
    except OSError as error:
        raise WorldError(
            Diagnostic(
                code="MW-E401",
                message=f"the reader's files cannot be written: '{path}': {error.strerror or error}",
                fix=f"check the folder '{path.parent}'; the next publication writes them again",
            )
        ) from error
    with file:
        with suppress(OSError):  # a file system without locks: files may lag then until the next publication
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_written(opened: Readable, environment: str) -> bool:
    """Whether the files show the newest generation, or there is none."""
    generation = opened.state.reader.generation(environment)
    return generation == 0 or _generation_of(readers_folder(opened), environment) == generation


def _write(
    opened: Readable,
    environment: str,
    published: Published,
    relations: Mapping[str, Relation],
    prepared: Path | None,
) -> None:
    from meshwright.engines.duckdb.export import write_environment  # lazy: pulls in duckdb

    like = similar_file(opened, environment)
    folder, generation = readers_folder(opened), published.generation
    write_environment(folder, environment, generation, relations, prepared=prepared, like=like)


def similar_file(opened: Readable, environment: str) -> Path:
    """Return the environment's own file or, where a sandbox has none yet, its base's: most of its views are the same."""
    own = readers_folder(opened) / f"{environment}.duckdb"
    if own.exists():
        return own
    found = opened.state.reader.environment(environment)
    return own if found is None or found.base is None else own.with_name(f"{found.base}.duckdb")


def readers_problem(opened: OpenedMesh, environment: str, published: Published) -> tuple[str, str] | None:
    """Say which reader file of an environment does not show what stands, and how; None where both do."""
    from meshwright.engines.duckdb.export import environment_problem  # lazy: pulls in duckdb

    try:
        relations = _relations(opened, environment, published)
    except WorldError as error:  # a view stands on a version that is not recorded
        return f"{environment}.duckdb", error.first.message
    return environment_problem(readers_folder(opened), environment, published.generation, relations)


def remove_abandoned(opened: Readable, is_known: Callable[[str], bool]) -> None:
    """Delete the reader files of environments that are not known any more; files that are not ours are left.

    Also those of a sandbox whose deletion was cut off half-way. Raises WorldError where one cannot be deleted.
    """
    for script in sorted(readers_folder(opened).glob("*.sql")):
        name = script.stem
        try:
            if _is_ours(script, name) and not is_known(name):
                script.with_suffix(".duckdb").unlink(missing_ok=True)
                script.unlink(missing_ok=True)
        except OSError as error:
            raise WorldError(
                Diagnostic(
                    code="MW-S403",
                    message=f"'{script}' was not deleted: {error.strerror or error}",
                    fix="mend what the message names; the next mw gc deletes it",
                )
            ) from error


def _is_ours(script: Path, name: str) -> bool:
    with script.open(encoding="utf-8", errors="replace") as text:
        return text.readline().startswith(f"-- meshwright environment {name}, generation ")


def readers_folder(opened: Readable) -> Path:
    """Return where the files of all environments are."""
    return opened.workspace.root / "environments"


def _relations(opened: OpenedMesh, environment: str, published: Published) -> Mapping[str, Relation]:
    from meshwright.app.veils import veil_in  # lazy: who moves pointers alone hides nothing

    veil = veil_in(opened, environment)
    if veil is None or not veil.masked:
        return relations_of(opened, published.versions, veil)
    bound = bound_versions(published.versions.values(), opened.state.reader.versions)
    shown = {name: each for name, each in published.versions.items() if not _uncovers(each, bound, veil)}
    return relations_of(opened, shown, veil)


def _uncovers(version: Version, bound: Mapping[str, Version], veil: Veil) -> bool:
    """Whether a version is a view that hidden columns lie beneath, unmasked.

    In a file for plain readers what a view is bound to has a name, and everybody may read it by that.
    """
    if version.view is None:
        return False
    if not version.is_restricted and veil.is_masking(version.dataset):
        return True
    for read, id_ in version.inputs.items():
        beneath = bound.get(id_)
        if beneath is None:
            continue
        is_hiding = not beneath.is_restricted and veil.is_masking(read)
        if (is_hiding and (read not in version.seen or beneath.view is not None)) or _uncovers(beneath, bound, veil):
            return True
    return False


def relations_of(
    opened: OpenedMesh, versions: Mapping[str, Version], veil: Veil | None, without: frozenset[str] = frozenset()
) -> dict[str, Relation]:
    """Return versions, by dataset, as readers see them through `veil`; views with all that they stand on.

    Parts whose ids are in `without` are left out.
    """
    from meshwright.app.veils import see_of, sight_of  # lazy: as above

    bound = bound_versions(versions.values(), opened.state.reader.versions)
    found = {dataset: sight_of(veil, version) for dataset, version in versions.items()}
    sights = {dataset: sight for dataset, sight in found.items() if sight is not None}
    recorded = PartsReader(opened.state.reader).of

    def parts(version: Version) -> tuple[Part, ...]:
        return tuple(part for part in recorded(version) if part.id not in without)

    return Relations(store=opened.store, bound=bound, parts=parts, see=see_of(opened)).of_all(versions, sights)


def unveiled_relations(opened: Readable, versions: Mapping[str, Version]) -> dict[str, Relation]:
    """Return versions, by dataset, as they are; views with all that they stand on."""
    bound = bound_versions(versions.values(), opened.state.reader.versions)
    parts = PartsReader(opened.state.reader).of
    return Relations(store=opened.store, bound=bound, parts=parts).of_all(versions)


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
