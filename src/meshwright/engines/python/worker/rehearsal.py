"""Calls that nobody asked for, before the first fork: what Python and libraries do once is not done in each fork.

Python rewrites code until it has run eight times, fills its caches as types are used, and binds a library's functions when they
are called first. Each of these writes to a page, which a fork that is the first to do so has to copy.
"""

from __future__ import annotations

import os
from typing import Any

from . import modules
from .job import run_job

_TIMES = 12
_BARE = "def rehearse():\n    return {}\n"
_TABLES = "import pyarrow as pa\n\n\ndef rehearse():\n    return pa.table({'n': [1], 'x': ['a']})\n"


def rehearse(*, has_tables: bool) -> None:
    """Make calls whose results nobody reads."""
    path = "rehearsal.py"
    text = _TABLES if has_tables else _BARE
    job: dict[str, Any] = {
        "function": "rehearse",
        "inputs": {},
        "params": {},
        "is_none": not has_tables,
        "duckdb_settings": [],
        "memory_bytes": None,
        "threads": None,
    }
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for _ in range(_TIMES):
            installed = modules.install(path, {path: text}, [""])
            modules.precompile(path, text)
            run_job(job, installed, os.devnull, nowhere)
            modules.uninstall(installed)
    finally:
        os.close(nowhere)
