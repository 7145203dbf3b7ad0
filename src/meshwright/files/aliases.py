"""``aliases:`` of `pipeline.yaml`: other names of the product's datasets, by which outside tools tell of them.

aliases:
  departures:
    - {namespace: "snowflake://acme", name: AVIATION.FLIGHTS.DEPARTURES}
    - s3://lake/flights/departures          # one text, where it is told where the namespace ends
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import PurePath

from meshwright.diagnostics import Diagnostic, known_names_hint
from meshwright.files.fields import Fields, Keys, open_fields
from meshwright.files.standards.dataset_names import name_of_text, normal_name
from meshwright.files.yaml import YamlMapping, YamlNode, YamlScalar, YamlSequence
from meshwright.model import DatasetAlias, Product
from meshwright.model.told import ToldName

_KEYS = Keys(known=("namespace", "name"), required=("namespace", "name"))
_FORM = "{namespace: ..., name: ...}, a path, or a URL such as s3://lake/marts/orders"


def read_aliases(
    mapping: YamlMapping,
    *,
    product: str,
    datasets: Collection[str],
    own_namespace: str,
    findings: list[Diagnostic],
) -> tuple[DatasetAlias, ...]:
    """Return the aliases that a pipeline declares; `datasets` are the product's, by name."""
    pipeline = Fields(mapping=mapping, what="the pipeline", findings=findings, address=product)
    found: dict[tuple[str, ToldName], DatasetAlias] = {}
    for entry in pipeline.entries("aliases"):
        if entry.key not in datasets:
            pipeline.find(
                "MW-O001",
                f"'aliases' names '{entry.key}', which is no dataset of {product}",
                entry.key_span,
                known_names_hint(entry.key, datasets, what="datasets"),
            )
            continue
        if not isinstance(entry.value, YamlSequence):
            pipeline.wrong_type(entry.key, entry.value, f"a list of names: {_FORM}")
            continue
        for item in entry.value:
            name = _name(pipeline, item, entry.key)
            if name is None:
                continue
            if name.namespace == own_namespace or name.namespace.startswith(f"{own_namespace}/"):
                words = f"'{name.shown}' is in the namespace of meshwright's own events: an alias of {entry.key}"
                pipeline.find("MW-O002", words, item.span, "remove it: what has such a name is found without")
                continue
            # One that is written twice, in two spellings, is one.
            found.setdefault(
                (entry.key, name), DatasetAlias(dataset=f"{product}.{entry.key}", name=name, span=item.span)
            )
    return tuple(found.values())


def check_aliases(products: Sequence[Product], store: str, root: PurePath, findings: list[Diagnostic]) -> None:
    """Note aliases that are the place of another dataset, and those that two datasets have; written twice for one, they are one."""
    if not any(product.aliases for product in products):
        return
    from meshwright.files.own_places import own_places  # lazy: few products have aliases

    places = own_places(store, root)
    addresses = {node.address for product in products for node in product.nodes.values()}
    for product in products:
        for alias in product.aliases:
            viewed = places.viewed(alias.name)
            found = places.stored(alias.name) or (viewed[1] if viewed is not None else None)
            if found in addresses and found != alias.dataset:
                findings.append(
                    Diagnostic(
                        code="MW-O004",
                        message=f"'{alias.name.shown}' is where {found} lies: an alias of {alias.dataset}",
                        span=alias.span,
                        fix=f"remove it: what lies there is told of {found} without an alias",
                        object=product.address,
                    )
                )
    first: dict[ToldName, DatasetAlias] = {}
    for product in products:
        for alias in product.aliases:
            before = first.setdefault(alias.name, alias)
            if before.dataset != alias.dataset:
                findings.append(
                    Diagnostic(
                        code="MW-O003",
                        message=f"'{alias.name.shown}' is an alias of {before.dataset} already: {before.span}",
                        span=alias.span,
                        fix="keep it with the dataset that it is another name of",
                        object=product.address,
                    )
                )


def _name(pipeline: Fields, item: YamlNode, dataset: str) -> ToldName | None:
    """Return the name that an entry of the list means, in normal form."""
    if isinstance(item, YamlMapping):
        before = len(pipeline.findings)
        fields = open_fields(
            item, _KEYS, what=f"an alias of {dataset}", findings=pipeline.findings, address=pipeline.address
        )
        namespace, name = fields.text("namespace"), fields.text("name")
        if namespace is None or name is None or len(pipeline.findings) > before:
            return None
        return normal_name(ToldName(namespace=namespace, name=name))
    if not isinstance(item, YamlScalar) or not isinstance(item.value, str):
        pipeline.wrong_type("aliases", item, f"a name: {_FORM}")
        return None
    if "${" in item.value:  # `files.documents` has refused it already
        return None
    found = name_of_text(item.value)
    if found is None:
        words = f"'{item.text[:100]}' does not say in which namespace the name is: an alias of {dataset}"
        pipeline.find("MW-O002", words, item.span, f"write {_FORM}")
    return found
