"""Queries by URL: one SELECT of somebody who is not trusted, over what that caller may see, in a process of its own.

`query` is for one's own disk, where everything can be read anyway; this is for callers of a server.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from meshwright.access.datasets import DataScope
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.query_apart_params import bound
from meshwright.app.readable import Sights
from meshwright.app.readers import relations_of
from meshwright.app.standing import require_generation
from meshwright.app.veils import sight_of, veil_of
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, SourceSpan, WorldError, known_names_hint
from meshwright.engines.duckdb.consumers.places import CallerLeft as CallerLeft  # noqa: PLC0414 - part of the answer
from meshwright.engines.duckdb.consumers.values import ConsumerLimits, Given, Named, Shown
from meshwright.frozen import dataclass
from meshwright.model import Columns, Version, identity, product_of
from meshwright.run.relations import bound_versions

if TYPE_CHECKING:
    import pyarrow as pa

    from meshwright.engines.duckdb.consumers.pool import ConsumerAnswer, ConsumerQueries
    from meshwright.sql import TableReference


@dataclass(frozen=True, kw_only=True, slots=True)
class ApartOptions:
    """What a caller asks."""

    text: str
    scope: DataScope
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    environment: str = "prod"
    #: Read the environment as of this generation.
    generation: int | None = None
    #: Read this version, which is or was published, by its id or the beginning of it, under its dataset's name; bare names are
    #: those of its product.
    version: str | None = None
    #: At most this many rows.
    limit: int | None = None


class Unchanged(Exception):
    """The answer is one that the caller has."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.identity = answer


