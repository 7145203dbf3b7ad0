"""Suites of Great Expectations: what can be told of them without it. The rest is in test_great_expectations_suite.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshwright.tools.great_expectations import GreatExpectations
from meshwright.tools.protocol import Table, ToolFailed
from tests.tools.driving import job_of, place_of

TOOL = GreatExpectations()


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ({}, ["it names no suite and no project"]),
        ({"suite": "suite.json", "dataset": "flights"}, []),
        ({"suite": "suite.json", "project": "gx", "checkpoint": "x"}, ["it names a suite and a project"]),
        ({"suite": "none.json"}, ["there is no file 'none.json'"]),
        ({"suite": "list.json"}, ["'list.json' is no suite of expectations"]),
        ({"suite": "empty.json"}, ["suite 'empty.json' has no expectations, so it would check nothing"]),
        ({"suite": "typeless.json"}, ["expectation 2 of 'typeless.json' has no 'type'"]),
        ({"suite": "suite.json", "datasets": "x"}, ["unknown key 'datasets'"]),
        ({"suite": "suite.json", "checkpoint": "x"}, ["a checkpoint belongs to a project"]),
        ({"project": "gx"}, ["'checkpoint' is missing"]),
        ({"project": "other", "checkpoint": "daily"}, ["'other' is no project"]),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, options: dict, messages: list[str]) -> None:
    (tmp_path / "gx").mkdir()
    (tmp_path / "gx/great_expectations.yml").write_text("")
    expectation = {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}
    (tmp_path / "suite.json").write_text(json.dumps({"name": "s", "expectations": [expectation]}))
    (tmp_path / "typeless.json").write_text(json.dumps({"name": "s", "expectations": [expectation, {"kwargs": {}}]}))
    (tmp_path / "empty.json").write_text(json.dumps({"name": "s", "expectations": []}))
    (tmp_path / "list.json").write_text("[]")
    assert [problem.message for problem in TOOL.problems(options, place_of(tmp_path))] == messages


def test_a_file_that_is_no_json_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "suite.json").write_text('{"expectations": [}')
    (problem,) = TOOL.problems({"suite": "suite.json"}, place_of(tmp_path))
    assert "line 1 column 19" in problem.message


@pytest.mark.parametrize(
    ("options", "names", "words"),
    [
        ({}, ("flights", "weather"), "it does not say which input to validate; inputs: flights, weather"),
        ({}, (), "it does not say which input to validate; inputs: none"),
        ({"dataset": "planes"}, ("flights",), "it has no input 'planes'; inputs: flights"),
    ],
)
def test_the_input_that_is_validated_is_named(tmp_path: Path, options: dict, names: tuple, words: str) -> None:
    inputs = {name: Table(files=(Path("/x.parquet"),)) for name in names}
    with pytest.raises(ToolFailed, match=words):
        TOOL.start(job_of(tmp_path, {"suite": "suite.json", **options}, inputs=inputs))


def test_the_files_of_a_project_are_its_meaning_and_what_it_keeps_for_itself_is_not(tmp_path: Path) -> None:
    for name in ("gx/great_expectations.yml", "gx/checkpoints/daily.json", "gx/uncommitted/config_variables.yml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = TOOL.fingerprint_files({"project": "gx", "checkpoint": "daily"}, place_of(tmp_path))
    assert [str(path) for path in found] == ["gx/great_expectations.yml", "gx/checkpoints/daily.json"]
