"""Terraform, with a program that is not it: Terraform is on no package registry. The fake one speaks its machine-readable form."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from meshwright.tools.protocol import Effects, JobState, Poll, ToolFailed
from meshwright.tools.terraform import Terraform
from tests.tools.crashing import start_and_die
from tests.tools.driving import drive, follow, job_of, place_of

TOOL = Terraform()
FAKE = """#!{python}
import json, os, pathlib, signal, sys, time
words = sys.argv[1:]
with open("calls", "a") as file:
    file.write(json.dumps(words) + "\\n")
mode = os.environ.get("FAKE", "")
def say(kind, text, **more):
    head = {{"@level": "info", "@message": text, "@timestamp": "2026-03-01T10:00:00.123456Z", "type": kind}}
    print(json.dumps({{**head, **more}}), flush=True)
resource = lambda name: {{"resource": {{"addr": "bucket." + name}}, "action": "create"}}
def diagnostic(summary, detail="", **more):
    say("diagnostic", "Error: " + summary, diagnostic={{"severity": "error", "summary": summary, "detail": detail, **more}})
    sys.exit(1)
if words[0] == "init":
    if mode == "init":
        print("Error: could not reach the registry", file=sys.stderr)
        sys.exit(1)
    print("initialised in", pathlib.Path(os.environ["TF_DATA_DIR"]).name)
elif words[0] == "plan":
    if mode == "code":
        where = {{"filename": "main.tf", "start": {{"line": 3, "column": 5}}}}
        diagnostic("Unsupported argument", "no argument named \\"nam\\"", range=where)
    if mode == "lock":
        diagnostic("Error acquiring the state lock", "held by ana")
    for name in ("a", "b"):
        say("planned_change", "bucket." + name + ": Plan to create", change=resource(name))
    say("change_summary", "Plan: 2 to add", changes={{"add": 2, "change": 0, "remove": 0, "operation": "plan"}})
    pathlib.Path(words[-1].removeprefix("-out=")).write_text(os.environ.get("TF_VAR_region", ""))
elif words[0] == "apply":
    for name in ("a", "b"):
        say("apply_start", "bucket." + name + ": Creating...", hook=resource(name))
        if mode == "slow":
            signal.signal(signal.SIGTERM, lambda *_: (say("apply_complete", "done", hook=resource(name)), sys.exit(1)))
            time.sleep(60)
        if mode == "provider" and name == "b":
            say("apply_errored", "bucket.b: Creation errored", hook=resource("b"))
            diagnostic("creating bucket: 403 Forbidden", range={{"filename": "main.tf", "start": {{"line": 9, "column": 1}}}})
        say("apply_complete", "bucket." + name + ": Creation complete", hook=resource(name))
elif words[0] == "output":
    print(json.dumps({{"url": {{"value": "s3://a", "sensitive": False}}, "key": {{"value": "canary-4711", "sensitive": True}}}}))
