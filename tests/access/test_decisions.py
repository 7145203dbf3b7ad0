"""Decisions as a table: each role and domain, each action, on what is of whom."""

from __future__ import annotations

import itertools

import pytest

from meshwright.access import Action, Principal, Role, decide
from meshwright.access.rules import RULES

ALL = Principal(id="a", role=Role.ADMINISTRATOR)
SALES = Principal(id="s", role=Role.ADMINISTRATOR, domain="sales")
VIEWER = Principal(id="v", role=Role.VIEWER)
VIEWER_OF_SALES = Principal(id="w", role=Role.VIEWER, domain="sales")

READS = [action for action in Action if not RULES[action].is_change]
CHANGES = [action for action in Action if RULES[action].is_change]
OF_DOMAINS = [
    Action.START_RUNS,
    Action.STOP_RUNS,
    Action.CHANGE_ENVIRONMENTS,
    Action.CHANGE_SCHEDULES,
    Action.CHANGE_SUBSCRIPTIONS,
]
IN_OWN_NAME = [Action.SEND_EVENTS, Action.TELL_OUTSIDE]


def test_every_action_has_its_rule() -> None:
    assert set(RULES) == set(Action)


@pytest.mark.parametrize(
    ("who", "action"), list(itertools.product([ALL, SALES, VIEWER, VIEWER_OF_SALES], READS)), ids=str
)
def test_everybody_with_a_token_reads(who: Principal, action: Action) -> None:
    assert decide(who, action, ["finance"]).is_allowed


@pytest.mark.parametrize(("who", "action"), list(itertools.product([VIEWER, VIEWER_OF_SALES], CHANGES)), ids=str)
def test_a_viewer_changes_nothing(who: Principal, action: Action) -> None:
    for domains in (None, [], ["sales"]):
        decision = decide(who, action, domains)
        assert not decision.is_allowed
        assert "viewer" in decision.reason


@pytest.mark.parametrize("action", CHANGES)
@pytest.mark.parametrize("domains", [None, [], ["sales"], ["sales", "finance"]])
def test_an_administrator_of_the_mesh_changes_everything(action: Action, domains: list[str] | None) -> None:
    assert decide(ALL, action, domains).is_allowed


@pytest.mark.parametrize("action", OF_DOMAINS)
def test_an_administrator_of_a_domain_changes_what_is_the_domains(action: Action) -> None:
    assert decide(SALES, action, ["sales"]).is_allowed
    assert decide(SALES, action).is_allowed  # something of it
    assert not decide(SALES, action, []).is_allowed  # the mesh as a whole
    refused = decide(SALES, action, ["sales", "finance", "ops"])
    assert not refused.is_allowed
    assert "finance, ops" in refused.reason


@pytest.mark.parametrize("action", IN_OWN_NAME)
def test_what_is_done_in_the_domains_name_needs_no_object_of_its_own(action: Action) -> None:
    assert decide(SALES, action, []).is_allowed


def test_tokens_are_made_by_an_administrator_of_the_whole_mesh() -> None:
    assert not decide(SALES, Action.MANAGE_TOKENS, ["sales"]).is_allowed
    assert not decide(SALES, Action.MANAGE_TOKENS).is_allowed
