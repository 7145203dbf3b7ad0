"""The verbs `subscription create|list|show|pause|resume|rotate|delete`: standing wishes to be told of events."""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import field, replace
from functools import partial
from types import MappingProxyType
from urllib.parse import urlsplit

from meshwright.app.clock import utc_now
from meshwright.app.deliveries_sending import allowed_ranges
from meshwright.app.environments import open_state_alone
from meshwright.app.idempotency import settles
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.subscriptions_starting import refuse_circle, start_of
from meshwright.app.webhook_keys import SECRET_VARIABLES, mesh_key, name_of_key, own_secret, variable_of
from meshwright.app.workspace import Workspace, who
from meshwright.diagnostics import Diagnostic, InputError, RefusedError, known_names_hint
from meshwright.files.literals import DURATION_FORM, duration_ms
from meshwright.frozen import dataclass
from meshwright.model.happenings import OWN_TYPES, TOLD_TYPES
from meshwright.model.names import domain_of
from meshwright.model.subscriptions import (
    ANY,
    MOST_RUNS,
    Backlog,
    EventFilter,
    SendMode,
    Start,
    Subscription,
    SubscriptionState,
    Webhook,
)
from meshwright.state.protocol import Outbox
from meshwright.tools.http_guard import Forbidden, guarded, url_problem
from meshwright.tools.protocol import ToolFailed

#: Subscriptions of a mesh.
MOST = 500
#: Values of one list of a filter, and characters of each.
_MOST_VALUES, _LONGEST = 50, 300
_MOST_ATTEMPTS = 100
_MOST_MOST_RUNS = 100_000
_LONGEST_URL = 2000
#: A secret that was changed signs for so long beside the new one.
_BOTH = dt.timedelta(hours=24)
_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*(?:\.\*)?")
_ENVIRONMENT = "prod"
#: A change is tried again where another one came first.
_TRIES = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscriptionOptions:
    """What a subscription is asked to be."""

    description: str = ""
    #: The domain that it belongs to; None: the mesh.
    owner: str | None = None
    filter: EventFilter = field(default_factory=EventFilter)
    #: Where events are sent to, or the product that is run for each; neither: a filter for streams.
    sink: str | None = None
    start: str | None = None
    variation: str | None = None
    #: Environment and parameters of what is started.
    environment: str = _ENVIRONMENT
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Parameter -> where in the event its value is.
    params_from: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    mode: str = SendMode.BINARY.value
    #: ``${env:MESHWRIGHT_WEBHOOK_...}``; None: one is made.
    secret: str | None = None
    timeout: str = "10s"
    attempts: int = 24
    backoff: str = "1s"
    most_runs: int = MOST_RUNS


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscriptionView:
    """A subscription as it stands."""

    subscription: Subscription
    backlog: Backlog = field(default_factory=Backlog)
    #: Events that came and that it was not asked about yet.
    behind: int = 0
    #: How many of those may be forgotten already: a pause may last longer than events are kept.
    forgotten: int = 0
    #: Where it was just made: what signs. It is told once.
    secret: str | None = None


