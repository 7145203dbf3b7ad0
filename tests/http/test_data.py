"""Rows by URL: what answers say of themselves, in every form, and how bad requests are refused."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.serving import ServingMemory, open_server
from meshwright.app.workspace import open_workspace
from tests.http.serving import Served, served, token
from tests.http.test_server import problem
from tests.meshes import SHOP, write_file, write_mesh

PORT = "/api/v1/products/sales.orders/ports/orders"
DATA = f"{PORT}/data"
ROWS = [
    {"order_id": 1, "customer": "ana", "amount": 10.5, "placed": "2026-01-01"},
    {"order_id": 2, "customer": "ben", "amount": 20.0, "placed": "2026-01-02"},
    {"order_id": 3, "customer": "ana", "amount": 5.25, "placed": "2026-01-03"},
    {"order_id": 4, "customer": "cem", "amount": 7.0, "placed": "2026-01-03"},
]


def ids(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [row["order_id"] for row in answer.json()]


def test_rows_are_an_array_of_objects_and_headers_say_what_they_are(shop: Served) -> None:
    answer = shop.viewer.get(DATA)
    assert answer.json() == ROWS
    told = answer.headers
    assert told["content-type"] == "application/json"
    assert told["cache-control"] == "private, no-cache"
    assert (told["meshwright-environment"], told["meshwright-port"]) == ("prod", "sales.orders/orders")
    assert int(told["meshwright-generation"]) > 0
    assert len(told["meshwright-version"]) == 32
    assert told["etag"].startswith('"')
    assert "link" not in told
    assert "accept" in told["vary"].lower()


def test_the_same_rows_have_several_addresses(shop: Served) -> None:
    for path in (f"{PORT}/v1/data", f"{PORT}/orders/data", f"{PORT}/v1/orders/data"):
        assert shop.viewer.get(path).json() == ROWS


@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("json", "application/json"),
        ("ndjson", "application/x-ndjson"),
        ("csv", "text/csv; charset=utf-8"),
        ("parquet", "application/vnd.apache.parquet"),
        ("arrow", "application/vnd.apache.arrow.stream"),
    ],
)
def test_every_form_has_the_same_rows_by_name_and_by_accept(shop: Served, form: str, media_type: str) -> None:
    by_name = shop.viewer.get(DATA, params={"format": form}, headers={"Accept": "image/png"})
    by_accept = shop.viewer.get(DATA, headers={"Accept": f"text/html, {media_type.partition(';')[0]};q=0.8, */*;q=0.1"})
    assert by_name.headers["content-type"] == by_accept.headers["content-type"] == media_type
    assert by_name.headers["etag"] == by_accept.headers["etag"]
    assert by_name.content == by_accept.content
    assert _read(form, by_name.content) == ROWS
    assert by_name.headers["content-disposition"] == f'inline; filename="orders.{form}"'


def _read(form: str, body: bytes) -> list[dict[str, object]]:
    if form == "json":
        found = json.loads(body)
    elif form == "ndjson":
        found = [json.loads(line) for line in body.decode().splitlines()]
    elif form == "csv":
        found = [
            {
                "order_id": int(row["order_id"]),
                "customer": row["customer"],
                "amount": float(row["amount"]),
                "placed": row["placed"],
            }
            for row in csv.DictReader(io.StringIO(body.decode()))
        ]
    elif form == "parquet":
        found = pq.read_table(io.BytesIO(body)).to_pylist()
        assert polars.read_parquet(io.BytesIO(body)).height == len(found)
    else:
        found = pa.ipc.open_stream(body).read_all().to_pylist()
        assert polars.read_ipc_stream(io.BytesIO(body)).height == len(found)
    return [{**row, "placed": str(row["placed"])} for row in found]


@pytest.mark.parametrize("form", ["json", "ndjson", "csv", "parquet", "arrow"])
def test_no_rows_are_an_answer_too(shop: Served, form: str) -> None:
    answer = shop.viewer.get(DATA, params={"format": form, "filter": "order_id > 100"})
    assert answer.status_code == 200
    assert _read(form, answer.content) == []
    assert _read(form, shop.viewer.get(DATA, params={"format": form, "limit": 0}).content) == []


def test_columns_filter_and_order_are_carried_out(shop: Served) -> None:
    asked = {"columns": "customer,order_id", "filter": "amount >= 7 and not customer = 'cem'", "order": "order_id desc"}
    assert shop.viewer.get(DATA, params=asked).json() == [
        {"customer": "ben", "order_id": 2},
        {"customer": "ana", "order_id": 1},
    ]


def test_the_link_leads_from_page_to_page(shop: Served) -> None:
    found, link = [], f"{DATA}?order=amount%20desc&columns=order_id&limit=3"
    pages = 0
    while link:
        answer = shop.viewer.get(link)
        found += ids(answer)
        link = answer.links.get("next", {}).get("url", "")
        pages += 1
    assert (found, pages) == ([2, 1, 4, 3], 2)
    assert "link" not in shop.viewer.get(DATA, params={"limit": 4}).headers
    assert "link" in shop.viewer.get(DATA, params={"limit": 2, "format": "csv", "filter": "order_id > 1"}).headers
    assert "link" not in shop.viewer.get(DATA, params={"limit": 0}).headers


def test_pages_are_of_one_version_although_another_is_published_between(shop: Served) -> None:
    first = shop.viewer.get(DATA, params={"limit": 2})
    write_file(
        shop.root,
        "data/orders.csv",
        "order_id,customer,amount,placed\n7,x,1.0,2026-01-01\n8,x,1,2026-01-01\n9,x,1,2026-01-01\n",
    )
    apply(open_workspace(shop.root), RunOptions())
    second = shop.viewer.get(first.links["next"]["url"])
    assert ids(first) + ids(second) == [1, 2, 3, 4]
    for name in ("meshwright-generation", "meshwright-version"):
        assert first.headers[name] == second.headers[name]
    assert second.headers["cache-control"] == "private, no-cache"  # what is promised decides each time
    assert ids(shop.viewer.get(DATA)) == [7, 8, 9]
    then = {"generation": first.headers["meshwright-generation"]}
    assert ids(shop.viewer.get(DATA, params=then)) == [1, 2, 3, 4]
    assert ids(shop.viewer.get(DATA, params={"version": first.headers["meshwright-version"]})) == [1, 2, 3, 4]


def test_who_has_the_rows_gets_none_of_them_again(shop: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shop.viewer.get(DATA)
    tag = first.headers["etag"]

    def read(*_: object) -> None:
        raise AssertionError("rows were read")

    with monkeypatch.context() as patch:
        patch.setattr("meshwright.app.data_readers.DataReaders.open", read)
        for header in (tag, f"W/{tag}", f'"x", {tag}', "*"):
            again = shop.viewer.get(DATA, headers={"If-None-Match": header})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["cache-control"] == "private, no-cache"
    for changes in (
        {"format": "csv"},
        {"limit": 4},
        {"columns": "order_id"},
        {"filter": "order_id > 0"},
        {"order": "amount"},
    ):
        assert shop.viewer.get(DATA, params=changes, headers={"If-None-Match": tag}).status_code == 200
    write_file(
        shop.root,
        "data/orders.csv",
        "order_id,customer,amount,placed\n7,x,1.0,2026-01-01\n8,x,1,2026-01-01\n9,x,1,2026-01-01\n",
    )
    apply(open_workspace(shop.root), RunOptions())
    assert shop.viewer.get(DATA, headers={"If-None-Match": tag}).status_code == 200


def test_head_says_what_get_would(shop: Served) -> None:
    for asked in ({}, {"limit": 2}, {"format": "parquet"}):
        head, got = shop.viewer.head(DATA, params=asked), shop.viewer.get(DATA, params=asked)
        assert (head.status_code, head.content) == (200, b"")
        same = ("etag", "content-type", "link", "meshwright-version", "meshwright-generation", "cache-control")
        assert [head.headers.get(name) for name in same] == [got.headers.get(name) for name in same]
    assert shop.viewer.head(DATA, params={"filter": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("query", "status", "code", "said"),
    [
        ("filter=custmer%20%3D%201", 400, "MW-H102", "did you mean 'customer'?"),
        ("filter=order_id%20%3D%201%20or", 400, "MW-H101", "name"),
        ("filter=", 400, "MW-H101", "name"),
        ("filter=order_id%20%3D%20'x'", 400, "MW-H103", "whole number"),
        ("filter=%00", 400, "MW-H101", ""),
        ("filter=%FF%FE", 400, "MW-H101", ""),
        (f"filter={'(' * 3000}", 400, "MW-H104", "deep"),
        ("columns=order_id,order_id", 400, "MW-H101", "twice"),
        ("order=amount%20up", 400, "MW-H101", "','"),
        ("limit=-1", 422, "MW-H010", "limit"),
        ("limit=many", 422, "MW-H010", "limit"),
        ("limit=99999999999999999999", 422, "MW-H010", "limit"),
        ("limit=1&limit=2", 400, "MW-H105", "twice"),
        ("limt=1", 422, "MW-H011", "did you mean 'limit'?"),
        ("format=xml", 422, "MW-H010", "ndjson"),
        ("env=nowhere", 404, "MW-R013", "prod"),
        ("env=..%2F..", 422, "MW-H010", "env"),
        ("generation=77", 404, "MW-R011", "generations go from"),
        ("generation=0", 422, "MW-H010", "generation"),
        ("generation=99999999999999999999", 422, "MW-H010", "generation"),
        ("version=abcdef", 404, "MW-H109", "was not published"),
        ("version=x'%20or%201", 422, "MW-H010", "version"),
        ("cursor=abc", 400, "MW-H106", "begin again"),
    ],
)
def test_bad_requests_are_refused_with_a_fix(shop: Served, query: str, status: int, code: str, said: str) -> None:
    found = problem(shop.viewer.get(f"{DATA}?{query}"), status, code)
    assert said in f"{found['detail']} {found['fix']}"
    assert found["fix"]


@pytest.mark.parametrize(
    "path",
    [
        "sales.orders/ports/order",
        "sales.order/ports/orders",
        "sales/ports/orders",
        "sales.orders/ports/orders/v9",
        "sales.orders/ports/orders/v1/lines",
        "sales.orders/ports/%00",
        "%F0%9F%98%80/ports/x",
        "sales./ports/orders",
        ".orders/ports/orders",
        "..%2F../ports/orders",
    ],
)
def test_what_is_not_published_is_not_found(shop: Served, path: str) -> None:
    answer = shop.viewer.get(f"/api/v1/products/{path}/data")
    assert answer.status_code == 404
    assert answer.json()["code"] in {"MW-H107", "MW-H018"}
    assert answer.json()["fix"]


def test_only_forms_that_are_written_are_accepted(shop: Served) -> None:
    problem(shop.viewer.get(DATA, headers={"Accept": "image/png"}), 406, "MW-H111")
    assert shop.viewer.get(DATA, headers={"Accept": "*/*"}).headers["content-type"] == "application/json"
    assert shop.viewer.get(DATA, headers={"Accept": "text/*"}).headers["content-type"] == "text/csv; charset=utf-8"


def test_rows_are_for_those_with_a_token(shop: Served) -> None:
    problem(shop.nobody.get(DATA), 401, "MW-H013")
    problem(shop.nobody.get(DATA, headers={"If-None-Match": "*"}), 401, "MW-H013")
    assert shop.client(token(shop.root, "viewer", "finance")).get(DATA).status_code == 200


EXACT = """
    select range + 1 as order_id, 'x' as customer, 9007199254740993 + range as amount,
      170141183460469231731687303715884105::decimal(38,0) as large, 1.50::decimal(18,2) as price,
      case when range = 0 then 'nan'::double else 0.1 end as ratio, [1, null] as numbers, {'a': null, 'b': 'ü'} as inner,
      timestamptz '2026-01-01 05:00:00+05' as seen, null::varchar as nothing
    from range(3)
