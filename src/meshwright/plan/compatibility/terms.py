"""What changes of the terms of a contract: what its data may be used for, who may read it, where, and what it costs.

Wording cannot be compared, so that terms in words are minor once they are there, and a policy matter: somebody should read
them. What takes from readers (a limitation where there was none, a role, a server, a higher price) is major.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshwright.plan.compatibility.common import COMMON
from meshwright.plan.compatibility.rules import (
    Pair,
    Presence,
    Rule,
    are_same,
    by_name,
    compare,
    optional,
    part,
    rule_of,
    shown,
    weighed,
)
from meshwright.plan.compatibility.values import Change, Level


def _description(pair: Pair) -> Iterator[Change]:
    old, new = part(pair.before.get("description")), part(pair.after.get("description"))
    yield from compare(pair.below("description", "the contract", old, new), _DESCRIPTION)


def _price(pair: Pair) -> Iterator[Change]:
    old, new = part(pair.before.get("price")), part(pair.after.get("price"))
    kind, level = _price_kind(old, new)
    message = f"price changed from {_price_words(old)} to {_price_words(new)}"
    if kind:
        yield pair.change("price", kind, level, message, is_policy=True)
    yield from compare(pair.below("price", "the price", old, new), COMMON, silent=_PRICE)


def _price_kind(old: Mapping[str, object], new: Mapping[str, object]) -> tuple[str, Level]:
    was, now = ({key: side.get(key) for key in sorted(_PRICE)} for side in (old, new))
    if was == now:
        return "", Level.NONE
    if not any(was.values()):
        return "price_added", Level.MAJOR
    if not any(now.values()):
        return "price_removed", Level.MINOR
    before, after = was.pop("priceAmount"), now.pop("priceAmount")
    if was != now or not isinstance(before, int | float) or not isinstance(after, int | float):
        return "price_changed", Level.MAJOR
    return ("price_raised", Level.MAJOR) if after > before else ("price_lowered", Level.MINOR)


def _price_words(price: Mapping[str, object]) -> str:
    words = [shown(price[key]) for key in ("priceAmount", "priceCurrency", "priceUnit") if price.get(key) is not None]
    return " ".join(words) or "none"


def _roles(pair: Pair) -> Iterator[Change]:
    old, new = by_name(pair.before.get("roles"), "role"), by_name(pair.after.get("roles"), "role")
    for name in [*old, *(name for name in new if name not in old)]:
        key, noun = f"roles/{name}", f"role {name} of {pair.noun}"
        if name not in new:
            yield pair.change(key, "role_removed", Level.MAJOR, f"{noun} removed", is_policy=True)
        elif name not in old:
            yield pair.change(key, "role_added", Level.MINOR, f"{noun} added", is_policy=True)
        else:
            yield from compare(pair.below(key, noun, old[name], new[name]), _ROLE)


def _servers(pair: Pair) -> Iterator[Change]:
    """Compare the places where data is read, by what they are called."""
    old, new = by_name(pair.before.get("servers"), "server"), by_name(pair.after.get("servers"), "server")
    for name in [*old, *(name for name in new if name not in old)]:
        key, noun = f"servers/{name}", f"server {name}"
        if name not in new:
            yield pair.change(key, "server_removed", Level.MAJOR, f"{noun} removed")
        elif name not in old:
            yield pair.change(key, "server_added", Level.MINOR, f"{noun} added")
        else:
            inner = pair.below(key, noun, old[name], new[name])
            judged = frozenset().union(*(rule.keys for rule in _SERVER))
            # Whatever else a server says (host, database, bucket ...) is where its data is.
            address = sorted({*inner.before, *inner.after} - judged - {"server", "description"})
            yield from compare(inner, (*_SERVER, weighed("server_moved", Level.MAJOR, *address)))


def _support(pair: Pair) -> Iterator[Change]:
    old, new = by_name(pair.before.get("support"), "channel"), by_name(pair.after.get("support"), "channel")
    for name in [*old, *(name for name in new if name not in old)]:
        key, noun = f"support/{name}", f"support channel {name}"
        if name not in new:
            yield pair.change(key, "support_removed", Level.MINOR, f"{noun} removed")
        elif name not in old:
            yield pair.change(key, "support_added", Level.PATCH, f"{noun} added")
        else:
            yield from _support_channel(pair.below(key, noun, old[name], new[name]))


def _support_channel(pair: Pair) -> Iterator[Change]:
    """One change for a channel, whatever differs: its words, its link, its tool."""
    if not are_same(pair.before, pair.after):
        yield pair.change("", "support_changed", Level.PATCH, f"{pair.noun} changed")


_PRICE = frozenset({"priceAmount", "priceCurrency", "priceUnit"})
_DESCRIPTION = (
    optional(
        "limitations",
        Presence(
            added=("limitations_added", Level.MAJOR),
            removed=("limitations_removed", Level.MINOR),
            changed=("limitations_changed", Level.MINOR),
        ),
        is_policy=True,
    ),
    optional(
        "usage",
        Presence(
            added=("usage_added", Level.MINOR),
            removed=("usage_removed", Level.MINOR),
            changed=("usage_changed", Level.MINOR),
        ),
        is_policy=True,
    ),
    *COMMON,
)
_ROLE = (
    weighed("role_access_changed", Level.MAJOR, "access", is_policy=True),
    weighed("role_approvers_changed", Level.MINOR, "firstLevelApprovers", "secondLevelApprovers", is_policy=True),
    *COMMON,
)
_SERVER = (
    weighed("server_type_changed", Level.MAJOR, "type"),
    weighed("server_environment_changed", Level.MINOR, "environment"),
    rule_of(_roles, "roles"),
    *COMMON,
)
TERMS: tuple[Rule, ...] = (
    rule_of(_description, "description"),
    rule_of(_price, "price"),
    rule_of(_roles, "roles"),
    rule_of(_servers, "servers"),
    rule_of(_support, "support"),
    weighed("team_changed", Level.PATCH, "team"),
    weighed("tenant_changed", Level.MINOR, "tenant", is_policy=True),
    weighed("domain_changed", Level.PATCH, "domain"),
    weighed("data_product_changed", Level.PATCH, "dataProduct"),
)