def create_subscription(
    workspace: Workspace,
    options: SubscriptionOptions,
    require: Callable[[Collection[str]], object] = lambda _: None,
    tell: Callable[[str], object] = lambda _: None,
) -> SubscriptionView:
    """Make a subscription, for what happens from now on.

    `require` is called with the domains whose products it would run, and raises where the caller may not; `tell` with what
    only who runs the server may know. Raises InputError (MW-B002) for what cannot be, RefusedError where there are too many
    (MW-B004), or products would start each other for ever (MW-B015).
    """
    environment = options.environment if options.start is not None else _ENVIRONMENT
    with open_mesh(workspace, environment, create_state=True) as opened:
        _check_owner(opened, options.owner)
        _check_filter(options.filter)
        if not 0 <= options.most_runs <= _MOST_MOST_RUNS:
            raise _impossible(f"most_runs: {options.most_runs}", f"write 0, for no limit, to {_MOST_MOST_RUNS}")
        id_ = f"sub_{secrets.token_hex(8)}"
        secret: str | None = None
        target: Webhook | Start | None = None
        if options.sink is not None and options.start is not None:
            raise _impossible("a subscription sends events or starts runs, not both", "make two subscriptions")
        if options.sink is not None:
            target, secret = _webhook(opened, options, id_, tell)
        elif options.start is not None:
            target = start_of(
                opened,
                options.start,
                variation=options.variation,
                environment=options.environment,
                params=options.params,
                paths=options.params_from,
            )
            require({domain_of(target.product)})
        wanted = Subscription(
            id=id_,
            owner=options.owner or "",
            description=_short("description", options.description),
            filter=options.filter,
            target=target,
            most_runs=options.most_runs,
            created_at=utc_now(),
            by=who(),
        )
        refuse_circle(opened, wanted)
        with settles(lambda made: None if made is None else SubscriptionView(subscription=made, secret=secret)):
            made = opened.state.outbox.subscribe(wanted, MOST)
    if made is None:
        raise RefusedError(
            Diagnostic(
                code="MW-B004",
                message=f"there are {MOST} subscriptions already",
                fix="delete those that nobody needs: mw subscription list",
            )
        )
    return SubscriptionView(subscription=made, secret=secret)


def list_subscriptions(workspace: Workspace) -> tuple[SubscriptionView, ...]:
    """Return all subscriptions with what waits for them, the first made first."""
    with open_state_alone(workspace) as opened:
        outbox = opened.state.outbox
        return tuple(_viewed(outbox, outbox.subscriptions()))


def show_subscription(workspace: Workspace, id_: str) -> SubscriptionView:
    """Return a subscription. Raises InputError (MW-B001) where there is none."""
    with open_state_alone(workspace) as opened:
        outbox = opened.state.outbox
        [view] = _viewed(outbox, [_found(outbox, id_)])
        return view


