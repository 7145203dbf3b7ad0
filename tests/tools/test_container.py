"""Containers of a real Podman, and of Docker's real client in front of Podman's interface; shapes with a fake client."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.tools.container import Container
from meshwright.tools.container_logs import new_lines
from meshwright.tools.container_options import create_words, name_of
from meshwright.tools.protocol import Job, JobState, Table, ToolFailed
from tests.tools.containers import IMAGE, Engine, running_engine, why_no_containers
from tests.tools.driving import drive, follow, job_of, place_of

TOOL = Container()
tools = [pytest.mark.tools, pytest.mark.xdist_group("containers")]


@pytest.fixture(scope="module")
def engines() -> Iterator[Engine]:
    with running_engine() as found:
        why = why_no_containers(found)
        if why is not None:
            pytest.skip(f"this machine runs no containers: {why}")
        yield found


@pytest.fixture(params=["podman", pytest.param("docker", id="docker")])
def engine(request: pytest.FixtureRequest, engines: Engine, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "docker" and not engines.has_docker:
        pytest.skip("Docker's client is not installed")
    monkeypatch.setenv("PATH", engines.path)
    return request.param


def wanted(tmp_path: Path, engine: str, command: object, **more: object) -> Job:
    options = more.pop("options", {})
    assert isinstance(options, dict)
    return job_of(
        tmp_path, {"image": IMAGE, "program": engine, "network": "none", "command": command, **options}, **more
    )  # type: ignore[arg-type]


class TestContainers:
    pytestmark = tools

    def test_what_a_container_is_given_and_leaves_is_taken(self, tmp_path: Path, engine: str, engines: Engine) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "a.parquet").write_bytes(b"rows\n")
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "x").write_text("mounted\n")
        command = (
            'cat $MESHWRIGHT_INPUT_ROWS /data/x; echo "$TOKEN $MESHWRIGHT_PARAM_DAY" >&2; pwd; '
            "echo '{\"rows\": 3}' > $MESHWRIGHT_VALUES; touch $MESHWRIGHT_TABLES/orders.parquet"
        )
        job = wanted(
            tmp_path, engine, command, datasets=("orders",), params={"day": 7},
            inputs={"rows": Table(files=(tmp_path / "in" / "a.parquet",))},
            options={"variables": {"TOKEN": "it's $x"}, "mounts": {"/data": "data"}, "folder": "/tmp", "memory": "64m"},
        )  # fmt: skip
        driven = drive(TOOL, job)
        assert driven.state is JobState.SUCCEEDED, driven
        assert sorted(driven.lines) == sorted(["rows", "mounted", "it's $x 7", "/tmp"])
        assert driven.outcome is not None
        assert driven.outcome.values == {"rows": 3}
        assert driven.outcome.tables["orders"].files == (job.scratch / "container" / "tables" / "orders.parquet",)
        assert name_of(job) not in engines.podman("ps", "--all", "--format", "{{.Names}}")

    def test_results_are_taken_again_and_nothing_is_started_after_that(self, tmp_path: Path, engine: str) -> None:
        job = wanted(tmp_path, engine, "echo x >> $MESHWRIGHT_TABLES/../ran; echo '{\"a\": 1}' > $MESHWRIGHT_VALUES")
        first = drive(TOOL, job)
        assert TOOL.find(job) == TOOL.start(job) == first.handle
        assert follow(TOOL, job, first.handle).outcome == first.outcome
        assert (job.scratch / "container" / "ran").read_text() == "x\n"

    def test_words_reach_the_program_as_they_are(self, tmp_path: Path, engine: str) -> None:
        job = wanted(
            tmp_path, engine, ["%s|", "a b", "$HOME", "--rm"], options={"entrypoint": ["/bin/busybox", "printf"]}
        )
        assert drive(TOOL, job).lines == ["a b|$HOME|--rm|"]

    def test_a_failure_is_told_with_what_it_printed(self, tmp_path: Path, engine: str, engines: Engine) -> None:
        job = wanted(tmp_path, engine, "echo no such table >&2; exit 3")
        driven = drive(TOOL, job)
        assert (driven.state, driven.error) == (JobState.FAILED, "the container ended with status 3\nno such table")
        assert name_of(job) in engines.podman(
            "ps", "--all", "--filter", f"label=meshwright.job={job.id}", "--format", "{{.Names}}"
        )

    def test_a_container_is_started_once_however_often(self, tmp_path: Path, engine: str) -> None:
        job = wanted(tmp_path, engine, "echo x >> /meshwright/ran")
        handles = {TOOL.start(job) for _ in range(3)}
        assert len(handles) == 1
        assert follow(TOOL, job, handles.pop()).state is JobState.SUCCEEDED
        assert (job.scratch / "container" / "ran").read_text() == "x\n"

    @pytest.mark.parametrize("moment", ["created", "started"])
    def test_a_container_runs_once_though_its_starter_is_killed(self, tmp_path: Path, engine: str, moment: str) -> None:
        job = wanted(tmp_path, engine, "echo x >> /meshwright/ran; sleep 1")
        code = textwrap.dedent(
            f"""
            import os, pathlib, signal
            from meshwright.tools import container
            from tests.tools.driving import job_of
            said = container._said
            def killed(job, words, **more):
                if words[0] == "start" and {moment!r} == "created":
                    os.kill(os.getpid(), signal.SIGKILL)
                found = said(job, words, **more)
                if words[0] == "start":
                    os.kill(os.getpid(), signal.SIGKILL)
                return found
            container._said = killed
            container.Container().start(job_of(pathlib.Path({str(tmp_path)!r}), {dict(job.options)!r}))
            """
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
        assert done.returncode == -9
        assert (TOOL.find(job) is not None) is (moment == "started")
        assert drive(TOOL, job).state is JobState.SUCCEEDED
        assert (job.scratch / "container" / "ran").read_text() == "x\n"

    def test_a_cancelled_container_ends(self, tmp_path: Path, engine: str) -> None:
        job = wanted(tmp_path, engine, "trap 'exit 143' TERM; touch /meshwright/up; while :; do sleep 0.1; done")
        handle = TOOL.start(job)
        until = time.monotonic() + 20
        while not (job.scratch / "container" / "up").exists():
            assert time.monotonic() < until
            time.sleep(0.02)
        TOOL.cancel(job, handle)
        TOOL.cancel(job, handle)
        driven = follow(TOOL, job, handle)
        assert (driven.state, driven.error) == (JobState.CANCELLED, "the container ended with status 143")

    def test_a_container_that_was_removed_is_lost(self, tmp_path: Path, engine: str, engines: Engine) -> None:
        job = wanted(tmp_path, engine, "sleep 60")
        handle = TOOL.start(job)
        engines.podman("rm", "--force", "--time", "0", handle)
        assert TOOL.poll(job, handle, "").state is JobState.LOST
        TOOL.cancel(job, handle)

    def test_logs_are_streamed_once_and_whole(self, tmp_path: Path, engine: str) -> None:
        # Podman's interface for Docker cuts long output into pieces that nobody can put together again; Docker does not.
        count = 12000 if engine == "podman" else 300
        job = wanted(tmp_path, engine, f"seq 1 {count}; sleep 1.2; seq 1 {count // 10}; printf end")
        driven = drive(TOOL, job)
        assert driven.lines == [
            *(str(number) for number in range(1, count + 1)), *(str(number) for number in range(1, count // 10 + 1)), "end"
        ]  # fmt: skip

    def test_an_image_that_is_not_there_is_told_by_the_engine(self, tmp_path: Path, engine: str) -> None:
        job = wanted(tmp_path, engine, "true", options={"image": "localhost/none:1", "pull": "never"})
        with pytest.raises(
            ToolFailed, match=r"(?i)localhost/none:1.*(not known|no such image)|no such image.*none"
        ) as caught:
            TOOL.start(job)
        assert not caught.value.is_retryable
        assert TOOL.find(job) is None

    def test_a_program_that_is_not_in_the_image_is_told_by_the_engine(self, tmp_path: Path, engine: str) -> None:
        job = wanted(tmp_path, engine, ["no-such-program"])
        with pytest.raises(ToolFailed, match="no-such-program"):
            TOOL.start(job)
        assert TOOL.find(job) is None

    def test_no_secret_is_an_argument(self, tmp_path: Path, engine: str) -> None:
        job = wanted(tmp_path, engine, "true", options={"variables": {"TOKEN": "c4nary"}})
        assert "c4nary" not in " ".join(create_words(job))
        assert drive(TOOL, job).state is JobState.SUCCEEDED


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """A program that stands for docker: what the real one does is shown above."""
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "docker"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {folder}/words\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}/bin{os.pathsep}/usr/bin:/bin")
    return folder / "words"


def test_every_option_is_an_argument_as_dockers_reference_has_it(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    options = {
        "image": "python:3.13@sha256:00", "command": ["-m", "x"], "entrypoint": ["python", "-I"], "variables": {"B": "2", "A": "1"},
        "mounts": {"/d": "d", "/w": "d:rw"}, "network": "none", "memory": "2g", "cpus": 1.5, "user": "1000:1000", "folder": "/app",
        "pull": "always", "platform": "linux/arm64", "gpus": "all", "arguments": ["--cap-drop", "ALL", "--read-only"],
    }  # fmt: skip
    job = job_of(tmp_path, options, job_id="job-1", run_id="r1")
    assert not [each for each in TOOL.problems(options, place_of(tmp_path)) if each.path]
    assert create_words(job) == [
        "create", "--name", "meshwright-job-1",
        "--label", "meshwright.job=job-1", "--label", "meshwright.node=sales.orders.task", "--label", "meshwright.run=r1",
        "--env", "A", "--env", "B", "--env", "MESHWRIGHT_JOB", "--env", "MESHWRIGHT_TABLES", "--env", "MESHWRIGHT_VALUES",
        "--volume", f"{tmp_path}/scratch/job-1/container:/meshwright",
        "--volume", f"{tmp_path}/d:/d:ro", "--volume", f"{tmp_path}/d:/w:rw",
        "--network", "none", "--user", "1000:1000", "--workdir", "/app", "--platform", "linux/arm64", "--gpus", "all",
        "--memory", "2g", "--cpus", "1.5", "--pull", "always", "--entrypoint", "python",
        "--cap-drop", "ALL", "--read-only", "python:3.13@sha256:00", "-I", "-m", "x",
    ]  # fmt: skip


def test_a_daemon_that_cannot_be_reached_can_be_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    fake(tmp_path, monkeypatch, f"echo '{said}' >&2; exit 1")
    job = job_of(tmp_path, {"image": "x", "program": "docker"})
    for asks in (TOOL.start, TOOL.find, lambda each: TOOL.poll(each, "x", ""), lambda each: TOOL.cancel(each, "x")):
        with pytest.raises(ToolFailed, match="Cannot connect to the Docker daemon") as caught:
            asks(job)
        assert caught.value.is_retryable


@pytest.mark.parametrize("printed", ["", "null", "[]", "{}", '{"Status": 3}', "hello"])
def test_a_state_of_another_shape_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str) -> None:
    fake(tmp_path, monkeypatch, f"echo '{printed}'")
    with pytest.raises(ToolFailed, match="docker does not tell the state of a container") as caught:
        TOOL.poll(job_of(tmp_path, {"image": "x", "program": "docker"}), "x", "")
    assert not caught.value.is_retryable


def test_a_container_that_ran_out_of_memory_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = '{"Status": "exited", "ExitCode": 137, "OOMKilled": true, "Error": ""}'
    fake(tmp_path, monkeypatch, f"case $1 in inspect) echo '{state}';; esac")
    poll = TOOL.poll(job_of(tmp_path, {"image": "x", "program": "docker"}), "x", "")
    assert (poll.state, poll.error) == (JobState.FAILED, "the container ran out of memory")


def test_lines_of_one_moment_are_told_once_each() -> None:
    first = b"2026-11-30T11:00:00.1Z a\n2026-11-30T11:00:00.2Z b\n"
    lines, cursor = new_lines(first, b"2026-11-30T11:00:00.15Z err\n", "")
    assert lines == ("a", "err", "b")
    more = b"2026-11-30T11:00:00.2Z b\n2026-11-30T11:00:00.2Z c\n2026-11-30T11:00:01Z d\n"
    lines, cursor = new_lines(more, b"2026-11-30T11:00:00.15Z err\n2026-11-30T11:00:00.2Z err 2\n", cursor)
    assert lines == ("c", "err 2", "d")
    assert new_lines(b"2026-11-30T11:00:01Z d\n", b"", cursor) == ((), cursor)


def test_pieces_of_a_line_are_put_together_where_the_client_gives_pieces() -> None:
    printed = b"2026-11-30T11:00:00.123456789Z one 2026-11-30T11:00:00Z 2026-11-30T11:00:00.12345678+01:00 line\n"
    assert new_lines(printed, b"", "", has_pieces=True)[0] == ("one 2026-11-30T11:00:00Z line",)
    assert new_lines(printed, b"", "")[0][0].startswith("one 2026-11-30T11:00:00Z 2026")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "there is no image"),
        ({"image": "--privileged"}, "'--privileged' is no name of an image"),
        ({"image": "x", "imge": 1}, "unknown key 'imge'"),
        ({"image": "x", "command": 1}, "command is a text, or a list of texts"),
        ({"image": "x", "variables": {"A": 1}}, "variables are names with texts"),
        ({"image": "x", "variables": {"A=B": "1"}}, "'A=B' is no name of a variable"),
        ({"image": "x", "mounts": ["a"]}, "mounts are folders inside with folders of the mesh"),
        ({"image": "x", "mounts": {"data": "."}}, "'data' is no folder inside: it begins with /"),
        ({"image": "x", "mounts": {"/data": "none"}}, "there is no 'none'"),
        ({"image": "x", "mounts": {"/data": ".:rx"}}, "a mount is ro or rw, not 'rx'"),
        ({"image": "x", "memory": "much"}, "'much' is no size of memory"),
        ({"image": "x", "cpus": 0}, "0 is no number of processors"),
        ({"image": "x", "network": "-h"}, "'-h' is no network"),
        ({"image": "x", "pull": "often"}, "pull is missing, always or never"),
        ({"image": "x", "arguments": ["--name=x"]}, "--name=x is set by meshwright"),
        ({"image": "x", "arguments": "--x"}, "arguments are a list of texts"),
        ({"image": "x", "program": "lxc"}, "program is docker or podman, not 'lxc'"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict, message: str) -> None:
    fake(tmp_path, monkeypatch, "true")
    assert [problem.message for problem in TOOL.problems(options, place_of(tmp_path))] == [message]


def test_an_engine_that_is_not_installed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [each.message for each in TOOL.problems({"image": "x"}, place_of(tmp_path))] == [
        "'docker' and 'podman' are not installed"
    ]
    assert [each.message for each in TOOL.problems({"image": "x", "program": "podman"}, place_of(tmp_path))] == [
        "'podman' is not installed"
    ]
