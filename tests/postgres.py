"""A throw-away PostgreSQL server for tests: real binaries, its own data folder, a socket and a free port of loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

#: Set by `make test`: no server is then a failure and not a reason to skip.
REQUIRED = "MESHWRIGHT_TEST_POSTGRESQL"
#: The server refuses to run as root; Debian's package makes the first of these users.
_SERVER_USERS = ("postgres", "nobody")
_SUPERUSER = "meshwright"
#: As fast as it goes: a crash of the machine may lose what tests wrote.
_SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=200", "deadlock_timeout=200ms")
#: Names in this order compare differently from their bytes: what relies on order must say which.
_LOCALES = (("--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8"), ("--locale=C.UTF-8",))


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def url(self, schema: str | None = None, database: str = "postgres") -> str:
        """Address by the socket; each schema is a state of its own."""
        options = f"&options=-csearch_path%3D{schema}" if schema else ""
        return f"postgresql+psycopg://{_SUPERUSER}@/{database}?host={self.folder}&port={self.port}{options}"

    def loopback_url(self, user: str, password: str, database: str = "postgres") -> str:
        """Address by the network, where a password is asked for."""
        return f"postgresql+psycopg://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run statements outside of transactions, and return the rows of the last one."""
        import psycopg

        where = {"host": str(self.folder), "port": self.port, "user": _SUPERUSER, "dbname": database}
        with closing(psycopg.connect(**where, autocommit=True)) as connection:  # type: ignore[arg-type]
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def stop(self) -> None:
        """Stop it the fast way: open sessions are ended."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)

    def new_schema(self) -> str:
        """Make an empty schema and return its name."""
        [(number,)] = self.execute("create sequence if not exists numbers", "select nextval('numbers')")
        self.execute(f"create schema s{number}")
        return f"s{number}"


def find_binaries() -> Path | None:
    """Return the folder of `initdb` and `postgres`, the newest there is; None where PostgreSQL is not installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = str(debian[-1]) if debian else shutil.which("initdb")
    folder = Path(found).resolve().parent if found else None
    return folder if folder and (folder / "postgres").exists() else None


def require_binaries() -> Path:
    """Return the folder of the binaries; without them skip the test, or fail it where they were asked for."""
    binaries = find_binaries()
    if binaries is None and os.environ.get(REQUIRED):
        pytest.fail("no PostgreSQL server is installed: run scripts/install_postgresql.sh")
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed (scripts/install_postgresql.sh installs one)")
    return binaries


@contextmanager
def running_server() -> Iterator[Server]:
    """Make a cluster in a folder of its own, start it, and remove everything at the end."""
    binaries = require_binaries()
    folder = Path(tempfile.mkdtemp(prefix="mw-pg-", dir="/tmp"))  # short: the socket's path has a limit of 107 bytes
    try:
        user = _server_user()
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        folder.chmod(0o755)
        _make_cluster(binaries, folder / "data")
        with start(binaries, folder, _free_port()) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def start(binaries: Path, folder: Path, port: int) -> Iterator[Server]:
    """Start the cluster in `folder` and stop it at the end."""
    settings = (*_SETTINGS, f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}")
    words = [str(binaries / "postgres"), "-D", str(folder / "data"), *(f"-c{setting}" for setting in settings)]
    log = (folder / "log").open("ab")
    with log, subprocess.Popen(words, stdout=log, stderr=log, user=_server_user(), cwd="/") as process:
        server = Server(folder=folder, port=port, process=process)
        try:
            _wait_for(server, process)
            yield server
        finally:
            if process.poll() is None:
                server.stop()


def _make_cluster(binaries: Path, data: Path) -> None:
    for locale in _LOCALES:
        words = [binaries / "initdb", "-D", data, "-U", _SUPERUSER, "-E", "UTF8", "--no-sync", *locale]
        words += ["--auth-local=trust", "--auth-host=scram-sha-256"]
        made = subprocess.run(words, user=_server_user(), cwd="/", capture_output=True, text=True, check=False)
        if made.returncode == 0:
            return
        shutil.rmtree(data, ignore_errors=True)
    pytest.fail(f"initdb failed: {made.stderr}")


def _server_user() -> str | None:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(user for user in _SERVER_USERS if user in known) if os.geteuid() == 0 else None


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    import psycopg

    for _ in range(300):
        try:
            server.execute("select 1")
        except psycopg.OperationalError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the PostgreSQL server did not start: {(server.folder / 'log').read_text()[-2000:]}")
