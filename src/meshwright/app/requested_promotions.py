"""Promotions that are asked for by URL: looked at, and recorded, before anybody is told; carried out by a worker as `mw promote`.

A request is a row as that of a run is, under its key. Its run's id is settled with it, and the promotion is done once: whatever is
killed, who takes the run over finds the generation that it made.
"""

from __future__ import annotations

import json
from dataclasses import replace

from meshwright.app.opened import open_mesh
from meshwright.app.promotion import PromotionWish, require_promotable
from meshwright.app.requested_runs import (
    DEFAULT_ENVIRONMENT,
    Asking,
    Requested,
    known_request,
    new_request,
    require_room,
    require_words,
    settled_request,
)
from meshwright.app.terms import Terms
from meshwright.app.workspace import Workspace
from meshwright.model import canonical_json
from meshwright.model.identity import identity
from meshwright.model.requests import RequestedRun, RequestKind


def known_promotion(workspace: Workspace, wish: PromotionWish, asking: Asking) -> Requested | None:
    """Return the promotion that a key stands for; None where it is a new one.

    Raises InputError (MW-H302) for what is no key, RefusedError (MW-H301) where it was given to another request.
    """
    with open_mesh(workspace, DEFAULT_ENVIRONMENT, create_state=True) as opened:
        return known_request(opened.state, asking, _digest(wish))


def request_promotion(workspace: Workspace, wish: PromotionWish, asking: Asking) -> Requested:
    """Ask for a promotion. It is durable when this returns; asked for again under its key, it is the same one.

    Whatever `promote` would refuse now is refused, and nothing is recorded then. What it was allowed for is recorded with it: it
    moves pointers of no other domains, and with `Terms.generation` none but those of that generation of the sandbox.
    """
    require_words((wish.sandbox, wish.to or "", *wish.reason.split("\n")))
    target = require_promotable(workspace, wish)
    with open_mesh(workspace, DEFAULT_ENVIRONMENT, create_state=True) as opened:
        require_room(opened.state)
        asked = canonical_json({**_asked(wish), "generation": wish.terms.generation, "domains": _domains(wish)})
        made = new_request(asking, _digest(wish), RequestKind.PROMOTE, target, asked)
        return settled_request(opened.state, made, opened.state.requests.submit(made))


def promotion_of(request: RequestedRun) -> PromotionWish:
    """Give back what `request_promotion` was asked for, from its record."""
    asked = json.loads(request.asked)
    domains = asked["domains"]
    return PromotionWish(
        sandbox=asked["sandbox"],
        to=asked["to"],
        unpin=asked["unpin"],
        reason=asked["reason"],
        terms=replace(Terms(), generation=asked["generation"]),
        domains=None if domains is None else tuple(domains),
    )


def _domains(wish: PromotionWish) -> list[str] | None:
    return None if wish.domains is None else sorted(wish.domains)


def _asked(wish: PromotionWish) -> dict[str, object]:
    return {"sandbox": wish.sandbox, "to": wish.to, "unpin": wish.unpin, "reason": wish.reason}


def _digest(wish: PromotionWish) -> str:
    """Return what is asked for as an identity; on what terms is not part of it: they are looked at once."""
    return identity("mwasked1", RequestKind.PROMOTE.value, canonical_json(_asked(wish)))
