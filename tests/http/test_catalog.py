"""Domain query: what the catalog knows, by URL."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml
from fastapi import FastAPI, Request, Response

from meshwright.access import Principal, Role
from meshwright.app.workspace import open_workspace
from meshwright.faces.cli.main import main
from meshwright.faces.http.rendered import RenderedAnswers, rendered
from meshwright.model import StoredFile
from meshwright.state.database import open_state
from tests.http.serving import Served, served, serving
from tests.http.test_server import problem
from tests.meshes import write_file

API = "/api/v1"


def get(client: httpx.Client, path: str, **headers: str) -> httpx.Response:
    answer = client.get(f"{API}{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def document(client: httpx.Client, path: str) -> dict[str, object]:
    found: dict[str, object] = get(client, path).json()
    return found


def mw(root: Path, *words: str) -> str:
    """What the command line answers, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "meshwright", "-C", str(root), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


#: Resource -> the command whose document and text it is.
VERBS = {
    "/domains/sales": ("show", "sales"),
    "/products/sales.orders": ("show", "sales.orders"),
    "/products/sales.orders/ports/orders": ("show", "sales.orders/orders"),
    "/datasets/sales.orders.orders": ("show", "sales.orders.orders"),
    "/datasets/sales.orders.orders/rules": ("show", "sales.orders.orders", "--rules"),
    "/lineage/sales.orders.orders": ("lineage", "sales.orders.orders"),
    "/lineage/sales.orders.orders.amount": ("lineage", "sales.orders.orders.amount"),
    "/impact/sales.orders.orders.amount": ("impact", "sales.orders.orders.amount"),
    "/impact": ("impact",),
    "/check": ("check",),
    "/policies": ("policy", "list"),
    "/exemptions": ("exemption", "list"),
    "/explain/sales.orders": ("explain", "sales.orders"),
    "/explain/currency": ("explain", "currency"),
    "/components": ("component", "list"),
    "/components/std.top_n": ("component", "show", "std.top_n"),
    "/variations": ("variation", "list"),
    "/schedules": ("schedule", "list"),
}


