"""Jobs and datasets of outside tools in search, beside what is ours: in small pieces; those that changed are made anew."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from meshwright.app.opened import OpenedMesh
from meshwright.app.outside_told import joined_map
from meshwright.app.outside_told_map import JoinedMap, OutsideNode, OutsideWork
from meshwright.catalog.catalog import Catalog
from meshwright.catalog.index import Index, changed_index
from meshwright.catalog.segments import Document, Field, Kind, Segment, make_segment
from meshwright.frozen import dataclass
from meshwright.model.told import DESCRIBING, FacetOf, OutsideFacet, ToldName

#: Digits of ids that part what is outside into pieces: 256 of each kind. A thousand datasets more are four documents more in each.
_DIGITS = 2
_Thing = OutsideNode | OutsideWork


@dataclass(frozen=True, kw_only=True, slots=True)
class _Piece:
    """Some of what is outside."""

    #: What its documents follow from.
    made_of: object
    segment: Segment


_Pieces = Mapping[str, _Piece]


def with_outside(opened: OpenedMesh, catalog: Catalog) -> Index:
    """Return the index of a catalog with what outside tools told of."""
    outside = opened.state.outside
    if outside.is_empty():
        return catalog.index
    stamp = outside.stamp()
    kept, here = opened.workspace.kept, opened.environment
    if kept is None:
        return _joined(catalog.index, _pieces(opened, joined_map(opened), {}))
    joined, told = joined_map(opened), (opened.files_identity, stamp.map, stamp.described)
    pieces = kept.values.get(("outside-words", here), told, lambda before: _pieces(opened, joined, before or {}))
    return kept.values.get(("found", here), (catalog.stamp, *told), lambda _before: _joined(catalog.index, pieces))


def _joined(index: Index, pieces: _Pieces) -> Index:
    return changed_index(index, {name: piece.segment for name, piece in pieces.items()})


def _pieces(opened: OpenedMesh, joined: JoinedMap, before: _Pieces) -> _Pieces:
    outside = opened.state.outside
    said = {of: outside.facet_stamps(of, DESCRIBING) for of in (FacetOf.DATASET, FacetOf.JOB)}
    things: dict[str, list[_Thing]] = defaultdict(list)
    for node in joined.outside:
        things[f":dataset:{node.key[:_DIGITS]}"].append(node)
    for work in joined.works.values():
        if work.job is not None:
            things[f":job:{work.id[:_DIGITS]}"].append(work)
    found = {}
    for name, listed in things.items():
        of = FacetOf.DATASET if name.startswith(":dataset:") else FacetOf.JOB
        made_of = [(thing, *(said[of].get(id_) for id_ in _ids(thing))) for thing in listed]
        known = before.get(name)
        if known is None or known.made_of != made_of:
            known = _Piece(made_of=made_of, segment=make_segment(name, _documents(opened, of, listed)))
        found[name] = known
    return found


def _documents(opened: OpenedMesh, of: FacetOf, things: Collection[_Thing]) -> Iterator[Document]:
    facets: dict[str, list[OutsideFacet]] = defaultdict(list)
    for facet in opened.state.outside.facets(of, [id_ for thing in things for id_ in _ids(thing)], DESCRIBING):
        facets[facet.object].append(facet)
    for thing in things:
        own = sorted((facet for id_ in _ids(thing) for facet in facets.get(id_, ())), key=lambda facet: facet.at)
        name = _name(thing)
        texts = {Field.DOMAIN: name.namespace, **_texts(own)}
        if isinstance(thing, OutsideNode) and len(thing.names) > 1:
            texts[Field.TITLE] = ", ".join(each.shown for each in thing.names if each != name)
        yield Document(
            kind=Kind.OUTSIDE_DATASET if isinstance(thing, OutsideNode) else Kind.OUTSIDE_JOB,
            name=name.name,
            texts=tuple(sorted((field, text) for field, text in texts.items() if text)),
            id=thing.key if isinstance(thing, OutsideNode) else thing.id,
            shown=name.shown,
        )


def _texts(facets: Iterable[OutsideFacet]) -> dict[Field, str]:
    """Return what facets say, the last one of a name counts."""
    found: dict[Field, str] = {}
    for facet in facets:
        document = json.loads(facet.document)
        match facet.name:
            case "documentation":
                found[Field.DESCRIPTION] = str(document.get("description") or "")
            case "ownership":
                found[Field.OWNERS] = ", ".join(str(each.get("name", "")) for each in document.get("owners") or ())
            case "schema":
                found[Field.COLUMNS] = ", ".join(str(each.get("name", "")) for each in document.get("fields") or ())
    return found


def _ids(thing: _Thing) -> tuple[str, ...]:
    return thing.ids if isinstance(thing, OutsideNode) else (thing.id,)


def _name(thing: _Thing) -> ToldName:
    if isinstance(thing, OutsideNode):
        return thing.name
    assert thing.job is not None  # those that nobody named are not found
    return thing.job.name
