"""Data queries of published ports: what an address means, pages of one version, cursors that nobody can bend."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from meshwright.access.datasets import DataScope
from meshwright.app.apply import RunOptions, apply
from meshwright.app.compaction import CompactionOptions, compact
from meshwright.app.data import DataOptions, FoundData, find_data
from meshwright.app.data_readers import DataReaders
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import InputError
from meshwright.state.codec import pack_text, unpack_text
from meshwright.state.records import RunState
from tests.app.incremental_mesh import write_air
from tests.app.parts_shop import FLOW, PARTS_SHOP
from tests.app.people_mesh import CANARIES, PEOPLE
from tests.app.test_views import VIEWS
from tests.app.versioned_shop import two_versions
from tests.meshes import agree_to_changes, write_file, write_mesh

_Rows = list[dict[str, object]]
VIEWER = DataScope(caller="token:viewer")
SALES = DataScope(caller="token:sales", domain="sales")
ADMINISTRATOR = DataScope(caller="token:admin", is_all=True)
MODEL = "domains/sales/orders/models/orders.sql"


@pytest.fixture(scope="module")
def readers() -> Iterator[DataReaders]:
    """What reads for all tests: instances serve many."""
    kept = DataReaders()
    yield kept
    kept.close()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop with two versions of a port, published."""
    root = write_mesh(tmp_path_factory.mktemp("data") / "shop", two_versions())
    agree_to_changes(root, "sales", "finance")
    run(open_workspace(root))
    return root


@pytest.fixture
def shop(published: Path, tmp_path: Path) -> Workspace:
    return open_workspace(Path(shutil.copytree(published, tmp_path / "shop")))


def run(workspace: Workspace, environment: str = "prod") -> None:
    assert apply(workspace, RunOptions(environment=environment)).state is RunState.SUCCEEDED


def asked(*words: str, product: str = "sales.orders", **changes: object) -> DataOptions:
    return DataOptions(**{"product": product, "scope": VIEWER, "words": words or ("orders",), **changes})  # type: ignore[arg-type]


def rows_of(readers: DataReaders, found: FoundData) -> _Rows:
    answer = readers.open(found)
    try:
        return [row for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()


def pages(workspace: Workspace, readers: DataReaders, options: DataOptions) -> list[_Rows]:
    """Return all pages, each found by the cursor of the one before."""
    pages, cursor = [], None
    while True:
        found = find_data(workspace, _with(options, cursor=cursor))
        answer = readers.open(found)
        try:
            cursor = answer.next_cursor()
            pages.append([row for batch in answer.batches() for row in batch.to_pylist()])
        finally:
            answer.close()
        if cursor is None:
            return pages


def _with(options: DataOptions, **changes: object) -> DataOptions:
    names = (
        "product",
        "scope",
        "words",
        "environment",
        "generation",
        "version",
        "columns",
        "filter",
        "order",
        "limit",
        "cursor",
    )
    return DataOptions(**{**{name: getattr(options, name) for name in names}, **changes})  # type: ignore[arg-type]


def refused(workspace: Workspace, options: DataOptions, code: str) -> str:
    with pytest.raises(InputError) as error:
        find_data(workspace, options)
    assert error.value.first.code == code
    assert error.value.first.fix
    return f"{error.value.first.message} {error.value.first.fix}"


@pytest.mark.parametrize(
    ("words", "port", "columns"),
    [
        (("orders", "v1"), "sales.orders/orders", 4),
        (("orders", "v2"), "sales.orders/orders/v2", 5),
        (("orders", "v2", "orders"), "sales.orders/orders/v2", 5),
        (("orders",), "sales.orders/orders", 4),
        (("orders", "orders"), "sales.orders/orders", 4),
    ],
)
def test_an_address_means_a_version_of_the_port_as_it_was_published(
    shop: Workspace, readers: DataReaders, words: tuple[str, ...], port: str, columns: int
) -> None:
    found = find_data(shop, asked(*words))
    assert (found.promised.port, len(found.columns)) == (port, columns)
    assert [row["order_id"] for row in rows_of(readers, found)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (asked("order"), "MW-H107", "did you mean 'orders'?"),
        (asked("orders", "v3"), "MW-H107", "v1, v2"),
        (asked("orders", "v1", "lines"), "MW-H107", "'lines'"),
        (asked("orders", "lines", "v1"), "MW-H107", "lines"),
        (asked(product="sales.totals"), "MW-H107", "no port of sales.totals"),
        (asked(product="sales.totals"), "MW-H107", "published without output ports"),
        (asked(product="nowhere.at_all"), "MW-H107", "no port of nowhere.at_all"),
        (asked(product="sales.order"), "MW-H107", "did you mean 'sales.orders'?"),
        (asked(environment="prd"), "MW-R013", "prod"),
        (asked(generation=99), "MW-R011", "generations go from 1"),
        (asked(generation=0), "MW-R011", "generations go from 1"),
        (asked(version="abcdef123456"), "MW-H109", "was not published"),
        (asked(version="'; drop"), "MW-H109", "was not published"),
        (asked(limit=-1), "MW-H105", "limit"),
        (asked(columns="nothing"), "MW-H102", "columns: "),
    ],
)
def test_what_is_not_published_is_refused_with_what_is(
    published: Path, options: DataOptions, code: str, said: str
) -> None:
    assert said in refused(open_workspace(published), options, code)


