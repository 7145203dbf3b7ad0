"""Tokens: found by id, ended once, exchanged once."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

from meshwright.state.protocol import State
from meshwright.state.records import TokenKind, TokenRecord

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def token(name: str = "0123456789ab", kind: TokenKind = TokenKind.BEARER, **changes: object) -> TokenRecord:
    values: dict[str, object] = {
        "id": name,
        "kind": kind,
        "digest": "d" * 64,
        "role": "viewer",
        "domain": "sales",
        "purpose": "tests: \u00fc",
        "created_at": NOW,
        "created_by": "ana@host",
        "expires_at": NOW + dt.timedelta(days=1),
    }
    return TokenRecord(**{**values, **changes})  # type: ignore[arg-type]


def test_a_token_is_found_as_it_was_made(state: State) -> None:
    assert state.tokens.find("0123456789ab") is None
    assert state.tokens.add(token())
    assert state.tokens.find("0123456789ab") == token()
    later = token("ffffffffffff", created_at=NOW + dt.timedelta(seconds=1), domain=None, expires_at=None)
    assert state.tokens.add(later)
    assert state.tokens.all() == (later, token())


def test_an_id_is_taken_once(state: State) -> None:
    assert state.tokens.add(token())
    assert not state.tokens.add(token(role="administrator"))
    assert state.tokens.find("0123456789ab") == token()


def test_a_token_ends_once(state: State) -> None:
    state.tokens.add(token())
    assert state.tokens.end("0123456789ab", NOW, "ben@host")
    assert not state.tokens.end("0123456789ab", NOW + dt.timedelta(hours=1), "cem@host")
    assert not state.tokens.end("nobody", NOW, "ben@host")
    found = state.tokens.find("0123456789ab")
    assert found is not None
    assert (found.ended_at, found.ended_by) == (NOW, "ben@host")
    assert not found.is_good(NOW)


def test_a_token_is_good_until_it_expires() -> None:
    assert token().is_good(NOW)
    assert not token().is_good(NOW + dt.timedelta(days=1))
    assert token(expires_at=None).is_good(NOW + dt.timedelta(days=10_000))


def test_a_link_is_exchanged_once_among_many_who_try(state: State) -> None:
    state.tokens.add(token("link00000000", TokenKind.LINK))

    def exchange(number: int) -> bool:
        return state.tokens.exchange("link00000000", token(f"token{number}"), NOW, f"token{number}")

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(exchange, range(8)))
    assert won.count(True) == 1
    assert [each.id for each in state.tokens.all() if each.kind is TokenKind.BEARER] == [f"token{won.index(True)}"]
