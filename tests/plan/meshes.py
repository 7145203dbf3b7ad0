"""Meshes in a few words, and a world in which plans come true: the model that the planner's tests run against."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from meshwright.checks.spec import CheckSpec, Evidence, Metric, Outcome, others_identity
from meshwright.diagnostics import Diagnostic
from meshwright.graph.dag import Graph
from meshwright.graph.lineage import ColumnLineage
from meshwright.model import (
    Action,
    Column,
    Columns,
    Consumer,
    Contract,
    Domain,
    FileSource,
    Mesh,
    Node,
    Port,
    Product,
    Scalar,
    SqlModel,
    Version,
    dataset_name,
    identity,
    product_of,
)
from meshwright.plan import (
    Desired,
    DesiredNode,
    Observed,
    Plan,
    Resolution,
    SourceObservation,
    StepAction,
    StepKind,
    Strength,
    Trace,
    build_plan,
    content_version_id,
    desired_port,
    evidence_keys,
    node_definition,
    product_moves,
    resolve,
    trigger_key,
    version_id,
)
from meshwright.plan.moves import Standing

ENGINE = "duckdb:test"
COLUMNS = (Column(name="x", type="INTEGER"),)


def sql_node(
    address: str, reads: Collection[str] = (), *, text: str | None = None, after: Collection[str] = ()
) -> Node:
    canonical = text if text is not None else f"SELECT 1 AS x FROM {', '.join(sorted(reads)) or 'nothing'}"
    model = SqlModel(
        text=canonical,
        dialect="duckdb",
        fingerprint=identity("test", canonical),
        canonical=canonical,
        reads=tuple(reads),
    )
    return Node(address=address, kind="sql", sql=model, after=tuple(after))


def source_node(address: str, path: str = "data/x.csv") -> Node:
    return Node(address=address, kind="source", source=FileSource(path=path, format="csv"))


def rule(
    dataset: str,
    name: str = "rule",
    *,
    reads: tuple[str, ...] = (),
    action: Action = Action.STOP,
    port: str | None = None,
) -> CheckSpec:
    return CheckSpec(
        id=name, dataset=dataset, metric=Metric.SQL, query=f"SELECT '{name}'", reads=reads, action=action, port=port,
        origin="contract" if port else "pipeline",
    )  # fmt: skip


def nodes_of(text: str) -> dict[str, Node]:
    """Read lines ``domain.product.dataset = source | opaque READS | sql READS``; bare names are of the same product."""
    nodes: dict[str, Node] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        address, _, rest = (part.strip() for part in line.partition("="))
        kind, _, names = rest.partition(" ")
        reads = [name if "." in name else f"{product_of(address)}.{name}" for name in names.replace(",", " ").split()]
        node = source_node(address) if kind == "source" else sql_node(address, reads)
        nodes[address] = replace(node, is_deterministic=False) if kind == "opaque" else node
    return nodes


def graph_of(nodes: Mapping[str, Node]) -> Graph:
    parents = {
        address: tuple(sorted({read for read in (*node.reads, *node.after) if read in nodes}))
        for address, node in nodes.items()
    }
    children: dict[str, list[str]] = {address: [] for address in nodes}
    for address, above in parents.items():
        for parent in above:
            children[parent].append(address)
    order: list[str] = []
    waiting = dict(parents)
    while waiting:
        ready = min(address for address, above in waiting.items() if set(above) <= set(order))
        order.append(ready)
        del waiting[ready]
    return Graph(
        order=tuple(order),
        parents=parents,
        children={address: tuple(sorted(below)) for address, below in children.items()},
        units=_units(nodes, parents),
    )


def _units(nodes: Mapping[str, Node], parents: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Group products that reach each other; upstream groups first."""
    products = sorted({product_of(address) for address in nodes})
    reads = {
        product: {product_of(p) for a, above in parents.items() if product_of(a) == product for p in above}
        for product in products
    }
    reach = {product: _reachable(product, reads) for product in products}
    groups = {
        product: tuple(sorted({product} | {o for o in reach[product] if product in reach[o]})) for product in products
    }
    ordered: list[tuple[str, ...]] = []
    while len(ordered) < len(set(groups.values())):
        done = {product for group in ordered for product in group}
        ordered.append(min(g for g in set(groups.values()) - set(ordered) if all(reads[p] <= done | set(g) for p in g)))
    return tuple(ordered)


