"""What runs outside of meshwright: the part of a node that a tool carries out, and what came of it.

Options and outcomes are JSON of others. They are kept as canonical text, so that they can be compared, hashed and stored as
they are, and are read where they are used.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any  # values of others

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass


class Effects(enum.StrEnum):
    """What a node does outside of its own place."""

    #: Nothing: it may run at any time, any number of times.
    NONE = "none"
    #: It writes into a candidate place of its own; what comes of it is published, or dropped, by meshwright.
    ISOLATED = "isolated"
    #: A call, a mail, a copy out: only after publication, once for each version.
    EXTERNAL = "external"


class InSandbox(enum.StrEnum):
    """What becomes of a node in a sandbox."""

    RUN = "run"
    SKIP = "skip"
    #: Its other options take the place of its own.
    SUBSTITUTE = "substitute"


class RunIf(enum.StrEnum):
    """When a node runs although one that it waits for did not go well."""

    #: Only after all of them succeeded; it is skipped below one that was skipped.
    SUCCESS = "success"
    #: After at least one of them succeeded.
    ANY = "any"
    #: Whatever became of them.
    ALWAYS = "always"


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """``when:`` of a node: it is skipped unless this holds."""

    #: Boolean SQL over ``node.<name>.state|tests|rows|value.<key>`` and ``param.<name>``.
    text: str
    #: Names of the nodes of the product that it asks about, sorted.
    nodes: tuple[str, ...] = ()
    #: Names of the parameters that it asks about, sorted.
    params: tuple[str, ...] = ()
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedInput:
    """A dataset that is handed to a tool under a name."""

    name: str
    #: Address of the dataset.
    dataset: str
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """How often a step is tried, and how long it waits in between."""

    attempts: int = 1
    #: Seconds before the second attempt; doubled before each further one.
    backoff_s: float = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ForEach:
    """A list over which a node fans out: a job for each item, joined again."""

    #: The items as canonical JSON; or the reference that gives them, ``${node:list.value.files}``.
    items: str
    #: Jobs at once, at most.
    at_once: int = 16

    @property
    def known_items(self) -> tuple[Any, ...] | None:
        """The items where they are written out; None where a node leaves them."""
        return tuple(json.loads(self.items)) if self.items.startswith("[") else None

    @property
    def most_at_once(self) -> int:
        """Jobs at once, at most: no more than there are items."""
        items = self.known_items
        return self.at_once if items is None else min(self.at_once, len(items))


#: Most items of a list.
MAX_ITEMS = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideWork:
    """What a tool is to do."""

    #: The node's kind key: ``dbt``.
    tool: str
    #: The tool's options as canonical JSON: those of `mesh.yaml` under those of the node, references as written.
    options: str
    effects: Effects
    in_sandbox: InSandbox = InSandbox.RUN
    #: Options in a sandbox, as canonical JSON; None where they are the same.
    substitute: str | None = None
    inputs: tuple[NamedInput, ...] = ()
    #: Whether it yields the dataset of the node's own name.
    is_own: bool = False
    #: Names of the datasets that it yields besides: nodes of their own (`TableOf`).
    datasets: tuple[str, ...] = ()
    #: Names of the parameters that it is given, sorted.
    params: tuple[str, ...] = ()
    #: Names of the nodes of the product whose values its options use, sorted.
    uses: tuple[str, ...] = ()
    #: Files that its meaning depends on, relative to the mesh root: path -> digest.
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Folder of the pipeline file, relative to the mesh root.
    folder: str = ""
    for_each: ForEach | None = None

    @property
    def yields(self) -> tuple[str, ...]:
        """Names of the datasets that a job is asked for; the empty name stands for the node's own."""
        return (*(("",) if self.is_own else ()), *self.datasets)


@dataclass(frozen=True, kw_only=True, slots=True)
class TableOf:
    """A dataset that a job of another node leaves."""

    #: Address of the node.
    node: str
    #: Name that the tool has for it.
    name: str


