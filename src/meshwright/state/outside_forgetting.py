"""What is forgotten of what outside tools told: runs and notes by when they arrived, the rest by when nothing keeps it any more.

A row is kept by its own age, or by another row that is kept. What is needless is found in a transaction that reads, and goes a few
rows at a time in transactions of their own; each looks once more at the rows that it takes, which by then nobody else can change.
So whatever is told meanwhile stays, and what is cut off is found by the next collection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model.told import FacetOf, ToldState
from meshwright.state.codec import to_micros
from meshwright.state.connection import Connection, Row
from meshwright.state.outside import MAP, count_change
from meshwright.state.records import OldTold, ToldHorizon
from meshwright.state.statements import for_update, marks

#: Rows that are forgotten in one transaction.
_BATCH = 200
#: Rows that are looked for at once.
_PAGE = 20_000
_GOOD = f"('{ToldState.SUCCEEDED.value}', '{ToldState.WARNED.value}')"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """Rows of one table, and what goes with them. Conditions are of the row, which is called `it`."""

    table: str
    key: tuple[str, ...]
    #: When a row is needless.
    condition: Callable[[ToldHorizon], str]
    #: Tables, and the condition on their rows that go with those of the keys given.
    beside: Callable[[Sequence[Row]], Iterable[tuple[str, str, Sequence[object]]]] = lambda _keys: ()
    #: Whether another map is joined without it.
    is_mapped: bool = False


def _kept_run(alias: str, horizon: ToldHorizon) -> str:
    """Return the condition that a run is kept: a young one, and the last one of its job that went well."""
    later = (
        f"SELECT 1 FROM outside_runs later WHERE later.job = {alias}.job AND later.first_at >= {alias}.first_at"
        f" AND later.state IN {_GOOD}"
        f" AND (later.first_at > {alias}.first_at OR later.id < {alias}.id)"
    )
    return (
        f"({alias}.received_at >= {to_micros(horizon.events)} OR ({alias}.received_at >= {to_micros(horizon.last_runs)}"
        f" AND {alias}.state IN {_GOOD} AND NOT EXISTS ({later})))"
    )


def _kept_edge(alias: str, horizon: ToldHorizon) -> str:
    """Return the condition that an edge is kept: a young one, and one that a run that is kept went along.

    No run that did began after the edge was heard of last: so those of a job that goes on are not looked at one by one.
    """
    going = (
        f"SELECT 1 FROM outside_runs r JOIN outside_uses u ON u.run = r.id WHERE r.job = {alias}.job"
        f" AND r.first_at <= {alias}.last_at AND u.dataset = {alias}.dataset AND u.direction = {alias}.direction"
        f" AND {_kept_run('r', horizon)}"
    )
    return f"({alias}.last_at >= {to_micros(horizon.events)} OR EXISTS ({going}))"


def _needless_thing(column: str, horizon: ToldHorizon) -> str:
    """Return the condition that a job, or a dataset, is needless: nothing that is kept names it."""
    return (
        f"it.last_at < {to_micros(horizon.events)}"
        f" AND NOT EXISTS (SELECT 1 FROM outside_edges e WHERE e.{column} = it.id AND {_kept_edge('e', horizon)})"
        f" AND NOT EXISTS (SELECT 1 FROM outside_notes n WHERE n.{column} = it.id"
        f" AND n.received_at >= {to_micros(horizon.events)})"
    )


def _needless_job(horizon: ToldHorizon) -> str:
    runs = f"SELECT 1 FROM outside_runs r WHERE r.job = it.id AND {_kept_run('r', horizon)}"
    return f"{_needless_thing('job', horizon)} AND NOT EXISTS ({runs})"


def _leads_nowhere(_horizon: ToldHorizon) -> str:
    ends = (
        f"NOT EXISTS (SELECT 1 FROM outside_datasets d WHERE d.id = it.{column})" for column in ("dataset", "other")
    )
    return " OR ".join(ends)


def _ids(keys: Sequence[Row]) -> tuple[str, list[object]]:
    return marks(keys), [id_ for (id_,) in keys]


def _beside_runs(keys: Sequence[Row]) -> Iterable[tuple[str, str, Sequence[object]]]:
    places, ids = _ids(keys)
    yield "outside_uses", f"run IN {places}", ids
    yield "outside_facets", f'"of" IN (?, ?) AND object IN {places}', [FacetOf.RUN.value, FacetOf.USE.value, *ids]


def _beside_edges(keys: Sequence[Row]) -> Iterable[tuple[str, str, Sequence[object]]]:
    """What a job said of a dataset as it reads or writes it, without a run."""
    place = f"(VALUES {', '.join(['(?, ?)'] * len(keys))})"
    written = [value for job, dataset, direction in keys for value in (dataset, job)]
    used = [value for job, dataset, direction in keys for value in (job, dataset)]
    yield "outside_facets", f'"of" = ? AND (object, beside) IN {place}', [FacetOf.WRITING.value, *written]
    yield "outside_facets", f'"of" = ? AND (object, beside) IN {place}', [FacetOf.USE.value, *used]


def _beside_jobs(keys: Sequence[Row]) -> Iterable[tuple[str, str, Sequence[object]]]:
    places, ids = _ids(keys)
    yield "outside_facets", f'"of" IN (?, ?) AND object IN {places}', [FacetOf.JOB.value, FacetOf.USE.value, *ids]


def _beside_datasets(keys: Sequence[Row]) -> Iterable[tuple[str, str, Sequence[object]]]:
    places, ids = _ids(keys)
    of = [FacetOf.DATASET.value, FacetOf.WRITING.value]
    yield "outside_facets", f'"of" IN (?, ?) AND object IN {places}', [*of, *ids]


_RUNS = _Kind(
    table="outside_runs",
    key=("id",),
    condition=lambda horizon: f"it.received_at < {to_micros(horizon.events)} AND NOT {_kept_run('it', horizon)}",
    beside=_beside_runs,
)
_NOTES = _Kind(
    table="outside_notes",
    key=("key",),
    condition=lambda horizon: f"it.received_at < {to_micros(horizon.events)}",
)
_EDGES = _Kind(
    table="outside_edges",
    key=("job", "dataset", "direction"),
    condition=lambda horizon: f"it.last_at < {to_micros(horizon.events)} AND NOT {_kept_edge('it', horizon)}",
    beside=_beside_edges,
    is_mapped=True,
)
_JOBS = _Kind(table="outside_jobs", key=("id",), condition=_needless_job, beside=_beside_jobs, is_mapped=True)
_DATASETS = _Kind(
    table="outside_datasets",
    key=("id",),
    condition=lambda horizon: _needless_thing("dataset", horizon),
    beside=_beside_datasets,
    is_mapped=True,
)
#: Links of datasets that are not there.
_LINKS = _Kind(table="outside_links", key=("dataset", "other"), condition=_leads_nowhere, is_mapped=True)

KINDS: Mapping[str, _Kind] = MappingProxyType(
    {"runs": _RUNS, "notes": _NOTES, "edges": _EDGES, "jobs": _JOBS, "datasets": _DATASETS, "links": _LINKS}
)
#: What is looked at row by row, in the order in which it goes. Whether a row is kept is the same before and after others went.
ALONE = ("runs", "notes", "edges", "jobs")


def count_old_told(connection: Connection, horizon: ToldHorizon, standing: Collection[str] | None) -> OldTold:
    """Count what is needless; datasets `standing` are not, and with None none is."""
    counts = {}
    for name in ALONE:
        query = f"SELECT count(*) FROM {KINDS[name].table} it WHERE {KINDS[name].condition(horizon)}"
        counts[name] = int(connection.value(query) or 0)
    datasets = () if standing is None else needless_datasets(connection, horizon, standing)
    return OldTold(datasets=len(datasets), **counts)


def needless_rows(connection: Connection, kind: str, horizon: ToldHorizon) -> Sequence[Row]:
    """Return the keys of some of the rows of a kind that are needless; of none, where there is no more."""
    of = KINDS[kind]
    return connection.rows(f"SELECT {_listed(of)} FROM {of.table} it WHERE {of.condition(horizon)} LIMIT {_PAGE}")


def needless_datasets(connection: Connection, horizon: ToldHorizon, standing: Collection[str]) -> Sequence[Row]:
    """Return the keys of the datasets that are needless.

    Names of one dataset stay or go together: one that a kept job names, or that is one of ours, keeps the others.
    """
    condition = _DATASETS.condition(horizon)
    found = {id_ for (id_,) in connection.rows(f"SELECT it.id FROM outside_datasets it WHERE {condition}")}
    needless = found - set(standing)
    beside: dict[str, list[str]] = defaultdict(list)
    if needless:
        query = (
            "SELECT l.dataset, l.other FROM outside_links l JOIN outside_datasets a ON a.id = l.dataset"
            " JOIN outside_datasets b ON b.id = l.other"
        )
        for dataset, other in connection.rows(query):
            beside[dataset].append(other)
            beside[other].append(dataset)
    kept = [id_ for id_ in beside if id_ not in needless]
    while kept:
        for other in beside[kept.pop()]:
            if other in needless:
                needless.discard(other)
                kept.append(other)
    return [(id_,) for id_ in sorted(needless)]


def forget_rows(connection: Connection, kind: str, horizon: ToldHorizon, keys: Sequence[Row]) -> int:
    """Delete those of some rows that are needless still, with what goes with them; return how many."""
    of = KINDS[kind]
    # Whoever tells of them anew waits from here on, or has told: the second look sees it.
    connection.rows(
        f"SELECT {_listed(of)} FROM {of.table} it WHERE {_among(of, keys)} ORDER BY {_listed(of)}"
        + for_update(connection),
        _flat(keys),
    )
    query = f"SELECT {_listed(of)} FROM {of.table} it WHERE {_among(of, keys)} AND ({of.condition(horizon)})"
    gone = connection.rows(query, _flat(keys))
    if not gone:
        return 0
    for table, condition, values in of.beside(gone):
        connection.change(f"DELETE FROM {table} WHERE {condition}", values)
    connection.change(f"DELETE FROM {of.table} AS it WHERE {_among(of, gone)}", _flat(gone))
    count_change(connection, *([MAP] if of.is_mapped else []))
    return len(gone)


def in_batches(keys: Sequence[Row]) -> Iterable[Sequence[Row]]:
    """Yield the keys that are dealt with in one transaction each."""
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]


def _listed(kind: _Kind) -> str:
    return ", ".join(f'it."{name}"' for name in kind.key)


def _among(kind: _Kind, keys: Sequence[Row]) -> str:
    place = marks(kind.key)
    return f"({_listed(kind)}) IN (VALUES {', '.join([place] * len(keys))})"


def _flat(keys: Sequence[Row]) -> list[object]:
    return [value for key in keys for value in key]
