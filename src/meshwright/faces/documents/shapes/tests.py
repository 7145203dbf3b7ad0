"""Tests: what a rule said of a version, now and so far."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from meshwright.app.shapes import TestEntry
from meshwright.app.shapes import Verdict as RuleVerdict
from meshwright.faces.documents.shapes.base import Json, Time
from meshwright.model.rules import Action


class Edit(TypedDict):
    """A way in which a rule is not what it was."""

    what: str
    before: str
    after: str


class Verdict(TypedDict):
    """A verdict in the history of a rule."""

    at: Time | None
    run_id: str | None
    environment: str | None
    published: bool
    version: str
    id: str
    action: Annotated[str, Action]
    rule: str
    operator: str
    bound: Json
    verdict: RuleVerdict
    value: Json
    failing_rows: int | None
    finding: str
    sample: list[dict[str, Json]]
    error: str | None


class PastVerdict(Verdict):
    """A verdict, and how the rule had been edited since the one before."""

    edited: list[Edit]


class ListedRule(TypedDict):
    """A rule of a dataset with its latest verdict."""

    id: str
    rule: str
    action: Annotated[str, Action]
    demand: str
    port: str | None
    file: str | None
    line: int | None
    latest: Verdict | None
    edited: list[Edit]


class Rules(TypedDict):
    """The rules of a dataset."""

    schema: Literal["meshwright/rules/1"]
    dataset: str
    environment: str
    rules: list[ListedRule]


class Rule(TypedDict):
    """A rule and what it said so far, newest first."""

    schema: Literal["meshwright/rule/1"]
    dataset: str
    environment: str
    id: str
    names: list[str]
    now: ListedRule | None
    history: list[PastVerdict]
    cut: bool


class Test(TypedDict):
    """What rules say of the versions that are there."""

    schema: Literal["meshwright/test/1"]
    ok: bool
    tests: list[TestEntry]
    untested: list[str]
