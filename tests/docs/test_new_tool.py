"""The how-to for tools of one's own: its package is built, installed into an environment of its own, and drives a real server."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import meshwright
from meshwright.tools.protocol import JobState, ToolFailed
from tests.docs.pages import ROOT, Example, placed_examples
from tests.meshes import write_file
from tests.tools.driving import follow, job_of
from tests.tools.web import Asked, running_web

PAGE = (ROOT / "docs" / "how-to" / "new-tool.md").read_text("utf-8")
FILES: dict[str, Example] = {example.path: example for example in placed_examples(PAGE) if example.path is not None}


@dataclass(kw_only=True)
class BatchServer:
    """The server that the how-to speaks of. A job is queued, then runs, then is done."""

    jobs: dict[str, dict] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)

    def answer(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        job = asked.path.removeprefix("/jobs/")
        self.tokens.add(asked.headers["authorization"])
        if asked.method == "PUT":
            self.jobs.setdefault(job, asked.json)  # type: ignore[arg-type]
            return 200, {}, b"{}"
        if job not in self.jobs:
            return 404, {}, b""
        look = self.looks[job] = self.looks.get(job, 0) + 1
        state = ("queued", "queued", "running", "done")[min(look, 4) - 1]
        log = ["taken", "loading", "loaded"][: max(0, look - 1)]
        return 200, {}, json.dumps({"state": state, "log": log, "result": {"loaded": 42}}).encode()


def test_the_class_is_small() -> None:
    assert FILES["meshwright_batch.py"].text.count("\n") <= 60


@pytest.mark.slow
def test_the_tool_of_the_how_to_works_as_it_says(tmp_path: Path) -> None:
    package, mesh, home = tmp_path / "package", tmp_path / "mesh", tmp_path / "venv"
    for name in ("meshwright_batch.py", "pyproject.toml"):
        write_file(package, name, FILES[name].text)
    for name in ("mesh.yaml", "domains/ops/flights/pipeline.yaml"):
        write_file(mesh, name, FILES[name].text)
    write_file(mesh, "domains/ops/domain.yaml", "name: ops\npurpose: Trying.\nowners: [team:ops]\n")
    write_file(mesh, "domains/ops/flights/models/departures.sql", "select 1 as a")
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    (folder,) = (home / "lib").glob("python*/site-packages")
    # In the place of `pip install meshwright`: the one under test, with what it needs.
    paths = [*site.getsitepackages(), str(Path(meshwright.__file__).parents[1])]
    (folder / "meshwright_under_test.pth").write_text("".join(f"{path}\n" for path in paths))
    python = home / "bin" / "python"
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", package], capture_output=True, text=True, check=False
    )
    assert installed.returncode == 0, installed.stderr
    server = BatchServer()
    with running_web() as web:
        web.answer = server.answer
        variables = os.environ | {"BATCH_URL": web.url, "BATCH_TOKEN": "t0ken-of-a-test"}

        def mw(*words: str) -> subprocess.CompletedProcess[str]:
            command = [python, "-m", "meshwright", "-C", mesh, *words]
            return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)

        done = mw("run", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads(done.stdout)["state"] == "succeeded"
        (started,) = server.jobs.values()
        assert started["job"] == "nightly"
        assert server.tokens == {"Bearer t0ken-of-a-test"}
        log = mw("runs", "logs").stdout
        assert [log.count(line) for line in ("taken", "loading", "loaded\n", "loaded 42 rows")] == [1, 1, 1, 1], log
        assert mw("run").returncode == 0
        assert len(server.jobs) == 1

        write_file(mesh, "domains/ops/flights/pipeline.yaml", "nodes:\n  load: {batch: {jobb: nightly}}\n")
        wrong = mw("check")
        assert wrong.returncode == 2
        assert "pipeline.yaml:2:24 unknown key 'jobb'" in wrong.stdout
        assert "pipeline.yaml:2:17 there is no job" in wrong.stdout


def test_the_program_of_the_how_to_is_started_found_and_read(tmp_path: Path) -> None:
    space: dict[str, type] = {}
    exec(compile(FILES["meshwright_report.py"].text, "meshwright_report.py", "exec"), space)  # the page's own text
    tool = space["Report"]()
    program = tmp_path / "bin/our-reports"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho making $1\necho \'{"pages": 3}\' > "$3"\n')
    program.chmod(0o755)
    job = job_of(tmp_path, {"name": "monthly", "bin": "bin"})
    assert list(tool.problems(job.options, job.place)) == []
    assert tool.find(job) is None
    handle = tool.start(job)
    poll = follow(tool, job, handle)
    assert (poll.state, tool.find(job)) == (JobState.SUCCEEDED, handle)
    assert tool.collect(job, handle).values == {"pages": 3}
    with pytest.raises(ToolFailed) as missing:
        tool.start(job_of(tmp_path, {"name": "monthly", "bin": "nowhere"}, job_id="another"))
    assert missing.value.fix == "pip install our-reports"
