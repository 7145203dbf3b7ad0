"""`mw query` through a server: the same rows, in the same forms and files, and refusals of the same status."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest

from tests.http.rich import said
from tests.http.serving import Served, Serving, serving, token

ALL = "select * from sales.orders.orders order by order_id"
ODD = """
    select * from (values
        (1, 'a "quoted", text', 12345678901234567890.5::decimal(38, 2), null::varchar, 'NaN'::double, [1, 2], date '2026-01-01'),
        (2, 'zwei\nZeilen ✓', 0.1, '', 1e300, null, null)
    ) as t(id, text, exact, nothing, inexact, list, day) order by id
"""
FORMS = ("", "--format table", "--format csv", "--format json", "--format ndjson", "--json", "--json --format json")


@pytest.fixture(scope="module")
def both(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Serving]]:
    """A copy that is asked where it lies, and one through a server."""
    folder = tmp_path_factory.mktemp("queried")
    local = Path(shutil.copytree(published, folder / "local"))
    remote = Path(shutil.copytree(published, folder / "remote"))
    with serving(remote, "--api-only", folder=folder) as server:
        yield local, server


@pytest.fixture(autouse=True)
def logged_in(both: tuple[Path, Serving], config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not config.exists()
    monkeypatch.setenv("MESHWRIGHT_TOKEN", token(both[1].root, "administrator"))


Said = tuple[int, str, str]


def asked(both: tuple[Path, Serving], capsys: pytest.CaptureFixture[str], *words: str) -> tuple[Said, Said]:
    """Return what a query says where the mesh lies, and through a server."""
    local, server = both
    here = said(capsys, "-C", str(local), "query", *words)
    return here, said(capsys, "--server", server.url, "query", *words)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (ALL, ""),
        (ALL, "--limit 2"),
        (ALL, "--limit 0"),
        (ALL, "--generation 1"),
        (ODD, ""),
        ("select 1 as same, 2 as same", ""),
        ("select range as n from range(100)", ""),
        ("select range as n from range(100)", "--limit 40"),
        ("select customer from sales.totals.per_customer where total < 0", ""),
    ],
)
def test_rows_are_written_as_where_the_mesh_lies(
    both: tuple[Path, Serving], capsys: pytest.CaptureFixture[str], sql: str, words: str, form: str
) -> None:
    here, there = asked(both, capsys, sql, *words.split(), *form.split())
    assert there == here
    assert here[0] == 0


def test_a_version_is_read_under_bare_names(both: tuple[Path, Serving], capsys: pytest.CaptureFixture[str]) -> None:
    version = str(
        json.loads(said(capsys, "-C", str(both[0]), "show", "sales.orders.orders", "--json")[1])["published"]["id"]
    )
    for written in (version, version[:8]):
        here, there = asked(both, capsys, "from orders order by order_id", "--version", written)
        assert there == here
        assert here[0] == 0


@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "table", "parquet", "arrow"])
def test_files_are_written_as_where_the_mesh_lies(
    both: tuple[Path, Serving], tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for words, file in ((("-C", str(both[0])), here), (("--server", both[1].url), there)):
        assert said(capsys, *words, "query", ODD, "--format", form, "--output", str(file)) == (0, "", "")
    if form in {"parquet", "arrow"}:
        read = pq.read_table if form == "parquet" else lambda file: ipc.open_stream(file).read_all()
        (rows_there, rows_here) = (read(there), read(here))
        assert rows_there.schema == rows_here.schema
        assert repr(rows_there.to_pylist()) == repr(rows_here.to_pylist())  # not a number is as it is written
    else:
        assert there.read_bytes() == here.read_bytes()
    assert sorted(tmp_path.iterdir()) >= [here, there]


def test_a_file_is_relative_to_where_the_command_works(
    both: tuple[Path, Serving], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("query", "select 1", "--format", "csv", "--output", "rows.csv")
    assert said(capsys, "-C", str(tmp_path), "--server", both[1].url, *words)[0] == 0
    assert (tmp_path / "rows.csv").read_text() == "1\n1\n"


@pytest.mark.parametrize(
    "words",
    [
        "select",
        "",
        "select * from nowhere.a.b",
        "select * from orders",
        "select nothing from sales.orders.orders",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select 1; select 2",
        "drop table x",
        "select cast('x' as int)",
        "select $x",
        "select 1|--generation|99",
        "select 1|--generation|0",
        "select 1|--generation|1|--version|abcdef",
        "select 1|--version|abcdef",
        "select 1|--env|nowhere",
        "select 1|--json|--format|csv",
        "select 1|--format|csv|--output|/nowhere/rows.csv",
        "select 1|--limit|-1",
        "select 1|--what",
    ],
)
@pytest.mark.parametrize("form", ["", "|--json", "|--format|csv"])
def test_refusals_have_the_status_that_they_have_where_the_mesh_lies(
    both: tuple[Path, Serving], capsys: pytest.CaptureFixture[str], words: str, form: str
) -> None:
    """Codes differ where the isolation does: docs/how-to/through-a-server.md says how."""
    here, there = asked(both, capsys, *f"{words}{form}".split("|"))
    assert there[0] == here[0] > 0, (here, there)
    assert there[1] == "" or "error" in json.loads(there[1])
    assert (there[1] == "") == (here[1] == "")


def test_a_refused_query_leaves_the_file_of_before(
    both: tuple[Path, Serving], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("of before")
    words = ("query", "select error('x')", "--format", "csv", "-o", str(file))
    assert said(capsys, "--server", both[1].url, *words)[0] == 2
    assert file.read_text() == "of before"
    assert list(tmp_path.glob(".rows*")) == []


def test_a_viewer_reads_what_ports_promise_alone(
    both: tuple[Path, Serving], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MESHWRIGHT_TOKEN", token(both[1].root, "viewer"))
    words = ("--server", both[1].url, "query")
    assert said(capsys, *words, ALL)[0] == 0
    status, _, err = said(capsys, *words, "from sales.totals.per_customer")
    assert (status, err.partition(" ")[0]) == (2, "MW-H202")


def test_text_by_url_is_the_table_of_the_command_line(shop: Served) -> None:
    wish = {"sql": "select range as n from range(50)"}
    text = shop.viewer.post("/api/v1/query", json=wish, headers={"Accept": "text/plain"})
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.text.splitlines()[0].strip() == "n"
    assert text.text.splitlines()[-1] == "(first 40 rows; there are more: --limit N, or --format csv for all)"
    few = shop.viewer.post("/api/v1/query", json={**wish, "limit": 50}, headers={"Accept": "text/plain"})
    assert few.text.splitlines()[-1] == "(50 rows)"
    assert few.headers["etag"] != text.headers["etag"]
    plain = {"Accept": "text/plain", "Meshwright-Ascii": "1", "Meshwright-Color": "1"}
    drawn = shop.viewer.post("/api/v1/query", json=wish, headers=plain)
    assert "─" not in drawn.text
    assert "\x1b[" in drawn.text
    again = {**plain, "If-None-Match": drawn.headers["etag"]}
    assert shop.viewer.post("/api/v1/query", json=wish, headers=again).status_code == 412


def test_a_table_that_would_have_to_be_held_is_refused(shop: Served) -> None:
    """Columns are as wide as their widest cell: the whole table is in memory before its first line is sent."""
    wish = {"sql": "select 1", "limit": 10_001}
    refused = shop.viewer.post("/api/v1/query", json=wish, headers={"Accept": "text/plain"})
    assert (refused.status_code, refused.json()["code"]) == (422, "MW-U103")
    assert shop.viewer.post("/api/v1/query", json=wish, headers={"Accept": "text/csv"}).status_code == 200


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("text/*", "text/csv"),
        ("text/csv", "text/csv"),
        ("application/json, text/plain", "application/json"),
        ("text/plain, application/json;q=0.5", "text/plain"),
    ],
)
def test_text_is_what_is_preferred_or_nothing_changes(shop: Served, accept: str, kind: str) -> None:
    found = shop.viewer.post("/api/v1/query", json={"sql": "select 1"}, headers={"Accept": accept})
    assert found.headers["content-type"].partition(";")[0] == kind
