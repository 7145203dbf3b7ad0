"""Writing mesh files: the texts of a new domain and of a new product, which load without a finding."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TypeAlias

from meshwright.checks.types import logical_type
from meshwright.frozen import dataclass
from meshwright.model import Columns
from meshwright.sql import written_name

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./+-]*(?: [A-Za-z0-9_./+-]+)*")
#: Plain words that YAML or our readers could take for something else.
_TYPED = frozenset({"true", "false", "null", "yes", "no", "on", "off"})

#: A value of a source's key.
SourceValue: TypeAlias = str | bool | int | list[str] | dict[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class NewProduct:
    """What a new product is made of: one dataset of the product's name, with a port and a contract."""

    domain: str
    name: str
    #: Columns of the dataset; empty while they are not known, and then there is no contract.
    columns: Columns
    #: Key and value of the source that it reads (``path``, ``data/orders.csv``); None where it reads `dataset`.
    source: Mapping[str, SourceValue] | None = None
    #: Address of the dataset that it reads; None for a source or an example of its own.
    dataset: str | None = None

    @property
    def title(self) -> str:
        """The name as people read it."""
        return self.name.replace("_", " ").capitalize()


def domain_text(name: str, purpose: str, owners: tuple[str, ...]) -> str:
    """Return `domain.yaml`."""
    return f"name: {name}\npurpose: {yaml_text(purpose)}\nowners: [{', '.join(yaml_text(owner) for owner in owners)}]\n"


def product_texts(new: NewProduct) -> dict[str, str]:
    """Return the files of a new product, by path inside its folder."""
    files = {f"models/{new.name}.sql": _model(new)}
    if new.source is not None:
        files["pipeline.yaml"] = _pipeline(new, new.source)
    if new.columns:
        files["product.odps.yaml"] = _product(new)
        files[f"contracts/{new.name}.odcs.yaml"] = _contract(new)
    return files


def raw_name(name: str) -> str:
    """Return the name of the source node of a product's dataset."""
    return f"raw_{name}"[:48]


def yaml_text(text: str) -> str:
    """Return `text` as a YAML scalar that is read back as the same text."""
    is_plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _TYPED
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _yaml_value(value: SourceValue) -> str:
    return yaml_text(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _model(new: NewProduct) -> str:
    if new.source is None and new.dataset is None:
        return f"-- An example of one row: replace it with what {new.title} is.\nselect 1 as id, 'example' as name\n"
    listed = ",\n".join(f"    {written_name(column.name)}" for column in new.columns) or "    *"
    return f"select\n{listed}\nfrom {new.dataset or raw_name(new.name)}\n"


def _pipeline(new: NewProduct, source: Mapping[str, SourceValue]) -> str:
    lines = "".join(f"      {yaml_text(key)}: {_yaml_value(value)}\n" for key, value in source.items())
    return f"nodes:\n  {raw_name(new.name)}:\n    source:\n{lines}"


def _product(new: NewProduct) -> str:
    return (
        "apiVersion: v1.1.0\n"
        "kind: DataProduct\n"
        f"id: {new.domain}-{new.name}\n"
        f"name: {yaml_text(new.title)}\n"
        "version: 1.0.0\n"
        "status: draft\n"
        f"domain: {new.domain}\n"
        "outputPorts:\n"
        f"  - name: {new.name}\n"
        "    version: 1.0.0\n"
        f"    contractId: {new.domain}-{new.name}-{new.name}\n"
    )


def _contract(new: NewProduct) -> str:
    properties = "".join(
        f"      - name: {yaml_text(column.name)}\n"
        + (f"        logicalType: {kind}\n" if (kind := logical_type(column.type)) else "")
        + f"        physicalType: {yaml_text(column.type)}\n"
        for column in new.columns
    )
    return (
        "apiVersion: v3.2.0\n"
        "kind: DataContract\n"
        f"id: {new.domain}-{new.name}-{new.name}\n"
        f"name: {yaml_text(new.title)}\n"
        "version: 1.0.0\n"
        "status: draft\n"
        f"domain: {new.domain}\n"
        f"dataProduct: {new.name}\n"
        "slaProperties:\n"
        "  - property: freshness\n"
        "    value: 30\n"
        "    unit: d\n"
        "    description: A first guess. Say how old the rows may be.\n"
        "schema:\n"
        f"  - name: {new.name}\n"
        "    quality:\n"
        "      - {metric: rowCount, mustBeGreaterThan: 0}\n"
        "    properties:\n"
        f"{properties}"
    )
