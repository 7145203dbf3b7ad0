"""The border between commands and the shell: whatever is raised becomes a message, a document and an exit status.

A traceback never reaches the screen, unless MESHWRIGHT_TRACEBACK is set.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable

import typer

from meshwright.diagnostics import Diagnostic, InputError, InterruptedRun, MeshwrightError, WorldError, known_names_hint
from meshwright.faces.cli.invocation import Invocation, tell, write_document
from meshwright.faces.crashes import write_crash_report
from meshwright.faces.documents.findings import error_document
from meshwright.faces.text.findings import error_lines


class HelpWanted(Exception):
    """A group of commands was called without one; the text is its help."""


def guard(invocation: Invocation, work: Callable[[], None]) -> int:
    """Do `work` and return the exit status; nothing is raised but SystemExit."""
    try:
        _translate(work)
    except HelpWanted as wanted:
        tell([str(wanted)])
        return 2
    except typer.Exit as done:
        return done.exit_code
    except BrokenPipeError:
        _silence_stdout()
        return invocation.status
    except MeshwrightError as error:
        return _report(invocation, error)
    return invocation.status


def _translate(work: Callable[[], None]) -> None:
    """Do `work`; turn everything that is not ours into a MeshwrightError."""
    try:
        work()
    except (MeshwrightError, HelpWanted, typer.Exit, BrokenPipeError):
        raise
    except typer.TyperException as error:
        raise _usage_error(error) from error
    except (KeyboardInterrupt, typer.Abort) as error:
        raise InterruptedRun(
            Diagnostic(
                code="MW-L091",
                message="interrupted; what was published stays whole, and finished work is kept",
                fix="give the command again; a run continues with mw runs resume RUN (mw runs list shows it)",
            )
        ) from error
    except MemoryError as error:
        raise WorldError(
            Diagnostic(
                code="MW-L092",
                message="out of memory",
                fix="free memory, or lower the engine's share (engines: {local: {memory: ...}} in mesh.yaml), and try again",
            )
        ) from error
    except OSError as error:
        raise _system_error(error) from error
    except Exception as error:
        raise _unexpected(error) from error


def _report(invocation: Invocation, error: MeshwrightError) -> int:
    """Tell an error in the form that was asked for."""
    if os.environ.get("MESHWRIGHT_TRACEBACK"):
        tell(traceback.format_exception(error))
    if invocation.is_json and not invocation.is_answering:
        try:
            write_document(invocation, error_document(error))
        except BrokenPipeError:
            _silence_stdout()
    else:
        tell(error_lines(error.diagnostics, invocation.err))
    return error.exit_status


def _usage_error(error: typer.TyperException) -> InputError:
    """Say what is wrong with the words of the command line."""
    context: typer.Context | None = getattr(error, "ctx", None)
    path = context.command_path if context else "mw"
    option = getattr(error, "option_name", None)
    if option is not None and hasattr(error, "possibilities"):
        known = [name for param in context.command.params for name in param.opts] if context else []
        options = [name for name in known if name.startswith("--")]
        return InputError(
            Diagnostic(
                code="MW-L001",
                message=f"no such option '{option}'",
                fix=known_names_hint(option, options, what="options"),
            )
        )
    message = error.format_message().strip().rstrip(".")
    usage = context.get_usage().removeprefix("Usage: ") if context else path
    return InputError(
        Diagnostic(
            code="MW-L003",
            message=message[:1].lower() + message[1:],
            fix=f"usage: {' '.join(usage.split())} ({path} --help tells more)",
        )
    )


def _system_error(error: OSError) -> WorldError:
    place = f" '{error.filename}'" if error.filename else ""
    room = "make room on the disk" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "mend what the message names"
    return WorldError(
        Diagnostic(
            code="MW-L093",
            message=f"the system refused{place}: {error.strerror or error}",
            fix=f"{room} and give the same command again",
        )
    )


def _unexpected(error: Exception) -> WorldError:
    """Write the crash report and say where it is."""
    summary = "".join(traceback.format_exception_only(error)).strip()
    path = write_crash_report(error)
    where = (
        f"send the crash report {path} to the maintainers" if path else "set MESHWRIGHT_TRACEBACK=1 to see the details"
    )
    return WorldError(
        Diagnostic(code="MW-L090", message=f"unexpected error (this is a bug in meshwright): {summary}", fix=where)
    )


def _silence_stdout() -> None:
    """The reader went away: what is still buffered goes nowhere, instead of into an error when Python ends."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return
