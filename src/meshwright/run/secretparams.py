"""Parameters that are secrets: their values are known to the one call that needs them.

Plans, versions and records hold the reference (`model.parameters.SECRET_TYPE`); here it is replaced, for one call, and whatever
is said about that call goes through `RunWorld.secrets.hidden`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, MeshwrightError
from meshwright.model import Scalar
from meshwright.model.parameters import secret_names
from meshwright.plan.values import DesiredNode
from meshwright.run.outside import Need
from meshwright.run.world import RunWorld

_NONE: Mapping[str, Scalar] = MappingProxyType({})


def secret_values(desired: DesiredNode, world: RunWorld) -> Mapping[str, Scalar]:
    """Return the values of a node's secret parameters, asked for anew.

    Raises InputError (MW-X602, MW-X66x) at the place of the use, WorldError where a store may answer later.
    """
    names = [name for name in secret_names(desired.param_types) if name in desired.params]
    if not names:
        return _NONE
    assert world.secrets is not None  # every world of an opened mesh can ask for them
    node = desired.node
    places = {name: node.params[name].span if name in node.params else node.span for name in names}
    return {
        name: world.secrets.text(str(desired.params[name]), Need(node=node.address, span=places[name]))
        for name in names
    }


def shown_params(desired: DesiredNode) -> Mapping[str, Scalar]:
    """Return the parameters that are no secrets."""
    secret = secret_names(desired.param_types)
    return {name: value for name, value in desired.params.items() if name not in secret} if secret else desired.params


@contextmanager
def hiding(desired: DesiredNode, world: RunWorld) -> Iterator[None]:
    """Take secrets out of what is said of a call that was given some: an engine repeats the value that it cannot cast."""
    if world.secrets is None or not secret_names(desired.param_types):
        yield
        return
    try:
        yield
    except MeshwrightError as error:
        error.diagnostics = tuple(_hidden(found, world) for found in error.diagnostics)
        error.args = ("\n".join(map(str, error.diagnostics)),)
        raise


def _hidden(found: Diagnostic, world: RunWorld) -> Diagnostic:
    assert world.secrets is not None  # it was looked at above
    fix = world.secrets.hidden(found.fix) if found.fix is not None else None
    return replace(found, message=world.secrets.hidden(found.message), fix=fix)
