"""Which dataset of ours an outside name means, and which sources of ours read what a name means. Pure, but for the mesh.

A dataset of ours is called, by whoever tells of it:

- by its name in our own events: the mesh's namespace (with the environment's, where that is not prod) and its address;
- by an alias that its product declares;
- by a file in its folder of the store, or the folder;
- by its view in ``environments/<environment>.duckdb``.

What a source reads is a dataset of its own, outside: the source's dataset is made from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from pathlib import PurePath
from types import MappingProxyType

from meshwright.files.own_places import OwnPlaces, own_places
from meshwright.files.standards.dataset_names import normal_name
from meshwright.files.standards.openlineage.names import job_namespace, named_source
from meshwright.frozen import dataclass
from meshwright.model import DatasetAlias, FileSource, Mesh, Node
from meshwright.model.told import ToldName

#: What a pattern begins with: everything before it is fixed.
_GLOB = re.compile(r"[*?\[]")
_ADDRESS_PARTS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnDataset:
    """A dataset of ours, in an environment."""

    address: str
    environment: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SourcePattern:
    """What a source reads that names many files."""

    namespace: str
    #: The folder that the pattern begins in; whoever writes a whole folder names it.
    folder: str
    matches: re.Pattern[str]
    node: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnNames:
    """All names of a mesh's datasets in one environment, and of what its sources read."""

    mesh: Mesh
    environment: str
    #: Of a sandbox what it lies over: who reads that will read what is promoted. Else the environment itself.
    base_environment: str
    #: Namespace of the mesh in prod, in normal form.
    base: str
    places: OwnPlaces
    aliases: Mapping[ToldName, str] = field(default_factory=lambda: MappingProxyType({}))
    #: What a source reads -> the nodes that do.
    sources: Mapping[ToldName, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    patterns: tuple[SourcePattern, ...] = ()

    def environment_of(self, namespace: str) -> str | None:
        """Return the environment that a namespace of ours is of; None for one that is not ours."""
        if namespace == self.base:
            return "prod"
        inside = namespace.removeprefix(f"{self.base}/")
        return inside if inside and inside != namespace and "/" not in inside else None

    def is_here(self, own: OwnDataset) -> bool:
        """Whether a dataset of ours is one of the environment, or of what a sandbox lies over."""
        return own.environment in {self.environment, self.base_environment}

    def dataset_of(self, name: ToldName) -> OwnDataset | None:
        """Return the dataset of ours that a name in normal form means, in whatever environment; None for one outside."""
        environment = self.environment_of(name.namespace)
        if environment is not None:
            return self._known(name.name, environment)
        alias = self.aliases.get(name)
        if alias is not None:
            return OwnDataset(address=alias, environment=self.environment)
        stored = self.places.stored(name)
        if stored is not None:  # files of versions are no environment's own: what reads them reads the dataset
            return self._known(stored, self.environment)
        viewed = self.places.viewed(name)
        return None if viewed is None else self._known(viewed[1], viewed[0])

    def node_of(self, job: ToldName) -> str | None:
        """Return the node of ours that a job of our own namespace is of; inner steps and rules have names behind its address."""
        if self.environment_of(job.namespace) is None:
            return None
        address = ".".join(job.name.partition("/")[0].split(".")[:_ADDRESS_PARTS])
        return address if self.mesh.node(address) is not None else None

    def readers_of(self, name: ToldName) -> tuple[str, ...]:
        """Return the source nodes that read what a name in normal form means."""
        found = [
            *self.sources.get(name, ()),
            *(
                each.node
                for each in self.patterns
                if name.namespace == each.namespace
                and (name.name == each.folder or each.matches.fullmatch(name.name) is not None)
            ),
        ]
        return tuple(dict.fromkeys(found))

    def is_given(self, name: ToldName) -> bool:
        """Whether the mesh itself gives a name: to a dataset of ours, or to what a source reads.

        Files of versions, and those that a pattern matches, are others every day.
        """
        if name in self.aliases or name in self.sources:
            return True
        return not self.places.is_file(name) and self.dataset_of(name) is not None

    def names_of(self, address: str) -> tuple[ToldName, ...]:
        """Return the names that a dataset of ours has in the environment, its own first; those of files in the store aside."""
        own = job_namespace(self.mesh.name, self.base, self.environment)
        found = [ToldName(namespace=own, name=address)]
        found += [alias for alias, dataset in self.aliases.items() if dataset == address]
        return tuple(found)

    def _known(self, address: str, environment: str) -> OwnDataset | None:
        is_ours = address.count(".") == _ADDRESS_PARTS - 1 and self.mesh.node(address) is not None
        return OwnDataset(address=address, environment=environment) if is_ours else None


def bare_names(mesh: Mesh, root: PurePath, environment: str) -> OwnNames:
    """Return the names of a mesh that lies at `root`, an absolute folder, without aliases and sources: at no cost."""
    base = normal_name(ToldName(namespace=job_namespace(mesh.name, mesh.openlineage.namespace, "prod"), name="x"))
    return OwnNames(
        mesh=mesh,
        environment=environment,
        base_environment=mesh.environment,
        base=base.namespace,
        places=own_places(mesh.store, root),
    )


def own_names(mesh: Mesh, root: PurePath, environment: str) -> OwnNames:
    """Collect the names of a mesh, those of what its sources read among them."""
    sources: dict[ToldName, tuple[str, ...]] = {}
    patterns: list[SourcePattern] = []
    for node in mesh.nodes():
        name = source_name(node, root)
        if name is None:
            continue
        if isinstance(node.source, FileSource) and _GLOB.search(name.name):
            patterns.append(_pattern(name, node.address))
        else:
            sources[name] = (*sources.get(name, ()), node.address)
    return replace(
        bare_names(mesh, root, environment),
        aliases=MappingProxyType({alias.name: alias.dataset for alias in _aliases(mesh)}),
        sources=MappingProxyType(sources),
        patterns=tuple(patterns),
    )


def source_name(node: Node, root: PurePath) -> ToldName | None:
    """Return what a source node reads, as events name it; None for other nodes."""
    if node.source is None:
        return None
    name = named_source(node.source, str(root), node.address)
    return normal_name(ToldName(namespace=name.namespace, name=name.name))


def _aliases(mesh: Mesh) -> Iterator[DatasetAlias]:
    for product in mesh.products():
        yield from product.aliases


def _pattern(name: ToldName, node: str) -> SourcePattern:
    """Read a glob: ``*`` stays in a folder, ``**`` does not."""
    parts = re.split(r"(\*\*/?|\*|\?|\[[^]]*\])", name.name)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    written = "".join(meaning.get(part, part if index % 2 else re.escape(part)) for index, part in enumerate(parts))
    first = _GLOB.search(name.name)
    assert first is not None  # whoever asks has looked
    folder = name.name[: first.start()].rpartition("/")[0] or "/"
    return SourcePattern(namespace=name.namespace, folder=folder, matches=re.compile(written, re.DOTALL), node=node)
