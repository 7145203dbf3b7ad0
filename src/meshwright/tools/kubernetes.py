"""``kubernetes``: a job of a Kubernetes cluster, through ``kubectl`` and whatever access that is set up for.

The name of the job in the cluster follows from the job's id, and a namespace has one job of a name: it is created once, whoever
asks and how often. Values are what its container writes as termination message (``MESHWRIGHT_VALUES``, 4 KB at most). A
finished job is kept in the cluster for a day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from meshwright.tools.clients import Said, called
from meshwright.tools.container_logs import LINES, new_lines, since_words
from meshwright.tools.kubernetes_manifest import INSTALL, manifest_file, manifest_of, name_of, option_problems
from meshwright.tools.kubernetes_pods import failure_of, has_log, state_of, steps_of, values_of, why_waiting
from meshwright.tools.protocol import (
    Effects,
    Job,
    JobState,
    Json,
    Outcome,
    Outline,
    Place,
    Poll,
    Problem,
    ToolFailed,
    Traits,
    Yields,
)

_TIMEOUT = "10s"
#: Pods whose logs are read.
_PODS = 20
#: Words of kubectl for what may go away by itself. The others, as of what is forbidden or not valid, do not.
_RETRYABLE = (
    "unable to connect to the server", "was refused", "(serviceunavailable)", "(timeout)", "(toomanyrequests)", "(internalerror)",
    "(servertimeout)", "context deadline exceeded", "request canceled", "i/o timeout", "no such host", "unexpected eof",
    "unable to handle the request",
)  # fmt: skip


class Kubernetes:
    """Creates a job in a cluster and follows it."""

    name = "kubernetes"
    traits = Traits(
        yields=Yields.NOTHING, effects=Effects.ISOLATED, poll_first_s=1.0, poll_longest_s=15.0, install=INSTALL
    )

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options."""
        return option_problems(options, place)

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:
        """Name the file of the manifest."""
        path = manifest_file(options, place)
        if path is not None and path.is_file() and path.resolve().is_relative_to(place.root.resolve()):
            yield path.resolve().relative_to(place.root.resolve())

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:  # noqa: ARG002 - no datasets
        """Tell nothing: what a cluster writes is not read from here."""
        return Outline()

    def start(self, job: Job) -> str:
        """Create the job in the cluster, unless it is there."""
        for problem in option_problems(job.options, job.place):
            where = ".".join(map(str, problem.path))
            message = f"{where}: {problem.message}" if where else problem.message
            raise ToolFailed(message, is_retryable=False, fix=problem.fix)
        if _mark(job) is not None:
            return name_of(job)
        said = _said(job, ["create", "-f", "-", "-o", "name"], given=json.dumps(manifest_of(job)).encode())
        if said.status != 0 and "(AlreadyExists)" not in said.err:
            raise _failed(said)
        return name_of(job)

    def find(self, job: Job) -> str | None:
        """Find the job by its name."""
        return name_of(job) if _mark(job) is not None or _job(job) else None

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:
        """Look at the job, its pods, and what is new of their logs."""
        if _mark(job) == "succeeded":
            return Poll(state=JobState.SUCCEEDED, cursor=cursor)
        found = _job(job)
        if not found:
            if _mark(job) == "cancelled":
                return Poll(state=JobState.CANCELLED, cursor=cursor, error="it was cancelled")
            return Poll(state=JobState.LOST, cursor=cursor, error="the job is gone: somebody deleted it")
        pods = _pods(job, handle)
        state = state_of(found, pods)
        known: dict[str, str] = json.loads(cursor) if cursor else {}
        lines: list[str] = []
        is_all = True
        for pod in [pod for pod in pods if has_log(pod)][:_PODS]:
            name = str(pod["metadata"]["name"])
            said = _said(
                job,
                ["logs", name, "--all-containers", "--timestamps", *since_words("--since-time", known.get(name, ""))],
            )
            if said.status == 0:
                new, known[name] = new_lines(said.out, b"", known.get(name, ""))
                lines.extend(new)
                is_all = is_all and len(new) < LINES
        why = why_waiting(pods)
        if why is not None and known.get("", "") != why:
            lines.append(f"Kubernetes: {why}")
            known[""] = why
        is_over = state not in {JobState.WAITING, JobState.RUNNING}
        if is_over and (not is_all or _mark(job) == "cancelled"):
            state = JobState.RUNNING
        error = failure_of(found, pods) if state is JobState.FAILED else None
        return Poll(state=state, lines=tuple(lines), cursor=json.dumps(known), steps=steps_of(pods), error=error)

    def collect(self, job: Job, handle: str) -> Outcome:
        """Take the values that its container wrote, and its pods."""
        kept = job.scratch / "outcome.json"
        if kept.exists():
            return Outcome(values=json.loads(kept.read_text("utf-8")))
        pods = _pods(job, handle)
        values = values_of(pods)
        kept.write_text(json.dumps(values), "utf-8")
        _set_mark(job, "succeeded")  # first the values: from now on the cluster is not asked any more
        return Outcome(values=values, steps=steps_of(pods))

    def cancel(self, job: Job, handle: str) -> None:
        """Delete the job, with its pods."""
        if _mark(job) is None:
            _set_mark(job, "cancelled")
        said = _said(job, ["delete", "job", handle, "--ignore-not-found", "--wait=false", "--cascade=background"])
        if said.status != 0:
            raise _failed(said)


def _job(job: Job) -> Mapping[str, Any]:
    """Return the job as the cluster has it; empty where it has none."""
    return _told(job, ["get", "job", name_of(job), "--ignore-not-found", "-o", "json"])


def _pods(job: Job, name: str) -> list[Mapping[str, Any]]:
    items = _told(job, ["get", "pods", "-l", f"job-name={name}", "-o", "json"]).get("items")
    if not isinstance(items, list) or not all(
        isinstance(each, dict) and isinstance(each.get("metadata"), dict) for each in items
    ):
        raise ToolFailed("kubectl does not tell the pods of the job", is_retryable=False)
    return items


def _told(job: Job, words: list[str]) -> Mapping[str, Any]:
    said = _said(job, words)
    if said.status != 0:
        raise _failed(said)
    if not said.out.strip():
        return {}
    try:
        found = json.loads(said.out)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ToolFailed(f"kubectl does not answer in JSON: {said.out[:200]!r}", is_retryable=False)
    return found


def _said(job: Job, words: list[str], *, given: bytes = b"") -> Said:
    options = job.options
    client = ["kubectl", f"--request-timeout={_TIMEOUT}"]
    if options.get("kubeconfig") is not None:
        client.append(f"--kubeconfig={job.place.root / str(options['kubeconfig'])}")
    client += [f"--{name}={options[name]}" for name in ("context", "namespace") if options.get(name) is not None]
    return called([*client, *words], job.place, install=INSTALL, given=given)


def _mark(job: Job) -> str | None:
    """Return what is known of the job here: that it succeeded and was taken, or that it was cancelled."""
    try:
        return (job.scratch / "mark").read_text("utf-8")
    except FileNotFoundError:
        return None


def _set_mark(job: Job, mark: str) -> None:
    new = job.scratch / "mark.new"
    new.write_text(mark, "utf-8")
    new.replace(job.scratch / "mark")


def _failed(said: Said) -> ToolFailed:
    """Return a refusal in the words of the cluster, or of kubectl."""
    return ToolFailed(said.words, is_retryable=any(words in said.err.lower() for words in _RETRYABLE))
