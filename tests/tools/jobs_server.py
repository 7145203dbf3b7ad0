"""A server of jobs for tests: an interface of its own, as there are hundreds, with faults that a test switches on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.tools.web import Asked, Web, running_web


@dataclass(kw_only=True)
class JobsServer:
    web: Web
    #: Run id -> what it is; a run's state is the next of `states`, the last for good.
    runs: dict[str, dict] = field(default_factory=dict)
    states: tuple[str, ...] = ("queued", "running", "done")
    error: str | None = None
    log: tuple[str, ...] = ("one", "two", "three")
    honours_keys: bool = True
    #: Called with what was asked; an answer that it gives is given instead.
    fault: Callable[[Asked], object] = lambda asked: None

    def answer(self, asked: Asked) -> object:
        instead = self.fault(asked)
        if instead is not None:
            return instead
        if asked.headers.get("authorization") != "Bearer s3cret-token":
            return self._said({"message": "who are you?"}, 401)
        match [asked.method, *asked.path.strip("/").split("/")]:
            case ["POST", "api", "runs"]:
                return self.started(asked)
            case ["GET", "api", "runs"]:
                tag = asked.query.partition("tag=")[2]
                return self._said({"runs": [run for run in self.runs.values() if run["tag"] == tag]})
            case ["GET", "api", "runs", run_id] if run_id in self.runs:
                run = self.runs[run_id]
                run["looks"] += 1
                run["status"] = run["ended"] or self.states[min(run["looks"], len(self.states)) - 1]
                return self._said({**run, "message": self.error})
            case ["GET", "api", "runs", run_id, "log"] if run_id in self.runs:
                known = self.log[: self.runs[run_id]["looks"]]
                return 200, {}, "".join(f"{line}\n" for line in known).encode()
            case ["GET", "api", "runs", run_id, "result"] if run_id in self.runs:
                return self._said({"rows": 42, "tables": [{"name": "a"}, {"name": "b"}]})
            case ["POST", "api", "runs", run_id, "cancel"] if run_id in self.runs:
                self.runs[run_id]["ended"] = "cancelled"
                return self._said({})
        return self._said({"message": f"no such thing: {asked.path}"}, 404)

    def started(self, asked: Asked) -> object:
        key = asked.headers.get("idempotency-key")
        known = next((run for run in self.runs.values() if run["key"] == key), None)
        if known is None or not self.honours_keys:
            run_id = f"r/{len(self.runs) + 1}"
            known = {
                "id": run_id,
                "key": key,
                "tag": asked.json.get("tag"),
                "looks": 0,
                "ended": None,
                "given": asked.json,
            }
            self.runs[run_id.replace("/", "%2F")] = known
        return self._said({"run": {"id": known["id"]}}, 201)

    def _said(self, content: object, status: int = 200) -> tuple[int, dict[str, str], bytes]:
        return status, {"Content-Type": "application/json"}, json.dumps(content).encode()


@contextmanager
def running_jobs() -> Iterator[JobsServer]:
    with running_web() as web:
        server = JobsServer(web=web)
        web.answer = server.answer
        yield server


def held(seconds: float) -> Callable[[Asked], object]:
    """A fault: the answer comes late, but what was asked is done."""

    def hold(asked: Asked) -> None:
        time.sleep(seconds)

    return hold
