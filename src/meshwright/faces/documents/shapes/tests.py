"""Tests: what a rule said of a version, now and so far."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from meshwright.faces.documents.shapes.base import Json, Time
from meshwright.model.rules import Action

#: What a failed rule does, or that it was kept, or could not be measured.
_Verdict = Annotated[str, ("pass", *(action.value for action in Action), "error")]


class Supplier(TypedDict):
    """Where what a broken rule found can come from."""

    product: str
    owners: list[str]
    dataset: str
    columns: list[str]
    source: str | None


class Reached(TypedDict):
    """Whom a dataset would have reached."""

    name: str
    kind: str
    owners: list[str]
    port: str | None
    datasets: list[str]


class TestEntry(TypedDict):
    """What a rule says of a version."""

    id: str
    dataset: str
    action: Annotated[str, Action]
    verdict: _Verdict
    value: Json
    operator: str
    bound: Json
    failing_rows: int | None
    metric: str | None
    columns: list[str]
    rule: str
    finding: str
    sample: list[dict[str, Json]]
    demand: str
    version: str
    recorded: bool
    error: str | None
    supplier: list[Supplier]
    consumers: list[Reached]


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
    verdict: _Verdict
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
