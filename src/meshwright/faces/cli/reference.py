"""The reference page of the command line, written from the commands themselves. Read by `make docs` and by a test."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import typer

from meshwright.faces.cli.groups import LazyGroup
from meshwright.faces.cli.main import new_app

_INTRODUCTION = """\
# Command line

<!-- Written by `make docs` from the commands; do not edit. -->

`meshwright` and `mw` are the same program. `mw COMMAND --help` shows what stands here.

- The mesh is the nearest `mesh.yaml` in the current folder or above; `-C DIR` (before or after the command) starts elsewhere.
- Answers go to standard output, progress and errors to standard error. On a terminal a run is drawn as a live tree, elsewhere
  it writes a line for each step; `NO_COLOR`, `FORCE_COLOR` and `TERM=dumb` are respected.
- `--json` answers with one document whose `schema` field names its shape. A command that cannot answer writes
  `{"schema": "meshwright/error/1", "error": {code, message, file, line, column, fix, retryable, diagnostics}}`; a run that
  started always writes its run document, and `check` and `contract lint` always write theirs.
- A bug in meshwright never shows a traceback: it writes a crash report and says where. `MESHWRIGHT_TRACEBACK=1` shows it.
- `mw --install-completion` teaches the shell the commands, options and names of the mesh.

| exit status | means |
|---|---|
| 0 | done |
| 1 | the answer is no: a test stopped a publication, something is blocked, damaged or refused |
| 2 | the input is wrong: files, names, options, a model that fails |
| 3 | the world failed: disk, memory, a busy database; the same command can succeed later |
| 130 | interrupted |
"""


def render_reference() -> str:
    """Return the page as Markdown: every command with its arguments and options."""
    root = typer.main.get_command(new_app())
    context = root.make_context("mw", ["-C", "."], resilient_parsing=True)
    parts = [_INTRODUCTION, "## mw\n", *_options_table(root, context)]
    parts += [
        section for name, command, where in _commands(root, context) for section in _section(name, command, where)
    ]
    return "\n".join(parts).rstrip() + "\n"


def _commands(group: Any, context: Any, prefix: str = "mw") -> Iterator[tuple[str, Any, Any]]:
    """Give every command below `group` with its full name and a context to describe it in."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inner = command.context_class(command, info_name=name, parent=context, resilient_parsing=True)
        if isinstance(command, LazyGroup):
            yield from _commands(command, inner, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command, inner


def _section(name: str, command: Any, context: Any) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"\n## {name}\n"
    yield f"```\n{name} {usage}\n```\n"
    yield _paragraphs(command.help)
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    if arguments:
        yield "\n| argument | |"
        yield "|---|---|"
        yield from (f"| `{param.metavar or param.name}` | {_cell(param.help)} |" for param in arguments)
    yield ""
    yield from _options_table(command, context)


def _options_table(command: Any, context: Any) -> Iterator[str]:
    yield "| option | |"
    yield "|---|---|"
    for param in command.get_params(context):
        record = None if param.param_type_name == "argument" else param.get_help_record(context)
        if record is not None and "--help" not in param.opts:
            yield f"| `{_cell(record[0])}` | {_cell(record[1])} |"


def _paragraphs(text: str | None) -> str:
    """Return a docstring's paragraphs, each on one line."""
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(text or ""))
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")
