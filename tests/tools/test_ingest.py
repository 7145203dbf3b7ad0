"""What an ingest node may say: told without dlt, and without a tap."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshwright.tools.ingest import Ingest
from meshwright.tools.protocol import ToolFailed
from tests.tools.driving import job_of, place_of

TOOL = Ingest()


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ({}, ["it does not say what brings the data"]),
        ({"resource": "x"}, ["it does not say what brings the data"]),
        ({"dlt": "sources/bookings.py:source", "singer": "tap-csv"}, ["it names both dlt and singer"]),
        ({"dlt": "sources/bookings.py:source", "resource": "bookings"}, []),
        ({"dlt": "sources/bookings.py"}, ["'sources/bookings.py' does not name a source"]),
        ({"dlt": "sources/none.py:source"}, ["there is no file 'sources/none.py'"]),
        ({"dlt": "sources/bookings:source"}, ["'sources/bookings' is neither a file nor a module"]),
        ({"dlt": "dlt.sources.sql_database:sql_database"}, []),
        ({"dlt": "sources/bookings.py:source", "resorce": "x"}, ["unknown key 'resorce'"]),
        ({"dlt": "sources/bookings.py:source", "nesting": -1}, ["'nesting' is a whole number from 0 on"]),
        ({"dlt": "sources/bookings.py:source", "incremental": "yes"}, ["'incremental' is true or false"]),
        ({"dlt": 3}, ["'dlt' is a text"]),
        ({"singer": "tap-csv", "config": {"a": [1, {"b": None}]}, "stream": "orders"}, []),
        ({"singer": "bin/tap-csv"}, ["'bin/tap-csv' is no name of a program"]),
        ({"singer": "tap-csv", "config": ["a"]}, ["'config' is names with values"]),
        ({"singer": "tap-csv", "catalog": "none.json"}, ["there is no file 'none.json'"]),
        ({"singer": "tap-csv", "catalog": "sources/bookings.py"}, ["'sources/bookings.py' is no catalog of Singer"]),
        ({"singer": "tap-csv", "resource": "x"}, ["unknown key 'resource'"]),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: dict, messages: list[str]) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources/bookings.py").write_text("")
    assert [problem.message for problem in TOOL.problems(options, place_of(tmp_path))] == messages


def test_the_modules_of_a_source_and_its_configuration_are_its_meaning_and_its_secrets_are_not(tmp_path: Path) -> None:
    for name in ("sources/bookings.py", "sources/api/client.py", ".dlt/config.toml", ".dlt/secrets.toml", "other.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("from api import client")
    found = TOOL.fingerprint_files({"dlt": "sources/bookings.py:source"}, place_of(tmp_path))
    assert [str(path) for path in found] == ["sources/bookings.py", "sources/api/client.py", ".dlt/config.toml"]
    beside = TOOL.fingerprint_files({"dlt": "other.py:source"}, place_of(tmp_path))
    assert [str(path) for path in beside] == ["other.py", ".dlt/config.toml"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dlt": "bookings.py:source", "bin": "none/bin"}, "pip install 'dlt[duckdb]'"),
        ({"singer": "tap-nothing"}, "pip install the tap"),
        ({"singer": "tap-nothing", "bin": "none/bin"}, "pip install the tap"),
    ],
)
def test_what_is_not_installed_says_how_to_install_it(tmp_path: Path, options: dict, words: str) -> None:
    (tmp_path / "bookings.py").write_text("")
    job = job_of(tmp_path, options, datasets=("bookings",))
    with pytest.raises(ToolFailed) as caught:
        TOOL.start(job)
    assert not caught.value.is_retryable
    assert caught.value.fix is not None
    assert words in caught.value.fix
    assert TOOL.find(job) is None
