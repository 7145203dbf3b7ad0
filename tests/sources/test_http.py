"""Files on the web: what servers tell, refuse, forget and cut off."""

from __future__ import annotations

import gzip
import http.server
import io
import socket
import zipfile
from contextlib import closing
from typing import Any

import pytest

from meshwright.diagnostics import InputError, WorldError
from meshwright.model import FileSource, Strength
from tests.sources.bench import Bench, failure, rows_of
from tests.sources.webserver import Web, in_turn, page

CSV = b"id,name\n1,a\n2,b\n"


def node_of(bench: Bench, web: Web, path: str, **settings: Any) -> Any:
    return bench.node(FileSource(path=web.url(path), format="csv", **settings))


@pytest.mark.parametrize(
    ("told", "strength"),
    [
        ({"etag": '"abc"'}, Strength.SNAPSHOT),
        ({"etag": 'W/"abc"'}, Strength.SIZE_AND_TIME),
        ({"modified": 1_700_000_000}, Strength.SIZE_AND_TIME),
        ({}, Strength.UNSEEN),
        ({"modified": 1_700_000_000, "is_sized": False}, Strength.UNSEEN),
    ],
)
def test_the_strength_follows_from_what_the_server_tells(bench: Bench, web: Web, told: Any, strength: Strength) -> None:
    web.pages["/strength.csv"] = page(CSV, **told)
    seen = bench.observe(node_of(bench, web, "/strength.csv"))
    assert (seen.problem, seen.strength) == (None, strength)


def test_planning_asks_for_the_head_alone(bench: Bench, web: Web) -> None:
    web.pages["/head.csv"] = page(CSV, etag='"1"')
    bench.observe(node_of(bench, web, "/head.csv"))
    assert web.methods("/head.csv") == ["HEAD"]


@pytest.mark.parametrize("status", [405, 501, 403])
def test_a_server_without_head_is_asked_for_one_byte(bench: Bench, web: Web, status: int) -> None:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        if request.command == "HEAD":
            page(b"", status=status)(request)
        elif request.headers.get("Range") == "bytes=0-0":
            page(CSV[:1], status=206, etag='"1"', headers={"Content-Range": f"bytes 0-0/{len(CSV)}"})(request)
        else:
            page(CSV, etag='"1"')(request)

    web.pages[f"/nohead{status}.csv"] = answer
    node = node_of(bench, web, f"/nohead{status}.csv")
    seen = bench.observe(node)
    assert (seen.strength, seen.size_bytes) == (Strength.SNAPSHOT, len(CSV))
    assert bench.read(node, seen).seen.key == seen.key


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "MW-X604", InputError),
        (410, "MW-X604", InputError),
        (401, "MW-X605", InputError),
        (400, "MW-X603", InputError),
        (503, "MW-X603", WorldError),
        (429, "MW-X603", WorldError),
    ],
)
def test_an_answer_that_is_no_file_is_told(bench: Bench, web: Web, status: int, code: str, kind: type) -> None:
    web.pages["/no.csv"] = page(b"", status=status)
    node = node_of(bench, web, "/no.csv")
    problem = bench.observe(node).problem
    assert problem is not None
    assert problem.code == code
    assert str(status) in problem.message
    assert isinstance(failure(lambda: bench.readers.head(node).__enter__()), kind)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_asked_again(bench: Bench, web: Web, status: int) -> None:
    web.pages["/busy.csv"] = in_turn(page(b"", status=status, headers={"Retry-After": "0"}), page(CSV, etag='"1"'))
    assert bench.observe(node_of(bench, web, "/busy.csv")).problem is None


