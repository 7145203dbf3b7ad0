"""Rollbacks and rebases by URL while the server is killed at every point of them: each key is one move, and one answer.

Real servers, a real state, real HTTP. Each trial sends a request under a key of its own to a server that kills itself at a crash
point, and again to one that does not, until it is answered; then once more, and once with another body.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx

from meshwright.app.apply import RunOptions, apply
from meshwright.app.pins import unpin
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.workspace import open_workspace
from meshwright.crashpoints import CrashPoint
from meshwright.diagnostics import InputError
from meshwright.state.database import open_state
from meshwright.state.protocol import State
from tests.http.serving import dying_at, serving, token
from tests.meshes import write_file
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="keyed_requests",
    claim="the server is killed at every point of a rollback and of a rebase by URL, and the request sent again under its key: one "
    "generation, one answer, the same ever after; another body under the key is refused",
    unit="kills",
    short=2,
    long=160,
)
_POINTS = (
    CrashPoint.REQUEST_NOTED,
    CrashPoint.MOVE_READY,
    CrashPoint.POINTERS_CLOSED,
    CrashPoint.POINTERS_OPENED,
    CrashPoint.MOVE_COMMITTED,
    CrashPoint.READERS_WRITTEN,
    CrashPoint.READERS_REPLACED,
    CrashPoint.REQUEST_DONE,
    CrashPoint.REQUEST_KEPT,
)
_VERBS: Mapping[str, str] = {"rollback": "prod", "rebase": "box"}
_STATE = "sqlite:///.meshwright/state.db"
#: Requests that one server answers after the kill that began them: starting one takes a second.
_PATIENCE_S = 120.0


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Kill `n` servers, each at one of the points."""
    rng = random.Random(seed)
    root = _mesh(folder / "mesh")
    places = [(point, verb) for point in _POINTS for verb in _VERBS]
    rng.shuffle(places)
    tally = Tally()
    headers = {"Authorization": f"Bearer {token(root, 'administrator')}"}
    state = open_state(_STATE, root=root)
    try:
        for number in range(n):
            point, verb = places[number % len(places)]
            _publish(root, number)
            problem = _tried(root, folder, state, point, verb, {**headers, "Idempotency-Key": f"key-{number}"})
            tally.trial(None if problem is None else f"{verb} {number}, killed at {point.value}: {problem}")
    finally:
        state.close()
    return tally


def _tried(
    root: Path, folder: Path, state: State, point: CrashPoint, verb: str, headers: Mapping[str, str]
) -> str | None:
    environment = _VERBS[verb]
    before = state.reader.generation(environment)
    path = f"/api/v1/environments/{environment}/{verb}"
    with serving(root, "--api-only", folder=folder, program=dying_at(point)) as server:
        with suppress(httpx.TransportError):
            answer = httpx.post(f"{server.url}{path}", headers=headers, timeout=_PATIENCE_S)
            return f"it was not killed, and answered {answer.status_code}: {answer.text[:300]}"
        server.process.wait(_PATIENCE_S)
    with serving(root, "--api-only", folder=folder) as server:
        answers = [httpx.post(f"{server.url}{path}", headers=headers, timeout=_PATIENCE_S) for _ in range(2)]
        # Who rebases sends no body, and so does who rolls back: another request is one of another path.
        elsewhere = f"{server.url}/api/v1/environments"
        other = httpx.post(elsewhere, headers=headers, json={"name": "other"}, timeout=_PATIENCE_S)
    if any(each.status_code != 200 for each in answers):
        return f"answered {answers[0].status_code} and {answers[1].status_code}: {answers[0].text[:300]}"
    if answers[0].json() != answers[1].json():
        return f"answered {answers[0].text[:300]} and then {answers[1].text[:300]}"
    if other.status_code != 422 or other.json()["code"] != "MW-U002":
        return f"another request under the key was answered {other.status_code}"
    made = state.reader.generations(environment, 50)
    since = [(each.number, each.action.value) for each in made if each.number > before]
    if since != [(answers[0].json()["generation"], verb)]:
        return f"generations {since} were made for the answer {answers[0].text[:300]}"
    return None


def _mesh(root: Path) -> Path:
    write_file(root, "mesh.yaml", f'meshwright: 1\nname: keyed\ndomains: [domains/*]\nstate: "{_STATE}"\n')
    write_file(root, "domains/shop/domain.yaml", "name: shop\npurpose: Selling.\nowners: [team:shop]\n")
    write_file(root, "domains/shop/p/pipeline.yaml", "params: {n: {type: integer, default: 0}}\n")
    write_file(root, "domains/shop/p/models/last.sql", "select $n as n\n")
    _publish(root, -1)
    create_sandbox(open_workspace(root), SandboxWish(name="box"))
    return root


def _publish(root: Path, number: int) -> None:
    """Publish something else in prod: it can be gone back from, and the sandbox over it can be rebased."""
    workspace = open_workspace(root)
    with suppress(InputError):  # a rollback pins what it moved
        unpin(workspace, "shop.p")
    report = apply(workspace, RunOptions(params={"n": str(number + 10)}))
    assert report.state == "succeeded", report


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
