"""`contract test` on what is wrong: never a crash, never a green answer that tested nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from meshwright.diagnostics import MeshwrightError, WorldError
from tests.app.contract_test_data import (
    CONTRACT,
    ROWS,
    arrow,
    csv_text,
    errors,
    judged,
    verdicts,
    write_contract,
    write_ndjson,
    write_parquet,
)
from tests.postgres import Server


def refused(root: Path, *data: str, **options: object) -> MeshwrightError:
    """What the verb raises."""
    with pytest.raises(MeshwrightError) as caught:
        judged(root, *data, **options)
    return caught.value


def contract_of(*rules: str) -> str:
    """A contract on a column `x`, with rules on it."""
    listed = "".join(f"          - {{{rule}}}\n" for rule in rules)
    return (
        "apiVersion: v3.2.0\nkind: DataContract\nid: c\nversion: 1.0.0\nstatus: active\nschema:\n  - name: t\n"
        f"    properties:\n      - name: x\n        logicalType: string\n        quality:\n{listed}"
    )


@pytest.fixture(autouse=True)
def scratch(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path_factory.mktemp("scratch")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with the contract and data that keeps it."""
    write_contract(tmp_path)
    (tmp_path / "data.csv").write_text(csv_text())
    return tmp_path


def test_a_value_that_does_not_parse_breaks_the_rule_on_columns_with_its_line(shop: Path) -> None:
    (shop / "data.csv").write_text(csv_text().replace("7.00", "seven").replace("2026-01-03", "3 January"))
    report = judged(shop, "data.csv")
    schema = next(test for test in report.tests if test.id == "contract:schema")
    assert (schema.verdict, schema.value) == ("stop", 2)
    assert [row["difference"] for row in schema.sample] == [
        "data.csv:3: 'seven' in column 'amount' is no DECIMAL(10,2): '2,ben,seven,2026-01-02,paid'",
        "data.csv:4: '3 January' in column 'placed' is no DATE: '3,cem,0.10,3 January,paid'",
    ]
    assert verdicts(report)["contract:options(amount)"] == "error"


def test_values_of_json_are_not_of_another_type_than_they_are_written_with(shop: Path) -> None:
    write_ndjson(shop / "data.ndjson")
    text = (shop / "data.ndjson").read_text()
    for name in ("ana", "ben", "cem"):
        text = text.replace(f'"{name}"', "7")
    (shop / "data.ndjson").write_text(text.replace('"id": 2', '"id": "two"'))
    report = judged(shop, "data.ndjson")
    schema = next(test for test in report.tests if test.id == "contract:schema")
    found = {row["column"]: row["difference"] for row in schema.sample}
    assert found["customer"] == "column 'customer' is BIGINT, promised is logical type string"
    assert found["id"] == "data.ndjson: key 'id' has no one type: it holds number and text"


def test_a_line_with_too_many_fields_is_no_data(shop: Path) -> None:
    (shop / "data.csv").write_text(csv_text() + "4,dan,1.00,2026-01-04,new,more\n")
    error = refused(shop, "data.csv")
    assert (error.first.code, str(error.first.span), error.exit_status) == ("MW-X302", "data.csv:5:1", 2)


def test_an_empty_dataset_is_measured(shop: Path) -> None:
    (shop / "data.csv").write_text(csv_text(()))
    report = judged(shop, "data.csv")
    assert verdicts(report) == {"contract:rowCount": "stop"}
    assert report.data[0].rows == 0
    write_parquet(shop / "data.parquet", ())
    assert verdicts(judged(shop, "data.parquet")) == {"contract:rowCount": "stop"}


def test_nulls_everywhere(shop: Path) -> None:
    (shop / "data.csv").write_text(csv_text(()) + ",,,,\n" * 3)
    report = judged(shop, "data.csv")
    broken = {"contract:required(id)", "contract:required(customer)"}
    assert verdicts(report) == {**dict.fromkeys(broken, "stop"), "states": "warn"}


def test_a_broken_rule_of_severity_warning_is_no_refusal(shop: Path) -> None:
    (shop / "data.csv").write_text(csv_text().replace("new", ""))
    report = judged(shop, "data.csv")
    assert (verdicts(report), report.ok) == ({"states": "warn"}, True)


