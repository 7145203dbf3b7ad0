"""The command `meshwright` (short `mw`): all commands, and `main`, which the console scripts call.

Commands live in `verbs`; `border` turns what they raise into messages and exit statuses. rich renders no help here
(67 ms), and commands import what they work with when they are called: that keeps `mw --help` below 0.2 s.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from meshwright import __version__
from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.faces.cli.border import HelpWanted, guard
from meshwright.faces.cli.invocation import Invocation, new_invocation, settle_directory
from meshwright.faces.cli.verbs import build, read, runs, setup

_PROGRAM = "mw"
_CONTEXT = {"help_option_names": ["-h", "--help"]}
_EPILOG = (
    "Exit status: 0 done; 1 the answer is no (a test, a rule, something blocked); 2 the input is wrong; "
    "3 the world failed, a retry can help; 130 interrupted. Every command takes --json and -C DIR."
)


class Commands(TyperGroup):
    """A group that names the nearest command, and shows its help where none is given."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Show the help where there are no words at all."""
        if not args and not ctx.resilient_parsing:
            raise HelpWanted(ctx.get_help())
        return super().parse_args(ctx, args)

    def get_command(self, ctx: typer.Context, cmd_name: str):  # type: ignore[no-untyped-def,override]
        """Return the command. Raises InputError (MW-L002) where there is none."""
        found = super().get_command(ctx, cmd_name)
        if found is None and not ctx.resilient_parsing and not cmd_name.startswith("-"):
            raise InputError(
                Diagnostic(
                    code="MW-L002",
                    message=f"no such command '{' '.join([*ctx.command_path.split()[1:], cmd_name])}'",
                    fix=known_names_hint(cmd_name, self.commands, what="commands"),
                )
            )
        return found


def new_app() -> typer.Typer:
    """Put the commands together."""
    app = _group("Build, test, publish and read the data products of a data mesh.", epilog=_EPILOG, add_completion=True)
    app.callback(invoke_without_command=False)(_before)
    app.command("init")(setup.init)
    app.command("check")(build.check)
    app.command("plan")(build.plan)
    app.command("run")(build.run)
    app.command("test")(build.test)
    app.command("show")(read.show)
    app.command("query")(read.query)
    app.command("explain")(read.explain)
    app.command("lineage")(read.lineage)
    runs_app = _group("List, show and resume recorded runs.")
    runs_app.command("list")(runs.runs_list)
    runs_app.command("show")(runs.runs_show)
    runs_app.command("resume")(runs.runs_resume)
    app.add_typer(runs_app, name="runs")
    contract_app = _group("Work on contracts; needs no mesh.")
    contract_app.command("lint")(setup.contract_lint)
    app.add_typer(contract_app, name="contract")
    app.command("verify")(setup.verify)
    app.command("doctor")(setup.doctor)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status."""
    _prepare_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    invocation = new_invocation(words)
    return guard(invocation, lambda: _dispatch(words, invocation))


def _dispatch(words: list[str], invocation: Invocation) -> None:
    program = Path(sys.argv[0]).name if Path(sys.argv[0]).name in {"mw", "meshwright"} else _PROGRAM
    command = typer.main.get_command(new_app())
    if f"_{program.upper()}_COMPLETE" in os.environ:  # the shell asks for completions; this exits
        command.main(prog_name=program)
    # Not `command.main`: that one ends the process by itself on Ctrl-C and on closed pipes.
    with command.make_context(program, words, obj=invocation) as context:
        command.invoke(context)


def _group(text: str, *, epilog: str | None = None, add_completion: bool = False) -> typer.Typer:
    return typer.Typer(
        cls=Commands,
        help=text,
        epilog=epilog,
        add_completion=add_completion,
        context_settings=_CONTEXT,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        sys.stdout.write(f"meshwright {__version__}\n")
        raise typer.Exit


def _before(
    context: typer.Context,
    directory: Annotated[
        Path | None,
        typer.Option("--directory", "-C", metavar="DIR", help="Work as if started in DIR.", show_default=False),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    if directory is not None:
        invocation: Invocation = context.obj
        invocation.directory = settle_directory(None, directory)


def _prepare_streams() -> None:
    """Make sure that both streams are there and that no character can break them."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
