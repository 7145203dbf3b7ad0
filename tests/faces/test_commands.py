"""The commands on a real mesh: what they print, as people and programs see it, and their status."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest

from meshwright.faces.cli.main import main
from tests.app.provisioned_mesh import SCRATCH, did, provisioned_mesh
from tests.faces.test_border import program
from tests.meshes import write_file, write_mesh

MODEL = "domains/sales/orders/models/orders.sql"
MEASURED = "select i from range(3_000_000_000) t(i) where (i * 7919) % 1000003 = 17 order by i desc"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop that was run once; tests on it only read."""
    root = write_mesh(tmp_path_factory.mktemp("built") / "shop")
    assert main(["-C", str(root), "run", "--quiet", "--json"]) == 0
    return root


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_mesh(tmp_path / "shop")


def call(capsys: pytest.CaptureFixture[str], root: Path, *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main([*words, "-C", str(root)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def answered(capsys: pytest.CaptureFixture[str], root: Path, *words: str) -> tuple[int, dict[str, object]]:
    status, out, _ = call(capsys, root, *words, "--json")
    document = json.loads(out)
    assert next(iter(document)) == "schema"
    return status, document


def test_the_loop_from_check_to_query(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    assert answered(capsys, shop, "check")[1]["ok"] is True
    status, plan = answered(capsys, shop, "plan")
    assert (status, plan["schema"]) == (0, "meshwright/plan/1")
    assert set(plan) >= {"environment", "generation", "steps", "affected", "counts"}
    status, run = answered(capsys, shop, "run", "--quiet")
    assert (status, run["schema"], run["state"]) == (0, "meshwright/run/1", "succeeded")
    assert sorted(run["published"]) == [
        "finance.report",
        "sales.orders",
        "sales.totals",
    ]  # two workers decide the order
    status, out, err = call(capsys, shop, "run")
    assert status == 0
    assert out.startswith("✓ nothing to do: ")
    assert err.startswith("run ")
    status, out, _ = call(
        capsys, shop, "query", "select customer, total from sales.totals.per_customer order by 1", "-f", "csv"
    )
    assert (status, out) == (0, "customer,total\nana,15.75\nben,20.0\ncem,7.0\n")


def test_progress_goes_to_standard_error_and_the_answer_to_standard_output(
    capsys: pytest.CaptureFixture[str], shop: Path
) -> None:
    status, out, err = call(capsys, shop, "run")
    assert status == 0
    assert out.splitlines()[-1].startswith("✓ run ")
    assert "published sales.orders (generation 1)" in err
    assert "[ 1/10] done build " in err
    assert "\x1b" not in out + err


def test_dry_run_is_the_plan(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    assert answered(capsys, shop, "run", "--dry-run") == answered(capsys, shop, "plan")
    assert not (shop / ".meshwright" / "state.db").exists()


def test_a_stopped_test_is_status_1_and_prints_the_run_document(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    write_file(shop, MODEL, "select order_id, null::varchar as customer, amount, placed from raw_orders\n")
    status, run = answered(capsys, shop, "run", "--quiet")
    assert (status, run["state"]) == (1, "failed")
    [stop] = [test for test in run["tests"] if test["verdict"] == "stop"]  # type: ignore[attr-defined]
    assert (stop["dataset"], stop["value"], stop["failing_rows"]) == ("sales.orders.orders", 4, 4)
    status, out, _ = call(capsys, shop, "run")
    assert status == 1
    assert f"look: mw show {stop['version']}" in out
    assert "next: correct sales.orders, then mw run" in out
    status, out, _ = call(
        capsys,
        shop,
        "query",
        "--version",
        stop["version"],
        "select count(*) as n from sales.orders.orders",
        "-f",
        "json",
    )
    assert (status, json.loads(out)) == (0, [{"n": 4}])


def test_a_model_that_fails_when_it_runs_is_status_2(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    write_file(
        shop, MODEL, "select order_id, cast(customer as integer)::varchar as customer, amount, placed from raw_orders\n"
    )
    status, out, _ = call(capsys, shop, "run", "--quiet")
    assert status == 2
    assert "domains/sales/orders/models/orders.sql:1" in out


def test_files_that_are_wrong_are_status_2_in_check_plan_and_run(
    capsys: pytest.CaptureFixture[str], shop: Path
) -> None:
    write_file(shop, MODEL, "select order_id, custmer as customer, amount, placed from raw_orders\n")
    status, check = answered(capsys, shop, "check")
    assert (status, check["ok"]) == (2, False)
    for verb in ("plan", "run"):
        status, document = answered(capsys, shop, verb)
        assert (status, document["schema"]) == (2, "meshwright/error/1")
        assert document["error"]["file"] == MODEL  # type: ignore[index]


def test_a_selection_of_nothing_is_status_2(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    status, document = answered(capsys, shop, "plan", "sales.ordrs")
    assert status == 2
    assert "sales.orders" in document["error"]["fix"]  # type: ignore[index]


def test_several_words_select_their_union(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    _, plan = answered(capsys, shop, "plan", "sales.orders.orders", "finance")
    built = {step["dataset"] for step in plan["steps"] if step["kind"] == "node"}  # type: ignore[attr-defined]
    assert {"sales.orders.orders", "finance.report.revenue"} <= built
    assert "sales.totals.per_customer" not in built


def test_outside_a_mesh_every_verb_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for words in (
        ["check"],
        ["plan"],
        ["run"],
        ["test"],
        ["runs", "list"],
        ["query", "select 1"],
        ["verify"],
        ["show", "x"],
    ):
        status, _, err = call(capsys, tmp_path, *words)
        assert status == 2, words
        assert "mesh.yaml" in err


def test_doctor_works_outside_a_mesh(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, document = answered(capsys, tmp_path, "doctor")
    assert (status, document["ok"]) == (0, True)


@pytest.mark.parametrize(
    ("words", "schema"),
    [
        (["runs", "list"], "meshwright/runs/1"),
        (["show", "sales"], "meshwright/show/1"),
        (["show", "sales.orders"], "meshwright/show/1"),
        (["show", "sales.orders/orders"], "meshwright/show/1"),
        (["show", "sales.orders.orders"], "meshwright/show/1"),
        (["lineage", "sales.orders.orders"], "meshwright/lineage/1"),
        (["lineage", "finance.report.revenue.revenue"], "meshwright/lineage/1"),
        (["explain", "sales.orders.orders"], "meshwright/explain/1"),
        (["explain", "currency"], "meshwright/explain/1"),
        (["verify"], "meshwright/verify/1"),
        (["verify", "--quick"], "meshwright/verify/1"),
        (["test"], "meshwright/test/1"),
        (["query", "select 1 as x"], "meshwright/query/1"),
        (["contract", "lint", "domains/sales/orders/contracts/orders.odcs.yaml"], "meshwright/contract-lint/1"),
    ],
)
def test_every_reading_verb_has_a_document_and_a_text(
    capsys: pytest.CaptureFixture[str], built: Path, words: list[str], schema: str
) -> None:
    status, document = answered(capsys, built, *words)
    assert (status, document["schema"]) == (0, schema)
    status, out, err = call(capsys, built, *words)
    assert (status, err) == (0, "")
    assert out.strip()


def test_a_run_is_shown_by_its_id_with_steps_and_log(capsys: pytest.CaptureFixture[str], built: Path) -> None:
    _, runs = answered(capsys, built, "runs", "list")
    [run] = runs["runs"]  # type: ignore[misc]
    status, detail = answered(capsys, built, "runs", "show", run["run_id"])
    assert (status, detail["state"], detail["held"]) == (0, "succeeded", False)
    assert detail["report"]["schema"] == "meshwright/run/1"  # type: ignore[index]
    assert detail["planned"]["schema"] == "meshwright/plan/1"  # type: ignore[index]
    status, out, _ = call(capsys, built, "runs", "show", run["run_id"])
    assert "build:sales.orders.orders" in out


def test_a_query_can_be_written_into_a_file(capsys: pytest.CaptureFixture[str], built: Path, tmp_path: Path) -> None:
    place = tmp_path / "rows.json"
    status, out, _ = call(
        capsys, built, "query", "select order_id from sales.orders.orders order by 1", "-f", "json", "-o", str(place)
    )
    assert (status, out) == (0, "")
    assert json.loads(place.read_text()) == [{"order_id": number} for number in (1, 2, 3, 4)]


def test_a_query_can_come_from_standard_input(built: Path) -> None:
    command = [sys.executable, "-m", "meshwright.faces.cli.main", "query", "-", "-f", "csv", "-C", str(built)]
    done = subprocess.run(command, input="select 7 as x", capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "x\n7\n")


@pytest.mark.slow
def test_head_ends_a_query_quietly(built: Path) -> None:
    query = f'{sys.executable} -m meshwright.faces.cli.main -C {built} query -f csv "select * from range(3000000)"'
    done = subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {query} | head -n 1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def terminal(root: Path, *words: str, rows: int = 30, columns: int = 100, **environ: str) -> pexpect.spawn[str]:
    return pexpect.spawn(
        sys.executable,
        ["-m", "meshwright.faces.cli.main", "-C", str(root), *words],
        dimensions=(rows, columns),
        encoding="utf-8",
        timeout=60,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "", "LINES": "", **environ},
    )


def finished(child: pexpect.spawn[str]) -> tuple[str, int | None]:
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before), child.exitstatus


def test_a_terminal_shows_the_live_tree_and_then_the_result(shop: Path) -> None:
    screen, status = finished(terminal(shop, "run"))
    assert status == 0
    assert "\x1b[2K" in screen
    last = screen.rpartition("\x1b[2K")[2]
    for text in ("sales", "published, generation 1", "per_customer", "3 rows", "4 rows, "):
        assert text in last
    assert last.rstrip().splitlines()[-1].endswith("prod is at generation 3")
    assert "\x1b[?25h" in last, "the cursor is back"


@pytest.mark.slow
def test_a_small_terminal_is_never_exceeded(shop: Path) -> None:
    screen, status = finished(terminal(shop, "run", rows=6, columns=40))
    assert status == 0
    frames, _, summary = screen.rpartition("\x1b[?25h")
    redraws = re.findall("(?:\x1b\\[1A\x1b\\[2K)+", frames)
    assert redraws
    assert max(len(redraw) // len("\x1b[1A\x1b[2K") for redraw in redraws) <= 5
    assert (
        max(len(line) for line in re.sub("\x1b\\[[0-9;?]*[a-zA-Z]", "", frames).replace("\r", "\n").splitlines()) <= 40
    )
    assert "prod is at generation 3" in summary


@pytest.mark.slow
@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_a_plain_terminal_gets_no_colour(shop: Path, environ: dict[str, str]) -> None:
    screen, status = finished(terminal(shop, "run", **environ))
    assert status == 0
    assert "\x1b[3" not in screen
    if environ.get("TERM") == "dumb":
        assert "\x1b" not in screen
        assert "[ 1/10] done build " in screen


@pytest.mark.slow
def test_control_c_stops_cleanly_and_says_how_to_go_on(shop: Path) -> None:
    write_file(shop, "domains/sales/slow/models/slow.sql", MEASURED)
    child = terminal(shop, "run")
    child.expect("slow.*[1-9]\\.[0-9] s")
    child.sendintr()
    screen, status = finished(child)
    assert status == 130
    assert re.search("next: .*mw runs resume ", screen)
    assert "Traceback" not in screen


@pytest.mark.slow
def test_control_c_without_a_terminal_prints_the_run_document(shop: Path) -> None:
    write_file(shop, "domains/sales/slow/models/slow.sql", MEASURED)
    command = [sys.executable, "-m", "meshwright.faces.cli.main", "-C", str(shop), "run", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "published sales.orders" in line:
                break
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    document = json.loads(out)
    assert (process.returncode, document["state"]) == (130, "interrupted")
    assert "Traceback" not in err


def test_what_a_sandbox_needs_is_asked_for_on_a_terminal(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path)
    child = terminal(tmp_path, "env", "create", "ana")
    child.expect("scratch \\(scratch 1.0.0\\) needs 'size': string, one of small, large. How large it is.")
    child.expect("size = ")
    child.sendline("huge")
    child.expect("'huge' is none of the values that it may have")
    child.expect("size = ")
    child.sendline("small")
    screen, status = finished(child)
    assert status == 0
    assert "sandbox ana over prod" in screen
    assert did(workspace) == ["folder", "first", "second"]


@pytest.mark.slow
def test_control_c_while_a_sandbox_is_provisioned_says_how_to_go_on(tmp_path: Path) -> None:
    workspace = provisioned_mesh(tmp_path, SCRATCH.replace("echo folder >>", "sleep 60; echo folder >>"))
    child = terminal(tmp_path, "env", "create", "ana", "--param", "size=small")
    child.expect("scratch.folder: shell")
    child.sendintr()
    screen, status = finished(child)
    assert status == 130
    assert "sandbox 'ana' is not made yet" in screen
    assert "mw env create ana goes on, mw env delete ana undoes what was done" in " ".join(screen.split())
    assert program("env", "delete", "ana", "-C", str(tmp_path)).returncode == 0
    assert did(workspace) == []


@pytest.mark.slow
def test_what_a_sandbox_needs_is_an_error_without_a_terminal(tmp_path: Path) -> None:
    provisioned_mesh(tmp_path)
    done = program("env", "create", "ana", "--json", "-C", str(tmp_path))
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert (error["code"], error["line"]) == ("MW-K083", 6)
    assert "'size' of scratch 1.0.0 is not given: string, one of small, large" in error["message"]
