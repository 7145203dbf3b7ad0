"""What is killed: commands that build, and commands that move pointers, each with what stands before and what must hold after.

A scene is set up once and copied for every trial, always to the same place: files for plain readers name the store by
its whole path. To kill another command, add a line to `MOVES` and, if it demands more than these, its check; `mw gc` has a
scene of its own, in `litter`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.workspace import open_workspace
from meshwright.crashpoints import CrashPoint
from meshwright.model import product_of_object
from meshwright.state.database import open_state
from meshwright.state.protocol import Reader
from meshwright.state.records import RunState
from tests.meshes import write_file
from torture.meshes import change_data, torture_mesh
from torture.outcome import STATE, damage, half_visible, survived
from torture.victims import Ended, Victims

_TOTALS = "sales.totals"
_TOTALS_SQL = "domains/sales/totals/models/per_customer.sql"
_DOUBLED = "select customer, 2 * sum(amount) as total, count(*) as orders from sales.orders.orders group by customer"
_BOX = "box"
#: The generation over which the sandbox is made: the first run publishes four products, one after the other.
_BEFORE = "5"
_RUN = tuple(point for point in CrashPoint if point.startswith(("run.", "publish.")))
_READERS = (CrashPoint.READERS_WRITTEN, CrashPoint.READERS_REPLACED)
_PUBLISHED = (
    CrashPoint.MOVE_READY,
    CrashPoint.POINTERS_CLOSED,
    CrashPoint.POINTERS_OPENED,
    CrashPoint.MOVE_COMMITTED,
)
#: Statuses of a command that is given again: it ended well, or says that nothing is left to do.
_ENDED, _SAYS_SO = 0, frozenset({"MW-S203", "MW-R013"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A command and what it is given in."""

    name: str
    words: tuple[str, ...]
    #: Writes the mesh and everything that stands before the command into a folder that is not there.
    set_up: Callable[[Path], None]
    #: Says what is wrong after a kill, given the command's words.
    check: Callable[[Path, Victims, tuple[str, ...]], str | None]
    #: Where killing it is worth trying by name.
    points: tuple[CrashPoint, ...] = ()


