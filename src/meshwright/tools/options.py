"""Checks the options of a node against a table of what each may be. A reference, ``${env:X}``, may stand for any of them.

The options that a tool takes are data, `Option` by name, so that an unknown key, a wrong form and a missing key are told in the
same words by every tool.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from meshwright.diagnostics.nearest import known_names_hint
from meshwright.frozen import dataclass
from meshwright.tools.protocol import Json, Problem

_DURATION = re.compile(r"(\d{1,9})(ms|s|m|h|d|w)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_REFERENCE = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """What one option may be."""

    #: Whether a value is of the form.
    accepts: Callable[[Json], bool]
    #: The form in words, with its article: ``a text``.
    form: str
    is_required: bool = False
    #: How it is written, for where it is missing or wrong.
    example: str | None = None


def text(*, is_required: bool = False, example: str | None = None) -> Option:
    """Say that an option is a text which is not empty."""
    return Option(accepts=_is_text, form="a text", is_required=is_required, example=example)


def texts(*, example: str | None = None) -> Option:
    """Say that an option is a list of texts."""
    return Option(accepts=_is_texts, form="a list of texts", example=example)


def flag() -> Option:
    """Say that an option is true or false."""
    return Option(accepts=lambda value: isinstance(value, bool), form="true or false")


def whole_number(*, at_least: int = 0) -> Option:
    """Say that an option is a whole number."""
    return Option(
        accepts=lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= at_least,
        form=f"a whole number from {at_least} on",
    )


def duration() -> Option:
    """Say that an option is a duration."""
    return Option(accepts=lambda value: seconds_of(value) is not None, form="a duration, for example 10m")


def one_of(*words: str) -> Option:
    """Say that an option is one of some words."""
    return Option(accepts=lambda value: value in words, form=f"one of {', '.join(words)}")


def settings(*, example: str | None = None) -> Option:
    """Say that an option is names with texts, numbers, or true and false."""
    return Option(accepts=_is_settings, form="names with texts or numbers", example=example)


def environment(*, example: str | None = None) -> Option:
    """Say that an option is environment variables: names that the system takes, with texts, numbers, or true and false."""
    return Option(
        accepts=lambda value: _is_settings(value) and not any(map(wrong_variable, value)),  # type: ignore[arg-type]
        form="names of environment variables with texts or numbers",
        example=example or "variables: {API_KEY: '${env:API_KEY}'}",
    )


def wrong_variable(name: object) -> bool:
    """Whether no environment variable can be called so: a system takes no '=', and a reference in a name is not resolved."""
    return (
        not isinstance(name, str)
        or not name
        or "=" in name
        or "${" in name
        or any(sign.isspace() or sign == "\0" for sign in name)
    )


def mapping(*, example: str | None = None) -> Option:
    """Say that an option is names with values of any kind."""
    return Option(accepts=lambda value: isinstance(value, Mapping), form="names with values", example=example)


def option_problems(options: Mapping[str, Json], known: Mapping[str, Option]) -> Iterator[Problem]:
    """Tell unknown keys, values of a wrong form, and what is missing."""
    for name, value in options.items():
        option = known.get(name)
        if option is None:
            yield Problem(path=(name,), message=f"unknown key {name!r}", fix=known_names_hint(name, known, what="keys"))
        elif not is_reference(value) and not option.accepts(value):
            yield Problem(path=(name,), message=f"'{name}' is {option.form}", fix=_written(option))
    for name, option in known.items():
        if option.is_required and name not in options:
            yield Problem(message=f"'{name}' is missing", fix=_written(option))


def is_reference(value: Json) -> bool:
    """Whether a value holds a reference, so that nobody knows before a run what it is."""
    return isinstance(value, str) and _REFERENCE.search(value) is not None


def seconds_of(value: Json) -> float | None:
    """Return a duration in seconds; None where it is none."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    return int(match[1]) * _SECONDS[match[2]] if match else None


def settings_of(options: Mapping[str, Json], name: str) -> dict[str, str]:
    """Return an option of names with values as texts: what goes to environment variables and to ``key=value``."""
    given = options.get(name) or {}
    assert isinstance(given, Mapping)
    return {str(key): word_of(value) for key, value in given.items()}


def texts_of(options: Mapping[str, Json], name: str) -> tuple[str, ...]:
    """Return an option that is a list of texts."""
    given = options.get(name) or ()
    assert isinstance(given, list | tuple)
    return tuple(str(value) for value in given)


def word_of(value: Json) -> str:
    """Return a value as one word of a command line: true and false as JSON has them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and bool(value.strip()) and "\0" not in value


def _is_texts(value: Json) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) and "\0" not in item for item in value)


def _is_settings(value: Json) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(item, str | int | float | bool) and "\0" not in str(item) for item in value.values()
    )


def _written(option: Option) -> str | None:
    return f"write for example {option.example}" if option.example else None
