"""`calls list` and `calls summary`, on what a server recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from meshwright.app.clock import utc_now
from meshwright.app.environments import open_state_alone
from meshwright.app.workspace import open_workspace
from meshwright.faces.cli.main import main
from meshwright.model.calls import Call, CallKind
from tests.meshes import write_mesh

READ = Call(
    id="r",
    at=utc_now(),
    token="t1",
    caller="finance",
    domain="sales",
    kind=CallKind.DATA,
    action="read",
    object="sales.orders/orders",
    status=200,
    rows=3,
    bytes=1200,
    seconds=0.25,
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = write_mesh(tmp_path / "shop")
    calls = [
        READ,
        replace(
            READ,
            id="q",
            caller=None,
            kind=CallKind.PROCESS,
            action="run",
            object="sales.orders",
            status=403,
            rows=None,
            bytes=None,
        ),
    ]
    with open_state_alone(open_workspace(root), create=True) as opened:
        opened.state.calls.record(calls)
    return root


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capsys.readouterr()
    status = main(list(words))
    return status, capsys.readouterr().out


def test_calls_are_listed_newest_first(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    status, out = call(capsys, "calls", "list", "-C", str(shop), "--json")
    document = json.loads(out)
    assert (status, document["schema"]) == (0, "meshwright/calls/1")
    assert [found["id"] for found in document["calls"]] == ["q", "r"]
    _, out = call(capsys, "calls", "list", "--limit", "1", "-C", str(shop))
    assert "403" in out
    assert "there are older ones" in out


def test_calls_are_filtered(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    for words in (["--from", "finance"], ["--kind", "data"], ["--action", "read"], ["--object", READ.object]):
        _, out = call(capsys, "calls", "list", *words, "--since", "1h", "-C", str(shop), "--json")
        assert [found["id"] for found in json.loads(out)["calls"]] == ["r"], words
    _, out = call(capsys, "calls", "list", "--to", "weather", "-C", str(shop))
    assert out == "no calls between domains are recorded\n"


def test_calls_are_summed_as_edges(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    _, out = call(capsys, "calls", "summary", "-C", str(shop), "--json")
    edges = json.loads(out)["edges"]
    assert [(edge["caller"], edge["domain"], edge["kind"], edge["refused"]) for edge in edges] == [
        (None, "sales", "process", 1),
        ("finance", "sales", "data", 0),
    ]
    _, out = call(capsys, "calls", "summary", "-C", str(shop), "--kind", "data")
    assert out.startswith("finance → sales  data: 1 call, 3 rows, 1.2 kB, last ")


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--kind", "dat"], "MW-U005"), (["--since", "long"], "MW-U006"), (["--since", "9999999999w"], "MW-U006")],
)
def test_a_wrong_filter_is_refused(capsys: pytest.CaptureFixture[str], shop: Path, words: list[str], code: str) -> None:
    status, out = call(capsys, "calls", "list", *words, "-C", str(shop), "--json")
    assert (status, json.loads(out)["error"]["code"]) == (2, code)


def test_a_mesh_that_no_server_ran_for_has_no_calls(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = write_mesh(tmp_path / "new")
    assert call(capsys, "calls", "list", "-C", str(root)) == (0, "no calls between domains are recorded\n")
    assert not (root / ".meshwright/state.db").exists()


def test_garbage_collection_forgets_old_calls(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    mesh = shop / "mesh.yaml"
    mesh.write_text(mesh.read_text() + "retention: {calls: 0s}\n")
    _, out = call(capsys, "gc", "--dry-run", "-C", str(shop))
    assert "would forget 2 calls between domains" in out
    _, out = call(capsys, "gc", "-C", str(shop), "--json")
    assert json.loads(out)["records"]["calls"] == 2
    assert call(capsys, "calls", "list", "-C", str(shop))[1] == "no calls between domains are recorded\n"
