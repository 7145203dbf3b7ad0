"""What sandboxes are provisioned with: jobs that are done when one is made, and undone when it is given up.

`Provision` is one component under ``sandboxes.provision`` of `mesh.yaml` with its parameters settled. It is kept as text with
the sandbox, so that the undo is what the component said when its work was done; `Progress` says how far each node got.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any  # options and values are JSON of others

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model.outside import Retry
from meshwright.model.rules import Scalar

_ONCE = Retry()


class ProvisioningState(enum.StrEnum):
    """How far the provisioning of a sandbox is, or its undoing."""

    #: It is not all done, and the sandbox is not there yet.
    MAKING = "making"
    MADE = "made"
    #: It is being undone; the sandbox, where it was there, is used no more.
    LEAVING = "leaving"


class ProvisionState(enum.StrEnum):
    """How far one node of a provisioning component is."""

    WAITING = "waiting"
    #: It was begun, and may have done a part.
    BEGUN = "begun"
    DONE = "done"
    #: Its undo was begun, and has not succeeded yet.
    UNDOING = "undoing"
    UNDONE = "undone"
    #: What it did stays: nothing says how it is undone, or the undo needs what it never gave.
    LEFT = "left"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvisionJob:
    """What a tool does: a node of a component, or its undo."""

    tool: str
    #: Options as canonical JSON, references as written.
    options: str
    #: Nodes of the component whose values the options use, sorted.
    uses: tuple[str, ...] = ()
    retry: Retry = _ONCE
    timeout_s: float | None = None
    span: SourceSpan | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvisionNode:
    """A node of a provisioning component."""

    name: str
    job: ProvisionJob
    #: None where nothing is to be undone, or nobody says how.
    undo: ProvisionJob | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Provision:
    """A component with its parameters, as a sandbox is provisioned with it."""

    #: Key under ``sandboxes.provision``.
    name: str
    #: Name in full and version: ``scratch@1.0.0``.
    component: str
    #: Parameter -> value.
    params: Mapping[str, Scalar]
    #: File inside the component's folder -> digest of its content.
    files: Mapping[str, str]
    #: In the order in which they run.
    nodes: tuple[ProvisionNode, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a node got."""

    state: ProvisionState = ProvisionState.WAITING
    #: What it left (`model.outside.outcome_text`), None where it did not succeed.
    outcome: str | None = None
    #: Why it failed, or its undo.
    error: str | None = None
    #: The run that did it, or tried last.
    run_id: str | None = None


#: ``scratch.folder``, a provision's name and its node's -> how far it got.
ProgressOf = Mapping[str, Progress]
_WAITING = Progress()


def progress_at(progress: ProgressOf, provision: Provision, node: ProvisionNode) -> Progress:
    """Return how far a node got; one that nothing was noted of waits."""
    return progress.get(f"{provision.name}.{node.name}", _WAITING)


def provisions_text(provisions: Iterable[Provision]) -> str:
    """Write provisions as canonical JSON."""
    return _json(
        [
            {
                "name": each.name,
                "component": each.component,
                "params": dict(each.params),
                "files": dict(each.files),
                "nodes": [
                    {"name": node.name, "job": _job(node.job), "undo": _job(node.undo) if node.undo else None}
                    for node in each.nodes
                ],
            }
            for each in provisions
        ]
    )


def provisions_of(text: str) -> tuple[Provision, ...]:
    """Read what `provisions_text` wrote."""
    return tuple(
        Provision(
            name=each["name"],
            component=each["component"],
            params=MappingProxyType(each["params"]),
            files=MappingProxyType(each["files"]),
            nodes=tuple(
                ProvisionNode(
                    name=node["name"],
                    job=_job_of(node["job"]),
                    undo=_job_of(node["undo"]) if node["undo"] is not None else None,
                )
                for node in each["nodes"]
            ),
        )
        for each in json.loads(text)
    )


def progress_text(progress: ProgressOf) -> str:
    """Write the progress of nodes as canonical JSON."""
    return _json(
        {
            name: {"state": each.state.value, "outcome": each.outcome, "error": each.error, "run_id": each.run_id}
            for name, each in progress.items()
        }
    )


def progress_of(text: str) -> dict[str, Progress]:
    """Read what `progress_text` wrote."""
    return {
        name: Progress(
            state=ProvisionState(each["state"]), outcome=each["outcome"], error=each["error"], run_id=each["run_id"]
        )
        for name, each in json.loads(text).items()
    }


def _job(job: ProvisionJob) -> dict[str, Any]:
    span = job.span
    return {
        "tool": job.tool,
        "options": job.options,
        "uses": list(job.uses),
        "retry": [job.retry.attempts, job.retry.backoff_s],
        "timeout_s": job.timeout_s,
        "place": [span.file, span.line, span.column] if span is not None else None,
    }


def _job_of(found: Mapping[str, Any]) -> ProvisionJob:
    attempts, backoff_s = found["retry"]
    place = found["place"]
    return ProvisionJob(
        tool=found["tool"],
        options=found["options"],
        uses=tuple(found["uses"]),
        retry=Retry(attempts=attempts, backoff_s=backoff_s),
        timeout_s=found["timeout_s"],
        span=SourceSpan(file=place[0], line=place[1], column=place[2]) if place is not None else None,
    )


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
