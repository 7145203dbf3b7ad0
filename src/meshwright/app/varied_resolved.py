"""`plan --resolved`: a product's pipeline, or that of a variation, written out whole, every value with where it comes from.

What a node is asked for is shown as `pipeline.yaml` says it, so that references to secrets stay references; parameters,
engines and rules as they are resolved. Neighbour: `resolved` has the levels of parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.app.judged import judge_mesh
from meshwright.app.observing import read_published
from meshwright.app.opened import OpenedMesh, open_mesh, require_sound
from meshwright.app.resolved import ResolvedParameter, resolved_pipeline
from meshwright.app.scope import selected_datasets
from meshwright.app.workspace import Workspace
from meshwright.checks.spec import CheckSpec
from meshwright.diagnostics import SourceSpan
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlNode, node_at, parse_yaml, to_plain
from meshwright.frozen import dataclass
from meshwright.model import EngineSettings, Node, Product, dataset_name, plain_address, product_of, variation_of
from meshwright.model.parameters import Setting

#: Keys of a node that stand elsewhere in what is shown, or say nothing of how it is run.
_TOLD = frozenset({"params", "description", "tags", "engine", "after"})
#: Keys of a pipeline that hold for each of its nodes that says nothing else.
_INHERITED = ("retry", "timeout")
_OF_PIPELINE = ("concurrency", "schedule", "triggers")
#: Keys of a variation that are resolved.
_OF_VARIATION = frozenset({"params", "nodes", "engines"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Sourced:
    """A value and where it comes from."""

    value: object
    #: ``node operations.flights.delays``, ``pipeline operations.flights``, ``variation canary of ...``, ``mesh``, ``default``.
    level: str
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeAsRun:
    """A node as it is run."""

    node: Node
    #: Files that hold its code, relative to the mesh root; empty where it has none.
    code: tuple[str, ...]
    engine: Sourced
    #: What it is asked for, by key: options of its kind, refresh, limits.
    settings: Mapping[str, Sourced]
    #: Parameters that it uses, with the setting that wins.
    params: Mapping[str, Setting]
    tests: tuple[CheckSpec, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PipelineAsRun:
    """A pipeline as it is run."""

    product: Product
    nodes: tuple[NodeAsRun, ...]
    #: Names of the product's nodes that a variation leaves out, and reads as they stand.
    left_out: tuple[str, ...]
    #: What holds for the pipeline as a whole, by key.
    settings: Mapping[str, Sourced]
    #: Parameters that hold in it, used or not.
    parameters: tuple[ResolvedParameter, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolvedMesh:
    """Answer of `plan --resolved`."""

    environment: str
    variation: str | None
    pipelines: tuple[PipelineAsRun, ...]
    #: Logical engine -> its settings.
    engines: Mapping[str, EngineSettings] = field(default_factory=lambda: MappingProxyType({}))


def resolve_pipelines(
    workspace: Workspace, select: tuple[str, ...], variation: str | None, environment: str = "prod"
) -> ResolvedMesh:
    """Return the pipelines of what is selected, whole. Raises InputError where the mesh or the selection is wrong."""
    with open_mesh(workspace, environment) as opened:
        require_sound(opened.diagnostics)
        chosen = selected_datasets(opened, select, variation)
        wanted = sorted({product_of(dataset) for dataset in chosen})
        published = read_published(opened.state.reader, environment)
        checks = judge_mesh(opened, published.versions, {}).checks
        documents = _Documents(opened)
        products = (found for address in wanted if (found := opened.mesh.product(address)) is not None)
        return ResolvedMesh(
            environment=environment,
            variation=variation,
            pipelines=tuple(_pipeline(opened, product, checks, documents) for product in products),
            engines=dict(sorted(opened.mesh.engines.items())),
        )


class _Documents:
    """The mesh's YAML files, read again for the places of their keys."""

    def __init__(self, opened: OpenedMesh) -> None:
        self._contents = opened.contents
        self._read: dict[str, YamlNode | None] = {}

    def at(self, file: str, *path: str) -> YamlEntry | None:
        """Return the entry at a path of keys."""
        if file not in self._read:
            data = self._contents.get(file)
            document = parse_yaml(data, file)[0] if data is not None else None
            self._read[file] = document.root if document is not None else None
        root = self._read[file]
        above = node_at(root, path[:-1]) if root is not None else None
        return above.by_key.get(path[-1]) if isinstance(above, YamlMapping) else None


