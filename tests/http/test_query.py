"""SQL by URL: forms, problems, tags, who leaves, and that the server lives through whatever is asked."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.http.serving import Served, served, serving, token

SQL = "select customer, sum(amount) as total from sales.orders.orders group by customer order by customer"
ROWS = [{"customer": "ana", "total": 15.75}, {"customer": "ben", "total": 20.0}, {"customer": "cem", "total": 7.0}]


@pytest.fixture(scope="module")
def shop(published: Path) -> Iterator[Served]:
    """The shop, of which nothing is changed here."""
    with served(published) as found:
        yield found


def ask(
    client: httpx.Client, sql: str, form: str | None = None, headers: dict[str, str] | None = None, **body: object
) -> httpx.Response:
    url = "/api/v1/query" + (f"?format={form}" if form else "")
    return client.post(url, json={"sql": sql, **body}, headers=headers)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found: dict[str, object] = answer.json()
    assert (answer.status_code, found["code"]) == (status, code), answer.text
    assert found["fix"]
    return found


def test_json_is_the_document_of_the_command_line(shop: Served) -> None:
    answer = ask(shop.viewer, SQL)
    assert answer.status_code == 200
    assert answer.json() == {
        "schema": "meshwright/query/1",
        "columns": [{"name": "customer", "type": "VARCHAR"}, {"name": "total", "type": "DOUBLE"}],
        "rows": ROWS,
    }
    assert answer.headers["meshwright-environment"] == "prod"
    assert int(answer.headers["meshwright-generation"]) >= 1
    assert int(answer.headers["content-length"]) == len(answer.content), "a small answer is whole before it is sent"


def test_every_form_has_the_same_rows(shop: Served) -> None:
    assert ask(shop.viewer, SQL, "json").json() == ROWS
    assert [json.loads(line) for line in ask(shop.viewer, SQL, "ndjson").text.splitlines()] == ROWS
    assert ask(shop.viewer, SQL, "csv").text.splitlines() == ["customer,total", "ana,15.75", "ben,20.0", "cem,7.0"]
    assert pq.read_table(io.BytesIO(ask(shop.viewer, SQL, "parquet").content)).to_pylist() == ROWS
    accepting = ask(shop.viewer, SQL, headers={"Accept": "application/vnd.apache.arrow.stream"})
    assert accepting.headers["content-type"] == "application/vnd.apache.arrow.stream"
    assert pa.ipc.open_stream(accepting.content).read_all().to_pylist() == ROWS
    problem(ask(shop.viewer, SQL, headers={"Accept": "image/png"}), 406, "MW-H111")


def test_parameters_are_bound_and_a_limit_holds(shop: Served) -> None:
    sql = "select order_id from sales.orders.orders where customer = $who and placed >= $since::date order by order_id"
    params = {"who": "ana'; drop table x; --", "since": "2026-01-01"}
    assert ask(shop.viewer, sql, "json", params=params).json() == []
    assert ask(shop.viewer, sql, "json", params={**params, "who": "ana"}, limit=1).json() == [{"order_id": 1}]
    problem(ask(shop.viewer, sql, params={"who": "ana"}), 422, "MW-H203")


def test_who_sees_what(shop: Served) -> None:
    hidden = "select count(*) as n from sales.totals.per_customer"
    told = problem(ask(shop.viewer, hidden), 422, "MW-H202")
    assert told["diagnostics"][0]["column"] == 27  # type: ignore[index]
    assert ask(shop.administrator, hidden, "json").json() == [{"n": 3}]
    of_sales = shop.client(token(shop.root, "viewer", "sales"))
    assert ask(of_sales, hidden, "json").json() == [{"n": 3}]
    problem(ask(of_sales, "from finance.report.revenue"), 422, "MW-H202")
    problem(ask(shop.nobody, "select 1"), 401, "MW-H013")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "MW-H010"),
        ({"sql": 1}, 422, "MW-H010"),
        ({"sql": "select 1", "parms": {}}, 422, "MW-H010"),
        ({"sql": "select 1", "environment": "../prod"}, 422, "MW-H010"),
        ({"sql": "select 1", "environment": "nowhere"}, 404, "MW-R013"),
        ({"sql": "select 1", "generation": 0}, 422, "MW-H010"),
        ({"sql": "select 1", "generation": 10**9}, 404, "MW-R011"),
        ({"sql": "select 1", "version": "0" * 32}, 404, "MW-H211"),
        ({"sql": "select 1", "version": "../x"}, 422, "MW-H010"),
        ({"sql": "select 1", "limit": -1}, 422, "MW-H010"),
        ({"sql": "select $a", "params": {"a": "\ud800"}}, 422, "MW-H203"),
        ({"sql": "select '\ud800'"}, 422, "MW-Q107"),
        ({"sql": "select '\x00'"}, 422, "MW-Q107"),
        ({"sql": ""}, 422, "MW-Q101"),
        ({"sql": "drop table x"}, 422, "MW-Q104"),
        ({"sql": "select getenv('HOME')"}, 422, "MW-Q204"),
        ({"sql": "from read_text('/etc/passwd')"}, 422, "MW-Q202"),
        ({"sql": "select repeat('x', 100000000)"}, 422, "MW-H207"),
    ],
)
def test_what_is_wrong_is_told_with_code_and_fix(shop: Served, body: dict[str, object], status: int, code: str) -> None:
    answer = shop.viewer.post("/api/v1/query", content=json.dumps(body), headers={"Content-Type": "application/json"})
    problem(answer, status, code)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"sql": "select $a", "params": {"a": ' + "9" * 5_000 + "}}", 400),
        ('{"sql": "select $a", "params": {"a": ' + "9" * 50 + "}}", 422),
        ('{"sql": "select $a", "params": {"a": ' + "[" * 5_000 + "]" * 5_000 + "}}", 422),
        ('{"sql": "select $a", "params": {"a": ' + "[" * 100_000 + "]" * 100_000 + "}}", 400),
        ('{"sql": "select $a", "params": {"a": 1e999}}', 400),
        ('{"sql": "select 1", "sql": "select 2"}', 400),
        ('{"sql": "select 1"', 400),
        ("[" * 900_000, 400),
        ('"select 1"', 422),
        ('{"sql": "' + "x" * 1_100_000 + '"}', 413),
    ],
)
def test_hostile_bodies_are_told_and_nothing_breaks(shop: Served, body: str, status: int) -> None:
    answer = shop.viewer.post("/api/v1/query", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {status, 400, 422} if status in {400, 422} else answer.status_code == status, (
        answer.text
    )


def test_a_row_that_fails_is_a_problem_and_no_half_of_an_answer(shop: Served) -> None:
    sql = "select case when i < 100000 then 1 else cast('x' || i as int) end as n from range(100001) t(i)"
    told = problem(ask(shop.viewer, sql), 422, "MW-H204")
    assert "x100000" not in json.dumps(told)


def test_an_answer_that_the_caller_has_is_not_made_again(shop: Served) -> None:
    first = ask(shop.viewer, SQL, "json")
    tag = first.headers["etag"]
    assert tag.startswith('W/"'), "rows are equal, not bytes"
    problem(ask(shop.viewer, SQL, "json", headers={"If-None-Match": tag}), 412, "MW-H212")
    assert ask(shop.viewer, SQL, "csv", headers={"If-None-Match": tag}).status_code == 200
    assert ask(shop.viewer, SQL + " desc", "json", headers={"If-None-Match": tag}).status_code == 200
    assert "etag" not in ask(shop.viewer, "select any_value(customer) from sales.orders.orders").headers


@pytest.mark.slow
def test_a_real_server_cuts_off_what_is_too_large_and_ends_what_nobody_waits_for(root: Path, tmp_path: Path) -> None:
    with serving(root, folder=tmp_path) as found, found.client("viewer") as client:
        with pytest.raises(httpx.RemoteProtocolError):
            ask(client, "select range, 'abcdefghijklmnop' as text from range(10000000)", "csv")
        endless = "with recursive r as (select 1 as x union all select x from r) select count(*) from r"
        for _ in range(6):
            with pytest.raises(httpx.ReadTimeout):
                client.post("/api/v1/query", json={"sql": endless}, timeout=0.5)
        last = time.monotonic() + 50  # each would take 60 seconds, and three of one caller are let in at once
        while True:
            answer = ask(client, SQL, "json")
            if answer.status_code == 200:
                break
            problem(answer, 503, "MW-H210")
            assert int(answer.headers["retry-after"]) > 0
            assert time.monotonic() < last, "queries that nobody waits for keep their places"
            time.sleep(0.2)
        assert answer.json() == ROWS


def test_the_document_tells_of_it(shop: Served) -> None:
    told = shop.viewer.get("/api/v1/openapi.json").json()["paths"]["/api/v1/query"]["post"]
    assert told["x-action"] == "data:query"
    assert {"200", "412", "422", "503"} <= set(told["responses"])
    assert "application/vnd.apache.arrow.stream" in told["responses"]["200"]["content"]
