"""What `mw query` is asked, as typed and then settled: the same whether it is answered here or by a server."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from meshwright.faces.cli.formats import check_target
from meshwright.faces.cli.invocation import Invocation
from meshwright.faces.cli.options import RowFormat, exclusive
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """The words of one `mw query`."""

    #: One SELECT; ``-`` until it is read from standard input.
    text: str
    environment: str
    generation: int | None
    version: str | None
    limit: int | None
    form: RowFormat
    #: The file that is written; None: standard output.
    output: Path | None


def settled(question: Question, invocation: Invocation) -> Question:
    """Return a question with its text read and its file as seen from where the command works.

    Raises InputError for options that exclude each other (MW-L006), and for bytes on a terminal (MW-L020).
    """
    if question.generation is not None and question.version is not None:
        raise exclusive("--generation", "--version")
    output = question.output
    if output is not None and invocation.directory is not None:
        output = invocation.directory / output
    check_target(question.form, output, invocation.out)
    return replace(question, text=sys.stdin.read() if question.text == "-" else question.text, output=output)


def form_of(form: RowFormat | None, invocation: Invocation) -> RowFormat:
    """Return how rows are written; with `--json` its document is. Raises InputError (MW-L006) where both are asked for."""
    if invocation.is_json and form not in {None, RowFormat.JSON}:
        raise exclusive("--json", f"--format {form}")
    return form or RowFormat.TABLE
