"""What a sandbox hides, put together from its base as that stands now; in every other environment nothing is hidden."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from meshwright.app.classified import masked_classes, published_classes, written_classes
from meshwright.app.opened import OpenedMesh
from meshwright.app.samples import sampled
from meshwright.engines.protocol import Relation
from meshwright.frozen import dataclass
from meshwright.graph.derivation import ColumnName, Made, hidden_columns
from meshwright.model import Columns, Sight, Veil, Version, identity, product_of
from meshwright.run.relations import See
from meshwright.sql import ColumnSource, Influence, parser_version, statement_lineage
from meshwright.state.records import ObjectKind, Pointer

_METHOD = "mwmask1"
_SALT = "mask-salt"
_SALT_BYTES = 16
_SHOWN = 8
_CACHED = "lineage-of-version"


def veil_of(opened: OpenedMesh, versions: Iterable[Version] = ()) -> Veil | None:
    """Return what is hidden in the opened environment; None where that is nothing.

    `versions` are those that the sandbox points to. Outside of sandboxes it asks the state nothing; in one whose base
    masks no classification it looks up that, and follows no lineage.
    """
    sandbox = opened.sandbox
    if sandbox is None or sandbox.base is None:
        return None
    sample = sampled(sandbox)
    classes = masked_classes(opened, sandbox.base)
    if not classes and sample is None:
        return None
    base = _read_base(opened, sandbox.base, sandbox.base_generation)
    hidden = _hidden(opened, base, classes) if classes else {}
    if not hidden and sample is None:
        return None
    masked: dict[str, dict[str, str]] = defaultdict(dict)
    for (dataset, column), why in sorted(hidden.items()):
        masked[dataset][column] = why
    known = tuple(versions)
    return Veil(
        masked=masked,
        clear=_clear(base.versions, masked),
        method=f"{_METHOD}:{identity('mwsalt1', _salt(opened))[:_SHOWN]}" if masked else "",
        sample=sample,
        standing=base.standing | {version.id for version in known if not version.is_restricted},
        restricted=frozenset(version.id for version in known if version.is_restricted),
    )


def veil_in(opened: OpenedMesh, environment: str) -> Veil | None:
    """Return what is hidden in an environment that need not be the opened one."""
    if environment == opened.environment:
        return veil_of(opened)
    found = opened.state.reader.environment(environment)
    is_sandbox = found is not None and found.is_sandbox and environment not in opened.mesh.environments
    return veil_of(replace(opened, environment=environment, sandbox=found)) if is_sandbox else None


def see_of(opened: OpenedMesh) -> See:
    """Return what hides, by the state's own salt. In sandboxes the salt is looked up at once, elsewhere when it is needed."""
    salt = [_salt(opened)] if opened.sandbox is not None else []

    def see(dataset: str, relation: Relation, sight: Sight) -> Relation:
        return opened.engine.see(dataset, relation, sight, salt[0] if salt else _salt(opened))

    return see


def sight_of(veil: Veil | None, version: Version) -> Sight | None:
    """Return what readers see of a version; None where that is everything that it holds."""
    return None if veil is None or version.is_restricted else veil.sight(version.dataset)


def _salt(opened: OpenedMesh) -> str:
    """Return what keeps pseudonyms from being looked up in a list of all values; made once, it stays for good."""
    found = opened.state.reader.note(_SALT)
    return found or opened.state.writer.settle_note(_SALT, secrets.token_hex(_SALT_BYTES))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Base:
    """The base of a sandbox."""

    #: As it stands now, and in the generation that shines through.
    now: Mapping[str, Pointer]
    then: Mapping[str, Pointer]
    #: Plain dataset -> its versions in either, that of now first.
    versions: Mapping[str, Sequence[Version]]
    #: Ids of all these versions: an environment that is no sandbox points to no restricted one.
    standing: frozenset[str]


def _read_base(opened: OpenedMesh, base: str, frozen: int) -> _Base:
    reader = opened.state.reader
    now = reader.pointers(base)
    then = now if reader.generation(base) == frozen else reader.pointers(base, frozen)
    pointed = dict.fromkeys(
        each.revision
        for pointers in (now, then)
        for _, each in sorted(pointers.items())
        if each.kind is ObjectKind.DATASET
    )
    found = reader.versions(pointed)
    versions: dict[str, list[Version]] = defaultdict(list)
    for revision in pointed:
        if revision in found:
            versions[found[revision].dataset].append(found[revision])
    return _Base(now=now, then=then, versions=versions, standing=frozenset(pointed))


