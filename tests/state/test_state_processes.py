"""Several processes on one database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from state_samples import NOW, make_publication, standing, take

from meshwright.state.database import open_state

PROCESSES = 3
_PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from state_samples import NOW, make_publication, take
from meshwright.state.database import open_state
from meshwright.state.errors import Conflict

state = open_state(sys.argv[4], root=Path(sys.argv[2]))
name = sys.argv[3]
lease = take(state, f"run:{name}")
print("ready", flush=True)
sys.stdin.readline()
for step in range(10):
    before = str(step - 1) if step else None
    moves = {f"d.{name}.{i}": str(step) for i in range(5)}
    state.writer.publish(make_publication(lease, moves, dict.fromkeys(moves, before)), NOW)
won = 0
for step in range(10):
    try:
        state.writer.publish(make_publication(lease, {f"shared.{step}": name}, {f"shared.{step}": None}), NOW)
        won += 1
    except Conflict as conflict:
        assert conflict.objects == (f"shared.{step}",)
state.close()
print(won)
"""


def test_processes_publish_their_own_products_and_exactly_one_wins_each_shared_one(
    tmp_path: Path, shared_url: str
) -> None:
    state = open_state(shared_url, root=tmp_path)
    state.writer.publish(make_publication(take(state), {"base": "1"}, {}), NOW)
    command = [sys.executable, "-c", _PROGRAM, str(Path(__file__).parent), str(tmp_path)]
    started = [
        subprocess.Popen([*command, f"p{i}", shared_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for i in range(PROCESSES)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0] * PROCESSES
    assert sum(map(int, outputs)) == 10
    own = {f"d.p{worker}.{i}": "9" for worker in range(PROCESSES) for i in range(5)}
    found = standing(state)
    assert {name: revision for name, revision in found.items() if name.startswith("d.")} == own
    assert sum(name.startswith("shared.") for name in found) == 10
    assert state.reader.generation("prod") == 1 + 10 * PROCESSES + 10
    state.close()
