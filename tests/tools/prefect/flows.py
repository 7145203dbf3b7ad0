"""Flows that a real Prefect serves for tests: run by the Python of Prefect's own environment."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from prefect import flow, get_run_logger, pause_flow_run, serve, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact


def _count(folder: str, what: str) -> None:
    if folder:
        with (Path(folder) / what).open("a") as file:
            file.write("x\n")


@task
def extract(n: int) -> list[int]:
    get_run_logger().warning("extracting %s", n)
    return list(range(n))


@task
def double(rows: list[int]) -> list[int]:
    return [2 * row for row in rows]


@task
def load(rows: list[int]) -> int:
    create_table_artifact(key="loaded-rows", table=[{"rows": len(rows)}])
    return len(rows)


@task
def breaks(rows: list[int]) -> None:
    raise ValueError("no rows for 2013-02-30")


@flow(log_prints=True)
def nightly(n: int = 3, count: str = "", sleep_s: float = 0.0, fail: bool = False) -> int:
    _count(count, "runs")
    rows = extract(n)
    print("line one\nline two")  # noqa: T201 - a log of Prefect
    until = time.monotonic() + sleep_s
    while time.monotonic() < until:
        time.sleep(0.05)
    doubled = double(rows)
    if fail:
        breaks(doubled)
    extract(1, wait_for=[doubled])
    create_markdown_artifact(key="summary", markdown=f"loaded {n}")
    return load(doubled)


@flow
def inner(n: int) -> list[int]:
    return extract(n)


@flow
def outer() -> None:
    double(inner(2))


@flow
def waiting() -> None:
    pause_flow_run(timeout=300)


if __name__ == "__main__":
    if sys.argv[1] == "served":
        serve(*(each.to_deployment("main", tags=["tests"]) for each in (nightly, outer, waiting)))
    else:  # a deployment that nobody runs: its work pool has no worker
        nightly.from_source(str(Path(__file__).parent), "flows.py:nightly").deploy(
            "alone", work_pool_name="nobody", ignore_warnings=True
        )
