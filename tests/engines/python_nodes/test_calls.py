"""What a node's function is given, what it may return, and what is said of everything else."""

# One case a line, however long: a table is read by columns.
# ruff: noqa: E501

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from meshwright.diagnostics import InputError, InterruptedRun, MeshwrightError, WorldError
from meshwright.engines.python.workers import PythonWorkers
from meshwright.model import Frame
from tests.engines.python_nodes.conftest import MAIN, Caller

ROWS = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": None, "b": "z"}]

FRAMES = {
    Frame.ARROW: "pyarrow.lib.Table",
    Frame.BATCHES: "pyarrow.lib.RecordBatchReader",
    Frame.DUCKDB: "DuckDBPyRelation",
    Frame.POLARS: "polars.dataframe.frame.DataFrame",
    Frame.POLARS_LAZY: "polars.lazyframe.frame.LazyFrame",
    Frame.PANDAS: "DataFrame",
}


@pytest.mark.parametrize("frame", list(Frame))
def test_an_input_comes_in_the_frame_asked_for_and_may_be_returned_as_it_is(call: Caller, frame: Frame) -> None:
    table = call("def build(x):\n    print(type(x).__module__ + '.' + type(x).__name__)\n    return x\n", frame)
    assert table.to_pylist() == ROWS
    assert str(table.schema.field("a").type) == "int32", "a missing value must change no type"
    assert any(FRAMES[frame] in text for _, text in call.log)


@pytest.mark.parametrize(
    "code",
    [
        "import pyarrow as pa\ndef build():\n    return pa.record_batch({'a': [1]})\n",
        "import pyarrow as pa\ndef build():\n    yield pa.table({'a': pa.array([], pa.int64())})\n    yield pa.record_batch({'a': [1]})\n",
        "import pyarrow as pa\ndef build():\n    return [pa.table({'a': [1]})]\n",
        "import pyarrow as pa\ndef build():\n    t = pa.table({'a': [1]})\n    return pa.RecordBatchReader.from_batches(t.schema, t.to_batches())\n",
        "import duckdb\ndef build():\n    return duckdb.sql('select 1::bigint a')\n",
        "import polars as pl\ndef build():\n    yield pl.DataFrame({'a': [1]})\n",
        "import polars as pl\ndef build():\n    return pl.LazyFrame({'a': [1]})\n",
        "import pandas as pd\ndef build():\n    return pd.DataFrame({'a': [1]})\n",
        "import pandas as pd\ndef build():\n    return pd.DataFrame({'a': [0, 1]}).query('a == 1')\n",
    ],
)
def test_a_function_may_return_any_table_or_an_iterator_of_them(call: Caller, code: str) -> None:
    assert call(code).to_pylist() == [{"a": 1}]


def test_batches_may_come_with_their_columns_in_another_order(call: Caller) -> None:
    code = "import pyarrow as pa\ndef build():\n    yield pa.record_batch({'a': [1], 'b': ['x']})\n    yield pa.record_batch({'b': ['y'], 'a': [2]})\n"
    assert call(code).to_pylist() == ROWS[:2]


def test_encodings_of_columns_are_undone(call: Caller) -> None:
    code = """
        import pyarrow as pa
        def build():
            words = pa.array(["x", "y"])
            return pa.table({"d": words.dictionary_encode(), "l": words.cast(pa.large_string()),
                             "v": pa.array([["x"], []], pa.large_list(pa.large_string()))})
        """
    schema = call(textwrap.dedent(code)).schema
    assert [str(field.type) for field in schema] == ["string", "string", "list<element: string>"]


def test_parameters_come_as_python_knows_them(call: Caller) -> None:
    params = {
        "whole": ("integer", 3),
        "number": ("number", 1.5),
        "text": ("string", "2013-01-01"),
        "yes": ("boolean", True),
        "day": ("date", "2013-01-01"),
        "at": ("timestamp", "2013-01-01T12:00:00+00:00"),
    }
    given = {**dict.fromkeys(params), "day": dt.date(2013, 1, 1)}
    code = f"import pyarrow as pa\ndef build({', '.join(given)}):\n    print([whole, number, text, yes, day, at.tzinfo is not None])\n    return pa.table({{'a': [1]}})\n"
    call(code, params=params)
    assert call.log == [("info", "[3, 1.5, '2013-01-01', True, datetime.date(2013, 1, 1), True]")]


