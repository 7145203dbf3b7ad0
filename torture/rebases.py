"""What a sandbox lies over moves while somebody works in it: it shows the same until it is rebased, then what is right.

Hypothesis makes up stories: edits of a small mesh in the sandbox's files, new data and other edits that move the base,
runs into the sandbox, rebases and reads, in any order. After every move of the base the sandbox must show, pointer by pointer,
what it showed. After a rebase it must lie over what the base
shows now; after a rebase and a run it must show, dataset by dataset, the ids and the content digests of a sandbox
that is made anew over the base as it stands and run from the same files, and the base must not have changed by any of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from meshwright.app.apply import RunOptions, apply
from meshwright.app.rebase import rebase
from meshwright.app.sandboxes import SandboxWish, create_sandbox, delete_sandbox
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.state.protocol import Reader
from meshwright.state.records import ObjectKind, RunState
from tests.meshes import SHOP, write_mesh
from torture.boxes import SQLITE, opened_state
from torture.outcome import half_visible_in
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="rebases",
    claim="the base moves under a sandbox: it shows the same until rebased; rebase and run equal a fresh sandbox (SQLite)",
    unit="stories",
    short=3,
    long=200,
)
_ORDERS, _TOTALS, _REVENUE = (
    "domains/sales/orders/models/orders.sql",
    "domains/sales/totals/models/per_customer.sql",
    "domains/finance/report/models/revenue.sql",
)
#: File -> the texts that it may have, of different meaning.
_TEXTS = {
    _ORDERS: [
        SHOP[_ORDERS],
        SHOP[_ORDERS].replace("> 0", "> 6"),
        SHOP[_ORDERS].replace("amount, placed", "2 * amount as amount, placed"),
    ],
    _TOTALS: [
        SHOP[_TOTALS],
        "select customer, 2 * sum(amount) as total, count(*) as orders from sales.orders.orders group by customer",
        "select customer, max(amount) as total, count(*) as orders from sales.orders.orders group by customer",
    ],
    _REVENUE: [
        SHOP[_REVENUE],
        "select placed, min(amount) as revenue, $currency as currency from sales.orders.orders group by placed",
        "select customer, sum(amount) as revenue, $currency as currency from sales.orders.orders group by customer",
    ],
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Edit:
    """One of the files gets one of its texts, in the sandbox's files or in the base's."""

    file: str
    text: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """What somebody does: runs into the base or into the sandbox, after an edit or with new data; or rebases."""

    kind: str
    edit: _Edit | None = None


_EDITS = st.builds(_Edit, file=st.sampled_from(sorted(_TEXTS)), text=st.integers(0, 2))
_STEPS = st.one_of(
    st.builds(_Step, kind=st.just("base"), edit=st.one_of(st.none(), _EDITS)),
    st.builds(_Step, kind=st.just("sandbox"), edit=_EDITS),
    st.builds(_Step, kind=st.just("rebase")),
)
_STORIES = st.lists(_STEPS, min_size=1, max_size=4)


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Live through `n` stories."""
    return rebased(n, seed, folder, itertools.repeat(SQLITE))


def rebased(n: int, seed: int, folder: Path, states: Iterator[str]) -> Tally:
    """Live through them, each on the next of the `states`."""
    tally = Tally()
    numbers = itertools.count(1)

    @seeded(seed)
    @settings(
        max_examples=n,
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # what failed is told as it was; a story is short enough to read
        suppress_health_check=list(HealthCheck),
    )
    @given(_STORIES)
    def live(story: list[_Step]) -> None:
        problem = _Story(folder / f"story-{next(numbers)}", next(states)).lived(story)
        tally.trial(None if problem is None else f"seed {seed}: {problem} in {story}")

    live()
    return tally


