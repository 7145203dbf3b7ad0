"""Columns of sources before they are read: as last built, or as their heads show them.

A place that cannot be reached must not stop `check`: then the declared columns count, or those of the last build, and
a warning says so. Heads are remembered in the parse cache under what was seen of the source.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from meshwright.app.typed_python import stored_columns_of
from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, Severity, WorldError
from meshwright.files.cache import ParseCache
from meshwright.frozen import dataclass
from meshwright.model import Column, Columns, FileSource, Mesh, Node, SourceObservation, Strength, Version, identity
from meshwright.model.merging import merge_problem
from meshwright.plan.identities import node_definition
from meshwright.sources.protocol import Sources

if TYPE_CHECKING:
    from meshwright.engines.protocol import Engine

#: Problems of the place, not of what is written: `check` goes on without it.
_PASSING = frozenset({"MW-X601", "MW-X602", "MW-X603", "MW-X604", "MW-X605", "MW-X606", "MW-X607", "MW-X608"})
#: So many heads are read at once.
_AT_ONCE = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceTyping:
    """What typing of sources looks at."""

    mesh: Mesh
    sources: Sources
    #: Dataset -> newest published version.
    published: Mapping[str, Version]
    broken: frozenset[str]
    #: Sources to look at although a version tells their columns: they may have others by now.
    doubted: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceColumns:
    """What is known of the columns of sources."""

    #: Dataset -> columns; a source whose columns cannot be told is absent.
    columns: Mapping[str, Columns]
    #: Sources that were not looked at: a version of the same definition told their columns.
    as_built: frozenset[str]
    #: Sources that could not be looked at, with their declared columns (they may have others besides), or those that
    #: they had under another definition.
    guessed: frozenset[str]
    #: What stood in the way of looking.
    diagnostics: tuple[Diagnostic, ...]


def source_columns(asked: SourceTyping, engine: Engine, cache: ParseCache) -> SourceColumns:
    """Return the columns of the sources, as far as they can be told."""
    columns: dict[str, Columns] = {}
    diagnostics: list[Diagnostic] = []
    unknown: dict[str, tuple[Node, str]] = {}
    for node in asked.mesh.nodes():
        if node.source is None or node.address in asked.broken:
            continue
        fingerprint, _ = node_definition(node)
        if _is_built(asked, node, fingerprint) and node.address not in asked.doubted:
            columns[node.address] = asked.published[node.address].columns
        else:
            unknown[node.address] = (node, fingerprint)
    as_built = frozenset(columns)
    seen = asked.sources.glance([node for node, _ in unknown.values()])
    heads: list[tuple[str, Node]] = []
    for address, (node, fingerprint) in unknown.items():
        problem = seen[address].problem
        if problem is None:
            heads.append((_head_key(fingerprint, seen[address], engine), node))
        else:
            diagnostics.append(_fallen_back(asked, node, problem, columns))
    found = cache.get_many("head", {key for key, _ in heads})
    columns.update({node.address: columns_from(found[key]) for key, node in heads if key in found})
    missing = [(key, node) for key, node in heads if key not in found]
    read, problems = _read_heads(asked, missing, columns, engine)
    columns.update(read)
    fresh = {
        key: columns_text(read[node.address])
        for key, node in missing
        if node.address in read and seen[node.address].strength is not Strength.UNSEEN
    }
    cache.put_many("head", fresh)
    looked_at = {*read, *(node.address for key, node in heads if key in found)}
    fallen_back = columns.keys() & (unknown.keys() - looked_at)
    return SourceColumns(
        columns=columns,
        as_built=as_built,
        guessed=frozenset(address for address in fallen_back if not _is_built(asked, *unknown[address])),
        diagnostics=(*diagnostics, *problems),
    )


def _is_built(asked: SourceTyping, node: Node, fingerprint: str) -> bool:
    version = asked.published.get(node.address)
    return version is not None and version.fingerprint == fingerprint


def _read_heads(
    asked: SourceTyping, heads: list[tuple[str, Node]], columns: dict[str, Columns], engine: Engine
) -> tuple[dict[str, Columns], list[Diagnostic]]:
    """Return the columns that heads show, and what stood in the way of the others; those fall back, into `columns`.

    Raises WorldError where a disk fails.
    """
    read: dict[str, Columns] = {}
    diagnostics: list[Diagnostic] = []
    for node, answer in _heads_at_once(asked.sources, [node for _, node in heads], engine):
        if not isinstance(answer, MeshwrightError):
            read[node.address] = answer
        elif answer.first.code in _PASSING:
            diagnostics.append(_fallen_back(asked, node, answer.first, columns))
        elif isinstance(answer, WorldError):  # the disk fails: the files may be all right, and trying again helps
            raise answer
        else:
            diagnostics.extend(answer.diagnostics)
    return read, diagnostics


def _heads_at_once(
    sources: Sources, nodes: list[Node], engine: Engine
) -> Iterator[tuple[Node, Columns | MeshwrightError]]:
    """Read heads, a few at once: DuckDB and the places that they come from let Python go on. The answers are in order."""

    def answer(node: Node) -> Columns | MeshwrightError:
        try:
            return _read_head(sources, node, engine)
        except MeshwrightError as error:
            return error

    if len(nodes) < 2:
        yield from ((node, answer(node)) for node in nodes)
        return
    from concurrent.futures import ThreadPoolExecutor  # lazy: most heads are remembered

    with ThreadPoolExecutor(min(_AT_ONCE, len(nodes)), thread_name_prefix="head") as pool:
        yield from zip(nodes, pool.map(answer, nodes), strict=True)


def columns_text(columns: Columns) -> str:
    """Write columns for the parse cache."""
    return json.dumps([[column.name, column.type] for column in columns])


def columns_from(text: str) -> Columns:
    """Read what `columns_text` wrote."""
    return tuple(Column(name=name, type=kind) for name, kind in json.loads(text))


def _read_head(sources: Sources, node: Node, engine: Engine) -> Columns:
    from meshwright.engines.protocol import SourceRead  # lazy: most heads are remembered

    with sources.head(node) as fetched:
        columns = engine.read_head(
            SourceRead(
                dataset=node.address,
                source=fetched.source,
                files=fetched.files,
                names=fetched.names,
                columns=node.columns,
                span=node.span,
            )
        )
    problem = merge_problem(columns, node.merging) if node.merging is not None else None
    if problem is not None:
        raise InputError(
            Diagnostic(code="MW-T007", message=problem.message, span=node.span, fix=problem.fix, object=node.address)
        )
    return stored_columns_of(node, columns)


def _head_key(fingerprint: str, seen: SourceObservation, engine: Engine) -> str:
    return identity("mwhead2", fingerprint, seen.key, engine.identity, engine.release)


def _fallen_back(asked: SourceTyping, node: Node, problem: Diagnostic, columns: dict[str, Columns]) -> Diagnostic:
    """Take the columns that are known without looking, and say so."""
    version = asked.published.get(node.address)
    if node.columns and not _is_built(asked, node, node_definition(node)[0]):
        columns[node.address] = stored_columns_of(node, node.columns)
        known = "its declared columns are taken"
    elif version is not None:
        columns[node.address] = version.columns
        known = "the columns of its last build are taken"
    else:
        known = "its columns, and what reads it, are not checked"
    is_absent = isinstance(node.source, FileSource) and problem.code == "MW-R001"
    return Diagnostic(
        code="MW-T003" if is_absent else "MW-T005",
        severity=Severity.WARNING,
        message=f"{problem.message}; {known}",
        span=node.span,
        fix="put the file there, or declare `columns`" if is_absent else problem.fix,
        object=node.address,
    )
