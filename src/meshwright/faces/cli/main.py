"""The command `meshwright` (short `mw`): the table of commands, and `main`, which the console scripts call.

Commands live in `verbs`; `border` turns what they raise into messages and exit statuses. Every command imports its
`app` function and its renderers when it is called, and rich only draws the live tree: `mw --help` stays below 0.2 s.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from meshwright import __version__
from meshwright.faces.cli.border import guard
from meshwright.faces.cli.ending import Ending
from meshwright.faces.cli.groups import Entry, LazyGroup, new_group
from meshwright.faces.cli.invocation import Invocation, new_invocation, settle_directory
from meshwright.faces.cli.verbs import (
    build,
    calls,
    components,
    contract_testing,
    contracts,
    environments,
    exchange,
    garbage,
    policies,
    read,
    remote,
    runs,
    schedules,
    serving,
    setup,
    state,
    subscriptions,
    variations,
)

_PROGRAMS = ("mw", "meshwright")
_EPILOG = (
    "Exit status: 0 done; 1 the answer is no (a test, a rule, something blocked); 2 the input is wrong; "
    "3 the world failed, a retry can help; 130 interrupted. Every command takes --json and -C DIR."
)


class RunsCommands(LazyGroup):
    """`mw runs`."""

    entries: ClassVar[Mapping[str, Entry]] = {
        "list": runs.runs_list,
        "show": runs.runs_show,
        "logs": runs.runs_logs,
        "stop": runs.runs_stop,
        "resume": runs.runs_resume,
        "repeat": runs.runs_repeat,
        "diff": runs.runs_diff,
        "cost": runs.runs_cost,
        "export": runs.runs_export,
        "openlineage": runs.runs_openlineage,
    }


class EnvironmentCommands(LazyGroup):
    """`mw env`."""

    entries: ClassVar[Mapping[str, Entry]] = {
        "create": environments.env_create,
        "list": environments.env_list,
        "show": environments.env_show,
        "diff": environments.env_diff,
        "rebase": environments.env_rebase,
        "delete": environments.env_delete,
        "extend": environments.env_extend,
    }


class StateCommands(LazyGroup):
    """`mw state`."""

    entries: ClassVar[Mapping[str, Entry]] = {"migrate": state.state_migrate}


class ContractCommands(LazyGroup):
    """`mw contract`."""

    entries: ClassVar[Mapping[str, Entry]] = {
        "lint": contracts.contract_lint,
        "test": contract_testing.contract_test,
        "diff": contracts.contract_diff,
        "import": exchange.contract_import,
        "export": exchange.contract_export,
    }


class DomainCommands(LazyGroup):
    """`mw domain`."""

    entries: ClassVar[Mapping[str, Entry]] = {"new": setup.domain_new}


class PolicyCommands(LazyGroup):
    """`mw policy`."""

    entries: ClassVar[Mapping[str, Entry]] = {
        "list": policies.policy_list,
        "test": policies.policy_test,
        "add": policies.policy_add,
    }


class ComponentCommands(LazyGroup):
    """`mw component`."""

    entries: ClassVar[Mapping[str, Entry]] = {
        "list": components.component_list,
        "show": components.component_show,
        "lock": components.component_lock,
        "update": components.component_update,
    }


class ExemptionCommands(LazyGroup):
    """`mw exemption`."""

    entries: ClassVar[Mapping[str, Entry]] = {"add": policies.exemption_add, "list": policies.exemption_list}


class VariationCommands(LazyGroup):
    """`mw variation`."""

    entries: ClassVar[Mapping[str, Entry]] = {
        "list": variations.variation_list,
        "diff": variations.variation_diff,
        "promote": variations.variation_promote,
        "drop": variations.variation_drop,
    }


class ScheduleCommands(LazyGroup):
    """`mw schedule`."""

    entries: ClassVar[Mapping[str, Entry]] = {
        "list": schedules.schedule_list,
        "pause": schedules.schedule_pause,
        "resume": schedules.schedule_resume,
    }


class EventCommands(LazyGroup):
    """`mw event`."""

    entries: ClassVar[Mapping[str, Entry]] = {"send": schedules.event_send, "list": schedules.event_list}


class CallCommands(LazyGroup):
    """`mw calls`."""

    entries: ClassVar[Mapping[str, Entry]] = {"list": calls.calls_list, "summary": calls.calls_summary}


class SubscriptionCommands(LazyGroup):
    """`mw subscription`."""

    entries: ClassVar[Mapping[str, Entry]] = {
        "create": subscriptions.subscription_create,
        "list": subscriptions.subscription_list,
        "show": subscriptions.subscription_show,
        "pause": subscriptions.subscription_pause,
        "resume": subscriptions.subscription_resume,
        "rotate": subscriptions.subscription_rotate,
        "delete": subscriptions.subscription_delete,
    }


class DeliveryCommands(LazyGroup):
    """`mw delivery`."""

    entries: ClassVar[Mapping[str, Entry]] = {
        "list": subscriptions.delivery_list,
        "show": subscriptions.delivery_show,
        "replay": subscriptions.delivery_replay,
        "skip": subscriptions.delivery_skip,
    }


class TokenCommands(LazyGroup):
    """`mw token`."""

    entries: ClassVar[Mapping[str, Entry]] = {
        "create": serving.token_create,
        "list": serving.token_list,
        "revoke": serving.token_revoke,
    }


class ProductCommands(LazyGroup):
    """`mw product`."""

    entries: ClassVar[Mapping[str, Entry]] = {"new": setup.product_new}


def _nothing() -> None:
    """Receive no words of its own: typer wants a function for a group."""


def _group_of(commands: type[LazyGroup], text: str) -> typer.Typer:
    group = new_group(commands, text)
    group.callback()(_nothing)
    return group


def _runs() -> None:
    """Receive no words of its own: typer wants a function for a group."""


def _contract() -> None:
    """Receive no words of its own: typer wants a function for a group."""


def _runs_group() -> typer.Typer:
    group = new_group(RunsCommands, "Look at recorded runs, stop, resume, repeat and compare them.")
    group.callback()(_runs)
    return group


def _contract_group() -> typer.Typer:
    group = new_group(ContractCommands, "Validate, test, compare and convert contracts; needs no mesh.")
    group.callback()(_contract)
    return group


class RootCommands(LazyGroup):
    """`mw`."""

    entries: ClassVar[Mapping[str, Entry]] = {
        "init": setup.init,
        "domain": _group_of(DomainCommands, "Make domains."),
        "product": _group_of(ProductCommands, "Make products."),
        "check": build.check,
        "plan": build.plan,
        "run": build.run,
        "test": build.run_tests,
        "show": read.show,
        "query": read.query,
        "explain": read.explain,
        "lineage": read.lineage,
        "impact": read.impact,
        "env": _group_of(EnvironmentCommands, "Make, look at and give up environments; sandboxes among them."),
        "promote": environments.promote,
        "rollback": environments.rollback,
        "pin": environments.pin,
        "unpin": environments.unpin,
        "variation": _group_of(VariationCommands, "Compare, promote and drop variations of pipelines."),
        "runs": _runs_group(),
        "schedule": _group_of(ScheduleCommands, "Show and hold up what starts runs by itself."),
        "event": _group_of(EventCommands, "Send and list events."),
        "calls": _group_of(CallCommands, "Look at the record of calls between domains."),
        "subscription": _group_of(SubscriptionCommands, "Subscribe to events: webhooks, and runs that events start."),
        "delivery": _group_of(DeliveryCommands, "What was sent to subscribers, and what became of it."),
        "worker": schedules.worker,
        "serve": serving.serve,
        "login": remote.login,
        "logout": remote.logout,
        "token": _group_of(TokenCommands, "Make, list and revoke tokens: what programs call the server with."),
        "state": _group_of(StateCommands, "Look after the state database."),
        "policy": _group_of(PolicyCommands, "List and test policies: rules on the mesh's own description."),
        "exemption": _group_of(ExemptionCommands, "Agree on violations of policies, each until a day."),
        "component": _group_of(ComponentCommands, "List components, and move their users from version to version."),
        "contract": _contract_group(),
        "gc": garbage.collect_garbage,
        "compact": garbage.compact_parts,
        "verify": setup.verify,
        "doctor": setup.doctor,
    }


def new_app() -> typer.Typer:
    """Make the whole program."""
    app = new_group(
        RootCommands,
        "Build, test, publish and read the data products of a data mesh.",
        epilog=_EPILOG,
        add_completion=True,
    )
    app.callback()(_before)
    return app


@cache
def program_command() -> Any:
    """Return the whole program as its parser knows it; a process that does several commands makes each of them once."""
    return typer.main.get_command(new_app())


def make_ready(name: str) -> None:
    """Make a command before it is called, for processes that are forked to call it: 5 ms."""
    command = program_command()
    command.get_command(command.context_class(command), name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status."""
    # Records hold no circles, so little is found by looking often; parsed SQL does, so it is not left to the end.
    gc.set_threshold(100_000, 20, 20)
    ending = Ending()
    if arguments is None:  # the process is this command's
        ending.register()
    _prepare_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    invocation = new_invocation(words)
    return ending.settle(guard(invocation, lambda: _dispatch(words, invocation)))


