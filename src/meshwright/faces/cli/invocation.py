"""One call of the command line: what was asked, what the streams can show, the exit status so far, and how to answer."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.text.terminal import Look, look_of

#: Address of the server that commands go to.
SERVER_VARIABLE = "MESHWRIGHT_SERVER"

#: A JSON document: plain values, `schema` first.
Document = Mapping[str, object]


@dataclass(kw_only=True, slots=True)
class Invocation:
    """The state of one call, made by `main`, passed to commands as the context's object."""

    out: Look
    err: Look
    #: Whether answers are JSON documents. Taken from the words themselves, so that it holds for usage errors too.
    is_json: bool
    #: From `mw -C DIR`; a command's own `-C` is relative to it.
    directory: Path | None = None
    #: Address of the server that carries the command out; None: it is carried out here.
    server: str | None = None
    #: Exit status; set before the answer is written, so that a reader that goes away does not change it.
    status: int = 0
    #: Whether the answer has begun on standard output: an error that comes later must not add a second document.
    is_answering: bool = False

    @property
    def start(self) -> Path:
        """The directory to look for the mesh from."""
        return self.directory or Path()


def new_invocation(arguments: Iterable[str]) -> Invocation:
    """Look at the words and the streams."""
    words: list[str] = []
    for word in arguments:
        if word == "--":
            break
        words.append(word)
    return Invocation(
        out=look_of(sys.stdout, os.environ),
        err=look_of(sys.stderr, os.environ),
        is_json="--json" in words,
        server=os.environ.get(SERVER_VARIABLE) or None,
    )


def begin(context: typer.Context, directory: Path | None, *, is_json: bool) -> Invocation:
    """Return the call that `context` belongs to, with the options that every command has settled."""
    invocation: Invocation = context.find_root().obj
    invocation.is_json = is_json
    if directory is not None:
        invocation.directory = settle_directory(invocation.directory, directory)
    return invocation


def settle_directory(base: Path | None, directory: Path) -> Path:
    """Return `directory` as seen from `base`. Raises InputError (MW-L005) where it is none."""
    settled = base / directory if base else directory
    if not settled.is_dir():
        raise InputError(
            Diagnostic(
                code="MW-L005",
                message=f"there is no directory '{directory}'",
                fix="name an existing directory after --directory (-C), or leave the option away",
            )
        )
    return settled


def answer(
    invocation: Invocation,
    *,
    status: int,
    document: Callable[[], Document],
    lines: Callable[[Look], Iterable[str]],
) -> None:
    """Write the command's answer, as a document or as lines, and set its exit status."""
    invocation.status = status
    if invocation.is_json:
        content = document()
        invocation.is_answering = True
        write_document(invocation, content)
    else:
        write_lines(lines(invocation.out))


def write_document(invocation: Invocation, document: Document) -> None:
    """Write one JSON document on standard output: indented for a person, compact for a program."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    text = json.dumps(
        document,
        ensure_ascii=encoding.lower().replace("-", "") != "utf8",
        allow_nan=False,
        indent=2 if invocation.out.is_terminal else None,
    )
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write_lines(lines: Iterable[str]) -> None:
    """Write lines on standard output."""
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


def tell(lines: Iterable[str]) -> None:
    """Write lines on standard error; a closed one is no reason to fail."""
    with contextlib.suppress(BrokenPipeError, ValueError):
        sys.stderr.writelines(f"{line}\n" for line in lines)
        sys.stderr.flush()
