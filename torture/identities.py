"""What a mesh's files are named: version ids, rule fingerprints and reasons, without data, engine or state.

The names come from the same functions that a plan uses. Sources are taken as read once: an opaque node's version is
named after its trigger. What a change should touch is worked out here a second time from the files' text alone, by
regular expressions, so that the product is judged by something that shares no code with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from meshwright.app.desired import node_parameters, product_parameters
from meshwright.checks.compile import compile_checks
from meshwright.checks.spec import CheckSpec
from meshwright.diagnostics import Severity
from meshwright.files.cache import ParseCache
from meshwright.files.loader import load_mesh
from meshwright.graph import Graph, build_graph
from meshwright.graph.lineage import ColumnLineage
from meshwright.model import Mesh, SourceObservation, Strength, Version, identity
from meshwright.model.parameters import declared_parameters, parameter_types
from meshwright.plan import build_plan, resolve
from meshwright.plan.identities import node_definition
from meshwright.plan.values import Desired, DesiredNode, Observed, StepKind

_WORD = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[A-Za-z_][\w.]*|\S", re.DOTALL)
_LISTED_TABLE = {"from", "join"}


class _EveryTrigger(Mapping[str, str]):
    """Triggers of a world in which every opaque node has run: each gives the version named after it."""

    def __getitem__(self, key: str) -> str:
        return identity("torture", key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True)
class Named:
    """What the files of a mesh came to."""

    #: Codes of errors; the rest is empty where there are any.
    errors: tuple[str, ...]
    #: Dataset -> version id.
    versions: Mapping[str, str]
    #: Dataset -> fingerprints of its rules, sorted.
    rules: Mapping[str, tuple[str, ...]]
    desired: Desired | None = None

    def differing(self, other: Named) -> set[str]:
        """Datasets whose version differs between the two."""
        names = self.versions.keys() | other.versions.keys()
        return {name for name in names if self.versions.get(name) != other.versions.get(name)}


def named(root: Path, cache: ParseCache | None) -> Named:
    """Name everything that the mesh in `root` would build."""
    loaded = load_mesh(root, cache=cache)
    if loaded.mesh is None:
        return Named(tuple(found.code for found in loaded.diagnostics), {}, {})
    graph, findings = build_graph(loaded.mesh, broken=loaded.broken)
    errors = tuple(found.code for found in (*loaded.diagnostics, *findings) if found.severity is Severity.ERROR)
    if errors:
        return Named(errors, {}, {})
    desired = _desired(loaded.mesh, graph)
    resolution = resolve(desired, published={}, sources=_sources(desired), triggers=_EveryTrigger())
    versions = {dataset: version for dataset, version in resolution.versions.items() if version is not None}
    rules = {
        dataset: tuple(sorted(spec.fingerprint for spec in node.checks)) for dataset, node in desired.nodes.items()
    }
    return Named((), versions, rules, desired)


def reasons(before: Named, now: Named) -> Mapping[str, tuple[str, ...]]:
    """Return the reasons that a plan gives for each dataset to build, where `before` stands published."""
    assert before.desired is not None
    assert now.desired is not None
    standing = {
        dataset: _version(before.desired.nodes[dataset], id_, before) for dataset, id_ in before.versions.items()
    }
    sources = _sources(now.desired)
    resolution = resolve(now.desired, published=before.versions, sources=sources, triggers=_EveryTrigger())
    observed = Observed(
        environment="prod",
        generation=1,
        datasets=before.versions,
        ports={},
        products={},
        versions={version.id: version for version in standing.values()},
        sources=sources,
    )
    plan = build_plan(now.desired, observed, resolution)
    return {
        step.dataset: step.reasons
        for step in plan.steps
        if step.kind is StepKind.NODE and step.dataset is not None and step.version != before.versions.get(step.dataset)
    }


def _desired(mesh: Mesh, graph: Graph) -> Desired:
    params = node_parameters(mesh, {})
    checks: dict[str, tuple[CheckSpec, ...]] = {}
    for product in mesh.products():
        declared = declared_parameters(mesh, product.address)
        types = {name: parameter.type for name, (parameter, _) in declared.items()}
        checks.update(compile_checks(product, product_parameters(mesh, product, {}), param_types=types))
    nodes = {}
    # What is built in parts is named as if it were built at once: which parts there are hangs on data, which nobody reads here.
    for node in (replace(node, incremental=None) for node in mesh.nodes()):
        fingerprint, definition = node_definition(node)
        nodes[node.address] = DesiredNode(
            node=node,
            fingerprint=fingerprint,
            definition=definition,
            params=params[node.address],
            engine="duckdb:torture",
            param_types=parameter_types(mesh, node),
            checks=checks.get(node.address, ()),
        )
    return Desired(
        mesh=mesh,
        graph=graph,
        nodes=nodes,
        ports={},
        code={product.address: "" for product in mesh.products()},
        scope=frozenset(nodes),
        whole_products=frozenset(product.address for product in mesh.products()),
        lineage=ColumnLineage(),
    )


def _sources(desired: Desired) -> dict[str, SourceObservation]:
    return {
        address: SourceObservation(
            dataset=address, key="as ever", strength=Strength.CONTENT, files=("/data",), size_bytes=1
        )
        for address, node in desired.nodes.items()
        if node.node.source is not None
    }


def _version(node: DesiredNode, id_: str, named: Named) -> Version:
    return Version(
        id=id_,
        dataset=node.node.address,
        columns=(),
        files=(),
        rows=1,
        content_digest=id_,
        fingerprint=node.fingerprint,
        node_kind=node.node.kind,
        is_opaque=node.node.is_opaque,
        inputs={read: named.versions[read] for read in node.node.reads},
        params=node.params,
        engine=node.engine,
        definition=node.definition,
    )


def read_by_text(root: Path) -> dict[str, set[str]]:
    """Return dataset -> datasets it reads, from the text of the model files and nothing else."""
    files = {f"{path.parts[-4]}.{path.parts[-3]}.{path.stem}": path for path in sorted(root.glob("*/*/*/models/*.sql"))}
    return {address: _reads(path.read_text(encoding="utf-8"), address) for address, path in files.items()}


def _reads(text: str, address: str) -> set[str]:
    """Every name after FROM or JOIN (and after a comma of a FROM list) that no WITH defines."""
    words = [word for word in _WORD.findall(text) if not word.startswith(("--", "/*"))]
    lowered = [word.lower() for word in words]
    defined = {lowered[at - 1] for at, word in enumerate(lowered) if word == "as" and lowered[at + 1 : at + 2] == ["("]}
    product = address.rpartition(".")[0]
    found = set()
    for at, word in enumerate(lowered[:-1]):
        following = lowered[at + 1]
        is_function = lowered[at + 2 : at + 3] == ["("]
        inside = at > 1 and lowered[at - 2] == "("  # extract(x from y), trim(x from y)
        is_name = re.fullmatch(r"[a-z_][\w.]*", following) is not None and following not in defined
        if word in _LISTED_TABLE and is_name and not is_function and not inside:
            found.add(following if following.count(".") == 2 else f"{product}.{following}")
    return found


def below(reads: Mapping[str, set[str]], changed: Sequence[str]) -> set[str]:
    """Return `changed` and everything made from it."""
    children: dict[str, list[str]] = {}
    for dataset, inputs in reads.items():
        for read in inputs:
            children.setdefault(read, []).append(dataset)
    found = set(changed)
    waiting = list(changed)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found
