"""The calls of Prefect's REST interface that we make, and the shapes of its answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from urllib.parse import quote

from meshwright.frozen import dataclass
from meshwright.tools.protocol import Json, ToolFailed
from meshwright.tools.requests import Connections, Refused, Reply, Request, Server

#: The server gives no more at once.
_PAGE = 200
_PAGES = 25
_SUBFLOW_LEVELS = 10
#: What Prefect's own clients send again: a server on SQLite answers 503 while something else writes.
_BUSY = frozenset({429, 502, 503})
#: Seconds before each further attempt at a call that met a busy server.
_BUSY_WAITS_S = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)

Row = Mapping[str, Json]


@dataclass(frozen=True, kw_only=True, slots=True)
class Api:
    """One Prefect server."""

    server: Server
    connections: Connections

    def deployment(self, name: str) -> Row:
        """Return a deployment, ``flow/name``. Raises ToolFailed where there is none, with those that there are."""
        flow, _, own = name.partition("/")
        path = f"/deployments/name/{quote(flow, safe='')}/{quote(own, safe='')}"
        reply = self._call(Request(path=path, expected=(404,)))
        if reply.status != 404:
            return _row(reply)
        known = [f"{each['flow_name']}/{each['name']}" for each in self._known_deployments()]
        raise _no_deployment(name, known)

    def create_run(self, deployment: Row, body: Mapping[str, Json]) -> Row:
        """Create a flow run, or return the one that has the same idempotency key."""
        path = f"/deployments/{deployment['id']}/create_flow_run"
        return _row(self._call(Request(method="POST", path=path, json=body, is_repeatable=True)))

    def run_by_key(self, key: str) -> Row | None:
        """Return the flow run that has an idempotency key."""
        found = self._filter("/flow_runs", {"flow_runs": {"idempotency_key": {"any_": [key]}}, "limit": 1})
        return found[0] if found else None

    def run(self, run_id: str) -> Row | None:
        """Return a flow run; None where there is none, any more."""
        reply = self._call(Request(path=f"/flow_runs/{run_id}", expected=(404,)))
        return None if reply.status == 404 else _row(reply)

    def task_runs(self, run_id: str, children_of: Callable[[list[Row]], list[str]]) -> list[Row]:
        """Return the task runs of a flow run and of its subflows, parents first; `children_of` gives the flow runs below some."""
        found: list[Row] = []
        runs = [run_id]
        for _ in range(_SUBFLOW_LEVELS):
            if not runs:
                break
            these = self._filter_all(
                "/task_runs", {"flow_runs": {"id": {"any_": runs}}, "sort": "EXPECTED_START_TIME_ASC"}
            )
            found.extend(these)
            runs = children_of(these)
        return found

    def logs(self, run_id: str, after: str | None) -> tuple[list[Row], bool]:
        """Return log records from a moment on, by time, and whether those are all."""
        criteria: dict[str, Json] = {"flow_run_id": {"any_": [run_id]}}
        if after is not None:
            criteria["timestamp"] = {"after_": after}
        found = self._filter_all("/logs", {"logs": criteria, "sort": "TIMESTAMP_ASC"})
        return found, len(found) < _PAGE * _PAGES

    def artifacts(self, run_id: str) -> list[Row]:
        """Return the artifacts of a flow run, its tasks' included."""
        return self._filter("/artifacts", {"artifacts": {"flow_run_id": {"any_": [run_id]}}})

    def cancel(self, run_id: str) -> None:
        """Ask for the end of a flow run. Nothing happens where it has ended, or is not there any more."""
        state = {"type": "CANCELLING", "name": "Cancelling", "message": "cancelled by meshwright"}
        path = f"/flow_runs/{run_id}/set_state"
        self._call(Request(method="POST", path=path, json={"state": state}, is_repeatable=True, expected=(404,)))

    def _known_deployments(self) -> list[Row]:
        flows = {each["id"]: each["name"] for each in self._filter("/flows", {})}
        found = self._filter("/deployments", {})
        return [{**each, "flow_name": flows.get(each.get("flow_id"), "?")} for each in found]

    def _filter(self, path: str, body: Mapping[str, Json]) -> list[Row]:
        request = Request(method="POST", path=f"{path}/filter", json=body, is_repeatable=True)
        reply = self._call(request)
        found = reply.json()
        if not isinstance(found, list) or not all(isinstance(each, dict) and "id" in each for each in found):
            raise _malformed(reply)
        return found

    def _filter_all(self, path: str, body: Mapping[str, Json]) -> list[Row]:
        found: list[Row] = []
        for page in range(_PAGES):
            these = self._filter(path, {**body, "limit": _PAGE, "offset": page * _PAGE})
            found.extend(these)
            if len(these) < _PAGE:
                break
        return found

    def _call(self, request: Request) -> Reply:
        """Send a request, again while the server is busy: none of ours does anything twice."""
        for wait_s in _BUSY_WAITS_S:
            try:
                return self._sent(request)
            except Refused as refused:
                if refused.status not in _BUSY:
                    raise
            time.sleep(wait_s)
        return self._sent(request)

    def _sent(self, request: Request) -> Reply:
        try:
            return self.connections.call(self.server, request)
        except Refused as refused:
            if refused.status in {401, 403}:
                fix = "set api_key, or auth: {user: ..., password: ...}, under tools: {prefect: ...} of mesh.yaml"
                raise Refused(str(refused), status=refused.status, body=refused.body, fix=fix) from refused
            raise


def _row(reply: Reply) -> Row:
    found = reply.json()
    if not isinstance(found, dict) or not isinstance(found.get("id"), str):
        raise _malformed(reply)
    return found


def _malformed(reply: Reply) -> ToolFailed:
    return ToolFailed(
        f"{reply.origin} does not answer as a Prefect server does",
        is_retryable=False,
        fix="url is that of Prefect 3's API, as http://127.0.0.1:4200/api",
    )


def _no_deployment(name: str, known: list[str]) -> ToolFailed:
    from meshwright.diagnostics.nearest import known_names_hint  # lazy: for a message alone

    fix = known_names_hint(name, known, what="deployments")
    return ToolFailed(f"Prefect has no deployment {name!r}", is_retryable=False, fix=fix)
