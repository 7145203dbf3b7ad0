"""The GraphQL API of Dagster, as far as jobs need it: replies become records, refusals ToolFailed.

Checked against the source of Dagster 1.13 (``dagster_graphql/schema``). Dagster answers most of what goes wrong with a value of
another type in the place of the one that was asked for, which `_refusal` turns into words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from meshwright.frozen import dataclass
from meshwright.tools.dagster_events import Event
from meshwright.tools.dagster_steps import PlannedStep, StepStats
from meshwright.tools.protocol import Json, ToolFailed
from meshwright.tools.replies import hidden, member, short
from meshwright.tools.requests import Connections, Request, Server

JOB_TAG = "meshwright/job"
#: Tags by which Dagster tells that a run that failed is tried again, and by which run.
_WILL_RETRY = "dagster/will_retry"
_RETRIED_BY = "dagster/auto_retry_run_id"
_LAUNCH_TIMEOUT_S = 60.0
_EVENTS = 1000
_MOST_EVENTS = 200_000
_WHAT = "Dagster's reply"

_REPOSITORIES = """{ repositoriesOrError { __typename
  ... on RepositoryConnection { nodes { name location { name } jobs { name } } }
  ... on Error { message } }
  workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError { ... on PythonError { message } } } } } }"""
_ASSETS = """query($s: RepositorySelector!) { repositoryOrError(repositorySelector: $s) { __typename
  ... on Repository { assetNodes { assetKey { path } } } ... on Error { message } } }"""
_LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename
  ... on LaunchRunSuccess { run { runId } }
  ... on RunConfigValidationInvalid { errors { message } }
  ... on Error { message } } }"""
_FIND = """query($t: [ExecutionTag!]) { runsOrError(filter: {tags: $t}, limit: 100) { __typename
  ... on Runs { results { runId parentRunId creationTime status } }
  ... on Error { message } ... on InvalidPipelineRunsFilterError { message } } }"""
_RUN = """query($id: ID!) { runOrError(runId: $id) { __typename
  ... on Run { runId status creationTime tags { key value } stepStats { stepKey status startTime endTime } %s }
  ... on Error { message } } }"""
_PLAN = "executionPlan { steps { key inputs { dependsOn { key } } } }"
_LOGS = """query($id: ID!, $after: String, $limit: Int) { logsForRun(runId: $id, afterCursor: $after, limit: $limit) { __typename
  ... on EventConnection { cursor hasMore events { __typename
    ... on MessageEvent { message timestamp level stepKey }
    ... on LogsCapturedEvent { fileKey stepKeys }
    ... on ExecutionStepFailureEvent { error { message errorChain { error { message } } } }
    ... on RunFailureEvent { error { message errorChain { error { message } } } }
    ... on AssetCheckEvaluationEvent { evaluation { success severity checkName description assetKey { path } } }
    ... on ExecutionStepOutputEvent { metadataEntries { ...entry } }
    ... on MaterializationEvent { assetKey { path } metadataEntries { ...entry } } } }
  ... on Error { message } } }
fragment entry on MetadataEntry { __typename label
  ... on IntMetadataEntry { intRepr } ... on FloatMetadataEntry { floatValue } ... on BoolMetadataEntry { boolValue }
  ... on TextMetadataEntry { text } ... on JsonMetadataEntry { jsonString } ... on MarkdownMetadataEntry { mdStr }
  ... on UrlMetadataEntry { url } ... on PathMetadataEntry { path } ... on TimestampMetadataEntry { timestamp } }"""
_PRINTED = """query($key: [String!]!, $after: String) { capturedLogs(logKey: $key, cursor: $after, limit: 262144) {
  stdout cursor } }"""
_TERMINATE = """mutation($id: String!) { terminateRun(runId: $id) { __typename
  ... on TerminateRunFailure { message } ... on Error { message } } }"""
_DAEMON = "{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"


@dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    """A repository of a code location, with the names of its jobs."""

    name: str
    location: str
    jobs: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundRun:
    """A run that carries our tag."""

    run_id: str
    created_at: float
    #: Whether it is one that Dagster, or a person, started again from another.
    is_again: bool
    is_over: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A run as it stands."""

    run_id: str
    status: str
    created_at: dt.datetime | None
    stats: tuple[StepStats, ...]
    #: None where it was not asked for, or Dagster does not know it any more.
    plan: tuple[PlannedStep, ...] | None
    will_be_retried: bool
    retried_by: str | None


ENDED = frozenset({"SUCCESS", "FAILURE", "CANCELED"})


class Api:
    """Calls to one Dagster on behalf of one node."""

    def __init__(self, connections: Connections, options: Mapping[str, Json]) -> None:
        self._connections = connections
        self._server = _server(options)

    def repositories(self) -> Sequence[Repository]:
        """Return the repositories of all code locations. Raises ToolFailed where there is none, saying what did not load."""
        data = self._ask(_REPOSITORIES)
        nodes = member(_told(data, "repositoriesOrError", "RepositoryConnection"), "nodes", list, what=_WHAT)
        if nodes:
            return [_repository(each) for each in nodes]
        workspace = data.get("workspaceOrError")
        entries = workspace.get("locationEntries") if isinstance(workspace, Mapping) else None
        broken = [
            f"{each.get('name')}: {short(str(error['message']), 300)}"
            for each in entries or ()
            if isinstance(each, Mapping)
            and isinstance(error := each.get("locationOrLoadError"), Mapping)
            and error.get("message")
        ]
        raise ToolFailed(
            "; ".join(["Dagster has loaded no code", *broken]),
            is_retryable=True,
            fix="look at the code locations in Dagster",
        )

    def asset_keys(self, repository: Repository) -> frozenset[str]:
        """Return the keys of the assets of a repository, ``mart/daily``."""
        selector = {"repositoryName": repository.name, "repositoryLocationName": repository.location}
        nodes = member(
            _told(self._ask(_ASSETS, {"s": selector}), "repositoryOrError", "Repository"),
            "assetNodes",
            list,
            what=_WHAT,
        )
        return frozenset("/".join(map(str, each["assetKey"]["path"])) for each in nodes)

    def launch(self, params: Mapping[str, Json]) -> str:
        """Launch a run and return its id. Never sent twice: Dagster would launch two."""
        data = self._ask(_LAUNCH, {"p": params}, timeout_s=_LAUNCH_TIMEOUT_S, is_repeatable=False)
        found = _told(data, "launchRun", "LaunchRunSuccess")
        return member(found.get("run"), "runId", str, what=_WHAT)

    def runs_of(self, job_id: str) -> Sequence[FoundRun]:
        """Return the runs that carry the tag of a job, the first first."""
        data = self._ask(_FIND, {"t": [{"key": JOB_TAG, "value": job_id}]})
        results = member(_told(data, "runsOrError", "Runs"), "results", list, what=_WHAT)
        found = [
            FoundRun(
                run_id=member(each, "runId", str, what=_WHAT),
                created_at=float(each.get("creationTime") or 0.0),
                is_again=each.get("parentRunId") is not None,
                is_over=each.get("status") in ENDED,
            )
            for each in results
        ]
        return sorted(found, key=lambda each: (each.created_at, each.run_id))

    def run(self, run_id: str, *, with_plan: bool) -> Run | None:
        """Return a run as it stands; None where there is none."""
        data = self._ask(_RUN % (_PLAN if with_plan else ""), {"id": run_id})
        found = data.get("runOrError")
        if isinstance(found, Mapping) and found.get("__typename") in {"RunNotFoundError", "PipelineRunNotFoundError"}:
            return None
        return _run(_told(data, "runOrError", "Run"))

    def events(self, run_id: str, after: str | None = None) -> tuple[Sequence[Event], str, bool]:
        """Return events of a run, where the next begin, and whether there are more now."""
        data = self._ask(_LOGS, {"id": run_id, "after": after, "limit": _EVENTS})
        found = _told(data, "logsForRun", "EventConnection")
        events = [each for each in member(found, "events", list, what=_WHAT) if isinstance(each, Mapping)]
        return events, member(found, "cursor", str, what=_WHAT), member(found, "hasMore", bool, what=_WHAT)

    def every_event(self, run_id: str) -> Sequence[Event]:
        """Return all events of a run, up to a number that no run should have."""
        every: list[Event] = []
        after, has_more = None, True
        while has_more and len(every) < _MOST_EVENTS:
            events, after, has_more = self.events(run_id, after)
            every += events
        return every

    def printed(self, run_id: str, file: str, after: str | None) -> tuple[str, str | None]:
        """Return what the steps of a captured file printed since, and where the next begins."""
        found = self._ask(_PRINTED, {"key": [run_id, "compute_logs", file], "after": after}).get("capturedLogs")
        if not isinstance(found, Mapping):
            return "", after
        return str(found.get("stdout") or ""), found.get("cursor") or after

    def terminate(self, run_id: str) -> str | None:
        """Ask a run to end; return why it will not, None where it will."""
        found = self._ask(_TERMINATE, {"id": run_id}).get("terminateRun")
        if not isinstance(found, Mapping) or found.get("__typename") == "TerminateRunSuccess":
            return None
        return str(found.get("message") or found.get("__typename"))

    def is_daemon_missing(self) -> bool:
        """Whether nobody takes runs out of Dagster's queue."""
        found = self._ask(_DAEMON)
        health = (found.get("instance") or {}).get("daemonHealth") or {}
        for each in health.get("allDaemonStatuses") or ():
            if isinstance(each, Mapping) and each.get("daemonType") == "QUEUED_RUN_COORDINATOR":
                return each.get("required") is True and each.get("healthy") is not True
        return False

    def _ask(
        self,
        query: str,
        variables: Mapping[str, Json] | None = None,
        *,
        timeout_s: float | None = None,
        is_repeatable: bool = True,
    ) -> Mapping[str, Any]:
        server = self._server
        if timeout_s is not None:
            server = Server(url=server.url, headers=server.headers, secrets=server.secrets, timeout_s=timeout_s)
        body: dict[str, Json] = {"query": query, "variables": variables or {}}
        request = Request(method="POST", path="/graphql", json=body, is_repeatable=is_repeatable)
        reply = self._connections.call(server, request).json()
        errors = reply.get("errors") if isinstance(reply, Mapping) else None
        if errors:
            said = "; ".join(short(str(each.get("message") if isinstance(each, Mapping) else each)) for each in errors)
            raise ToolFailed(hidden(f"Dagster answered with an error: {said}", server.secrets), is_retryable=True)
        data: Mapping[str, Any] = member(reply, "data", dict, what=_WHAT)
        return data


