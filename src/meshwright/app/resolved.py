"""What files and levels come to: the value of each parameter with who sets it, the nodes of a pipeline as they are run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshwright.checks.spec import CheckSpec
from meshwright.checks.verdict import value_words
from meshwright.frozen import dataclass
from meshwright.model import Mesh, Node, Product, Scalar, dataset_name, plain_address, product_of, variation_of
from meshwright.model.parameters import Setting, parameter_settings

#: The levels in words, for people.
PRECEDENCE = "the strongest level wins: run (--param), variation, environment, node, pipeline, domain, mesh"


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolvedParameter:
    """A parameter's value, where it holds, and what every level says of it."""

    name: str
    type: str
    value: Scalar
    #: Datasets whose node uses it, and ``rules of <dataset>``; empty where nothing does.
    users: tuple[str, ...]
    #: Strongest first; the first one wins.
    settings: tuple[Setting, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolvedNode:
    """A node of a pipeline as it is run."""

    node: Node
    #: Names of the parameters that it uses, with the setting that wins.
    params: Mapping[str, Setting]


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolvedPipeline:
    """The pipeline of a product, or of a variation, resolved."""

    product: Product
    nodes: tuple[ResolvedNode, ...]
    #: Names of the product's nodes that a variation leaves out.
    left_out: tuple[str, ...]
    parameters: tuple[ResolvedParameter, ...]


def resolved_parameter(
    mesh: Mesh, name: str, checks: Mapping[str, tuple[CheckSpec, ...]], *, product: str | None = None
) -> tuple[ResolvedParameter, ...]:
    """Return the values of a parameter, one entry for each chain of levels that somebody meets; in `product`, or all.

    Empty where nothing declares it; a declaration that nobody uses gives an entry without users.
    """
    users: dict[tuple[Setting, ...], list[str]] = {}
    for address, chain in _uses(mesh, name, checks, product):
        users.setdefault(chain, []).append(address)
    if not users:
        users = {chain: [] for chain in _declared(mesh, name, product)}
    found = [
        ResolvedParameter(
            name=name,
            type=chain[-1].parameter.type,
            value=chain[-1].parameter.value,
            users=tuple(sorted(using)),
            settings=tuple(reversed(chain)),
        )
        for chain, using in users.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.users, one.settings[0].level)))


def parameter_names(mesh: Mesh, product: str | None = None) -> frozenset[str]:
    """Return the names of all parameters that are declared, or of those that hold in a product."""
    return frozenset(name for _, node in _places(mesh, product) for name in node)


def resolved_pipeline(mesh: Mesh, product: Product, checks: Mapping[str, tuple[CheckSpec, ...]]) -> ResolvedPipeline:
    """Return a product's pipeline with every value that it is run with, and where each comes from."""
    nodes = []
    for _, node in sorted(product.nodes.items()):
        settings = parameter_settings(mesh, product.address, node)
        params = {name: settings[name][-1] for name in node.param_names if name in settings}
        nodes.append(ResolvedNode(node=node, params=params))
    plain = mesh.product(plain_address(product.address))
    left_out = sorted(set(plain.nodes) - set(product.nodes)) if plain else []
    parameters = [
        found
        for name in sorted(parameter_names(mesh, product.address))
        for found in resolved_parameter(mesh, name, checks, product=product.address)
    ]
    return ResolvedPipeline(product=product, nodes=tuple(nodes), left_out=tuple(left_out), parameters=tuple(parameters))


def _places(mesh: Mesh, product: str | None) -> Iterator[tuple[str, Mapping[str, tuple[Setting, ...]]]]:
    """Yield the settings that hold in each product and in each node with parameters of its own."""
    for found in mesh.all_products():
        if product in {None, found.address}:
            yield found.address, parameter_settings(mesh, found.address)
            for node in found.nodes.values():
                if node.params and node.origin is None:  # a component's own are nobody's else
                    yield node.address, parameter_settings(mesh, found.address, node)


def _declared(mesh: Mesh, name: str, product: str | None) -> dict[tuple[Setting, ...], None]:
    return {settings[name]: None for _, settings in _places(mesh, product) if name in settings}


def _uses(
    mesh: Mesh, name: str, checks: Mapping[str, tuple[CheckSpec, ...]], product: str | None
) -> Iterator[tuple[str, tuple[Setting, ...]]]:
    """Yield who uses a parameter, with what the levels say to it; rules know no level of a node."""
    for node in mesh.all_nodes():
        own = product_of(node.address)
        if product not in {None, own}:
            continue
        if name in node.outer_param_names and (chain := _chain(mesh, own, node, name)):
            yield node.address, chain
        if any(name in spec.params for spec in checks.get(node.address, ())) and (
            chain := parameter_settings(mesh, own).get(name)
        ):
            yield f"rules of {node.address}", chain


def _chain(mesh: Mesh, product: str, node: Node, name: str) -> tuple[Setting, ...] | None:
    """Return what the levels say of a parameter that a node uses; a component's nodes use it under another name."""
    return parameter_settings(mesh, product, node if node.origin is None else None).get(name)


def parameter_lines(found: tuple[ResolvedParameter, ...]) -> tuple[str, ...]:
    """Say which value holds where, and what every level says."""
    lines: list[str] = []
    for parameter in found:
        users = ", ".join(parameter.users) or "no node or rule"
        lines.append(f"{value_words(parameter.value)} in {users}: set by {parameter.settings[0].level}")
        width = max(len(setting.level) for setting in parameter.settings)
        for index, setting in enumerate(parameter.settings):
            state = "overridden" if index else "won       "
            value = value_words(setting.parameter.value)
            lines.append(f"  {state}  {setting.level.ljust(width)}  {value}{_place(setting)}")
    return (*lines, PRECEDENCE)


def pipeline_lines(mesh: Mesh, found: ResolvedPipeline) -> tuple[str, ...]:
    """Print a resolved pipeline for people."""
    product = found.product
    variation = variation_of(product.address)
    lines = [f"environment {mesh.environment}"]
    if variation:
        lines.append(f"variation {variation} of {plain_address(product.address)}{_at(product.span)}")
    for resolved in found.nodes:
        node = resolved.node
        of = f" of component {node.origin.label}" if node.origin is not None else ""
        lines.append(f"{dataset_name(node.address)}: {node.kind}{of}{_at(node.span)}")
        why = {read.dataset: f" ({read.why})" for read in node.through}
        lines += [f"  reads {read}{why.get(read, '')}" for read in node.reads]
        lines += [f"  after {other}" for other in node.after]
        lines += [
            f"  {name} = {value_words(setting.parameter.value)}, set by {setting.level}{_place(setting)}"
            for name, setting in resolved.params.items()
        ]
    if found.left_out:
        lines.append(f"left out, and read as they are: {', '.join(found.left_out)}")
    for parameter in found.parameters:
        winner = parameter.settings[0]
        set_by = f"set by {winner.level}{_place(winner)}"
        unused = "" if parameter.users else "; nothing in the pipeline uses it"
        lines.append(
            f"parameter {parameter.name} ({parameter.type}) = {value_words(parameter.value)}, {set_by}{unused}"
        )
        lines += [
            f"  overridden: {value_words(setting.parameter.value)}, set by {setting.level}{_place(setting)}"
            for setting in parameter.settings[1:]
        ]
    return (*lines, PRECEDENCE)


def _place(setting: Setting) -> str:
    return _at(setting.parameter.span)


def _at(span: object) -> str:
    return f"  ({span})" if span is not None else ""
