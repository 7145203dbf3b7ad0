"""Commands on another machine, through a real sshd on loopback: detached, started once, found after a cut connection."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshwright.tools.protocol import JobState, ToolFailed
from meshwright.tools.ssh import Ssh
from tests.tools.driving import drive, follow, job_of, place_of
from tests.tools.sshd import Sshd, running_sshd

TOOL = Ssh()
tools = pytest.mark.tools


@pytest.fixture(scope="module")
def sshd() -> Iterator[Sshd]:
    subprocess.run([Path(__file__).parents[2] / "scripts" / "install_ssh.sh"], check=True)
    with running_sshd() as found:
        yield found


def waited_for(path: Path) -> None:
    until = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.02)


@tools
def test_what_a_command_prints_and_leaves_is_taken(tmp_path: Path, sshd: Sshd) -> None:
    command = 'echo one; echo "two $MESHWRIGHT_PARAM_DAY $TOKEN" >&2; pwd; echo \'{"rows": 3}\' > "$MESHWRIGHT_VALUES"'
    (sshd.home / "in 'it").mkdir(exist_ok=True)
    options = sshd.options(command=command, variables={"TOKEN": 'it\'s $x `y`\n"z"'}, folder="~/in 'it")
    driven = drive(TOOL, job_of(tmp_path, options, params={"day": 7}))
    assert driven.state is JobState.SUCCEEDED
    assert driven.lines == ["one", "two 7 it's $x `y`", '"z"', f"{sshd.home}/in 'it"]
    assert driven.outcome is not None
    assert driven.outcome.values == {"rows": 3}


@tools
def test_words_reach_the_program_as_they_are(tmp_path: Path, sshd: Sshd) -> None:
    driven = drive(TOOL, job_of(tmp_path, sshd.options(command=["printf", "%s|", "a b", "$HOME", "it's", "", "*"])))
    assert driven.lines == ["a b|$HOME|it's||*|"]


@tools
def test_a_failure_is_told_in_the_words_of_the_program(tmp_path: Path, sshd: Sshd) -> None:
    driven = drive(TOOL, job_of(tmp_path, sshd.options(command="echo no such table >&2; exit 3")))
    assert (driven.state, driven.error) == (JobState.FAILED, "the command ended with status 3\nno such table")


@tools
def test_a_command_is_started_once_however_often(tmp_path: Path, sshd: Sshd) -> None:
    job = job_of(tmp_path, sshd.options(command=f"echo ran >> {tmp_path}/ran; sleep 0.3"))
    handles: set[str] = set()
    starts = [threading.Thread(target=lambda: handles.add(TOOL.start(job))) for _ in range(4)]
    for each in starts:
        each.start()
    for each in starts:
        each.join()
    assert len(handles) == 1
    assert follow(TOOL, job, handles.pop()).state is JobState.SUCCEEDED
    assert TOOL.find(job) == TOOL.start(job)
    assert (tmp_path / "ran").read_text() == "ran\n"


@tools
@pytest.mark.parametrize("moment", ["asked", "started"])
def test_a_command_outlives_whoever_started_it_and_its_connection(tmp_path: Path, sshd: Sshd, moment: str) -> None:
    options = sshd.options(command=f"echo ran >> {tmp_path}/ran; sleep 1; echo done")
    code = textwrap.dedent(
        f"""
        import os, pathlib, signal, subprocess
        from tests.tools.driving import job_of
        from meshwright.tools.ssh import Ssh
        run = subprocess.run
        def killed(words, **more):
            if b"setsid" in more["input"] and {moment!r} == "asked":
                client = subprocess.Popen(words, stdin=subprocess.PIPE, env=more["env"])
                client.stdin.write(more["input"][:-30])  # a part of the script, then the end
                client.stdin.flush()
                os.kill(os.getpid(), signal.SIGKILL)
            return run(words, **more)
        subprocess.run = killed
        Ssh().start(job_of(pathlib.Path({str(tmp_path)!r}), {options!r}))
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False, capture_output=True)
    assert done.returncode == -9
    sshd.cut()
    job = job_of(tmp_path, options)
    assert (TOOL.find(job) is not None) is (moment == "started")
    driven = drive(TOOL, job)
    assert (driven.state, driven.lines) == (JobState.SUCCEEDED, ["done"])
    assert (tmp_path / "ran").read_text() == "ran\n"


