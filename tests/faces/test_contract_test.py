"""`mw contract test` as people and programs see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meshwright.faces.cli.main import main
from tests.app.contract_test_data import BAD_ROW, CONTRACT, ROWS, csv_text, write_contract


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write_contract(tmp_path)
    (tmp_path / "good.csv").write_text(csv_text())
    (tmp_path / "bad.csv").write_text(csv_text((*ROWS, BAD_ROW)))
    return tmp_path


def call(capsys: pytest.CaptureFixture[str], root: Path, *words: str) -> tuple[int, str, str]:
    status = main(["-C", str(root), "contract", "test", "orders.odcs.yaml", *words])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_contract_that_is_kept(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    status, out, err = call(capsys, shop, "--data", "good.csv")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "  orders: good.csv, 3 rows"
    assert lines[1].startswith("✓ shop-orders 1.0.0: 10 tests passed in ")


def test_a_contract_that_is_broken(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    status, out, _ = call(capsys, shop, "--data", "bad.csv")
    assert status == 1
    assert "stop orders: required on `customer`: 1 row" in out
    assert "id=4, customer=null, amount=-1.00" in out
    assert "orders.odcs.yaml:10:9" in out
    assert "contract.objects" not in out
    status, out, _ = call(capsys, shop, "--data", "bad.csv", "--json")
    document = json.loads(out)
    assert (status, document["schema"], document["ok"]) == (1, "meshwright/contract-test/1", False)
    failing = next(test for test in document["tests"] if test["id"] == "contract:required(customer)")
    assert (failing["verdict"], failing["failing_rows"], failing["line"]) == ("stop", 1, 10)


def test_an_empty_file_is_said_to_be_empty(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    (shop / "none.csv").write_text(csv_text(()))
    assert "  orders: none.csv, which is empty\n" in call(capsys, shop, "--data", "none.csv")[1]


def test_what_cannot_be_read_is_an_error_with_status_2(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    status, out, err = call(capsys, shop, "--data", "god.csv")
    assert (status, out) == (2, "")
    assert "MW-C205 there is no file 'god.csv'" in err
    assert "did you mean 'good.csv'?" in err
    status, out, _ = call(capsys, shop, "--data", "good.csv", "--format", "cvs", "--json")
    assert (status, json.loads(out)["error"]["code"]) == (2, "MW-C206")


def test_data_and_server_exclude_each_other(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    status, _, err = call(capsys, shop, "--data", "good.csv", "--server", "prod")
    assert (status, "MW-L006" in err) == (2, True)


def test_a_place_is_shown_without_its_password(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    write_contract(shop, CONTRACT + "  - name: more\n")
    url = "https://ana:s3same@127.0.0.1/orders.csv?token=s3same"
    _, out, err = call(capsys, shop, "--data", url)
    assert "https://ana:***@127.0.0.1/orders.csv" in err
    assert "s3same" not in out + err


def test_several_texts_that_mean_no_value(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    (shop / "dashes.csv").write_text(csv_text().replace("2026-01-03", "-").replace("2026-01-02", "n/a"))
    assert call(capsys, shop, "--data", "dashes.csv")[0] == 1
    assert call(capsys, shop, "--data", "dashes.csv", "--null", "-", "--null", "n/a")[0] == 0
