"""Processes that stand still, as those of a machine that sleeps do."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from pathlib import Path


def stop_between_writes(pid: int, state: Path) -> None:
    """Stop a process while it holds no lock of the state: others would wait for one that never comes back."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        connection = sqlite3.connect(state, timeout=1, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