def _reachable(start: str, edges: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for found in edges.get(waiting.pop(), ()):
            if found not in seen:
                seen.add(found)
                waiting.append(found)
    return seen


def mesh_of(
    nodes: Mapping[str, Node], ports: Collection[Port] = (), consumers: Mapping[str, tuple[Consumer, ...]] | None = None
) -> Mesh:
    products: dict[str, dict[str, Product]] = {}
    for address in sorted({product_of(dataset) for dataset in nodes}):
        domain, _, name = address.partition(".")
        products.setdefault(domain, {})[name] = Product(
            address=address,
            nodes={dataset_name(d): node for d, node in nodes.items() if product_of(d) == address},
            ports={port.name: port for port in ports if port.address.partition("/")[0] == address},
            consumers=(consumers or {}).get(address, ()),
        )
    domains = {
        name: Domain(name=name, purpose="test", owners=("team:x",), products=found) for name, found in products.items()
    }
    return Mesh(name="test", domains=domains)


def port_of(address: str, *datasets: str, digest: str = "c1", document: str = "{}") -> Port:
    contract = Contract(id=address, version="1.0.0", api_version="v3.2.0", digest=digest, document=document)
    return Port(address=address, name=address.partition("/")[2], contract=contract, datasets=datasets)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a test wants: nodes, rules, ports, and changes to them."""

    nodes: Mapping[str, Node]
    checks: Mapping[str, tuple[CheckSpec, ...]] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    params: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    consumers: Mapping[str, tuple[Consumer, ...]] = field(default_factory=dict)
    code: str = "code1"
    #: None: the whole mesh.
    scope: frozenset[str] | None = None
    lineage: ColumnLineage = field(default_factory=ColumnLineage)
    engine: str = ENGINE
    removed: tuple[str, ...] = ()
    #: Dataset -> its columns, where they are not `COLUMNS`; None: only a build tells them.
    columns: Mapping[str, Columns | None] = field(default_factory=dict)

    def columns_of(self, dataset: str) -> Columns | None:
        return self.columns.get(dataset, COLUMNS)

    def desired(self) -> Desired:
        mesh = mesh_of(self.nodes, self.ports, self.consumers)
        scope = frozenset(self.nodes) if self.scope is None else self.scope
        whole = {p.address for p in mesh.products() if scope.issuperset(p.datasets)} | set(self.removed)
        made: dict[str, DesiredNode] = {}
        for address, node in self.nodes.items():
            fingerprint, definition = node_definition(node)
            made[address] = DesiredNode(
                node=node, fingerprint=fingerprint, definition=definition, params=self.params.get(address, {}),
                engine=self.engine, checks=self.checks.get(address, ()),
            )  # fmt: skip
        return Desired(
            mesh=mesh, graph=graph_of(self.nodes), nodes=made,
            ports={port.address: desired_port(port, self.checks) for port in self.ports},
            code={product.address: self.code for product in mesh.products()},
            scope=scope, whole_products=frozenset(whole), lineage=self.lineage,
            columns={address: known for address in self.nodes if (known := self.columns_of(address)) is not None},
        )  # fmt: skip


@dataclass
class World:
    """All that is recorded and lies on disk: what `run` would find and leave behind."""

    datasets: dict[str, str] = field(default_factory=dict)
    ports: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    documents: dict[str, str] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    triggers: dict[str, str] = field(default_factory=dict)
    traces: dict[str, Trace] = field(default_factory=dict)
    evidence: dict[tuple[str, str, str], Evidence] = field(default_factory=dict)
    #: Source dataset -> what lies there; a Diagnostic: it cannot be read.
    files: dict[str, str | Diagnostic] = field(default_factory=dict)
    #: Names of rules that fail, or give an error.
    broken: set[str] = field(default_factory=set)
    erring: set[str] = field(default_factory=set)
    strength: Strength = Strength.CONTENT
    generation: int = 0

    def sources(self, wish: Wish) -> dict[str, SourceObservation]:
        found = {}
        for address, node in wish.nodes.items():
            if node.source is not None:
                seen = self.files.get(address, "v1")
                problem = seen if isinstance(seen, Diagnostic) else None
                found[address] = SourceObservation(
                    dataset=address, key="" if problem else str(seen), strength=self.strength,
                    files=("/data/x.csv",), size_bytes=1, problem=problem,
                )  # fmt: skip
        return found

    def resolve(self, wish: Wish) -> Resolution:
        return resolve(wish.desired(), published=self.datasets, sources=self.sources(wish), triggers=self.triggers)

    def observed(self, wish: Wish) -> Observed:
        resolution, desired = self.resolve(wish), wish.desired()
        keys = evidence_keys(desired, resolution, self.datasets)
        wanted = {*self.datasets.values(), *resolution.versions.values()}
        return Observed(
            environment="prod", generation=self.generation, datasets=dict(self.datasets), ports=dict(self.ports),
            products=dict(self.products), port_documents=dict(self.documents),
            versions={i: v for i, v in self.versions.items() if i in wanted},
            sources=self.sources(wish), triggers=dict(self.triggers), traces=dict(self.traces),
            evidence={key: found for key, found in self.evidence.items() if key in keys},
        )  # fmt: skip

    def plan(self, wish: Wish, *, retest: bool = False) -> Plan:
        return build_plan(wish.desired(), self.observed(wish), self.resolve(wish), retest=retest)

    def run(self, wish: Wish, *, retest: bool = False) -> Plan:
        """Do what the plan says, step by step, as `run` does: build, measure, refuse, publish."""
        plan, desired = self.plan(wish, retest=retest), wish.desired()
        bound: dict[str, str] = {}
        bad: set[str] = set()
        for step in plan.steps:
            own = {s.key for s in plan.steps if s.dataset and product_of(s.dataset) in step.products}
            if step.action is StepAction.BLOCKED or bad.intersection(step.after) & (own or set(step.after)):
                bad.add(step.key)
            elif step.kind is StepKind.NODE:
                bound[str(step.dataset)] = self._build(desired, str(step.dataset), bound, wish)
            elif step.kind is StepKind.TEST:
                if self._measure(desired, step.checks, bound):
                    bad.add(step.key)
            elif self._stands_on_published(desired, step.products, bound):
                self._publish(desired, step.products, bound)
            else:
                bad.add(step.key)
        return plan

    def _version_of(self, desired: Desired, dataset: str, bound: Mapping[str, str]) -> str:
        return bound[dataset] if dataset in bound else self.datasets[dataset]

    def _build(self, desired: Desired, dataset: str, bound: Mapping[str, str], wish: Wish) -> str:
        node = desired.nodes[dataset]
        inputs = {read: self._version_of(desired, read, bound) for read in node.node.reads}
        if node.node.is_opaque:
            seen = str(self.files.get(dataset, "v1")) if node.node.source else ""
            key = trigger_key(node, inputs, seen)
            made = self.triggers.setdefault(
                key, content_version_id(dataset, f"{node.fingerprint}{seen}{sorted(inputs.items())}", ())
            )
            self.traces[dataset] = Trace(fingerprint=node.fingerprint, observation=seen, observed="1 file")
        else:
            made = version_id(node, inputs)
        self.versions.setdefault(made, Version(
            id=made, dataset=dataset, columns=wish.columns_of(dataset) or COLUMNS, files=(), rows=1, content_digest="d",
            fingerprint=node.fingerprint,
            node_kind=node.node.kind, is_opaque=node.node.is_opaque, inputs=inputs, params=node.params, engine=node.engine,
            definition=node.definition,
        ))  # fmt: skip
        return made

    def _measure(self, desired: Desired, checks: Collection[CheckSpec], bound: Mapping[str, str]) -> bool:
        """Record verdicts; whether one of them stops."""
        stops = False
        for spec in checks:
            others = others_identity({read: self._version_of(desired, read, bound) for read in spec.reads})
            outcome = (
                Outcome.ERROR if spec.id in self.erring else Outcome.FAIL if spec.id in self.broken else Outcome.PASS
            )
            version = bound[spec.dataset]
            self.evidence[version, spec.fingerprint, others] = Evidence(
                version=version, check=spec.fingerprint, others=others, outcome=outcome, value=int(outcome is not Outcome.PASS),
                error="no such table" if outcome is Outcome.ERROR else None,
            )  # fmt: skip
            stops = stops or (outcome is not Outcome.PASS and spec.action is Action.STOP)
        return stops

    def _stands_on_published(self, desired: Desired, products: Collection[str], bound: Mapping[str, str]) -> bool:
        """Whether what the products read of others is published as it was read."""
        reads = {
            read
            for dataset in bound
            if product_of(dataset) in products
            for read in desired.nodes[dataset].node.reads
            if product_of(read) not in products
        }
        return all(self.datasets.get(read) == self._version_of(desired, read, bound) for read in reads)

    def _publish(self, desired: Desired, products: Collection[str], bound: Mapping[str, str]) -> None:
        for product in products:
            standing = Standing(datasets=self.datasets, ports=self.ports, products=self.products)
            moves = product_moves(desired, product, standing, bound)
            for pointers, moved in (
                (self.datasets, moves.datasets),
                (self.ports, moves.ports),
                (self.products, {product: moves.revision}),
            ):
                for name, revision in moved.items():
                    if revision is None:
                        pointers.pop(name, None)
                    else:
                        pointers[name] = revision
            for address, revision in moves.ports.items():
                if revision is not None:
                    self.documents[revision] = desired.ports[address].document
        self.generation += 1


def actions(plan: Plan) -> dict[str, str]:
    """Key -> action of every step that is not a mere reuse."""
    return {step.key: step.action.value for step in plan.steps if step.action is not StepAction.REUSE}


def reasons(plan: Plan, key: str) -> tuple[str, ...]:
    return next(step.reasons for step in plan.steps if step.key == key)
