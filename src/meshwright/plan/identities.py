"""The names of what is built: version ids, trigger keys, revisions. Each recipe has a tag of its own.

Identities cover what decides the data and nothing else: not layout, comments, paths, owners or words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from meshwright.checks.spec import CheckSpec
from meshwright.model import (
    ByAppending,
    ByInterval,
    ByMerging,
    Columns,
    DatabaseSource,
    Node,
    Port,
    Scalar,
    Source,
    TableSource,
    canonical_json,
    identity,
    plain_address,
    product_of,
    variation_of,
)
from meshwright.model.outside import OutsideWork
from meshwright.model.variations import plain_node
from meshwright.plan.pythonnodes import python_definition
from meshwright.plan.values import DesiredNode, DesiredPort

T = TypeVar("T")


def node_definition(node: Node) -> tuple[str, str]:
    """Return the node's fingerprint and the text it stands for.

    How new rows meet those that stand is part of what a stateful node means, and so of its fingerprint; what cuts a dataset
    into intervals is in the ids of its parts.

    SQL: the fingerprint found when it was parsed, and the text as written. Source: what is read and how
    (format, nulls, delimiter, header, encoding, sheet, table, query, declared columns), never where it lies, so that
    a renamed file with the same content changes nothing. Python: see `plan.pythonnodes`.
    """
    fingerprint, definition = _own_definition(node)
    if node.is_stateful:
        fingerprint = identity("mwstateful1", fingerprint, incremental_definition(node))
    return fingerprint, definition


def _own_definition(node: Node) -> tuple[str, str]:
    if node.sql is not None:
        return node.sql.fingerprint, node.sql.text
    if node.python is not None:
        fingerprint, definition = python_definition(node.python, node.columns)
        return (identity("mwnone1", fingerprint), definition) if node.is_none else (fingerprint, definition)
    if node.outside is not None:
        definition = canonical_json(_outside(node.outside, node.columns))
        return identity("mwoutside1", definition), definition
    if node.table_of is not None:
        definition = canonical_json(
            {"columns": [[column.name, column.type] for column in node.columns], "table": node.table_of.name}
        )
        return identity("mwlefttable1", definition), definition
    assert node.source is not None  # a node carries the part of its kind
    definition = canonical_json(_reading(node.source, node.columns))
    return identity("mwsource1", definition), definition


def _reading(source: Source, columns: Columns) -> dict[str, str | bool | list[str] | list[list[str]] | None]:
    """The reading rules of a source as plain values."""
    declared = [[column.name, column.type] for column in columns]
    if isinstance(source, TableSource):
        return {"columns": declared, "format": source.format}
    if isinstance(source, DatabaseSource):
        return {"columns": declared, "format": "database", "query": source.query, "table": source.table}
    cells: dict[str, str | None] = {"sheet": source.sheet, "range": source.range} if source.format == "excel" else {}
    return {
        "columns": declared,
        "delimiter": source.delimiter,
        "encoding": source.encoding,
        "format": source.format,
        "header": source.has_header,
        "nulls": sorted(set(source.nulls)),
        **cells,
    }


def _outside(work: OutsideWork, columns: Columns) -> dict[str, object]:
    """What a tool is asked to do, as plain values: not where the code lies, but what it says."""
    each = {"for_each": work.for_each.items} if work.for_each is not None else {}
    return {
        **each,
        "tool": work.tool,
        "options": json.loads(work.options),
        "inputs": [[given.name, plain_address(given.dataset)] for given in work.inputs],
        "datasets": list(work.yields),
        "columns": [[column.name, column.type] for column in columns],
        "files": {path.removeprefix(f"{work.folder}/"): digest for path, digest in work.files.items()},
    }


def incremental_definition(node: Node) -> dict[str, str | bool | list[str] | None] | None:
    """Return what of ``incremental`` decides the rows of a node, as plain values; None where it is not incremental.

    Not among them: how far a build looks back, where intervals begin, what is kept and which inputs it waits for: they say
    which parts there are, and what a part was made from is in the part's id.
    """
    match node.incremental:
        case ByInterval() as cut:
            return {"by": cut.by.casefold(), "grain": cut.calendar.grain.value, "timezone": cut.calendar.timezone}
        case ByAppending():
            return {"append": True}
        case ByMerging() as merging:
            return {
                "close_absent": merging.is_closing_absent,
                "deleted": merging.deleted.casefold() if merging.deleted else None,
                "key": sorted(name.casefold() for name in merging.key),
                "merge": merging.merge.value,
                "valid_from": merging.valid_from.casefold() if merging.valid_from else None,
            }
        case None:
            return None


def version_id(desired: DesiredNode, inputs: Mapping[str, str]) -> str:
    """Return the id of a pure node's version: the identity of its recipe. `inputs` is dataset -> identity of the input.

    That is its version's id, and in a sandbox what is left to see of it (`plan.sights`).
    Dataset and inputs count by their plain addresses. A view and a table of the same recipe are two versions: one is
    read from files, the other is evaluated.
    """
    return identity(
        "mwview1" if desired.node.is_view else "mwversion1",
        plain_address(desired.node.address),
        desired.fingerprint,
        typed_params(desired),
        desired.engine,
        named_as_written(inputs),
    )


def content_version_id(dataset: str, content_digest: str, columns: Columns, *, is_restricted: bool = False) -> str:
    """Return the id of an opaque node's version: the identity of its rows, and of its columns' names and types.

    Give `columns`: two tables may hold equal canonical values under different types. A restricted version is never the
    one that everything would give, were it equal by chance: nobody else could point to it.
    """
    tag = "mwrestrictedcontent1" if is_restricted else "mwcontent1"
    return identity(tag, dataset, content_digest, [[column.name, column.type] for column in columns])


def trigger_key(desired: DesiredNode, inputs: Mapping[str, str], observation: str) -> str:
    """Return the key that says whether an opaque node must run: the same key need not run again."""
    return identity(
        "mwtrigger1",
        plain_address(desired.node.address),
        desired.fingerprint,
        typed_params(desired),
        desired.engine,
        named_as_written(inputs),
        observation,
    )


def named_as_written(inputs: Mapping[str, T]) -> dict[str, T]:
    """Return what a node or rule reads under the names that its code uses: those of variations without the variation.

    A recipe knows no variations, so that a node whose recipe a variation does not change shares its versions.
    """
    return {plain_address(dataset): found for dataset, found in inputs.items()}


def as_recipe(desired: DesiredNode) -> DesiredNode:
    """Return the node under the names that its code uses: what builds it knows no variations."""
    return replace(desired, node=plain_node(desired.node)) if variation_of(desired.node.address) else desired


def product_revision(product: str, code: str, datasets: Mapping[str, str], ports: Mapping[str, str]) -> str:
    """Return the revision of a product: its code, the versions and the contract revisions that stand in it."""
    return identity("mwproduct1", product, code, dict(datasets), dict(ports))


def desired_port(port: Port, checks: Mapping[str, Sequence[CheckSpec]]) -> DesiredPort:
    """Return a port as it should stand. `checks` is dataset -> its rules, of which the port's own are recorded.

    Rules stand in the document under ``<dataset> <check id>``, so that a later plan can name what was tightened.
    """
    rules = {
        rule_key(spec): spec.fingerprint
        for dataset in port.datasets
        for spec in checks.get(dataset, ())
        if spec.port == port.address
    }
    datasets = sorted(port.datasets)
    product = port.address.partition("/")[0]
    document = (
        f'{{"contract":{port.contract.document},"datasets":{canonical_json(datasets)},"rules":{canonical_json(rules)}}}'
    )
    return DesiredPort(
        address=port.address,
        product=product,
        datasets=tuple(datasets),
        revision=port_revision(port),
        document=document,
    )


def port_revision(port: Port) -> str:
    """Return the revision of a port: the identity of its contract and of the datasets that it holds."""
    return identity("mwport1", port.address, port.contract.digest, sorted(port.datasets))


def rule_key(spec: CheckSpec) -> str:
    """Return the key of a rule in a port's document."""
    return f"{spec.dataset} {spec.id}"


def inside(product: str, address: str) -> bool:
    """Whether a dataset or port address belongs to `product`."""
    return address.partition("/")[0] == product if "/" in address else product_of(address) == product


def typed_params(desired: DesiredNode) -> dict[str, list[Scalar]]:
    """Return parameters by name, each with its declared type; canonical JSON tells 1, 1.0, true and "1" apart."""
    return {name: [desired.param_types.get(name), value] for name, value in desired.params.items()}