class _Story:
    """Two checkouts of one mesh on one state: the base's files, and those of whoever works in the sandbox."""

    def __init__(self, folder: Path, address: str) -> None:
        base, work = folder / "base", folder / "work"
        self._address = address.replace(":///.", f":///{base}/.")
        mesh = f"{SHOP['mesh.yaml'].rstrip()}\n        state: '{self._address}'\n        store: '{base}/store'\n"
        for root in (base, work):
            write_mesh(root, {**SHOP, "mesh.yaml": mesh})
        self._lines = base / "data/orders.csv", work / "data/orders.csv"
        self._base, self._work = open_workspace(base), open_workspace(work)
        self._state = opened_state(base, self._address)

    def lived(self, story: Sequence[_Step]) -> str | None:
        """Return what was wrong."""
        try:
            return next(self._problems(story), None)
        finally:
            self._state.close()

    def _problems(self, story: Sequence[_Step]) -> Iterator[str]:
        yield from self._run(self._base, "prod")
        create_sandbox(self._work, SandboxWish(name="box"))
        for at, step in enumerate(story):
            shown, base = self._shown("box"), self._shown("prod")
            if step.kind == "base":
                yield from self._move_base(step, at)
                if self._shown("box") != shown:
                    yield f"step {at}: the base moved, and the sandbox shows something else"
                continue
            if step.kind == "sandbox":
                self._edit(self._work, step.edit)
                yield from self._run(self._work, "box")
            else:
                yield from self._rebase(at)
            if self._shown("prod") != base:
                yield f"step {at}: {step.kind} changed the base"
        yield from self._rebase(len(story))

    def _move_base(self, step: _Step, at: int) -> Iterator[str]:
        if step.edit is None:
            for path in self._lines:  # the world's data is the same for all
                with path.open("a", encoding="utf-8") as file:
                    file.write(f"{100 + at},dora,{at}.5,2026-02-0{at + 1}\n")
        else:
            self._edit(self._base, step.edit)
        yield from self._run(self._base, "prod")

    def _rebase(self, at: int) -> Iterator[str]:
        """Rebase and run, and hold the sandbox against one that is made anew."""
        rebase(self._work, "box")
        own = self._state.reader.overlay("box")
        over = {name: revision for name, revision in self._shown("prod").items() if name not in own}
        over.update({name: one.revision for name, one in own.items() if one.revision is not None})
        if self._shown("box") != over:
            yield f"step {at}: rebased, it does not lie over what the base shows now"
        yield from self._run(self._work, "box")
        create_sandbox(self._work, SandboxWish(name="fresh"))
        yield from self._run(self._work, "fresh")
        mine, fresh = self._contents("box"), self._contents("fresh")
        if mine != fresh:
            yield f"step {at}: rebased and run, it differs from a fresh one in {sorted(set(mine.items()) ^ set(fresh.items()))}"
        problem = half_visible_in(self._state.reader, "box")
        if problem is not None:
            yield f"step {at}: {problem}"
        delete_sandbox(self._work, "fresh")

    def _run(self, workspace: Workspace, environment: str) -> Iterator[str]:
        report = apply(workspace, RunOptions(environment=environment))
        if report.state is not RunState.SUCCEEDED:
            yield f"a run into {environment} {report.state.value}: {report.error}"

    def _edit(self, workspace: Workspace, edit: _Edit | None) -> None:
        if edit is not None:
            write_mesh(workspace.root, {edit.file: _TEXTS[edit.file][edit.text]})

    def _shown(self, environment: str) -> dict[str, str]:
        return _pointers(self._state.reader, environment)

    def _contents(self, environment: str) -> dict[str, tuple[str, str]]:
        """Return id and content digest of each dataset, and the revisions of products and ports."""
        pointers = self._state.reader.pointers(environment)
        datasets = {one.revision for one in pointers.values() if one.kind is ObjectKind.DATASET}
        versions = self._state.reader.versions(datasets)
        return {
            name: (one.revision, versions[one.revision].content_digest if one.kind is ObjectKind.DATASET else "")
            for name, one in pointers.items()
        }


def _pointers(reader: Reader, environment: str) -> dict[str, str]:
    return {name: pointer.revision for name, pointer in reader.pointers(environment).items()}


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
