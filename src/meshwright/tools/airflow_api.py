"""The stable REST API of Airflow 3 (``/api/v2``), as far as jobs need it: replies become records, refusals ToolFailed.

Checked against the source of Airflow 3.3 (``airflow/api_fastapi/core_api/routes/public``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from meshwright.diagnostics.nearest import known_names_hint
from meshwright.frozen import dataclass
from meshwright.tools.airflow_steps import Instance, Task, tasks_of
from meshwright.tools.protocol import Json, ToolFailed
from meshwright.tools.replies import member, moment, short, words_of
from meshwright.tools.requests import Connections, Refused, Reply, Request, Server

#: Entries that Airflow gives at once, at most, as it is set by default (``maximum_page_limit``).
_PAGE = 100
#: DAGs, or task instances, that are asked for in all.
_MOST = 10_000
#: Bytes of one log, or one XCom, at most.
_LIMIT_BYTES = 16 * 1024 * 1024
#: Headers with shorter values are not taken for secrets: hiding ``de`` would garble every message.
_SHORTEST_SECRET = 6
#: Begins the note of a DAG run that was ended by us; Airflow itself only knows that it failed.
CANCELLED = "cancelled by meshwright"


@dataclass(frozen=True, kw_only=True, slots=True)
class DagRun:
    """A DAG run."""

    run_id: str
    #: ``queued``, ``running``, ``success`` or ``failed``.
    state: str
    note: str
    queued_at: dt.datetime | None
    #: Ids of the versions of the DAG that it ran with.
    versions: tuple[str, ...]


class Sessions:
    """Tokens that were given for names and passwords, so that not every call signs in. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[bytes, str] = {}

    def token(self, connections: Connections, options: Mapping[str, Json], *, refused: str | None = None) -> str:
        """Return a token; a new one where the server did not take `refused`."""
        key = hashlib.sha256(repr([options.get(name) for name in ("url", "username", "password")]).encode()).digest()
        with self._lock:
            known = self._tokens.get(key)
        if known is not None and known != refused:
            return known
        token = _signed_in(connections, options)
        with self._lock:
            self._tokens[key] = token
        return token