def test_a_port_in_the_files_alone_is_not_there_yet(shop: Workspace) -> None:
    shutil.rmtree(shop.root / ".meshwright")
    assert "mw run sales.orders" in refused(shop, asked(), "MW-H107")


def test_only_what_the_contract_promises_is_shown(shop: Workspace, readers: DataReaders) -> None:
    # The gate lets no dataset through that has more; a record of an earlier release may be of such a one.
    address = ("sales.orders/orders",)
    with closing(sqlite3.connect(shop.root / ".meshwright/state.db")) as state, state:
        ((id_, packed),) = state.execute("SELECT id, document FROM revisions WHERE object = ?", address).fetchall()
        document = json.loads(unpack_text(packed))
        del document["contract"]["schema"][0]["properties"][1:3]
        state.execute("UPDATE revisions SET document = ? WHERE id = ?", (pack_text(json.dumps(document)), id_))
    options = asked("orders", "v1")
    assert list(rows_of(readers, find_data(shop, options))[0]) == ["order_id", "placed"]
    for changes in ({"columns": "amount"}, {"filter": "amount > 1"}, {"order": "amount"}):
        assert "columns: order_id, placed" in refused(shop, _with(options, **changes), "MW-H102")


def test_filters_orders_and_columns_are_carried_out_together(shop: Workspace, readers: DataReaders) -> None:
    options = asked(
        "orders", "v1", columns="customer,order_id", filter="customer = 'ana' or amount > 15", order="amount desc"
    )
    assert rows_of(readers, find_data(shop, options)) == [
        {"customer": "ben", "order_id": 2},
        {"customer": "ana", "order_id": 1},
        {"customer": "ana", "order_id": 3},
    ]


def test_pages_put_together_are_the_whole(shop: Workspace, readers: DataReaders) -> None:
    for options in (asked("orders", "v1"), asked(order="customer"), asked(filter="order_id <> 2", order="placed desc")):
        whole = rows_of(readers, find_data(shop, options))
        for limit in (1, 2, 3, 10):
            found = pages(shop, readers, _with(options, limit=limit))
            assert [row for page in found for row in page] == whole
            assert all(len(page) == limit for page in found[:-1])
            assert found[-1]


def test_pages_are_of_one_version_whatever_is_published_between_them(shop: Workspace, readers: DataReaders) -> None:
    options = asked("orders", "v1", limit=2)
    first = find_data(shop, options)
    write_file(
        shop.root,
        "data/orders.csv",
        "order_id,customer,amount,placed\n9,zoe,1.0,2026-02-01\n8,zoe,1.0,2026-02-01\n7,zoe,1,2026-02-01\n",
    )
    run(shop)
    rest = find_data(shop, _with(options, cursor=first.next_cursor))
    assert [row["order_id"] for row in rows_of(readers, rest)] == [3, 4]
    assert (rest.version, rest.generation) == (first.version, first.generation)
    assert [row["order_id"] for row in rows_of(readers, find_data(shop, options))] == [9, 8]


