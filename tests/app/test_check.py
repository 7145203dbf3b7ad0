"""`check` finds what is wrong before anything runs: in rules and tests as in models, in all or in what is selected."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from meshwright.app.apply import RunOptions, apply
from meshwright.app.check import check
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.engines.duckdb.engine import DuckDBEngine
from meshwright.engines.protocol import BindProblem, BindRequest
from meshwright.faces.cli.main import main
from meshwright.model import Columns
from meshwright.run.report import StepState
from tests.meshes import write_file, write_mesh

TOTALS = "domains/sales/totals"
REPORT = "domains/finance/report"
CONTRACT = "domains/sales/orders/contracts/orders.odcs.yaml"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return open_workspace(write_mesh(tmp_path / "shop"))


def found(workspace: Workspace, *selection: str) -> list[tuple[str, str]]:
    """Code and place of every finding."""
    return [(one.code, str(one.span)) for one in check(workspace, selection).diagnostics]


def only(workspace: Workspace) -> Diagnostic:
    (finding,) = check(workspace).diagnostics
    return finding


def write_rule(workspace: Workspace, query: str, *, product: str = TOTALS, dataset: str = "per_customer") -> None:
    """Write a rule of type sql at 3:7 of the product's pipeline."""
    rule = json.dumps({"id": "r", "type": "sql", "query": query, "mustBe": 0})
    write_file(workspace.root, f"{product}/pipeline.yaml", f"tests:\n  {dataset}:\n    - {rule}\n")


# -- queries bound


def test_what_a_test_file_must_not_call_is_told_at_its_place(shop: Workspace) -> None:
    write_file(shop.root, f"{TOTALS}/tests/x.sql", "select\n  summ(total) from per_customer")
    finding = only(shop)
    assert (finding.code, str(finding.span), finding.fix) == (
        "MW-C123",
        f"{TOTALS}/tests/x.sql:2:3",
        "did you mean 'sum'?",
    )


@pytest.mark.parametrize(
    ("text", "code", "line", "column", "words"),
    [
        ("select nope from per_customer", "MW-T001", 1, 8, "'nope' is not among the columns"),
        ("-- on: per_customer\n\nselect\n    totals\nfrom per_customer", "MW-T001", 4, 5, "inputs of test 'x'"),
        ("select p.nope from per_customer as p", "MW-T001", 1, 8, "'nope'"),
        ("select customer, sum(total) from per_customer", "MW-T002", 1, 8, "GROUP BY"),
        ("select sum(customer) from per_customer", "MW-T002", 1, 8, "sum(VARCHAR)"),
        ("select amount from per_customer join sales.orders.orders using (custommer)", "MW-T00", 1, None, "custommer"),
    ],
)
def test_a_test_file_is_bound_and_told_at_its_line(
    shop: Workspace, text: str, code: str, line: int, column: int | None, words: str
) -> None:
    write_file(shop.root, f"{TOTALS}/tests/x.sql", text)
    finding = only(shop)
    assert finding.code.startswith(code)
    assert finding.span is not None
    assert (finding.span.file, finding.span.line) == (f"{TOTALS}/tests/x.sql", line)
    assert column is None or finding.span.column == column
    assert words in finding.message
    assert finding.object == "sales.totals.per_customer"


def test_an_unknown_column_of_a_test_gets_the_nearest_name(shop: Workspace) -> None:
    write_file(shop.root, f"{TOTALS}/tests/x.sql", "select totl from per_customer")
    assert only(shop).fix == "did you mean 'total'? columns: customer, orders, total"


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("select count(*) from {object} where nope > 0", "MW-T001", "inputs of rule 'r' on sales.totals.per_customer"),
        ("select count(*) from per_customer where total > 0 and totl > 1", "MW-T001", "'totl'"),
        ("select round(customer) from per_customer", "MW-T002", "round(VARCHAR)"),
        ("select min(total), max(total) from {object}", "MW-T002", "2 columns; it must give one value"),
    ],
)
def test_the_query_of_a_rule_is_bound_and_told_at_the_rule(shop: Workspace, query: str, code: str, words: str) -> None:
    write_rule(shop, query)
    finding = only(shop)
    assert (finding.code, str(finding.span)) == (code, f"{TOTALS}/pipeline.yaml:3:7")
    assert words in finding.message


