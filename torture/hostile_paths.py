"""Hostile names in every path of the API's document: nothing outside is read, nothing is the server's fault.

Every path parameter of every operation that the OpenAPI document names gets every hostile name, raw, as an administrator, as a
viewer and as nobody; and paths that no document names are asked for besides. A failure: a status of 500 or more, an answer
that is no HTTP, a header that the name made, or a canary (of files beside the mesh and in it, `/etc/passwd`, `/proc`).
"""

# ruff: noqa: E501  lists of names

from __future__ import annotations

import json
import random
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx

from torture.consumer_mesh import CANARY
from torture.consumer_place import Place
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="hostile_paths",
    claim="hostile names in every path of the API: no fault of the server, no file read, no header made",
    unit="requests",
    page="security",
    short=150,
    long=6_000,
)
_FILES = (
    "../../etc/passwd",
    "../canary.txt",
    "../data/canary.csv",
    "../.meshwright/state.db",
    "../../../../../../../etc/passwd",
    "/etc/passwd",
    "data/canary.csv",
    "mesh.yaml",
    "../mesh.yaml",
    "/proc/self/environ",
    "file:///etc/passwd",
    ".meshwright/state.db",
    "..\\..\\etc\\passwd",
    "environments/prod.duckdb",
)
#: As they stand in the target of a request.
_NAMES: tuple[str, ...] = (
    *(quote(each, safe="") for each in _FILES),
    *(each.replace("..", "%2e%2e") for each in _FILES[:5]),
    *_FILES[:3],
    *(quote(quote(each, safe=""), safe="") for each in _FILES[:4]),
    *(each.replace("/", "%c0%af") for each in _FILES[:3]),
    *(each.replace("/", "%u2215") for each in _FILES[:2]),
    *(quote(each.replace("/", "\u2215"), safe="") for each in _FILES[:2]),
    "%00",
    "a%00b",
    "prod%00.csv",
    "%0d%0aX-Injected:%20yes",
    "a%0aX-Injected: yes",
    "%",
    "%zz",
    "%e2%28",
    "%ff%fe",
    "%ed%a0%80",
    "%c0%80",
    ".",
    "..",
    "...",
    "%2e",
    "%2e%2e",
    "~",
    "~root",
    "-",
    "--help",
    "-C",
    "a" * 3_000,
    "%41" * 3_000,
    "/" * 500,
    "%2f" * 500,
    "../" * 500,
    "a." * 1_000,
    ".".join("abc"),
    "a.b.c.d.e",
    "..a",
    "a..b",
    "a/b",
    "a%2fb",
    "a%2f",
    "%2fa",
    "con",
    "nul",
    "aux.txt",
    "__proto__",
    "constructor",
    "null",
    "undefined",
    "NaN",
    "-1",
    "0",
    "1e309",
    "9" * 400,
    "'",
    "''",
    "'%20or%20'1'='1",
    "%22",
    "%22;drop%20table%20x;--",
    "`id`",
    "$(id)",
    "${env:HOME}",
    "${file:/etc/passwd}",
    "{{7*7}}",
    "%7b%7b7*7%7d%7d",
    "%25s%25s%25n",
    "*",
    "%2a",
    "?",
    "%3f",
    "#",
    "%23",
    ";",
    "a;b=c",
    "@",
    "a@b",
    "a:b",
    "[",
    "]",
    "|",
    "<script>alert(1)</script>",
    "%3cscript%3e",
    quote("\u202e"),
    quote("e\u0301" * 100),
    quote("\U0001f600"),
    quote("\ufeff"),
    quote("\u200b"),
    quote("\uff0e\uff0e\uff0f"),
    quote("K\u00f6ln"),
    quote("\u0130"),
    quote("ﬃ"),
    "ops.flights",
    "ops.flights.t",
    "vault.keys",
    "prod",
    "box",
    "flights",
    "OPS.FLIGHTS",
    "ops%2eflights",
)
#: Paths that nobody serves.
_ELSEWHERE = (
    "/{name}",
    "//{name}",
    "/api/{name}",
    "/api/v1/{name}",
    "/api/v1//{name}",
    "/static/{name}",
    "/api/v1/docs/{name}",
    "/api/v1/../{name}",
    "/%2e%2e/{name}",
    "/api/v1/query/{name}",
    "/.git/{name}",
    "/api/v1/openapi.json/{name}",
    "/environments/{name}",
    "/metrics/{name}",
    "/api/v1/problems/{name}",
)
#: What is in files, and not in data: an administrator may see all of that.
_TOLD = (
    *(f"{CANARY}-{where}".encode() for where in ("file", "variable", "outside")), b"root:x:0", b"MESHWRIGHT_CANARY", b"SQLite format",
)  # fmt: skip
_PARAMETER = re.compile(r"\{[^}]+\}")
_LONGEST_S = 30.0
_MOST_BYTES = 1 << 20


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Send `n` requests, every path and name as often as the others."""
    tally, rng = Tally(), random.Random(seed)
    place = Place(folder)
    (place.root.parent / "canary.txt").write_text(f"{CANARY}-outside", encoding="utf-8")
    try:
        document = place.asking.get("/api/v1/openapi.json").json()
        tokens = (place.token("administrator"), place.token("viewer"), None)
        for method, path in _requests(document, n, rng):
            tally.trial(problem_of(place, method, path, rng.choice(tokens)))
        tally.trial(_served(place))
        tally.trial(place.fault())
    finally:
        place.close()
    return tally


def _requests(document: dict[str, object], n: int, rng: random.Random) -> Iterator[tuple[str, str]]:
    paths = document["paths"]
    assert isinstance(paths, dict)
    templates = [(method.upper(), path) for path, each in paths.items() for method in each if _PARAMETER.search(path)]
    templates += [("GET", path) for path in _ELSEWHERE]
    known = [(method, path, name) for method, path in templates for name in _NAMES]
    rng.shuffle(known)
    for method, path, name in known[:n]:
        yield method, _filled(path, name, rng)


def _filled(path: str, name: str, rng: random.Random) -> str:
    """Put a hostile name into one of the path's parameters, and names of what there is, or others, into the rest."""
    holes = _PARAMETER.findall(path)
    hostile = rng.randrange(len(holes))
    parts = iter(_PARAMETER.split(path))
    filled = next(parts)
    for number, part in enumerate(parts):
        filled += (name if number == hostile else rng.choice(("ops.flights", "flights", "ops", name))) + part
    return filled


