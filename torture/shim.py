"""Faults at the k-th call, for all threads together: a small library that is preloaded into victims.

`strace -e inject` counts for each thread by itself and slows everything down; this counts the process's calls as one
sequence, and only those on files below the mesh. Needs a C compiler; without one the proofs that use it are skipped.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SOURCE = Path(__file__).with_name("shim.c")
#: What a fault strikes: calls that change files, calls that read them, both.
CHANGES, READS, BOTH = 1, 2, 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What happens at the `at`-th call (0: nothing, they are only counted)."""

    at: int
    #: Error of the call; 0 kills the process instead.
    error: int = 0
    kinds: int = CHANGES
    #: Whether every later call fails as well, as on a full disk.
    is_lasting: bool = False


def build(folder: Path) -> Path | None:
    """Compile the library into `folder` and return its path; None where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    library = folder / "shim.so"
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(_SOURCE), "-ldl"], check=True)
    return library


def arm(root: Path, fault: Fault, counter: Path) -> None:
    """Let `fault` strike this process, into which the library was preloaded; calls are counted into the file `counter`."""
    # The real path: programs name files by it.
    folder = os.path.realpath(root).encode()
    library = ctypes.CDLL(None)
    done = library.torture_arm(
        folder, ctypes.c_long(fault.at), fault.kinds, fault.error, fault.is_lasting, os.fsencode(counter)
    )
    if done != 0:
        raise OSError(f"the counter {counter} cannot be used")


def new_counter(place: Path) -> None:
    """Make a counter that is at 0."""
    place.write_bytes(bytes(8))


def counted(place: Path) -> int:
    """Return what a counter has counted."""
    return int.from_bytes(place.read_bytes(), "little")