def _pipeline(
    opened: OpenedMesh, product: Product, checks: Mapping[str, tuple[CheckSpec, ...]], documents: _Documents
) -> PipelineAsRun:
    resolved = resolved_pipeline(opened.mesh, product, checks)
    return PipelineAsRun(
        product=product,
        nodes=tuple(
            NodeAsRun(
                node=found.node,
                code=tuple(_code(found.node)),
                engine=_engine(opened, product, found.node, documents),
                settings=dict(_settings(product, found.node, documents)),
                params=found.params,
                tests=checks.get(found.node.address, ()),
            )
            for found in resolved.nodes
        ),
        left_out=resolved.left_out,
        settings=dict(_of_pipeline(product, documents)),
        parameters=resolved.parameters,
    )


def _of_pipeline(product: Product, documents: _Documents) -> Iterator[tuple[str, Sourced]]:
    """Yield what holds for a pipeline as a whole; of what a variation says itself, that."""
    file, plain, variation = (
        f"{product.folder}/pipeline.yaml",
        plain_address(product.address),
        variation_of(product.address),
    )
    for key in _OF_PIPELINE:
        if (entry := documents.at(file, key)) is not None:
            yield key, Sourced(value=to_plain(entry.value), level=f"pipeline {plain}", span=entry.value.span)
    if variation is None:
        return
    own = documents.at(file, "variations", variation)
    for setting in own.value if own is not None and isinstance(own.value, YamlMapping) else ():
        if setting.key not in _OF_VARIATION:
            level = f"variation {variation} of {plain}"
            yield setting.key, Sourced(value=to_plain(setting.value), level=level, span=setting.value.span)


def _code(node: Node) -> Iterator[str]:
    if node.sql is not None and node.span is not None:
        yield node.span.file
    elif node.python is not None:
        yield node.python.file
    elif node.outside is not None:
        yield from sorted(node.outside.files)


def _engine(opened: OpenedMesh, product: Product, node: Node, documents: _Documents) -> Sourced:
    """Return the logical engine of a node: what it says, or the mesh's, as the variation maps it."""
    file = f"{product.folder}/pipeline.yaml"
    own = documents.at(file, "nodes", dataset_name(node.address), "engine")
    if node.engine is not None:
        span = own.value.span if own is not None else node.span
        found = Sourced(value=node.engine, level=f"node {plain_address(node.address)}", span=span)
    else:
        entry = documents.at("mesh.yaml", "engine")
        found = Sourced(
            value=opened.mesh.engine, level="mesh" if entry else "default", span=entry.value.span if entry else None
        )
    variation = variation_of(product.address)
    if variation is not None:
        mapped = documents.at(file, "variations", variation, "engines", str(found.value))
        if mapped is not None:
            level = f"variation {variation} of {plain_address(product.address)}"
            found = Sourced(value=to_plain(mapped.value), level=level, span=mapped.value.span)
    return found


def _settings(product: Product, node: Node, documents: _Documents) -> Iterator[tuple[str, Sourced]]:
    """Yield what a node is asked for, as written; then what its pipeline says for it, then defaults that matter."""
    file = f"{product.folder}/pipeline.yaml"
    name = dataset_name(node.address)
    entry = documents.at(file, "nodes", name)
    own = entry.value if entry is not None and isinstance(entry.value, YamlMapping) else ()
    said = set()
    for setting in own:
        if setting.key not in _TOLD:
            said.add(setting.key)
            level = f"node {plain_address(node.address)}"
            yield setting.key, Sourced(value=to_plain(setting.value), level=level, span=setting.value.span)
    tool = node.outside.tool if node.outside is not None else None
    shared = documents.at("mesh.yaml", "tools", tool) if tool is not None else None
    if shared is not None:  # what the node says itself is stronger
        yield f"tools.{tool}", Sourced(value=to_plain(shared.value), level="mesh", span=shared.value.span)
    for key in _INHERITED:
        above = documents.at(file, key)
        is_held = key != "timeout" or node.source is None
        if key not in said and above is not None and is_held:
            said.add(key)
            level = f"pipeline {plain_address(product.address)}"
            yield key, Sourced(value=to_plain(above.value), level=level, span=above.value.span)
    if "refresh" not in said and node.is_opaque:
        yield "refresh", Sourced(value=node.refresh.value, level="default")
    if "deterministic" not in said and not node.is_deterministic:
        yield "deterministic", Sourced(value=False, level="default", span=node.span)