def test_columns_that_are_not_there_are_told_by_every_rule_on_them(shop: Path) -> None:
    (shop / "data.csv").write_text(csv_text().replace("customer", "custmer"))
    report = judged(shop, "data.csv")
    schema = next(test for test in report.tests if test.id == "contract:schema")
    assert [row["difference"] for row in schema.sample] == [
        "column 'customer' is missing (there is 'custmer')",
        "column 'custmer' is not promised",
    ]
    assert errors(report)["contract:required(customer)"].startswith(
        "orders has no column 'customer'; did you mean 'custmer'?"
    )
    places = dict(zip((test.id for test in report.tests), report.places, strict=True))
    assert places["contract:required(customer)"] is not None
    assert not report.ok


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("type: sql, query: 'select nope from {object}', mustBe: 0", 'Referenced column "nope" not found'),
        ("type: sql, query: 'delete from {object}', mustBe: 0", "DELETE"),
        ("type: sql, query: 'select 1 from elsewhere', mustBe: 0", "it reads elsewhere, which there is no data of"),
        ("type: sql, query: 'select x from {object}', mustBe: 0", "several rows"),
        ("type: custom, engine: abacus, implementation: 'count'", "custom"),
    ],
)
def test_a_rule_that_cannot_be_measured_is_an_error_and_not_green(tmp_path: Path, rule: str, why: str) -> None:
    write_contract(tmp_path, contract_of(f"id: bad, {rule}"))
    (tmp_path / "data.csv").write_text("x\na\nb\n")
    report = judged(tmp_path, "data.csv")
    assert verdicts(report) == {"bad": "error"}
    assert why in errors(report)["bad"]
    assert not report.ok


def test_a_pattern_that_the_engine_lacks_is_told_with_its_place(tmp_path: Path) -> None:
    write_contract(tmp_path, CONTRACT.replace("^[a-z]+$", "(?=a)b"))
    (tmp_path / "data.csv").write_text(csv_text())
    error = refused(tmp_path, "data.csv")
    assert (error.first.code, error.exit_status) == ("MW-C018", 2)
    assert error.first.span is not None
    assert error.first.span.line == 10


def test_a_catastrophic_pattern_takes_no_time(tmp_path: Path) -> None:
    write_contract(
        tmp_path, contract_of("type: library, metric: invalidValues, arguments: {pattern: '^(a+)+$'}, mustBe: 0")
    )
    (tmp_path / "data.csv").write_text("x\n" + "a" * 5000 + "!\n")
    assert verdicts(judged(tmp_path, "data.csv")) == {"contract:invalidValues(x)": "stop"}