class Api:
    """Calls to one Airflow on behalf of one node."""

    def __init__(self, connections: Connections, sessions: Sessions, options: Mapping[str, Json]) -> None:
        self._connections = connections
        self._sessions = sessions
        self._options = options

    def call(self, request: Request) -> Reply:
        """Send a request as the user of the node. A token that was given for a name is renewed once where it ran out."""
        given = self._options.get("token")
        if given is not None:
            try:
                return self._connections.call(self._server(str(given)), request)
            except Refused as refusal:
                fix = "check the token: it is wrong, or ran out" if _is_of_token(refusal) else None
                raise _with_fix(refusal, fix) from refusal
        token = self._sessions.token(self._connections, self._options)
        try:
            return self._connections.call(self._server(token), request)
        except Refused as refusal:
            if not _is_of_token(refusal):
                raise _with_fix(refusal) from refusal
        token = self._sessions.token(self._connections, self._options, refused=token)
        return self._connections.call(self._server(token), request)

    def dag(self, dag: str) -> Mapping[str, Any]:
        """Return the DAG. Raises ToolFailed where there is none, saying which there are and which files do not load."""
        reply = self.call(Request(path=f"/api/v2/dags/{quote(dag, safe='')}", expected=(404,)))
        if reply.status == HTTPStatus.OK:
            found = reply.json()
            member(found, "is_paused", bool, what="Airflow's reply about the DAG")
            assert isinstance(found, Mapping)
            return found
        names = [str(each.get("dag_id")) for each in self._pages("/api/v2/dags", "dags", most=1000)]
        broken = self.import_errors()
        fix = known_names_hint(dag, names, what="DAGs")
        if broken:
            fix += f"; files that Airflow could not load: {'; '.join(broken)}"
        raise ToolFailed(f"Airflow has no DAG {dag!r}", is_retryable=False, fix=fix)

    def import_errors(self, file: str | None = None) -> Sequence[str]:
        """Return the files that Airflow could not load, each with the last line of why; those of one file where it is given."""
        reply = self.call(Request(path="/api/v2/importErrors", query={"limit": 20}, expected=(403,)))
        if reply.status == HTTPStatus.FORBIDDEN:  # not everybody may see them
            return ()
        found = member(reply.json(), "import_errors", list, what="Airflow's reply about import errors")
        told = []
        for each in found:
            if isinstance(each, Mapping) and (file is None or each.get("filename") == file):
                last = str(each.get("stack_trace", "")).strip().splitlines()[-1:]
                told.append(f"{each.get('filename')}: {short(last[0]) if last else 'no reason'}")
        return told

    def trigger(self, dag: str, body: Mapping[str, Json]) -> Reply:
        """Ask for a DAG run. A second one with the same id is answered with 409, which is a reply here."""
        return self.call(
            Request(method="POST", path=_runs(dag), json=body, expected=(409,), is_repeatable=True)  # by its id
        )

    def run(self, dag: str, run_id: str) -> DagRun | None:
        """Return a DAG run; None where there is none."""
        reply = self.call(Request(path=_run(dag, run_id), expected=(404,)))
        if reply.status == HTTPStatus.NOT_FOUND:
            reply.json()  # a 404 of a proxy, or of another server, is no answer
            return None
        found = reply.json()
        state = member(found, "state", str, what="Airflow's reply about the DAG run")
        versions = found.get("dag_versions") or ()
        return DagRun(
            run_id=str(found.get("dag_run_id", run_id)),
            state=state,
            note=str(found.get("note") or ""),
            queued_at=moment(found.get("queued_at")),
            versions=tuple(str(each.get("id")) for each in versions if isinstance(each, Mapping)),
        )

    def run_of_date(self, dag: str, date: str) -> str | None:
        """Return the id of the DAG run of a logical date, of which there can be one."""
        query: dict[str, str | int] = {"logical_date_gte": date, "logical_date_lte": date, "limit": 1}
        found = member(
            self.call(Request(path=_runs(dag), query=query)).json(), "dag_runs", list, what="Airflow's reply"
        )
        return str(found[0].get("dag_run_id")) if found and isinstance(found[0], Mapping) else None

    def end_run(self, dag: str, run_id: str, note: str) -> None:
        """Set a DAG run to failed, which ends its tasks."""
        self.call(
            Request(method="PATCH", path=_run(dag, run_id), json={"state": "failed", "note": note}, is_repeatable=True)
        )

    def tasks(self, dag: str) -> tuple[Task, ...]:
        """Return the tasks of the DAG as it is now, with what each comes after."""
        reply = self.call(Request(path=f"/api/v2/dags/{quote(dag, safe='')}/tasks", expected=(404,)))
        if reply.status == HTTPStatus.NOT_FOUND:  # the DAG is gone; its runs are not
            return ()
        found = member(reply.json(), "tasks", list, what="Airflow's reply about tasks")
        downstream = {}
        for each in found:
            name = member(each, "task_id", str, what="Airflow's reply about a task")
            below = each.get("downstream_task_ids") or ()
            downstream[name] = [one for one in below if isinstance(one, str)]
        return tasks_of(downstream)

    def instances(self, dag: str, run_id: str) -> tuple[Instance, ...]:
        """Return the task instances of a DAG run as they stand."""
        found = self._pages(f"{_run(dag, run_id)}/taskInstances", "task_instances", most=_MOST)
        return tuple(_instance(each) for each in found)

    def log(
        self, dag: str, run_id: str, one: Instance, number: int, token: str | None
    ) -> tuple[Sequence[Any], str | None]:
        """Return entries of the log of a try, from the beginning or from where `token` says, and where the next will begin."""
        query: dict[str, str | int] = {"map_index": one.index, "full_content": "false"}
        if token is not None:
            query["token"] = token
        path = f"{_run(dag, run_id)}/taskInstances/{quote(one.task, safe='')}/logs/{number}"
        reply = self.call(Request(path=path, query=query, expected=(404,)))
        if reply.status == HTTPStatus.NOT_FOUND:
            return (), None
        found = reply.json()
        content = member(found, "content", list, what="Airflow's reply about a log")
        going_on = found.get("continuation_token")
        return content, going_on if isinstance(going_on, str) else None

    def xcom(self, dag: str, run_id: str, task: str, key: str, index: int = -1) -> tuple[bool, Json]:
        """Return whether a task left a value of that key, and the value."""
        path = f"{_run(dag, run_id)}/taskInstances/{quote(task, safe='')}/xcomEntries/{quote(key, safe='')}"
        reply = self.call(Request(path=path, query={"map_index": index}, expected=(404,)))
        if reply.status == HTTPStatus.NOT_FOUND:
            return False, None
        found = reply.json()
        if not isinstance(found, Mapping) or "value" not in found:
            raise ToolFailed("Airflow's reply about an XCom is malformed: it has no 'value'", is_retryable=True)
        return True, found["value"]

    def xcom_keys(self, dag: str, run_id: str, task: str) -> Sequence[str]:
        """Return the keys of the values that a task left."""
        path = f"{_run(dag, run_id)}/taskInstances/{quote(task, safe='')}/xcomEntries"
        return sorted({str(each.get("key")) for each in self._pages(path, "xcom_entries", most=1000)})

    def assets(self, dag: str, run_id: str) -> Sequence[str]:
        """Return the addresses of the assets that a DAG run said it changed."""
        query: dict[str, str | int] = {"source_dag_id": dag, "source_run_id": run_id}
        found = self._pages("/api/v2/assets/events", "asset_events", most=1000, query=query)
        return sorted({str(each.get("uri")) for each in found})

    def _pages(
        self, path: str, name: str, *, most: int, query: Mapping[str, str | int] | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the entries of a collection, page by page."""
        offset = 0
        while offset < most:
            asked = {**(query or {}), "limit": _PAGE, "offset": offset}
            reply = self.call(Request(path=path, query=asked)).json()
            found = member(reply, name, list, what="Airflow's reply")
            yield from (each for each in found if isinstance(each, Mapping))
            offset += len(found)  # an Airflow may give fewer at once than were asked for
            if not found or offset >= member(reply, "total_entries", int, what="Airflow's reply"):
                return

    def _server(self, token: str) -> Server:
        return _server(self._options, {"Authorization": f"Bearer {token}"})


def _signed_in(connections: Connections, options: Mapping[str, Json]) -> str:
    """Return a token for a name and password; without them the one that an Airflow gives to everybody, where it is set so."""
    names = ("username", "password")
    is_named = options.get("username") is not None
    request = Request(path="/auth/token")
    if is_named:
        body = {name: options.get(name) for name in names}
        request = Request(method="POST", path="/auth/token", json=body, is_repeatable=True)
    try:
        reply = connections.call(_server(options, {}), request)
    except Refused as refusal:
        is_final = refusal.status in {400, 401, 403, 422}
        fix = "check username and password" if is_named else "give username and password, or a token"
        raise _with_fix(refusal, fix if is_final else None) from refusal
    return member(reply.json(), "access_token", str, what="Airflow's reply about a token")


def _is_of_token(refusal: Refused) -> bool:
    """Whether the token is what was refused: one that ran out (401), or that an Airflow of another secret gave (403)."""
    is_forbidden = refusal.status == HTTPStatus.FORBIDDEN
    return refusal.status == HTTPStatus.UNAUTHORIZED or (is_forbidden and "token" in words_of(refusal.body).lower())


def _with_fix(refusal: Refused, fix: str | None = None) -> Refused:
    if fix is None and refusal.status == HTTPStatus.FORBIDDEN:
        fix = "the user needs the right to read and to trigger the DAG in Airflow"
    return Refused(str(refusal), status=refusal.status, body=refusal.body, fix=fix or refusal.fix)


def _server(options: Mapping[str, Json], headers: Mapping[str, str]) -> Server:
    given = options.get("headers")
    more = {str(name): str(value) for name, value in given.items()} if isinstance(given, Mapping) else {}
    secrets = [str(options[name]) for name in ("password", "token") if options.get(name) is not None]
    secrets += [value for value in more.values() if len(value) >= _SHORTEST_SECRET]
    return Server(
        url=str(options.get("url", "")),
        headers={**more, **headers},
        secrets=tuple(secrets),
        limit_bytes=_LIMIT_BYTES,
    )


def _instance(found: Mapping[str, Any]) -> Instance:
    index = found.get("map_index")
    return Instance(
        task=member(found, "task_id", str, what="Airflow's reply about a task instance"),
        index=index if isinstance(index, int) else -1,
        state=str(found.get("state") or ""),
        tries=_number(found.get("try_number")),
        most_tries=_number(found.get("max_tries")) + 1,
        started_at=moment(found.get("start_date")),
        ended_at=moment(found.get("end_date")),
        has_host=bool(found.get("hostname")),
    )


def _number(found: object) -> int:
    return found if isinstance(found, int) else 0


def _runs(dag: str) -> str:
    return f"/api/v2/dags/{quote(dag, safe='')}/dagRuns"


def _run(dag: str, run_id: str) -> str:
    return f"{_runs(dag)}/{quote(run_id, safe='')}"
