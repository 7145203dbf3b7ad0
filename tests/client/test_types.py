"""What a consumer's type checker makes of the client: mypy, strict, on a program that uses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import meshwright

PROGRAM = """
from collections.abc import Iterator
from typing import Literal, assert_type

import meshwright.client as mw


def roles(client: mw.Client) -> list[Literal["administrator", "viewer"]]:
    return [token["role"] for token in client.server.get_tokens()["tokens"]]


def use(client: mw.Client) -> Iterator[str]:
    plan = client.with_timeout(5).development.get_plan("prod")
    for step in plan["steps"]:
        assert_type(step["kind"], Literal["node", "test", "publish"])
        yield step["key"]
    for run in client.process.all_runs():
        if run["state"] == "succeeded":
            yield run["run_id"]
    for batch in client.data.read_port_batches("sales.orders", "orders"):
        yield str(batch.num_rows)
    try:
        client.domain.get_dataset("sales.orders.oders")
    except mw.NotFound as problem:
        yield problem.code


async def wait(client: mw.AsyncClient) -> None:
    async for event in client.process.follow_run("1"):
        assert_type(event, mw.ServerEvent)
"""
WRONG = """
import meshwright.client as mw


def use(client: mw.Client) -> None:
    for run in client.process.all_runs():
        if run["state"] == "sucseeded":
            print("it has ended")
        print(run["no_such_field"])
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy says of both programs, in one run: it reads the client once."""
    folder = tmp_path_factory.mktemp("consumer")
    (folder / "right.py").write_text(PROGRAM, encoding="utf-8")
    (folder / "wrong.py").write_text(WRONG, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "right.py", "wrong.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(meshwright.__file__).parent / "py.typed").is_file()


def test_a_strict_type_checker_takes_a_program_that_uses_the_client(told: str) -> None:
    assert "checked 2 source files" in told
    assert "right.py" not in told


def test_it_refuses_a_state_and_a_field_that_there_are_not(told: str) -> None:
    assert "wrong.py:7: error: Non-overlapping equality check" in told
    assert 'has no key "no_such_field"' in told
