"""A real sshd on loopback for tests: an ordinary process on a high port, with keys of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(kw_only=True)
class Sshd:
    port: int
    folder: Path
    home: Path
    process: subprocess.Popen

    def options(self, **more: object) -> dict:
        return {
            "host": "127.0.0.1", "port": self.port, "user": getpass.getuser(), "identity": str(self.folder / "key"),
            "known_hosts": str(self.folder / "known_hosts"), **more,
        }  # fmt: skip

    def cut(self) -> None:
        """Cut every connection."""
        words = ["pgrep", "-P", str(self.process.pid)]
        for child in subprocess.run(words, capture_output=True, text=True, check=False).stdout.split():
            with suppress(ProcessLookupError):
                os.kill(int(child), 9)


def sshd_program() -> str | None:
    return shutil.which("sshd") or shutil.which("/usr/sbin/sshd")


@contextmanager
def running_sshd() -> Iterator[Sshd]:
    program = sshd_program()
    assert program is not None, "install it: scripts/install_ssh.sh"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for key in ("host_key", "key", "other_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
        (folder / "authorized_keys").write_text((folder / "key.pub").read_text())
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        host_key = " ".join((folder / "host_key.pub").read_text().split()[:2])
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}\n")
        (folder / "no_known_hosts").write_text("")
        home = folder / "home"
        home.mkdir()
        (folder / "sshd_config").write_text(
            f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\nPidFile {folder}/pid\n"
            f"AuthorizedKeysFile {folder}/authorized_keys\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
            f"PermitRootLogin prohibit-password\nSetEnv HOME={home}\nMaxStartups 100\n"
        )
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where sshd of Debian keeps its privileges apart
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([program, "-D", "-e", "-f", folder / "sshd_config"], stderr=log)
        try:
            until = time.monotonic() + 20
            while True:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < until, (folder / "log").read_text()
                time.sleep(0.05)
            yield Sshd(port=port, folder=folder, home=home, process=process)
        finally:
            process.terminate()
            process.wait()
