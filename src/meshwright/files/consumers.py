"""`consumers.yaml`: who uses ports outside the mesh.

    consumers:
      - name: punctuality_board
        type: dashboard                       # dashboard | report | model | application
        owner: team:analytics                 # team:<name> | user:<name or mail address>
        url: https://bi.example.org/punctuality
        description: Daily punctuality by carrier.
        ports:
          - departures                        # a port of this product, with all its columns; departures/v2 is its version 2
          - port: weather.observations/hourly # any other port, by its address
            columns: [temp, hourly.wind]      # column, or dataset.column where the port holds several datasets

`name`, `type`, `owner` and `ports` are required. A name stands once in a product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meshwright.diagnostics import Diagnostic, known_names_hint
from meshwright.files.fields import Fields, Keys, open_fields
from meshwright.files.literals import OWNER_FORM, is_owner
from meshwright.files.yaml import YamlMapping, YamlNode, YamlScalar
from meshwright.model import Consumer, ContractObject, Port
from meshwright.model.portversions import find_port, unversioned

CONSUMER_TYPES = ("dashboard", "report", "model", "application")
_DOCUMENT_KEYS = Keys(known=("consumers",), required=("consumers",))
_KEYS = Keys(
    known=("name", "type", "owner", "ports", "url", "description"), required=("name", "type", "owner", "ports")
)
_PORT_KEYS = Keys(known=("port", "columns"), required=("port",))


def read_consumers(
    mapping: YamlMapping, *, product: str, ports: Mapping[str, Port | None], findings: list[Diagnostic]
) -> tuple[Consumer, ...]:
    """Return the consumers that the document declares; `ports` are all ports of the mesh by address,
    None for those that exist and could not be read."""
    document = open_fields(mapping, _DOCUMENT_KEYS, what="consumers.yaml", findings=findings, address=product)
    found: dict[str, Consumer] = {}
    for item in document.sequence("consumers") or ():
        if not isinstance(item, YamlMapping):
            document.wrong_type("consumers", item, "a list of mappings")
            continue
        consumer = _consumer(item, product, ports, findings)
        if consumer is None:
            continue
        if consumer.name in found:
            document.find(
                "MW-M314",
                f"consumer '{consumer.name}' is declared twice: first at {found[consumer.name].span}",
                item.span,
                "keep one of the two, or rename one",
            )
            continue
        found[consumer.name] = consumer
    return tuple(found.values())


def _consumer(
    item: YamlMapping, product: str, ports: Mapping[str, Port | None], findings: list[Diagnostic]
) -> Consumer | None:
    name_node = item.get("name")
    shown = f"consumer '{name_node.text}'" if isinstance(name_node, YamlScalar) else "a consumer"
    fields = open_fields(item, _KEYS, what=shown, findings=findings, address=product)
    name = fields.text("name")
    kind = fields.choice("type", CONSUMER_TYPES)
    owner = fields.text("owner")
    if owner is not None and not is_owner(owner):
        fields.find("MW-M114", f"'{owner}' names no owner", fields.span_of("owner"), f"write {OWNER_FORM}")
    uses = []
    nodes = fields.sequence("ports")
    if nodes is not None and not nodes.items:
        fields.wrong_value("ports", nodes, "a list of at least one port")
    for node in nodes or ():
        use = _use(fields, node, product, ports)
        if use is not None:
            uses.append(use)
    if name is None or kind is None or owner is None:
        return None
    return Consumer(
        name=name,
        kind=kind,
        owner=owner,
        uses=tuple(uses),
        url=fields.text("url"),
        description=fields.text("description"),
        span=item.span,
    )


def _use(
    consumer: Fields, node: YamlNode, product: str, ports: Mapping[str, Port | None]
) -> tuple[str, tuple[str, ...]] | None:
    """Return port address and columns of one entry under ``ports``."""
    if isinstance(node, YamlMapping):
        fields = open_fields(
            node, _PORT_KEYS, what=f"a port of {consumer.what}", findings=consumer.findings, address=consumer.address
        )
        written = fields.text("port")
        place = node.get("port")
    else:
        fields = None
        written = node.value if isinstance(node, YamlScalar) and isinstance(node.value, str) else None
        place = node
        if written is None:
            consumer.wrong_type("ports", node, "a list of ports")
    if written is None or place is None:
        return None
    address = _port_address(written, product, ports)
    if address is None:
        own = {known.removeprefix(f"{product}/") for known in ports}
        fix = known_names_hint(written, own, what="ports")
        consumer.find("MW-M312", f"there is no port '{written}'", place.span, fix)
        # Kept: where the port is published and being removed, this is who uses it.
        return _whole_address(written, product), tuple(fields.texts("columns") or ()) if fields else ()
    columns = fields.texts("columns") or () if fields else ()
    port = ports[address]
    if fields and port:
        _check_columns(fields, columns, port)
    return address, columns


def _port_address(written: str, product: str, ports: Mapping[str, Port | None]) -> str | None:
    """Return the address of the port that is meant: ``orders``, ``orders/v2`` of this product, or a whole address.

    ``orders/v1`` is the port of ``contracts/orders.odcs.yaml`` while that is of version 1.
    """
    address = _whole_address(written, product)
    if address in ports or unversioned(address) == address:
        return address if address in ports else None
    found = find_port(filter(None, ports.values()), address)
    return found.address if found else None


def _whole_address(written: str, product: str) -> str:
    """Return an address as written, or that of a port of this product."""
    return written if "." in written.partition("/")[0] else f"{product}/{written}"


def _check_columns(fields: Fields, columns: Sequence[str], port: Port) -> None:
    """Check columns against the contract; an object without properties promises no columns and admits all."""
    objects = {item.name: item for item in port.contract.objects}
    if len(objects) > len(port.datasets):
        return  # an object that is no dataset is reported there, and may be what is meant here
    spans = {item.text: item.span for item in fields.sequence("columns") or () if isinstance(item, YamlScalar)}
    for column in columns:
        dataset, dot, name = column.rpartition(".")
        if dot and dataset not in objects:
            fix = known_names_hint(dataset, objects, what="datasets")
            fields.find("MW-M313", f"port '{port.name}' holds no dataset '{dataset}'", spans[column], fix)
            continue
        searched = [objects[dataset]] if dot else list(objects.values())
        if not any(_may_hold(item, name) for item in searched):
            known = [inner.name for item in searched for inner in item.properties]
            fix = known_names_hint(name, known, what="columns")
            fields.find(
                "MW-M313", f"the contract of port '{port.name}' promises no column '{name}'", spans[column], fix
            )


def _may_hold(item: ContractObject, column: str) -> bool:
    return not item.properties or any(inner.name.casefold() == column.casefold() for inner in item.properties)