def _viewed(outbox: Outbox, subscriptions: Iterable[Subscription]) -> Iterator[SubscriptionView]:
    backlog, last, oldest = outbox.backlog(), outbox.last_number(), outbox.oldest_number()
    for each in subscriptions:
        yield SubscriptionView(
            subscription=each,
            backlog=backlog.get(each.id, Backlog()),
            behind=max(last - each.cursor, 0),
            forgotten=max(oldest - 1 - each.cursor, 0),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SubscriptionAsked:
    """What is to change of a subscription, all at once."""

    #: None: it goes on, or stays paused, as it is.
    state: SubscriptionState | None = None
    #: Why it is paused; one that is paused already keeps its reason.
    reason: str = ""
    #: Make another secret; for a day both sign.
    is_rotated: bool = False


def pause_subscription(workspace: Workspace, id_: str, reason: str) -> SubscriptionView:
    """Let nothing be delivered until it is resumed; what comes meanwhile is kept. One that is paused already stays as it is."""
    return alter_subscription(workspace, id_, SubscriptionAsked(state=SubscriptionState.PAUSED, reason=reason))


def resume_subscription(workspace: Workspace, id_: str) -> SubscriptionView:
    """Deliver again, and first what came meanwhile."""
    return alter_subscription(workspace, id_, SubscriptionAsked(state=SubscriptionState.ACTIVE))


def rotate_secret(workspace: Workspace, id_: str) -> SubscriptionView:
    """Make another secret; for a day both sign. Raises InputError (MW-B002) where none was made by us."""
    return alter_subscription(workspace, id_, SubscriptionAsked(is_rotated=True))


def alter_subscription(workspace: Workspace, id_: str, wish: SubscriptionAsked) -> SubscriptionView:
    """Change a subscription in one transaction; the answer tells a secret that was made.

    Raises InputError (MW-B001) where there is none, (MW-B002) for a secret that is not ours to change, RefusedError (MW-B003)
    where others change it all the time. Nothing is changed then.
    """
    key = mesh_key(workspace.private, os.environ) if wish.is_rotated else b""
    with open_state_alone(workspace) as opened:
        outbox = opened.state.outbox
        for _ in range(_TRIES):
            found = _found(outbox, id_)
            wanted = _in_state(found, wish)
            if wish.is_rotated:
                wanted = _rotated(wanted, key)
            if wanted == found:
                return show_subscription(workspace, id_)
            [view] = _viewed(outbox, [replace(wanted, revision=found.revision + 1)])
            if isinstance(wanted.target, Webhook) and wish.is_rotated:
                view = replace(view, secret=own_secret(key, id_, wanted.target.secret_number))
            with settles(partial(_if_changed, view)):
                is_changed = outbox.change_subscription(wanted)
            if is_changed:
                return view
    raise RefusedError(
        Diagnostic(
            code="MW-B003",
            message=f"subscription {id_} is being changed by others all the time; nothing was changed",
            fix="look at it, and try again",
        )
    )


def _if_changed(view: SubscriptionView, is_changed: object) -> SubscriptionView | None:
    return view if is_changed else None


def _in_state(found: Subscription, wish: SubscriptionAsked) -> Subscription:
    if wish.state is SubscriptionState.ACTIVE:
        return replace(found, state=SubscriptionState.ACTIVE, reason="")
    if wish.state is SubscriptionState.PAUSED and found.state is SubscriptionState.ACTIVE:
        return replace(found, state=SubscriptionState.PAUSED, reason=_short("reason", wish.reason))
    return found


def _rotated(found: Subscription, key: bytes) -> Subscription:
    hook = found.target
    if not isinstance(hook, Webhook):
        raise _impossible(
            f"subscription {found.id} sends nothing, and has no secret", "look at it: mw subscription show"
        )
    if hook.secret:
        raise _impossible(
            f"the secret of subscription {found.id} is in {hook.secret}",
            "set that variable to another one, and restart",
        )
    is_same_key = hook.key_name == name_of_key(key)
    rotated = replace(
        hook,
        secret_number=hook.secret_number + 1,
        key_name=name_of_key(key),
        both_until=utc_now() + _BOTH if is_same_key else None,
    )
    return replace(found, target=rotated)


def delete_subscription(workspace: Workspace, id_: str) -> Subscription:
    """Forget a subscription with its deliveries. Raises InputError (MW-B001) where there is none."""
    with open_state_alone(workspace) as opened:
        found = _found(opened.state.outbox, id_)
        with settles(lambda is_gone: found if is_gone else None):
            opened.state.outbox.unsubscribe(id_)
        return found


def subscription_of(workspace: Workspace, id_: str) -> Subscription:
    """Return a subscription as it is recorded. Raises InputError (MW-B001) where there is none."""
    with open_state_alone(workspace) as opened:
        return _found(opened.state.outbox, id_)


def _found(outbox: Outbox, id_: str) -> Subscription:
    found = outbox.subscription(id_)
    if found is None:
        raise InputError(
            Diagnostic(
                code="MW-B001",
                message=f"no subscription {id_[:80]!r}",
                fix=known_names_hint(id_, [each.id for each in outbox.subscriptions()], what="subscriptions"),
            )
        )
    return found


def _check_owner(opened: OpenedMesh, owner: str | None) -> None:
    if owner is not None and owner not in opened.mesh.domains:
        raise _impossible(f"no domain '{owner[:80]}'", known_names_hint(owner, opened.mesh.domains, what="domains"))


def _check_filter(wanted: EventFilter) -> None:
    for name in ("types", "sources", "subjects", "products", "domains", "environments"):
        values = getattr(wanted, name)
        if len(values) > _MOST_VALUES:
            raise _impossible(
                f"{name} has {len(values)} values", f"name {_MOST_VALUES} at most, or make more subscriptions"
            )
        for value in values:
            if not value or len(value) > _LONGEST or not value.isprintable():
                raise _impossible(
                    f"{name}: {value[:80]!r} is nothing that could fit", f"write 1 to {_LONGEST} characters"
                )
    for type_ in wanted.types:
        if not _TYPE.fullmatch(type_):
            raise _impossible(
                f"types: {type_[:80]!r} is no type", "write a type, or the beginning of one: org.example.*"
            )
        is_known = type_.endswith(".*") or not type_.startswith(OWN_TYPES)
        if not is_known and type_ not in _OWN:
            raise _impossible(f"no event is of type '{type_[:80]}'", known_names_hint(type_, _OWN, what="types"))
    if not wanted.environments:
        raise _impossible("environments names none", f"name one, or '{ANY}' for all")


_OWN = (*TOLD_TYPES, "meshwright.file.arrived", "meshwright.dataset.late", "meshwright.run.late")


def _webhook(
    opened: OpenedMesh, options: SubscriptionOptions, id_: str, tell: Callable[[str], object]
) -> tuple[Webhook, str | None]:
    """Return what is sent to, and its secret where one is made."""
    url = options.sink or ""
    if len(url) > _LONGEST_URL or not url.isascii() or "#" in url:
        raise _impossible("the sink is no address that can be sent to", "write a short URL in ASCII, without '#'")
    if problem := url_problem(url):
        raise _impossible(f"sink: {problem}", "write for example https://example.org/hook")
    _require_reachable(opened.workspace, url, tell)
    hook = Webhook(
        url=url,
        mode=_one_of(SendMode, options.mode, "mode"),
        timeout_s=_seconds("timeout", options.timeout, 0.1, 60),
        attempts=options.attempts,
        backoff_s=_seconds("backoff", options.backoff, 0.01, 3600),
        secret=options.secret or "",
    )
    if not 1 <= hook.attempts <= _MOST_ATTEMPTS:
        raise _impossible(f"attempts: {hook.attempts}", f"write 1 to {_MOST_ATTEMPTS}")
    if options.secret is not None:
        if variable_of(options.secret) is None:
            raise _impossible(
                "a secret is written nowhere but in a variable of the server's environment",
                f"leave it away, and one is made; or write ${{env:{SECRET_VARIABLES}NAME}}",
            )
        return hook, None
    key = mesh_key(opened.workspace.private, os.environ)
    return replace(hook, key_name=name_of_key(key)), own_secret(key, id_, hook.secret_number)


def _require_reachable(workspace: Workspace, url: str, tell: Callable[[str], object]) -> None:
    """Refuse what would never be sent to. A name that nobody knows now may be known later."""
    parts = urlsplit(url)
    with open_state_alone(workspace) as alone:
        allowed = allowed_ranges(alone.settings)
    try:
        guarded(allowed)(parts.hostname or "", parts.port or 443)
    except Forbidden as failure:
        tell(f"no subscription was made for {who()}: {failure.why}")
        raise _impossible(f"sink: {failure}", failure.fix or "") from failure
    except ToolFailed:
        return


def _seconds(name: str, text: str, least: float, most: float) -> float:
    found_ms = duration_ms(text)
    if not found_ms or not least <= found_ms / 1000 <= most:
        raise _impossible(f"{name}: '{text[:40]}' is no time from {least:g} s to {most:g} s", f"write {DURATION_FORM}")
    return found_ms / 1000


def _one_of(kind: type[SendMode], word: str, name: str) -> SendMode:
    try:
        return kind(word)
    except ValueError:
        raise _impossible(f"{name}: no '{word[:40]}'", known_names_hint(word, list(kind), what="modes")) from None


def _short(name: str, text: str) -> str:
    if len(text) > _LONGEST:
        raise _impossible(f"{name} is longer than {_LONGEST} characters", "write less")
    return text


def _impossible(message: str, fix: str) -> InputError:
    return InputError(Diagnostic(code="MW-B002", message=message, fix=fix))