def test_a_generation_and_a_version_of_the_past_are_read_while_they_are_kept(
    shop: Workspace, readers: DataReaders
) -> None:
    before = find_data(shop, asked("orders", "v1"))
    write_file(shop.root, MODEL, "select order_id, customer, amount, placed from raw_orders where amount > 6\n")
    run(shop)
    now = find_data(shop, asked("orders", "v1"))
    assert now.version != before.version
    assert now.identity != before.identity
    assert [now.is_immutable, before.is_immutable] == [False, False]
    for options in (
        asked("orders", "v1", generation=before.generation),
        asked("orders", "v1", version=before.version),
        asked("orders", "v1", version=before.version[:8]),
        asked("orders", "v1", version=before.version, generation=before.generation),
    ):
        then = find_data(shop, options)
        assert (then.version, then.generation, then.is_immutable) == (before.version, before.generation, False)
        assert find_data(shop, _with(options, scope=SALES)).is_immutable
        assert then.identity == before.identity
        assert len(rows_of(readers, then)) == 4
    refused(shop, asked("orders", "v1", version=now.version, generation=before.generation), "MW-H109")


def test_versions_of_others_and_candidates_are_not_read_by_their_ids(shop: Workspace) -> None:
    other = find_data(shop, asked("orders", "v2")).version
    assert other not in refused(shop, asked("orders", "v1", version=other), "MW-H109").partition("read one of")[2]
    write_file(shop.root, MODEL, "select order_id, customer, amount, placed from raw_orders where amount > 100\n")
    assert apply(shop, RunOptions()).state is not RunState.SUCCEEDED  # a rule wants more than two rows
    with duckdb.connect() as connection:
        found = connection.execute(
            f"FROM glob('{shop.root}/.meshwright/store/sales/orders/orders/*/*.parquet')"
        ).fetchall()
    candidates = {Path(path).parent.name for (path,) in found} - {find_data(shop, asked("orders", "v1")).version}
    assert candidates
    for candidate in candidates:
        refused(shop, asked("orders", "v1", version=candidate), "MW-H109")


def test_a_cursor_goes_on_with_its_own_query_alone(shop: Workspace) -> None:
    options = asked("orders", "v1", limit=1, filter="order_id > 0", order="customer")
    cursor = find_data(shop, options).next_cursor
    assert find_data(shop, _with(options, cursor=cursor, limit=2, generation=3)).request.offset == 1
    for changes in (
        {"filter": "order_id > 1"},
        {"filter": None},
        {"order": "customer desc"},
        {"columns": "order_id"},
        {"generation": 1},
        {"version": "0" * 32},
        {"words": ("orders", "v2")},
    ):
        refused(shop, _with(options, **{"cursor": cursor, **changes}), "MW-H106")


def test_a_cursor_reads_nothing_that_it_could_not_ask_for(shop: Workspace) -> None:
    options = asked("orders", "v1", limit=1)
    cursor = find_data(shop, options).next_cursor
    other = find_data(shop, asked("orders", "v2")).version
    for changes, code in (
        ({"generation": 99}, "MW-R011"),
        ({"version": other}, "MW-H106"),
        ({"version": "../../etc"}, "MW-H106"),
        ({"query": "0" * 16}, "MW-H106"),
        ({"content": "0" * 16}, "MW-H110"),
    ):
        refused(shop, _with(options, cursor=replace(cursor, **changes)), code)


def test_views_are_read_through_their_ports(tmp_path: Path, readers: DataReaders) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop", VIEWS))
    run(workspace)
    found = find_data(workspace, asked())
    assert not found.is_exact
    assert sorted(str(row["order_id"]) for row in rows_of(readers, found)) == ["1", "2", "3", "4"]
    split = pages(workspace, readers, asked(limit=1, columns="customer"))
    assert [page[0]["customer"] for page in split] == ["ana", "ana", "ben", "cem"]
    (tmp_path / "shop/data/orders.csv").write_text(
        "order_id,customer,amount,placed\n5,x,1.0,2026-01-01\n6,x,1,2026-01-01\n7,x,1,2026-01-01\n"
    )
    run(workspace)
    assert len(rows_of(readers, find_data(workspace, asked(generation=found.generation)))) == 4
    assert len(rows_of(readers, find_data(workspace, asked()))) == 3


