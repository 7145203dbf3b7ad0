"""Sources elsewhere in a whole mesh: planned, run, checked offline; and no secret in any sink."""

from __future__ import annotations

import contextlib
import io
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.faces.cli.main import main
from meshwright.plan.values import StepAction
from meshwright.state.records import RunState
from tests.meshes import write_mesh
from tests.postgres import Server
from tests.sources.webserver import Web, page

PIPELINE = "domains/sales/orders/pipeline.yaml"
MODEL = "select id, name from raw"


def mesh(root: Path, pipeline: str, files: Mapping[str, str] | None = None) -> Workspace:
    write_mesh(
        root,
        {
            "mesh.yaml": "meshwright: 1\nname: shop\n",
            "domains/sales/domain.yaml": "name: sales\npurpose: Selling.\nowners: [team:sales]\n",
            "domains/sales/orders/models/orders.sql": MODEL,
            PIPELINE: pipeline,
            **(files or {}),
        },
    )
    return open_workspace(root)


def orders(root: Path, *rows: tuple[int, str]) -> None:
    with closing(sqlite3.connect(root / "shop.db")) as connection:
        connection.execute("create table if not exists orders (id integer, name text)")
        connection.executemany("insert into orders values (?, ?)", rows)
        connection.commit()


SQLITE = "nodes: {raw: {source: {database: 'sqlite:///shop.db', table: orders}}}\n"


def test_a_database_is_built_once_and_again_when_it_changes(tmp_path: Path) -> None:
    shop = mesh(tmp_path, SQLITE)
    orders(tmp_path, (1, "a"))
    assert apply(shop, RunOptions()).state is RunState.SUCCEEDED
    assert plan(shop, PlanOptions()).is_empty
    orders(tmp_path, (2, "b"))
    step = next(step for step in plan(shop, PlanOptions()).steps if step.dataset == "sales.orders.raw")
    assert (step.action, step.reasons) == (StepAction.BUILD, ("source changed",))
    report = apply(shop, RunOptions())
    assert {step.dataset: step.rows for step in report.steps if step.rows} == {
        "sales.orders.raw": 2,
        "sales.orders.orders": 2,
    }


def test_another_table_of_a_changed_file_rebuilds_nothing_below(tmp_path: Path) -> None:
    shop = mesh(tmp_path, SQLITE)
    orders(tmp_path, (1, "a"))
    first = apply(shop, RunOptions())
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("create table other (x)")
        connection.commit()
    second = apply(shop, RunOptions())
    assert second.generation == first.generation
    assert [step.dataset for step in second.steps if step.action is StepAction.BUILD] == ["sales.orders.raw"]


def test_a_weak_observation_is_named_in_the_plan(tmp_path: Path, web: Web) -> None:
    web.pages["/weak.csv"] = page(b"id,name\n1,a\n", modified=1_700_000_000)
    web.pages["/unseen.csv"] = page(b"id,name\n1,a\n", is_sized=False)
    shop = mesh(
        tmp_path,
        f"""
        nodes:
          raw: {{source: {{path: "{web.url("/weak.csv")}"}}}}
          other: {{source: {{path: "{web.url("/unseen.csv")}"}}}}
          grown: {{source: {{database: "sqlite:///shop.db", table: orders, watermark: id}}}}
        """,
    )
    orders(tmp_path, (1, "a"))
    assert plan(shop, PlanOptions()).notes == (
        "sales.orders.grown is observed by a high-water mark alone: a change that keeps it goes unseen",
        "sales.orders.other tells nothing before it is read: every run reads it",
        "sales.orders.raw is observed by size and time alone: a change that keeps it goes unseen",
    )


