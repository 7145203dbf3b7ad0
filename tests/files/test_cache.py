"""The parse cache: gives back what was put in, or nothing; never an error and never wrong data."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from meshwright.files import cache as cache_module
from meshwright.files.cache import ParseCache

ENTRIES = {f"key{number}": f'{{"n": {number}, "é": "x"}}' for number in range(1_700)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "parse.db"


def filled(path: Path) -> None:
    with ParseCache.open(path) as cache:
        cache.put_many("contract", ENTRIES)


def test_what_was_put_in_comes_back_also_from_another_open(path: Path) -> None:
    with ParseCache.open(path) as cache:
        assert cache.get_many("contract", ["key1"]) == {}
        cache.put_many("contract", ENTRIES)
        assert cache.get_many("contract", ENTRIES) == ENTRIES
    with ParseCache.open(path) as cache:
        assert cache.get_many("contract", [*ENTRIES, "none", "key1"]) == ENTRIES
        assert cache.get_many("sql", ENTRIES) == {}
        cache.put_many("contract", {"key1": "new"})
        assert cache.get_many("contract", ["key1"]) == {"key1": "new"}
        assert cache.get_many("contract", []) == {}
        cache.put_many("contract", {})


def test_a_closed_cache_is_empty(path: Path) -> None:
    cache = ParseCache.open(path)
    cache.put_many("a", {"k": "v"})
    cache.close()
    cache.close()
    assert cache.get_many("a", ["k"]) == {}
    cache.put_many("a", {"k": "w"})


def test_another_version_of_meshwright_starts_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path)
    monkeypatch.setattr(cache_module, "__version__", "99.0.0")
    with ParseCache.open(path) as cache:
        assert cache.get_many("contract", ENTRIES) == {}
        cache.put_many("contract", {"a": "b"})
    with ParseCache.open(path) as cache:
        assert cache.get_many("contract", ["a"]) == {"a": "b"}


@pytest.mark.parametrize(
    "damage",
    [b"", b"this is no database", b"SQLite format 3\0" + b"\xff" * 4_000, os.urandom(50_000)],
    ids=["empty", "text", "header", "noise"],
)
def test_a_damaged_file_is_dropped_and_made_anew(path: Path, damage: bytes) -> None:
    filled(path)
    path.write_bytes(damage)
    with ParseCache.open(path) as cache:
        assert cache.get_many("contract", ENTRIES) == {}
        cache.put_many("contract", {"a": "b"})
    with ParseCache.open(path) as cache:
        assert cache.get_many("contract", ["a"]) == {"a": "b"}


def test_flipped_bits_give_misses_and_never_wrong_data(path: Path) -> None:
    filled(path)
    sound = path.read_bytes()
    seed = random.Random(7)
    for _ in range(40):
        data = bytearray(sound)
        for _ in range(seed.randint(1, 60)):
            data[seed.randrange(len(data))] ^= 1 << seed.randrange(8)
        shutil.rmtree(path.parent)
        path.parent.mkdir()
        path.write_bytes(data)
        with ParseCache.open(path) as cache:
            found = cache.get_many("contract", ENTRIES)
            cache.put_many("contract", {"key1": ENTRIES["key1"]})
        assert found.items() <= ENTRIES.items()


def test_a_truncated_file_gives_misses(path: Path) -> None:
    filled(path)
    sound = path.read_bytes()
    for part in (100, 4_096, len(sound) // 2, len(sound) - 10):
        path.write_bytes(sound[:part])
        with ParseCache.open(path) as cache:
            assert cache.get_many("contract", ENTRIES).items() <= ENTRIES.items()


def test_a_locked_file_is_an_empty_cache(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "_WAIT_S", 0.05)
    filled(path)
    with ParseCache.open(path) as before:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("begin immediate")
        with ParseCache.open(path) as cache:
            cache.put_many("contract", {"a": "b"})
            assert cache.get_many("contract", ["a"]) == {}
        before.put_many("contract", {"a": "b"})
        assert before.get_many("contract", ["key1", "a"]) == {"key1": ENTRIES["key1"]}
        other.execute("rollback")
        other.close()
        before.put_many("contract", {"a": "b"})
        assert before.get_many("contract", ["a"]) == {"a": "b"}


def test_a_place_where_no_file_can_be_is_an_empty_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path, tmp_path / "file" / "parse.db", tmp_path / "a\0b", Path("/proc/none/parse.db")):
        with ParseCache.open(path) as cache:
            cache.put_many("a", {"k": "v"})
            assert cache.get_many("a", ["k"]) == {}
    assert (tmp_path / "file").read_text() == "x"


def test_text_that_is_no_unicode_is_not_kept(path: Path) -> None:
    with ParseCache.open(path) as cache:
        cache.put_many("a", {"k": "\udc80", "\udc80": "v"})
        assert cache.get_many("a", ["k", "\udc80"]) == {}
        cache.put_many("a", {"k": "v"})
        assert cache.get_many("a", ["k"]) == {"k": "v"}


def test_entries_that_nobody_asks_for_are_dropped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "_KEPT_OPENS", 6)
    monkeypatch.setattr(cache_module, "_MARK_OPENS", 2)
    with ParseCache.open(path) as cache:
        cache.put_many("a", {"used": "1", "unused": "2"})
    for _ in range(12):
        with ParseCache.open(path) as cache:
            assert cache.get_many("a", ["used"]) == {"used": "1"}
    with ParseCache.open(path) as cache:
        assert cache.get_many("a", ["used", "unused"]) == {"used": "1"}


def test_a_file_that_grew_too_large_is_emptied(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path)
    monkeypatch.setattr(cache_module, "_MAX_BYTES", 10_000)
    with ParseCache.open(path) as cache:
        assert cache.get_many("contract", ENTRIES) == {}


def test_threads_share_one_cache(path: Path) -> None:
    with ParseCache.open(path) as cache, ThreadPoolExecutor(4) as pool:
        chunks = [dict(list(ENTRIES.items())[start::4]) for start in range(4)]
        list(pool.map(lambda chunk: cache.put_many("contract", chunk), chunks))
        assert all(pool.map(lambda chunk: cache.get_many("contract", chunk) == chunk, chunks))


WRITER = """
import sys
from pathlib import Path
from meshwright.files.cache import ParseCache
for turn in range(5):
    with ParseCache.open(Path(sys.argv[1])) as cache:
        cache.put_many("a", {f"{sys.argv[2]}-{turn}-{n}": f"v{n}" for n in range(200)})
        for n in range(200):
            assert cache.get_many("a", [f"{sys.argv[2]}-{turn}-{n}"]).get(f"{sys.argv[2]}-{turn}-{n}") in (None, f"v{n}")
"""


def test_processes_share_one_file(path: Path) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(n)]) for n in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    keys = [f"{process}-{turn}-{n}" for process in range(3) for turn in range(5) for n in range(200)]
    with ParseCache.open(path) as cache:
        assert len(cache.get_many("a", keys)) == len(keys)
