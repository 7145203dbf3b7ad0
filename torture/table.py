"""The tables of figures in `docs/reliability.md` and `docs/security.md`: a row a proof, replaced when it is run with --write."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
_BEGIN, _END = "<!-- figures: written by make torture -->", "<!-- end of figures -->"
_HEAD = "| proof | what is tried | n | failures | bound (95 %) | seconds | date | machine |\n|---|---|---|---|---|---|---|---|"
_ROW = re.compile(r"^\| `(?P<name>\w+)` \|")


def write_figures(lines: Iterable[str], claims: Mapping[str, str], page: str = "reliability") -> None:
    """Put the JSON lines of proofs into a page of the docs; rows of proofs that were not run stay."""
    path = PAGE.with_name(f"{page}.md")
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    inside, _, after = rest.partition(_END)
    rows = {found["name"]: line for line in inside.splitlines() if (found := _ROW.match(line))}
    for line in lines:
        figures = json.loads(line)
        rows[figures["test"]] = _row(figures, claims[figures["test"]])
    table = "\n".join([_HEAD, *(rows[name] for name in sorted(rows))])
    path.write_text(f"{before}{_BEGIN}\n{table}\n{_END}{after}", encoding="utf-8")


def _row(figures: Mapping[str, object], claim: str) -> str:
    bound = figures["bound95"]
    shown = "" if bound is None else f"{bound:.2g}"
    skipped = figures.get("skipped")
    tried = f"{claim} (not tried: {skipped})" if skipped else claim
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return (
        f"| `{figures['test']}` | {tried} | {figures['n']} | {figures['failures']} | {shown} | {figures['seconds']} "
        f"| {today} | {_machine()} |"
    )


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
