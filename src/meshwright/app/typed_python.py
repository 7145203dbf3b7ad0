"""Columns and column lineage of Python nodes: nothing tells them before the first build but what people declare."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.diagnostics import Diagnostic, Severity
from meshwright.frozen import dataclass
from meshwright.model import Column, Columns, Merge, Mesh, Node, Version, dataset_name, product_of
from meshwright.model.merging import VALIDITY, merged_columns
from meshwright.plan.identities import node_definition
from meshwright.sql import ColumnSource, Influence


@dataclass(frozen=True, kw_only=True, slots=True)
class PythonColumns:
    """What is known of the columns of Python nodes."""

    columns: Mapping[str, Columns]
    #: Datasets whose code was not built yet: it may give other columns besides, as a declaration need not be complete.
    guessed: frozenset[str]
    #: Of nodes of whose columns nothing is known.
    warnings: tuple[Diagnostic, ...]


def python_columns(mesh: Mesh, published: Mapping[str, Version], broken: frozenset[str]) -> PythonColumns:
    """Return the columns of the Python nodes, as far as they are known.

    A build of the same code tells them. Else they are guessed: those that `columns` declares, those of the contract,
    those of the last build, the stronger over the weaker, column by column.
    """
    guessed: set[str] = set()
    columns: dict[str, Columns] = {}
    warnings: list[Diagnostic] = []
    for node in mesh.nodes():
        if not is_called(node) or node.address in broken:
            continue
        version = published.get(node.address)
        if version is not None and version.fingerprint == node_definition(node)[0]:
            columns[node.address] = version.columns
            continue
        known = _told(mesh, node, version)
        if known:
            columns[node.address] = known
            guessed.add(node.address)
        else:
            warnings.append(_unknown(node))
    return PythonColumns(columns=columns, guessed=frozenset(guessed), warnings=tuple(warnings))


def is_called(node: Node) -> bool:
    """Whether a dataset comes of code whose columns nobody can tell by reading it: a function, or a job of a tool."""
    is_code = node.python is not None or node.outside is not None or node.table_of is not None
    return is_code and node.has_dataset


def python_lineage(node: Node, columns: Mapping[str, Columns]) -> tuple[ColumnSource, ...]:
    """Return the lineage of a Python node: any column of an input may flow into any column of its result.

    What a function does with its inputs is not known, so nothing is left out. It is direct, as the values may flow, and
    not only decide: who hides a column must hide what is made from it here.
    """
    return tuple(
        ColumnSource(output=output.name, table=read, column=column.name, kind=Influence.DIRECT)
        for read in node.read_datasets
        for column in columns.get(read, ())
        for output in columns.get(node.address, ())
    )


def _told(mesh: Mesh, node: Node, version: Version | None) -> Columns:
    from meshwright.checks.types import stored_form  # lazy: only where code changed or was never built

    found: dict[str, Column] = {}
    promised = _contract_columns(mesh, node)
    for column in (*(version.columns if version else ()), *promised, *node.columns):
        found[column.name.casefold()] = Column(name=column.name, type=stored_form(column.type))
    return stored_columns_of(node, tuple(found.values()))


def stored_columns_of(node: Node, columns: Columns) -> Columns:
    """Return the columns that a dataset has, where `columns` are those of new rows, or some of both."""
    if node.merging is None or not columns:
        return columns
    own = {column.name.casefold() for column in VALIDITY} if node.merging.merge is Merge.SCD2 else set()
    return merged_columns(tuple(column for column in columns if column.name.casefold() not in own), node.merging)


def _contract_columns(mesh: Mesh, node: Node) -> Columns:
    """Return the columns whose types contracts of the dataset give."""
    product = mesh.product(product_of(node.address))
    name = dataset_name(node.address)
    return tuple(
        Column(name=each.name, type=each.physical_type)
        for port in (product.ports.values() if product else ())
        for promised in port.contract.objects
        if promised.dataset == name
        for each in promised.properties
        if each.physical_type is not None
    )


def _unknown(node: Node) -> Diagnostic:
    return Diagnostic(
        code="MW-N401",
        severity=Severity.WARNING,
        message=f"the columns of {node.address} are not known before its first build; what reads it is not checked",
        span=node.span,
        fix="declare `columns`, or build it once",
        object=node.address,
    )