def problem_of(place: Place, method: str, target: str, token: str | None) -> str | None:
    """Send one request as it stands, and say what went wrong; None where nothing did."""
    words = f"{method} {target[:200]!r}"
    try:
        status, told = _sent(place.url, method, target, token)
    except (OSError, ValueError) as error:
        return f"{type(error).__name__} {error}: {words}"
    if status >= 500:
        return f"status {status}: {words}: {told[:300]!r}"
    if any(line.startswith(b"x-injected") for line in re.split(rb"[\r\n]+", told.partition(b"\r\n\r\n")[0].lower())):
        return f"a header was made: {words}"
    if any(canary in told for canary in _TOLD):
        return f"a file was read: {words}: {told[:300]!r}"
    return None


def _sent(url: str, method: str, target: str, token: str | None) -> tuple[int, bytes]:
    """Send a request by hand, since clients mend what they are given; return its status and all that came."""
    address = urlsplit(url)
    assert address.hostname is not None
    headers = [f"{method} {target} HTTP/1.1", f"Host: {address.netloc}", "Connection: close"]
    headers += [f"Authorization: Bearer {token}"] if token else []
    headers += ["Content-Type: application/json", "Content-Length: 2"] if method in {"POST", "PUT", "PATCH"} else []
    body = "{}" if method in {"POST", "PUT", "PATCH"} else ""
    with socket.create_connection((address.hostname, address.port or 80), timeout=_LONGEST_S) as connection:
        connection.sendall(("\r\n".join(headers) + "\r\n\r\n" + body).encode("utf-8", "surrogatepass"))
        told = b""
        while len(told) < _MOST_BYTES and (piece := connection.recv(65_536)):
            told += piece
    first = told.partition(b"\r\n")[0].split(b" ")
    if len(first) < 2 or not first[0].startswith(b"HTTP/1."):
        raise ValueError(f"no answer: {told[:100]!r}")
    return int(first[1]), told


def _served(place: Place) -> str | None:
    try:
        answer = place.other.post("/api/v1/query?format=json", json={"sql": "select 1 as n"})
    except httpx.HTTPError as error:
        return f"nobody is served any more: {type(error).__name__}"
    return None if json.loads(answer.text) == [{"n": 1}] else f"told {answer.text[:300]}"


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
