"""What can be done by URL. Every route declares one action; one without is never served."""

from __future__ import annotations

import enum

from meshwright.frozen import dataclass


class Kind(enum.StrEnum):
    """The five kinds of communication between domains, and the server's own affairs."""

    DOMAIN = "domain"
    DATA = "data"
    PROCESS = "process"
    EVENT = "event"
    DEVELOPMENT = "development"
    SERVER = "server"


class Action(enum.StrEnum):
    """What a caller asks to do."""

    READ_CATALOG = "catalog:read"
    READ_DATA = "data:read"
    QUERY_DATA = "data:query"
    READ_RUNS = "runs:read"
    START_RUNS = "runs:start"
    STOP_RUNS = "runs:stop"
    READ_EVENTS = "events:read"
    SEND_EVENTS = "events:send"
    READ_SUBSCRIPTIONS = "subscriptions:read"
    CHANGE_SUBSCRIPTIONS = "subscriptions:change"
    TELL_OUTSIDE = "outside:tell"
    READ_ENVIRONMENTS = "environments:read"
    CHANGE_ENVIRONMENTS = "environments:change"
    READ_SCHEDULES = "schedules:read"
    CHANGE_SCHEDULES = "schedules:change"
    READ_CALLS = "calls:read"
    MANAGE_TOKENS = "tokens:manage"
    READ_SELF = "self:read"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What an action is about, and who may do it."""

    kind: Kind
    #: Whether it changes something, or lets others' computers work: a domain's administrator may do it for the domain alone.
    is_change: bool = False


#: Every action has its rule: what is not here cannot be declared by a route.
RULES: dict[Action, Rule] = {
    Action.READ_CATALOG: Rule(kind=Kind.DOMAIN),
    Action.READ_DATA: Rule(kind=Kind.DATA),
    Action.QUERY_DATA: Rule(kind=Kind.DATA),
    Action.READ_RUNS: Rule(kind=Kind.PROCESS),
    Action.START_RUNS: Rule(kind=Kind.PROCESS, is_change=True),
    Action.STOP_RUNS: Rule(kind=Kind.PROCESS, is_change=True),
    Action.READ_EVENTS: Rule(kind=Kind.EVENT),
    Action.SEND_EVENTS: Rule(kind=Kind.EVENT, is_change=True),
    Action.READ_SUBSCRIPTIONS: Rule(kind=Kind.EVENT),
    Action.CHANGE_SUBSCRIPTIONS: Rule(kind=Kind.EVENT, is_change=True),
    Action.TELL_OUTSIDE: Rule(kind=Kind.EVENT, is_change=True),
    Action.READ_ENVIRONMENTS: Rule(kind=Kind.DEVELOPMENT),
    Action.CHANGE_ENVIRONMENTS: Rule(kind=Kind.DEVELOPMENT, is_change=True),
    Action.READ_SCHEDULES: Rule(kind=Kind.PROCESS),
    Action.CHANGE_SCHEDULES: Rule(kind=Kind.PROCESS, is_change=True),
    Action.READ_CALLS: Rule(kind=Kind.SERVER),
    Action.MANAGE_TOKENS: Rule(kind=Kind.SERVER, is_change=True),
    Action.READ_SELF: Rule(kind=Kind.SERVER),
}