@tools
def test_a_cancelled_command_ends_with_what_it_started(tmp_path: Path, sshd: Sshd) -> None:
    job = job_of(tmp_path, sshd.options(command=f"sleep 61 & echo $! > {tmp_path}/inner; wait"))
    handle = TOOL.start(job)
    waited_for(tmp_path / "inner")
    TOOL.cancel(job, handle)
    TOOL.cancel(job, handle)
    driven = follow(TOOL, job, handle)
    assert driven.state is JobState.CANCELLED
    assert str(driven.error).startswith("the command ended with signal 15")
    inner = Path("/proc") / (tmp_path / "inner").read_text().strip() / "stat"
    until = time.monotonic() + 10
    while inner.exists() and ") Z " not in inner.read_text():
        assert time.monotonic() < until
        time.sleep(0.02)


@tools
def test_a_command_that_does_not_listen_is_ended_all_the_same(tmp_path: Path, sshd: Sshd) -> None:
    job = job_of(tmp_path, sshd.options(command=f"trap '' TERM; touch {tmp_path}/up; while :; do sleep 1; done"))
    handle = TOOL.start(job)
    waited_for(tmp_path / "up")
    TOOL.cancel(job, handle)
    driven = follow(TOOL, job, handle)
    assert (driven.state, driven.error) == (JobState.CANCELLED, "the command ended with signal 9")


@tools
def test_a_command_that_is_gone_without_a_word_is_lost(tmp_path: Path, sshd: Sshd) -> None:
    job = job_of(tmp_path, sshd.options(command="sleep 61"))
    handle = TOOL.start(job)
    os.killpg(int(handle), 9)
    assert follow(TOOL, job, handle).state is JobState.LOST


@tools
def test_a_machine_that_lost_its_memory_of_a_job_says_so(tmp_path: Path, sshd: Sshd) -> None:
    job = job_of(tmp_path, sshd.options(command="true"))
    handle = TOOL.start(job)
    follow(TOOL, job, handle)
    shutil.rmtree(sshd.home / ".meshwright" / "jobs" / job.id)
    assert TOOL.poll(job, handle, "").state is JobState.LOST
    assert TOOL.find(job) is None


@tools
def test_long_logs_come_whole_and_in_order(tmp_path: Path, sshd: Sshd) -> None:
    driven = drive(TOOL, job_of(tmp_path, sshd.options(command="seq 1 100000; printf end")))
    assert driven.lines == [*(str(number) for number in range(1, 100001)), "end"]


@tools
def test_a_secret_stands_in_no_file_and_no_list_of_processes(tmp_path: Path, sshd: Sshd) -> None:
    options = sshd.options(command='ps -eo args; test -n "$TOKEN"', variables={"TOKEN": "c4nary"})
    driven = drive(TOOL, job_of(tmp_path, options))
    assert driven.state is JobState.SUCCEEDED
    assert not any("c4nary" in line for line in driven.lines)
    assert not [path for path in sshd.home.rglob("*") if path.is_file() and b"c4nary" in path.read_bytes()]


@tools
def test_a_folder_that_is_not_there_is_told(tmp_path: Path, sshd: Sshd) -> None:
    with pytest.raises(ToolFailed, match="the folder is not there") as caught:
        TOOL.start(job_of(tmp_path, sshd.options(command="true", folder="/none/there")))
    assert not caught.value.is_retryable


@tools
def test_another_key_is_refused_for_good(tmp_path: Path, sshd: Sshd) -> None:
    options = sshd.options(command="true") | {"identity": str(sshd.folder / "other_key")}
    with pytest.raises(ToolFailed, match="Permission denied") as caught:
        TOOL.start(job_of(tmp_path, options))
    assert (caught.value.is_retryable, caught.value.fix) == (
        False,
        "name the key: identity: ...; passwords are not asked for",
    )