def test_a_rule_of_a_contract_is_bound(shop: Workspace) -> None:
    path = shop.root / CONTRACT
    rule = "      - {id: r, type: sql, query: 'select count(*) from {object} where amoun < 0', mustBe: 0}\n"
    path.write_text(path.read_text().replace("quality:\n", f"quality:\n{rule}"))
    finding = only(shop)
    assert (finding.code, finding.fix) == (
        "MW-T001",
        "did you mean 'amount'? columns: amount, customer, order_id, placed",
    )


@pytest.mark.parametrize(
    "query",
    [
        "select *, * from per_customer",
        "select total from per_customer join sales.orders.orders using (customer) where $currency = 'EUR'",
        "select 1 + 1, 2 from per_customer;",
        "with late as (select max(placed) as m from sales.orders.orders) select m from late, per_customer -- all",
    ],
)
def test_a_query_that_the_gate_can_answer_binds(shop: Workspace, query: str) -> None:
    write_file(shop.root, f"{TOTALS}/tests/x.sql", f"-- severity: warn\n-- on: per_customer\n{query}\n")
    assert found(shop) == []
    report = apply(shop, RunOptions())
    assert [one.error for one in report.tests] == [None] * len(report.tests)
    assert [step.error for step in report.steps if step.state is not StepState.SUCCEEDED] == []


def test_a_rule_on_unknown_columns_is_not_bound(shop: Workspace) -> None:
    (shop.root / "data/orders.csv").unlink()
    write_file(shop.root, f"{TOTALS}/tests/x.sql", "select nope from per_customer")
    assert {code for code, _ in found(shop)} == {"MW-T003"}


def test_what_is_wrong_with_a_query_is_told_once(shop: Workspace) -> None:
    write_file(shop.root, f"{TOTALS}/tests/x.sql", "select nope from per_customer where total < $nobody")
    write_rule(shop, "select nope frm {object}")
    assert [code for code, _ in found(shop)] == ["MW-C110", "MW-M212"]


def test_a_model_that_does_not_bind_is_told_once(shop: Workspace) -> None:
    write_file(shop.root, f"{TOTALS}/models/per_customer.sql", "select custmer from sales.orders.orders")
    assert found(shop) == [("MW-T001", f"{TOTALS}/models/per_customer.sql:1:8")]


def test_plan_and_run_refuse_what_check_refuses(shop: Workspace) -> None:
    write_file(shop.root, f"{TOTALS}/tests/x.sql", "select nope from per_customer")
    with pytest.raises(InputError, match="nope"):
        plan(shop, PlanOptions())
    with pytest.raises(InputError, match="nope"):
        apply(shop, RunOptions())


