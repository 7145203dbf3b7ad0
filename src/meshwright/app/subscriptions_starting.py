"""What a subscription starts, as it is asked for: the product, its parameters, and that it does not come round to itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

from meshwright.app.desired import node_parameters
from meshwright.app.opened import OpenedMesh
from meshwright.app.scheduling_mesh import trigger_table
from meshwright.diagnostics import Diagnostic, InputError, RefusedError, known_names_hint
from meshwright.model.names import plain_address
from meshwright.model.parameters import declared_parameters
from meshwright.model.subscriptions import Start, Subscription, Taken
from meshwright.plan.firing.circles import circle

#: A CloudEvents attribute, or a path into the data: as triggers in files write it.
_PATH = re.compile(r"[a-z][a-z0-9]{0,19}|data(\.[^.\s]{1,200}){1,20}")


def start_of(
    opened: OpenedMesh,
    name: str,
    *,
    variation: str | None,
    environment: str,
    params: Mapping[str, str],
    paths: Mapping[str, str],
) -> Start:
    """Return what is to be started; `paths` say where in an event the values of parameters are.

    Raises InputError: MW-B002, MW-R014.
    """
    products = {product.address: product for product in opened.mesh.all_products()}
    address = f"{name}@{variation}" if variation else name
    if address not in products:
        kinds = [each for each in products if plain_address(each) == name] if variation else list(products)
        raise _impossible(
            f"there is no product '{address[:120]}' to start", known_names_hint(address, kinds, what="products")
        )
    node_parameters(opened.mesh, params)
    takes = _takes(opened, address, paths)
    if twice := sorted(params.keys() & takes.keys()):
        raise _impossible(f"parameter '{twice[0]}' has a value, and is taken from the event", "write one of them")
    return Start(environment=environment, product=address, params=dict(params), takes=takes)


def refuse_circle(opened: OpenedMesh, wanted: Subscription) -> None:
    """Raise RefusedError (MW-B015) where what a subscription starts would start it again, and again."""
    others = opened.state.outbox.subscriptions()
    found = circle(wanted, others, trigger_table(opened).triggers.values())
    if found is None:
        return
    ids = {each.id for each in others}
    words = [
        f"{link.product} starts {following} ({_by(link.by, wanted.id, ids)})"
        for link, following in zip(found, (*(each.product for each in found[1:]), found[0].product), strict=True)
    ]
    raise RefusedError(
        Diagnostic(
            code="MW-B015",
            message=f"products would start each other for ever: {', '.join(words)}",
            fix="subscribe to fewer products or types, or delete one of the others",
        )
    )


def _by(name: str, wanted: str, ids: set[str]) -> str:
    if name == wanted:
        return "this subscription"
    return f"subscription {name}" if name in ids else f"trigger {name}"


def _takes(opened: OpenedMesh, product: str, paths: Mapping[str, str]) -> dict[str, Taken]:
    mesh = opened.mesh
    types = {name: found.type for name, (found, _) in declared_parameters(mesh, product).items()}
    for node in mesh.nodes():
        if node.address.startswith(f"{plain_address(product)}.") and node.origin is None:
            types |= {name: parameter.type for name, parameter in node.params.items() if name not in types}
    for name, path in paths.items():
        if name not in types:
            raise InputError(
                Diagnostic(
                    code="MW-R014",
                    message=f"no parameter '{name[:80]}' of {product} is there to be taken from an event",
                    fix=known_names_hint(name, types, what="parameters"),
                )
            )
        if not _PATH.fullmatch(path):
            raise _impossible(
                f"params_from: '{path[:80]}' is no place in an event",
                "write an attribute such as 'subject', or a path into the data such as 'data.region'",
            )
    return {name: Taken(path=path, type=types[name]) for name, path in paths.items()}


def _impossible(message: str, fix: str) -> InputError:
    return InputError(Diagnostic(code="MW-B002", message=message, fix=fix))
