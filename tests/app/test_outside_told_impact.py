"""Who breaks outside of the mesh: jobs of outside tools as consumers, and what comes back into the mesh by way of them."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.impact import impact
from meshwright.app.outside_told_taking import Intake, take_lineage
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import RefusedError
from meshwright.faces.documents.impact import impact_report_document
from meshwright.faces.text.changes import change_lines
from meshwright.faces.text.impact import impact_report_lines
from meshwright.faces.text.plan import plan_lines
from meshwright.faces.text.terminal import Look
from meshwright.plan.documents import plan_document
from meshwright.plan.impact.usage import Usage
from tests.app.boxed_shop import box
from tests.app.consumed_shop import CONSUMED_SHOP, CONSUMERS, CONTRACT, ORDERS, PORT, agree, edit
from tests.meshes import write_file, write_mesh
from tests.told_events import Event, body, columns_from, dataset, dataset_event, facet, run_event

OWN = "meshwright://shop"
SNOW = ("snowflake://acme", "DB.S.TOTALS")
PLAIN = Look(is_terminal=False)


def ago(**time: float) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(**time)).isoformat()


def tell(shop: Workspace, *events: Event) -> None:
    for event in events:
        take_lineage(shop, Intake(), body(event))


def job(name: str, **event: Any) -> Event:
    return run_event(job=("airflow", name), **({"time": ago(minutes=5)} | event))


# -- who uses a dataset, or a column ---------------------------------------------------------------------------------------


@pytest.fixture
def told(tmp_path: Path) -> Workspace:
    """per_customer -> a job -> snowflake -> a job -> file that `back` of finance reads -> `again`; a dashboard reads the table."""
    shop = open_workspace(write_mesh(tmp_path))
    write_file(
        shop.root,
        "domains/finance/back/pipeline.yaml",
        "nodes:\n  back: {source: {path: data/back.csv, format: csv}}\n",
    )
    write_file(shop.root, "domains/finance/back/models/again.sql", "select sum(total) as total from back\n")
    write_file(shop.root, "data/back.csv", "customer,total\nana,1.5\n")
    back = ("file", str(shop.root / "data/back.csv"))
    push = job(
        "push",
        inputs=[dataset(OWN, "sales.totals.per_customer")],
        outputs=[dataset(*SNOW, columnLineage=columns_from((OWN, "sales.totals.per_customer"), TOTAL="total"))],
    )
    push["job"]["facets"]["ownership"] = facet(owners=[{"name": "team:warehouse"}])
    fetch = job(
        "fetch",
        inputs=[dataset(*SNOW)],
        outputs=[dataset(*back, columnLineage=columns_from(SNOW, total="TOTAL", customer="CUSTOMER"))],
    )
    tell(shop, push, fetch, run_event(job=("tableau", "board"), inputs=[dataset(*SNOW)], time=ago(days=1)))
    return shop


def uses(shop: Workspace, name: str, environment: str = "prod") -> dict[str, Usage]:
    return {
        one.dataset if one.kind == "product" else one.consumer: one
        for one in impact(shop, name, environment).usages
        if one.kind in {"product", "outside job"}
    }


def test_who_uses_a_column_is_followed_out_of_the_mesh_and_back(told: Workspace) -> None:
    found = uses(told, "sales.totals.per_customer.total")
    assert {"airflow/push", "airflow/fetch", "tableau/board", "finance.back.back", "finance.back.again"} <= found.keys()
    push = found["airflow/push"]
    assert (push.kind, push.owners, push.distance) == ("outside job", ("team:warehouse",), 1)
    assert push.reads == ("sales.totals.per_customer.total",)
    assert push.gives == ("snowflake://acme/DB.S.TOTALS.TOTAL",)
    assert push.writes == ("snowflake://acme/DB.S.TOTALS",)
    assert push.job
    assert push.seen_at
    file = f"file:{told.root}/data/back.csv"
    assert found["tableau/board"].reads == ("snowflake://acme/DB.S.TOTALS.TOTAL",), "it did not tell which it reads"
    assert found["airflow/fetch"].gives == (f"{file}.total",)
    back = found["finance.back.back"]
    assert (back.reads, back.gives, back.distance) == ((f"{file}.total",), ("finance.back.back.total",), 3)
    assert found["finance.back.again"].reads == ("finance.back.back.total",)
    assert found["finance.back.again"].distance == 4


def test_a_column_that_goes_nowhere_outside_has_no_users_there(told: Workspace) -> None:
    assert "airflow/push" not in uses(told, "sales.totals.per_customer.customer")
    assert {"airflow/push", "tableau/board", "finance.back.again"} <= uses(told, "sales.totals.per_customer").keys()
    assert {"airflow/push", "finance.back.again"} <= uses(told, "sales.orders.orders.amount").keys()


def test_a_job_that_tells_nothing_of_columns_may_use_any(told: Workspace) -> None:
    tell(
        told,
        job("blind", inputs=[dataset(OWN, "sales.totals.per_customer")], outputs=[dataset("s3://lake", "x")]),
        job(
            "next",
            inputs=[dataset("s3://lake", "x")],
            outputs=[dataset("s3://lake", "y", columnLineage=columns_from(("s3://lake", "x"), b="a"))],
        ),
        job("over", inputs=[dataset("s3://lake", "x")], outputs=[dataset(OWN, "sales.orders.orders")]),
    )
    found = uses(told, "sales.totals.per_customer.customer")
    assert found["airflow/blind"].gives == ("s3://lake/x.*",)
    assert found["airflow/next"].gives == ("s3://lake/y.b",)
    assert found["airflow/over"].gives == tuple(
        f"sales.orders.orders.{name}" for name in ("amount", "customer", "order_id", "placed")
    ), "one of ours: its columns are known"
    assert "sales.totals.per_customer" not in found, "the way back to where it began is no use of it"
    assert "finance.back.again" in found, "its total may come of it by now"


def test_a_source_takes_over_columns_by_their_names(told: Workspace) -> None:
    tell(
        told,
        job(
            "copy",
            inputs=[dataset(OWN, "sales.totals.per_customer")],
            outputs=[dataset("file", str(told.root / "data/back.csv"))],
        ),
    )
    assert uses(told, "sales.totals.per_customer.customer")["finance.back.back"].gives == (
        "finance.back.back.customer",
        "finance.back.back.total",
    )


def test_what_is_made_of_ours_without_a_job_is_told_too(told: Workspace) -> None:
    tell(
        told,
        dataset_event(
            dataset("hive://meta", "db.t", columnLineage=columns_from((OWN, "sales.totals.per_customer"), t="total")),
            time=ago(hours=1),
        ),
    )
    found = uses(told, "sales.totals.per_customer.total")
    assert found["a job that nobody named"].writes == ("hive://meta:9083/db.t",)


def test_who_was_not_heard_of_for_long_is_no_user(told: Workspace) -> None:
    tell(told, job("old", inputs=[dataset(OWN, "sales.orders.orders")], time=ago(days=91)))
    assert "airflow/old" not in uses(told, "sales.orders.orders")
    tell(told, job("old", time=ago(days=1)))
    assert "airflow/old" not in uses(told, "sales.orders.orders"), "it runs, and reads that no more"
    tell(told, job("old", inputs=[dataset(OWN, "sales.orders.orders")], time=ago(days=89)))
    assert "airflow/old" in uses(told, "sales.orders.orders")


def test_jobs_inside_of_our_nodes_are_not_named_and_gone_through(told: Workspace) -> None:
    inner = job(
        "inner",
        inputs=[dataset(OWN, "sales.orders.orders")],
        outputs=[dataset("s3://lake", "in", columnLineage=columns_from((OWN, "sales.orders.orders"), a="amount"))],
    )
    inner["run"]["facets"]["parent"] = facet(
        run={"runId": inner["run"]["runId"]}, job={"namespace": OWN, "name": "sales.totals.per_customer"}
    )
    tell(told, inner, run_event(job=("bi", "page"), inputs=[dataset("s3://lake", "in")], time=ago(minutes=1)))
    found = uses(told, "sales.orders.orders.amount")
    assert "airflow/inner" not in found
    assert found["bi/page"].reads == ("s3://lake/in.a",)


def test_the_report_marks_what_is_outside(told: Workspace) -> None:
    report = impact(told, "sales.totals.per_customer.total")
    document = json.loads(json.dumps(impact_report_document(report)))
    [push] = [one for one in document["uses"] if one["consumer"] == "airflow/push"]
    assert (push["kind"], push["writes"]) == ("outside job", ["snowflake://acme/DB.S.TOTALS"])
    assert push["job"]
    assert push["last_seen"]
    text = "\n".join(impact_report_lines(report, PLAIN))
    assert "outside jobs:" in text
    assert "airflow/push (team:warehouse) reads sales.totals.per_customer: per_customer.total; writes snow" in text
    assert "back uses file:" in text
    assert ", 3 outside jobs, " in text


# -- what a change breaks ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_mesh(tmp_path_factory.mktemp("consumed") / "shop", CONSUMED_SHOP)
    apply(open_workspace(root), RunOptions())
    return root


@pytest.fixture
def shop(built: Path, tmp_path: Path) -> Workspace:
    """The shop, of which nobody in the mesh and no declared consumer uses the column `channel`."""
    shop = open_workspace(Path(shutil.copytree(built, tmp_path / "shop")))
    write_file(shop.root, CONSUMERS, "consumers: []\n")
    apply(shop, RunOptions())
    return shop


def reads_channel(shop: Workspace, column: str = "CHANNEL", **event: Any) -> None:
    facets = columns_from((OWN, "sales.orders.orders"), C=column)
    out = dataset("snowflake://acme", "DB.S.ORDERS", columnLineage=facets)
    tell(shop, job("push", inputs=[dataset(OWN, "sales.orders.orders")], outputs=[out], **event))


def drop_channel(shop: Workspace) -> None:
    edit(shop, ORDERS, ", channel", "")
    edit(shop, CONTRACT, "      - {name: channel, logicalType: string}\n", "")
    edit(shop, CONTRACT, "version: 1.0.0", "version: 2.0.0")


def test_a_column_that_an_outside_job_reads_is_not_taken_away_from_under_it(shop: Workspace) -> None:
    drop_channel(shop)
    assert plan(shop, PlanOptions()).impacts[0].uses == (), "nobody uses it"
    reads_channel(shop)
    with pytest.raises(RefusedError) as raised:
        plan(shop, PlanOptions())
    assert "outside job airflow/push (nobody named), column sales.orders.orders.channel" in raised.value.first.message
    [one] = impact(shop).impacts
    [use] = one.uses
    assert (one.port, use.kind, use.consumer) == (PORT, "outside job", "airflow/push")
    assert use.columns == ("sales.orders.orders.channel",), "in our own spelling, though it is there no more"
    assert "outside job airflow/push" in "\n".join(impact_report_lines(impact(shop), PLAIN))
    assert agree(shop, owner="team:sales")[0] == 0
    assert plan(shop, PlanOptions()).impacts[0].uses[0].job == use.job


def test_who_an_outside_tool_says_owns_its_job_is_named_and_may_not_agree(shop: Workspace) -> None:
    drop_channel(shop)
    reads_channel(shop)
    claim = {"ownership": facet(owners=[{"name": "team:claimed", "type": "OWNER"}])}
    tell(shop, job("push") | {"job": {"namespace": "airflow", "name": "push", "facets": claim}})
    with pytest.raises(RefusedError) as raised:
        plan(shop, PlanOptions())
    assert "airflow/push (team:claimed)" in raised.value.first.message
    assert agree(shop, owner="team:claimed")[0] != 0
    [one] = impact(shop).impacts
    assert one.approvers == ("team:sales",)
    with pytest.raises(RefusedError):
        plan(shop, PlanOptions())


@pytest.mark.parametrize("event", [{"time": ago(days=120)}, {"column": "amount"}])
def test_who_reads_it_no_more_or_other_columns_is_not_asked(shop: Workspace, event: dict[str, Any]) -> None:
    drop_channel(shop)
    reads_channel(shop, **event)
    assert plan(shop, PlanOptions()).impacts[0].uses == ()


def test_a_job_that_tells_nothing_of_columns_is_asked_about_each(shop: Workspace) -> None:
    drop_channel(shop)
    tell(shop, job("page", inputs=[dataset(OWN, "sales.orders.orders")]))
    with pytest.raises(RefusedError, match="airflow/page"):
        plan(shop, PlanOptions())


def test_a_plan_names_the_outside_jobs_that_will_see_a_change(shop: Workspace) -> None:
    reads_channel(shop)
    edit(shop, ORDERS, "amount > 0", "amount > 7")
    made = plan(shop, PlanOptions())
    [own] = [one for one in made.affected if one.product == "sales.orders"]
    assert own.outside == ("airflow/push",)
    assert "outside jobs: airflow/push" in "\n".join(plan_lines(made, PLAIN))
    affected = {each["product"]: each["outside"] for each in json.loads(json.dumps(plan_document(made)))["affected"]}
    assert affected["sales.orders"] == ["airflow/push"]
    assert affected["finance.report"] == []


def test_a_change_says_which_outside_jobs_it_reaches(shop: Workspace) -> None:
    drop_channel(shop)
    reads_channel(shop)
    assert agree(shop, owner="team:sales")[0] == 0
    made = plan(shop, PlanOptions())
    assert {job for one in made.changes for job in one.reaches.outside} == {"airflow/push"}
    assert "outside jobs: airflow/push" in "\n".join(change_lines(made.changes, made.level, PLAIN))


def test_in_a_sandbox_it_is_who_reads_what_it_lies_over_that_breaks(shop: Workspace) -> None:
    box(shop, "dev")
    drop_channel(shop)
    reads_channel(shop)
    tell(shop, job("try", inputs=[dataset(f"{OWN}/dev", "sales.orders.orders")]))
    made = plan(shop, PlanOptions(environment="dev"))
    assert [use.consumer for one in made.impacts for use in one.uses] == ["airflow/push", "airflow/try"]
    assert "airflow/push" in uses(shop, "sales.orders.orders", "dev")
    assert "airflow/try" not in uses(shop, "sales.orders.orders")