def test_redirects_are_followed_and_take_no_credentials_to_another_host(bench: Bench, web: Web) -> None:
    web.pages["/there.csv"] = page(CSV, etag='"1"')
    same = page(b"", status=302, headers={"Location": "/there.csv"})
    other = page(b"", status=302, headers={"Location": web.url("/there.csv").replace("127.0.0.1", "localhost")})
    bench.variables["TOKEN"] = "canary-5157"
    for answer, is_sent in ((same, True), (other, False)):
        web.pages["/moved.csv"] = answer
        web.asked.clear()
        node = node_of(bench, web, "/moved.csv", headers={"Authorization": "Bearer ${env:TOKEN}"})
        assert bench.read(node).table.rows == 2
        sent = {headers.get("Authorization") for _, path, headers in web.asked if path == "/there.csv"}
        assert sent == ({"Bearer canary-5157"} if is_sent else {None})


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/x.csv", "/loop.csv"])
def test_a_redirect_that_leads_nowhere_good_is_refused(bench: Bench, web: Web, location: str) -> None:
    web.pages["/loop.csv"] = page(b"", status=302, headers={"Location": location})
    problem = bench.observe(node_of(bench, web, "/loop.csv")).problem
    assert problem is not None
    assert problem.code == "MW-X603"


@pytest.mark.parametrize("is_told_by_chunks", [False, True])
def test_a_body_that_is_cut_off_is_not_taken(bench: Bench, web: Web, is_told_by_chunks: bool) -> None:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        if is_told_by_chunks:
            page(b"" if request.command == "HEAD" else b"10\r\nid,name\n1,a\n", is_sized=False,
                 headers={"Transfer-Encoding": "chunked"})(request)  # fmt: skip
        else:
            page(CSV[:-4], is_sized=False, etag='"1"', headers={"Content-Length": str(len(CSV))})(request)
        request.close_connection = True

    path = f"/cut{is_told_by_chunks}.csv"
    web.pages[path] = answer
    error = failure(lambda: bench.read(node_of(bench, web, path)))
    assert error.first.code == "MW-X606"
    assert web.methods(path).count("GET") == bench.patience.attempts


def test_a_cut_download_is_tried_again(bench: Bench, web: Web) -> None:
    cut = page(CSV[:-4], is_sized=False, etag='"1"', headers={"Content-Length": str(len(CSV))})
    web.pages["/again.csv"] = in_turn(page(CSV, etag='"1"'), cut, page(CSV, etag='"1"'))
    assert bench.read(node_of(bench, web, "/again.csv")).table.rows == 2


def test_a_server_that_is_not_there_is_told_soon(bench: Bench) -> None:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    problem = bench.observe(bench.node(FileSource(path=f"http://127.0.0.1:{port}/x.csv", format="csv"))).problem
    assert problem is not None
    assert problem.code == "MW-X603"
    assert "refused" in problem.message


def test_archives_are_read_as_local_ones_are(bench: Bench, web: Web) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data.csv", CSV)
    web.pages["/data.csv.zip"] = page(packed.getvalue(), etag='"1"')
    web.pages["/data.csv.gz"] = page(gzip.compress(CSV), etag='"1"', headers={"Content-Encoding": "gzip"})
    for path in ("/data.csv.zip", "/data.csv.gz"):
        assert rows_of(bench.read(node_of(bench, web, path))) == [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]


def test_the_head_of_a_large_file_is_all_that_check_asks_for(bench: Bench, web: Web) -> None:
    body = b"id,name\n" + b"1,abcdefgh\n" * 400_000
    sent: list[int] = []

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        last = int(request.headers["Range"].partition("-")[2]) + 1
        sent.append(last)
        page(body[:last], status=206, headers={"Content-Range": f"bytes 0-{last - 1}/{len(body)}"})(request)

    web.pages["/large.csv"] = answer
    assert [column.type for column in bench.head(node_of(bench, web, "/large.csv"))] == ["BIGINT", "VARCHAR"]
    assert sum(sent) < 2_000_000


def test_a_value_that_does_not_fit_names_the_address(bench: Bench, web: Web) -> None:
    web.pages["/bad.csv"] = page(b"id\n1\nx\n", etag='"1"')
    node = bench.node(FileSource(path=web.url("/bad.csv"), format="csv"), {"id": "INTEGER"})
    error = failure(lambda: bench.read(node))
    assert error.first.code == "MW-X307"
    assert str(error.first.span) == f"{web.url('/bad.csv')}:3:1"
