"""Chains of causes in headers: W3C Baggage as it is written and read, and CloudEvents' own headers, which come first."""

from __future__ import annotations

import pytest

from meshwright.files.standards.baggage import baggage_of, chain_of_headers
from meshwright.model.chains import NO_CHAIN, Chain

CHAIN = Chain(depth=3, correlation="/Läden 1,2;3=%", causation="/b 7")


def test_what_is_written_is_read_back() -> None:
    text = baggage_of(CHAIN)
    assert text == "meshwrightdepth=3,correlationid=%2FL%C3%A4den%201%2C2%3B3%3D%25,causationid=%2Fb%207"
    assert chain_of_headers({"baggage": text}) == CHAIN
    assert baggage_of(NO_CHAIN) == "meshwrightdepth=0"
    assert len(baggage_of(NO_CHAIN.at(1, "\U0001f600" * 500, "\U0001f600" * 500))) < 8192


def test_an_event_that_nothing_led_to_begins_a_chain() -> None:
    assert NO_CHAIN.told_by("/a 1") == Chain(depth=0, correlation="/a 1", causation="/a 1")
    assert CHAIN.told_by("/c 9") == Chain(depth=3, correlation=CHAIN.correlation, causation="/c 9")


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, None),
        ({"baggage": ""}, None),
        ({"baggage": "userId=alice"}, None),
        ({"baggage": "correlationid=x"}, None),
        ({"baggage": "meshwrightdepth"}, None),
        ({"baggage": "meshwrightdepth=-1"}, None),
        ({"baggage": "meshwrightdepth=many"}, None),
        ({"baggage": "meshwrightdepth=" + "9" * 5000}, None),
        ({"baggage": ";;,,=,=;=,meshwrightdepth=2"}, Chain(depth=2)),
        ({"baggage": "meshwrightdepth=0"}, NO_CHAIN),
        ({"baggage": "a=b;p=1, meshwrightdepth = 2 ;p, correlationid=x"}, Chain(depth=2, correlation="x")),
        ({"baggage": "meshwrightdepth=2,meshwrightdepth=9"}, Chain(depth=2)),
        ({"baggage": "meshwrightdepth=2,correlationid=%FF%zz"}, Chain(depth=2, correlation="\ufffd%zz")),
        ({"baggage": "a=1," * 500 + "meshwrightdepth=2"}, None),
        ({"ce-meshwrightdepth": "4", "ce-correlationid": "%2Fa%201"}, Chain(depth=4, correlation="/a 1")),
        ({"ce-meshwrightdepth": "4", "baggage": "meshwrightdepth=1,correlationid=x"}, Chain(depth=4)),
        ({"ce-correlationid": "y", "baggage": "meshwrightdepth=1"}, Chain(depth=1)),
    ],
)
def test_headers_say_what_led_to_a_request_or_nothing(headers: dict[str, str], found: Chain | None) -> None:
    assert chain_of_headers(headers) == found
