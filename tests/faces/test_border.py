"""Whatever happens, the shell gets a message (or a document) and a status, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from meshwright.diagnostics import Diagnostic, RefusedError
from meshwright.faces.cli import main as entry
from meshwright.faces.cli.border import guard
from meshwright.faces.cli.invocation import Invocation, new_invocation, write_lines
from meshwright.faces.cli.main import main
from meshwright.faces.cli.options import parse_params


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(words)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def program(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "meshwright.faces.cli.main", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["chek"], "MW-L002", "did you mean 'check'?"),
        (["runs", "shw"], "MW-L002", "no such command 'runs shw'"),
        (["plan", "--retset"], "MW-L001", "did you mean '--retest'?"),
        (["--jsno"], "MW-L001", "no such option '--jsno'"),
        (["query"], "MW-L003", "missing argument 'SQL'"),
        (["query", "x", "--limit", "many"], "MW-L003", "'many' is not a whole number"),
        (["query", "x", "--limit", "-1"], "MW-L003", "-1 is less than 0"),
        (["query", "x", "--format", "xml"], "MW-L003", "'xml' is not one of table, csv, json, ndjson, parquet, arrow"),
        (["query", "x", "--env"], "MW-L003", "'--env'"),
        (["query", "x", "y"], "MW-L003", "unexpected extra argument"),
        (["query", "x", "--generation", "1", "--version", "ab"], "MW-L006", "exclude each other"),
        (["-C", "."], "MW-L003", "missing command"),
        (["plan", "-C", "not/there"], "MW-L005", "there is no directory 'not/there'"),
        (["-C", "not/there", "plan"], "MW-L005", "there is no directory 'not/there'"),
        (["contract", "lint"], "MW-L003", "missing argument"),
    ],
)
def test_wrong_words_are_status_2_with_a_code_and_a_way_out(
    capsys: pytest.CaptureFixture[str], words: list[str], code: str, told: str
) -> None:
    status, out, err = call(capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith(f"{code} ")
    assert told in err
    assert "fix: " in err


def test_wrong_words_with_json_are_an_error_document(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys, "plan", "--json", "--retset")
    document = json.loads(out)
    assert (status, err) == (2, "")
    assert list(document) == ["schema", "error"]
    assert document["schema"] == "meshwright/error/1"
    error = document["error"]
    assert {"code", "message", "file", "line", "column", "fix", "retryable", "diagnostics"} == set(error)
    assert (error["code"], error["retryable"], error["diagnostics"][0]["severity"]) == ("MW-L001", False, "error")


def test_params_are_checked_all_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = call(capsys, "plan", "-p", "x", "-p", "=3", "-p", "a=1", "--param", "a=2")
    assert status == 2
    assert err.count("MW-L004") == 3
    assert "parameter 'a' is set twice" in err


def test_a_params_value_may_hold_equals_signs_and_be_empty() -> None:
    assert parse_params(["a=b=c", "d="]) == {"a": "b=c", "d": ""}


def test_no_words_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(capsys)
    assert (status, out) == (2, "")
    assert err.startswith("Usage: ")
    assert "  runs  " in err


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["plan", "--help"], ["runs", "--help"], ["runs", "list", "-h"]])
def test_help_is_status_0_on_standard_output(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    status, out, err = call(capsys, *words)
    assert (status, err) == (0, "")
    assert out.startswith("Usage: ")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "--version")[:2] == (0, "meshwright 0.1.0\n")


def failing(error: BaseException) -> object:
    def work() -> None:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RefusedError(Diagnostic(code="MW-L003", message="no")), 1, "MW-L003"),
        (KeyboardInterrupt(), 130, "MW-L091"),
        (typer.Abort(), 130, "MW-L091"),
        (MemoryError(), 3, "MW-L092"),
        (OSError(28, "No space left on device", "/x"), 3, "MW-L093"),
        (RecursionError("deep"), 3, "MW-L090"),
        (KeyError("x"), 3, "MW-L090"),
    ],
)
def test_every_error_has_its_status_and_no_traceback(
    capsys: pytest.CaptureFixture[str], error: BaseException, status: int, code: str
) -> None:
    assert guard(new_invocation([]), failing(error)) == status  # type: ignore[arg-type]
    err = capsys.readouterr().err
    assert err.startswith(code)
    assert "Traceback" not in err
    assert guard(new_invocation(["--json"]), failing(error)) == status  # type: ignore[arg-type]
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


def test_a_bug_writes_a_crash_report_without_arguments(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["mw", "run", "--param", "password=hunter2"])
    guard(new_invocation([]), failing(KeyError("broken")))  # type: ignore[arg-type]
    [report] = tmp_path.iterdir()
    content = report.read_text()
    assert str(report) in capsys.readouterr().err
    assert "Traceback (most recent call last)" in content
    assert "KeyError: 'broken'" in content
    assert "hunter2" not in content


def test_a_traceback_is_shown_when_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESHWRIGHT_TRACEBACK", "1")
    guard(new_invocation([]), failing(OSError(5, "Input/output error")))  # type: ignore[arg-type]
    assert "Traceback" in capsys.readouterr().err


def test_an_error_in_the_middle_of_a_document_adds_no_second_one(capsys: pytest.CaptureFixture[str]) -> None:
    invocation = new_invocation(["--json"])

    def work() -> None:
        invocation.is_answering = True
        write_lines(['{"schema": "meshwright/query/1", "rows": ['])
        raise RefusedError(Diagnostic(code="MW-L003", message="no"))

    assert guard(invocation, work) == 1
    captured = capsys.readouterr()
    assert captured.out.count("schema") == 1
    assert captured.err.startswith("MW-L003 no")


def test_a_reader_that_goes_away_does_not_change_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    invocation = new_invocation([])

    def work() -> None:
        invocation.status = 1
        raise BrokenPipeError

    assert guard(invocation, work) == 1
    assert capsys.readouterr().err == ""


def test_json_after_two_dashes_is_not_the_option() -> None:
    assert new_invocation(["query", "x", "--json"]).is_json
    assert not new_invocation(["query", "--", "--json"]).is_json


HEAVY = ("duckdb", "pyarrow", "sqlglot", "sqlalchemy", "alembic", "pydantic", "rich", "yaml", "jsonschema_rs")


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["chek"], ["plan", "-C", "not/there"], ["--version"]])
def test_help_and_usage_errors_import_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys; from meshwright.faces.cli.main import main; "
        f"main({words!r}); print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_typer_still_has_the_place_where_words_are_coerced() -> None:
    """Where it has not, all still works, but every command pays for pydantic."""
    command = typer.main.get_command(entry.new_app())
    assert all(getattr(param, "_runtime_param", "gone") is None for param in command.params)


def test_the_terminal_of_another_language_gets_what_it_can_show() -> None:
    done = program("plan", "-C", "日本", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 2
    assert "there is no directory '\\u65e5\\u672c'" in done.stderr


def test_json_on_a_terminal_of_another_language_is_still_json() -> None:
    done = program("plan", "--json", "-C", "日本", env={**os.environ, "PYTHONIOENCODING": "latin-1"})
    assert json.loads(done.stdout)["error"]["message"] == "there is no directory '日本'"


def test_closed_streams_are_no_traceback() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m meshwright.faces.cli.main chek >&- 2>&-"], check=False, timeout=60
    )
    assert done.returncode == 2


def test_head_ends_help_quietly() -> None:
    shell = f"set -o pipefail; {sys.executable} -m meshwright.faces.cli.main --help | head -n 1"
    done = subprocess.run(["/bin/bash", "-c", shell], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("mw che", ["check"]),
        ("mw runs ", ["list", "show", "logs", "stop", "resume", "repeat", "diff", "cost", "export", "openlineage"]),
    ],
)
def test_the_shell_completes_commands(typed: str, offered: list[str]) -> None:
    words = {"_MW_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
    done = program(env={**os.environ, **words})
    assert done.stdout.split() == offered


@pytest.mark.slow
def test_the_shell_completes_names_of_the_mesh(tmp_path: Path) -> None:
    for file in ("mesh.yaml", "domains/sales/domain.yaml", "domains/sales/orders/models/late.sql"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    for typed, offered in (
        ("mw run s", ["sales"]),
        ("mw run ch", ["changed"]),
        ("mw plan +ta", ["+tag:"]),
        ("mw show ch", []),
        ("mw run +sales.o", ["+sales.orders"]),
        ("mw show sales.orders.", ["sales.orders.late"]),
    ):
        words = {"_MW_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": "2"}
        assert program(env={**os.environ, **words}, cwd=tmp_path).stdout.split() == offered


def test_an_invocation_starts_where_it_is_called() -> None:
    invocation: Invocation = new_invocation([])
    assert invocation.start == Path()