def test_a_masked_sandbox_shows_and_compares_pseudonyms(tmp_path: Path, readers: DataReaders) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "people", PEOPLE))
    run(workspace)
    create_sandbox(workspace, SandboxWish(name="box"))
    people = asked("people", product="crm.customers", environment="box")
    shown = rows_of(readers, find_data(workspace, people))
    assert len(shown) == 4
    assert not any(canary in str(shown) for canary in CANARIES)
    pseudonym = next(row["email"] for row in shown if row["person_id"] == 1)
    for text, count in ((f"email = '{pseudonym}'", 1), ("email like '%canary%'", 0), ("email > 'canary-ana'", None)):
        found = rows_of(readers, find_data(workspace, _with(people, filter=text)))
        assert count is None or len(found) == count
        assert not any(canary in str(found) for canary in CANARIES)
    assert not find_data(workspace, _with(people, version=find_data(workspace, people).version)).is_immutable
    split = pages(workspace, readers, _with(people, limit=3, order="email desc"))
    assert [row["email"] for page in split for row in page] == sorted(
        (str(row["email"]) for row in shown), reverse=True
    )
    clear = rows_of(readers, find_data(workspace, asked("people", product="crm.customers")))
    assert {str(row["email"])[:10] for row in clear} == set(CANARIES)


PORT = {
    "domains/sales/flow/product.odps.yaml": """
        apiVersion: v1.1.0
        kind: DataProduct
        id: flow
        status: active
        outputPorts:
          - {name: flow, version: 1.0.0, contractId: flow-flow}
        """,
    "domains/sales/flow/contracts/flow.odcs.yaml": """
        apiVersion: v3.2.0
        kind: DataContract
        id: flow-flow
        version: 1.0.0
        status: active
        schema:
          - {name: daily}
          - {name: latest}
        """,
}


def test_datasets_of_parts_are_read_whole_and_in_pages(tmp_path: Path, readers: DataReaders) -> None:
    root = write_mesh(tmp_path / "shop", {**PARTS_SHOP, **PORT})
    workspace = open_workspace(root)
    run(workspace)
    daily = asked("flow", "daily", product="sales.flow", limit=2)
    assert "daily, latest" in refused(workspace, asked("flow", product="sales.flow"), "MW-H108")
    assert [[row["id"] for row in page] for page in pages(workspace, readers, daily)] == [[1, 2], [3, 4], [5]]
    ordered = _with(daily, order="customer desc, amount", limit=1)
    assert [page[0]["id"] for page in pages(workspace, readers, ordered)] == [4, 2, 1, 3, 5]


def test_a_cursor_is_of_no_use_when_rows_have_moved(tmp_path: Path, readers: DataReaders) -> None:
    workspace = open_workspace(write_air(tmp_path / "air", 45))
    run(workspace)
    daily = asked("daily", product="sales.flights", limit=10)
    before = find_data(workspace, daily)
    rows = rows_of(readers, find_data(workspace, _with(daily, limit=None)))
    assert len(rows) == 90
    # Compaction moves rows and renames nothing: a cursor of before would count in other files.
    assert compact(workspace, CompactionOptions()).compacted
    after = find_data(workspace, daily)
    assert (after.version, after.identity == before.identity) == (before.version, False)
    refused(workspace, _with(daily, cursor=before.next_cursor), "MW-H110")
    split = pages(workspace, readers, daily)
    assert [row for page in split for row in page] == rows_of(readers, find_data(workspace, _with(daily, limit=None)))
    assert sorted(map(str, (row for page in split for row in page))) == sorted(map(str, rows))


def test_parts_with_other_columns_are_read_as_the_version_has_them(tmp_path: Path, readers: DataReaders) -> None:
    flow = PARTS_SHOP[FLOW].replace("grain: day}", "grain: day, forward_only: true}")
    root = write_mesh(tmp_path / "shop", {**PARTS_SHOP, FLOW: flow, **PORT})
    workspace = open_workspace(root)
    run(workspace)
    write_file(root, "drop/03.csv", "t,id,customer,amount\n2026-01-05 08:00:00,6,dua,60\n")
    write_file(
        root, "domains/sales/flow/models/daily.sql", "select t, id, customer, amount, id * 2 as twice from raw\n"
    )
    assert apply(workspace, RunOptions()).state is RunState.SUCCEEDED
    daily = asked("flow", "daily", product="sales.flow")
    found = find_data(workspace, daily)
    assert found.request.relation.groups
    assert [row["twice"] for row in rows_of(readers, find_data(workspace, _with(daily, order="id")))] == [
        *[None] * 5,
        12,
    ]
    for options in (daily, _with(daily, order="customer"), _with(daily, order="twice desc nulls first, id")):
        split = pages(workspace, readers, _with(options, limit=2))
        assert [row for page in split for row in page] == rows_of(readers, find_data(workspace, options))
