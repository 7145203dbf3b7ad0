"""What git knows of a mesh's files: the commit they are, and which of them are not committed."""

from __future__ import annotations

import subprocess
from collections.abc import Collection
from pathlib import Path

from meshwright.frozen import dataclass

_TIMEOUT_S = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeState:
    """A mesh in a git work tree."""

    #: Full hash of the commit that is checked out.
    commit: str
    #: Mesh files that differ from that commit, by path relative to the mesh root, sorted.
    uncommitted: tuple[str, ...]


def code_state(root: Path, files: Collection[str]) -> CodeState | None:
    """Return the state of `files` (relative to `root`) in git; None outside git, before the first commit, or where
    `mesh.yaml` is not tracked."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return None
    commit = _git(root, "rev-parse", "--verify", "HEAD")
    if commit is None or _git(root, "ls-files", "--error-unmatch", "--", "mesh.yaml") is None:
        return None
    status = _git(
        root, "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignored", "--", "."
    )
    prefix = (_git(root, "rev-parse", "--show-prefix") or "").strip()
    changed = {entry[3:].removeprefix(prefix) for entry in (status or "").split("\0") if entry}
    return CodeState(
        commit=commit.strip(), uncommitted=tuple(sorted(changed.intersection(files) | _under(changed, files)))
    )


def branch_tip(root: Path, branch: str) -> str | None:
    """Return the commit that a branch points to: one of this repository, else as it was last fetched; None for neither."""
    for reference in (f"refs/heads/{branch}", f"refs/remotes/origin/{branch}"):
        tip = _git(root, "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
        if tip is not None:
            return tip.strip()
    return None


def file_at(root: Path, commit: str, path: str) -> bytes | None:
    """Return what a file (relative to `root`) holds in a commit; None where that has no such file."""
    return _git_bytes(root, "cat-file", "blob", f"{commit}:./{path}")


def _under(changed: Collection[str], files: Collection[str]) -> set[str]:
    """Return the files that lie in a folder that git names as a whole (an ignored one)."""
    folders = tuple(path for path in changed if path.endswith("/"))
    return {file for file in files if folders and file.startswith(folders)}


def _git(root: Path, *words: str) -> str | None:
    """Run git and return what it printed; None where it refuses or is not installed."""
    printed = _git_bytes(root, *words)
    return printed.decode("utf-8", "surrogateescape") if printed is not None else None


def _git_bytes(root: Path, *words: str) -> bytes | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "--no-optional-locks", *words],  # noqa: S607 - the user's own git
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
