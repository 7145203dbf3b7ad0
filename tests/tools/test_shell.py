"""Commands as jobs: what they are given, what they leave, and that they are started once whatever happens."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from meshwright.tools.protocol import JobState, Table, ToolFailed
from meshwright.tools.shell import Shell
from tests.tools.driving import drive, follow, job_of, place_of

TOOL = Shell()


def test_what_a_command_prints_and_leaves_is_taken(tmp_path: Path) -> None:
    command = 'echo one; echo "two $MESHWRIGHT_PARAM_DAY $MESHWRIGHT_INPUT_ROWS" >&2; echo \'{"rows": 3}\' > "$MESHWRIGHT_VALUES"'
    job = job_of(tmp_path, {"command": command}, params={"day": 7}, inputs={"rows": Table(files=(Path("/a.parquet"),))})
    driven = drive(TOOL, job)
    assert driven.state is JobState.SUCCEEDED
    assert driven.lines == ["one", "two 7 /a.parquet"]
    assert driven.outcome is not None
    assert driven.outcome.values == {"rows": 3}


def test_tables_are_the_files_of_the_datasets_that_are_wanted(tmp_path: Path) -> None:
    command = 'touch "$MESHWRIGHT_TABLES/orders.parquet" "$MESHWRIGHT_TABLES/other.parquet"'
    driven = drive(TOOL, job_of(tmp_path, {"command": command}, datasets=("orders",)))
    assert driven.outcome is not None
    assert list(driven.outcome.tables) == ["orders"]


def test_a_failure_is_told_in_the_words_of_the_program(tmp_path: Path) -> None:
    driven = drive(TOOL, job_of(tmp_path, {"command": "echo no such table >&2; exit 3"}))
    assert driven.state is JobState.FAILED
    assert driven.error == "the program ended with status 3\nno such table"


def test_a_job_that_is_started_twice_is_one(tmp_path: Path) -> None:
    job = job_of(tmp_path, {"command": "echo ran >> ran; sleep 0.2"})
    handles = {TOOL.start(job) for _ in range(5)}
    assert len(handles) == 1
    assert follow(TOOL, job, handles.pop()).state is JobState.SUCCEEDED
    assert (tmp_path / "ran").read_text() == "ran\n"


def test_a_command_outlives_the_process_that_started_it(tmp_path: Path) -> None:
    code = textwrap.dedent(
        f"""
        import os, signal, pathlib
        from tests.tools.driving import job_of
        from meshwright.tools.shell import Shell
        job = job_of(pathlib.Path({str(tmp_path)!r}), {{"command": "sleep 0.5; echo ran >> ran"}})
        Shell().start(job)
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -9
    job = job_of(tmp_path, {"command": "sleep 0.5; echo ran >> ran"})
    assert TOOL.find(job) is not None
    driven = drive(TOOL, job)
    assert driven.state is JobState.SUCCEEDED
    assert (tmp_path / "ran").read_text() == "ran\n"


def test_a_cancelled_command_ends_with_what_it_started(tmp_path: Path) -> None:
    job = job_of(tmp_path, {"command": "trap '' TERM; (sleep 60 & echo $! > inner; wait) ; sleep 60"})
    handle = TOOL.start(job)
    until = time.monotonic() + 10
    while not (tmp_path / "inner").exists() or not (tmp_path / "inner").read_text().strip():
        assert time.monotonic() < until
        time.sleep(0.01)
    TOOL.cancel(job, handle)
    assert follow(TOOL, job, handle).state is JobState.CANCELLED
    inner = int((tmp_path / "inner").read_text())
    until = time.monotonic() + 10
    while Path(f"/proc/{inner}").exists() and time.monotonic() < until:
        time.sleep(0.01)
    assert not Path(f"/proc/{inner}").exists()


def test_a_command_that_is_cancelled_before_it_began_does_not_run_to_its_end(tmp_path: Path) -> None:
    for number in range(20):
        job = job_of(tmp_path, {"command": "sleep 3; echo ran >> ran"}, job_id=f"job-{number}")
        TOOL.cancel(job, TOOL.start(job))
        assert follow(TOOL, job, str(TOOL.find(job))).state is JobState.CANCELLED
    assert not (tmp_path / "ran").exists()


def test_a_program_that_is_gone_without_a_word_is_lost(tmp_path: Path) -> None:
    job = job_of(tmp_path, {"command": ["sleep", "60"]})
    handle = TOOL.start(job)
    os.killpg(os.getpgid(int(handle)), 9)
    assert follow(TOOL, job, handle).state is JobState.LOST


def test_long_logs_come_whole_and_in_order(tmp_path: Path) -> None:
    driven = drive(TOOL, job_of(tmp_path, {"command": "seq 1 200000"}))
    assert driven.state is JobState.SUCCEEDED
    assert driven.lines == [str(number) for number in range(1, 200001)]


def test_a_program_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed, match="'no-such-program' was not found"):
        TOOL.start(job_of(tmp_path, {"command": ["no-such-program"]}))


@pytest.mark.parametrize("text", ["[1]", "{", '"a"'])
def test_values_that_are_no_object_are_refused(tmp_path: Path, text: str) -> None:
    job = job_of(tmp_path, {"command": f"printf '%s' '{text}' > $MESHWRIGHT_VALUES"})
    with pytest.raises(ToolFailed, match="the values it left"):
        drive(TOOL, job)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "there is no command"),
        ({"command": 3}, "a command is a text, or a list of texts"),
        ({"command": "x", "comand": 1}, "unknown key 'comand'"),
        ({"command": "x", "variables": {"a": 1}}, "variables are names with texts"),
        ({"command": "x", "folder": "none"}, "there is no folder 'none'"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: dict, message: str) -> None:
    assert [problem.message for problem in TOOL.problems(options, place_of(tmp_path))] == [message]


def test_the_scripts_that_a_command_names_are_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "load.sh").write_text("echo hi")
    assert list(TOOL.fingerprint_files({"command": "sh load.sh --fast"}, place_of(tmp_path))) == [Path("load.sh")]