"""


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A port with values of many types."""
    contract = "domains/sales/orders/contracts/orders.odcs.yaml"
    head = SHOP[contract].partition("            properties:")[0]
    files = {
        name: text
        for name, text in SHOP.items()
        if not name.startswith(("domains/sales/totals", "domains/finance/report"))
    }
    root: Path = write_mesh(
        tmp_path_factory.mktemp("exact"), {**files, contract: head, "domains/sales/orders/models/orders.sql": EXACT}
    )
    report = apply(open_workspace(root), RunOptions())
    assert report.published, report
    with served(root) as found:
        yield found


def test_values_keep_all_their_digits(exact: Served) -> None:
    text = exact.viewer.get(DATA, params={"limit": 1}).text
    assert text.split("\n")[1] == (
        '{"order_id": 1, "customer": "x", "amount": 9007199254740993, "large": 170141183460469231731687303715884105, '
        '"price": 1.50, "ratio": null, "numbers": [1, null], "inner": {"a": null, "b": "ü"}, '
        '"seen": "2026-01-01T00:00:00+00:00", "nothing": null}'
    )
    table = pq.read_table(io.BytesIO(exact.viewer.get(DATA, params={"format": "parquet"}).content))
    assert str(table.schema.field("price").type) == "decimal128(18, 2)"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("amount = 9007199254740993", 1),
        ("large = 170141183460469231731687303715884105", 3),
        ("price between 1.49 and 1.5", 3),
        ("ratio = 'NaN'", 1),
        ("inner.b ilike 'Ü' and inner.a is null", 3),
        ("seen = timestamp '2026-01-01T01:00:00+01:00'", 3),
        ("numbers is not null and nothing is null", 3),
    ],
)
def test_filters_compare_exactly(exact: Served, text: str, count: int) -> None:
    assert len(exact.viewer.get(DATA, params={"filter": text}).json()) == count


def test_the_memory_of_engines_is_what_whoever_starts_the_server_says(published: Path) -> None:
    memory = ServingMemory(data_bytes=96_000_000, query_bytes=128_000_000)
    with open_server(published, memory=memory) as server:
        assert (server.data.limits.memory_bytes, server.queries.limits.memory_bytes) == (96_000_000, 128_000_000)
    with open_server(published) as server:
        assert (server.data.limits.memory_bytes, server.queries.limits.memory_bytes) == (160_000_000, 1_000_000_000)
