"""Requests made of the OpenAPI document, as each role and as nobody, at a real `mw serve`.

schemathesis draws them, well-formed and not; names in paths are half of the time those of the mesh, so that what is behind a
name is reached as well. Every answer must be one that the document describes, none a fault of the server, and none a yes
that no rule allows. What a viewer and nobody ask comes first, and must leave the state as it was, row for row.
"""

from __future__ import annotations

import hashlib
import random
import re
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from meshwright.access import Action, Principal, Role, decide
from meshwright.app.apply import RunOptions, apply
from meshwright.app.values import RunState
from meshwright.app.workspace import open_workspace
from meshwright.faces.http.application import openapi_document
from tests.http.serving import Serving, serving, token
from tests.meshes import SHOP, write_mesh
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="api",
    page="security",
    claim="any request, as administrator, viewer and nobody: no fault of the server, no answer that the OpenAPI document does "
    "not describe, no yes that no rule allows, and nothing in the state that a viewer or nobody changed",
    unit="requests",
    short=600,
    long=30_000,
)

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
#: Names of the mesh, by the name of the path's parameter.
NAMES: Mapping[str, Sequence[str]] = {
    "environment": ("prod", "box"),
    "object": ("sales.orders", "sales.orders.orders", "finance.report"),
    "domain": ("sales", "finance"),
    "product": ("sales.orders", "sales.totals", "finance.report"),
    "port": ("orders",),
    "dataset": ("sales.orders.orders", "finance.report.revenue"),
    "code": ("MW-S110", "MW-H013"),
}
#: Beneath the mesh's root.
STATE_FILE = ".meshwright/state.db"
#: Tables of calls, and of who is there: each request may leave a row in them.
_OF_ASKING = frozenset({"calls", "leases", "sqlite_sequence"})
#: A drawn request takes so long at most.
_PATIENCE_S = 60
_HEAVY = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example]


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who asks."""

    name: str
    headers: Mapping[str, str]
    principal: Principal | None


def prove(n: int, seed_: int, folder: Path) -> Tally:
    """Send about n requests, a third as each."""
    root = write_mesh(folder / "shop", SHOP)
    report = apply(open_workspace(root), RunOptions())
    assert report.state is RunState.SUCCEEDED
    document = openapi_document()
    tally = Tally()
    with serving(root, folder=folder) as server:
        for role in _roles(root):
            before = _state_of(root)
            with _session() as session:
                _ask_all(document, server, session, role, max(1, n // 3), seed_, tally)
            if role.name != Role.ADMINISTRATOR.value:
                tally.trial(_changed(before, _state_of(root), role))
        _require_alive(server, tally)
    return tally


def _roles(root: Path) -> Iterator[Asker]:
    """Yield who asks: those first who may change nothing, for what an administrator asked for goes on beside the server."""
    for role in (Role.VIEWER, None, Role.ADMINISTRATOR):
        if role is None:
            yield Asker(name="nobody", headers={}, principal=None)
        else:
            headers = {"Authorization": f"Bearer {token(root, role.value)}"}
            yield Asker(name=role.value, headers=headers, principal=Principal(id="any", role=role))


def _state_of(root: Path) -> Mapping[str, str]:
    """Return a digest of the rows of each table, whatever their order, but of those that record who asked and who is there."""
    found = {}
    with closing(sqlite3.connect(f"file:{root / STATE_FILE}?mode=ro", uri=True)) as state:
        names = [name for (name,) in state.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        for name in names:
            if name not in _OF_ASKING:
                rows = sorted(repr(row) for row in state.execute(f'SELECT * FROM "{name}"'))
                found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def _changed(before: Mapping[str, str], after: Mapping[str, str], role: Asker) -> str | None:
    changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return f"{role.name}: the state has changed: {', '.join(changed)}" if changed else None


@contextmanager
def _session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.hooks["response"].append(_begin_to_follow)
        yield session


def _begin_to_follow(answer: requests.Response, *_: Any, **__: Any) -> None:
    """Read what a stream of events begins with, and leave: it would go on for as long as the server does."""
    if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
        answer._content = next(answer.iter_content(None), b"")
        answer.close()


def _ask_all(
    document: Mapping[str, Any],
    server: Serving,
    session: requests.Session,
    role: Asker,
    n: int,
    seed_: int,
    tally: Tally,
) -> None:
    """Send requests to every operation, as many to each."""
    schema = schemathesis.openapi.from_dict(dict(document))
    operations = [found.ok() for found in schema.get_all_operations()]
    chance = random.Random(f"{seed_} {role.name}")
    left, round_ = n, 0

    def ask(case: Case) -> None:
        nonlocal left
        left -= 1
        _put_real_names(case, chance)
        tally.trial(_problem(case, server, session, role))

    while left > 0:
        # Of what takes nothing there is one request to draw: others take its share, in further rounds.
        each = max(2, -(-left // len(operations)))
        for operation in operations[: left if left < len(operations) else None]:
            _draw_both(operation, each, seed_ * 1000 + round_, ask)
        round_ += 1


def _draw_both(operation: APIOperation, count: int, seed_: int, ask: Any) -> None:
    """Draw well-formed requests and others, half and half."""
    _draw(operation, GenerationMode.POSITIVE, -(-count // 2), seed_, ask)
    try:
        _draw(operation, GenerationMode.NEGATIVE, count // 2, seed_, ask)
    except Unsatisfiable:  # nothing of it can be wrong
        _draw(operation, GenerationMode.POSITIVE, count // 2, seed_ + 500, ask)


def _draw(operation: APIOperation, mode: GenerationMode, count: int, seed_: int, ask: Any) -> None:
    """Draw cases of an operation and hand them over."""
    if count == 0:
        return

    @seed(seed_)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=_HEAVY,
        print_blob=False,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def drawn(case: Case) -> None:
        ask(case)

    drawn()


def _put_real_names(case: Case, chance: random.Random) -> None:
    for name in case.path_parameters or ():
        if name in NAMES and chance.random() < 0.5:
            case.path_parameters[name] = chance.choice(NAMES[name])


def _problem(case: Case, server: Serving, session: requests.Session, role: Asker) -> str | None:
    """Send a case, and return what is wrong with its answer; None for nothing."""
    where = f"{role.name}: {case.method} {case.operation.path}"
    case.headers = {name: text for name, text in (case.headers or {}).items() if name.lower() != "authorization"}
    try:
        answer = case.call(base_url=server.url, session=session, headers=dict(role.headers), timeout=_PATIENCE_S)
    except requests.exceptions.InvalidHeader:
        return None  # what no client can send
    except requests.exceptions.RequestException as error:
        return f"{where}: no answer: {error!r}"
    if answer.status_code < 400:
        forbidden = _forbidden(case.operation, role)
        if forbidden is not None:
            return f"{where}: {answer.status_code}, and {forbidden}"
    try:
        case.validate_response(answer, checks=_CHECKS)
    except (Failure, FailureGroup) as failure:
        told = "; ".join(str(each) for each in getattr(failure, "exceptions", [failure]))
        sent = re.sub(r"mwt_\w+", "mwt_...", case.as_curl_command(dict(role.headers)))
        return f"{where}: {' '.join(told.split())[:600]} -- {sent[:600]}"
    return None


def _forbidden(operation: APIOperation, role: Asker) -> str | None:
    """Return why no rule allows this operation to a role; None where one does."""
    action = operation.definition.raw.get("x-action")
    if action == "none":
        return None
    if action is None:
        return "it has no rule"
    if role.principal is None:
        return "nobody may do it"
    decision = decide(role.principal, Action(action))
    return None if decision.is_allowed else decision.reason


def _require_alive(server: Serving, tally: Tally) -> None:
    answer = requests.get(f"{server.url}/readyz", timeout=_PATIENCE_S)
    told = server.errors.read_text(encoding="utf-8")
    tally.trial(
        None
        if answer.status_code == 200 and "crash report" not in told and "Traceback" not in told
        else f"the server at the end: {answer.status_code} {told}"
    )


if __name__ == "__main__":
    sys.exit(main(PROOF, prove))
