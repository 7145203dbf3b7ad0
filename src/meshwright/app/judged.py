"""The mesh as judged: what `check` finds out, taken over from the last command where all that it rests on is the same.

It rests on the files, the environment, the overrides, the engine, and the columns that the world tells. These are looked
at each time; the rest (rules compiled, models bound, lineage) follows from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from meshwright.app.opened import OpenedMesh
from meshwright.app.typed_told import ToldColumns, TypedMesh, told_columns
from meshwright.checks.spec import CheckSpec
from meshwright.diagnostics import Diagnostic, has_errors
from meshwright.files.records import decode_record, encode_record
from meshwright.files.snapshots import keep_value, kept_value
from meshwright.graph.lineage import ColumnEdge, ColumnLineage, Influence
from meshwright.model import Scalar, Version, identity

_NAME = "judged.snapshot"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """The mesh with everything that `check` finds out about it."""

    typed: TypedMesh
    checks: Mapping[str, tuple[CheckSpec, ...]]
    #: Dataset -> values of the parameters that its SQL reads.
    params: Mapping[str, Mapping[str, Scalar]]
    #: Every finding, of loading as well.
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kept:
    """A judged mesh on disk; its lineage is the larger part, and few commands look at it."""

    judged: Judged
    edges: bytes


def judge_mesh(opened: OpenedMesh, versions: Mapping[str, Version], overrides: Mapping[str, str]) -> Judged:
    """Bind types, compile rules and compare promises with columns, over the whole mesh.

    `versions` is dataset -> published version. Raises InputError (MW-R014) for a wrong override.
    """
    told = told_columns(opened, versions)
    place = _place(opened)
    key = _key(opened, told, overrides)
    kept = kept_value(place, key) if place else None
    if isinstance(kept, _Kept):
        return _with_lineage(kept.judged, ColumnLineage(edges=_LaterEdges(kept.edges)))
    from meshwright.app.judging import judge  # lazy: the compilers of rules, and what they parse with

    judged = judge(opened, told, overrides)
    if place and not has_errors(judged.diagnostics):
        _keep(place, key, judged)
    return judged


def _keep(place: Path, key: str, judged: Judged) -> None:
    for specs in judged.checks.values():
        for spec in specs:
            _ = spec.fingerprint  # remembered in the record, and so kept with it: the next plan hashes nothing
    # As plain values: there are many edges, and a record each takes ten times as long.
    edges = encode_record(
        {
            dataset: [(edge.source, edge.target, edge.kind.value) for edge in found]
            for dataset, found in judged.typed.lineage.edges.items()
        }
    )
    keep_value(place, key, _Kept(judged=_with_lineage(judged, ColumnLineage()), edges=edges))


def _place(opened: OpenedMesh) -> Path | None:
    """Return where the judged mesh is kept; the frozen files of a run have no place of their own."""
    workspace = opened.workspace
    return workspace.private / _NAME if workspace.tree == workspace.root else None


def _key(opened: OpenedMesh, told: ToldColumns, overrides: Mapping[str, str]) -> str:
    columns = {name: [[column.name, column.type] for column in found] for name, found in told.columns.items()}
    return identity(
        "mwjudged1",
        opened.files_identity,
        opened.environment,
        dict(overrides),
        opened.engine.identity,
        opened.engine.release,
        columns,
        [repr(found) for found in told.diagnostics],
        sorted(told.guessed),
    )


def _with_lineage(judged: Judged, lineage: ColumnLineage) -> Judged:
    return replace(judged, typed=replace(judged.typed, lineage=lineage))


class _LaterEdges(Mapping[str, tuple[ColumnEdge, ...]]):
    """The column edges by dataset, decoded when first asked for."""

    def __init__(self, encoded: bytes) -> None:
        self._encoded = encoded
        self._edges: dict[str, tuple[ColumnEdge, ...]] | None = None

    def __getitem__(self, dataset: str) -> tuple[ColumnEdge, ...]:
        return self._decoded()[dataset]

    def __iter__(self) -> Iterator[str]:
        return iter(self._decoded())

    def __len__(self) -> int:
        return len(self._decoded())

    def _decoded(self) -> dict[str, tuple[ColumnEdge, ...]]:
        if self._edges is None:
            kept = decode_record(self._encoded)
            assert isinstance(kept, dict)  # its checksum was right
            self._edges = {
                dataset: tuple(
                    ColumnEdge(source=source, target=target, kind=Influence(kind)) for source, target, kind in found
                )
                for dataset, found in kept.items()
            }
        return self._edges
