"""`python -m bench.outside [DATASETS]`: what so many outside datasets cost: joined, listed, found, followed, and told of further.

The state is seeded through its own writer: jobs that each read one dataset and write the next ten. Prints a line of JSON for each
number of datasets: medians of requests that each come after an event which tells of a new dataset (`..._after_new_ms`), and after
one that tells nothing new; of single events that are taken in; of a join from nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from meshwright.app.catalog_lists import Question, find
from meshwright.app.lineage import lineage
from meshwright.app.opened import open_mesh
from meshwright.app.outside_told import OutsideWanted, list_outside_datasets
from meshwright.app.outside_told_map import join_map
from meshwright.app.outside_told_names import own_names
from meshwright.app.outside_told_taking import Intake, take_lineage
from meshwright.app.serving import open_server
from meshwright.app.workspace import Workspace
from meshwright.model.told import Direction, Told, ToldDataset, ToldEdge, ToldJob, ToldName, dataset_id, job_id
from tests.meshes import write_mesh

_TIMES = 15
_FAN = 10
_OURS = "sales.orders.orders"


def main() -> None:
    """Measure with a quarter of the datasets, and with all."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 40_000
    for count in (most // 4, most):
        with tempfile.TemporaryDirectory() as folder:
            sys.stdout.write(json.dumps({"datasets": count, **_measured(write_mesh(Path(folder)), count)}) + "\n")
            sys.stdout.flush()


def _measured(root: Path, count: int) -> dict[str, float]:
    with open_server(root) as server:
        workspace = server.workspace
        with open_mesh(workspace, "prod", create_state=True) as opened:
            opened.state.outside.record(_seed(count), dt.datetime.now(dt.UTC))
        found = {"join_ms": _median(lambda _: _join(workspace), lambda _: None, times=3)}
        for name, asked in _QUESTIONS.items():
            asked(workspace)
            new = _median(lambda _, ask=asked: ask(workspace), _telling(server.intake, workspace, name))
            old = _median(lambda _, ask=asked: ask(workspace), lambda _: _tell(server.intake, workspace, "known"))
            found |= {f"{name}_after_new_ms": new, f"{name}_ms": old}
        found["event_ms"] = _median(lambda n: _tell(server.intake, workspace, f"more{n}"), lambda _: None)
    return found


def _seed(count: int) -> Told:
    now = dt.datetime.now(dt.UTC)
    names = [ToldName(namespace="s3://lake", name=f"tables/t{number}") for number in range(count)]
    jobs, edges = [], []
    for place in range(0, count, _FAN):
        job = ToldName(namespace="airflow://prod", name=f"load.j{place // _FAN}")
        jobs.append(ToldJob(name=job, at=now))
        read = names[(place - 1) // _FAN] if place else ToldName(namespace="meshwright://shop", name=_OURS)
        sides = [(read, Direction.READS), *((name, Direction.WRITES) for name in names[place : place + _FAN])]
        edges += [ToldEdge(job=job_id(job), dataset=dataset_id(name), direction=side, at=now) for name, side in sides]
    own = ToldName(namespace="meshwright://shop", name=_OURS)
    datasets = tuple(ToldDataset(name=name, at=now) for name in (own, *names))
    return Told(jobs=tuple(jobs), datasets=datasets, edges=tuple(edges))


def _tell(intake: Intake, workspace: Workspace, name: str) -> None:
    event = {
        "eventType": "COMPLETE",
        "eventTime": dt.datetime.now(dt.UTC).isoformat(),
        "producer": "https://example.org/bench",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": "0190a1b2-c3d4-7000-8000-000000000001"},
        "job": {"namespace": "cron", "name": "bench"},
        "inputs": [{"namespace": "s3://lake", "name": "tables/t1"}],
        "outputs": [{"namespace": "s3://other", "name": name}],
    }
    take_lineage(workspace, intake, json.dumps(event).encode())


def _telling(intake: Intake, workspace: Workspace, name: str) -> Callable[[int], None]:
    return lambda number: _tell(intake, workspace, f"{name}{number}")


def _join(workspace: Workspace) -> None:
    with open_mesh(workspace, "prod") as opened:
        join_map(opened.state.outside.map(), own_names(opened.mesh, workspace.root, "prod"))


def _search(workspace: Workspace) -> None:
    find(workspace, Question(text="tables"))


def _catalog(workspace: Workspace) -> None:
    list_outside_datasets(workspace, "prod", OutsideWanted(limit=100))


def _far(workspace: Workspace) -> None:
    lineage(workspace, "sales.totals.per_customer")


def _whole(workspace: Workspace) -> None:
    lineage(workspace, _OURS)


_QUESTIONS: dict[str, Callable[[Workspace], None]] = {
    "catalog": _catalog, "search": _search, "lineage_beside": _far, "lineage_of_all": _whole,
}  # fmt: skip


def _median(measured: Callable[[int], None], before: Callable[[int], None], times: int = _TIMES) -> float:
    """Return the median of milliseconds of what is measured, each time after what comes before it."""
    taken = []
    for number in range(times):
        before(number)
        started = time.perf_counter()
        measured(number)
        taken.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(taken), 1)


if __name__ == "__main__":
    main()