def _hidden(opened: OpenedMesh, base: _Base, classes: frozenset[str]) -> dict[ColumnName, str]:
    """Return the columns to hide, with why."""
    reader = opened.state.reader
    now = published_classes(reader, base.now)
    # What the base does not promise any more is classified as it last was in what still shines through.
    then = published_classes(reader, base.then) if base.then is not base.now else {}
    said = {**then, **now}
    classified = {column: _why(found & classes) for column, found in said.items() if found & classes}
    for column, found in written_classes(opened).items():
        if found & classes and column not in classified:
            classified[column] = f"{_why(found & classes)}, as the sandbox's own contract says"
    if not classified:
        return {}
    cleared = frozenset(column for column, found in now.items() if not found & classes)
    lineage = _Lineage(opened, base.versions)
    made = {
        dataset: Made(
            columns=frozenset(column.name.casefold() for version in versions for column in version.columns),
            reads=tuple(dict.fromkeys(read for version in versions for read in version.inputs)),
        )
        for dataset, versions in base.versions.items()
    }
    return hidden_columns(made, classified, cleared, lineage.follow)


def _why(classes: Iterable[str]) -> str:
    return ", ".join(sorted(classes))


def _clear(
    versions: Mapping[str, Sequence[Version]], masked: Mapping[str, Mapping[str, str]]
) -> dict[str, tuple[str, ...]]:
    """Return the columns that the base shows of datasets with hidden ones and that are not hidden: what else a sandbox
    gives such a dataset may be the hidden column under another name."""
    return {
        dataset: tuple(
            sorted(
                {column.name.casefold() for version in versions[dataset] for column in version.columns} - names.keys()
            )
        )
        for dataset, names in masked.items()
        if dataset in versions
    }


class _Lineage:
    """Column lineage of recorded versions, by the text that each was built from; remembered in the parse cache."""

    def __init__(self, opened: OpenedMesh, versions: Mapping[str, Sequence[Version]]) -> None:
        self._opened = opened
        self._versions = versions
        self._known = {version.id: version for found in versions.values() for version in found}
        self._followed: dict[str, tuple[ColumnSource, ...] | None] = {}

    def follow(self, dataset: str) -> tuple[ColumnSource, ...] | None:
        """Return what the columns of all versions of a dataset are made from; None where one of them does not tell."""
        if dataset not in self._followed:
            found = [self._of(version) for version in self._versions[dataset]]
            told = [sources for sources in found if sources is not None]
            is_told = len(told) == len(found)
            self._followed[dataset] = (
                tuple(dict.fromkeys(each for sources in told for each in sources)) if is_told else None
            )
        return self._followed[dataset]

    def _of(self, version: Version) -> tuple[ColumnSource, ...] | None:
        if not version.inputs:
            return ()
        if version.node_kind not in {"sql", "view"}:
            return None
        key = identity("mwversionlineage1", version.id, parser_version())
        kept = self._opened.cache.get_many(_CACHED, [key]).get(key)
        if kept is None:
            kept = json.dumps([[each.output, each.table, each.column, each.kind.value] for each in self._read(version)])
            self._opened.cache.put_many(_CACHED, {key: kept})
        # A statement that cannot be read tells nothing at all.
        sources = tuple(
            ColumnSource(output=output, table=table, column=column, kind=Influence(kind))
            for output, table, column, kind in json.loads(kept)
        )
        return sources or None

    def _read(self, version: Version) -> tuple[ColumnSource, ...]:
        dialect = version.view.dialect if version.view is not None else self._opened.mesh.dialect
        missing = set(version.inputs.values()) - self._known.keys()
        self._known.update(self._opened.state.reader.versions(missing) if missing else {})
        tables: dict[tuple[str, ...], tuple[str, Columns]] = {}
        for read, id_ in version.inputs.items():
            if id_ not in self._known:
                return ()
            named = (read, self._known[id_].columns)
            tables[tuple(read.split("."))] = named
            if product_of(read) == product_of(version.dataset):
                tables[(read.rpartition(".")[2],)] = named
        return statement_lineage(version.definition, dialect, tables=tables, output=version.columns)