@pytest.mark.parametrize("path", VERBS)
def test_an_answer_is_the_document_of_the_verb_and_its_text(
    shop: Served, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = document(shop.viewer, path)
    if "links" in told:
        del told["links"]
    if path.startswith("/products/sales.orders") and "/ports" not in path:
        del told["history"]
    text = get(shop.viewer, path, Accept="text/plain")
    assert text.headers["content-type"].startswith("text/plain")
    capsys.readouterr()
    assert main(["-C", str(shop.root), *VERBS[path], "--json"]) == 0
    assert told == json.loads(capsys.readouterr().out)
    assert main(["-C", str(shop.root), *VERBS[path]]) == 0
    assert text.text == capsys.readouterr().out


def test_links_lead_to_what_is_there(shop: Served) -> None:
    seen: set[str] = set()
    waiting = [f"{API}/products", f"{API}/datasets", f"{API}/domains", f"{API}/search?q=orders"]
    while waiting:
        url = waiting.pop()
        if url in seen:
            continue
        seen.add(url)
        answer = shop.viewer.get(url)
        assert answer.status_code == 200, url
        if url.endswith("/data"):  # rows
            continue
        found = answer.json()
        waiting += _links(found.get("links", {}))
        waiting += [f"{API}/products/{each['address']}" for each in found.get("products", ()) if isinstance(each, dict)]
    assert f"{API}/datasets/sales.orders.orders/rules/contract:schema" in seen
    assert f"{API}/products/sales.orders/ports/orders/contract" in seen
    assert f"{API}/products/sales.orders/ports/orders/data" in seen


def _links(links: object) -> list[str]:
    if isinstance(links, str):
        return [links]
    return [url for each in links.values() for url in _links(each)] if isinstance(links, dict) else []


def test_lists_are_narrowed_and_paged(shop: Served) -> None:
    assert [each["address"] for each in document(shop.viewer, "/products?domain=sales")["products"]] == [  # type: ignore[index, attr-defined]
        "sales.orders",
        "sales.totals",
    ]
    for resource, key in (("products", "address"), ("datasets", "address"), ("domains", "name")):
        everything = [each[key] for each in document(shop.viewer, f"/{resource}")[resource]]  # type: ignore[index, attr-defined]
        assert everything == sorted(everything)
        paged, url = [], f"{API}/{resource}?limit=1"
        while url:
            page = shop.viewer.get(url).json()
            assert (page["total"], len(page[resource])) == (len(everything), 1)
            paged.append(page[resource][0][key])
            url = page["links"].get("next", "")
        assert paged == everything


def test_search_pages_and_links(shop: Served) -> None:
    first = shop.viewer.get(f"{API}/search?q=orders&limit=2").json()
    assert [hit["address"] for hit in first["hits"]] == ["sales.orders", "sales.orders/orders"]
    assert first["links"]["hits"]["sales.orders/orders"] == f"{API}/products/sales.orders/ports/orders"
    second = shop.viewer.get(first["links"]["next"]).json()
    addresses = [hit["address"] for hit in (*first["hits"], *second["hits"])]
    assert addresses == [hit["address"] for hit in document(shop.viewer, "/search?q=orders&limit=4")["hits"]]  # type: ignore[index, attr-defined]
    only = document(shop.viewer, "/search?q=orders&kind=column&kind=port")
    assert {hit["kind"] for hit in only["hits"]} == {"column", "port"}  # type: ignore[index, attr-defined]


def publish(root: Path) -> None:
    mw(root, "run", "-q", "--env", "prod", "--json")


def edit(root: Path, name: str = "per_customer") -> None:
    write_file(
        root,
        f"domains/sales/totals/models/{name}.sql",
        "select customer, sum(amount) as total, count(*) as orders, max(amount) as greatest\n"
        "from sales.orders.orders group by customer\n",
    )


def test_a_publication_by_another_process_is_in_the_very_next_answer(shop: Served) -> None:
    before = {path: get(shop.viewer, path) for path in ("/products/sales.totals", "/products", "/search?q=greatest")}
    for path, answer in before.items():
        again = shop.viewer.get(f"{API}{path}", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path
        assert again.headers["etag"] == answer.headers["etag"]
    edit(shop.root)
    publish(shop.root)
    after = get(
        shop.viewer, "/products/sales.totals", **{"If-None-Match": before["/products/sales.totals"].headers["etag"]}
    )
    assert after.json()["generation"] > before["/products/sales.totals"].json()["generation"]
    assert len(after.json()["history"]) == 2
    columns = after.json()["manifest"]["datasets"]["sales.totals.per_customer"]["columns"]
    assert "greatest" in {column["name"] for column in columns}
    found = get(shop.viewer, "/search?q=greatest").json()
    assert [hit["address"] for hit in found["hits"]] == ["sales.totals.per_customer.greatest"]
    assert get(shop.viewer, "/products").headers["etag"] != before["/products"].headers["etag"]


@pytest.mark.slow
def test_new_rows_alone_are_in_the_very_next_answer(shop: Served) -> None:
    """No file of the mesh changes: only the environment does."""
    paths = ("/products/sales.orders", "/datasets?product=sales.orders", "/datasets/sales.orders.orders")
    before = {path: get(shop.viewer, path) for path in paths}
    data = shop.root / "data/orders.csv"
    data.write_text(f"{data.read_text()}5,dan,9.0,2026-01-04\n")
    publish(shop.root)
    for path, answer in before.items():
        after = shop.viewer.get(f"{API}{path}", headers={"If-None-Match": answer.headers["etag"]})
        assert after.status_code == 200, path
    assert document(shop.viewer, "/datasets/sales.orders.orders")["published"]["rows"] == 5  # type: ignore[index, call-overload]


def test_files_that_were_repaired_are_in_the_very_next_answer(shop: Served) -> None:
    path = "/datasets/sales.orders.orders"
    before = document(shop.viewer, path)["published"]
    state = open_state("sqlite:///.meshwright/state.db", root=shop.root)
    version = state.reader.versions_of("sales.orders.orders")[0]
    file = StoredFile(path="sales/orders/orders/repaired.parquet", size_bytes=1, checksum="ab" * 16, rows=4)
    assert state.writer.replace_files(version, (file,))
    state.close()
    after = document(shop.viewer, path)["published"]
    assert before["files"] != after["files"]  # type: ignore[index, call-overload]
    assert [each["path"] for each in after["files"]] == [file.path]  # type: ignore[index, call-overload]


def test_an_answer_is_kept_for_those_who_have_the_same_rights() -> None:
    made: list[str] = []

    def ask(principal: Principal | None, path: str = "/x", stamp: str = "s", **headers: str) -> Response:
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "state": {"principal": principal},
            "app": application,
        }

        def make() -> Response:
            made.append(path)
            return Response(f"{path} {len(made)}", media_type="text/plain")

        return rendered(Request(scope), stamp, make)

    application = FastAPI()
    application.state.rendered = RenderedAnswers(most_bytes=10_000)
    viewer = Principal(id="1", role=Role.VIEWER)
    first = ask(viewer)
    assert ask(Principal(id="2", role=Role.VIEWER)).body == first.body
    assert len(made) == 1
    for other in (
        Principal(id="3", role=Role.VIEWER, domain="sales"),
        Principal(id="4", role=Role.ADMINISTRATOR),
        None,
    ):
        ask(other)
    assert len(made) == 4
    for changed in ({"stamp": "t"}, {"accept": "text/plain"}, {"path": "/y"}):
        ask(viewer, **changed)
    assert len(made) == 7
    for at in range(50):
        ask(viewer, path=f"/{at}")
    ask(viewer, path="/0")
    assert len(made) == 58, "what was asked for long ago makes room"


@pytest.mark.slow
def test_evidence_by_another_process_is_in_the_very_next_answer(shop: Served) -> None:
    rule = "/datasets/sales.orders.orders/rules"
    name = shop.viewer.get(f"{API}{rule}").json()["rules"][0]["id"]
    history = f"{rule}/{name}"
    assert len(get(shop.viewer, history).json()["history"]) == 1
    assert len(get(shop.viewer, history).json()["history"]) == 1
    mw(shop.root, "test", "--data", "--json")
    assert len(get(shop.viewer, history).json()["history"]) == 2


@pytest.mark.slow
def test_older_manifests_and_contracts_stay_readable(shop: Served) -> None:
    old = document(shop.viewer, "/products/sales.totals")
    edit(shop.root)
    publish(shop.root)
    history = document(shop.viewer, "/products/sales.totals/history")
    new, first = history["publications"]  # type: ignore[misc]
    assert (new["until"], first["until"]) == (None, new["generation"])
    assert first["revision"] != new["revision"]
    urls = history["links"]["generations"]  # type: ignore[index, call-overload]
    then = shop.viewer.get(urls[str(first["generation"])]).json()
    assert then["manifest"] == old["manifest"]
    assert then["generation"] == first["generation"]
    page = document(shop.viewer, "/products/sales.totals/history?limit=1")
    assert [each["generation"] for each in page["publications"]] == [new["generation"]]  # type: ignore[index, attr-defined]
    rest = shop.viewer.get(page["links"]["next"]).json()  # type: ignore[index, call-overload]
    assert [each["generation"] for each in rest["publications"]] == [first["generation"]]
    problem(shop.viewer.get(f"{API}/products/sales.totals?generation=99"), 404, "MW-R011")


@pytest.mark.slow
def test_pages_of_a_list_are_of_the_generation_that_it_began_in(shop: Served) -> None:
    first = document(shop.viewer, "/datasets?limit=3")
    whole = document(shop.viewer, "/datasets")["datasets"]
    edit(shop.root)
    publish(shop.root)
    assert document(shop.viewer, "/datasets")["datasets"] != whole
    second = shop.viewer.get(first["links"]["next"]).json()  # type: ignore[index, call-overload]
    assert [*first["datasets"], *second["datasets"]] == whole  # type: ignore[misc]
    assert second["generation"] == first["generation"]


@pytest.mark.slow
def test_a_list_goes_on_in_another_server_where_the_files_are_the_same(root: Path) -> None:
    with served(root) as one:
        first = document(one.viewer, "/datasets?limit=2")
        whole = document(one.viewer, "/datasets")["datasets"]
    path = root / "domains/sales/totals/models/per_customer.sql"
    text = path.read_text()
    edit(root)
    publish(root)
    with served(root) as other:
        problem(other.viewer.get(first["links"]["next"]), 410, "MW-H401")  # type: ignore[index, call-overload]
    path.write_text(text)
    with served(root) as third:
        page = third.viewer.get(first["links"]["next"]).json()  # type: ignore[index, call-overload]
    assert [*first["datasets"], *page["datasets"]] == whole  # type: ignore[misc]


def test_contracts_and_descriptions_are_documents_of_their_standards(shop: Served) -> None:
    for path, kind in (
        ("/products/sales.orders/ports/orders/contract", "DataContract"),
        ("/products/sales.orders/description", "DataProduct"),
    ):
        as_json = get(shop.viewer, path).json()
        as_yaml = get(shop.viewer, path, Accept="application/yaml")
        assert as_yaml.headers["content-type"] == "application/yaml; charset=utf-8"
        assert yaml.safe_load(as_yaml.text) == as_json
        assert next(iter(as_json)) == "apiVersion"
        assert as_json["kind"] == kind
        problem(shop.viewer.get(f"{API}{path}", headers={"Accept": "image/png"}), 406, "MW-H402")
    contract = get(shop.viewer, "/products/sales.orders/ports/orders/contract").json()
    assert contract["schema"][0]["properties"][0]["name"] == "order_id"


def test_columns_say_what_is_promised_of_them(shop: Served) -> None:
    found = document(shop.viewer, "/datasets/sales.orders.orders/columns/order_id")
    assert (found["type"], found["published"]) == ("BIGINT", True)
    (promised,) = found["promised"]  # type: ignore[misc]
    assert (promised["port"], promised["unique"]) == ("sales.orders/orders", True)
    assert found["rules"]
    columns = document(shop.viewer, "/datasets/sales.orders.orders/columns")["columns"]
    assert {key: found[key] for key in columns[0]} == columns[0]  # type: ignore[index]


def test_versions_are_shown_with_their_evidence(shop: Served) -> None:
    page = document(shop.viewer, "/datasets/sales.orders.orders/versions")
    version = document(shop.viewer, f"/versions/{page['published']}")
    assert version["published_in"] == ["prod"]
    assert {test["verdict"] for test in version["tests"]} == {"pass"}  # type: ignore[index, attr-defined]
    assert document(shop.viewer, f"/versions/{str(page['published'])[:8]}")["id"] == page["published"]


def test_lineage_goes_one_way_and_so_far(shop: Served) -> None:
    def nodes(path: str) -> object:
        return document(shop.viewer, f"/lineage/{path}")["nodes"]

    assert nodes("sales.orders.orders?direction=up") == ["sales.orders.orders", "sales.orders.raw_orders"]
    assert nodes("sales.orders.raw_orders?direction=down&depth=1") == ["sales.orders.orders", "sales.orders.raw_orders"]
    assert "finance.report.revenue" in nodes("sales.orders.raw_orders?direction=down&depth=2")  # type: ignore[operator]
    column = "sales.orders.raw_orders.amount"
    near = nodes(f"{column}?depth=1&direction=down")
    assert "sales.orders.orders.amount" in near  # type: ignore[operator]
    assert "sales.totals.per_customer.total" not in near  # type: ignore[operator]
    assert "sales.totals.per_customer.total" in nodes(f"{column}?direction=down")  # type: ignore[operator]
    assert nodes(f"{column}?direction=up") == [column]


@pytest.mark.slow
def test_sandboxes_are_looked_at_by_name(shop: Served) -> None:
    mw(shop.root, "env", "create", "box", "--json")
    assert document(shop.viewer, "/products/sales.orders?env=box")["environment"] == "box"
    listed = document(shop.viewer, "/datasets?env=box")
    assert listed["environment"] == "box"
    assert listed["datasets"] == document(shop.viewer, "/datasets")["datasets"]
    edit(shop.root)
    mw(shop.root, "run", "--env", "box", "-q", "--json")
    shown = document(shop.viewer, "/datasets/sales.totals.per_customer?env=box")
    assert shown["published"] != document(shop.viewer, "/datasets/sales.totals.per_customer")["published"]
    links = shown["links"]
    assert links["columns"] == f"{API}/datasets/sales.totals.per_customer/columns?env=box"  # type: ignore[index, call-overload]


@pytest.mark.slow
def test_a_list_that_came_before_a_sandbox_was_made_anew_is_not_gone_on_with(shop: Served) -> None:
    mw(shop.root, "env", "create", "box", "--json")
    first = document(shop.viewer, "/datasets?env=box&limit=1")
    mw(shop.root, "env", "delete", "box", "--json")
    problem(shop.viewer.get(first["links"]["next"]), 404, "MW-R013")  # type: ignore[index, call-overload]


BAD = {
    "/domains/sale": (404, "MW-R011"),
    "/domains/sales.orders": (404, "MW-R011"),
    "/products/sales": (404, "MW-R011"),
    "/products/sales.order": (404, "MW-R011"),
    "/products/sales.orders@canary": (404, "MW-R011"),
    "/products/..%2f..%2fetc": (404, "MW-H018"),
    "/products/%00": (404, "MW-R011"),
    "/products/" + "x" * 400: (422, "MW-H010"),
    "/products/sales.orders?generation=0": (422, "MW-H010"),
    "/products/sales.orders?generation=x": (422, "MW-H010"),
    "/products/sales.orders?genration=1": (422, "MW-H011"),
    "/products/sales.orders?generation=12345": (404, "MW-R011"),
    "/products/sales.orders?env=nope": (404, "MW-R013"),
    "/products/sales.orders?env=%00": (404, "MW-R013"),
    "/products/sales.orders/history?cursor=AAAA": (400, "MW-H020"),
    "/products/sales.order/history": (404, "MW-R011"),
    "/products/sales.orders/ports/order": (404, "MW-R011"),
    "/products/sales.orders/ports/orders/v2": (404, "MW-R011"),
    "/products/sales.orders/ports/orders/nothing": (404, "MW-R011"),
    "/products/sales.totals/ports/x/contract": (404, "MW-R011"),
    "/products/sales.orders/ports/orders/contract?generation=99": (404, "MW-R011"),
    "/products?domain=sale": (404, "MW-R011"),
    "/products?limit=0": (422, "MW-H010"),
    "/products?limit=1001": (422, "MW-H010"),
    "/products?cursor=": (400, "MW-H020"),
    "/products?cursor=%F0%9F%92%A9": (400, "MW-H020"),
    "/products?published=maybe": (422, "MW-H010"),
    "/datasets?product=sales.order": (404, "MW-R011"),
    "/datasets/sales.orders": (404, "MW-R011"),
    "/datasets/sales.orders.order": (404, "MW-R011"),
    "/datasets/sales.orders.orders/columns/nothing": (404, "MW-R011"),
    "/datasets/sales.orders.orders/rules/nothing": (404, "MW-L046"),
    "/datasets/sales.orders.orders/versions?cursor=xyz": (400, "MW-H020"),
    "/datasets/sales.orders.nothing/versions": (404, "MW-R011"),
    "/datasets/sales.orders.orders/intervals": (422, "MW-R076"),
    "/versions/abcdef": (404, "MW-R011"),
    "/versions/sales": (404, "MW-R011"),
    "/lineage/sales.orders": (404, "MW-R011"),
    "/lineage/sales.orders.orders?direction=sideways": (422, "MW-H010"),
    "/lineage/sales.orders.orders?depth=0": (422, "MW-H010"),
    "/lineage/sales.orders.orders.nothing": (404, "MW-R011"),
    "/impact/sales.orders.orders.nothing": (404, "MW-R011"),
    "/search": (422, "MW-H010"),
    "/search?q=": (422, "MW-H010"),
    "/search?q=" + "x" * 201: (422, "MW-H010"),
    "/search?q=a&kind=table": (422, "MW-H010"),
    "/search?q=a&domain=sale": (404, "MW-R011"),
    "/explain/nothing": (404, "MW-R011"),
    "/components/nothing": (404, "MW-K016"),
    "/schedules?name=nothing": (404, "MW-S030"),
    "/check?select=nothing.here": (404, "MW-G201"),
}


@pytest.mark.parametrize("path", BAD)
def test_bad_input_is_told_what_to_do(shop: Served, path: str) -> None:
    status, code = BAD[path]
    answer = shop.viewer.get(f"{API}{path}")
    found = problem(answer, status, code)
    assert found["fix"]


def test_a_cursor_is_good_for_its_own_list_alone(shop: Served) -> None:
    cursor = document(shop.viewer, "/products?limit=1")["next"]
    for path in ("/datasets", "/products?domain=sales", "/products?env=qa", "/domains", "/search?q=a"):
        sign = "&" if "?" in path else "?"
        answer = shop.viewer.get(f"{API}{path}{sign}cursor={cursor}")
        assert answer.status_code in {400, 404}, path
        assert answer.json()["code"] in {"MW-H020", "MW-R013"}


@pytest.mark.parametrize("path", ["/products", "/search?q=a", "/datasets/sales.orders.orders", "/check", "/schedules"])
def test_nobody_reads_the_catalog(shop: Served, path: str) -> None:
    problem(shop.nobody.get(f"{API}{path}"), 401, "MW-H013")


def test_schedules_are_held_up_by_those_who_may(root: Path) -> None:
    pipeline = root / "domains/sales/orders/pipeline.yaml"
    pipeline.write_text(f"{pipeline.read_text()}schedule: {{cron: '0 5 * * *', timezone: UTC}}\n")
    with served(root) as shop:
        assert document(shop.viewer, "/schedules")["triggers"]
        url = f"{API}/schedules/sales.orders/pause"
        problem(shop.viewer.post(url, json={"reason": "x"}), 403, "MW-H014")
        problem(shop.administrator.post(url, json={}), 422, "MW-H010")
        problem(shop.administrator.post(url, json={"reason": "x", "until": "y"}), 422, "MW-H010")
        held = shop.administrator.post(url, json={"reason": "maintenance"})
        assert (held.status_code, held.json()["changed"]) == (200, True)
        assert "maintenance" in shop.viewer.get(f"{API}/schedules").text
        assert shop.administrator.post(f"{API}/schedules/sales.orders/resume").status_code == 200
        problem(shop.administrator.post(f"{API}/schedules/sales.orders/resume", json={}), 422, "MW-S033")
        problem(shop.administrator.post(f"{API}/schedules/sales.order/pause", json={"reason": "x"}), 404, "MW-S030")


def test_answers_of_one_caller_are_no_other_ones(shop: Served) -> None:
    first = get(shop.viewer, "/products/sales.orders")
    problem(
        shop.nobody.get(f"{API}/products/sales.orders", headers={"If-None-Match": first.headers["etag"]}),
        401,
        "MW-H013",
    )
    assert get(shop.administrator, "/products/sales.orders").content == first.content


@pytest.mark.slow
def test_a_served_mesh_is_read_in_a_process_of_its_own(root: Path, tmp_path: Path) -> None:
    with serving(root, folder=tmp_path) as server, server.client("viewer") as client:
        assert document(client, "/products/sales.orders")["generation"] == 1
        assert document(client, "/search?q=ordrs")["meant"] == {"ordrs": ["orders"]}
        assert server.stop() == 0
    assert open_workspace(root).root == root
