"""pyarrow, imported so that processes fork fast: without pandas, which its first conversion imports where it can.

pandas costs 0.3 s to import, and every fork of a process that holds it takes longer. So pyarrow is told once that there is none;
when code imports pandas after all, pyarrow looks again.
"""

from __future__ import annotations

import contextlib
import sys

import pyarrow as pa
import pyarrow.parquet
from pyarrow.lib import _pandas_api

from . import frames, results  # noqa: F401  for the forks
from .afterimport import AfterImport


def settle_pandas() -> None:
    """Have pyarrow decide that there is no pandas, until there is."""
    if "pandas" in sys.modules:
        return
    pandas = AfterImport("pandas", _look_again, is_hiding=True)
    pa.array([0])
    pandas.is_hiding = False


def _look_again() -> None:
    with contextlib.suppress(ImportError):  # a pandas too old for pyarrow: as if it were not there
        _ = _pandas_api.pd
