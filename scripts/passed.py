"""Run tests, and remember on which tree they passed: `make test && make check` then runs the quick tests once and not twice.

    passed.py run COMMAND...        run it; a stamp is written where it passes
    passed.py unless COMMAND...     the same, unless tests have just passed on this very tree

The stamp is the digest of every file that git does not ignore (its path, whether it is executable, its content), of the
interpreter and of the packages in the virtual environment. It is taken before the tests and again after them, so that what
was edited meanwhile is not taken for tested. It lies in the virtual environment, holds for an hour, and is removed before any
run: tests that fail, or are broken off, leave none. Nor do those without git, or with PYTEST_ADDOPTS, which may choose among tests.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

#: Beside the packages that it names; `make clean` removes it.
STAMP = Path(sys.prefix) / ".passed"
_HOLDS_S = 3600.0


def main(words: list[str]) -> int:
    """Run the command, or leave it away; return its status."""
    verb, *command = words
    digest = tree_digest(Path.cwd())
    if verb == "unless" and digest is not None and has_passed(digest):
        sys.stdout.write("The quick tests have just passed on this very tree; `make quick` runs them again.\n")
        return 0
    STAMP.unlink(missing_ok=True)
    status = subprocess.run(command, check=False).returncode
    if status == 0 and digest is not None and tree_digest(Path.cwd()) == digest:
        STAMP.write_text(digest)
    return status


def has_passed(digest: str) -> bool:
    """Whether tests passed on a tree within the last hour."""
    try:
        return STAMP.read_text() == digest and 0 <= time.time() - STAMP.stat().st_mtime < _HOLDS_S
    except OSError:
        return False


def tree_digest(root: Path) -> str | None:
    """Return the digest of what the tests of a tree depend on; None where that cannot be told."""
    if os.environ.get("PYTEST_ADDOPTS"):
        return None
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(words, cwd=root, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = hashlib.sha256()
    for piece in (*_environment(), *_files(root, sorted(set(listed.split(b"\0")) - {b""}))):
        found.update(len(piece).to_bytes(8, "big") + piece)
    return found.hexdigest()


def _environment() -> Iterator[bytes]:
    yield sys.version.encode()
    packages = Path(sys.prefix).glob("lib/python*/site-packages/*.dist-info")
    yield "\n".join(sorted(path.name for path in packages)).encode()


def _files(root: Path, names: list[bytes]) -> Iterator[bytes]:
    for name in names:
        path = root / os.fsdecode(name)
        yield name
        if path.is_symlink():
            yield b"link " + os.fsencode(path.readlink())
        elif path.is_file():
            yield (b"program " if os.access(path, os.X_OK) else b"file ") + path.read_bytes()
        else:
            yield b"nothing"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
