"""``ssh``: a command on another machine, through the OpenSSH client of this one.

The command is detached there: a connection that is cut, or a coordinator that is killed, does not end it, and whoever looks
next finds it by the job's id. What needs to be known of a machine (name, user, keys, jumps) may stand in ``~/.ssh/config``.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from meshwright.diagnostics.nearest import known_names_hint
from meshwright.tools.processes import find_executable
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
from meshwright.tools.replies import short
from meshwright.tools.ssh_scripts import (
    LOG_BYTES,
    cancel_script,
    collect_script,
    find_script,
    poll_script,
    start_script,
    tail_script,
)

KEYS = (
    "host",
    "command",
    "user",
    "port",
    "identity",
    "known_hosts",
    "config",
    "folder",
    "variables",
    "connect_timeout",
)
#: What OpenSSH ends with where it could not connect, or lost the connection.
_NO_CONNECTION = 255
#: Words of the client for what trying again does not help.
_FINAL = (
    "Permission denied",
    "Host key verification failed",
    "Bad configuration",
    "REMOTE HOST IDENTIFICATION",
    "no such identity",
)
_FIXES = {
    "Host key verification failed": "connect once by hand and look at the key, or name a file of known keys: known_hosts: ...",
    "Permission denied": "name the key: identity: ...; passwords are not asked for",
}
_WHY = {
    3: "its folder could not be made below ~/.meshwright",
    4: "the folder is not there",
    5: "it did not start within 10 s",
}
_HOST = re.compile(r"[A-Za-z0-9_.:%\[\]][A-Za-z0-9_.:%\[\]-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PATIENCE_S = 20.0
_VALUE_BYTES = 64 * 1024
_LAST_LINES = 20


class Ssh:
    """Runs a command on another machine."""

    name = "ssh"
    traits = Traits(
        yields=Yields.NOTHING,
        effects=Effects.ISOLATED,
        poll_first_s=0.3,
        poll_longest_s=15.0,
        install="install the OpenSSH client, on Debian and Ubuntu: apt-get install openssh-client",
    )

    def problems(self, options: Mapping[str, Json], place: Place) -> Iterable[Problem]:
        """Check the options."""
        for name in options:
            if name not in KEYS:
                yield Problem(
                    path=(name,), message=f"unknown key '{name}'", fix=known_names_hint(name, KEYS, what="keys")
                )
        host = options.get("host")
        if host is None:
            yield Problem(message="no host is named", fix="write for example host: batch.example.org")
        elif not isinstance(host, str) or not ("${" in host or _HOST.fullmatch(host)):
            yield Problem(path=("host",), message=f"{host!r} is no name of a host", fix="write a user under user: ...")
        yield from _command_problems(options)
        port = options.get("port")
        if port is not None and not (isinstance(port, int) and 0 < port < 65536):
            yield Problem(path=("port",), message=f"{port!r} is no port")
        for name in ("user", "folder"):
            value = options.get(name, "x")
            if not isinstance(value, str) or not value or value.startswith("-"):
                yield Problem(path=(name,), message=f"{value!r} is no {name}")
        for name in ("identity", "known_hosts", "config"):
            value = options.get(name)
            if value is not None and not isinstance(value, str):
                yield Problem(path=(name,), message=f"{name} is the path of a file")
            elif isinstance(value, str) and "${" not in value and not _file(value, place).is_file():
                fix = "it is relative to the mesh, or begins with ~ or /"
                yield Problem(path=(name,), message=f"there is no file '{value}'", fix=fix)
        timeout = options.get("connect_timeout")
        if timeout is not None and not (isinstance(timeout, int) and 0 < timeout <= 15):
            yield Problem(path=("connect_timeout",), message="connect_timeout is a number of seconds, up to 15")
        if find_executable("ssh", place) is None:
            yield Problem(message="the program 'ssh' is not installed", fix=self.traits.install)

    def fingerprint_files(self, options: Mapping[str, Json], place: Place) -> Iterable[Path]:  # noqa: ARG002 - no files
        """Name none: what the command names is on another machine."""
        return ()

    def outline(self, options: Mapping[str, Json], place: Place) -> Outline:  # noqa: ARG002 - no datasets
        """Tell nothing: tables on another machine are not read."""
        return Outline()

    def start(self, job: Job) -> str:
        """Start the command there, unless it was started."""
        for problem in self.problems(job.options, job.place):
            where = ".".join(map(str, problem.path))
            message = f"{where}: {problem.message}" if where else problem.message
            raise ToolFailed(message, is_retryable=False, fix=problem.fix)
        command = job.options["command"]
        words = ["/bin/sh", "-c", command] if isinstance(command, str) else [str(word) for word in command]  # type: ignore[union-attr]
        script = start_script(job.id, words, folder=str(job.options.get("folder", "~")), variables=_variables(job))
        return _number(_asked(job, script))

    def find(self, job: Job) -> str | None:
        """Find the command by its folder there."""
        printed = _asked(job, find_script(job.id))
        return _number(printed) if printed.strip() else None

    def poll(self, job: Job, handle: str, cursor: str) -> Poll:  # noqa: ARG002 - the job's id says which
        """Look whether it has ended, and what it printed."""
        offset = int(cursor or 0)
        printed = _asked(job, poll_script(job.id, offset))
        state, _, rest = printed.partition(b"\n")
        size, _, data = rest.partition(b"\n")
        words = state.decode("utf-8", "replace").split()
        if (
            not words
            or words[0] not in {"none", "ended", "running", "gone"}
            or (words[0] != "none" and not size.strip().isdigit())
        ):
            raise ToolFailed(
                f"the other machine does not answer as a shell does: {short(repr(printed), 200)}", is_retryable=False
            )
        if words[0] == "none":
            return Poll(state=JobState.LOST, cursor=cursor, error="the other machine knows nothing of it any more")
        is_all = offset + len(data) >= int(size)
        lines, taken = _lines(data, is_over=words[0] != "running" and is_all)
        cursor = str(offset + taken)
        if words[0] == "running" or not is_all:
            return Poll(state=JobState.RUNNING, lines=lines, cursor=cursor)
        is_cancelled = words[-1] == "cancelled"
        if words[0] == "ended" and words[1] == "0":
            return Poll(state=JobState.SUCCEEDED, lines=lines, cursor=cursor)
        if words[0] == "ended":
            state_there = JobState.CANCELLED if is_cancelled else JobState.FAILED
            return Poll(state=state_there, lines=lines, cursor=cursor, error=_failure(job, int(words[1])))
        if is_cancelled:
            return Poll(state=JobState.CANCELLED, lines=lines, cursor=cursor, error="it was cancelled")
        error = "the command is gone, and did not say how it ended"
        return Poll(state=JobState.LOST, lines=lines, cursor=cursor, error=error)

    def collect(self, job: Job, handle: str) -> Outcome:  # noqa: ARG002 - the job's id says which
        """Take the values that it left in the file that MESHWRIGHT_VALUES names there."""
        printed = _asked(job, collect_script(job.id, _VALUE_BYTES + 1))
        if not printed:
            return Outcome()
        if len(printed) > _VALUE_BYTES:
            raise ToolFailed("the values it left are larger than 64 KB", is_retryable=False)
        try:
            values = json.loads(printed)
        except (ValueError, RecursionError) as error:
            raise ToolFailed(f"the values it left are not JSON: {error}", is_retryable=False) from error
        if not isinstance(values, dict):
            raise ToolFailed("the values it left are not a JSON object", is_retryable=False)
        return Outcome(values=values)

    def cancel(self, job: Job, handle: str) -> None:  # noqa: ARG002 - the job's id says which
        """End the command and what it started."""
        _asked(job, cancel_script(job.id))


def _asked(job: Job, script: str) -> bytes:
    """Run a script on the other machine and return what it printed. Raises ToolFailed."""
    program = find_executable("ssh", job.place)
    if program is None:
        raise ToolFailed("the program 'ssh' is not installed", is_retryable=False, fix=Ssh.traits.install)
    try:
        done = subprocess.run(
            [program, *_words(job.options, job.place), "exec /bin/sh -s"],
            input=script.encode(),
            capture_output=True,
            env=dict(job.place.variables),
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ToolFailed(f"{job.options['host']} did not answer within {_PATIENCE_S:g} s", is_retryable=True) from error
    if done.returncode == 0:
        return done.stdout
    said = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    if done.returncode == _NO_CONNECTION:
        message = short("; ".join(said[-3:])) or f"no connection to {job.options['host']}"
        final = next((words for words in _FINAL if words in message), None)
        raise ToolFailed(message, is_retryable=final is None, fix=_FIXES.get(final or ""))
    why = _WHY.get(done.returncode, f"the other machine's shell ended with status {done.returncode}")
    raise ToolFailed(short(": ".join([why, *said[-3:]])), is_retryable=done.returncode == 5)


def _words(options: Mapping[str, Json], place: Place) -> list[str]:
    """Return the arguments of the client. It asks nothing, and forwards nothing."""
    timeout = options.get("connect_timeout", 10)
    words = ["-T", "-x", "-a", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={timeout}", "-o", "ServerAliveInterval=5"]
    if options.get("config") is not None:
        words += ["-F", str(_file(str(options["config"]), place))]
    if options.get("identity") is not None:
        words += ["-i", str(_file(str(options["identity"]), place)), "-o", "IdentitiesOnly=yes"]
    if options.get("known_hosts") is not None:
        known = _file(str(options["known_hosts"]), place)
        words += [
            "-o",
            f'UserKnownHostsFile="{known}"',
            "-o",
            "GlobalKnownHostsFile=/dev/null",
            "-o",
            "StrictHostKeyChecking=yes",
        ]
    if options.get("user") is not None:
        words += ["-l", str(options["user"])]
    if options.get("port") is not None:
        words += ["-p", str(options["port"])]
    return [*words, "--", str(options["host"])]


def _variables(job: Job) -> dict[str, str]:
    given = job.options.get("variables", {})
    assert isinstance(given, Mapping)
    found = {str(name): str(value) for name, value in given.items()}
    found.update(
        (f"MESHWRIGHT_PARAM_{name.upper()}", value if isinstance(value, str) else json.dumps(value))
        for name, value in job.params.items()
    )
    return found


def _command_problems(options: Mapping[str, Json]) -> Iterable[Problem]:
    command = options.get("command")
    if command is None or command in ("", []):
        yield Problem(message="there is no command", fix="write for example command: ./load.sh")
    elif not isinstance(command, str) and not (
        isinstance(command, list | tuple) and all(isinstance(word, str) for word in command)
    ):
        yield Problem(path=("command",), message="a command is a text, or a list of texts")
    variables = options.get("variables", {})
    if not isinstance(variables, Mapping) or not all(isinstance(value, str) for value in variables.values()):
        yield Problem(path=("variables",), message="variables are names with texts")
        return
    for name in variables:
        if not _VARIABLE.fullmatch(name):
            yield Problem(path=("variables", name), message=f"'{name}' is no name of a variable")


def _file(path: str, place: Place) -> Path:
    return place.root / Path(path).expanduser()


def _number(printed: bytes) -> str:
    text = printed.decode("utf-8", "replace").strip()
    # What a login script prints stands before it.
    last = text.splitlines()[-1] if text else ""
    if not last.isdigit():
        raise ToolFailed(f"the other machine does not answer as a shell does: {short(text, 200)!r}", is_retryable=False)
    return last


def _lines(data: bytes, *, is_over: bool) -> tuple[tuple[str, ...], int]:
    """Return whole lines and the bytes that they take. One without an end is told when it is over, or too long to wait for."""
    end = data.rfind(b"\n") + 1
    whole = data if is_over or (not end and len(data) == LOG_BYTES) else data[:end]
    return tuple(whole.decode("utf-8", "replace").splitlines()), len(whole)


def _failure(job: Job, status: int) -> str:
    """Say how a command failed: its status, and the last that it printed."""
    how = f"the command ended with {f'signal {status - 128}' if status > 128 else f'status {status}'}"
    printed = _asked(job, tail_script(job.id)).decode("utf-8", "replace").splitlines()
    return "\n".join([how, *[line for line in printed if line.strip()][-_LAST_LINES:]])
