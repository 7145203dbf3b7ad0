"""A small mesh in parts: an appended source, a dataset by day, one made of it, one by month that is `as_of`, one that merges."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.meshes import write_file, write_mesh

EVENTS: Mapping[str, str] = {
    "mesh.yaml": """
        meshwright: 1
        name: events
        domains: [domains/*]
        """,
    "domains/web/domain.yaml": """
        name: web
        purpose: Clicks.
        owners: [team:web]
        """,
    "domains/web/clicks/pipeline.yaml": """
        nodes:
          raw: {source: {path: "drop/*.csv", format: csv}, incremental: {append: true}}
          daily: {incremental: {by: t, grain: day, lookback: 1d}}
          sums: {incremental: {by: day, grain: day}}
          monthly: {incremental: {by: month, grain: month, depends: {total: as_of}}}
          last: {incremental: {key: [who], merge: upsert}}
        """,
    "domains/web/clicks/models/daily.sql": "select t, who, n from raw",
    "domains/web/clicks/models/sums.sql": "select date_trunc('day', t)::date as day, sum(n) as n from daily group by all",
    "domains/web/clicks/models/total.sql": "select sum(n) as n from daily",
    "domains/web/clicks/models/monthly.sql": """
        select date_trunc('month', daily.t) as month, sum(daily.n) as n, max(total.n) as so_far
        from daily, total group by all
        """,
    "domains/web/clicks/models/last.sql": "select who, max(t) as t from daily group by who",
    "drop/01.csv": "t,who,n\n2026-01-01 08:00:00,ana,1\n2026-01-02 08:00:00,ben,2\n",
    "drop/03.csv": "t,who,n\n2026-01-03 08:00:00,ana,3\n2026-01-04 08:00:00,cem,4\n",
}
#: Days that nobody has seen yet, and one that is late.
LATER = "t,who,n\n2026-01-05 08:00:00,ana,5\n2026-01-06 08:00:00,ana,6\n"
LATE = "t,who,n\n2026-01-02 23:00:00,dora,9\n"


def write_events(root: Path) -> Path:
    """Write the mesh into a folder and return it."""
    return write_mesh(root, EVENTS)


def drop(root: Path, name: str, text: str) -> None:
    """Let a further file come."""
    write_file(root, f"drop/{name}.csv", text)
