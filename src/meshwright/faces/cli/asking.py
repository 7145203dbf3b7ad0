"""Asks a person at a terminal for values, one after the other."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from meshwright.faces.cli.invocation import Invocation, tell

if TYPE_CHECKING:
    from meshwright.app.provision_wishes import Ask, AskedParameter


def asker(invocation: Invocation) -> Ask | None:
    """Return what asks for a value; None where nobody is there to answer, or a document is wanted."""
    if invocation.is_json or not invocation.err.is_terminal or not _is_typed_at():
        return None
    return _ask


def _is_typed_at() -> bool:
    try:
        return sys.stdin.isatty()
    except ValueError:  # a closed stream
        return False


def _ask(asked: AskedParameter, problem: str | None) -> str:
    """Ask on standard error, so that what is asked is no part of the answer."""
    if problem is not None:
        tell([f"  {problem}"])
    else:
        tell([f"{asked.provision} ({asked.component}) needs '{asked.name}': {asked.words}"])
    found: str = typer.prompt(f"  {asked.name}", err=True, prompt_suffix=" = ")
    return found
