"""The launcher: runs forked from it are as runs started plainly, its death costs nothing, and no child inherits anything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from meshwright.app import launching_warmth
from meshwright.app.judged import JUDGED_SNAPSHOT
from meshwright.app.launching import Command, ForkedProcess, Launch, Launcher, RunProcess, launch_plainly
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.processes import is_gone
from meshwright.app.workspace import Workspace
from meshwright.files import decoded
from meshwright.files.remembered import MESH_SNAPSHOT
from tests.meshes import write_file, write_mesh


def eventually(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Launcher]:
    """A launcher of a mesh at `tmp_path`, ready."""
    write_mesh(tmp_path)
    with closing(Launcher(tmp_path, tmp_path / ".meshwright/worker", lambda _: None)) as found:
        assert found.await_ready(120)
        yield found


def start(launch: Launch, root: Path, *words: str, variables: dict[str, str] | None = None) -> RunProcess:
    with (root / "out").open("wb") as out, (root / "err").open("wb") as err:
        command = Command(
            words=["-C", str(root), *words], folder=root, out=out, err=err, variables=variables or {}, name="mw test"
        )
        return launch(command)


def test_a_forked_run_is_as_one_that_was_started_plainly(launcher: Launcher, tmp_path: Path) -> None:
    answers = []
    for launch in (launcher.launch, launch_plainly):
        process = start(launch, tmp_path, "run", "--quiet", "--json", "--refresh")
        process.wait()
        answers.append((process.status(), json.loads((tmp_path / "out").read_text()), (tmp_path / "err").read_text()))
    (status, forked, errors), (_, plain, _) = answers
    assert (status, errors) == (0, "")
    assert forked.keys() == plain.keys()
    assert forked["state"] == plain["state"] == "succeeded"


def test_a_forked_run_that_fails_says_how(launcher: Launcher, tmp_path: Path) -> None:
    process = start(launcher.launch, tmp_path, "run", "sales.ordres", "--quiet", "--json")
    process.wait()
    assert process.status() == 2
    assert json.loads((tmp_path / "out").read_text())["error"]["code"] == "MW-G201"


#: Says, as a run that waits, what its process has.
SPY = """
import json
import os
import signal
from pathlib import Path


def build(place: str) -> None:
    parent = os.getppid()
    while True:  # up to the run's own process, past those that the node runs in
        name = Path(f"/proc/{parent}/comm").read_text().strip()
        if name.startswith("mw "):
            break
        parent = int(Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[1])
        assert parent > 1
    files = sorted(os.readlink(each) for each in Path(f"/proc/{parent}/fd").iterdir() if each.exists() or True)
    told = {"name": name, "files": files, "session": os.getsid(parent), "pid": parent}
    told["variables"] = Path(f"/proc/{parent}/environ").read_text().split(chr(0))
    Path(place).write_text(json.dumps(told))