#: Most bytes of what a job leaves as values.
MAX_VALUES_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class LeftSource:
    """One column that a column of a table comes of which a job left."""

    output: str
    #: Name of an input of the node, or of another dataset that it yields.
    name: str
    is_input: bool
    column: str
    #: Whether its value reaches the other; else it only decides: filter, join key, grouping, order.
    is_direct: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class JobOutcome:
    """What came of a job, as it is kept with the version: small values, and where its tables were left."""

    job: str
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    #: Dataset name -> the Parquet files that were left, and the columns where there is no file.
    tables: Mapping[str, LeftTable] = field(default_factory=lambda: MappingProxyType({}))
    #: Measured costs in units of the tool.
    costs: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    url: str | None = None
    #: Tables that were changed in place, and are not under our rollback.
    unmanaged: tuple[str, ...] = ()
    #: What the job did outside. Of one that was recorded before this was told, nobody knows better.
    effects: Effects = Effects.EXTERNAL
    #: Dataset name -> what its columns come of, sorted; a dataset of which nobody knows is absent.
    lineage: Mapping[str, tuple[LeftSource, ...]] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftTable:
    """A table as a job left it."""

    files: tuple[str, ...]
    #: Name -> type, where there is no file to tell.
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def outcome_text(outcome: JobOutcome) -> str:
    """Write an outcome as canonical JSON."""
    return json.dumps(
        {
            "job": outcome.job,
            "values": outcome.values,
            "tables": {
                name: {"files": list(table.files), "columns": dict(table.columns)}
                for name, table in outcome.tables.items()
            },
            "costs": dict(outcome.costs),
            "url": outcome.url,
            "unmanaged": list(outcome.unmanaged),
            "effects": outcome.effects.value,
            **({"lineage": _lineage_values(outcome.lineage)} if outcome.lineage else {}),
        },
        sort_keys=True,
        separators=(",", ":"),
        default=plain_value,
    )


def outcome_of(text: str) -> JobOutcome:
    """Read what `outcome_text` wrote."""
    found = json.loads(text)
    return JobOutcome(
        job=found["job"],
        values=MappingProxyType(found["values"]),
        tables=MappingProxyType(
            {
                name: LeftTable(files=tuple(table["files"]), columns=table["columns"])
                for name, table in found["tables"].items()
            }
        ),
        costs=MappingProxyType(found["costs"]),
        url=found["url"],
        unmanaged=tuple(found["unmanaged"]),
        effects=Effects(found.get("effects", Effects.EXTERNAL.value)),
        lineage=MappingProxyType({name: _lineage_of(each) for name, each in found.get("lineage", {}).items()}),
    )


def _lineage_values(lineage: Mapping[str, tuple[LeftSource, ...]]) -> dict[str, Any]:
    """Return lineage as it is kept: the columns that are read are listed once, and named by their places."""
    found: dict[str, Any] = {}
    for dataset, sources in lineage.items():
        places: dict[tuple[str, bool, str], int] = {}
        columns: dict[str, tuple[list[int], list[int]]] = {}
        for each in sources:
            place = places.setdefault((each.name, each.is_input, each.column), len(places))
            direct, indirect = columns.setdefault(each.output, ([], []))
            (direct if each.is_direct else indirect).append(place)
        found[dataset] = {"from": [list(each) for each in places], "columns": columns}
    return found


def _lineage_of(found: Mapping[str, Any]) -> tuple[LeftSource, ...]:
    return tuple(
        sorted(
            LeftSource(output=output, name=name, is_input=is_input, column=column, is_direct=is_direct)
            for output, (direct, indirect) in found["columns"].items()
            for places, is_direct in ((direct, True), (indirect, False))
            for name, is_input, column in (found["from"][place] for place in places)
        )
    )


def plain_value(value: object) -> object:
    """Return a read-only map or a tuple as the JSON writer takes it. Raises TypeError for what is no JSON."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolFacts:
    """What the files need to know of a tool."""

    name: str
    effects: Effects
    #: Whether a node may yield the dataset of its own name, and others by name; both false for one that yields nothing.
    yields_own: bool = False
    yields_named: bool = False
    #: Option that a plain text stands for.
    main_option: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OptionProblem:
    """What a tool finds wrong with options."""

    path: tuple[str | int, ...]
    message: str
    fix: str | None
    is_error: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class OutlinedTable:
    """A dataset that a tool says it will leave."""

    name: str
    #: Name -> type; empty where it does not know.
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    description: str | None = None
