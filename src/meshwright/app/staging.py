"""A new mesh comes to be in a folder beside its place, and takes the place at the end: whole, or not at all.

An `init` that was killed is made undone by the next one: its folder names the target and the process, and while it
moves entries into a folder that was there already, a list of them.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshwright.crashpoints import CrashPoint, reached

_PREFIX = ".mw-init-"
_MOVING = ".moving"


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """Yield a fresh folder beside `target`, gone when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{target.name}-{os.getpid()}-", dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def move_into(staged: Path, target: Path) -> None:
    """Give the staged files their place; on failure take back what was moved.

    A folder that is there already (empty, or a git repository) stays itself, with its permissions.
    """
    if not target.exists():
        staged.chmod(0o777 & ~_umask())
        staged.rename(target)
        staged.mkdir()  # what `staging` removes
        return
    entries = sorted(staged.iterdir())
    (staged / _MOVING).write_text(json.dumps([entry.name for entry in entries]), encoding="utf-8")
    moved: list[Path] = []
    try:
        for entry in entries:
            place = target / entry.name
            entry.rename(place)
            moved.append(place)
            reached(CrashPoint.INIT_MOVING)
    except OSError:
        for place in moved:
            _remove(place)
        raise


def clear_killed(target: Path) -> None:
    """Undo what an `init` into `target` left that was killed. Raises OSError only where that cannot be done."""
    for left in sorted(target.parent.glob(f"{_PREFIX}*-*-*")) if target.parent.is_dir() else ():
        name, pid = left.name.removeprefix(_PREFIX).rsplit("-", 2)[:2]
        if name != target.name or not pid.isdigit() or _is_alive(int(pid)):
            continue
        for entry in _moving(left):
            if not os.path.lexists(left / entry):
                _remove(target / entry)
        shutil.rmtree(left, ignore_errors=True)


def _moving(left: Path) -> list[str]:
    """Return the entries that were being moved; a list that was never finished means that none was."""
    try:
        names = json.loads((left / _MOVING).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [name for name in names if isinstance(name, str) and name not in {"", ".", ".."} and "/" not in name]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