class ApartAnswer:
    """An open answer; closing it ends the query."""

    def __init__(
        self, answer: ConsumerAnswer, datasets: tuple[str, ...], identity_: str | None, generation: int
    ) -> None:
        self._answer = answer
        #: Of the environment that was read.
        self.generation = generation
        #: What it is made from, sorted.
        self.datasets = datasets
        #: Equal for queries that have the same rows, their order aside; None where that cannot be said.
        self.identity = identity_

    @property
    def columns(self) -> Columns:
        """Columns in order."""
        return self._answer.columns

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in batches; memory stays bounded. Raises InputError (MW-H204 to MW-H208), WorldError (MW-H209)."""
        return self._answer.batches()

    def close(self) -> None:
        """End the query, where it has not ended."""
        self._answer.close()


def open_queries(
    workspace: Workspace, limits: ConsumerLimits | None = None, memory_bytes: int | None = None
) -> ConsumerQueries:
    """Make what runs queries, for as long as a server lives. Starts nothing; to be closed.

    `memory_bytes` stands for what `limits` says of memory.
    """
    from meshwright.engines.duckdb.consumers.pool import ConsumerQueries  # lazy: starts processes when asked

    limits = limits or ConsumerLimits()
    if memory_bytes is not None:
        limits = replace(limits, memory_bytes=memory_bytes)
    return ConsumerQueries(workspace.private / "spill", limits)


def query_apart(
    workspace: Workspace,
    options: ApartOptions,
    queries: ConsumerQueries,
    *,
    is_gone: Callable[[], bool] = lambda: False,
    is_known: Callable[[str], bool] = lambda _: False,
) -> ApartAnswer:
    """Answer a SELECT over what the caller may see. Datasets are named in full; with `version` bare in its product.

    `is_known` says of an identity (`ApartAnswer.identity`) whether the caller has that answer: it is not made again.
    Raises InputError where it is refused or fails, WorldError (MW-H210 where too many queries run), Unchanged, and CallerLeft
    where `is_gone` says that nobody waits any more.
    """
    with open_mesh(workspace, options.environment) as opened:
        reading = _Reading(opened, options, is_known)
        answer = queries.ask(options.text, reading.look_up, who=options.scope.caller, is_gone=is_gone)
    return ApartAnswer(answer, reading.datasets, reading.identity, reading.generation)


class _Reading:
    """What one query may read. Only what it names is looked up."""

    def __init__(self, opened: OpenedMesh, options: ApartOptions, is_known: Callable[[str], bool]) -> None:
        """Raises InputError where the generation or version cannot be read."""
        self._opened = opened
        self._options = options
        self._is_known = is_known
        reader = opened.state.reader
        if options.version is not None and options.generation is not None:
            raise InputError(
                Diagnostic(code="MW-R011", message="a query reads a version or a generation, not both", fix="give one")
            )
        if options.generation is not None:
            require_generation(reader, options.environment, options.generation)
            self.generation = options.generation
        else:
            self.generation = reader.generation(options.environment)
        self._sights = self._sights_of({})
        self._version: Version | None = None
        if options.version is not None:
            self._version, self._sights = self._published_version()
        self.datasets: tuple[str, ...] = ()
        self.identity: str | None = None

    def _sights_of(self, as_of: Mapping[str, int | None]) -> Sights:
        opened, options = self._opened, self._options
        base = opened.sandbox.base if opened.sandbox is not None else None
        return Sights(
            opened.state.reader, options.scope, options.environment, options.generation, base=base, as_of=as_of
        )

    def _published_version(self) -> tuple[Version, Sights]:
        """Return the version that is asked for, and what is read with it: its dataset as of the newest generation of it."""
        text = str(self._options.version)
        found = {}
        for version in self._opened.state.reader.versions_like(text):
            sights = self._sights_with(version)
            if sights is not None and sights.of(version.dataset) is not None:
                found[version.id] = version, sights
        if text in found or len(found) == 1:
            return found.get(text) or next(iter(found.values()))
        environment = self._options.environment
        message = f"no version '{text[:80]}' that you may read was published in {environment}"
        fix = "give the id of a published version, or leave it out"
        if found:
            message, fix = f"version '{text}' is not unique", f"give more digits: {', '.join(sorted(found))}"
        raise InputError(Diagnostic(code="MW-H211", message=message, fix=fix))

    def _sights_with(self, version: Version) -> Sights | None:
        """Return what is read with a version; None where it never was published, as far back as that is kept."""
        dataset = version.dataset
        pointer = self._sights.pointer(dataset)
        if pointer is not None and pointer.revision == version.id:
            return self._sights
        standings = self._opened.state.reader.standings(self._options.environment, dataset)
        stood = next((each for each in standings if each.revision == version.id), None)
        return None if stood is None else self._sights_of({dataset: stood.last})

    def look_up(self, named: Named) -> Given:
        """Return what a query gets of what it names. Raises InputError (MW-H202, MW-H203), Unchanged."""
        options = self._options
        product = product_of(self._version.dataset) if self._version is not None else None
        wanted = self._wanted(named, product)
        params = bound(named.params, options.params)
        shown = self._shown(self._versions(wanted))
        self.datasets = tuple(sorted(shown))
        if named.is_settled:
            self.identity = self._identity(shown, product, params)
            if self._is_known(self.identity):
                raise Unchanged(self.identity)
        return Given(datasets=shown, product=product, params=params, limit=options.limit)

    def _identity(self, shown: Mapping[str, Shown], product: str | None, params: Mapping[str, object]) -> str:
        read = {
            dataset: [list(each.relation.identity), list(each.columns or ()), each.rows]
            for dataset, each in shown.items()
        }
        asked = [
            self._options.text,
            product,
            self._options.limit,
            {name: repr(value) for name, value in params.items()},
        ]
        return identity("mwquery1", asked, read, self._opened.engine.identity)

    def _wanted(self, named: Named, product: str | None) -> list[str]:
        """Return the datasets that a query names. Raises InputError with all those that there are not."""
        wanted: dict[str, None] = {}
        problems = []
        for table in named.tables:
            name = ".".join(table.parts)
            address = f"{product}.{name}" if product and len(table.parts) == 1 else name
            if len(address.split(".")) != 3 or self._sights.of(address) is None:
                problems.append(self._not_there(table, name))
            wanted[address] = None
        if problems:
            raise InputError(*problems)
        return list(wanted)

    def _not_there(self, table: TableReference, name: str) -> Diagnostic:
        """Say that there is no such dataset, in the same words whether it is hidden or nowhere."""
        environment = self._options.environment
        if len(table.parts) == 1:
            fix = "write domain.product.dataset: bare names hold with `version` only"
        elif (domain := table.parts[0]) in (domains := self._sights.domains()):
            fix = known_names_hint(name, self._sights.names(domain), what=f"datasets of {domain}")
        elif domains:
            fix = known_names_hint(domain, domains, what="domains")
        else:
            fix = "no port is published, and viewers read what ports hold; a token of a domain reads all that is the domain's"
        return Diagnostic(
            code="MW-H202",
            message=f"there is no dataset '{name[:200]}' that you may read in {environment}",
            span=SourceSpan(file="query", line=table.line, column=table.column),
            fix=fix,
        )

    def _versions(self, datasets: Collection[str]) -> dict[str, Version]:
        own = self._version
        pointers = {name: self._sights.pointer(name) for name in datasets if own is None or name != own.dataset}
        ids = {name: pointer.revision for name, pointer in pointers.items() if pointer is not None}
        found = self._opened.state.reader.versions(set(ids.values()))
        versions = {name: found[id_] for name, id_ in ids.items() if id_ in found}
        return versions if own is None or own.dataset not in datasets else {**versions, own.dataset: own}

    def _shown(self, versions: Mapping[str, Version]) -> dict[str, Shown]:
        veil = veil_of(self._opened, versions.values())
        try:
            relations = relations_of(self._opened, versions, veil)
        except WorldError as error:  # a view over a version that is not recorded: names that are not the caller's
            raise WorldError(
                Diagnostic(
                    code="MW-H209",
                    message="what the query reads cannot be read now",
                    fix="ask again; if it stays, tell whoever runs the server, who runs mw verify",
                )
            ) from error
        bound_ = bound_versions(versions.values(), self._opened.state.reader.versions)
        shown = {}
        for dataset, version in versions.items():
            sight = self._sights.of(dataset)
            assert sight is not None  # what may not be read is not wanted
            is_veiled = sight_of(veil, version) is not None
            shown[dataset] = Shown(
                relation=relations[dataset],
                columns=sight.of(version.columns),
                is_open=not is_veiled and self._is_open(version, bound_),
            )
        return shown

    def _is_open(self, version: Version, beneath: Mapping[str, Version]) -> bool:
        """Whether a version is read from nothing but what the caller may read as well."""
        if version.view is None:
            return True
        if version.seen:
            return False
        return all(self._is_whole(name, id_, beneath) for name, id_ in version.inputs.items())

    def _is_whole(self, dataset: str, id_: str, beneath: Mapping[str, Version]) -> bool:
        pointer, sight, version = self._sights.pointer(dataset), self._sights.of(dataset), beneath.get(id_)
        if pointer is None or pointer.revision != id_ or sight is None or version is None:
            return False
        return sight.of(version.columns) is None and self._is_open(version, beneath)