def test_local_modules_are_imported_from_their_texts_in_every_way(call: Caller) -> None:
    code = """
        import helper
        from . import helper as beside
        from .helper import value
        from ..shared import geo
        from shared.geo import name
        import shared.deep.leaf as leaf
        import pyarrow as pa
        def build():
            return pa.table({"a": [helper.value + beside.value + value], "b": [geo.name + name + leaf.word]})
        """
    more = {
        "domains/a/b/helper.py": "value = 1\n",
        "domains/a/shared/geo.py": "name = 'n'\n",
        "domains/a/shared/deep/leaf.py": "word = 'w'\n",
    }
    assert call(textwrap.dedent(code), more=more).to_pylist() == [{"a": 3, "b": "nnw"}]


def test_nothing_of_one_call_is_left_for_the_next(call: Caller) -> None:
    code = "import json, os, pyarrow as pa\njson.mark = getattr(json, 'mark', 0) + 1\nos.environ['LEFT'] = os.environ.get('LEFT', '') + 'x'\ndef build():\n    return pa.table({'a': [json.mark], 'b': [os.environ['LEFT']]})\n"
    assert call(code).to_pylist() == [{"a": 1, "b": "x"}]
    assert call(code).to_pylist() == [{"a": 1, "b": "x"}]


def test_a_worker_sees_no_secret_of_the_coordinator(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_PASSWORD", "hunter2")
    code = "import os, pyarrow as pa\ndef build():\n    return pa.table({'k': list(os.environ), 'v': list(os.environ.values())})\n"
    with_new_process = PythonWorkers(call.workers._settings, threading.Event())
    try:
        found = Caller(workers=with_new_process, input=call.input)(code).to_pylist()
    finally:
        with_new_process.close()
    names = {row["k"] for row in found}
    assert "CANARY_PASSWORD" not in names
    assert "hunter2" not in str(found)
    assert {"HOME", "TMPDIR", "PATH"} <= names
    home = next(row["v"] for row in found if row["k"] == "HOME")
    assert home != os.environ.get("HOME"), "the home of the user holds credentials"


def test_sets_of_texts_have_one_order_in_every_process(call: Caller) -> None:
    code = "import pyarrow as pa\ndef build():\n    return pa.table({'a': list({'one', 'two', 'three', 'four'})})\n"
    other = PythonWorkers(call.workers._settings, threading.Event())
    try:
        assert Caller(workers=other, input=call.input)(code) == call(code)
    finally:
        other.close()


def test_what_is_printed_and_logged_is_told_in_order_with_its_level(call: Caller) -> None:
    code = """
        import logging, sys, warnings
        import pyarrow as pa
        def build():
            print("one")
            logging.getLogger("two").warning("%s", "a\\nb")
            print("three", file=sys.stderr)
            logging.getLogger().debug("not kept")
            return pa.table({"a": [1]})
        """
    call(textwrap.dedent(code))
    assert call.log == [("info", "one"), ("warning", "two: a"), ("info", "  b"), ("info", "three")]


@pytest.mark.parametrize(
    "line", ["sys.stdout.close()", "sys.stderr.close()", "sys.stdout = None", "os.close(1)", "print('\\ud800')"]
)
def test_what_is_done_to_the_streams_breaks_no_call(call: Caller, line: str) -> None:
    code = f"import os, sys\nimport pyarrow as pa\ndef build():\n    {line}\n    return pa.table({{'a': [1]}})\n"
    assert call(code).num_rows == 1


def test_a_long_log_is_cut_in_the_middle(call: Caller) -> None:
    call(
        "import pyarrow as pa\ndef build():\n    for i in range(5000): print('line', i)\n    return pa.table({'a': [1]})\n"
    )
    texts = [text for _, text in call.log]
    assert texts[0] == "line 0"
    assert texts[-1] == "line 4999"
    assert "... 3,800 lines left out" in texts
    assert len(texts) == 1201


WRONG = [
    ("a NameError", "def build():\n    return one\n", "MW-N303", f"{MAIN}:2:12", "NameError: name 'one' is not defined in `return one`"),
    ("a failing helper", "from helper import go\ndef build():\n    go()\n", "MW-N303", "domains/a/b/helper.py:2:10", "ZeroDivisionError"),
    ("a failing import", "1 / 0\ndef build(): ...\n", "MW-N303", f"{MAIN}:1:1", "ZeroDivisionError"),
    ("a library's error", "import json\ndef build():\n    json.loads('{')\n", "MW-N303", f"{MAIN}:3:5", "JSONDecodeError"),
    ("an error without words", "def build():\n    raise ValueError\n", "MW-N303", f"{MAIN}:2:5", "build() raised ValueError in"),
    ("an error that cannot be shown", "class E(Exception):\n    def __str__(self): raise RuntimeError\ndef build():\n    raise E\n", "MW-N303", f"{MAIN}:4:5", "build() raised E in"),
    ("a missing library", "import no_such_library\ndef build(): ...\n", "MW-N304", f"{MAIN}:1:1", "No module named 'no_such_library'"),
    ("nothing returned", "def build(): ...\n", "MW-N305", f"{MAIN}:1:1", "build() returned None"),
    ("a text returned", "def build(): return 'x'\n", "MW-N305", f"{MAIN}:1:1", "build() returned a str"),
    ("a dict returned", "def build(): return {'a': [1]}\n", "MW-N305", f"{MAIN}:1:1", "build() returned a dict"),
    ("a list of rows returned", "def build(): return [{'a': 1}]\n", "MW-N305", f"{MAIN}:1:1", "item 1 that it returned is a dict"),
    ("a column returned", "import pandas as pd\ndef build(): return pd.Series([1])\n", "MW-N305", f"{MAIN}:1:1", "build() returned a pandas.Series"),
    ("a number yielded", "def build():\n    yield 3\n", "MW-N305", f"{MAIN}:1:1", "item 1 that it yielded is an int"),
    ("nothing yielded", "def build():\n    return iter(())\n", "MW-N305", f"{MAIN}:1:1", "yielded nothing"),
    ("no columns", "import pyarrow as pa\ndef build(): return pa.table({})\n", "MW-N305", f"{MAIN}:1:1", "no columns"),
    ("columns alike", "import pyarrow as pa\ndef build(): return pa.table([[1], [2]], names=['a', 'A'])\n", "MW-N305", f"{MAIN}:1:1", "two columns are named 'a' and 'A'"),
    ("a column without a name", "import pyarrow as pa\ndef build(): return pa.table([[1]], names=[' '])\n", "MW-N305", f"{MAIN}:1:1", "no name"),
    ("a named index", "import pandas as pd\ndef build(): return pd.DataFrame({'a': [1], 'b': [2]}).set_index('b')\n", "MW-N305", f"{MAIN}:1:1", "index ('b')"),
    ("numbers as columns", "import pandas as pd\ndef build(): return pd.DataFrame([[1]])\n", "MW-N305", f"{MAIN}:1:1", "not text"),
    ("a duration", "import pyarrow as pa\ndef build(): return pa.table({'a': pa.array([1], pa.duration('s'))})\n", "MW-N305", f"{MAIN}:1:1", "duration[s]"),
    ("a decimal too long", "import pyarrow as pa\ndef build(): return pa.table({'a': pa.array([1], pa.decimal256(50))})\n", "MW-N305", f"{MAIN}:1:1", "38 digits"),
    ("a batch that lacks a column", "import pyarrow as pa\ndef build():\n    yield pa.table({'a': [1], 'b': [1]})\n    yield pa.table({'a': [1]})\n", "MW-N305", f"{MAIN}:1:1", "batch 2 lacks column 'b'"),
    ("a batch of another type", "import pyarrow as pa\ndef build():\n    yield pa.table({'a': [1]})\n    yield pa.table({'a': ['x']})\n", "MW-N305", f"{MAIN}:1:1", "int64 in the first batch and string in batch 2"),
    ("a failing lazy frame", "import polars as pl\ndef build(): return pl.LazyFrame({'a': [1]}).select('b')\n", "MW-N303", f"{MAIN}:1:1", "ColumnNotFoundError"),
    ("sys.exit", "import sys\ndef build():\n    sys.exit(2)\n", "MW-N306", f"{MAIN}:3:5", "end of Python"),
    ("os._exit", "import os\ndef build():\n    os._exit(3)\n", "MW-N306", f"{MAIN}:1:1", "ended with status 3"),
    ("a crash", "import os, signal\ndef build():\n    os.kill(os.getpid(), signal.SIGSEGV)\n", "MW-N306", f"{MAIN}:1:1", "SIGSEGV"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "code", "expected", "place", "words"), WRONG, ids=[case[0] for case in WRONG])
def test_what_goes_wrong_is_told_at_the_users_line(
    call: Caller, name: str, code: str, expected: str, place: str, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        call(code, more={"domains/a/b/helper.py": "def go():\n  return 1 / 0\n"})
    first = caught.value.first
    assert (first.code, str(first.span)) == (expected, place)
    assert words in first.message
    assert first.fix
    assert not any("engines/python" in text for _, text in call.log), "a frame of ours is in the log"


def test_the_log_has_the_way_to_the_line_that_failed(call: Caller) -> None:
    code = "def build():\n    try:\n        {}['k']\n    except KeyError as error:\n        raise ValueError('no k') from error\n"
    with pytest.raises(InputError):
        call(code)
    assert [text for level, text in call.log if level == "error"] == [
        f"{MAIN}:3 in build", "    {}['k']", "KeyError: 'k'",
        f"{MAIN}:5 in build", "    raise ValueError('no k') from error", "ValueError: no k",
    ]  # fmt: skip


def test_a_worker_that_is_killed_from_outside_may_be_tried_again(call: Caller) -> None:
    with pytest.raises(WorldError) as caught:
        call("import os\ndef build():\n    os.kill(os.getpid(), 9)\n")
    assert caught.value.retryable
    assert caught.value.first.code == "MW-N309"
    assert call("import pyarrow as pa\ndef build():\n    return pa.table({'a': [1]})\n").num_rows == 1


def test_the_time_limit_ends_the_call_and_what_it_started(call: Caller, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = f"import subprocess, time\ndef build():\n    child = subprocess.Popen(['sleep', '60'])\n    open({str(note)!r}, 'w').write(str(child.pid))\n    time.sleep(60)\n"
    with pytest.raises(WorldError, match="timeout"):
        call(code, timeout_s=1.0)
    assert _is_gone(int(note.read_text()))


def test_the_memory_limit_ends_the_call(call: Caller) -> None:
    code = "def build():\n    held = []\n    while True:\n        held.append(bytearray(5_000_000))\n"
    with pytest.raises(InputError) as caught:
        call(code, memory_bytes=250_000_000, timeout_s=60.0)
    assert caught.value.first.code == "MW-N308"


def test_a_stop_kills_the_worker(call: Caller) -> None:
    stop = threading.Event()
    workers = PythonWorkers(call.workers._settings, stop)
    threading.Timer(0.5, stop.set).start()
    started = time.monotonic()
    try:
        with pytest.raises(InterruptedRun):
            Caller(workers=workers, input=call.input)("import time\ndef build():\n    time.sleep(60)\n")
    finally:
        workers.close()
    assert time.monotonic() - started < 30


def test_workers_die_with_the_coordinator(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    coordinator = f"""
        import threading
        from pathlib import Path
        from meshwright.engines.python.protocol import ModuleText, PythonBuild
        from meshwright.engines.python.workers import PythonWorkers, WorkerSettings
        folder = Path({str(tmp_path)!r})
        workers = PythonWorkers(WorkerSettings(scratch=folder / "s", environments=folder / "e"), threading.Event())
        code = "import os, time\\ndef build():\\n    open({str(note)!r}, 'w').write(f'{{os.getpid()}} {{os.getppid()}} ')\\n    time.sleep(60)\\n"
        build = PythonBuild(dataset="a.b.c", modules=(ModuleText(path="n.py", text=code),), roots=("",), function="build", inputs={{}})
        with workers.scratch("a.b.c") as place:
            workers.call(build, place, print)
        """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(coordinator)])
    deadline = time.monotonic() + 60
    while not (note.exists() and note.read_text().endswith(" ")) and time.monotonic() < deadline:
        time.sleep(0.05)
    pids = [int(word) for word in note.read_text().split()]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert all(_is_gone(pid) for pid in pids)


def test_a_dead_waiting_process_is_replaced(call: Caller) -> None:
    with pytest.raises(MeshwrightError) as caught:
        call("import os, time\ndef build():\n    os.kill(os.getppid(), 9)\n    time.sleep(60)\n")
    assert caught.value.retryable
    assert call("import pyarrow as pa\ndef build():\n    return pa.table({'a': [1]})\n").num_rows == 1


def test_a_waiting_process_that_is_just_dying_is_replaced(call: Caller) -> None:
    """Its socket breaks before the process is gone."""
    code = "import pyarrow as pa\ndef build():\n    return pa.table({'a': [1]})\n"
    assert call(code).num_rows == 1
    for zygote in call.workers._zygotes.values():
        zygote._jobs.shutdown(socket.SHUT_RDWR)
    assert call(code).num_rows == 1


def test_an_interpreter_that_does_not_start_is_told(tmp_path: Path) -> None:
    from meshwright.engines.python.zygote import Zygote

    with pytest.raises(WorldError) as caught:
        Zygote(str(tmp_path / "python"), tmp_path, has_tables=False)
    assert caught.value.first.code == "MW-N302"
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'no pyarrow here' >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(WorldError, match="no pyarrow here"):
        Zygote(str(broken), tmp_path, has_tables=True)


def test_scratch_files_go_with_the_call(call: Caller) -> None:
    call("import pyarrow as pa\ndef build():\n    open('left', 'w').write('x')\n    return pa.table({'a': [1]})\n")
    assert call.folder is not None
    assert not call.folder.exists()


@pytest.mark.slow
def test_a_thousand_calls_leave_nothing_behind(call: Caller) -> None:
    code = "import pyarrow as pa\ndef build():\n    return pa.table({'a': [1]})\n"
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(1000):
        assert call(code).num_rows == 1
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 8


def _is_gone(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def _values(call: Caller, code: str, **rest: object) -> Mapping[str, object]:
    """Call a function that yields no table; what it logged is in `call.log`."""
    with call.workers.scratch("a.b.c") as folder:
        build = call.build(textwrap.dedent(code), is_none=True, **rest)
        return call.workers.call(build, folder, lambda level, text: call.log.append((level, text))).values


def test_a_call_without_tables_finds_nothing_imported_that_makes_forks_slow(call: Caller) -> None:
    code = "import sys\ndef build():\n    return {name: name in sys.modules for name in ('pyarrow', 'pandas', 'logging', 'threading', 'random')}\n"
    assert _values(call, code) == dict.fromkeys(("pyarrow", "pandas", "logging", "threading", "random"), False)


@pytest.mark.parametrize(("imported", "is_there"), [("pyarrow", True), ("polars", True), ("math, json as j", False)])
def test_what_its_code_imports_decides_what_it_is_forked_from(call: Caller, imported: str, is_there: bool) -> None:
    code = f"import sys\nthere = 'pyarrow' in sys.modules\nimport {imported}\ndef build():\n    return {{'there': there}}\n"
    assert _values(call, code) == {"there": is_there}


def test_it_may_import_what_it_likes_and_its_records_and_warnings_have_their_level(call: Caller) -> None:
    code = """
        import warnings
        def build():
            log = __import__("logging").getLogger("mine")
            log.warning("careful")
            log.info("by the way")
            log.debug("unseen")
            warnings.warn("old")
            arrow = __import__("pyarrow")
            return {"rows": arrow.table({"a": [1, 2]}).num_rows}
        """
    assert _values(call, code) == {"rows": 2}
    assert call.log[:2] == [("warning", "mine: careful"), ("info", "mine: by the way")]
    assert call.log[2][0] == "warning"
    assert call.log[2][1].startswith("py.warnings: domains/a/b/n.py:8: UserWarning: old")


def test_what_is_warned_of_in_code_is_logged_at_every_call(call: Caller) -> None:
    code = "def build():\n    assert (1, 'always true')\n    return {}\n"
    for _ in range(2):
        call.log.clear()
        _values(call, code)
        assert [level for level, text in call.log if "SyntaxWarning" in text] == ["warning"]


def test_the_text_that_tells_columns_apart_is_that_of_equal_columns(call: Caller) -> None:
    def schema(columns: str) -> str:
        build = call.build(f"import pyarrow as pa\ndef build():\n    return pa.table({columns})\n")
        with call.workers.scratch("a.b.c") as folder:
            return call.workers.call(build, folder, lambda *_: None).schema

    one = schema("{'a': pa.array([1] * 9999, pa.int64())}")
    assert one == schema("{'a': pa.array([2, 3] * 9999, pa.int64())}")
    others = [
        "{'b': pa.array([1] * 9999, pa.int64())}",
        "{'a': pa.array([1] * 9999, pa.int32())}",
        "{'a': pa.array([0], pa.timestamp('us', 'Europe/Vienna'))}",
    ]
    assert len({one, *map(schema, others)}) == 4


def _handed(call: Caller, columns: str) -> tuple[int, bool, bool]:
    """Return rows, and whether there is a message, and a file."""
    build = call.build(f"import pyarrow as pa\ndef build():\n    return pa.table({columns})\n")
    with call.workers.scratch("a.b.c") as folder:
        handed = call.workers.call(build, folder, lambda *_: None)
        return handed.rows, bool(handed.table), Path(handed.file).exists()


@pytest.mark.parametrize(
    ("columns", "rows", "is_message"),
    [
        ("{'a': [1, 2, None], 'b': ['x', None, '']}", 3, True),
        ("{'a': pa.array([], pa.int64())}", 0, True),
        ("{'a': ['x' * 1000] * 30}", 30, True),
        ("{'a': ['x' * 1000] * 40}", 40, False),
        ("{'a': [[1]]}", 1, False),
        ("{'a': pa.array([1], pa.timestamp('ns'))}", 1, False),
        ("{'a': pa.array([1], pa.time32('s'))}", 1, False),
    ],
)
def test_a_small_table_of_plain_types_is_told_and_any_other_is_a_file(
    call: Caller, columns: str, rows: int, is_message: bool
) -> None:
    assert _handed(call, columns) == (rows, is_message, not is_message)


def test_pandas_that_comes_late_is_known_to_pyarrow(call: Caller) -> None:
    code = """
        import importlib, importlib.util, pyarrow as pa
        def build():
            before = pa.array([1]), importlib.util.find_spec("pandas") is not None
            pandas = importlib.import_module("pandas")
            table = pa.table({"a": pandas.Series([1, None], dtype="Int64")})
            return {"nulls": table["a"].null_count, "found": before[1], "back": str(table.to_pandas()["a"].dtype)}
        """
    assert _values(call, code) == {"nulls": 1, "found": True, "back": "float64"}


def test_long_values_and_long_code_come_through(call: Caller) -> None:
    padding = "# " + "x" * 200_000
    code = f"{padding}\ndef build():\n    return {{'text': 'y' * 65_000}}\n"
    assert _values(call, code) == {"text": "y" * 65_000}
    with pytest.raises(InputError, match="more than the 65,536"):
        _values(call, "def build():\n    return {'text': 'y' * 66_000}\n")


def test_code_that_changes_between_calls_is_the_code_that_runs(call: Caller) -> None:
    code = "from helper import value\ndef build():\n    return {'value': value}\n"
    for value in (1, 2, 1):
        assert _values(call, code, more={"domains/a/b/helper.py": f"value = {value}\n"}) == {"value": value}
    with pytest.raises(InputError, match="helper"):
        _values(call, code)


def test_a_word_on_the_control_socket_that_is_none_of_ours_breaks_nothing_else(call: Caller) -> None:
    code = """
        import os
        def build():
            for number in range(3, 64):
                try:
                    os.write(number, b"[")
                except OSError:
                    pass
            return {}
        """
    with pytest.raises(MeshwrightError):
        _values(call, code)
    assert _values(call, "def build():\n    return {'well': True}\n") == {"well": True}
