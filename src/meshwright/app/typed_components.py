"""What components ask of their inputs, held against the columns that the inputs have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshwright.checks.types import belongs_to, stored_form, type_kind
from meshwright.diagnostics import Diagnostic, known_names_hint
from meshwright.model import Columns, ComponentUse, Mesh, dataset_name, product_of
from meshwright.plan.compatibility.values import Level
from meshwright.plan.compatibility.widening import type_level

_ANY = "ANY"
_NESTED = frozenset({"STRUCT", "MAP", "LIST"})


def component_findings(mesh: Mesh, columns: Mapping[str, Columns]) -> tuple[list[Diagnostic], frozenset[str]]:
    """Return what inputs of components lack, and the nodes inside: what is wrong with them comes of that.

    Inputs whose columns nothing tells are not judged.
    """
    found: list[Diagnostic] = []
    inside: set[str] = set()
    for use in mesh.uses():
        findings = [*_lacking(use, columns), *_unknown(use, columns)]
        if findings:
            found += findings
            inside.update(use.nodes)
    return found, frozenset(inside)


def _lacking(use: ComponentUse, columns: Mapping[str, Columns]) -> Iterator[Diagnostic]:
    for given in use.inputs:
        if given.dataset not in columns:
            continue
        there = {column.name.casefold(): column for column in columns[given.dataset]}
        for required in given.required:
            column = there.get(required.name.casefold())
            asked = f"which input '{given.name}' of {use.component} {use.version} asks for"
            if column is None:
                message = f"{_shown(use, given.dataset)} has no column '{required.name}', {asked}"
                fix = known_names_hint(required.name, (each.name for each in there.values()), what="columns")
            elif not fits(column.type, required.type):
                message = (
                    f"column '{column.name}' of {_shown(use, given.dataset)} is {column.type}, and not "
                    f"{required.type}, {asked}"
                )
                fix = f"cast it in a model before: cast({column.name} as {required.type})"
            else:
                continue
            yield Diagnostic(code="MW-K013", message=message, span=given.span, fix=fix, object=_object(use))


def _unknown(use: ComponentUse, columns: Mapping[str, Columns]) -> Iterator[Diagnostic]:
    for given in use.columns:
        if given.dataset not in columns:
            continue
        there = {column.name.casefold(): column.name for column in columns[given.dataset]}
        for name in given.columns:
            if name.casefold() not in there:
                yield Diagnostic(
                    code="MW-K014",
                    message=f"{_shown(use, given.dataset)} has no column '{name}', which parameter '{given.param}' of "
                    f"{use.component} {use.version} names",
                    span=given.span,
                    fix=known_names_hint(name, there.values(), what="columns"),
                    object=_object(use),
                )


def fits(actual: str, required: str) -> bool:
    """Whether a column of type `actual` can stand where `required` is asked for: the same, or one that it has room for.

    Every type of numbers has room in a DOUBLE, as engines see it.
    """
    if required == _ANY or stored_form(actual) == stored_form(required):
        return True
    if stored_form(required) == "DOUBLE" and belongs_to(actual, "number"):
        return True
    level = type_level(actual, required)
    return level in {Level.NONE, Level.PATCH} or (level is Level.MINOR and type_kind(required) not in _NESTED)


def _shown(use: ComponentUse, dataset: str) -> str:
    return dataset_name(dataset) if product_of(dataset) == product_of(use.node) else dataset


def _object(use: ComponentUse) -> str | None:
    return use.node if use.node in use.nodes else next(iter(use.nodes), None)
