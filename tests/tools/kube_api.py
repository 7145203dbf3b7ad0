"""A small part of Kubernetes' API for tests of the real ``kubectl``: jobs, pods and logs of one namespace, moved by the test.

It is a fake: no container runs. Shapes are those of the API reference of Kubernetes 1.32.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

from tests.tools.web import Asked, Web, running_web

_BATCH = {"groupVersion": "batch/v1", "version": "v1"}


#: That the server checks fields itself: kubectl looks for the parameter.
_OPENAPI = {
    "openapi": "3.0.0",
    "info": {"title": "Kubernetes", "version": "v1.32.4"},
    "paths": {
        "/apis/batch/v1/namespaces/{namespace}/jobs/{name}": {
            "patch": {
                "responses": {},
                "parameters": [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}],
                "x-kubernetes-group-version-kind": {"group": "batch", "version": "v1", "kind": "Job"},
            }
        }
    },
}


def _resource(name: str, kind: str) -> dict:
    return {
        "name": name,
        "singularName": "",
        "namespaced": True,
        "kind": kind,
        "verbs": ["create", "delete", "get", "list"],
    }


@dataclass(kw_only=True)
class Cluster:
    web: Web
    jobs: dict[str, dict] = field(default_factory=dict)
    #: Job -> its pods.
    pods: dict[str, list[dict]] = field(default_factory=dict)
    #: Pod -> lines of its log, each with its time.
    logs: dict[str, list[str]] = field(default_factory=dict)
    created: int = 0
    #: An answer that is given to everything but discovery.
    fault: object = None

    def kubeconfig(self, folder: Path) -> str:
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": self.web.url}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": "data"}}],
            "users": [{"name": "test", "user": {"token": "t0ken-of-a-test"}}],
        }  # fmt: skip
        (folder / "kubeconfig").write_text(json.dumps(config))
        return "kubeconfig"

    def answer(self, asked: Asked) -> object:
        match [asked.method, *asked.path.strip("/").split("/")]:
            case ["GET", "api"]:
                return _said({"kind": "APIVersions", "versions": ["v1"]})
            case ["GET", "apis"]:
                group = {"name": "batch", "versions": [_BATCH], "preferredVersion": _BATCH}
                return _said({"kind": "APIGroupList", "apiVersion": "v1", "groups": [group]})
            case ["GET", "api", "v1"]:
                return _said({"kind": "APIResourceList", "groupVersion": "v1", "resources": [_resource("pods", "Pod")]})
            case ["GET", "apis", "batch", "v1"]:
                return _said(
                    {"kind": "APIResourceList", "groupVersion": "batch/v1", "resources": [_resource("jobs", "Job")]}
                )
            case ["GET", "openapi", "v3"]:
                return _said({"paths": {"apis/batch/v1": {"serverRelativeURL": "/openapi/v3/apis/batch/v1"}}})
            case ["GET", "openapi", "v3", "apis", "batch", "v1"]:
                return _said(_OPENAPI)
        if self.fault is not None:
            return self.fault
        match [asked.method, *asked.path.strip("/").split("/")]:
            case ["POST", "apis", "batch", "v1", "namespaces", "data", "jobs"]:
                return self._create(asked)
            case ["GET", "apis", "batch", "v1", "namespaces", "data", "jobs", name] if name in self.jobs:
                return _said(self.jobs[name])
            case ["DELETE", "apis", "batch", "v1", "namespaces", "data", "jobs", name] if name in self.jobs:
                del self.jobs[name]
                return _said({"kind": "Status", "apiVersion": "v1", "status": "Success"})
            case ["GET", "api", "v1", "namespaces", "data", "pods"]:
                wanted = parse_qs(asked.query).get("labelSelector", [""])[0].partition("=")[2]
                return _said({"kind": "PodList", "apiVersion": "v1", "items": self.pods.get(wanted, [])})
            case ["GET", "api", "v1", "namespaces", "data", "pods", name]:
                return _said(
                    next(pod for pods in self.pods.values() for pod in pods if pod["metadata"]["name"] == name)
                )
            case ["GET", "api", "v1", "namespaces", "data", "pods", name, "log"]:
                since = parse_qs(asked.query).get("sinceTime", [""])[0]
                return (
                    200,
                    {"Content-Type": "text/plain"},
                    "".join(f"{line}\n" for line in self.logs.get(name, []) if line[:19] >= since[:19]).encode(),
                )
        return failed(404, "NotFound", f'jobs.batch "{asked.path.rpartition("/")[2]}" not found')

    def move(self, name: str, phase: str, state: dict, condition: dict | None = None) -> None:
        """Let the one pod of a job come into a phase, its container into a state."""
        pod = {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"{name}-x1", "namespace": "data"},
            "spec": {"containers": [{"name": "main", "image": "x"}]},
            "status": {
                "phase": phase, "startTime": "2026-11-30T11:00:00Z", "conditions": [],
                "containerStatuses": [
                    {"name": "main", "state": state, "image": "x", "imageID": "", "ready": False, "restartCount": 0}
                ],
            },
        }  # fmt: skip
        self.pods[name] = [pod]
        if condition is not None:
            self.jobs[name]["status"] = {"conditions": [{"status": "True", **condition}]}

    def _create(self, asked: Asked) -> object:
        given = json.loads(asked.body)
        name = given["metadata"]["name"]
        if name in self.jobs:
            return failed(409, "AlreadyExists", f'jobs.batch "{name}" already exists')
        self.created += 1
        self.jobs[name] = {**given, "status": {}}
        return _said(self.jobs[name], 201)


def failed(code: int, reason: str, message: str) -> tuple[int, dict[str, str], bytes]:
    status = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": reason,
        "message": message,
        "code": code,
    }
    return _said(status, code)


def _said(content: object, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    with running_web() as web:
        cluster = Cluster(web=web)
        web.answer = cluster.answer  # type: ignore[assignment]
        yield cluster