@tools
def test_a_machine_that_is_not_known_is_not_trusted(tmp_path: Path, sshd: Sshd) -> None:
    options = sshd.options(command="true") | {"known_hosts": str(sshd.folder / "no_known_hosts")}
    with pytest.raises(ToolFailed, match="Host key verification failed") as caught:
        TOOL.start(job_of(tmp_path, options))
    assert not caught.value.is_retryable


@tools
def test_a_machine_that_is_not_there_can_be_tried_again(tmp_path: Path, sshd: Sshd) -> None:
    for host, port in (("127.0.0.1", 1), ("no-such-host.invalid", 22)):
        with pytest.raises(ToolFailed, match="Connection refused|not resolve|Name or service") as caught:  # noqa: RUF043
            TOOL.start(job_of(tmp_path, sshd.options(command="true") | {"host": host, "port": port}))
        assert caught.value.is_retryable


def fake_client(folder: Path, script: str) -> Path:
    (folder / "ssh").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "ssh").chmod(0o755)
    return folder


@pytest.mark.parametrize("printed", ["", "Welcome!", "running", "running x", "ended"])
def test_another_answer_than_a_shells_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str) -> None:
    monkeypatch.setenv("PATH", str(fake_client(tmp_path, f"cat > /dev/null; echo '{printed}'")), prepend=":")
    with pytest.raises(ToolFailed, match="does not answer as a shell does"):
        TOOL.poll(job_of(tmp_path, {"host": "h", "command": "x"}), "1", "")


def test_the_client_is_given_the_options_and_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fake client: what a real one makes of its arguments is shown by the other tests."""
    monkeypatch.setenv(
        "PATH", str(fake_client(tmp_path, f"printf '%s\\n' \"$@\" > {tmp_path}/words; cat > /dev/null")), prepend=":"
    )
    for name in ("key", "config", "known"):
        (tmp_path / name).touch()
    options = {
        "host": "h", "user": "ana", "port": 2222, "identity": "key", "config": "config", "known_hosts": "known",
        "connect_timeout": 3, "command": "x",
    }  # fmt: skip
    assert TOOL.find(job_of(tmp_path, options)) is None
    assert (tmp_path / "words").read_text().splitlines() == [
        "-T", "-x", "-a", "-o", "BatchMode=yes", "-o", "ConnectTimeout=3", "-o", "ServerAliveInterval=5",
        "-F", f"{tmp_path}/config", "-i", f"{tmp_path}/key", "-o", "IdentitiesOnly=yes", "-o",
        f'UserKnownHostsFile="{tmp_path}/known"',
        "-o", "GlobalKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=yes", "-l", "ana", "-p", "2222", "--", "h",
        "exec /bin/sh -s",
    ]  # fmt: skip


def test_a_client_that_is_not_installed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (problem,) = TOOL.problems({"host": "h", "command": "x"}, place_of(tmp_path))
    assert (problem.message, problem.fix) == ("the program 'ssh' is not installed", TOOL.traits.install)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"command": "x"}, "no host is named"),
        ({"host": "-oProxyCommand=evil", "command": "x"}, "'-oProxyCommand=evil' is no name of a host"),
        ({"host": "ana@h", "command": "x"}, "'ana@h' is no name of a host"),
        ({"host": "h"}, "there is no command"),
        ({"host": "h", "command": 1}, "a command is a text, or a list of texts"),
        ({"host": "h", "command": "x", "prot": 1}, "unknown key 'prot'"),
        ({"host": "h", "command": "x", "port": 0}, "0 is no port"),
        ({"host": "h", "command": "x", "user": "-x"}, "'-x' is no user"),
        ({"host": "h", "command": "x", "identity": "none"}, "there is no file 'none'"),
        ({"host": "h", "command": "x", "variables": {"a b": "1"}}, "'a b' is no name of a variable"),
        ({"host": "h", "command": "x", "variables": {"A": 1}}, "variables are names with texts"),
        ({"host": "h", "command": "x", "connect_timeout": 60}, "connect_timeout is a number of seconds, up to 15"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: dict, message: str) -> None:
    assert [problem.message for problem in TOOL.problems(options, place_of(tmp_path))] == [message]
