"""A database in a file that belongs to somebody else: read, never written, with and without writers at work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from state_samples import NOW, make_publication, take

from meshwright.state.database import open_state

URL = "sqlite:///state.db"
_PROGRAM = """
import os, sys
from pathlib import Path
if os.geteuid() == 0:
    import pwd
    found = pwd.getpwnam("nobody")
    from meshwright.state.database import open_state  # what only root can import
    import sqlalchemy.dialects.sqlite, meshwright.state.tables
    os.setgid(found.pw_gid); os.setuid(found.pw_uid)
from meshwright.diagnostics import WorldError
from meshwright.state.database import open_state
root = Path(sys.argv[1])
state = open_state("sqlite:///state.db", root=root, host="beta", create=False)
print({name: pointer.revision for name, pointer in state.reader.pointers("prod").items()})
try:
    state.writer.take_lease("run", "beta:1", __import__("datetime").datetime.now(__import__("datetime").UTC), 60)
except WorldError as error:
    print(error.first.code)
state.close()
"""


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder that everybody may look into: pytest's own are for one user."""
    folder = Path(tempfile.mkdtemp(prefix="mw-read-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def read_as_somebody_else(root: Path) -> list[str]:
    """What a user sees who may read the folder and its files and write neither."""
    if os.geteuid() != 0:
        root.chmod(0o555)
        (root / "state.db").chmod(0o444)
    words = [sys.executable, "-c", _PROGRAM, str(root)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_file_that_nobody_writes_is_read_and_not_changed(root: Path) -> None:
    with closing(open_state(URL, root=root)) as state:
        state.writer.publish(make_publication(take(state), {"a": "1"}, {}), NOW)
    before = {path.name: path.read_bytes() for path in root.iterdir()}
    assert read_as_somebody_else(root) == ["{'a': '1'}", "MW-D107"]
    assert {path.name: path.read_bytes() for path in root.iterdir()} == before


def test_a_file_is_read_along_with_its_writer(root: Path) -> None:
    """What is committed is still in the log, where the file alone does not show it."""
    with closing(open_state(URL, root=root)) as state:
        lease = take(state)
        for step in range(2):
            state.writer.publish(make_publication(lease, {"a": str(step)}, {}), NOW)
            assert read_as_somebody_else(root)[0] == f"{{'a': '{step}'}}"


def test_an_empty_file_of_somebody_else_reads_as_empty(root: Path) -> None:
    (root / "state.db").touch()
    assert read_as_somebody_else(root)[0] == "{}"
