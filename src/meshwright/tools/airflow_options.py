"""The options of ``airflow``: what they may be, checked without asking Airflow."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping

from meshwright.tools.protocol import Json, Problem
from meshwright.tools.requests import address_problem

_OPTIONS = ("url", "dag", "conf", "username", "password", "token", "headers", "logical_date", "values")
_VALUE_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


def option_problems(options: Mapping[str, Json]) -> Iterable[Problem]:
    """Find what is wrong with the options."""
    for name in options:
        if name not in _OPTIONS:
            yield Problem(path=(name,), message=f"unknown key '{name}'", fix=f"keys: {', '.join(_OPTIONS)}")
    if "url" not in options:
        yield Problem(
            message="there is no url of an Airflow",
            fix="write url: https://airflow.example.org here, or under tools: airflow: in mesh.yaml",
        )
    elif (wrong := address_problem(options["url"])) is not None:
        yield Problem(path=("url",), message=wrong)
    if not isinstance(options.get("dag"), str) or not options["dag"]:
        yield Problem(
            path=("dag",) if "dag" in options else (), message="there is no name of a DAG", fix="write dag: NAME"
        )
    for name in ("conf", "headers"):
        if not isinstance(options.get(name, {}), Mapping):
            yield Problem(path=(name,), message=f"{name} is a map of names and values")
    yield from _credential_problems(options)
    date = options.get("logical_date")
    if date is not None and moment_of(date) is None and "${" not in str(date):
        yield Problem(
            path=("logical_date",), message=f"'{date}' is not a date or time", fix="write for example 2026-11-30"
        )
    yield from _value_problems(options.get("values", {}))


def moment_of(text: Json) -> dt.datetime | None:
    """Return a date or time with its zone, UTC where it has none; None where the text is neither."""
    try:
        found = dt.datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=dt.UTC) if found is not None and found.tzinfo is None else found


def _credential_problems(options: Mapping[str, Json]) -> Iterable[Problem]:
    for name in ("username", "password", "token"):
        if name in options and not isinstance(options[name], str):
            yield Problem(path=(name,), message=f"{name} is a text")
    if ("username" in options) != ("password" in options):
        given, missing = ("username", "password") if "username" in options else ("password", "username")
        yield Problem(path=(given,), message=f"there is a {given} and no {missing}")
    if "token" in options and "username" in options:
        yield Problem(path=("token",), message="a token, or username and password: not both")
    for name in ("password", "token"):
        if isinstance(options.get(name), str) and "${" not in str(options[name]):
            yield Problem(
                path=(name,),
                message=f"the {name} stands in the file",
                fix="write a reference, as ${env:AIRFLOW_" + name.upper() + "}",
                is_error=False,
            )


def _value_problems(values: Json) -> Iterable[Problem]:
    if not isinstance(values, Mapping):
        yield Problem(
            path=("values",), message="values are names with task.key", fix="write for example {rows: load.rows}"
        )
        return
    for name, path in values.items():
        if not _VALUE_NAME.fullmatch(str(name)):
            yield Problem(path=("values", name), message=f"'{name}' is not a name", fix="small letters, digits and _")
        if not isinstance(path, str) or not path or path.startswith(".") or path.endswith("."):
            yield Problem(path=("values", name), message="a value is task.key, or task for what it returned")