def test_a_warm_check_binds_nothing(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rule(shop, "select count(*) from {object} where total < 0")
    write_file(shop.root, f"{TOTALS}/tests/x.sql", "select *, * from per_customer")
    bound: list[list[str]] = []
    bind = DuckDBEngine.bind

    def counted(
        self: DuckDBEngine,
        models: Sequence[BindRequest],
        known: Mapping[str, Columns],
        tell: Callable[[str, Columns], None] | None = None,
    ) -> Mapping[str, Columns | BindProblem]:
        bound.append([model.text for model in models])
        return bind(self, models, known, tell)

    monkeypatch.setattr(DuckDBEngine, "bind", counted)
    assert found(shop) == []
    assert [len(texts) for texts in bound] == [3, 3]  # models; then the three queries, in one call
    assert found(shop) == []
    assert len(bound) == 2
    write_file(shop.root, f"{TOTALS}/tests/x.sql", "select total from per_customer")
    assert found(shop) == []
    assert bound[2:] == [["select total from per_customer"]]
    model = shop.root / f"{TOTALS}/models/per_customer.sql"
    model.write_text(model.read_text().replace(" as orders", " as order_count"))
    assert found(shop) == []
    assert [len(texts) for texts in bound[3:]] == [1, 3]  # other columns: every query on them is bound again


def test_rules_of_one_template_bind_once_on_like_columns(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (shop.root / f"{TOTALS}/models/per_customer.sql").read_text()
    write_file(shop.root, f"{TOTALS}/models/by_name.sql", text)
    write_file(shop.root, f"{TOTALS}/models/other.sql", text.replace("as total", "as sum_total"))
    rules = "".join(
        f"  {name}: [{{id: r, type: sql, query: 'select max(total) from {{object}}', mustBe: 0}}]\n"
        for name in ("by_name", "other", "per_customer")
    )
    write_file(shop.root, f"{TOTALS}/pipeline.yaml", f"tests:\n{rules}")
    bound: list[list[str]] = []
    bind = DuckDBEngine.bind

    def counted(
        self: DuckDBEngine,
        models: Sequence[BindRequest],
        known: Mapping[str, Columns],
        tell: Callable[[str, Columns], None] | None = None,
    ) -> Mapping[str, Columns | BindProblem]:
        bound.append([model.text for model in models])
        return bind(self, models, known, tell)

    monkeypatch.setattr(DuckDBEngine, "bind", counted)
    assert found(shop) == [("MW-T001", f"{TOTALS}/pipeline.yaml:3:11")]
    assert [len(texts) for texts in bound] == [5, 3]  # models; two templates on their columns, and the test file


def test_each_rule_that_does_not_bind_is_told_for_its_own_dataset(shop: Workspace) -> None:
    text = (shop.root / f"{TOTALS}/models/per_customer.sql").read_text()
    write_file(shop.root, f"{TOTALS}/models/by_name.sql", text)
    rules = "".join(
        f"  {name}: [{{id: r, type: sql, query: 'select max(totl) from {{object}}', mustBe: 0}}]\n"
        for name in ("by_name", "per_customer")
    )
    write_file(shop.root, f"{TOTALS}/pipeline.yaml", f"tests:\n{rules}")
    told = check(shop).diagnostics
    assert [(one.code, str(one.span), one.object) for one in told] == [
        ("MW-T001", f"{TOTALS}/pipeline.yaml:2:13", "sales.totals.by_name"),
        ("MW-T001", f"{TOTALS}/pipeline.yaml:3:18", "sales.totals.per_customer"),
    ]
    assert all(f"rule 'r' on {one.object}" in one.message for one in told)


# -- ports


def test_a_rule_that_reads_past_ports_is_refused(shop: Workspace) -> None:
    write_rule(shop, "select count(*) from sales.orders.raw_orders", product=REPORT, dataset="revenue")
    finding = only(shop)
    assert (finding.code, str(finding.span)) == ("MW-C122", f"{REPORT}/pipeline.yaml:3:7")
    assert "it offers sales.orders/orders (orders)" in finding.message
    assert "team:sales" in (finding.fix or "")


@pytest.mark.parametrize(
    ("query", "product", "dataset"),
    [
        ("select count(*) - 3 from sales.orders.orders", REPORT, "revenue"),
        ("select count(*) - 4 from sales.orders.raw_orders", TOTALS, "per_customer"),
    ],
)
def test_a_rule_may_read_ports_and_its_own_domain(shop: Workspace, query: str, product: str, dataset: str) -> None:
    write_rule(shop, query, product=product, dataset=dataset)
    assert found(shop) == []


def test_a_port_that_cannot_be_read_may_hold_what_a_rule_reads(shop: Workspace) -> None:
    write_rule(shop, "select count(*) from sales.orders.raw_orders", product=REPORT, dataset="revenue")
    write_file(shop.root, CONTRACT, "apiVersion: v3.2.0\n")
    assert not {code for code, _ in found(shop)} & {"MW-C122", "MW-G102"}


# -- selections


def test_a_selection_shows_the_findings_of_its_products_alone(shop: Workspace) -> None:
    write_file(shop.root, f"{TOTALS}/tests/x.sql", "select nope from per_customer")
    write_file(
        shop.root,
        f"{REPORT}/pipeline.yaml",
        "nodes: {raw: {timeout: 2s, source: {path: raw.csv}, columns: {a: BIGINT}}}",
    )
    write_file(shop.root, "raw.csv", "a\n1\n")
    totals, report = ("MW-T001", f"{TOTALS}/tests/x.sql:1:8"), ("MW-M406", f"{REPORT}/pipeline.yaml:1:15")
    assert found(shop) == [report, totals]
    assert found(shop, "sales.totals") == [totals]
    assert found(shop, "sales.totals.per_customer") == [totals]
    assert found(shop, "sales") == [totals]
    assert found(shop, "finance") == [report]
    assert found(shop, "sales.orders") == []
    assert check(shop, ("sales.orders", "finance.*")).ok
    assert not check(shop, ("sales.orders", "sales.totals")).ok
    assert not check(shop).ok


def test_findings_of_the_mesh_and_of_the_domain_are_part_of_every_selection(shop: Workspace) -> None:
    write_file(shop.root, "mesh.yaml", "meshwright: 1\nname: shop\nparams: {currency: EUR}\nenviroments: {}\n")
    write_file(shop.root, "domains/sales/domain.yaml", "name: sales\npurpose: Selling.\nowners: [sales]\n")
    assert [place for _, place in found(shop, "sales.totals")] == ["domains/sales/domain.yaml:3:10", "mesh.yaml:4:1"]
    assert [place for _, place in found(shop, "finance")] == ["mesh.yaml:4:1"]


def test_a_domain_and_a_product_of_one_name_are_told_apart(tmp_path: Path) -> None:
    workspace = open_workspace(write_mesh(tmp_path / "shop"))
    write_file(workspace.root, "domains/orders/domain.yaml", "name: orders\npurpose: p\nowners: [team:o]\n")
    write_file(workspace.root, "domains/orders/orders/models/a.sql", "select 1 as a")
    write_file(workspace.root, "domains/orders/other/models/b.sql", "select nope from orders.orders.a")
    assert found(workspace, "orders.orders") == []
    assert found(workspace, "orders.other") == [("MW-T001", "domains/orders/other/models/b.sql:1:8")]


@pytest.mark.parametrize(
    ("selection", "code"), [("sales.totls", "MW-G201"), ("sales nobody", "MW-G201"), ("a..b", "MW-G202")]
)
def test_a_selection_that_matches_nothing_is_wrong_input(shop: Workspace, selection: str, code: str) -> None:
    with pytest.raises(InputError) as raised:
        check(shop, tuple(selection.split()))
    assert raised.value.first.code == code
    errors, out = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(shop.root),
        contextlib.redirect_stderr(errors),
        contextlib.redirect_stdout(out),
        pytest.raises(SystemExit) as ended,
    ):
        raise SystemExit(main(["check", *selection.split()]))
    assert ended.value.code == 2
    assert code in errors.getvalue() + out.getvalue()


def test_a_disk_that_fails_under_a_source_is_the_worlds_fault_and_worth_a_retry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof `io_errors` strikes the calls themselves; here is what comes of it."""
    workspace = open_workspace(write_mesh(tmp_path / "shop"))

    def fail(*_words: object) -> Columns:
        raise WorldError(Diagnostic(code="MW-E204", message="'data/orders.csv' cannot be read: Input/output error"))

    monkeypatch.setattr(DuckDBEngine, "read_head", fail)
    with pytest.raises(WorldError) as found:
        check(workspace)
    assert found.value.retryable
