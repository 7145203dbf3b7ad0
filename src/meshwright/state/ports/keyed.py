"""Requests that carry a key of idempotency."""

from __future__ import annotations

from typing import Protocol

from meshwright.model.keyed import KeyedRequest


class Keyed(Protocol):
    """Requests that carry a key of idempotency."""

    def begin(self, request: KeyedRequest) -> KeyedRequest | None:
        """Note that a request is being answered; where its key is taken, nothing is changed and what stands is returned."""
        ...

    def take_over(self, standing: KeyedRequest, request: KeyedRequest) -> bool:
        """Let `request`, of the same key, stand for one that nobody answers; False where somebody else came first."""
        ...

    def settle(self, request: KeyedRequest, answer: str) -> None:
        """Note what a request is going to be answered, before what it asks for is done outside the state.

        Raises Fenced (MW-U003) where another process has the request.
        """
        ...

    def end(self, request: KeyedRequest, status: int, answer: str) -> None:
        """Note the answer; nothing where the request is not its holder's any more, or has one."""
        ...

    def abandon(self, request: KeyedRequest) -> None:
        """Forget a request that changed nothing and is to be asked anew under its key; one that was settled is let go of."""
        ...