def test_a_contract_without_a_rule_is_not_green(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("x\n1\n")
    head = CONTRACT.partition("schema:")[0]
    write_contract(tmp_path, head)
    assert refused(tmp_path, "data.csv").first.code == "MW-C204"
    write_contract(tmp_path, head + "schema:\n  - name: t\n    quality: [{type: text, description: be good}]\n")
    report = judged(tmp_path, "data.csv")
    assert (report.ok, report.tests) == (False, ())
    assert report.notes == ("t: the contract states no rule that can be measured",)


@pytest.mark.parametrize(
    ("data", "options", "code"),
    [
        ((), {}, "MW-C201"),
        (("nope.csv",), {}, "MW-C205"),
        (("nope/*.csv",), {}, "MW-C205"),
        (("empty",), {}, "MW-C205"),
        (("mixed",), {}, "MW-C206"),
        (("notes.me",), {}, "MW-C206"),
        (("data.csv", "data.csv"), {}, "MW-C202"),
        (("ordres=data.csv",), {}, "MW-C203"),
        (("data.csv",), {"object": "ordres"}, "MW-C203"),
        (("data.csv",), {"table": "x"}, "MW-C209"),
        (("data.parquet",), {"delimiter": ";"}, "MW-C209"),
        (("lies.duckdb",), {}, "MW-C207"),
        (("duckdb:nope.duckdb",), {}, "MW-C205"),
        (("shop.duckdb#nope",), {}, "MW-C208"),
        (("lies.parquet",), {}, "MW-X501"),
        (("lies.csv",), {}, "MW-X201"),
        (("data.csv",), {"format": "parquet"}, "MW-X501"),
        (("data.csv",), {"format": "delta"}, "MW-X607"),
        (("data.csv",), {"delimiter": "ab"}, "MW-X301"),
        (("empty.csv",), {}, "MW-X207"),
        (("postgresql://127.0.0.1:1/x",), {"table": "t"}, "MW-X603"),
        ((), {"server": "prod"}, "MW-C211"),
    ],
)
def test_data_that_cannot_be_read_is_told(
    shop: Path, data: Sequence[str], options: dict[str, str], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    from meshwright.sources import context, readers

    impatient = context.Patience(timeout_s=2, attempts=1)
    monkeypatch.setattr(readers.SourceReaders.__init__, "__kwdefaults__", {"glance": impatient, "study": impatient})
    (shop / "empty").mkdir()
    (shop / "mixed").mkdir()
    (shop / "mixed" / "a.csv").write_text("x\n")
    write_parquet(shop / "mixed" / "b.parquet")
    write_parquet(shop / "data.parquet")
    write_parquet(shop / "lies.csv")
    (shop / "lies.parquet").write_text(csv_text())
    (shop / "lies.duckdb").write_text(csv_text())
    (shop / "notes.me").write_text("hello")
    (shop / "empty.csv").write_text("")
    with closing(duckdb.connect(str(shop / "shop.duckdb"))) as connection:
        connection.execute("CREATE TABLE a AS SELECT 1 AS x; CREATE TABLE b AS SELECT 1 AS x")
    error = refused(shop, *data, **options)
    assert error.first.code == code
    assert error.exit_status == (3 if code in {"MW-X603", "MW-X607"} else 2)


def test_an_error_in_the_contract_is_told_with_its_place(shop: Path) -> None:
    write_contract(shop, CONTRACT.replace("mustBeGreaterThan", "mustBeMore"))
    error = refused(shop, "data.csv")
    assert error.exit_status == 2
    assert error.first.span is not None
    assert error.first.span.line == 19


def test_physical_types_of_other_systems_are_judged_by_the_logical_type(shop: Path) -> None:
    write_contract(shop, CONTRACT.replace("decimal(10,2)", "NUMBER(10,2)"))
    report = judged(shop, "data.csv")
    assert report.ok
    assert [found.code for found in report.diagnostics] == ["MW-C220"]
    (shop / "data.csv").write_text(csv_text().replace("7.00", "seven"))
    assert verdicts(judged(shop, "data.csv"))["contract:schema"] == "stop"


def test_a_type_in_a_contract_is_never_run_as_sql(shop: Path) -> None:
    wicked = "INTEGER) FROM read_text('orders.odcs.yaml') --"
    write_contract(shop, CONTRACT.replace('"decimal(10,2)"', f'"{wicked}"'))
    assert [found.code for found in judged(shop, "data.csv").diagnostics] == ["MW-C220"]


def test_a_password_is_never_shown(shop: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = postgres.new_schema()
    postgres.execute(f"create role r{schema} login password 'right'", f"create table {schema}.orders (id bigint)")
    secret = "wr0ng-sesame"
    monkeypatch.setenv("SESAME", secret)
    for written in (secret, "${env:SESAME}"):
        url = f"postgresql://r{schema}:{written}@127.0.0.1:{postgres.port}/postgres?application_name={written}"
        error = refused(shop, url, table=f"{schema}.orders")
        assert error.first.code == "MW-X605"
        assert secret not in f"{error} {error.first}"


def test_a_password_that_a_library_would_quote_is_never_shown(shop: Path) -> None:
    error = refused(shop, "postgresql://ana:wr0ng%zzsesame@127.0.0.1:1/postgres", table="orders")
    assert "sesame" not in f"{error} {error.first}"
    assert "percent-encoded" in error.first.message


def test_a_table_of_postgresql_that_is_not_there(shop: Path, postgres: Server) -> None:
    error = refused(shop, postgres.url(), table="public.nope")
    assert (error.first.code, error.exit_status) == ("MW-X604", 2)
    assert "nope" in error.first.message


def test_a_duckdb_file_that_is_being_written_is_no_fault_of_the_data(shop: Path) -> None:
    code = "import duckdb,sys,time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, str(shop / "x.duckdb")], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        error = refused(shop, "x.duckdb")
        other.kill()
    assert isinstance(error, WorldError)
    assert error.first.code == "MW-C207"


def test_nothing_is_left_where_reading_fails(shop: Path, scratch: Path) -> None:
    (shop / "data.csv").write_text(csv_text() + '5,"never closed\n')
    refused(shop, "data.csv")
    assert list(scratch.iterdir()) == []


def test_nothing_is_left_where_it_is_asked_to_end(shop: Path, scratch: Path) -> None:
    slow = "select count(*) from range(3000000000) t(i) where (i * 7919) % 1000003 = 17"
    write_contract(shop, CONTRACT.replace("select count(*) from orders where amount > 1000", slow))
    words = ["-m", "meshwright.faces.cli.main", "contract", "test", "orders.odcs.yaml", "--data", "data.csv"]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with subprocess.Popen([sys.executable, *words], cwd=shop, env=environment, stderr=subprocess.PIPE) as process:
        for _ in range(1200):
            time.sleep(0.05)
            if list(scratch.rglob("rows.parquet")):
                break
        else:
            pytest.fail("it read no data")
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 130
    assert list(scratch.iterdir()) == []


def test_numbers_of_a_workbook_that_are_not_of_their_type(shop: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [list(ROWS[0]), [1, "ana", 12.345, ROWS[0]["placed"], "new"], [2, "ben", 1.5, ROWS[0]["placed"], "new"]]:
        sheet.append(row)
    book.save(shop / "data.xlsx")
    found = verdicts(judged(shop, "data.xlsx"))
    assert found == {"contract:schema": "stop", "contract:rowCount": "stop"}


def test_files_of_one_place_have_the_same_columns(shop: Path) -> None:
    import pyarrow.parquet as pq

    write_parquet(shop / "data" / "a.parquet")
    pq.write_table(arrow().drop(["state"]), shop / "data" / "b.parquet")
    assert refused(shop, "data").first.code == "MW-X305"


def test_a_header_that_could_be_data_is_known_by_the_names_of_the_contract(tmp_path: Path) -> None:
    write_contract(tmp_path, contract_of("type: library, metric: nullValues, mustBe: 0"))
    (tmp_path / "data.csv").write_text("x\na\nb\n")
    assert judged(tmp_path, "data.csv").data[0].rows == 2
    report = judged(tmp_path, "data.csv", has_header=False)
    assert (report.data[0].rows, report.ok) == (3, True)
