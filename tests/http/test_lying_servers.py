"""A server that says it is ours and is not, or is cut short: every command ends with a plain error, and never with a crash."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from meshwright.client import Client
from meshwright.client.problems import ClientError
from meshwright.faces.cli.remote import THROUGH
from tests.http.rich import said
from tests.http.test_remote_answers import DOCUMENT, OURS, PAGE, PROBLEM, answering, token_at_hand  # noqa: F401 - a fixture

STREAM = "text/event-stream"
#: Every command that goes through a server, with what it needs.
WORDS: Mapping[str, str] = {
    "calls list": "",
    "calls summary": "",
    "check": "",
    "component list": "",
    "component show": "x",
    "delivery list": "",
    "delivery replay": "x",
    "delivery show": "x",
    "delivery skip": "x",
    "env create": "x",
    "env delete": "x",
    "env diff": "x",
    "env extend": "x --expires 3d",
    "env list": "",
    "env rebase": "x",
    "env show": "x",
    "event list": "",
    "event send": "EVENT",
    "exemption list": "",
    "explain": "x",
    "impact": "",
    "lineage": "a.b.c",
    "pin": "a.b --reason x",
    "plan": "",
    "policy list": "",
    "policy test": "x",
    "promote": "x",
    "query": "x",
    "rollback": "prod",
    "run": "",
    "runs cost": "",
    "runs diff": "x y",
    "runs export": "x FILE",
    "runs list": "",
    "runs logs": "x --follow",
    "runs openlineage": "x",
    "runs repeat": "x",
    "runs resume": "x",
    "runs show": "x",
    "runs stop": "x --wait 0",
    "schedule list": "",
    "schedule pause": "x --reason x",
    "schedule resume": "x",
    "show": "a.b.c",
    "subscription create": "--type org.example.x",
    "subscription delete": "x",
    "subscription list": "",
    "subscription pause": "x --reason x",
    "subscription resume": "x",
    "subscription rotate": "x",
    "subscription show": "x",
    "test": "",
    "token create": "--role viewer",
    "token list": "",
    "token revoke": "x",
    "unpin": "a.b",
    "variation diff": "x@y",
    "variation drop": "x@y",
    "variation list": "",
    "variation promote": "x@y",
}
#: Name -> status, headers, body of every answer.
LIES: Mapping[str, tuple[int, Mapping[str, str], bytes]] = {
    "no fields": (200, {"Content-Type": DOCUMENT, **OURS}, b"{}"),
    "accepted without fields": (202, {"Content-Type": DOCUMENT, **OURS}, b'{"schema": 7}'),
    "fields of other types": (
        202,
        {"Content-Type": DOCUMENT, **OURS},
        json.dumps({"run_id": 3, "state": [], "asked": 7, "runs": [7], "token": None}).encode(),
    ),
    "a list": (200, {"Content-Type": DOCUMENT, **OURS}, b"[7]"),
    "null": (200, {"Content-Type": DOCUMENT, **OURS}, b"null"),
    "half a document": (200, {"Content-Type": DOCUMENT, **OURS}, b'{"schema": "meshwright/run/1", "run_id": "2'),
    "shorter than it says": (200, {"Content-Type": DOCUMENT, "Content-Length": "1000", **OURS}, b'{"a": 1'),
    "nested for ever": (200, {"Content-Type": DOCUMENT, **OURS}, b"[" * 200_000),
    "a page with our headers": (200, {"Content-Type": PAGE, **OURS}, b"<html>hello</html>"),
    "another kind": (200, {"Content-Type": "application/xml", **OURS}, b"<a/>"),
    "no kind": (200, OURS, b"x"),
    "a status of nobody": (
        200,
        {"Content-Type": DOCUMENT, "Meshwright-Exit-Status": "77"},
        b'{"schema": "meshwright/x/1"}',
    ),
    "a page of a proxy": (502, {"Content-Type": PAGE}, b"<html>bad gateway</html>"),
    "another status": (299, {"Content-Type": "application/xml"}, b"<a/>"),
    "teapot": (418, {"Content-Type": DOCUMENT}, b'{"short": "stout"}'),
    "elsewhere": (307, {"Location": "http://127.0.0.1:9/x", **OURS}, b""),
    "a problem without fields": (409, {"Content-Type": PROBLEM, **OURS}, b"{}"),
    "a problem of other types": (
        409,
        {"Content-Type": PROBLEM},
        b'{"diagnostics": {"a": 1}, "detail": [1], "exit_status": "1"}',
    ),
    "a stream of nothing": (200, {"Content-Type": STREAM}, b""),
    "a stream of no JSON": (200, {"Content-Type": STREAM}, b"id: 1\nevent: step\ndata: {\n\n"),
    "a stream of other events": (
        200,
        {"Content-Type": STREAM},
        b'id: 1\nevent: log\ndata: [7]\n\nevent: step\ndata: {"state": "failed"}\n\n',
    ),
}
#: What could be rows, which are handed on as they come.
ROWS = frozenset(
    {
        "no fields",
        "accepted without fields",
        "fields of other types",
        "a list",
        "null",
        "half a document",
        "nested for ever",
    }
    | {"shorter than it says"}
)
CODES = ("MW-U025", "MW-U027", "MW-U100", "MW-U101")


def test_every_command_through_a_server_is_in_the_table() -> None:
    assert WORDS.keys() == THROUGH


@pytest.mark.parametrize("name", LIES)
def test_a_command_ends_with_a_plain_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    event = {"specversion": "1.0", "id": "1", "source": "/x", "type": "org.example.x"}
    (tmp_path / "one.json").write_text(json.dumps(event))
    wrong = []
    with answering(*LIES[name]) as url:
        for words, more in WORDS.items():
            if words == "query" and name in ROWS:
                continue
            line = [*words.split(), *more.replace("EVENT", "one.json").replace("FILE", str(tmp_path / "x.zip")).split()]
            status, out, err = said(capsys, "--server", url, *line, *([] if "--follow" in line else ["--json"]))
            code = err.partition(" ")[0] if "--follow" in line else _code(out)
            if (status, code in CODES) != (3, True) or "crash report" in err or "Traceback" in err:
                wrong.append((" ".join(line), status, out[:200], err[-300:]))
    assert wrong == []
    assert not (tmp_path / "x.zip").exists()


def _code(out: str) -> str:
    try:
        return str(json.loads(out)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return ""


@pytest.mark.parametrize("name", LIES)
def test_logging_in_ends_with_a_plain_error(capsys: pytest.CaptureFixture[str], name: str) -> None:
    with answering(*LIES[name]) as url:
        status, out, err = said(capsys, "login", f"{url}/login?code=x", "--json")
    assert (status, _code(out) in CODES) == (3, True), (out, err)


@pytest.mark.parametrize("name", LIES)
def test_a_run_whose_stream_lies_is_told(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """The request is answered as ours does, and what follows is not."""
    accepted = (202, {"Content-Type": DOCUMENT, **OURS}, b'{"schema": "meshwright/run-request/1", "run_id": "r1"}')
    with answering(*LIES[name], first=accepted) as url:
        status, out, err = said(capsys, "--server", url, "run", "--json")
    assert (status, _code(out) in CODES) == (3, True), (out, err)
    assert "Traceback" not in err


@pytest.mark.parametrize("name", LIES)
def test_the_client_raises_its_own_errors_alone(name: str) -> None:
    calls = (
        lambda client: client.process.start_run(select="x"),
        lambda client: client.development.rebase_environment("x"),
        lambda client: client.domain.get_domains(),
        lambda client: client.process.stop_run("x"),
        lambda client: list(client.process.follow_run("x")),
    )
    with answering(*LIES[name]) as url, Client(url, token="x", attempts=2) as client:
        for call in calls:
            with contextlib.suppress(ClientError):  # whatever else is raised fails the test
                call(client)