def test_a_place_that_tells_nothing_is_read_by_every_run_and_rebuilds_nothing_below(tmp_path: Path, web: Web) -> None:
    web.pages["/bare.csv"] = page(b"id,name\n1,a\n", is_sized=False)
    shop = mesh(tmp_path, f"nodes: {{raw: {{source: {{path: '{web.url('/bare.csv')}'}}}}}}\n")
    first = apply(shop, RunOptions())
    second = apply(shop, RunOptions())
    assert first.state is second.state is RunState.SUCCEEDED
    assert second.generation == first.generation
    assert [step.dataset for step in second.steps if step.action is StepAction.BUILD] == ["sales.orders.raw"]
    web.pages["/bare.csv"] = page(b"id,name\n1,b\n", is_sized=False)
    assert apply(shop, RunOptions()).generation == first.generation + 1


def test_a_place_that_cannot_be_reached_blocks_its_source_alone(tmp_path: Path) -> None:
    shop = mesh(
        tmp_path,
        """
        nodes:
          raw: {source: {database: "sqlite:///shop.db", table: orders}}
          gone: {source: {path: "http://127.0.0.1:1/x.csv"}, columns: {x: INTEGER}}
        """,
    )
    orders(tmp_path, (1, "a"))
    actions = {step.dataset: step.action for step in plan(shop, PlanOptions()).steps if step.key.startswith("build")}
    assert actions == {
        "sales.orders.gone": StepAction.BLOCKED,
        "sales.orders.orders": StepAction.PENDING,
        "sales.orders.raw": StepAction.BUILD,
    }
    report = apply(shop, RunOptions())
    failed = next(step for step in report.steps if step.dataset == "sales.orders.gone")
    assert failed.error is not None
    assert failed.error.code == "MW-X603"


@pytest.mark.parametrize("columns", ["", ", columns: {id: BIGINT, name: VARCHAR}"])
def test_an_offline_check_warns_and_goes_on(tmp_path: Path, columns: str) -> None:
    shop = mesh(tmp_path, f"nodes: {{raw: {{source: {{path: 'http://127.0.0.1:1/x.csv'}}{columns}}}}}\n")
    report = check(shop)
    [found] = report.diagnostics
    assert (found.code, str(found.severity)) == ("MW-T005", "warning")
    assert ("its declared columns are taken" in found.message) is bool(columns)
    assert report.ok


def test_a_check_finds_an_unknown_column_of_a_database(tmp_path: Path) -> None:
    shop = mesh(tmp_path, SQLITE, {"domains/sales/orders/models/orders.sql": "select id, nmae from raw"})
    orders(tmp_path, (1, "a"))
    assert [found.code for found in check(shop).diagnostics] == ["MW-T001"]


def test_the_head_of_a_source_is_remembered(tmp_path: Path, web: Web) -> None:
    web.pages["/remembered.csv"] = page(b"id,name\n1,a\n", etag='"1"')
    shop = mesh(tmp_path, f"nodes: {{raw: {{source: {{path: '{web.url('/remembered.csv')}'}}}}}}\n")
    check(shop)
    check(shop)
    assert web.methods("/remembered.csv").count("GET") == 1


def test_an_iceberg_and_a_delta_table_lead_to_products(tmp_path: Path) -> None:
    import pyarrow as pa
    from deltalake import write_deltalake

    write_deltalake(str(tmp_path / "lake"), pa.table({"id": [1, 2], "name": ["a", "b"]}))
    shop = mesh(tmp_path, "nodes: {raw: {source: {path: lake, format: delta}}}\n")
    assert apply(shop, RunOptions()).state is RunState.SUCCEEDED
    assert plan(shop, PlanOptions()).is_empty


