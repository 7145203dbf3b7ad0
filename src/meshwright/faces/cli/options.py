"""Arguments and options that several commands share, as annotated types for typer."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from meshwright.diagnostics import Diagnostic, InputError
from meshwright.faces.cli.completion import complete_environments, complete_selection
from meshwright.model.causes import Cause, cause_of

SELECT_HELP = (
    "What: 'domain', 'domain.product' or 'domain.product.dataset', '+' before or after for what is up or down "
    "stream, '*' for any name; 'tag:x', 'owner:x'; 'changed' for what differs from the environment. Several words are "
    "added together. Default: the whole mesh."
)

SelectArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="SELECT", help=SELECT_HELP, show_default=False, autocompletion=complete_selection),
]
EnvironmentOption = Annotated[
    str | None,
    typer.Option(
        "--env",
        "-e",
        metavar="NAME",
        help="Environment. Default: prod.",
        show_default=False,
        autocompletion=complete_environments,
    ),
]
VariationOption = Annotated[
    str | None,
    typer.Option(
        "--variation",
        metavar="NAME",
        help="The variation of this name, of all that is selected and has it.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer with one JSON document on standard output.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
DirectoryOption = Annotated[
    Path | None,
    typer.Option(
        "--directory", "-C", metavar="DIR", help="Work as if started in DIR.", show_default=False, file_okay=True
    ),
]
ParamOption = Annotated[
    list[str] | None,
    typer.Option(
        "--param", "-p", metavar="NAME=VALUE", help="Set a parameter for this run; repeatable.", show_default=False
    ),
]
OnlyOption = Annotated[
    bool, typer.Option("--only", help="Build just what is selected; read everything else as published.")
]
UnitOption = Annotated[bool, typer.Option("--unit", help="Unit tests only: on the rows of the tests, beside no data.")]
DataOption = Annotated[bool, typer.Option("--data", help="Rules only: on the versions that are there.")]
RefreshOption = Annotated[
    bool,
    typer.Option(
        "--refresh",
        help="Run the selected opaque nodes again (sources, 'deterministic: false'), whatever their 'refresh' says; "
        "build the selected incremental datasets anew from what is there.",
    ),
]
IntervalOption = Annotated[
    str | None,
    typer.Option(
        "--interval",
        metavar="A..B",
        help="Build these intervals, the end excluded, of the datasets selected that are cut by time: dates and months "
        "('2013-01-01..2013-02-01'; midnight in UTC, or in the dataset's timezone) or moments in UTC. "
        "What new inputs reach is built too; what else is missing waits.",
        show_default=False,
    ),
]
RetestOption = Annotated[bool, typer.Option("--retest", help="Measure every rule again, evidence or not.")]

DEFAULT_ENVIRONMENT = "prod"


class RowFormat(enum.StrEnum):
    """How the rows of a query are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    ARROW = "arrow"


def parse_params(words: Iterable[str] | None) -> dict[str, str]:
    """Read the words of ``--param``. Raises InputError (MW-L004)."""
    return _assignments(words, option="--param", what="parameter", example="min_distance=500")


def parse_params_from(words: Iterable[str] | None) -> dict[str, str]:
    """Read the words of ``--param-from``. Raises InputError (MW-L004)."""
    return _assignments(words, option="--param-from", what="parameter", example="day=data.day")


def parse_filters(words: Iterable[str] | None) -> list[object]:
    """Read the words of ``--filter`` as JSON; what they say is not looked at. Raises InputError (MW-B002)."""
    try:
        return [json.loads(word) for word in words or ()]
    except (ValueError, RecursionError) as error:
        raise InputError(
            Diagnostic(
                code="MW-B002",
                message=f"'--filter' is no JSON: {error}",
                fix="""write for example --filter '{"prefix": {"subject": "operations."}}'""",
            )
        ) from None


def parse_cause(text: str | None) -> Cause | None:
    """Read the value of ``--cause``, which is for programs that start runs. Raises InputError (MW-S003)."""
    if text is None:
        return None
    try:
        return cause_of(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            Diagnostic(
                code="MW-S003",
                message=f"'--cause' cannot be read: {error}",
                fix='write {"kind": "api", "name": ..., "at": ..., "events": [], "key": ...}, with a time zone in "at"',
            )
        ) from None


def parse_source_keys(words: Iterable[str] | None) -> dict[str, str]:
    """Read the words of ``--source``. Raises InputError (MW-L004)."""
    return _assignments(words, option="--source", what="key", example="header=true")


def _assignments(words: Iterable[str] | None, *, option: str, what: str, example: str) -> dict[str, str]:
    """Read ``NAME=VALUE`` words. Raises InputError (MW-L004) listing every malformed or repeated one."""
    values: dict[str, str] = {}
    problems: list[Diagnostic] = []
    for word in words or ():
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            problems.append(_word_problem(f"'{option} {word}' is not NAME=VALUE", option, example))
        elif name.strip() in values:
            problems.append(_word_problem(f"{what} '{name.strip()}' is set twice", option, example))
        else:
            values[name.strip()] = value
    if problems:
        raise InputError(*problems)
    return values


def _word_problem(message: str, option: str, example: str) -> Diagnostic:
    return Diagnostic(code="MW-L004", message=message, fix=f"write each once, for example {option} {example}")


def exclusive(first: str, second: str) -> InputError:
    """Return the error for two options that exclude each other."""
    return InputError(
        Diagnostic(
            code="MW-L006", message=f"'{first}' and '{second}' exclude each other", fix="keep the one that you mean"
        )
    )


def require_one_or_many(id_: str | None, subscription: str | None) -> None:
    """Raise InputError (MW-B018) unless either one delivery is named, or the subscription of many."""
    if (id_ is None) is (subscription is None):
        raise InputError(
            Diagnostic(
                code="MW-B018",
                message="either one delivery is replayed, or many of a subscription",
                fix="write mw delivery replay ID, or mw delivery replay --subscription ID",
            )
        )


def not_together(message: str, fix: str) -> InputError:
    """Return the error for arguments of a command on runs that do not go together."""
    return InputError(Diagnostic(code="MW-R083", message=message, fix=fix))


def require_resolved_alone(others: Mapping[str, object]) -> None:
    """Raise InputError (MW-L006) where `plan --resolved` is given with an option that is about a run; values by option."""
    for option, value in others.items():
        if value:
            raise exclusive("--resolved", option)


def require_one_policy(name: str | None, *, is_all: bool) -> None:
    """Raise InputError where `policy test` is given a name and `--all` (MW-L006), or neither (MW-L003)."""
    if is_all and name is not None:
        raise exclusive("NAME", "--all")
    if not is_all and name is None:
        raise needed("NAME", "--all", "mw policy test NAME, or mw policy test --all for the examples of every policy")


def needed(first: str, second: str, fix: str) -> InputError:
    """Return the error for a command that was given neither of two things, one of which it needs."""
    return InputError(Diagnostic(code="MW-L003", message=f"neither {first} nor {second} is given", fix=fix))
