"""What a manifest of dbt tells: which datasets come of a selection, what it reads from elsewhere, how its steps follow one another.

Plain functions over ``manifest.json`` as dbt documents it (schema v7 and later).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meshwright.tools.inside.job_files import tidy_name
else:  # this folder is on the path, and meshwright is not
    from job_files import tidy_name

#: What leaves a table or a view.
_TABLES = {"build": {"model", "seed", "snapshot"}, "run": {"model"}, "test": set[str]()}
_TESTS = frozenset({"test", "unit_test"})
_READS_ITSELF = ("external_location", "plugin")

Node = Mapping[str, Any]


class Project:
    """A manifest with the nodes that a command was asked for."""

    def __init__(self, manifest: Mapping[str, Any], selected: Iterable[str], command: str) -> None:
        self._manifest, self._command = manifest, command
        self._nodes: dict[str, Node] = {
            **manifest.get("unit_tests", {}), **manifest["nodes"], **manifest["sources"],
        }  # fmt: skip
        self.selected = tuple(each for each in selected if each in self._nodes)
        self._built = frozenset(
            each
            for each in self.selected
            if self._nodes[each]["resource_type"] in _TABLES[command] and not _is_ephemeral(self._nodes[each])
        )
        self._names = _step_names(self.node(each) for each in self.selected)
        self._stands = {each: self._read_by(each) for each in self.selected}
        self._datasets: dict[str, str] = {}
        for each in self.selected:
            if each in self._built and (name := dataset_name(self._nodes[each])):
                self._datasets.setdefault(name, each)
        needed = (
            parent
            for each in self.selected
            for parent in self._stands[each]
            if parent not in self._built and not _is_read_by_dbt(self._nodes[parent])
        )
        self._needed = tuple(dict.fromkeys(needed))
        self._made = {each: name for name, each in self._datasets.items()}

    def node(self, unique_id: str) -> Node:
        """Return the node of an id."""
        return self._nodes[unique_id]

    def step_name(self, unique_id: str) -> str:
        """Return what a node is called as a step."""
        return self._names.get(unique_id, unique_id)

    def steps(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the steps in an order in which none comes before what it waits for: name, and what is known of it."""
        waiting = [each for each in self.selected if not _is_ephemeral(self._nodes[each])]
        known = set(waiting)
        after = {each: [parent for parent in self._stands[each] if parent in known] for each in waiting}
        done: set[str] = set()
        while waiting:
            ready = [each for each in waiting if all(parent in done for parent in after[each])] or waiting
            for each in ready:
                yield self._names[each], {
                    "kind": self._nodes[each]["resource_type"], "after": [self._names[parent] for parent in after[each]],
                    "dataset": self._made.get(each),
                }  # fmt: skip
            done.update(ready)
            waiting = [each for each in waiting if each not in done]

    def datasets(self) -> dict[str, str]:
        """Return dataset -> id of the node that makes it; nodes whose names are none of a dataset are left out."""
        return self._datasets

    def made(self) -> Iterator[str]:
        """Yield dbt's name in full of every table and view that the command makes."""
        return (self._nodes[each]["relation_name"] for each in self._built)

    def dataset_of(self, unique_id: str) -> str | None:
        """Return the dataset that a node makes; None where it makes none."""
        return self._made.get(unique_id)

    def clashes(self) -> Iterator[tuple[str, str, str]]:
        """Yield dataset, and two nodes that would both be called so."""
        for each in self.selected:
            name = dataset_name(self._nodes[each]) if each in self._built else None
            if name and self._datasets[name] != each:
                yield name, self._datasets[name], each

    def after(self, unique_id: str) -> tuple[str, ...]:
        """Return the datasets that a dataset's node is made from, those of the same selection."""
        return tuple(self._made[each] for each in self._stands[unique_id] if each in self._made)

    def snapshots(self) -> tuple[str, ...]:
        """Return the names of selected snapshots, whose history is in the table that they write."""
        return tuple(
            self._nodes[each]["name"] for each in self._built if self._nodes[each]["resource_type"] == "snapshot"
        )

    def needed(self) -> tuple[str, ...]:
        """Return the ids of tables that selected nodes read and the command does not make: sources, nodes not selected."""
        return self._needed

    def left_out_tests(self, inputs: Collection[str]) -> dict[str, str]:
        """Return tests that cannot run here, by dbt's name in full -> why: they also read what is neither selected nor an input.

        dbt selects a test with any of the tables that it reads, as in a warehouse the others are there from earlier runs.
        """
        found: dict[str, str] = {}
        for each in self.selected:
            stands = self._stands[each]
            if not is_test(self._nodes[each]) or not any(parent in self._built for parent in stands):
                continue
            absent = [
                self._nodes[parent]["name"]
                for parent in stands
                if parent in self.needed() and not any(name in inputs for name in self.input_names(parent))
            ]
            if absent:
                found[".".join(self._nodes[each]["fqn"])] = (
                    f"it reads {absent[0]}, which is neither selected nor an input"
                )
        return found

    def without(self, tests: Collection[str]) -> Project:
        """Return the same without some tests, named in full."""
        kept = (each for each in self.selected if ".".join(self._nodes[each].get("fqn", ())) not in tests)
        return Project(self._manifest, kept, self._command)

    def input_names(self, unique_id: str) -> tuple[str, ...]:
        """Return the names that an input may have to stand for a needed table, the first the better one."""
        node = self._nodes[unique_id]
        if node["resource_type"] != "source":
            return tuple(filter(None, (dataset_name(node),)))
        short, long = tidy_name(node["name"]), tidy_name(f"{node['source_name']}_{node['name']}")
        is_one_of_many = any(
            tidy_name(self._nodes[each]["name"]) == short and each != unique_id
            for each in self.needed()
            if self._nodes[each]["resource_type"] == "source"
        )
        return (long,) if is_one_of_many else (short, long)

    def readers(self, unique_id: str) -> tuple[str, ...]:
        """Return the names of selected nodes that read a table."""
        return tuple(self._nodes[each]["name"] for each in self.selected if unique_id in self._stands[each])

    def databases(self) -> frozenset[str]:
        """Return the databases of all tables that the command makes or reads."""
        return frozenset(
            database for each in (*self._built, *self.needed()) if (database := self._nodes[each].get("database"))
        )

    def built(self) -> Iterator[str]:
        """Yield the ids of what leaves a table or a view, in dbt's order."""
        return (each for each in self.selected if each in self._built)

    def read_by(self, unique_id: str) -> tuple[str, ...]:
        """Return the ids of the tables that a selected node reads, through ephemeral models."""
        return self._stands[unique_id]

    def _read_by(self, unique_id: str) -> tuple[str, ...]:
        """Return the nodes and sources that a node reads, through ephemeral models."""
        found: dict[str, None] = {}
        waiting = list(_parents(self._nodes[unique_id]))
        seen = set(waiting)
        while waiting:
            each = waiting.pop()
            node = self._nodes.get(each)
            if node is None:  # metrics, exposures, functions: no tables
                continue
            if _is_ephemeral(node):
                further = [parent for parent in _parents(node) if parent not in seen]
                seen.update(further)
                waiting.extend(further)
            else:
                found[each] = None
        return tuple(sorted(found))