def _dispatch(words: list[str], invocation: Invocation) -> None:
    name = Path(sys.argv[0]).name
    program = name if name in _PROGRAMS else _PROGRAMS[0]
    command = program_command()
    if f"_{program.upper()}_COMPLETE" in os.environ:  # the shell asks for completions; this ends the process
        command.main(prog_name=program)
    # Not `command.main`: that one ends the process by itself on Ctrl-C and on closed pipes.
    with command.make_context(program, words, obj=invocation) as context:
        command.invoke(context)


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
    server: Annotated[
        str | None,
        typer.Option(
            "--server",
            metavar="URL",
            help="Let a server carry the command out (mw serve, mw login). Default: MESHWRIGHT_SERVER; '' for here.",
            show_default=False,
        ),
    ] = None,
    acting: Annotated[str | None, typer.Option("--acting", metavar="NAME", hidden=True)] = None,
    version: Annotated[  # noqa: ARG001 - the callback does it
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    invocation: Invocation = context.obj
    if server is not None:
        invocation.server = server or None
    if directory is not None:
        invocation.directory = settle_directory(None, directory)
    if acting is not None:  # by a worker, for who asked it
        from meshwright.app.workspace import acting_as  # lazy: `mw --help` needs no mesh

        context.with_resource(acting_as(acting))


def _prepare_streams() -> None:
    """Make sure that both streams are there and that no character can break them."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - for the process's life
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