"""


def test_a_forked_run_has_a_session_and_files_of_its_own(launcher: Launcher, tmp_path: Path) -> None:
    write_file(tmp_path, "domains/sales/spy/spy.py", SPY)
    pipeline = 'params: {place: {type: string, default: x}}\nnodes: {spy: {python: "spy.py:build", as: none}}\n'
    write_file(tmp_path, "domains/sales/spy/pipeline.yaml", pipeline)
    process = start(
        launcher.launch, tmp_path, "run", "sales.spy", "--quiet", "--json", "--param", f"place={tmp_path}/told"
    )
    assert isinstance(process, ForkedProcess)
    process.wait()
    assert process.status() == 0, (tmp_path / "out").read_text()
    told = json.loads((tmp_path / "told").read_text())
    assert told["session"] == told["pid"] == json.loads(process.holder)["pid"]
    pipe_of_launcher = {str(each.readlink()) for each in Path(f"/proc/{launcher.pid}/fd").iterdir()}
    kept = {each for each in told["files"] if each.startswith("socket:")} & pipe_of_launcher
    assert not kept, "a socket of the launcher was inherited"
    assert {str(tmp_path / "out"), str(tmp_path / "err"), "/dev/null"} <= set(told["files"])


def test_the_launcher_has_one_thread_and_no_file_of_the_mesh(launcher: Launcher, tmp_path: Path) -> None:
    start(launcher.launch, tmp_path, "run", "--quiet", "--json").wait()
    assert len(list(Path(f"/proc/{launcher.pid}/task").iterdir())) == 1
    files = [str(each.readlink()) for each in Path(f"/proc/{launcher.pid}/fd").iterdir()]
    assert not [each for each in files if each.endswith((".db", "-wal", "-shm"))]


def test_runs_outlive_the_launcher_and_the_next_one_starts_others(launcher: Launcher, tmp_path: Path) -> None:
    write_file(tmp_path, "domains/sales/slow/slow.py", _SLOW)
    pipeline = 'params: {place: {type: string, default: x}}\nnodes: {slow: {python: "slow.py:build", as: none}}\n'
    write_file(tmp_path, "domains/sales/slow/pipeline.yaml", pipeline)
    gate = tmp_path / "gate"
    process = start(launcher.launch, tmp_path, "run", "sales.slow", "--quiet", "--json", "--param", f"place={gate}")
    eventually((tmp_path / "gate.begun").exists)
    before = launcher.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    eventually(lambda: launcher.is_ready and launcher.pid not in {None, before})
    assert not process.has_ended()
    gate.touch()
    process.wait()
    assert process.has_ended()
    assert is_gone(process.holder)
    assert process.status() is None, "nobody is left to tell it"
    assert json.loads((tmp_path / "out").read_text())["state"] == "succeeded"
    again = start(launcher.launch, tmp_path, "run", "sales.orders", "--quiet", "--json")
    again.wait()
    assert again.status() == 0


_SLOW = """
import os
import time


def build(place: str) -> None:
    open(place + ".begun", "w").close()
    while not os.path.exists(place):
        time.sleep(0.05)
"""


def test_a_run_is_started_plainly_where_there_is_no_launcher(tmp_path: Path) -> None:
    write_mesh(tmp_path)
    launcher = Launcher(tmp_path, tmp_path / ".meshwright/worker", lambda _: None)
    launcher.close()
    process = start(launcher.launch, tmp_path, "run", "sales.orders", "--quiet", "--json")
    process.wait()
    assert process.status() == 0


def test_the_launcher_ends_with_who_started_it(tmp_path: Path) -> None:
    write_mesh(tmp_path)
    program = (
        "import sys, time; from pathlib import Path; from meshwright.app.launching import Launcher; "
        f"root = Path({str(tmp_path)!r}); launcher = Launcher(root, root / 'w', print); "
        "assert launcher.await_ready(120); print(launcher.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    eventually(lambda: not Path(f"/proc/{pid}").exists() or " Z " in Path(f"/proc/{pid}/stat").read_text())


def test_a_run_imports_nothing_that_the_launcher_has_not(tmp_path: Path) -> None:
    """What is imported after the fork is imported by every run anew."""
    write_mesh(tmp_path)
    program = (
        "import sys, io, contextlib; from meshwright.faces.cli import launcher; launcher.warm_up(); before = set(sys.modules)\n"
        "from meshwright.faces.cli.main import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    status = main(['-C', {str(tmp_path)!r}, 'run', '--quiet', '--json'])\n"
        "print(sorted(set(sys.modules) - before)); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_large_mesh_is_not_held_by_the_launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_mesh(tmp_path)
    loaded: list[str] = []

    def counted(workspace: Workspace, environment: str) -> AbstractContextManager[OpenedMesh]:
        loaded.append(environment)
        return open_mesh(workspace, environment)

    monkeypatch.setattr(launching_warmth, "open_mesh", counted)
    assert launching_warmth.warm_mesh(tmp_path), "a small one is"
    monkeypatch.setattr(decoded, "MOST_BYTES", 10)
    assert launching_warmth.warm_mesh(tmp_path)
    assert loaded == ["prod"], "its size is known without loading it"
    (tmp_path / ".meshwright" / MESH_SNAPSHOT).unlink()
    (tmp_path / ".meshwright" / JUDGED_SNAPSHOT).unlink()
    assert not launching_warmth.warm_mesh(tmp_path), "it was loaded to learn how large it is"
    assert loaded == ["prod", "prod"]
