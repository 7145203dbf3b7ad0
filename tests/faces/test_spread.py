"""Commands that take a value for their options: typer is shown its fields, the command is given the value."""

from __future__ import annotations

import inspect
import sys
from typing import Annotated

import pytest
import typer

from meshwright.faces.cli.spread import spread
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class PaintWords:
    """What is written behind `paint`."""

    colour: Annotated[str, typer.Option("--colour")] = "red"
    coats: Annotated[int, typer.Option("--coats")] = 2


def paint(wall: str, *, words: PaintWords, quiet: bool = False) -> None:
    """Paint a wall."""
    sys.stdout.write(f"{wall} {words} {quiet}\n")


def plain(wall: str, *, quiet: bool = False) -> None:
    """Look at a wall."""


def test_fields_stand_where_the_value_stood() -> None:
    parameters = inspect.signature(spread(paint)).parameters
    assert list(parameters) == ["wall", "colour", "coats", "quiet"]
    assert parameters["coats"].default == 2


def test_the_command_is_given_one_value(capsys: pytest.CaptureFixture[str]) -> None:
    spread(paint)(wall="north", colour="blue", coats=1, quiet=True)
    assert capsys.readouterr().out == f"north {PaintWords(colour='blue', coats=1)} True\n"


def test_help_is_that_of_the_command() -> None:
    assert spread(paint).__doc__ == "Paint a wall."


def test_a_command_without_such_a_value_stays_as_it_is() -> None:
    assert spread(plain) is plain