def _told(data: Mapping[str, Any], name: str, kind: str) -> Mapping[str, Any]:
    """Return the part of a reply that was asked for. Raises ToolFailed where there is something else in its place."""
    found: Mapping[str, Any] = member(data, name, dict, what=_WHAT)
    if found.get("__typename") == kind:
        return found
    raise _refusal(found)


def _refusal(found: Mapping[str, Any]) -> ToolFailed:
    kind = str(found.get("__typename"))
    errors = found.get("errors")
    texts = (
        [str(each.get("message")) for each in errors if isinstance(each, Mapping)] if isinstance(errors, list) else []
    )
    said = "\n".join(short(text) for text in texts) or short(str(found.get("message") or kind))
    if kind == "RunConfigValidationInvalid":
        return ToolFailed(f"Dagster does not take the config:\n{said}", is_retryable=False)
    # A Python error is one of Dagster itself, or of code that it could not reach at the time.
    return ToolFailed(f"Dagster refused ({kind}): {said}", is_retryable=kind == "PythonError")


def _repository(found: object) -> Repository:
    location = found.get("location") if isinstance(found, Mapping) else None
    return Repository(
        name=member(found, "name", str, what=_WHAT),
        location=member(location, "name", str, what=_WHAT),
        jobs=frozenset(member(each, "name", str, what=_WHAT) for each in member(found, "jobs", list, what=_WHAT)),
    )


def _run(found: Mapping[str, Any]) -> Run:
    tags = {each.get("key"): each.get("value") for each in found.get("tags") or () if isinstance(each, Mapping)}
    plan = found.get("executionPlan")
    return Run(
        run_id=member(found, "runId", str, what=_WHAT),
        status=member(found, "status", str, what=_WHAT),
        created_at=_at(found.get("creationTime")),
        stats=tuple(
            StepStats(
                key=member(each, "stepKey", str, what=_WHAT),
                status=str(each.get("status") or ""),
                started_at=_at(each.get("startTime")),
                ended_at=_at(each.get("endTime")),
            )
            for each in found.get("stepStats") or ()
        ),
        plan=tuple(map(_planned, member(plan, "steps", list, what=_WHAT))) if isinstance(plan, Mapping) else None,
        will_be_retried=tags.get(_WILL_RETRY) == "true",
        retried_by=tags.get(_RETRIED_BY),
    )


def _planned(found: object) -> PlannedStep:
    inputs: Iterable[Any] = member(found, "inputs", list, what=_WHAT)
    after = (one.get("key") for each in inputs for one in each.get("dependsOn") or ())
    return PlannedStep(
        key=member(found, "key", str, what=_WHAT),
        after=tuple(dict.fromkeys(key for key in after if isinstance(key, str))),
    )


def _at(seconds: object) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if isinstance(seconds, int | float) else None


def _server(options: Mapping[str, Json]) -> Server:
    given = options.get("headers")
    headers = {str(name): str(value) for name, value in given.items()} if isinstance(given, Mapping) else {}
    token = options.get("token")
    if token is not None:
        headers["Dagster-Cloud-Api-Token"] = str(token)
    secrets = (*([str(token)] if token is not None else ()), *(value for value in headers.values() if len(value) >= 6))
    return Server(url=str(options.get("url", "")), headers=headers, secrets=secrets, limit_bytes=32 * 1024 * 1024)