"""


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    for name in ("terraform", "tofu"):
        (tmp_path / "bin" / name).write_text(FAKE.format(python=sys.executable))
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "infra/modules/x").mkdir(parents=True)
    (tmp_path / "infra/main.tf").write_text("")
    (tmp_path / "infra/modules/x/main.tf").write_text("")
    (tmp_path / "infra/terraform.tfstate").write_text("")
    return tmp_path


def options(**more: object) -> dict:
    return {"folder": "infra", "bin": "bin", **more}


def calls(mesh: Path) -> list[list[str]]:
    return [json.loads(line) for line in (mesh / "infra/calls").read_text().splitlines()]


def ended(mesh: Path, given: dict) -> Poll:
    handle = TOOL.start(job := job_of(mesh, given))
    while (poll := TOOL.poll(job, handle, "")).state is JobState.RUNNING:
        time.sleep(0.05)
    return poll


def test_a_folder_is_planned_and_applied_and_tells_its_resources_and_outputs(mesh: Path) -> None:
    given = options(vars={"region": "eu", "tags": {"a": [1]}}, workspace="prod", backend={"bucket": "states"})
    job = job_of(mesh, given, params={"size": 3, "none": None})
    driven = drive(TOOL, job)
    assert driven.outcome is not None, driven.error
    assert driven.outcome.values == {"changes": {"add": 2, "change": 0, "remove": 0}, "outputs": {"url": "s3://a"}}
    assert [(step.name, step.kind, step.state) for step in driven.outcome.steps] == [
        ("bucket.a", "resource", "succeeded"), ("bucket.b", "resource", "succeeded"),
    ]  # fmt: skip
    assert all(step.started_at and step.ended_at and not step.after for step in driven.outcome.steps)
    assert "bucket.a: Creating..." in driven.lines
    assert [words[0] for words in calls(mesh)] == ["init", "workspace", "plan", "apply", "output"]
    assert "-backend-config=bucket=states" in calls(mesh)[0]
    assert (job.scratch / "plan").read_text() == "eu"
    for path in job.scratch.rglob("*"):
        assert path.is_dir() or b"canary-4711" not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"action": "plan"}, ["init", "plan"]),
        ({"action": "destroy"}, ["init", "plan", "apply", "output"]),
        ({"program": "tofu"}, ["init", "plan", "apply", "output"]),
    ],
)
def test_it_can_plan_alone_destroy_and_be_opentofu(mesh: Path, more: dict, wanted: list[str]) -> None:
    (mesh / "infra/.terraform.lock.hcl").write_text("")
    assert drive(TOOL, job_of(mesh, options(**more))).state is JobState.SUCCEEDED
    assert [words[0] for words in calls(mesh)] == wanted
    assert ("-destroy" in calls(mesh)[1]) is (more.get("action") == "destroy")
    assert "-lockfile=readonly" in calls(mesh)[0]


@pytest.mark.parametrize(
    ("mode", "words", "is_retryable"),
    [
        ("code", 'main.tf:3:5: Unsupported argument: no argument named "nam"', False),
        ("lock", "Error acquiring the state lock: held by ana", True),
        ("provider", "main.tf:9:1: creating bucket: 403 Forbidden", True),
        ("init", "init ended with status 1\nError: could not reach the registry", True),
    ],
)
def test_a_failure_is_told_in_its_words_with_its_place(mesh: Path, mode: str, words: str, is_retryable: bool) -> None:
    poll = ended(mesh, options(variables={"FAKE": mode}))
    assert poll.state is JobState.FAILED
    assert poll.error == words
    assert poll.is_retryable is is_retryable
    if mode == "provider":
        assert [step.state for step in poll.steps] == ["succeeded", "failed"]


def test_it_is_external_outlives_its_starter_and_ends_after_the_resource_that_it_is_at(mesh: Path) -> None:
    assert TOOL.traits.effects is Effects.EXTERNAL
    given = options(variables={"FAKE": "slow"})
    start_and_die("meshwright.tools.terraform:Terraform", mesh, given)
    job = job_of(mesh, given)
    handle = TOOL.find(job)
    assert handle is not None
    assert TOOL.start(job) == handle
    until = time.monotonic() + 30
    while [step.state for step in TOOL.poll(job, handle, "").steps] != ["running", "waiting"]:
        assert time.monotonic() < until
        time.sleep(0.05)
    TOOL.cancel(job, handle)
    assert follow(TOOL, job, handle).state is JobState.CANCELLED
    assert [words[0] for words in calls(mesh)] == ["init", "plan", "apply"]


def test_where_it_is_missing_it_says_how_to_install_it(mesh: Path) -> None:
    with pytest.raises(ToolFailed, match="terraform was not found at 'none'") as caught:
        TOOL.start(job_of(mesh, options(bin="none")))
    assert caught.value.fix is not None
    assert "OpenTofu" in caught.value.fix


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ({}, ["'folder' is missing"]),
        ({"folder": "infra"}, []),
        ({"folder": "none"}, ["there is no folder 'none'"]),
        ({"folder": "bin"}, ["there is no code of Terraform in 'bin'"]),
        ({"folder": "infra", "action": "import"}, ["'action' is one of apply, plan, destroy"]),
        ({"folder": "infra", "var": {}}, ["unknown key 'var'"]),
    ],
)
def test_wrong_options_are_named(mesh: Path, options: dict, messages: list[str]) -> None:
    assert [problem.message for problem in TOOL.problems(options, place_of(mesh))] == messages


def test_the_code_is_its_meaning_and_the_state_is_not(mesh: Path) -> None:
    found = TOOL.fingerprint_files({"folder": "infra"}, place_of(mesh))
    assert [str(path) for path in found] == ["infra/main.tf", "infra/modules/x/main.tf"]
