"""Where calls may go: every way to write an address that is not public, names that lead to one, and answers that change."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshwright.tools.http_guard import _CARRIERS, Forbidden, guarded, read_ranges, refusal, url_problem
from meshwright.tools.protocol import ToolFailed
from meshwright.tools.requests import Connections, Request, Server
from tests.tools.web import running_web

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]


def looked_up(*addresses: str):
    def look_up(host: str, port: int, **_more: object):
        return [
            (socket.AF_INET6, 1, 6, "", (each, port, 0, 0)) if ":" in each else (socket.AF_INET, 1, 6, "", (each, port))
            for each in addresses
        ]

    return look_up


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_reached(address: str) -> None:
    assert refusal(ipaddress.ip_address(address), ()) is None


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "169.254.1.1", "172.16.0.1",
        "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
        "239.255.255.255", "240.0.0.1", "255.255.255.255", "100.100.100.200",
        "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2001::1", "3fff::1", "100::1", "fec0::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_may_not(address: str) -> None:
    assert refusal(ipaddress.ip_address(address), ()) is not None


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_reached(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    carries = any(address in network for network, _ in _CARRIERS if network.version == address.version)
    if (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
    ):
        assert carries or refusal(address, ()) is not None


@given(st.ip_addresses(v=4))
def test_ipv4_inside_of_ipv6_is_judged_as_ipv4(address: ipaddress.IPv4Address) -> None:
    is_reached = refusal(address, ()) is None
    for text in (f"::ffff:{address}", f"64:ff9b::{address}", f"::ffff:0:{address}"):
        assert (refusal(ipaddress.ip_address(text), ()) is None) is is_reached


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0", "localhost",
        "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "①②⑦.⓪.⓪.①", "LOCALHOST", "2852039166", "0xa9fea9fe",
        "169.254.43518", "fe80::1%lo",
    ],
)  # fmt: skip
def test_every_spelling_of_such_an_address_is_seen_through(host: str) -> None:
    with pytest.raises(ToolFailed, match=r"it may not be reached|was not found"):
        guarded(())(host, 80)


def test_addresses_of_the_metadata_services_are_named() -> None:
    with pytest.raises(Forbidden, match="where a cloud's machines ask for their credentials"):
        guarded(())("169.254.169.254", 80)
    with pytest.raises(Forbidden) as caught:
        guarded(())("2852039166", 80)
    assert "169.254.169.254 (where a cloud's machines ask for their credentials)" in caught.value.why


def test_a_name_goes_to_those_of_its_addresses_that_are_allowed() -> None:
    look_up = looked_up("127.0.0.1", "8.8.8.8", "::1", "8.8.8.8")
    assert guarded((), look_up)("x", 80) == ["8.8.8.8"]


def test_a_name_of_private_addresses_alone_is_refused() -> None:
    with pytest.raises(Forbidden, match=r"host 'evil\.example' leads to no public address") as caught:
        guarded((), looked_up("192.168.0.9", "10.0.0.1"))("evil.example", 80)
    told = f"{caught.value} {caught.value.fix}"
    assert not [each for each in ("192.168", "10.0.0.1") if each in told]
    assert caught.value.why.startswith("host 'evil.example' is 192.168.0.9 (not on the public internet), 10.0.0.1")


def test_ranges_that_the_mesh_allows_may_be_reached_in_every_form() -> None:
    allow = read_ranges(["10.0.0.0/8", "fd00::/8"])
    for address in ("10.2.3.4", "::ffff:10.2.3.4", "64:ff9b::10.2.3.4", "fd00::9"):
        assert refusal(ipaddress.ip_address(address), allow) is None
    for address in ("11.2.3.4", "172.16.0.1", "127.0.0.1"):
        assert (refusal(ipaddress.ip_address(address), allow) is None) is (address == "11.2.3.4")


def test_a_name_that_changes_between_look_and_connection_changes_nothing() -> None:
    """DNS rebinding: the second answer would lead to a server that may not be reached."""
    with running_web("127.0.0.1") as allowed:
        answers = iter([looked_up("127.0.0.1"), looked_up("127.0.0.2"), looked_up("127.0.0.2")])

        def look_up(*given: object, **more: object):
            return next(answers)(*given, **more)

        server = Server(url=f"http://name.example:{allowed.port}")
        resolve = guarded(read_ranges(["127.0.0.1/32"]), look_up)
        connections = Connections(resolve=resolve)
        assert connections.call(server, Request()).status == 200
        connections.close()
        assert allowed.asked[0].headers["host"] == f"name.example:{allowed.port}"
        with pytest.raises(ToolFailed, match="leads to no public address"):
            connections.call(server, Request())
        assert len(allowed.asked) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://a@b/",
        "http://a:b@c/",
        "https://x:0x50/",
        "http://x:70000/",
        "gopher://x/",
        "//x/",
        "http:/x",
        "http://x/\tq",
        "http://\x00/",
    ],
)
def test_texts_that_are_no_web_address_are_refused(url: str) -> None:
    assert url_problem(url) is not None


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".example", "..", "-"])
def test_names_that_are_not_found_are_told(host: str) -> None:
    with pytest.raises(ToolFailed, match="was not found"):
        guarded(())(host, 80)


@pytest.mark.parametrize("allow", [["10.0.0.0/33"], ["x"], "10.0.0.0/8", [None], ["10.0.0.1/8"]])
def test_ranges_that_are_none_are_refused(allow: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of many texts
        read_ranges(allow)  # type: ignore[arg-type]