class Stage:
    """The one place where scenes are played, and what each looked like before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = folder / "stage"

    def fresh(self, scene: Scene) -> Path:
        """Put the scene in place as it is before the command, and return its root."""
        shutil.rmtree(self.root, ignore_errors=True)
        kept = self._folder / f"kept {scene.name}"
        if not kept.exists():
            scene.set_up(self.root)
            shutil.copytree(self.root, kept)
        else:
            shutil.copytree(kept, self.root)
        return self.root


def _first(root: Path) -> None:
    torture_mesh(root)


def _later(root: Path) -> None:
    torture_mesh(root)
    apply(open_workspace(root), RunOptions())
    change_data(root, 1)


def _boxed(root: Path) -> None:
    """A sandbox in which two products differ from what stands."""
    torture_mesh(root)
    workspace = open_workspace(root)
    apply(workspace, RunOptions())
    create_sandbox(workspace, SandboxWish(name=_BOX))
    write_file(
        root,
        _TOTALS_SQL,
        _DOUBLED,
    )
    apply(workspace, RunOptions(environment=_BOX))


def _promoted(root: Path) -> None:
    """What was promoted is to be taken back."""
    _boxed(root)
    promote(open_workspace(root), PromotionWish(sandbox=_BOX))


def _moved_on(root: Path) -> None:
    """What a sandbox lies over, and was built from, has moved on."""
    _boxed(root)
    change_data(root, 1)
    apply(open_workspace(root), RunOptions(select=("sales.orders",), only=True))


def goes_on(root: Path, _victims: Victims, _words: tuple[str, ...]) -> str | None:
    """After a run: the next one, or a resume, makes all good."""
    return survived(root)


def _is_promoted(root: Path, victims: Victims, words: tuple[str, ...]) -> str | None:
    return _all_or_nothing(root) or _again(root, victims, words) or _stands(root, lambda reader: _shown(reader, _BOX))


def _is_back(root: Path, victims: Victims, words: tuple[str, ...]) -> str | None:
    return (
        _all_or_nothing(root)
        or _pinned_with_it(root)
        or _again(root, victims, words)
        or _pinned_with_it(root)
        or _stands(root, lambda reader: _shown(reader, "prod", int(_BEFORE)))
    )


def _is_pinned(root: Path, victims: Victims, words: tuple[str, ...]) -> str | None:
    return _held_whole(root) or _again(root, victims, words) or _held_whole(root, is_over=True) or survived(root)


def _is_rebased(root: Path, victims: Victims, words: tuple[str, ...]) -> str | None:
    problem = half_visible(root, _BOX) or half_visible(root) or _again(root, victims, words)
    if problem is not None:
        return problem
    with _reader(root) as reader:
        box, newest = reader.environment(_BOX), reader.generation("prod")
    if box is None or box.base_generation != newest:
        return f"the sandbox lies over {box}, not over generation {newest}"
    built = apply(open_workspace(root), RunOptions(environment=_BOX))
    if built.state is not RunState.SUCCEEDED:
        return f"the run into it {built.state.value}: {built.error}"
    return half_visible(root, _BOX) or survived(root)


def _is_gone(root: Path, victims: Victims, words: tuple[str, ...]) -> str | None:
    problem = half_visible(root) or _again(root, victims, words)
    if problem is not None:
        return problem
    left = [path.name for path in (root / "environments").glob(f"{_BOX}.*")]
    return f"left behind: {left}" if left else survived(root)


def _again(root: Path, victims: Victims, words: tuple[str, ...]) -> str | None:
    """Give the same command again."""
    problem = damage(root, is_settled=False)
    if problem is not None:
        return problem
    ended = victims.run(root, *words)
    is_said = any(code in ended.out + ended.err for code in _SAYS_SO)
    return None if ended.status == _ENDED or is_said else f"the command after it: {in_words(ended)}"


def _all_or_nothing(root: Path) -> str | None:
    """Say what of a move is there without the rest: either what stood before the sandbox stands, or what it shows."""
    with _reader(root) as reader:
        whole = (_shown(reader, _BOX), _shown(reader, "prod", int(_BEFORE)))
        is_whole = _shown(reader, "prod") in whole
    return half_visible(root) if is_whole else "what stands is neither what did nor what the sandbox shows"


def _pinned_with_it(root: Path) -> str | None:
    """Say whether pointers moved without the pins that hold them, or the other way round."""
    with _reader(root) as reader:
        pins, shown = reader.pins("prod"), _shown(reader, "prod")
        has_moved = shown != _shown(reader, _BOX)
    loose = [name for name, pin in pins.items() if shown.get(name) != pin.revision]
    is_whole = not loose and has_moved == bool(pins)
    return None if is_whole else f"moved: {has_moved}, pins: {sorted(pins)}, of which point elsewhere: {loose}"


def _held_whole(root: Path, *, is_over: bool = False) -> str | None:
    """Say whether the product that is pinned moved in part, or without its pin; or not at all when that `is_over`."""
    with _reader(root) as reader:
        before, after = _of_totals(_shown(reader, _BOX)), _of_totals(_shown(reader, "prod", int(_BEFORE)))
        now, is_pinned = _of_totals(_shown(reader, "prod")), _TOTALS in reader.pins("prod")
    if now == (after if is_pinned else before) and (is_pinned or not is_over):
        return half_visible(root)
    return f"pinned: {is_pinned}, and {sorted(now.items())} stands"


def _of_totals(shown: dict[str, str]) -> dict[str, str]:
    return {name: revision for name, revision in shown.items() if product_of_object(name) == _TOTALS}


def _stands(root: Path, wanted: Callable[[Reader], dict[str, str]]) -> str | None:
    """Say what differs from what the command was to lead to; then go on as after any kill."""
    with _reader(root) as reader:
        differing = set(_shown(reader, "prod").items()) ^ set(wanted(reader).items())
    return f"it did not get there: {sorted(differing)}" if differing else survived(root)


@contextmanager
def _reader(root: Path) -> Iterator[Reader]:
    state = open_state(f"sqlite:///{STATE}", root=root)
    try:
        yield state.reader
    finally:
        state.close()


def _shown(reader: Reader, environment: str, generation: int | None = None) -> dict[str, str]:
    return {name: pointer.revision for name, pointer in reader.pointers(environment, generation).items()}


def in_words(ended: Ended) -> str:
    """Return how a command ended, for a report."""
    return f"status {ended.status}: {(ended.out + ended.err)[-1500:]}"


RUNS = (
    Scene(name="first run", words=("run", "--json"), set_up=_first, check=goes_on),
    Scene(name="later run", words=("run", "--json"), set_up=_later, check=goes_on),
)
MOVES = (
    Scene(
        name="promote", words=("promote", _BOX, "--json"), set_up=_boxed, check=_is_promoted, points=(*_RUN, *_READERS)
    ),
    Scene(
        name="rollback",
        words=("rollback", "prod", "--to", _BEFORE, "--json"),
        set_up=_promoted,
        check=_is_back,
        points=(*_PUBLISHED, *_READERS),
    ),
    Scene(
        name="pin",
        words=("pin", _TOTALS, "--to", _BEFORE, "--reason", "audit", "--json"),
        set_up=_promoted,
        check=_is_pinned,
        points=(*_PUBLISHED, *_READERS),
    ),
    Scene(
        name="rebase",
        words=("env", "rebase", _BOX, "--json"),
        set_up=_moved_on,
        check=_is_rebased,
        points=_PUBLISHED,
    ),
    Scene(
        name="env delete",
        words=("env", "delete", _BOX, "--json"),
        set_up=_boxed,
        check=_is_gone,
        points=(CrashPoint.SANDBOX_LEAVING, CrashPoint.SANDBOX_GONE),
    ),
)
