"""Groups of commands that build a command only when it is called, and name the nearest one when it is not there."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from meshwright.diagnostics import Diagnostic, InputError, known_names_hint
from meshwright.faces.cli.border import HelpWanted
from meshwright.faces.cli.coercion import use_plain_coercion
from meshwright.faces.cli.invocation import Invocation, begin
from meshwright.faces.cli.spread import spread

#: A command's function, or a group.
Entry = Callable[..., None] | typer.Typer
#: ``-h`` as well as ``--help``.
CONTEXT = {"help_option_names": ["-h", "--help"]}


#: Commands that are about servers, and carried out here.
_LOCAL = frozenset({"login", "logout"})


class PlainCommand(TyperCommand):
    """A command whose words are coerced without pydantic."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words after the command."""
        use_plain_coercion(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Carry the command out: here, or by the server that the call names."""
        invocation = ctx.find_root().obj
        words = " ".join(ctx.command_path.split()[1:])
        if not isinstance(invocation, Invocation) or invocation.server is None or words in _LOCAL:
            return super().invoke(ctx)
        from meshwright.faces.cli.remote import carry_out  # lazy: httpx

        begin(ctx, ctx.params.get("directory"), is_json=bool(ctx.params.get("as_json")))
        return carry_out(words, ctx.params, invocation)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Write required arguments bare, as man pages do: ``SQL``, not ``{SQL}``."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]


class LazyGroup(TyperGroup):
    """A group over a table of entries. Building all commands of the program takes typer 40 ms, one 3 ms."""

    entries: ClassVar[Mapping[str, Entry]] = {}

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words before the command; without any word the help is wanted."""
        use_plain_coercion(self.get_params(ctx))
        if not args and not ctx.resilient_parsing:
            raise HelpWanted(ctx.get_help())
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
        """Names in the table's order."""
        return list(self.entries)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Build the command. Raises InputError (MW-L002) where there is none."""
        if cmd_name in self.entries and cmd_name not in self.commands:
            self.commands[cmd_name] = _built(cmd_name, self.entries[cmd_name])
        found = self.commands.get(cmd_name)
        if found is None and not ctx.resilient_parsing and not cmd_name.startswith("-"):
            words = [*ctx.command_path.split()[1:], cmd_name]
            raise InputError(
                Diagnostic(
                    code="MW-L002",
                    message=f"no such command '{' '.join(words)}'",
                    fix=known_names_hint(cmd_name, self.entries, what="commands"),
                )
            )
        return found

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer's signature
        """List the commands with the first line of their help, without building them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _summary(entry)) for name, entry in self.entries.items()])


def new_group(
    cls: type[LazyGroup], text: str, *, epilog: str | None = None, add_completion: bool = False
) -> typer.Typer:
    """Make a group of class `cls`."""
    return typer.Typer(
        cls=cls,
        help=text,
        epilog=epilog,
        add_completion=add_completion,
        context_settings=CONTEXT,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )


def _built(name: str, entry: Entry) -> Any:
    if isinstance(entry, typer.Typer):
        command = typer.main.get_command(entry)
        command.name = name
        return command
    single = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    single.command(name, cls=PlainCommand, context_settings=CONTEXT)(spread(entry))
    return typer.main.get_command(single)


def _summary(entry: Entry) -> str:
    text = entry.info.help if isinstance(entry, typer.Typer) else inspect.getdoc(entry)
    return str(text).partition("\n")[0]