@pytest.mark.slow
def test_an_s3_store_is_read_and_observed(tmp_path: Path, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import s3fs

    monkeypatch.setenv("S3_SECRET", "canary-s3-7735")
    system = s3fs.S3FileSystem(key="k", secret="canary-s3-7735", endpoint_url=s3_endpoint)
    system.mkdir("shop")
    system.pipe("shop/1.csv", b"id,name\n1,a\n")
    shop = mesh(
        tmp_path,
        "nodes: {raw: {source: {path: 's3://shop/*.csv', "
        f"options: {{key: k, secret: '${{env:S3_SECRET}}', endpoint_url: '{s3_endpoint}'}}}}}}}}\n",
    )
    assert apply(shop, RunOptions()).state is RunState.SUCCEEDED
    assert plan(shop, PlanOptions()).is_empty
    system.pipe("shop/2.csv", b"id,name\n2,b\n")
    seen = apply(shop, RunOptions())
    assert next(step.rows for step in seen.steps if step.dataset == "sales.orders.raw") == 2
    assert canaries(tmp_path, "canary-s3") == []


# --- secrets


def canaries(root: Path, secret: str) -> list[str]:
    """Return the files below `root` that hold the secret."""
    return [str(file) for file in root.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]


def command(root: Path, *words: str) -> str:
    """Run a command line and return everything that it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(root), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(list(words))
    return out.getvalue() + err.getvalue()


def test_no_secret_reaches_any_sink(
    tmp_path: Path, postgres: Server, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    password, token = "canary-31-päss/w:rd", "canary-42-token"
    postgres.execute("drop table if exists open_orders", "drop role if exists canary")
    postgres.execute(
        "create role canary login password 'canary-31-päss/w:rd'", "create table open_orders as select 1 as id"
    )
    postgres.execute("grant select on open_orders to canary")
    from urllib.parse import quote

    monkeypatch.setenv("WAREHOUSE_URL", postgres.loopback_url("canary", quote(password, safe="")))
    monkeypatch.setenv("WRONG_URL", postgres.loopback_url("canary", quote(password + "-wrong", safe="")))
    web.pages["/private.csv"] = page(b"id\n1\n", etag='"1"')
    web.pages["/refused.csv"] = page(b"", status=401)
    root = tmp_path / "shop"
    mesh(
        root,
        f"""
        nodes:
          raw: {{source: {{database: "${{env:WAREHOUSE_URL}}", query: "select id, 'x' as name from open_orders"}}}}
          wrong: {{source: {{database: "${{env:WRONG_URL}}", table: open_orders}}}}
          absent: {{source: {{database: "${{env:WAREHOUSE_URL}}", table: nowhere}}}}
          private:
            source:
              path: "{web.url("/private.csv")}?key=${{file:token.txt}}"
              headers: {{Authorization: "Bearer ${{file:token.txt}}"}}
          refused: {{source: {{path: "{web.url("/refused.csv")}?key=${{file:token.txt}}", format: csv}}}}
          nobody: {{source: {{path: "http://127.0.0.1:1/${{file:token.txt}}.csv"}}}}
          store: {{source: {{path: "s3://nowhere/a.csv", options: {{key: k, secret: "${{file:token.txt}}", endpoint_url: "http://127.0.0.1:1/${{file:token.txt}}"}}}}}}
        """,
    )
    secret_file = root / "token.txt"
    secret_file.write_text(f"{token}\n")
    printed = [command(root, *words) for words in (("check",), ("plan", "--json"), ("run",))]
    assert "401" in printed[2]
    found = re.search(r"\d{8}T\d{6}-[0-9a-f]{6}", command(root, "runs", "list"))
    assert found is not None
    printed += [command(root, "runs", "show", found[0]), command(root, "runs", "logs", found[0])]
    for text in printed:
        for form in ("canary-31", "canary-42", quote(password, safe="")):
            assert form not in text
    secret_file.unlink()
    assert canaries(root, "canary-31") == []
    assert canaries(root, "canary-42") == []
    assert canaries(root, quote(password, safe="")) == []
    # The headers did go out: the secret was used, and only kept quiet about.
    assert any(headers.get("Authorization") == f"Bearer {token}" for _, _, headers in web.asked)


@pytest.mark.parametrize("reference", ["${env:NOT_SET_ANYWHERE}", "${file:nowhere.txt}"])
def test_a_reference_to_nothing_names_what_is_missing(tmp_path: Path, reference: str) -> None:
    shop = mesh(tmp_path, f"nodes: {{raw: {{source: {{database: '{reference}', table: t}}}}}}\n")
    step = next(step for step in plan(shop, PlanOptions()).steps if step.dataset == "sales.orders.raw")
    assert step.problem is not None
    assert step.problem.code == "MW-X602"
    assert str(step.problem.span).startswith(PIPELINE)