def dataset_name(node: Node) -> str | None:
    """Return the dataset that a node makes; None where its name cannot be made one."""
    version = node.get("version")
    return tidy_name(node["name"] if version is None else f"{node['name']}_v{version}") or None


def relation_parts(node: Node) -> tuple[str, str, str]:
    """Return database, schema and name of a node's table."""
    return node["database"], node["schema"], node.get("identifier") or node.get("alias") or node["name"]


def declared_columns(node: Node) -> dict[str, str]:
    """Return the columns whose types dbt sees to: name -> type as written. Without a contract a type is a word only."""
    if not node.get("config", {}).get("contract", {}).get("enforced"):
        return {}
    return {each["name"]: each["data_type"] for each in node.get("columns", {}).values() if each.get("data_type")}


def _parents(node: Node) -> Iterable[str]:
    found: Iterable[str] = node.get("depends_on", {}).get("nodes", ())
    return found


def _is_ephemeral(node: Node) -> bool:
    return bool(node["resource_type"] == "model" and node.get("config", {}).get("materialized") == "ephemeral")


def _is_read_by_dbt(node: Node) -> bool:
    """Whether it is a source that dbt-duckdb fetches itself."""
    if node["resource_type"] != "source":
        return False
    told = (node.get("meta"), node.get("source_meta"), node.get("config", {}).get("meta"))
    return any(key in each for each in told if each for key in _READS_ITSELF)


def _step_names(nodes: Iterable[Node]) -> dict[str, str]:
    """Return id -> name of a step: the node's own where no other has it."""
    named: dict[str, list[str]] = {}
    for node in nodes:
        named.setdefault(node["name"], []).append(node["unique_id"])
    return {each: name if len(ids) == 1 else each for name, ids in named.items() for each in ids}


def is_test(node: Node) -> bool:
    """Whether a node is a test."""
    return node["resource_type"] in _TESTS
