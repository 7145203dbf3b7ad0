"""Runs Terraform (or OpenTofu) on a folder: init, plan, apply, output. Run under meshwright's own Python.

What Terraform prints of itself is read in its machine-readable form (`-json`; "Machine-Readable UI" in its documentation).
Outputs that are sensitive stay in its state.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: Message of Terraform about a resource -> the state that it is in then.
_STATES = {"apply_start": "running", "apply_complete": "succeeded", "apply_errored": "failed"}
_LAST_LINES = 10


class Failed(Exception):
    """Terraform's own failure."""

    def __init__(self, words: str, *, is_final: bool) -> None:
        super().__init__(words)
        self.is_final = is_final


class Resources:
    """The resources that are changed, as they stand."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._steps: dict[str, dict[str, Any]] = {}

    def take(self, message: dict[str, Any]) -> None:
        """Take a message about a resource."""
        kind = message.get("type")
        told = message.get("change") if kind == "planned_change" else message.get("hook")
        address = (told or {}).get("resource", {}).get("addr")
        if not address or (kind != "planned_change" and kind not in _STATES):
            return
        step = self._steps.setdefault(address, {"name": address, "kind": "resource", "state": "waiting"})
        if kind != "planned_change":
            step["state"] = _STATES[str(kind)]
            step["started_at" if kind == "apply_start" else "ended_at"] = message.get("@timestamp") or _now()
        self._write()

    def end(self) -> None:
        """Settle what did not end."""
        for step in self._steps.values():
            if step["state"] in ("waiting", "running"):
                step["state"] = "blocked" if step["state"] == "waiting" else "failed"
        self._write()

    def _write(self) -> None:
        if self._steps:
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps(list(self._steps.values())), "utf-8")
            new.replace(self._path)


def main(request_file: str) -> int:
    """Do what a request says; return the status."""
    place = Path(request_file).parent
    request = json.loads(Path(request_file).read_text("utf-8"))
    resources = Resources(place / "steps.json")
    status = 0
    try:
        values = _run(request, place, resources)
        (place / "values.json").write_text(json.dumps(values), "utf-8")
    except Failed as error:
        resources.end()
        (place / "error.txt").write_text(str(error), "utf-8")
        status = 98 if error.is_final else 1
    except Exception as error:  # noqa: BLE001 - the border of a program: all of it is told
        traceback.print_exc()
        (place / "error.txt").write_text(f"{type(error).__name__}: {error}", "utf-8")
        status = 1
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    (place / "costs.json").write_text(json.dumps({"cpu_s": round(used.ru_utime + used.ru_stime, 3)}), "utf-8")
    return status


def _run(request: dict[str, Any], place: Path, resources: Resources) -> dict[str, Any]:
    program, folder = request["program"], request["folder"]
    # Nothing is written into the user's folder, but a lock file where there is none.
    os.environ.update({"TF_DATA_DIR": str(place / "terraform"), "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"})
    init = ["init", "-input=false", "-no-color"]
    if (Path(folder) / ".terraform.lock.hcl").is_file():
        init.append("-lockfile=readonly")
    init += [f"-backend-config={item}" for item in request["backend"]]
    _plainly([program, *init], folder)
    if request["workspace"]:
        _plainly([program, "workspace", "select", "-or-create", "-no-color", request["workspace"]], folder)
    plan = [program, "plan", "-input=false", "-json", f"-out={place / 'plan'}"]
    if request["action"] == "destroy":
        plan.append("-destroy")
    changes = _told(plan, folder, resources)
    values: dict[str, Any] = {"changes": changes}
    if request["action"] != "plan":
        _told([program, "apply", "-input=false", "-json", "-auto-approve", str(place / "plan")], folder, resources)
        values["outputs"] = _outputs(program, folder)
    return values


def _plainly(command: list[str], folder: str) -> None:
    """Run a command that has no machine-readable form."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    for line in done.stdout.splitlines():
        print(line, flush=True)
    if done.returncode != 0:
        words = [line for line in done.stderr.splitlines() if line.strip()][:_LAST_LINES]
        print("\n".join(words), flush=True)
        raise Failed("\n".join([f"{command[1]} ended with status {done.returncode}", *words]), is_final=False)


def _told(command: list[str], folder: str, resources: Resources) -> dict[str, int]:
    """Run a command that tells what it does; return how many resources are added, changed and removed."""
    changes: dict[str, int] = {}
    errors: list[dict[str, Any]] = []
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL
    ) as running:
        assert running.stdout is not None
        for message in _messages(running.stdout):
            print(message.get("@message", ""), flush=True)
            resources.take(message)
            if message.get("type") == "change_summary":
                told = message.get("changes", {})
                changes = {name: int(told.get(name, 0)) for name in ("add", "change", "remove")}
            elif message.get("type") == "diagnostic" and message.get("diagnostic", {}).get("severity") == "error":
                errors.append(message["diagnostic"])
    if running.returncode != 0 or errors:
        words = [_words(each) for each in errors] or [f"{command[1]} ended with status {running.returncode}"]
        # An error with a place is one of the code; one without is of the world: a lock, a provider's answer.
        is_final = bool(errors) and command[1] == "plan" and all(each.get("range") for each in errors)
        raise Failed("\n".join(words), is_final=is_final)
    return changes


def _messages(lines: Any) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        yield message if isinstance(message, dict) else {"@message": line.rstrip("\n")}


def _words(diagnostic: dict[str, Any]) -> str:
    where = diagnostic.get("range") or {}
    start = where.get("start", {})
    place = f"{where.get('filename')}:{start.get('line')}:{start.get('column')}: " if where else ""
    detail = str(diagnostic.get("detail") or "").strip()
    return f"{place}{diagnostic.get('summary')}" + (f": {detail}" if detail else "")


def _outputs(program: str, folder: str) -> dict[str, Any]:
    """Return the outputs that are not sensitive."""
    done = subprocess.run(
        [program, "output", "-json", "-no-color"],
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        raise Failed(f"output ended with status {done.returncode}", is_final=False)
    found = json.loads(done.stdout or "{}")
    return {name: each.get("value") for name, each in found.items() if each.get("sensitive") is False}


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
