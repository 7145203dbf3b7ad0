"""``for_each`` of models and Python nodes: a node of its own for each item of a list, and one that joins them.

The list stands in the file, so that a plan knows every item: what each becomes has a version, tests and lineage of its own,
and an item that is added is built alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.files.cache import ParseCache
from meshwright.files.fields import Fields
from meshwright.files.outside import read_for_each
from meshwright.files.parameters import Parameters
from meshwright.files.statements import StatementRequest, parse_statements
from meshwright.files.yaml import YamlScalar, YamlSequence
from meshwright.frozen import dataclass
from meshwright.model import ITEM_PARAMETER, ItemOf, Node, Scalar, SqlModel, bytes_identity, product_of
from meshwright.model.items import MAX_ITEM_NODES, item_names, item_type
from meshwright.model.names import COMPONENT_SIGN
from meshwright.model.parameters import INTEGERS
from meshwright.sql import quote_identifier

_DIALECT = "duckdb"
#: Settings of a node that cannot stand beside a list.
_ALONE = {
    "incremental": "what is joined is joined anew each time",
    "source": "a source reads what its path says",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemList:
    """The items over which a node fans out, each once and all of one type."""

    values: tuple[Scalar, ...]
    spans: tuple[SourceSpan, ...]
    type: str
    at_once: int
    #: The key ``for_each``.
    span: SourceSpan


def read_items(fields: Fields, visible: Parameters) -> ItemList | None:
    """Return the list under ``for_each`` of a model or a Python node; None, with findings, where there is none to use.

    `visible` are the parameters that hold for the node, but for its own.
    """
    if "for_each" not in fields:
        return None
    before = len(fields.findings)
    span = fields.mapping.span_of("for_each")
    for key, why in _ALONE.items():
        if key in fields:
            fields.find(
                "MW-M421", f"'for_each' of {fields.what} stands beside '{key}': {why}", span, "remove one of them"
            )
    if fields.text("as") == "none":
        message = f"'for_each' of {fields.what} stands beside 'as: none': there would be nothing to join"
        fields.find("MW-M421", message, span, "let the function take the whole list")
    own = fields.mapping.get("params")
    if ITEM_PARAMETER in visible or (own is not None and ITEM_PARAMETER in own):
        message = (
            f"parameter '{ITEM_PARAMETER}' of {fields.what} is hidden: there ${ITEM_PARAMETER} is an item of 'for_each'"
        )
        fields.find("MW-M423", message, span, "rename the parameter")
    for_each, node = read_for_each(fields, MAX_ITEM_NODES)
    if for_each is None or node is None:
        return None
    if not isinstance(node, YamlSequence):
        fields.find(
            "MW-M421",
            f"'for_each' of {fields.what} is a reference, and the list must be known before anything runs",
            node.span,
            "write the list out; or let one node take the whole list, which it reads from a dataset",
        )
        return None
    items = [item for item in node if isinstance(item, YamlScalar)]
    found = _checked(fields, items, node.span)
    if found is None or len(fields.findings) > before:
        return None
    values, kind = found
    return ItemList(
        values=values,
        spans=tuple(item.span for item in items),
        type=kind,
        at_once=for_each.most_at_once,
        span=span,
    )


def _checked(fields: Fields, items: list[YamlScalar], span: SourceSpan) -> tuple[tuple[Scalar, ...], str] | None:
    """Return the items as values of one type, with that type."""
    values = tuple(item.value for item in items)
    kind = item_type(values)
    if kind is None:
        fields.find(
            "MW-M421",
            f"'for_each' of {fields.what} mixes values of several types",
            span,
            "write values of one type; texts that look like numbers in quotes",
        )
        return None
    for item, value in zip(items, values, strict=True):
        if kind == "integer" and value not in INTEGERS:
            fields.wrong_value("for_each", item, "a number that a parameter can hold")
            return None
    if kind == "number":
        values = tuple(float(value) for value in values if isinstance(value, int | float))
    for place, item in enumerate(items):
        if values[place] in values[:place]:
            fields.find(
                "MW-M422",
                f"'{item.text}' stands twice in 'for_each' of {fields.what}: its rows would be there twice",
                item.span,
                "keep one of the two",
            )
    return values, kind


def check_item_is_used(
    items: ItemList | None, params: Collection[str], code: str, address: str
) -> Iterator[Diagnostic]:
    """Yield a finding where the code of a node that fans out takes no item; `params` are the parameters that it takes."""
    if items is not None and ITEM_PARAMETER not in params:
        yield Diagnostic(
            code="MW-M422",
            message=f"{code} does not use '{ITEM_PARAMETER}': every item of 'for_each' would give the same rows",
            span=items.span,
            fix=f"use ${ITEM_PARAMETER} in it (a parameter '{ITEM_PARAMETER}' of a function), or remove 'for_each'",
            object=address,
        )


def fanned_out(node: Node, items: ItemList, cache: ParseCache | None) -> Mapping[str, Node]:
    """Return, by name, what a node becomes: one for each item, and in its own place the one that joins them."""
    found: dict[str, Node] = {}
    for value, span, word in zip(items.values, items.spans, item_names(items.values), strict=True):
        address = f"{node.address}{COMPONENT_SIGN}{word}"
        item = ItemOf(node=node.address, value=value, type=items.type, at_once=items.at_once, span=span)
        found[address.rpartition(".")[2]] = replace(
            node, address=address, item=item, description=f"{value} of {node.address}", span=node.span
        )
    joined = _joined(node, [each.address for each in found.values()], items, cache)
    return {**found, node.address.rpartition(".")[2]: joined}


def _joined(node: Node, items: list[str], items_list: ItemList, cache: ParseCache | None) -> Node:
    # One line: the text stands in no file, and is told with the place of the list.
    names = [".".join(map(quote_identifier, address.split("."))) for address in items]
    text = " union all by name ".join(f"select * from {name}" for name in names)
    request = StatementRequest(
        path=node.address,
        text=text,
        digest=bytes_identity(text.encode()),
        product=product_of(node.address),
        dialect=_DIALECT,
    )
    parsed = parse_statements([request], cache)[node.address]
    return Node(
        address=node.address,
        kind="sql",
        sql=SqlModel(
            text=text,
            dialect=_DIALECT,
            fingerprint=parsed.fingerprint,
            canonical=parsed.canonical,
            reads=tuple(items),
        ),
        columns=node.columns,
        is_view=node.is_view,
        retry=node.retry,
        pool=node.pool,
        timeout_s=node.timeout_s,
        timeout_span=node.timeout_span,
        description=node.description,
        tags=node.tags,
        engine=node.engine,
        span=items_list.span,
    )
