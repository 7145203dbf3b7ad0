"""Parameter values that environments (`mesh.yaml`) and variations (`pipeline.yaml`) set: bare values of what is declared.

An override declares nothing: its name must be declared by mesh, domain, pipeline or node, and its value must be of
every type that the name is declared with where the override holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, known_names_hint
from meshwright.files.fields import Fields
from meshwright.files.literals import fits_type, inferred_type
from meshwright.files.parameters import FORMS, Parameters
from meshwright.files.yaml import YamlScalar
from meshwright.model import Mesh, Node, Parameter, Product

#: Name -> the declarations of it that an override must fit.
Declarations = Mapping[str, Collection[Parameter]]


def read_overrides(fields: Fields) -> Parameters:
    """Return the values under ``params``, of their own types; `check_overrides` holds them against the declarations."""
    found = {}
    for entry in fields.entries("params"):
        node = entry.value
        kind = inferred_type(node.value) if isinstance(node, YamlScalar) else None
        if kind is None or not isinstance(node, YamlScalar):
            shown = node.kind if not isinstance(node, YamlScalar) else node.text or "nothing"
            fields.find(
                "MW-M210",
                f"parameter '{entry.key}' of {fields.what} is set to {shown}, which no parameter type can hold",
                node.span,
                "write 'name: value'; type and description stand where the parameter is declared",
            )
            continue
        found[entry.key] = Parameter(name=entry.key, value=node.value, type=kind, span=node.span)
    return MappingProxyType(found)


def check_overrides(
    overrides: Parameters, declared: Declarations, *, what: str, where: str, address: str | None = None
) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the overrides of `what` (``variation 'canary'``), which hold in `where`."""
    findings = []
    for name, override in overrides.items():
        if name not in declared:
            findings.append(
                Diagnostic(
                    code="MW-M261",
                    message=f"{what} sets parameter '{name}', which is declared nowhere in {where}",
                    span=override.span,
                    fix=known_names_hint(name, declared, what="parameters"),
                    object=address,
                )
            )
            continue
        unfit = next((one for one in declared[name] if not _fits(override, one)), None)
        if unfit is not None:
            place = f" at {unfit.span}" if unfit.span else ""
            findings.append(
                Diagnostic(
                    code="MW-M210",
                    message=f"{what} sets parameter '{name}' to '{override.value}', which is not of type {unfit.type} "
                    f"as declared{place}",
                    span=override.span,
                    fix=FORMS[unfit.type],
                    object=address,
                )
            )
    return tuple(findings)


def _fits(override: Parameter, declared: Parameter) -> bool:
    """A declaration without a value is wrong itself, and was told."""
    return declared.value is None or fits_type(override.value, declared.type)


def declarations(levels: Iterable[Parameters]) -> Declarations:
    """Put together what several levels declare."""
    found: dict[str, list[Parameter]] = {}
    for level in levels:
        for name, parameter in level.items():
            found.setdefault(name, []).append(parameter)
    return found


def check_environments(mesh: Mesh) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the parameters that the mesh's environments set."""
    if not any(mesh.environment_params.values()):
        return ()
    levels: list[Parameters] = [mesh.params, *(domain.params for domain in mesh.domains.values())]
    for product in mesh.products():
        levels += _levels_of(product)
    declared = declarations(levels)
    return tuple(
        finding
        for environment, overrides in mesh.environment_params.items()
        for finding in check_overrides(
            overrides, declared, what=f"environment '{environment}'", where="the mesh", address=None
        )
    )


def _levels_of(product: Product) -> list[Parameters]:
    nodes: Iterable[Node] = product.nodes.values()
    return [product.params, *(node.params for node in nodes if node.params)]
