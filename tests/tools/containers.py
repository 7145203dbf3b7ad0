"""A real Podman for tests, with storage of its own and an image made on the spot; and Docker's client in front of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = Path(__file__).parents[2] / "scripts" / "install_podman.sh"
IMAGE = "localhost/meshwright-test:1"


@dataclass(kw_only=True)
class Engine:
    """A folder with programs called ``podman`` and, where Docker's client is installed, ``docker``."""

    programs: Path
    has_docker: bool

    @property
    def path(self) -> str:
        return f"{self.programs}{os.pathsep}{os.environ['PATH']}"

    def podman(self, *words: str) -> str:
        done = subprocess.run([self.programs / "podman", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def why_no_containers(engine: Engine) -> str | None:
    """Say why this machine cannot run containers: inside of another container it may not."""
    words = [engine.programs / "podman", "run", "--rm", "--network", "none", IMAGE, "true"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


@contextmanager
def running_engine() -> Iterator[Engine]:
    subprocess.run([_SCRIPT], check=True)
    podman = shutil.which("podman")
    docker = shutil.which("docker")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        programs = folder / "programs"
        programs.mkdir()
        # No larger limits than this process has itself: another container's root may not raise them.
        (folder / "containers.conf").write_text(
            '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n'
            '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        )
        wrapped = f'exec {podman} --root {folder}/store --runroot {folder}/run --tmpdir {folder}/tmp "$@"'
        (programs / "podman").write_text(f"#!/bin/sh\nexport CONTAINERS_CONF={folder}/containers.conf\n{wrapped}\n")
        (programs / "podman").chmod(0o755)
        engine = Engine(programs=programs, has_docker=docker is not None)
        _import_image(engine, folder)
        service = None
        if docker is not None:
            socket = folder / "docker.sock"
            service = subprocess.Popen(
                [programs / "podman", "system", "service", "--time", "0", f"unix://{socket}"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            (programs / "docker").write_text(f'#!/bin/sh\nDOCKER_HOST=unix://{socket} exec {docker} "$@"\n')
            (programs / "docker").chmod(0o755)
            until = time.monotonic() + 20
            while not socket.exists():
                assert time.monotonic() < until, "podman's service did not start"
                time.sleep(0.05)
        try:
            yield engine
        finally:
            subprocess.run(
                [programs / "podman", "rm", "--all", "--force", "--time", "0"], capture_output=True, check=False
            )
            if service is not None:
                service.terminate()
                service.wait()
            subprocess.run([programs / "podman", "system", "reset", "--force"], capture_output=True, check=False)


def _import_image(engine: Engine, folder: Path) -> None:
    """Make an image of one static program."""
    busybox = shutil.which("busybox")
    assert busybox is not None
    names = ["sh", "echo", "sleep", "cat", "seq", "env", "id", "true", "false", "touch", "printf", "pwd", "ls", "wc"]
    with tarfile.open(folder / "image.tar", "w") as tar:
        tar.add(busybox, "bin/busybox")
        for name in names:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        tmp = tarfile.TarInfo("tmp")
        tmp.type, tmp.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(tmp)
    engine.podman("import", str(folder / "image.tar"), IMAGE)
