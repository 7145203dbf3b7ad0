"""The options of ``dagster``: what they may be, checked without asking Dagster."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from meshwright.tools.dagster_api import JOB_TAG
from meshwright.tools.protocol import Json, Problem
from meshwright.tools.requests import address_problem

_OPTIONS = ("url", "job", "assets", "location", "repository", "config", "tags", "token", "headers", "values")
_VALUE_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


def option_problems(options: Mapping[str, Json]) -> Iterable[Problem]:
    """Find what is wrong with the options."""
    for name in options:
        if name not in _OPTIONS:
            yield Problem(path=(name,), message=f"unknown key '{name}'", fix=f"keys: {', '.join(_OPTIONS)}")
    if "url" not in options:
        yield Problem(
            message="there is no url of a Dagster",
            fix="write url: https://dagster.example.org here, or under tools: dagster: in mesh.yaml",
        )
    elif (wrong := address_problem(options["url"])) is not None:
        yield Problem(path=("url",), message=wrong)
    if "job" not in options and "assets" not in options:
        yield Problem(message="there is no job, and no assets", fix="write job: NAME, or assets: [KEY, ...]")
    for name in ("job", "location", "repository", "token"):
        if name in options and not (isinstance(options[name], str) and options[name]):
            yield Problem(path=(name,), message=f"{name} is a text")
    if "assets" in options and not _is_texts(options["assets"]):
        yield Problem(
            path=("assets",), message="assets are a list of keys", fix="write for example [orders, mart/daily]"
        )
    for name in ("config", "headers"):
        if not isinstance(options.get(name, {}), Mapping):
            yield Problem(path=(name,), message=f"{name} is a map of names and values")
    yield from _tag_problems(options.get("tags", {}))
    yield from _value_problems(options.get("values", {}))
    if isinstance(options.get("token"), str) and "${" not in str(options["token"]):
        yield Problem(
            path=("token",),
            message="the token stands in the file",
            fix="write a reference, as ${env:DAGSTER_TOKEN}",
            is_error=False,
        )


def _tag_problems(tags: Json) -> Iterable[Problem]:
    if not isinstance(tags, Mapping):
        yield Problem(path=("tags",), message="tags are a map of names and texts")
        return
    for name, value in tags.items():
        if not isinstance(value, str):
            yield Problem(path=("tags", name), message="a tag is a text", fix=f'write "{value}"')
        if str(name).startswith(JOB_TAG.partition("/")[0] + "/"):
            yield Problem(path=("tags", name), message=f"'{name}' is a tag that meshwright sets")


def _value_problems(values: Json) -> Iterable[Problem]:
    if not isinstance(values, Mapping):
        yield Problem(
            path=("values",), message="values are names with asset.label", fix="write for example {rows: orders.rows}"
        )
        return
    for name, path in values.items():
        if not _VALUE_NAME.fullmatch(str(name)):
            yield Problem(path=("values", name), message=f"'{name}' is not a name", fix="small letters, digits and _")
        if not isinstance(path, str) or not all(path.rpartition(".")):
            yield Problem(path=("values", name), message="a value is asset.label, or step.label", fix="as orders.rows")


def _is_texts(found: Json) -> bool:
    return isinstance(found, list | tuple) and bool(found) and all(isinstance(each, str) and each for each in found)
