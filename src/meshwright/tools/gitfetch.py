"""Files of another git repository at a ref, read without a work tree: no hook, filter or link of it is followed."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from meshwright.frozen import dataclass

_TIMEOUT_S = 120
#: More is no folder of components.
_MOST_FILES = 2_000
_MOST_BYTES = 8 * 1024 * 1024
_PLAIN = frozenset({"100644", "100755"})


class FetchFailed(Exception):
    """The repository, or the ref in it, cannot be read; the message is git's own last line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedFiles:
    """What a folder of a repository holds at a ref."""

    commit: str
    #: Path inside the folder -> bytes; plain files alone.
    files: Mapping[str, bytes]


def fetch_files(url: str, ref: str, path: str) -> FetchedFiles:
    """Fetch what `path` (empty for the root) holds at `ref`. Raises FetchFailed.

    Nobody is asked for a password: git's credential helpers and keys know, or it fails.
    """
    with tempfile.TemporaryDirectory(prefix="meshwright-git-") as folder:
        place = Path(folder)
        _git(place, "init", "--quiet", "--bare")
        _git(place, "fetch", "--quiet", "--depth", "1", "--no-tags", "--", url, ref)
        commit = _git(place, "rev-parse", "--verify", "FETCH_HEAD^{commit}").decode().strip()
        listed = _git(place, "ls-tree", "-r", "-z", "--long", f"{commit}:{path}").split(b"\0")
        entries = [entry for entry in listed if entry]
        if len(entries) > _MOST_FILES:
            raise FetchFailed(f"'{path or '.'}' holds {len(entries):,} files; name the folder of the components")
        files = {}
        for entry in entries:
            head, _, name = entry.partition(b"\t")
            mode, _, blob, size = head.split()
            if mode.decode() in _PLAIN and int(size) <= _MOST_BYTES:
                files[name.decode("utf-8", "surrogateescape")] = _git(place, "cat-file", "blob", blob.decode())
        return FetchedFiles(commit=commit, files=files)


def _git(place: Path, *words: str) -> bytes:
    environment = {
        **os.environ,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": os.devnull,
    }
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):  # of a hook that we may run in
        environment.pop(name, None)
    try:
        done = subprocess.run(
            ["git", "-C", str(place), *words],  # noqa: S607 - the user's own git
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            env=environment,
        )
    except FileNotFoundError:
        raise FetchFailed("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise FetchFailed(f"git gave no answer within {_TIMEOUT_S} s") from None
    if done.returncode != 0:
        said = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        told = next((line for line in said if line.startswith("fatal:")), said[-1] if said else "git failed")
        raise FetchFailed(told.removeprefix("fatal: "))
    return done.stdout
