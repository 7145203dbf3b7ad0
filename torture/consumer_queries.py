"""Queries by URL, asked of a real server as a viewer: those that are after something, and those that consumers write.

A failure: what a viewer may not see stands in an answer, an error or a header; an answer that is the server's fault; a refusal
without code and fix; what must be refused is answered; a query is not ended in time; another viewer is not served beside it;
or a consumer's query has another answer than DuckDB alone gives.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import httpx
import pyarrow as pa

from torture.consumer_mesh import PEOPLE, PORTS, T
from torture.consumer_place import ANSWER_S, Place
from torture.consumer_texts import CONSUMED, COSTLY, LEGITIMATE_BARE, REFUSED, WATCHED
from torture.report import Proof, Tally, main
from torture.untrusted import rewritten

PROOF = Proof(
    test="consumer_queries",
    claim="hostile queries by URL: nothing told that a viewer may not see, others served; ordinary ones answered as DuckDB does",
    unit="queries",
    page="security",
    short=60,
    long=1_500,
)
_FORMS = ("", "?format=json", "?format=ndjson", "?format=csv", "?format=arrow")
_PROBE = {"sql": f"select count(*) as n from {T}"}
#: How many queries are asked before another viewer asks, where they cost little.
_BESIDE = 10


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Ask up to `n` queries, each known one once, then rewritten ones."""
    tally, rng = Tally(), random.Random(seed)
    place = Place(folder)
    alone = _alone(place)
    try:
        for number, (kind, query) in enumerate(_queries(n, rng)):
            if kind == "consumed":
                tally.trial(_difference(place, alone, query, is_bare=query in LEGITIMATE_BARE))
                continue
            tally.trial(problem_of(place, kind, query, rng.choice(_FORMS)))
            if kind in COSTLY or number % _BESIDE == 0:
                tally.trial(_beside(place))
        tally.trial(_beside(place))
        tally.trial(place.fault())
    finally:
        alone.close()
        place.close()
    return tally


def _queries(n: int, rng: random.Random) -> Iterator[tuple[str, str]]:
    known = [(kind, query) for kind, queries in {**REFUSED, **WATCHED}.items() for query in queries]
    known += [("consumed", query) for query in (*CONSUMED, *LEGITIMATE_BARE)]
    rng.shuffle(known)
    yield from known[:n]
    refused = [(kind, query) for kind, queries in REFUSED.items() for query in queries if len(query) < 1_000]
    for _ in range(n - len(known)):
        kind, query = rng.choice(refused)
        yield kind, rewritten(query, rng)


def problem_of(place: Place, kind: str, query: str, form: str) -> str | None:
    """Ask a hostile query and say what went wrong; None where nothing did."""
    query = place.filled(query)
    began = time.monotonic()
    words = f"{kind}: {query[:200]!r}"
    try:
        answer = place.asking.post(f"/api/v1/query{form}", json={"sql": query})
        told = _told(answer, form)
    except httpx.RemoteProtocolError:
        # What turns out too large after the first megabyte is cut off.
        return None if kind in COSTLY else f"cut off: {words}"
    except httpx.HTTPError as error:
        return f"{type(error).__name__}: {words}"
    if (leak := place.leak_in(f"{answer.headers!r}\n{told}", query)) is not None:
        return f"told {leak}: {words}: {told[:400]}"
    if answer.status_code >= 500:
        return f"status {answer.status_code}: {words}: {told[:400]}"
    if answer.status_code == 200:
        return f"answered: {words}: {told[:200]}" if kind in REFUSED else None
    said = json.loads(answer.content)
    if answer.status_code != 422 or not said.get("code") or not said.get("fix"):
        return f"refused without code and fix: {words}: {told[:400]}"
    seconds = time.monotonic() - began
    return f"took {seconds:.0f} s: {words}" if seconds > ANSWER_S / 2 else None


def _told(answer: httpx.Response, form: str) -> str:
    """Return an answer as a text, whatever its form."""
    if answer.status_code == 200 and form == "?format=arrow":
        table = pa.ipc.open_stream(answer.content).read_all()
        return f"{table.schema} {table.slice(0, 1_000).to_pylist()}"
    return answer.text


def _beside(place: Place) -> str | None:
    """Ask as another viewer, and say what went wrong."""
    try:
        answer = place.other.post("/api/v1/query?format=json", json=_PROBE)
    except httpx.HTTPError as error:
        return f"another viewer is not served: {type(error).__name__}"
    return None if answer.text == '[\n{"n": 4}\n]\n' else f"another viewer is told {answer.text[:300]}"


def _alone(place: Place) -> duckdb.DuckDBPyConnection:
    """Open DuckDB over the same files, under the same names."""
    alone = duckdb.connect()
    for domain, product in (("ops", "flights"), ("shop", "goods")):
        alone.execute(f"ATTACH ':memory:' AS {domain}; CREATE SCHEMA {domain}.{product}")
    for dataset in (T, PORTS, "shop.goods.items"):
        alone.execute(f"CREATE VIEW {dataset} AS FROM '{place.files[dataset]}'")
    alone.execute(f"CREATE VIEW {PEOPLE} AS FROM (VALUES (1, 'EWR'), (3, 'JFK')) v(id, origin)")
    alone.execute("USE ops.flights; SET TimeZone = 'UTC'")
    return alone


def _difference(place: Place, alone: duckdb.DuckDBPyConnection, query: str, *, is_bare: bool) -> str | None:
    body = {"sql": query, **({"version": place.version(T)} if is_bare else {})}
    answer = place.asking.post("/api/v1/query?format=arrow", json=body)
    if answer.status_code != 200:
        return f"not answered: {query!r}: {answer.text[:300]}"
    found = pa.ipc.open_stream(answer.content).read_all().to_pylist()
    expected = alone.sql(query).to_arrow_table().to_pylist()
    return None if _plain(found) == _plain(expected) else f"{query!r}: {found[:5]} and not {expected[:5]}"


def _plain(rows: list[dict[str, object]]) -> list[str]:
    """Return rows so that those of equal values are equal, their order aside."""
    return sorted(repr({name: _value(value) for name, value in row.items()}) for row in rows)


def _value(value: object) -> object:
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return f"{float(value):.9g}"
    if isinstance(value, (list, tuple)):
        return [_value(each) for each in value]
    return {name: _value(each) for name, each in value.items()} if isinstance(value, dict) else value


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
