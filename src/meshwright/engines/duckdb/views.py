"""Views bound to versions: the statements that make a view stand for its own inputs, whatever their names stand for elsewhere.

Each view has a schema of its own that holds its inputs under their own names, and its query beside them. Bare names
find them there, for DuckDB looks names of a view up in the view's own schema first; addresses in full are rewritten to
that schema. So one statement may read a view together with newer versions of what the view is bound to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from meshwright.engines.duckdb.names import quoted
from meshwright.engines.duckdb.params import literal_params
from meshwright.engines.duckdb.scans import files_of_relation, source_of
from meshwright.engines.duckdb.text import Piece, pieces, to_duckdb
from meshwright.engines.duckdb.types import select_stored
from meshwright.engines.protocol import Relation, View
from meshwright.frozen import dataclass
from meshwright.model import product_of

_DOT = re.compile(r"\.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What it takes to make one view's schema, statements in order; they stand on the schemas of the views beneath."""

    schema: str
    #: Schemas to be made first, this one and those that hold inputs of equal names.
    schemas: tuple[str, ...]
    statements: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Holding:
    """Where the inputs of a view lie: dataset -> schema."""

    schema: str
    inputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def schemas(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.schema, *self.inputs.values())))


def query_of(relation: Relation, catalog: str = "") -> str:
    """Return what stands after ``CREATE VIEW ... AS`` for a relation; the places of a view must be made before.

    `catalog` is the delimited catalog of those places with a dot, or nothing where they lie in the current one.
    """
    if relation.view is None:
        return f"FROM {source_of(relation)}"
    return f"FROM {catalog}{quoted(_schema(relation.view))}.{_name(relation.view.dataset)}"


def places(relation: Relation, catalog: str = "", known: set[str] | None = None) -> Iterator[Place]:
    """Yield the places that a relation stands on, those beneath first, each once; none for a table.

    Views whose key is in `known` are there already; the set is added to.
    """
    known = set() if known is None else known
    waiting = [relation]
    while waiting:
        view = waiting[-1].view
        if view is None or view.key in known:
            waiting.pop()
            continue
        beneath = [each for each in view.inputs.values() if each.view is not None and each.view.key not in known]
        if beneath:
            waiting.extend(beneath)
            continue
        known.add(view.key)
        waiting.pop()
        yield _place(view, catalog)


def files_of(relations: Mapping[str, Relation]) -> frozenset[str]:
    """Return every file that relations are read from, those beneath views among them."""
    seen: set[str] = set()
    found = [each for relation in relations.values() for each in _walk(relation, seen)]
    named = (file for each in found if each.view is not None for file in each.view.files)
    return frozenset((*named, *(file for each in found for file in files_of_relation(each))))


def _walk(relation: Relation, seen: set[str]) -> Iterator[Relation]:
    """Yield a relation and all beneath it, views whose key was `seen` left out."""
    waiting = [relation]
    while waiting:
        each = waiting.pop()
        if each.view is not None:
            if each.view.key in seen:
                continue
            seen.add(each.view.key)
            waiting.extend(each.view.inputs.values())
        yield each


def _place(view: View, catalog: str) -> Place:
    holding = _holding(view)
    statements = [
        f"CREATE OR REPLACE VIEW {catalog}{quoted(holding.inputs[dataset])}.{_name(dataset)} AS {query_of(read, catalog)}"
        for dataset, read in view.inputs.items()
    ]
    names = ", ".join(quoted(column.name) for column in view.computed)
    own = f"{catalog}{quoted(holding.schema)}.{_name(view.dataset)}"
    statements.append(
        f"CREATE OR REPLACE VIEW {own} ({names}) AS SELECT {select_stored(view.computed) or '*'} FROM (\n"
        f"{_bound_text(view, holding, catalog)}\n) AS q({names})"
    )
    return Place(schema=holding.schema, schemas=holding.schemas, statements=tuple(statements))


def _schema(view: View) -> str:
    return f"meshwright_{view.key}"


def _name(dataset: str) -> str:
    return quoted(dataset.rpartition(".")[2])


def _holding(view: View) -> _Holding:
    """Place the inputs: those of the view's product beside it, others there too or, where a name is taken, in a further schema."""
    own, main = product_of(view.dataset), _schema(view)
    taken = {(main, _name(view.dataset))}
    placed: dict[str, str] = {}
    for dataset in sorted(view.inputs, key=lambda name: (product_of(name) != own, name)):
        schema, number = main, 1
        while (schema, _name(dataset)) in taken:
            number += 1
            schema = f"{main}_{number}"
        taken.add((schema, _name(dataset)))
        placed[dataset] = schema
    return _Holding(schema=main, inputs=placed)


def _bound_text(view: View, holding: _Holding, catalog: str) -> str:
    """Return the view's text with its parameters as literals and its addresses in full as places of the view's own."""
    text = to_duckdb(view.text, view.dialect)
    values: dict[str | None, str] = dict(literal_params(view.params, view.param_types).items())
    return "".join(_rewritten(tuple(pieces(text)), values, holding, catalog))


def _rewritten(
    found: tuple[Piece, ...], values: Mapping[str | None, str], holding: _Holding, catalog: str
) -> Iterator[str]:
    full: dict[tuple[str, ...], str] = {tuple(each.split(".")): each for each in holding.inputs}
    partly = {parts[1:]: each for parts, each in full.items()}
    if len(partly) < len(full):  # datasets of one name in products of one name: such a short form names neither
        partly = {}
    index = 0
    while index < len(found):
        piece = found[index]
        if piece.param in values:
            yield values[piece.param]
            index += 1
            continue
        chain, end = _chain(found, index)
        if (dataset := full.get(chain[:3])) is not None:
            yield f"{catalog}{quoted(holding.inputs[dataset])}.{_name(dataset)}"
            index = _after(found, index, 3)
            continue
        if len(chain) > 2 and (dataset := partly.get(chain[:2])) is not None:
            # A column qualified with product and dataset; the catalog may be left out here too.
            yield f"{quoted(holding.inputs[dataset])}.{_name(dataset)}"
            index = _after(found, index, 2)
            continue
        yield from (each.text for each in found[index:end])
        index = end


def _chain(found: tuple[Piece, ...], start: int) -> tuple[tuple[str, ...], int]:
    """Return the names joined by dots from `start`, folded, and the index after them; one piece that is no name gives none."""
    if found[start].name is None:
        return (), start + 1
    names, end = [found[start].name or ""], start + 1
    while (following := _next_name(found, end)) is not None:
        names.append(found[following].name or "")
        end = following + 1
    return tuple(names), end


def _next_name(found: tuple[Piece, ...], start: int) -> int | None:
    """Return the index of the name that follows a dot at `start`, blanks and comments aside; None where none does."""
    dot = _solid(found, start)
    if dot is None or not _DOT.fullmatch(found[dot].text):
        return None
    name = _solid(found, dot + 1)
    return name if name is not None and found[name].name is not None else None


def _solid(found: tuple[Piece, ...], start: int) -> int | None:
    return next((index for index in range(start, len(found)) if not found[index].is_blank), None)


def _after(found: tuple[Piece, ...], start: int, names: int) -> int:
    """Return the index after `names` names that are joined by dots from `start`."""
    end = start + 1
    for _ in range(names - 1):
        following = _next_name(found, end)
        assert following is not None  # the chain was found to be this long
        end = following + 1
    return end
