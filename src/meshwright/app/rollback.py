"""The verb `rollback`: pointers go back (or forward) to a generation, in one move. Nothing is built, whatever the size of the data.

Products go back whole: their datasets, contracts and manifests belong together. What moved is pinned, so that no run
undoes it unasked; going back to what a rollback had replaced lifts the pin.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from meshwright.app.clock import utc_now
from meshwright.app.environments import OpenedState, find_environment, open_state_alone, require_live
from meshwright.app.idempotency import settles
from meshwright.app.sandboxes import EnvironmentAnswer
from meshwright.app.standing import require_generation
from meshwright.app.terms import FREE, Terms
from meshwright.app.workspace import Workspace, who
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, RefusedError, WorldError
from meshwright.frozen import dataclass
from meshwright.model import StoredFile, Version, product_of_object
from meshwright.state.manifests import changed_pages, parts_on
from meshwright.state.records import Environment, GenerationAction, ObjectKind, Pin, Pointer, Publication

#: A selection that names what stands, without asking the mesh.
_PLAIN_WORD = re.compile(r"[a-z0-9_*]+(\.[a-z0-9_*]+){0,2}(@[a-z0-9_-]+)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class RollbackWish:
    """What `rollback` is asked for."""

    environment: str
    #: Selection; empty for everything.
    select: tuple[str, ...] = ()
    #: Generation to go to, None for the one before the newest.
    to: int | None = None
    #: Move what is selected alone, and nothing that is made from it.
    only: bool = False
    reason: str = ""
    terms: Terms = FREE


def rollback(workspace: Workspace, wish: RollbackWish) -> EnvironmentAnswer:
    """Let an environment, or products of it, show what they showed in a generation.

    Raises InputError for an environment, generation or selection that is not there, WorldError (MW-R017) where a version
    to be shown has lost its files, RefusedError (MW-D201) where others published meanwhile. Nothing is changed then.
    """
    started = time.monotonic()
    with open_state_alone(workspace, create=True) as opened:
        environment = find_environment(opened.settings.environments, opened.state.reader, wish.environment)
        if environment.is_sandbox:
            require_live(environment, utc_now())
        wish.terms.require(wish.environment, opened.state.reader.generation(wish.environment))
        to = _target(opened, wish)
        now_shown = opened.state.reader.pointers(wish.environment)
        then_shown = opened.state.reader.pointers(wish.environment, to)
        products = _products(opened, wish, now_shown, then_shown)
        moves = dict(_moves(products, now_shown, then_shown))
        wish.terms.require_permit(moves)
        require_files(opened, datasets_of(moves), standing_versions(now_shown))
        reason = wish.reason or f"rolled back to generation {to}"
        generation = _move(opened, environment, moves, now_shown, replace(wish, reason=reason))
        answer = moved_answer(environment, generation, moves)
        return replace(answer, notes=export_notes(opened, environment), seconds=time.monotonic() - started)


def moved_answer(environment: Environment, generation: int, moves: Iterable[str]) -> EnvironmentAnswer:
    """Return the answer to a move of pointers that made a generation."""
    return EnvironmentAnswer(environment=replace(environment, generation=generation), changed=tuple(sorted(moves)))


def files_caught_up(workspace: Workspace, name: str) -> tuple[str, ...]:
    """Bring an environment's files for plain readers up to date, after who moved its pointers was killed; return notes.

    An environment that is gone meanwhile has none.
    """
    with open_state_alone(workspace, create=True) as opened:
        try:
            environment = find_environment(opened.settings.environments, opened.state.reader, name)
        except InputError:
            return ()
        return export_notes(opened, environment)


def _target(opened: OpenedState, wish: RollbackWish) -> int:
    newest = opened.state.reader.generation(wish.environment)
    if wish.to is None and newest < 2:
        raise InputError(
            Diagnostic(
                code="MW-S202",
                message=f"{wish.environment} has no generation to go back to"
                if newest
                else f"nothing was published into {wish.environment} yet",
                fix=f"mw env show {wish.environment} --history lists its generations",
                object=wish.environment,
            )
        )
    to = newest - 1 if wish.to is None else wish.to
    require_generation(opened.state.reader, wish.environment, to)
    return to


def _products(
    opened: OpenedState, wish: RollbackWish, now_shown: Mapping[str, Pointer], then_shown: Mapping[str, Pointer]
) -> frozenset[str]:
    """Return the products that a wish is about, with those that are made from them unless it is about these alone."""
    known = {product_of_object(name) for name in {*now_shown, *then_shown}}
    if not wish.select:
        return frozenset(known)
    named = {*known, *(name for name in {*now_shown, *then_shown} if "/" not in name)}
    chosen: set[str] = set()
    for word in (part for words in wish.select for part in re.split(r"[\s,]+", words) if part):
        found = _named(opened, word, named, wish.environment)
        chosen |= {product_of_object(name) for name in found} & known
    return frozenset(chosen) if wish.only else _with_downstream(opened, chosen, now_shown)


def _named(opened: OpenedState, word: str, names: set[str], environment: str) -> set[str]:
    """Return what a word of the selection names, among what stands or stood; else, with the whole syntax, in the mesh."""
    if _PLAIN_WORD.fullmatch(word):
        found = {name for name in names if fnmatchcase(name, word) or fnmatchcase(name, f"{word}.*")}
        if found:
            return found
    from meshwright.app.opened import open_mesh  # lazy: few selections need the mesh
    from meshwright.app.scope import selected_datasets

    with open_mesh(opened.workspace, environment) as mesh:
        return set(selected_datasets(mesh, (word,)))


def _with_downstream(opened: OpenedState, chosen: set[str], shown: Mapping[str, Pointer]) -> frozenset[str]:
    """Add the products whose datasets were made from those of `chosen`, as their versions tell."""
    revisions = {pointer.revision for pointer in shown.values() if pointer.kind is ObjectKind.DATASET}
    versions = opened.state.reader.versions(revisions)
    holders: dict[str, set[str]] = {}
    for name, pointer in shown.items():
        if pointer.kind is ObjectKind.DATASET:
            holders.setdefault(pointer.revision, set()).add(product_of_object(name))
    readers: dict[str, set[str]] = {}
    for version in versions.values():
        for read in version.inputs.values():
            for product in holders.get(read, ()):
                readers.setdefault(product, set()).update(holders.get(version.id, ()))
    found, ahead = set(chosen), list(chosen)
    while ahead:
        for reader in readers.get(ahead.pop(), set()) - found:
            found.add(reader)
            ahead.append(reader)
    return frozenset(found)


def _moves(
    products: frozenset[str], now_shown: Mapping[str, Pointer], then_shown: Mapping[str, Pointer]
) -> Iterator[tuple[str, tuple[ObjectKind, str | None]]]:
    for name, pointer in sorted({**now_shown, **then_shown}.items()):
        before, after = now_shown.get(name), then_shown.get(name)
        stands = after.revision if after else None
        if product_of_object(name) in products and (before.revision if before else None) != stands:
            yield name, (pointer.kind, stands)


def datasets_of(moves: Mapping[str, tuple[ObjectKind, str | None]]) -> Mapping[str, str | None]:
    """Return the versions that datasets are moved to, by dataset."""
    return {name: revision for name, (kind, revision) in moves.items() if kind is ObjectKind.DATASET}


def standing_versions(shown: Mapping[str, Pointer]) -> Mapping[str, str]:
    """Return the versions that datasets point to, by dataset."""
    return {name: pointer.revision for name, pointer in shown.items() if pointer.kind is ObjectKind.DATASET}


def require_files(opened: OpenedState, moves: Mapping[str, str | None], standing: Mapping[str, str]) -> None:
    """Raise WorldError (MW-R017) where a version that a dataset moves to has lost a file; looks at presence and size.

    Of what is made of parts only those are looked at that the version which stands does not have: the others are shown
    already, and there may be thousands.
    """
    reader = opened.state.reader
    versions = reader.versions({*filter(None, moves.values()), *(standing[name] for name in moves if name in standing)})
    for name, revision in moves.items():
        version = versions.get(revision or "")
        if version is None:
            continue
        files = version.files
        if version.manifest is not None:
            before = versions.get(standing.get(name, ""))
            known = [before.manifest] if before is not None and before.manifest is not None else []
            parts = parts_on(reader, version, changed_pages(version.manifest, known))
            files = tuple(file for part in parts for file in part.files)
        _require_there(opened, version, files)


def _require_there(opened: OpenedState, version: Version, files: Iterable[StoredFile]) -> None:
    for file in files:
        problem = opened.store.problem(file, deep=False)
        if problem is not None:
            raise WorldError(
                Diagnostic(
                    code="MW-R017",
                    message=f"version {version.id} of {version.dataset} cannot be shown: {file.path}: {problem}; "
                    "nothing was changed",
                    fix="mw verify --repair builds it again; then run the command again",
                    object=version.dataset,
                )
            )


def _move(
    opened: OpenedState,
    environment: Environment,
    moves: Mapping[str, tuple[ObjectKind, str | None]],
    shown: Mapping[str, Pointer],
    wish: RollbackWish,
) -> int:
    """Publish the moves with the pins that they make and lift, and return the generation."""
    if not moves:
        export_notes(opened, environment)  # who was killed after the move left them behind
        raise RefusedError(
            Diagnostic(
                code="MW-S203",
                message=f"{environment.name} shows that already; nothing was changed",
                fix=f"mw env show {environment.name} --history lists what changed in which generation",
                object=environment.name,
            )
        )
    expected = {name: shown[name].revision if name in shown else None for name in moves}
    pins, unpinned = _pins(opened, environment.name, moves, expected, wish.reason)
    reached(CrashPoint.MOVE_READY)
    publication = Publication(
        environment=environment.name,
        base=environment.base,
        by=who(),
        reason=wish.reason,
        action=GenerationAction.ROLLBACK,
        expected_generation=wish.terms.generation,
        expected=expected,
        moves=moves,
        pins=pins,
        unpinned=unpinned,
    )
    with settles(lambda made: moved_answer(environment, made, moves)):
        generation = opened.state.writer.publish(publication, utc_now())
    reached(CrashPoint.MOVE_COMMITTED)
    return generation


def _pins(
    opened: OpenedState,
    environment: str,
    moves: Mapping[str, tuple[ObjectKind, str | None]],
    before: Mapping[str, str | None],
    reason: str,
) -> tuple[tuple[Pin, ...], tuple[str, ...]]:
    """Return a pin for each product that moves, and the products that go back to what a rollback had replaced."""
    standing = opened.state.reader.pins(environment)
    made: list[Pin] = []
    lifted: list[str] = []
    for product, (kind, revision) in moves.items():
        if kind is not ObjectKind.PRODUCT:
            continue
        pin = standing.get(product)
        previous = pin.previous if pin is not None and pin.previous else before[product]
        if pin is not None and revision is not None and revision == previous:
            lifted.append(product)
            continue
        made.append(
            Pin(
                environment=environment,
                object=product,
                revision=revision,
                previous=previous,
                at=utc_now(),
                by=who(),
                reason=reason,
            )
        )
    return tuple(made), tuple(lifted)


def export_notes(opened: OpenedState, environment: Environment) -> tuple[str, ...]:
    """Bring the files for plain readers up to date; where that fails what was moved stands, and a note says so."""
    from meshwright.app.opened import open_mesh  # lazy: what a sandbox hides is decided by the mesh
    from meshwright.app.readers import export_environment, export_unveiled  # lazy: pulls in duckdb, and is done last

    try:
        if environment.is_sandbox:
            with open_mesh(opened.workspace, environment.name) as mesh:
                export_environment(mesh, environment.name)
        else:
            export_unveiled(opened, environment.name)
    except MeshwrightError as error:
        return (f"files for plain readers were not written: {error.first.message}",)
    return ()
