"""The names of what is built: version ids, trigger keys, revisions. Each recipe has a tag of its own.

Identities cover what decides the data and nothing else: not layout, comments, paths, owners or words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meshwright.checks.spec import CheckSpec
from meshwright.model import Columns, FileSource, Node, Port, Scalar, canonical_json, identity, product_of
from meshwright.plan.values import DesiredNode, DesiredPort


def node_definition(node: Node) -> tuple[str, str]:
    """Return the node's fingerprint and the text it stands for.

    SQL: the fingerprint found when it was parsed, and the text as written. Source: how the files are read
    (format, nulls, delimiter, header, encoding, declared columns), never where they lie, so that a
    renamed file with the same content changes nothing.
    """
    if node.sql is not None:
        return node.sql.fingerprint, node.sql.text
    assert node.source is not None  # a node carries the part of its kind
    definition = canonical_json(_reading(node.source, node.columns))
    return identity("mwsource1", definition), definition


def _reading(source: FileSource, columns: Columns) -> dict[str, str | bool | list[str] | list[list[str]] | None]:
    """The reading rules of a source as plain values."""
    return {
        "columns": [[column.name, column.type] for column in columns],
        "delimiter": source.delimiter,
        "encoding": source.encoding,
        "format": source.format,
        "header": source.has_header,
        "nulls": sorted(set(source.nulls)),
    }


def version_id(desired: DesiredNode, inputs: Mapping[str, str]) -> str:
    """Return the id of a pure node's version: the identity of its recipe. `inputs` is dataset -> version id."""
    return identity(
        "mwversion1",
        desired.node.address,
        desired.fingerprint,
        _typed(desired),
        desired.engine,
        dict(inputs),
    )


def content_version_id(dataset: str, content_digest: str, columns: Columns) -> str:
    """Return the id of an opaque node's version: the identity of its rows, and of its columns' names and types.

    Give `columns`: two tables may hold equal canonical values under different types.
    """
    return identity("mwcontent1", dataset, content_digest, [[column.name, column.type] for column in columns])


def trigger_key(desired: DesiredNode, inputs: Mapping[str, str], observation: str) -> str:
    """Return the key that says whether an opaque node must run: the same key need not run again."""
    return identity(
        "mwtrigger1",
        desired.node.address,
        desired.fingerprint,
        _typed(desired),
        desired.engine,
        dict(inputs),
        observation,
    )


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
    revision = identity("mwport1", port.address, port.contract.digest, datasets)
    document = (
        f'{{"contract":{port.contract.document},"datasets":{canonical_json(datasets)},"rules":{canonical_json(rules)}}}'
    )
    return DesiredPort(
        address=port.address,
        product=product,
        datasets=tuple(datasets),
        revision=revision,
        document=document,
    )


def rule_key(spec: CheckSpec) -> str:
    """Return the key of a rule in a port's document."""
    return f"{spec.dataset} {spec.id}"


def inside(product: str, address: str) -> bool:
    """Whether a dataset or port address belongs to `product`."""
    return address.partition("/")[0] == product if "/" in address else product_of(address) == product


def _typed(desired: DesiredNode) -> dict[str, list[Scalar]]:
    """Parameters by name, each with its declared type; canonical JSON tells 1, 1.0, true and "1" apart."""
    return {name: [desired.param_types.get(name), value] for name, value in desired.params.items()}
